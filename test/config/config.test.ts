import { CognitoIdentityProviderClient } from '@aws-sdk/client-cognito-identity-provider';
import { expect } from 'chai';
import express, { type NextFunction, type Request, type RequestHandler, type Response } from 'express';
import { pino } from 'pino';
import supertest from 'supertest';
import { OPTION_NAMES } from '../../src/config/option-checks.ts';
import type { Config } from '../../src/config/options.ts';
import { DEFAULT_RATE_LIMITS, parseConfig } from '../../src/config/settings.ts';
import { createCognitoRouter } from '../../src/router.ts';

const POOL = { userPoolId: 'us-east-1_AbCdEfGhI', clientId: '1example23456789' };
const SECRET = 'kept0secret0kept0secret';

/** Options as JavaScript can give them. */
type Loose = Record<string, unknown>;

function faultOf(config: unknown, env: NodeJS.ProcessEnv = {}): string {
  try {
    parseConfig(config as Config, env);
  } catch (error) {
    expect(error).to.be.instanceOf(TypeError);
    return (error as TypeError).message;
  }
  throw new Error(`accepted ${JSON.stringify(config)}`);
}

describe('An invalid option', () => {
  const wrong: readonly [options: Loose, quoted: string, fix: string][] = [
    [{ userPoolId: 'eu' }, 'userPoolId is "eu"', 'write the "User pool ID"'],
    [{ userPoolId: '' }, 'userPoolId is ""', 'write the "User pool ID"'],
    [{ userPoolId: null }, 'userPoolId is null', 'write the "User pool ID"'],
    [{ userPoolId: 7 }, 'userPoolId is 7', 'write the "User pool ID"'],
    [{ clientId: 'not an id' }, 'clientId is "not an id"', 'write the "Client ID"'],
    [{ clientId: null }, 'clientId is null', 'write the "Client ID"'],
    [{ endpoint: '127.0.0.1:9229' }, 'endpoint is "127.0.0.1:9229"', 'write an absolute URL'],
    [{ endpoint: 'ftp://example.com' }, 'endpoint is "ftp://example.com"', 'write an absolute URL'],
    [{ endpoint: null }, 'endpoint is null', 'write an absolute URL'],
    [{ issuer: 'example.com' }, 'issuer is "example.com"', 'write an absolute URL'],
    [{ issuer: [] }, 'issuer is []', 'write an absolute URL'],
    [{ issuer: ['x'] }, 'issuer.0 is "x"', 'write an absolute URL'],
    [{ jwksUri: 'keys.json' }, 'jwksUri is "keys.json"', 'write an absolute URL'],
    [{ jwks: [] }, 'jwks is []', '{ keys: [...] }'],
    [{ jwks: {} }, 'jwks.keys is undefined', '{ keys: [...] }'],
    [{ jwks: { keys: ['x'] } }, 'jwks.keys.0 is "x"', '{ keys: [...] }'],
    [{ signInWith: 'Email' }, 'signInWith is "Email"', "'phoneNumber'"],
    [{ signInWith: [] }, 'signInWith is []', "'phoneNumber'"],
    [{ signInWith: ['email', 'email'] }, 'signInWith.1 is "email"', "'phoneNumber'"],
    [
      { authFlow: 'SRP' },
      'authFlow is "SRP"',
      "'USER_PASSWORD_AUTH' or 'USER_SRP_AUTH' or 'USER_AUTH' or 'CUSTOM_AUTH' or 'ADMIN_USER_PASSWORD_AUTH'",
    ],
    [{ passwordless: 1 }, 'passwordless is 1', 'write true or false'],
    [{ autoSignIn: 'yes' }, 'autoSignIn is "yes"', 'write true or false'],
    [{ autoConfirmUser: 'yes' }, 'autoConfirmUser is "yes"', 'write true or false'],
    [{ passwordChangeEndsSessions: 'no' }, 'passwordChangeEndsSessions is "no"', 'write true or false'],
    [{ adminSignOut: 'no' }, 'adminSignOut is "no"', 'write true or false'],
    [{ cognitoRequestsPerSecond: 120 }, 'cognitoRequestsPerSecond is 120', 'write { userAuthentication,'],
    [
      { cognitoRequestsPerSecond: { userRead: 0 } },
      'cognitoRequestsPerSecond.userRead is 0',
      'a number of requests per second from 0.1 to 10000',
    ],
    [
      { cognitoRequestsPerSecond: { UserRead: 9 } },
      'cognitoRequestsPerSecond has no option "UserRead"',
      'did you mean "userRead"',
    ],
    [{ clockToleranceSeconds: 301 }, 'clockToleranceSeconds is 301', 'from 0 to 300'],
    [{ concealUserExistence: 'no' }, 'concealUserExistence is "no"', 'write true or false'],
    [{ extraFields: ['captchaToken'] }, 'extraFields is ["captchaToken"]', 'write lists of names'],
    [{ mapBody: true }, 'mapBody is true', 'write a function'],
    [{ forms: 'yes' }, 'forms is "yes"', 'write true or false'],
    [{ sendIpAddress: 'yes' }, 'sendIpAddress is "yes"', 'write true or false'],
    [{ sendIpAddress: true }, 'sendIpAddress is true', 'remove sendIpAddress'],
    [{ allowedClientMetadata: true }, 'allowedClientMetadata is true', 'write a list of keys'],
    [{ allowedClientMetadata: ['a b'] }, 'allowedClientMetadata.0 is "a b"', 'write a list of keys'],
    [
      { allowedClientMetadata: ['__proto__'] },
      'allowedClientMetadata.0 is "__proto__"',
      'write a list of keys',
    ],
    [{ writableAttributes: 'name' }, 'writableAttributes is "name"', 'write a list'],
    [{ writableAttributes: ['two words'] }, 'writableAttributes.0 is "two words"', 'write a list'],
    [{ writableAttributes: ['custom:*'] }, 'writableAttributes.0 is "custom:*"', 'write a list'],
    [
      { writableAttributes: ['name', 'email_verified'] },
      'writableAttributes.1 is "email_verified"',
      'clients cannot write',
    ],
    [
      { writableAttributes: ['Phone_Number_Verified'] },
      'writableAttributes.0 is "Phone_Number_Verified"',
      'clients cannot write',
    ],
    [{ writableAttributes: ['sub'] }, 'writableAttributes.0 is "sub"', 'clients cannot write'],
    [{ introspect: 30 }, 'introspect is 30', '{ cacheSeconds, onUnavailable }'],
    [{ introspect: { cacheSeconds: 0 } }, 'introspect.cacheSeconds is 0', '1 to 300'],
    [{ introspect: { onUnavailable: 'ask' } }, 'introspect.onUnavailable is "ask"', "'allow' or 'deny'"],
    [{ transport: 'cookies' }, 'transport is "cookies"', "'bearer', 'cookie' or 'both'"],
    [{ cookies: {} }, "cookies is set, and transport is 'bearer'", "set transport to 'cookie'"],
    [{ transport: 'cookie', cookies: [] }, 'cookies is []', '{ name, sameSite'],
    [{ transport: 'cookie', cookies: { name: 'a b' } }, 'cookies.name is "a b"', 'letters, digits'],
    [
      { transport: 'cookie', cookies: { sameSite: 'none' } },
      'cookies.sameSite is "none"',
      "'lax' or 'strict'",
    ],
    [
      { transport: 'both', cookies: { refreshMaxAge: 1 } },
      'cookies.refreshMaxAge is 1',
      'whole number from 60 to',
    ],
    [
      { transport: 'both', cookies: { refreshMaxAge: '1d' } },
      'cookies.refreshMaxAge is "1d"',
      'whole number from 60 to',
    ],
    [
      { transport: 'both', cookies: { dangerouslyAllowHttp: 1 } },
      'cookies.dangerouslyAllowHttp is 1',
      'true or false',
    ],
    [
      { transport: 'cookie', cookies: { domain: 'a.b' } },
      'cookies has no option "domain"',
      'did you mean "dangerouslyShareWithDomain"',
    ],
    [{ trustedOrigins: ['https://a.b'] }, 'trustedOrigins is set', 'or remove trustedOrigins'],
    [
      { transport: 'cookie', trustedOrigins: 'https://a.b' },
      'trustedOrigins is "https://a.b"',
      'list of origins',
    ],
    [{ transport: 'cookie', trustedOrigins: ['https://a.b/'] }, 'is "https://a.b/"', 'without a path'],
    [{ transport: 'cookie', trustedOrigins: ['*'] }, 'is "*"', 'list of origins'],
    [{ transport: 'cookie', trustedOrigins: ['null'] }, 'is "null"', 'list of origins'],
    [
      { clientSecret: 'arn:aws:secretsmanager:us-east-1:123456789012:secret:a-b1c2d3' },
      'clientSecret is an ARN',
      'secretsManagerSecret(arn)',
    ],
    [{ clientSecret: 7 }, 'clientSecret is not in the expected form', 'a function that returns it'],
    [
      { clientSecret: () => 'secret', rateLimits: { store: () => undefined } },
      'rateLimits.secret is missing',
      'write a random string',
    ],
    [{ routes: { signUp: 'register' } }, 'routes.signUp is "register"', '"/register"'],
    [{ docs: 'api-docs' }, 'docs is "api-docs"', 'write true, false or a path'],
    [{ totpIssuer: 'a:b' }, 'totpIssuer is "a:b"', 'without a colon'],
    [{ revocation: true }, 'revocation is true', 'write { store, onUnavailable, cacheSeconds }'],
    [{ autoRefresh: 1 }, 'autoRefresh is 1', 'write true or false'],
    [
      { importSessions: 'yes', transport: 'cookie' },
      'importSessions is "yes"',
      'write true, false or { until',
    ],
    ...[undefined, 1_804_000_000_000, '2027', '2027-02-30', '2027-03-01T08:00', 'tomorrow'].map(
      (until): [Loose, string, string] => [
        { importSessions: { until }, transport: 'cookie' },
        `importSessions.until is ${until === undefined ? until : JSON.stringify(until)}`,
        'or a time with a zone',
      ],
    ),
    [
      { importSessions: { end: '2027-03-01' }, transport: 'cookie' },
      'importSessions has no option "end"',
      'the options are until',
    ],
    [
      { importSessions: { until: '2027-03-01' } },
      'importSessions is set without cookies',
      "set transport to 'cookie' or 'both', or remove importSessions",
    ],
    [{ refresh: { reuseWindowSeconds: 90 } }, 'refresh.reuseWindowSeconds is 90', 'from 0 to 60'],
    [{ passwordBlocklist: {} }, 'passwordBlocklist has no list', 'write { common: true }'],
    [{ rememberDevices: true }, 'rememberDevices is true', "write 'never', 'ask', 'always'"],
    [{ sensitiveMaxAge: -1 }, 'sensitiveMaxAge is -1', 'write a whole number of seconds'],
    [{ sensitiveMaxAge: true }, 'sensitiveMaxAge is true', 'or false'],
    [{ routes: { signUp: '/:any-thing' } }, 'routes.signUp is "/:any-thing"', '"/register"'],
    [{ routes: { signUp: '/a:b' } }, 'routes.signUp is "/a:b"', '"/register"'],
    [{ routes: { signUp: '/a/' } }, 'routes.signUp is "/a/"', '"/register"'],
    [{ routes: { signUp: true } }, 'routes.signUp is true', '{ signUp: false } switches an endpoint off'],
    [{ routes: ['/a'] }, 'routes is ["/a"]', 'write an object'],
    [{ passwordPolicy: 8 }, 'passwordPolicy is 8', '{ minimumLength,'],
    [{ passwordPolicy: { minimumLength: 5 } }, 'passwordPolicy.minimumLength is 5', 'the length is 6 to 99'],
    [{ passwordPolicy: { MinimumLength: 8 } }, 'passwordPolicy', 'did you mean "minimumLength"'],
    [{ rateLimits: true }, 'rateLimits is true', 'or false'],
    [{ rateLimits: { address: 5 } }, 'rateLimits.address is 5', '{ limit, windowMs }'],
    [
      { rateLimits: { account: { signIn: 5 } } },
      'rateLimits.account.signIn is 5',
      '{ limit, windowMs } for each of signIn, code, write and read',
    ],
    [
      { rateLimits: { account: { signIn: { limit: 0, windowMs: 1000 } } } },
      'rateLimits.account.signIn.limit is 0',
      'whole numbers',
    ],
    [
      { rateLimits: { address: { read: { limit: 5, windowMs: 999 } } } },
      'rateLimits.address.read.windowMs is 999',
      'a window of 1000 or more',
    ],
    [
      { rateLimits: { address: { read: { limit: 5 } } } },
      'rateLimits.address.read.windowMs is undefined',
      '{ limit, windowMs }',
    ],
    [
      { rateLimits: { challengeAttempts: 0 } },
      'rateLimits.challengeAttempts is 0',
      'write a whole number from 1 to 100',
    ],
    [
      { rateLimits: { challengeAttempts: 101 } },
      'rateLimits.challengeAttempts is 101',
      'write a whole number from 1 to 100',
    ],
    [
      { rateLimits: { challengeAttempts: '5' } },
      'rateLimits.challengeAttempts is "5"',
      'write a whole number from 1 to 100',
    ],
    [{ rateLimits: { store: {} } }, 'rateLimits.store is {}', 'write a function ({ prefix, windowMs })'],
    [{ rateLimits: { onUnavailable: 'open' } }, 'rateLimits.onUnavailable is "open"', "'allow' or 'deny'"],
    [{ rateLimits: { store: () => undefined } }, 'rateLimits.secret is missing', 'write a random string'],
    [{ timeouts: 5000 }, 'timeouts is 5000', '{ connect, call, hook }'],
    [{ timeouts: { call: 0 } }, 'timeouts.call is 0', 'whole numbers of milliseconds'],
    [{ timeouts: { connect: Infinity } }, 'timeouts.connect is Infinity', 'whole numbers of milliseconds'],
    [{ timeouts: { connect: 2 ** 31 } }, 'timeouts.connect is 2147483648', 'whole numbers of milliseconds'],
    [{ managedLogin: true }, 'managedLogin is true', 'write { redirectUri: '],
    [{ managedLogin: {} }, 'managedLogin.redirectUri is undefined', 'Allowed callback URLs'],
    ...[
      'http://app.example.com/auth/callback',
      'http://127.0.0.1.evil.example/',
      'https://app.example.com',
      'https://APP.example.com/auth/callback',
      'https://app.example.com/auth/callback?a=b',
      'https://app.example.com/auth/callback#a',
      'https://me@app.example.com/',
      '/auth/callback',
      'myapp://callback',
    ].map((redirectUri): [Loose, string, string] => [
      { managedLogin: { redirectUri } },
      'managedLogin.redirectUri is "',
      'https://, or http:// on loopback',
    ]),
    [
      { managedLogin: { redirectUri: 'http://localhost:3000/cb', logoutUri: 'http://a.b/' } },
      'managedLogin.logoutUri is "http://a.b/"',
      'Allowed sign-out URLs',
    ],
    [
      { managedLogin: { redirectUri: 'http://localhost:3000/cb', scopes: ['email'] } },
      'managedLogin.scopes is ["email"]',
      'including "openid"',
    ],
    [
      { managedLogin: { redirectUri: 'http://localhost:3000/cb', errorPage: '//evil.example' } },
      'managedLogin.errorPage is "//evil.example"',
      'a path of your app',
    ],
    [
      { managedLogin: { redirectUri: 'http://localhost:3000/cb', identityProviders: [] } },
      'managedLogin.identityProviders is []',
      'such as "Google"',
    ],
    [
      { managedLogin: { redirectUri: 'http://localhost:3000/cb', domain: 'a' } },
      'managedLogin has no option "domain"',
      'the options are',
    ],
    [{ managedLogin: { redirectUri: 'https://a.b/c' } }, 'cookieSecret is missing', 'a random string of 32'],
    [{ profileClaims: 7 }, 'profileClaims is 7', "['email', 'name']"],
    [{ cookieSecret: 'too short' }, 'cookieSecret is not in the expected form', '32 characters or more'],
    [
      { cookieSecret: ['x'.repeat(32), 'too short'] },
      'cookieSecret.1 is not in the expected form',
      'with the newest first',
    ],
    [{ hooks: [] }, 'hooks is []', '{ before: { signUp: fn }'],
    [{ hooks: { onSignedIn: {} } }, 'hooks.onSignedIn is {}', 'onSignedIn: fn'],
    [{ timeouts: { hook: 0 } }, 'timeouts.hook is 0', '{ connect, call, hook }'],
    [{ hooks: { before: { signUp: 'fn' } } }, 'hooks.before.signUp is "fn"', '{ before: { signUp: fn }'],
    [{ onEvent: 'log' }, 'onEvent is "log"', 'write a function'],
    [{ onError: {} }, 'onError is {}', 'write a function (problem, req, res, next)'],
    [{ logger: true }, 'logger is true', 'write a pino logger, or false'],
    [{ logger: console }, 'logger.child is undefined', 'write a pino logger, or false'],
    [{ cognitoClient: 'aws' }, 'cognitoClient is "aws"', 'write a CognitoIdentityProviderClient'],
    [{ sdkMiddleware: 'yes' }, 'sdkMiddleware is "yes"', 'write true or false'],
    [{ deepHealth: 'yes' }, 'deepHealth is "yes"', 'write true or false'],
    [{ cognitoClient: {} }, 'cognitoClient.send is undefined', 'write a CognitoIdentityProviderClient'],
  ];
  for (const [options, quoted, fix] of wrong) {
    it(`is refused with its value and the fix (${quoted})`, () => {
      const message = faultOf({ ...POOL, ...options });
      expect(message).to.match(/^express-cognito-kit: .+\. See docs\/reference\/options\.md#\w+$/);
      expect(message).to.include(quoted);
      expect(message.slice(message.indexOf(';'))).to.include(fix);
    });
  }

  it('is tested here for every option', () => {
    const tested = new Set(wrong.flatMap(([options]) => Object.keys(options)));
    expect([...tested]).to.have.members([...OPTION_NAMES]);
  });

  it('makes createCognitoRouter() throw a TypeError', () => {
    expect(() => createCognitoRouter({ ...POOL, timeouts: { call: -1 } })).to.throw(
      TypeError,
      'timeouts.call is -1',
    );
  });

  it('makes createCognitoRouter() throw if rateLimits.store returns an invalid store or the same store twice', () => {
    const make = (store: unknown) => () =>
      createCognitoRouter({
        ...POOL,
        logger: false,
        rateLimits: { secret: SECRET, store: () => store as never },
      });
    expect(make({ increment: () => 1 })).to.throw(TypeError, 'rateLimits.store returned');
    expect(make(undefined)).to.throw(TypeError, 'rateLimits.store returned undefined');
    const store = { increment: () => ({}), decrement: () => undefined, resetKey: () => undefined };
    expect(make(store)).to.throw(
      TypeError,
      'returned the same store twice; return a new one for each prefix',
    );
  });

  it('makes createCognitoRouter() throw if two endpoints have the same path, ignoring case', () => {
    const make = (signUp: string) => () =>
      createCognitoRouter({ ...POOL, logger: false, routes: { signUp } });
    expect(make('/sign-in')).to.throw(TypeError, 'routes.signIn is "/sign-in", where signUp is already');
    expect(make('/Sign-In')).to.throw(TypeError, 'where signUp is already');
  });
});

describe('createCognitoRouter() without an object of options', () => {
  it('fails with the fix in the message if it is passed to app.use() without being called', async () => {
    const app = express().use(createCognitoRouter as unknown as RequestHandler);
    app.use((error: Error, _req: Request, res: Response, _next: NextFunction) => res.send(error.message));
    const { text } = await supertest(app).get('/');
    expect(text).to.include('write createCognitoRouter()');
  });

  for (const config of [null, 'us-east-1_AbCdEfGhI', 1, [], () => POOL]) {
    it(`throws for ${JSON.stringify(config) ?? 'a function'}`, () => {
      expect(faultOf(config))
        .to.include('was called with')
        .and.include('pass an object of options, or nothing');
    });
  }
});

describe('A mistyped option', () => {
  const mistyped: readonly [options: Loose, name: string, intended: string][] = [
    [{ userPoolID: 'us-east-1_AbCdEfGhI', userPoolId: undefined }, 'userPoolID', 'userPoolId'],
    [{ signinWith: 'email' }, 'signinWith', 'signInWith'],
    [{ ratelimit: false }, 'ratelimit', 'rateLimits'],
    [{ clientsecret: SECRET }, 'clientsecret', 'clientSecret'],
    [{ routes: { singUp: false } }, 'singUp', 'signUp'],
    [{ rateLimits: { adress: {} } }, 'adress', 'address'],
    [{ rateLimits: { onunavailable: 'deny' } }, 'onunavailable', 'onUnavailable'],
    [{ rateLimits: { account: { signin: { limit: 1, windowMs: 1000 } } } }, 'signin', 'signIn'],
    [{ rateLimits: { account: { read: { limits: 1, limit: 1, windowMs: 1000 } } } }, 'limits', 'limit'],
    [{ timeouts: { conect: 1 } }, 'conect', 'connect'],
    [{ hooks: { befor: {} } }, 'befor', 'before'],
    [{ hooks: { onSignIn: () => undefined } }, 'onSignIn', 'onSignedIn'],
    [{ hooks: { response: { sign_in: () => undefined } } }, 'sign_in', 'signIn'],
  ];
  for (const [options, name, intended] of mistyped) {
    it(`is refused with the intended name (${name})`, () => {
      expect(faultOf({ ...POOL, ...options })).to.match(
        new RegExp(`has no option "${name}"; did you mean "${intended}"\\. See `),
      );
    });
  }

  it('is refused with all option names if none is similar', () => {
    expect(faultOf({ ...POOL, colour: 'red' })).to.include(`the options are ${OPTION_NAMES.join(', ')}`);
  });
});

describe('A secret in an invalid option', () => {
  const leaky: readonly Loose[] = [
    { clientSecret: `${SECRET} !` },
    { clientSecret: [SECRET] },
    { clientSecret: { value: SECRET } },
    { clientSecert: SECRET },
    { rateLimits: { secret: [SECRET] } },
    { rateLimits: [{ secret: SECRET }] },
    { rateLimits: { address: { secret: SECRET, signIn: { limit: 1, windowMs: SECRET.length } } } },
    { rateLimits: { store: { secret: SECRET } } },
    { hooks: { before: { signUp: { secret: SECRET } } } },
    { logger: { secret: SECRET } },
    { cognitoClient: { config: { secret: SECRET } } },
    { onEvent: { secret: SECRET } },
    { endpoint: `ftp://user:${SECRET}@example.com` },
  ];
  for (const options of leaky) {
    it(`is not quoted in the error (${JSON.stringify(options).replaceAll(SECRET, '...')})`, () => {
      expect(faultOf({ ...POOL, ...options })).to.not.include(SECRET);
    });
  }

  it('is not quoted in the error if it is too short', () => {
    expect(faultOf({ ...POOL, rateLimits: { secret: 'shortsecret' } }))
      .to.include('write a random string of 16 characters or more')
      .and.not.include('shortsecret');
  });
});

describe('Environment variables', () => {
  const env = {
    COGNITO_USER_POOL_ID: 'eu-central-1_FromEnv',
    COGNITO_CLIENT_ID: 'clientFromEnv',
    COGNITO_CLIENT_SECRET: 'secretFromEnv',
    COGNITO_ENDPOINT: 'http://127.0.0.1:9229/',
  };

  it('provide the missing options', () => {
    expect(parseConfig(undefined, env)).to.include({
      userPoolId: 'eu-central-1_FromEnv',
      clientId: 'clientFromEnv',
      clientSecret: 'secretFromEnv',
      endpoint: 'http://127.0.0.1:9229',
      region: 'eu-central-1',
    });
  });

  it('can have the client secret or its ARN, but not both', () => {
    const COGNITO_CLIENT_SECRET_ARN = 'arn:aws:secretsmanager:eu-central-1:123456789012:secret:a-b1c2d3';
    const { COGNITO_CLIENT_SECRET: _secret, ...others } = env;
    const settings = parseConfig(undefined, { ...others, COGNITO_CLIENT_SECRET_ARN });
    expect(settings.clientSecret).to.be.a('function');
    expect(settings.rateLimits.secret).to.equal(undefined);
    expect(faultOf(undefined, { ...env, COGNITO_CLIENT_SECRET_ARN })).to.include('remove one of them');
    expect(faultOf(undefined, { ...others, COGNITO_CLIENT_SECRET_ARN: 'my-secret' })).to.include(
      'pass the ARN of the secret',
    );
    expect(parseConfig({ clientSecret: SECRET }, { ...others, COGNITO_CLIENT_SECRET_ARN })).to.include({
      clientSecret: SECRET,
    });
  });

  it('are overridden by the options', () => {
    const given = { ...POOL, clientSecret: SECRET, endpoint: 'http://127.0.0.1:1' };
    expect(parseConfig(given, env)).to.include(given);
  });

  it('count as unset if they are empty', () => {
    const empty = { COGNITO_CLIENT_SECRET: '', COGNITO_ENDPOINT: '' };
    expect(parseConfig(POOL, empty)).to.include({ clientSecret: undefined, endpoint: undefined });
    expect(faultOf(undefined, { COGNITO_USER_POOL_ID: '' })).to.include(
      'set the option, or COGNITO_USER_POOL_ID',
    );
    expect(faultOf({ userPoolId: POOL.userPoolId }, {})).to.include('set the option, or COGNITO_CLIENT_ID');
  });

  it('are validated like the options, and errors do not quote their secrets', () => {
    expect(faultOf(undefined, { ...env, COGNITO_CLIENT_ID: 'a b' })).to.include('clientId is "a b"');
    expect(faultOf(undefined, { ...env, COGNITO_CLIENT_SECRET: `${SECRET} ?` })).to.not.include(SECRET);
  });
});

describe("The caller's config object", () => {
  function fullConfig(): Config & { routes: object; hooks: object } {
    return {
      ...POOL,
      issuer: ['https://id.example.com'],
      jwks: { keys: [{ kty: 'RSA' }] },
      signInWith: ['email', 'username'],
      writableAttributes: ['name', 'custom:plan'],
      routes: { signUp: '/register', health: false },
      rateLimits: { address: { signIn: { limit: 7, windowMs: 7000 } }, challengeAttempts: 3 },
      timeouts: { call: 1234 },
      hooks: { before: { signUp: () => undefined }, response: {} },
    };
  }
  const plain = (value: unknown): string =>
    JSON.stringify(value, (_key, inner) => (typeof inner === 'function' ? 'fn' : inner));

  function freezeDeep<T>(value: T): T {
    for (const inner of Object.values(value as object)) if (typeof inner === 'object') freezeDeep(inner);
    return Object.freeze(value);
  }

  it('is neither changed nor frozen', () => {
    const given = fullConfig();
    parseConfig(given, {});
    expect(plain(given)).to.equal(plain(fullConfig()));
    const frozen: string[] = [];
    const look = (value: unknown, path: string): void => {
      if (typeof value !== 'object' || value === null) return;
      if (Object.isFrozen(value)) frozen.push(path);
      for (const [key, inner] of Object.entries(value)) look(inner, `${path}.${key}`);
    };
    look(given, '');
    expect(frozen).to.deep.equal([]);
  });

  it('can be frozen', () => {
    expect(() => parseConfig(freezeDeep(fullConfig()), {})).to.not.throw();
  });

  it('has no effect on the settings when it is changed later', () => {
    const given = fullConfig();
    const settings = parseConfig(given, {});
    const before = plain(settings);
    Object.assign(given.routes, { signUp: false, signIn: '/x' });
    Object.assign(given.hooks, { before: { signIn: () => undefined } });
    (given.writableAttributes as string[]).push('email_verified');
    (given.signInWith as string[]).pop();
    (given.issuer as string[])[0] = 'https://evil.example.com';
    Object.assign(given.rateLimits as object, { address: {}, challengeAttempts: 100 });
    expect(plain(settings)).to.equal(before);
  });
});

describe('Settings', () => {
  it('are deeply frozen', () => {
    const settings = parseConfig(
      { ...POOL, rateLimits: { account: { code: { limit: 1, windowMs: 1000 } } } },
      {},
    );
    const { rateLimits, hooks, routes, timeouts, signInWith, writableAttributes } = settings;
    const parts = [
      settings,
      rateLimits,
      rateLimits.account,
      rateLimits.account.code,
      rateLimits.address.code,
    ];
    for (const part of [...parts, hooks, hooks.before, routes, timeouts, signInWith, writableAttributes]) {
      expect(part).to.be.frozen;
    }
  });

  it('have a default for every option', () => {
    const settings = parseConfig(POOL, {});
    expect(settings).to.include({ concealUserExistence: true, endpoint: undefined, region: 'us-east-1' });
    expect(settings.signInWith).to.deep.equal(['email']);
    expect(settings.timeouts).to.deep.equal({ connect: 2000, call: 5000, hook: 5000 });
    expect(settings.rateLimits).to.deep.include({
      ...DEFAULT_RATE_LIMITS,
      enabled: true,
      challengeAttempts: 5,
    });
    expect(settings.writableAttributes).to.include('name').and.not.include('email_verified');
  });

  it('have the default rate limits if these are missing or undefined in the config', () => {
    const signIn = { limit: 3, windowMs: 3000 };
    const { rateLimits } = parseConfig({ ...POOL, rateLimits: { address: { signIn } } }, {});
    expect(rateLimits.address).to.deep.equal({ ...DEFAULT_RATE_LIMITS.address, signIn });
    const loose = { rateLimits: { account: { signIn: undefined } } } as unknown as Config;
    expect(parseConfig({ ...POOL, ...loose }, {}).rateLimits.account).to.deep.equal(
      DEFAULT_RATE_LIMITS.account,
    );
  });

  /** Options that are whole numbers, with their minimum and maximum. */
  const BOUNDS: readonly (readonly [
    name: string,
    set: (value: number) => object,
    min: number,
    max?: number,
  ])[] = [
    ['timeouts.connect', (connect) => ({ timeouts: { connect } }), 1, 2 ** 31 - 1],
    ['timeouts.call', (call) => ({ timeouts: { call } }), 1, 2 ** 31 - 1],
    ['sensitiveMaxAge', (sensitiveMaxAge) => ({ sensitiveMaxAge }), 0],
    ['passwordPolicy.minimumLength', (minimumLength) => ({ passwordPolicy: { minimumLength } }), 6, 99],
    ['rateLimits.challengeAttempts', (challengeAttempts) => ({ rateLimits: { challengeAttempts } }), 1, 100],
    [
      'rateLimits.address.read.limit',
      (limit) => ({ rateLimits: { address: { read: { limit, windowMs: 1000 } } } }),
      1,
    ],
    [
      'rateLimits.account.code.windowMs',
      (windowMs) => ({ rateLimits: { account: { code: { limit: 1, windowMs } } } }),
      1000,
      2 ** 31 - 1,
    ],
  ];
  for (const [name, set, min, max] of BOUNDS) {
    it(`accept whole numbers from ${min} to ${max ?? 'any number'} as ${name}`, () => {
      const parse = (value: number) => () => parseConfig({ ...POOL, ...set(value) }, {});
      for (const valid of [min, min + 1, max ?? Number.MAX_SAFE_INTEGER]) {
        expect(parse(valid), String(valid)).to.not.throw();
      }
      for (const wrong of [min - 1, min + 0.5, ...(max === undefined ? [] : [max + 1])]) {
        expect(parse(wrong), String(wrong)).to.throw(TypeError, `${name} is ${wrong}`);
      }
    });
  }

  it('accept every kind of valid value', () => {
    const valid: readonly Config[] = [
      { clientSecret: SECRET },
      { endpoint: 'http://[::1]:9229' },
      { endpoint: 'http://localhost:9229/' },
      { endpoint: 'https://cognito.example.com/prefix' },
      { issuer: 'https://id.example.com/pool' },
      { jwksUri: 'https://id.example.com/keys.json' },
      { jwks: { keys: [] } },
      { signInWith: 'username' },
      { signInWith: ['username', 'email', 'phoneNumber'] },
      { writableAttributes: [] },
      { routes: { signUp: '/users/new', signIn: false } },
      { rateLimits: false },
      { rateLimits: { secret: SECRET, onUnavailable: 'deny' } },
      { logger: false },
      { logger: pino({ level: 'silent' }) },
      { cognitoClient: new CognitoIdentityProviderClient({ region: 'us-east-1', maxAttempts: 1 }) },
    ];
    for (const options of valid) expect(() => parseConfig({ ...POOL, ...options }, {})).to.not.throw();
  });
});
