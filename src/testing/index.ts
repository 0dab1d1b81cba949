import { randomUUID, sign } from 'node:crypto';
import { type Jwks, originalIssuer } from '../cognito/trusted-pool.ts';
import { parseUserPoolId } from '../config/user-pool-id.ts';
import { generateSigningKeys, type SigningKey } from '../local/model/keys.ts';
import { checkOptionNames } from '../shared/option-errors.ts';

export type { TestUser } from '../browser-tests/tested-app.ts';
export type { Jwks } from '../cognito/trusted-pool.ts';
export type { LocalConfig, LocalUserPool, LocalUserPoolOptions } from '../local/local-user-pool.ts';
export { asBrowser, type TestAgent, type TestRequest, type TestResponse } from './browser-agent.ts';
export type { SignedInAs, SignInAsOptions } from './sign-in-as.ts';
export {
  type ClosableRouter,
  type CreatedApp,
  startTestApp,
  type TestApp,
  type TestAppConfig,
  type TestAppOptions,
} from './test-app.ts';
export type { TestClock } from './test-clock.ts';

/** The options of `createTestIssuer`. */
export interface TestIssuerOptions {
  /** The user pool ID in the issuer's URL. Default: `us-east-1_TestPool1`. */
  userPoolId?: string;
  /** The default client of the tokens. Default: `testclient`. */
  clientId?: string;
}

/** The content of a test token. The defaults describe an ordinary user. */
export interface TestTokenOptions {
  /** The user's ID. Default: a random UUID. */
  sub?: string;
  /** The user name. Default: the `sub`, as in a user pool whose users sign in with an e-mail address. */
  username?: string;
  /** The user's groups. Default: none. */
  groups?: readonly string[];
  /** Lifetime in seconds. A negative value yields an expired token. Default: 3600. */
  expiresIn?: number;
  /** The client that the token is issued to. Default: the issuer's. */
  clientId?: string;
  /** Additional claims, which override others. A claim that is `undefined` is omitted. Default: none. */
  claims?: Readonly<Record<string, unknown>>;
}

/** The content of a test access token. */
export interface TestAccessTokenOptions extends TestTokenOptions {
  /** The scopes. Default: `aws.cognito.signin.user.admin`, as in every token of the sign-in API. */
  scopes?: readonly string[];
}

/** The content of a test ID token. */
export interface TestIdTokenOptions extends TestTokenOptions {
  /** The verified e-mail address. Default: none. */
  email?: string;
}

/** Replaces a user pool in tests of routes behind `requireAuth`, with real keys, no server and no network. */
export interface TestIssuer {
  /** Options for `requireAuth` and `createCognitoRouter` that accept the issuer's tokens. */
  readonly config: {
    readonly userPoolId: string;
    readonly clientId: string;
    readonly issuer: string;
    readonly jwks: Jwks;
  };
  /** Returns an access token in Cognito's format. */
  accessToken(options?: TestAccessTokenOptions): string;
  /** Returns an ID token in Cognito's format. */
  idToken(options?: TestIdTokenOptions): string;
  /** Returns the token with a signature by another key than the one that it names. Only verification detects it. */
  forge(token: string): string;
}

const TOKEN_OPTIONS = ['sub', 'username', 'groups', 'expiresIn', 'clientId', 'claims'];

/**
 * Creates a test issuer with new keys. It takes about 200 ms, so create one per test file.
 *
 * @example
 * const issuer = await createTestIssuer();
 * app.get('/reports', requireAuth({ ...issuer.config, groups: 'admin' }), handler);
 * await request(app).get('/reports').auth(issuer.accessToken({ groups: ['admin'] }), { type: 'bearer' });
 * @throws TypeError for an invalid `userPoolId`
 */
export async function createTestIssuer(options: TestIssuerOptions = {}): Promise<TestIssuer> {
  checkOptionNames('createTestIssuer', options, ['userPoolId', 'clientId']);
  const { userPoolId = 'us-east-1_TestPool1', clientId = 'testclient' } = options;
  const issuer = originalIssuer(parseUserPoolId(userPoolId));
  const { access, id } = await generateSigningKeys();

  function accessToken(token: TestAccessTokenOptions = {}): string {
    checkOptionNames('createTestIssuer', token, [...TOKEN_OPTIONS, 'scopes']);
    const { scopes = ['aws.cognito.signin.user.admin'], clientId: client = clientId } = token;
    const common = commonClaims(token, issuer);
    const claims = { token_use: 'access', client_id: client, username: token.username ?? common.sub };
    return signToken({ ...common, ...claims, scope: scopes.join(' '), ...token.claims }, access);
  }

  function idToken(token: TestIdTokenOptions = {}): string {
    checkOptionNames('createTestIssuer', token, [...TOKEN_OPTIONS, 'email']);
    const { email, clientId: client = clientId } = token;
    const common = commonClaims(token, issuer);
    const claims = { token_use: 'id', aud: client, 'cognito:username': token.username ?? common.sub };
    const address = email === undefined ? {} : { email, email_verified: true };
    return signToken({ ...common, ...claims, ...address, ...token.claims }, id);
  }

  function forge(token: string): string {
    const [header = '', payload = ''] = token.split('.');
    const { kid } = JSON.parse(Buffer.from(header, 'base64url').toString()) as { kid: string };
    return signature(`${header}.${payload}`, kid === access.kid ? id : access);
  }

  const config = { userPoolId, clientId, issuer, jwks: { keys: [access.jwk, id.jwk] } };
  return { config, accessToken, idToken, forge };
}

function commonClaims(token: TestTokenOptions, issuer: string): { sub: string } & Record<string, unknown> {
  const { sub = randomUUID(), groups, expiresIn = 3600 } = token;
  const now = Math.floor(Date.now() / 1000);
  // An expired token was issued before it expired.
  const issuedAt = Math.min(now, now + expiresIn);
  return {
    sub,
    iss: issuer,
    ...(groups !== undefined && groups.length > 0 && { 'cognito:groups': groups }),
    origin_jti: randomUUID(),
    event_id: randomUUID(),
    auth_time: issuedAt,
    iat: issuedAt,
    exp: now + expiresIn,
    jti: randomUUID(),
  };
}

function signToken(claims: Readonly<Record<string, unknown>>, key: SigningKey): string {
  return signature(`${base64url({ kid: key.kid, alg: 'RS256' })}.${base64url(claims)}`, key);
}

function signature(input: string, key: SigningKey): string {
  return `${input}.${sign('sha256', Buffer.from(input), key.privateKey).toString('base64url')}`;
}

function base64url(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}
