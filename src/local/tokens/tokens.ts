import { createHash, randomBytes, randomUUID, verify } from 'node:crypto';
import { CognitoError, notAuthorized, userDisabled, userNotFound } from '../model/errors.ts';
import { groupClaims } from '../model/groups.ts';
import type { AppClient, RefreshToken, ServerState, SignIn, UserPool } from '../model/pool.ts';
import {
  DEFAULT_SESSIONS_PER_USER,
  rotatesRefreshTokens,
  tokenLifetimes,
  tracksSessions,
} from '../model/settings-rules.ts';
import type { AuthenticationResult, TokenOverrides } from '../model/sign-in-state.ts';
import type { DeviceMetadata, User } from '../model/user.ts';
import { decodeJwt, invalidAccessToken, signJwt } from './jwt.ts';
import { API_SCOPE, attributesInScope } from './scopes.ts';
import { newSessionId } from './session-id.ts';

/** Data of a sign-in through managed login. */
export interface HostedSignIn {
  readonly scopes: readonly string[];
  /** `nonce` of the authorization request, for the first ID token only. */
  readonly nonce: string | undefined;
  /** Time of authentication, in milliseconds since the epoch. */
  readonly authTime: number;
  readonly ssoSessionId?: string | undefined;
  readonly resource?: string | undefined;
}

export function signIn(
  client: AppClient,
  user: User,
  overrides: TokenOverrides = {},
  device?: DeviceMetadata,
  hosted?: HostedSignIn,
): AuthenticationResult & { readonly RefreshToken: string } {
  const { pool } = client;
  const now = pool.now();
  const started: SignIn = {
    eventId: randomUUID(),
    originJti: randomUUID(),
    user,
    client,
    device,
    sessionId: newSessionId('tkn'),
    ssoSessionId: hosted?.ssoSessionId,
    authTime: hosted?.authTime ?? now,
    startedAt: now,
    lastActiveAt: now,
    refreshExpiresAt: now + tokenLifetimes(client.settings).refresh * 1000,
    scopes: hosted?.scopes ?? [API_SCOPE],
    resource: hosted?.resource,
    hosted: hosted !== undefined,
    overrides,
    revoked: false,
  };
  pool.signIns.set(started.eventId, started);
  if (tracksSessions(pool.settings)) track(started);
  return { ...issueJwts(started, overrides, hosted?.nonce), RefreshToken: issueRefreshToken(started) };
}

/** Adds the session to those of its user, and ends the least recently used ones beyond the maximum. */
function track(signIn: SignIn): void {
  const { user, client } = signIn;
  const { pool } = client;
  const { MaxPerUser = DEFAULT_SESSIONS_PER_USER } = pool.settings.TokenSession ?? {};
  const earlier = trackedSessionsOf(pool, user);
  const byUse = earlier.toSorted((a, b) => a.lastActiveAt - b.lastActiveAt);
  const evicted = byUse.slice(0, Math.max(0, earlier.length + 1 - MaxPerUser));
  for (const each of evicted) each.revoked = true;
  pool.trackedSessions.set(user, [...earlier.filter(({ revoked }) => !revoked), signIn]);
}

/** Returns the valid sessions of the user that began while the pool tracked sessions, the oldest first. */
export function trackedSessionsOf(pool: UserPool, user: User): readonly SignIn[] {
  const tracked = pool.trackedSessions.get(user) ?? [];
  return tracked.filter(({ revoked, refreshExpiresAt }) => !revoked && pool.now() < refreshExpiresAt);
}

/** Issues new access and ID tokens of a sign-in, with current groups and attributes and the original `auth_time`. */
export function issueJwts(
  { client, user, device, eventId, originJti, authTime, authentication, scopes, resource, hosted }: SignIn,
  overrides: TokenOverrides = {},
  nonce?: string,
): AuthenticationResult {
  const { pool } = client;
  const lifetimes = tokenLifetimes(client.settings);
  const { accessExpiresIn = lifetimes.access, idExpiresIn = lifetimes.id } = overrides;
  const issuedAt = Math.floor(pool.now() / 1000);
  const revocable = client.settings.EnableTokenRevocation !== false;
  const common = {
    sub: user.sub,
    iss: pool.issuer,
    ...(revocable && { origin_jti: originJti }),
    event_id: eventId,
    auth_time: Math.floor(authTime / 1000),
    ...authentication,
    iat: issuedAt,
  };
  const { groups, roles } = groupClaims(pool, user);
  const accessClaims = {
    ...common,
    ...groups,
    ...(device && { device_key: device.key }),
    ...(resource !== undefined && { aud: resource }),
    client_id: client.id,
    token_use: 'access',
    scope: scopes.join(' '),
    ...(hosted && { version: 2 }),
    exp: issuedAt + accessExpiresIn,
    jti: randomUUID(),
    username: user.username,
    ...overrides.accessClaims,
  };
  const accessToken = signJwt(pool.keys.access, accessClaims);
  const idClaims = {
    ...common,
    ...groups,
    ...roles,
    ...attributeClaims(client, user, scopes),
    ...(hosted && { at_hash: halfHashOf(accessToken) }),
    ...(nonce !== undefined && { nonce }),
    'cognito:username': user.username,
    aud: client.id,
    token_use: 'id',
    exp: issuedAt + idExpiresIn,
    jti: randomUUID(),
    ...overrides.idClaims,
  };
  return {
    AccessToken: accessToken,
    ExpiresIn: accessExpiresIn,
    TokenType: 'Bearer',
    IdToken: signJwt(pool.keys.id, idClaims),
  };
}

/** Finds a refresh token of this app client, valid or not. */
export function findRefreshToken(client: AppClient, refreshToken: string): RefreshToken {
  const token = client.pool.refreshTokens.get(hashOf(refreshToken));
  if (token?.signIn.client !== client) throw notAuthorized('Invalid Refresh Token');
  return token;
}

/**
 * Exchanges a refresh token. With rotation, the answer has a new one with the expiry of the first, and the previous one
 * stays valid for the grace period. A sign-in on a tracked device also needs the key of the confirmed device.
 */
export async function refresh(
  token: RefreshToken,
  deviceKey: string | undefined,
  claims: (origin: SignIn) => Promise<TokenOverrides>,
): Promise<AuthenticationResult> {
  const { signIn: origin } = token;
  const { client } = origin;
  const now = client.pool.now();
  if (!origin.user.enabled) throw userDisabled();
  if (origin.revoked) throw notAuthorized('Refresh Token has been revoked');
  if (now >= origin.refreshExpiresAt) throw notAuthorized('Refresh Token has expired');
  const { device, user } = origin;
  if (device && (deviceKey !== device.key || !user.devices.has(device.key))) {
    throw notAuthorized('Invalid Refresh Token');
  }
  if (!rotatesRefreshTokens(client.settings)) {
    origin.lastActiveAt = now;
    return issueJwts(origin, await claims(origin));
  }

  const graceMs = (client.settings.RefreshTokenRotation?.RetryGracePeriodSeconds ?? 0) * 1000;
  if (token.rotatedAt !== undefined && now >= token.rotatedAt + graceMs) {
    throw new CognitoError('RefreshTokenReuseException', 'Refresh Token has been reused.');
  }
  token.rotatedAt ??= now;
  origin.lastActiveAt = now;
  return { ...issueJwts(origin, await claims(origin)), RefreshToken: issueRefreshToken(origin) };
}

/** Returns the sign-in of a refresh token, valid or not. */
export function signInOfRefreshToken(pool: UserPool, refreshToken: string): SignIn | undefined {
  return pool.refreshTokens.get(hashOf(refreshToken))?.signIn;
}

/** Returns the sign-in of an access token issued by this pool. */
export function signInOfAccessToken(pool: UserPool, accessToken: string): SignIn | undefined {
  return pool.signIns.get(String(decodeJwt(accessToken).payload.event_id));
}

/** Revokes every sign-in of a user. The pool then refuses all of the user's tokens. */
export function revokeAll(pool: UserPool, user: User): void {
  for (const each of pool.signIns.values()) if (each.user === user) each.revoked = true;
}

/** Removes the sign-ins of a deleted user. */
export function forgetSignIns(pool: UserPool, user: User): void {
  for (const [id, each] of pool.signIns) if (each.user === user) pool.signIns.delete(id);
  pool.trackedSessions.delete(user);
  for (const [hash, token] of pool.refreshTokens) {
    if (token.signIn.user === user) pool.refreshTokens.delete(hash);
  }
}

/** The text for a token without the scope of the operation. */
export const MISSING_SCOPE = 'Access Token does not have required scopes';

/** Verifies an access token: signature, revocation, expiry, scope and the user's state, in that order. */
export function verifyAccessToken(
  service: ServerState,
  accessToken: string,
  scope: string = API_SCOPE,
): SignIn {
  const { header, payload, signed, signature } = decodeJwt(accessToken);
  const pool = [...service.pools.values()].find((each) => each.issuer === payload.iss);
  const key = pool?.publishedKeys.find((each) => each.kid === header.kid);
  if (
    !pool ||
    !key ||
    payload.token_use !== 'access' ||
    !verify('sha256', Buffer.from(signed), key.publicKey, signature)
  ) {
    throw invalidAccessToken();
  }
  const found = pool.signIns.get(String(payload.event_id));
  if (found?.revoked) throw notAuthorized('Access Token has been revoked');
  if (!(Number(payload.exp) * 1000 > pool.now())) throw notAuthorized('Access Token has expired');
  const scopes = String(payload.scope ?? '').split(' ');
  if (!scopes.includes(scope)) {
    throw notAuthorized(MISSING_SCOPE);
  }
  if (!found) throw userNotFound();
  if (!found.user.enabled) throw userDisabled();
  return found;
}

function issueRefreshToken(origin: SignIn): string {
  // As long and opaque as Cognito's encrypted token: five parts, the first a JWE header.
  const header = Buffer.from('{"cty":"JWT","enc":"A256GCM","alg":"RSA-OAEP"}').toString('base64url');
  const part = (bytes: number): string => randomBytes(bytes).toString('base64url');
  const token = [header, part(256), part(12), part(820), part(16)].join('.');
  origin.client.pool.refreshTokens.set(hashOf(token), { signIn: origin, rotatedAt: undefined });
  return token;
}

function attributeClaims(client: AppClient, user: User, scopes: readonly string[]): Record<string, unknown> {
  const claims: Record<string, unknown> = {};
  for (const [name, value] of attributesInScope(client, user, scopes)) {
    claims[name] = name.endsWith('_verified') ? value === 'true' : value;
  }
  // Federated users have these regardless of the client's ReadAttributes.
  const identities = user.attributes.get('identities');
  return identities === undefined ? claims : { ...claims, identities: JSON.parse(identities) };
}

function hashOf(token: string): string {
  return createHash('sha256').update(token).digest('base64');
}

/** `at_hash` of OpenID Connect Core 1.0, section 3.1.3.6. */
function halfHashOf(accessToken: string): string {
  return createHash('sha256').update(accessToken).digest().subarray(0, 16).toString('base64url');
}
