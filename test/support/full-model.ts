import { randomBytes } from 'node:crypto';
import { createClock } from '../../src/local/model/clock.ts';
import { sharedKeyPair } from '../../src/local/model/keys.ts';
import type { Branding, Terms, UiCustomization } from '../../src/local/model/login-pages.ts';
import type {
  AppClient,
  AuthorizationCode,
  BrowserSession,
  ChallengeSession,
  Flow,
  PasskeyRegistration,
  RefreshToken,
  ServerState,
  SignIn,
  SrpExchange,
  UnknownUser,
} from '../../src/local/model/pool.ts';
import { UserPool } from '../../src/local/model/pool.ts';
import type {
  ClientSecret,
  Group,
  IdentityProvider,
  PoolDomain,
  ResourceServer,
} from '../../src/local/model/pool-resources.ts';
import type { Replica } from '../../src/local/model/replicas.ts';
import { convenientClient, convenientPool } from '../../src/local/model/settings-rules.ts';
import type { CustomFlow, StepUp } from '../../src/local/model/sign-in-state.ts';
import {
  type AuthEvent,
  type Device,
  type HashedPassword,
  type IssuedCode,
  newUser,
  type Passkey,
  type SrpVerifier,
  type TotpSecret,
  type User,
} from '../../src/local/model/user.ts';
import type { ImportJob } from '../../src/local/model/user-import.ts';

const NOW = 1_700_000_000_000;

/** The compiler asks for a value of each member that a type of the model gets. */
type Whole<T> = Required<T>;

/** A server in which every member of the model has a value. */
export async function fullModel(): Promise<ServerState> {
  const service: ServerState = {
    region: 'us-east-1',
    clock: createClock(() => NOW),
    limits: false,
    triggers: {},
    lambdaEndpoint: undefined,
    closing: new AbortController().signal,
    keys: await sharedKeyPair(),
    kmsKey: randomBytes(32),
    pools: new Map(),
    clients: new Map(),
    provisionedLimits: new Map([['us-east-1 UserAuthentication', 240]]),
    isWriteBlocked: () => false,
    sessionDelayOf: () => 0,
    deliver: () => undefined,
    urlOf: (id) => `http://localhost/${id}`,
    issuerOf: (id) => `http://localhost/${id}`,
  };
  // Names that look like those of the format, or like members of every object.
  const UserPoolTags = { $map: 'a', $$ref: 'b', ['__proto__']: 'c', constructor: 'd', 1: 'e' };
  const pool = new UserPool(service, 'us-east-1_Full', { ...convenientPool(), UserPoolTags });
  service.pools.set(pool.id, pool);
  const abroad = new UserPool({ ...service, region: 'eu-west-1' }, 'eu-west-1_Other', convenientPool());
  service.pools.set(abroad.id, abroad);

  const secret: Whole<ClientSecret> = { id: 'shop--1', value: 'secret', createdAt: NOW };
  const client: Whole<AppClient> = {
    id: 'shop',
    secrets: [secret],
    pool,
    settings: convenientClient({ CallbackURLs: ['http://localhost/'] }),
    ssoMinutes: 5,
    createdAt: NOW,
    modifiedAt: NOW,
  };
  service.clients.set(client.id, client);

  const user = fullUser(newUser('ana', 'sub-of-ana', 'CONFIRMED', NOW));
  pool.users.add(user);
  // Outside the directory, as a sign-in of an unknown user has it.
  const madeUp = newUser('nobody', 'sub-of-nobody', 'CONFIRMED', NOW);
  fillPool(pool, client, user, madeUp);
  return service;
}

function fullUser(user: User): User {
  const hashed: Whole<HashedPassword> = { salt: randomBytes(16), hash: randomBytes(32) };
  const srp: Whole<SrpVerifier> = { salt: 0n, verifier: 2n ** 3071n + 1n };
  const code: Whole<IssuedCode> = {
    code: '123456',
    attribute: 'email',
    to: 'ana@example.com',
    expiresAt: NOW,
    wrongTries: 1,
  };
  const event: Whole<AuthEvent> = {
    id: 'event',
    at: NOW,
    outcome: 'Pass',
    ipAddress: '127.0.0.1',
    risky: true,
    blocked: false,
    feedbackToken: 'token',
    feedback: { value: 'Valid', provider: 'User', at: NOW },
  };
  const totp: Whole<TotpSecret> = { base32: 'JBSWY3DPEHPK3PXP', deviceName: 'phone', usedStep: 3 };
  const device: Whole<Device> = {
    key: 'us-east-1_device',
    groupKey: 'group',
    name: 'Tür "$map"\n\u2028',
    srp,
    createdAt: NOW,
    modifiedAt: NOW,
    authenticatedAt: NOW,
    remembered: true,
  };
  const passkey: Whole<Passkey> = {
    id: 'credential',
    publicKey: new Uint8Array([1, 2, 255]),
    counter: 7,
    relyingPartyId: 'localhost',
    name: 'key',
    attachment: undefined,
    transports: ['usb'],
    createdAt: NOW,
  };
  user.attributes.set('email', 'ana@example.com').set('email_verified', 'true');
  user.codes.set('forgot_password', code);
  user.devices.set(device.key, device);
  user.uses.set('forgotPassword', [NOW]);
  user.groups.add('editors');
  user.authEvents.push(event);
  return Object.assign(user, {
    password: hashed,
    srp,
    earlierPasswords: [hashed],
    temporaryPasswordExpiresAt: Number.POSITIVE_INFINITY,
    totp,
    pendingTotp: { ...totp },
    passkeys: [passkey],
  } satisfies Partial<User>);
}

function fillPool(pool: UserPool, client: AppClient, user: User, madeUp: User): void {
  const group: Whole<Group> = {
    name: 'editors',
    description: 'who edit',
    roleArn: undefined,
    precedence: 0,
    createdAt: NOW,
    modifiedAt: NOW,
  };
  const provider: Whole<IdentityProvider> = {
    name: 'Google',
    type: 'Google',
    details: { client_id: 'id' },
    attributeMapping: { email: 'email' },
    identifiers: ['g'],
    acrMapping: undefined,
    createdAt: NOW,
    modifiedAt: NOW,
  };
  const api: Whole<ResourceServer> = {
    identifier: 'https://api',
    name: 'api',
    scopes: [{ ScopeName: 'read', ScopeDescription: 'to read' }],
  };
  const domain: Whole<PoolDomain> = {
    name: 'shop',
    managedLoginVersion: 2,
    customDomainConfig: { CertificateArn: 'arn', SecurityPolicy: 'policy' },
    routing: {},
  };
  const custom: Whole<CustomFlow> = {
    user: madeUp,
    userNotFound: true,
    username: 'nobody',
    session: [{ challengeName: 'CUSTOM_CHALLENGE', challengeResult: true }],
  };
  const session: Whole<ChallengeSession> = {
    user,
    client,
    purpose: 'EMAIL_OTP',
    expiresAt: NOW,
    spent: false,
    setUp: true,
    code: '123456',
    passkeyChallenge: 'challenge',
    newEmail: 'new@example.com',
    posedChallenge: { flow: custom, privateParameters: { answer: '42' }, metadata: undefined },
    custom,
    first: true,
    simulated: 'nobody',
    deviceKey: 'device',
    deviceProof: { secretBlock: 'block', key: randomBytes(16) },
  };
  const signIn: Whole<SignIn> = {
    eventId: 'event',
    originJti: 'origin',
    user,
    client,
    device: { key: 'device', groupKey: 'group' },
    sessionId: 'session',
    ssoSessionId: 'sso',
    authTime: NOW,
    startedAt: NOW,
    lastActiveAt: NOW,
    refreshExpiresAt: NOW,
    scopes: ['openid'],
    resource: 'https://api',
    hosted: true,
    // An undefined claim removes one from the tokens.
    overrides: { accessClaims: { scope: undefined, odd: [null, Number.NaN, undefined, new Date(NOW)] } },
    authentication: { acr: 'level', amr: ['pwd'] },
    revoked: false,
  };
  const refreshToken: Whole<RefreshToken> = { signIn, rotatedAt: NOW };
  const registration: Whole<PasskeyRegistration> = { user, client, expiresAt: NOW };
  const exchange: Whole<SrpExchange> = {
    client,
    user: undefined,
    userId: 'id',
    key: randomBytes(16),
    custom,
    expiresAt: NOW,
  };
  const code: Whole<AuthorizationCode> = {
    client,
    user,
    scopes: ['openid'],
    nonce: 'nonce',
    authTime: NOW,
    ssoSessionId: 'sso',
    resource: 'https://api',
    redirectUri: 'http://localhost/',
    challenge: 'challenge',
    expiresAt: NOW,
  };
  const flow: Whole<Flow> = {
    client,
    username: 'ana',
    step: { ChallengeName: 'EMAIL_OTP', ChallengeParameters: {}, signedIn: user },
    totpSecret: 'JBSWY3DPEHPK3PXP',
    newUser: user,
    notice: 'A code was sent.',
  };
  const browser: Whole<BrowserSession> = {
    id: 'browser',
    csrf: 'token',
    flows: new Map([['flow', flow]]),
    expiresAt: NOW,
    signedIn: { user, client, provider: 'COGNITO', at: NOW, ssoSessionId: 'sso' },
  };
  const stepUp: Whole<StepUp> = { level: 2, amr: ['pwd'] };
  const unknown: Whole<UnknownUser> = { uses: new Map([['forgotPassword', [NOW]]]), codeExpiresAt: NOW };

  pool.retiredKeys = [pool.keys.access];
  pool.groups.set(group.name, group);
  pool.identityProviders.set(provider.name, provider);
  pool.resourceServers.set(api.identifier, api);
  pool.domains.set(domain.name, domain);
  pool.sessions.set('session', session);
  pool.stepUps.set('step', stepUp);
  pool.srpExchanges.set('block', exchange);
  pool.passkeyRegistrations.set('challenge', registration);
  pool.signIns.set(signIn.eventId, signIn);
  pool.trackedSessions.set(user, [signIn]);
  pool.refreshTokens.set('hash', refreshToken);
  pool.authorizationCodes.set('hash', code);
  pool.browserSessions.set(browser.id, browser);
  pool.unknownUsers.set('hash', unknown);
  fillSettings(pool, client);
}

function fillSettings(pool: UserPool, client: AppClient): void {
  const branding: Whole<Branding> = {
    id: 'branding',
    clientId: client.id,
    usesDefaults: false,
    settings: { components: { form: null } },
    assets: [{ Category: 'FAVICON_ICO', ColorMode: 'LIGHT', Extension: 'ICO' }],
    createdAt: NOW,
    modifiedAt: NOW,
  };
  const terms: Whole<Terms> = {
    id: 'terms',
    clientId: client.id,
    name: 'terms-of-use',
    source: 'LINK',
    enforcement: 'NONE',
    links: { 'cognito:default': 'http://localhost/terms' },
    createdAt: NOW,
    modifiedAt: NOW,
  };
  const customization: Whole<UiCustomization> = {
    css: '.label-customizable { color: red }',
    image: undefined,
    createdAt: NOW,
    modifiedAt: NOW,
  };
  const replica: Whole<Replica> = { region: 'eu-west-1', status: 'ACTIVE', tags: { a: 'b' } };
  const job: Whole<ImportJob> = {
    id: 'import-job',
    name: 'job',
    roleArn: 'arn',
    passwordHashing: undefined,
    createdAt: NOW,
    uploadKey: 'key',
    csv: 'cognito:username',
    status: 'Pending',
    startedAt: undefined,
    completedAt: undefined,
    message: undefined,
    imported: 0,
    skipped: 0,
    failed: 0,
  };
  pool.brandings.set(branding.id, branding);
  pool.terms.set(terms.id, terms);
  pool.uiCustomizations.set(client.id, customization);
  pool.riskConfigurations.set(client.id, { settings: {}, modifiedAt: NOW });
  pool.logConfigurations = [{ LogLevel: 'ERROR', EventSource: 'userNotification' }];
  pool.replicas.set(replica.region, replica);
  pool.importJobs.set(job.id, job);
  pool.signingCertificate = 'certificate';
}
