import type { OtherNames } from '../shared/option-errors.ts';

const NO_REGION = 'userPoolId starts with the region; remove it';
const NO_JWT_SECRET = "tokens are verified with the user pool's public keys; remove it";
const NO_CREDENTIALS = 'the SDK finds AWS credentials itself; write cognitoClient for others';
const NO_IDENTITY_POOL = 'the kit uses user pools only; remove it';
const MOUNT = "write app.use('/auth', router) for a path of the router, and routes for paths of endpoints";
const HOST_COOKIES = 'session cookies are httpOnly and for one host only; see the option cookies';
const SECRETS =
  "write clientSecret for the app client's secret, cookieSecret for the cookies of managed login";
const MANAGED_LOGIN = 'write managedLogin: { redirectUri, logoutUri, scopes }';

const STORES =
  'write revocation: { store }, refresh: { store } and rateLimits: { store }, with redisStores(client)';

/**
 * Names of the options in AWS Amplify, in the AWS SDK and its verifier, in CloudFormation, in other middleware, and in
 * earlier versions of the kit.
 */
const OF_BOTH: OtherNames = {
  client: ['cognitoClient', 'clientId'],
  sdk: ['cognitoClient'],
  sdkclient: ['cognitoClient'],
  identityprovider: ['cognitoClient'],
  identityproviderclient: ['cognitoClient'],
  pool: ['userPoolId', 'pools'],
  poolid: ['userPoolId'],
  userpool: ['userPoolId'],
  awsuserpoolsid: ['userPoolId'],
  userpools: ['pools', 'userPoolId'],
  appclient: ['clientId'],
  appclientid: ['clientId'],
  appid: ['clientId'],
  audience: ['clientId'],
  aud: ['clientId'],
  clientids: ['clientId'],
  userpoolclientid: ['clientId'],
  userpoolwebclientid: ['clientId'],
  userpoolswebclientid: ['clientId'],
  awsuserpoolswebclientid: ['clientId'],
  webclientid: ['clientId'],
  secret: SECRETS,
  appclientsecret: ['clientSecret'],
  clientsecretarn: 'write clientSecret: secretsManagerSecret(arn)',
  secretarn: 'write clientSecret: secretsManagerSecret(arn)',
  sessionsecret: ['cookieSecret'],
  cookiesecrets: ['cookieSecret'],
  cookiekey: ['cookieSecret'],
  jwtsecret: NO_JWT_SECRET,
  algorithms: NO_JWT_SECRET,
  publickey: ['jwks'],
  keys: ['jwks', 'cookieSecret'],
  jwksurl: ['jwksUri'],
  region: NO_REGION,
  awsregion: NO_REGION,
  projectregion: NO_REGION,
  awsprojectregion: NO_REGION,
  credentials: NO_CREDENTIALS,
  accesskeyid: NO_CREDENTIALS,
  secretaccesskey: NO_CREDENTIALS,
  identitypoolid: NO_IDENTITY_POOL,
  awsidentitypoolid: NO_IDENTITY_POOL,
  issuerbaseurl: ['issuer'],
  baseurl: ['endpoint'],
  url: ['endpoint'],
  path: MOUNT,
  basepath: MOUNT,
  prefix: MOUNT,
  mountpath: MOUNT,
  domain: MANAGED_LOGIN,
  hostedui: MANAGED_LOGIN,
  oauth: MANAGED_LOGIN,
  loginwith: MANAGED_LOGIN,
  redirecturi: MANAGED_LOGIN,
  redirecturl: MANAGED_LOGIN,
  redirectsignin: MANAGED_LOGIN,
  callbackurl: MANAGED_LOGIN,
  logouturi: MANAGED_LOGIN,
  logouturl: MANAGED_LOGIN,
  usernameattributes: ['signInWith'],
  loginmechanisms: ['signInWith'],
  aliasattributes: ['signInWith'],
  authenticationflowtype: ['authFlow'],
  explicitauthflows: ['authFlow'],
  srp: ['authFlow'],
  attributes: ['writableAttributes'],
  writeattributes: ['writableAttributes'],
  userattributes: ['writableAttributes'],
  clientmetadata: ['allowedClientMetadata'],
  rememberdevice: ['rememberDevices'],
  rememberme: ['rememberDevices'],
  devicetracking: ['rememberDevices'],
  deviceconfiguration: ['rememberDevices'],
  recentsigninseconds: ['sensitiveMaxAge'],
  preventuserexistenceerrors: ['concealUserExistence'],
  graceseconds: ['clockToleranceSeconds'],
  clocktolerance: ['clockToleranceSeconds'],
  clockskew: ['clockToleranceSeconds'],
  scope: ['scopes', 'managedLogin'],
  requiredscopes: ['scopes'],
  role: ['groups'],
  roles: ['groups'],
  requiredgroups: ['groups'],
  authrequired: ['optional'],
  credentialsrequired: ['optional'],
  origin: ['trustedOrigins'],
  origins: ['trustedOrigins'],
  cors: ['trustedOrigins'],
  corsorigins: ['trustedOrigins'],
  allowedorigins: ['trustedOrigins'],
  csrf: ['trustedOrigins'],
  tokentransport: ['transport'],
  cookiename: 'write cookies: { name }',
  samesite: 'write cookies: { sameSite }',
  cookiedomain: HOST_COOKIES,
  secure: HOST_COOKIES,
  httponly: HOST_COOKIES,
  log: ['logger'],
  timeout: ['timeouts'],
  ratelimit: ['rateLimits'],
  redis: STORES,
  store: STORES,
  stores: STORES,
};

const RULE =
  'write it as a rule of a route: router.requireAuth({ groups, scopes, maxAge, tokenUse, optional })';

export const ROUTER_OTHER_NAMES: OtherNames = {
  ...OF_BOTH,
  group: RULE,
  groups: RULE,
  role: RULE,
  roles: RULE,
  requiredgroups: RULE,
  scope: RULE,
  scopes: RULE,
  requiredscopes: RULE,
  acr: RULE,
  maxage: RULE,
  tokenuse: RULE,
  optional: RULE,
  authrequired: RULE,
  credentialsrequired: RULE,
  customcheck: RULE,
  pools:
    'a router has one user pool; write requireAuth([...]) of express-cognito-kit/require-auth for several',
};

const NO_SECRET = 'tokens are verified with public keys, which takes no secret; remove it';
const OF_ROUTER = 'it is an option of createCognitoRouter; remove it here';

export const REQUIRE_AUTH_OTHER_NAMES: OtherNames = {
  ...OF_BOTH,
  secret: NO_SECRET,
  clientsecret: NO_SECRET,
  appclientsecret: NO_SECRET,
  clientsecretarn: NO_SECRET,
  cookiesecret: NO_SECRET,
  sessionsecret: NO_SECRET,
  redis: 'write revocation: { store }, with redisStores(client)',
  store: 'write revocation: { store }, with redisStores(client)',
  stores: 'write revocation: { store }, with redisStores(client)',
  introspect:
    'write router.requireAuth({ introspect: true }), with the router that createCognitoRouter returns',
  managedlogin: OF_ROUTER,
  ratelimits: OF_ROUTER,
  routes: OF_ROUTER,
  hooks: OF_ROUTER,
  logger: OF_ROUTER,
  timeouts: OF_ROUTER,
  cognitoclient: OF_ROUTER,
};
