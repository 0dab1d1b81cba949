import { randomUUID, sign } from 'node:crypto';
import { type Jwks, originalIssuer } from '../cognito/trusted-pool.ts';
import { parseUserPoolId } from '../config/user-pool-id.ts';
import { generateSigningKeys, type SigningKey } from '../local/model/keys.ts';

export type { Jwks } from '../cognito/trusted-pool.ts';

/** What `createTestIssuer` can be told. */
export interface TestIssuerOptions {
  /** Default: `us-east-1_TestPool1`. */
  userPoolId?: string;
  /** The client that tokens are issued to, unless told otherwise. Default: `testclient`. */
  clientId?: string;
}

/** What a token is to say. Everything has a default that fits an ordinary user. */
export interface TestTokenOptions {
  /** Default: a random UUID. */
  sub?: string;
  /** Default: the `sub`, as in a pool whose users sign in with their e-mail address. */
  username?: string;
  /** Default: none. */
  groups?: readonly string[];
  /** Seconds from now; negative for a token that has expired. Default: 3600. */
  expiresIn?: number;
  /** Default: the issuer's. */
  clientId?: string;
  /** More claims, or others: a claim that is `undefined` is left out of the token. */
  claims?: Readonly<Record<string, unknown>>;
}

export interface TestAccessTokenOptions extends TestTokenOptions {
  /** Default: `aws.cognito.signin.user.admin`, as in every token of the sign-in API. */
  scopes?: readonly string[];
}

export interface TestIdTokenOptions extends TestTokenOptions {
  /** Default: no e-mail address. */
  email?: string;
}

/** Stands in for a user pool in tests of routes behind `requireAuth`: real keys, no server, no network. */
export interface TestIssuer {
  /** For `requireAuth({ ...issuer.config })` and `createCognitoRouter({ ...issuer.config })`. */
  readonly config: {
    readonly userPoolId: string;
    readonly clientId: string;
    readonly issuer: string;
    readonly jwks: Jwks;
  };
  /** An access token like those of Cognito. */
  accessToken(options?: TestAccessTokenOptions): string;
  /** An ID token like those of Cognito. */
  idToken(options?: TestIdTokenOptions): string;
  /** The token with a signature that is real but not from the key it names. Only verifying it tells. */
  forge(token: string): string;
}

/**
 * Makes an issuer with new keys, which takes some 200 ms: one will do for a whole test file.
 *
 * ```ts
 * const issuer = await createTestIssuer();
 * app.get('/reports', requireAuth({ ...issuer.config, groups: 'admin' }), handler);
 * await request(app).get('/reports').auth(issuer.accessToken({ groups: ['admin'] }), { type: 'bearer' });
 * ```
 */
export async function createTestIssuer(options: TestIssuerOptions = {}): Promise<TestIssuer> {
  const { userPoolId = 'us-east-1_TestPool1', clientId = 'testclient' } = options;
  const issuer = originalIssuer(parseUserPoolId(userPoolId));
  const { access, id } = await generateSigningKeys();

  function accessToken(token: TestAccessTokenOptions = {}): string {
    const { scopes = ['aws.cognito.signin.user.admin'], clientId: client = clientId } = token;
    const common = commonClaims(token, issuer);
    const claims = { token_use: 'access', client_id: client, username: token.username ?? common.sub };
    return signToken({ ...common, ...claims, scope: scopes.join(' '), ...token.claims }, access);
  }

  function idToken(token: TestIdTokenOptions = {}): string {
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
  // A token that has expired was issued, and its user signed in, before it did.
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
