import { createPublicKey, type JsonWebKey, verify } from 'node:crypto';
import { type ContractPool, outcomeOf, partOf, type Tokens } from '../contract-pool.ts';
import { apiPage, type Fact, guidePage, inferred, MOTO, reported, SUB_IS_USERNAME } from '../fact.ts';

const ACCESS = guidePage(
  'Understanding the access token',
  'amazon-cognito-user-pools-using-the-access-token',
);
const ID = guidePage('Understanding the identity token', 'amazon-cognito-user-pools-using-the-id-token');
const JWT = guidePage('Verifying JSON web tokens', 'amazon-cognito-user-pools-using-tokens-verifying-a-jwt');
const REFRESH = guidePage('Refresh tokens', 'amazon-cognito-user-pools-using-the-refresh-token');
const ROTATION = guidePage('Refresh token rotation', 'amazon-cognito-user-pools-using-the-refresh-token');
const REVOCATION = guidePage('Ending user sessions with token revocation', 'token-revocation');

async function claims(
  pool: ContractPool,
  token: 'AccessToken' | 'IdToken',
): Promise<Record<string, unknown>> {
  return partOf((await pool.readerTokens())[token], 1);
}

async function isSigned(pool: ContractPool, token: string): Promise<boolean> {
  const { keys } = (await (await fetch(pool.jwksUrl)).json()) as { keys: (JsonWebKey & { kid: string })[] };
  const jwk = keys.find(({ kid }) => kid === partOf(token, 0).kid);
  if (!jwk) return false;
  const [head, body, signature = ''] = token.split('.');
  const key = createPublicKey({ key: jwk, format: 'jwk' });
  return verify('RSA-SHA256', Buffer.from(`${head}.${body}`), key, Buffer.from(signature, 'base64url'));
}

function refresh(
  pool: ContractPool,
  REFRESH_TOKEN: string,
  client: 'hidden' | 'legacy' | 'rotating' = 'hidden',
) {
  return pool.call('InitiateAuth', {
    ClientId: pool.clients[client].id,
    AuthFlow: 'REFRESH_TOKEN_AUTH',
    AuthParameters: { REFRESH_TOKEN },
  });
}

function rotate(pool: ContractPool, RefreshToken: string, client: 'hidden' | 'rotating') {
  return pool.call('GetTokensFromRefreshToken', { ClientId: pool.clients[client].id, RefreshToken });
}

function members(value: unknown): string[] {
  return Object.keys((value ?? {}) as object).sort();
}

/** Outcomes with the tokens of a session that was revoked, while the user had a second one. */
function revoked(pool: ContractPool) {
  return pool.shared('revoked', async () => {
    const user = await pool.newUser();
    const first = await pool.tokensOf(user);
    const second = await pool.tokensOf(user);
    const ClientId = pool.clients.hidden.id;
    const revocation = await pool.outcome('RevokeToken', { ClientId, Token: first.RefreshToken });
    return {
      revocation,
      access: await pool.outcome('GetUser', { AccessToken: first.AccessToken }),
      refresh: outcomeOf(await refresh(pool, first.RefreshToken)),
      other: await pool.outcome('GetUser', { AccessToken: second.AccessToken }),
      again: await pool.outcome('RevokeToken', { ClientId, Token: first.RefreshToken }),
      ofAccessToken: await pool.outcome('RevokeToken', { ClientId, Token: second.AccessToken }),
    };
  });
}

/** Outcomes with the tokens of a user who signed out everywhere. */
function signedOut(pool: ContractPool) {
  return pool.shared('signedOut', async () => {
    const user = await pool.newUser();
    const { AccessToken } = await pool.tokensOf(user);
    const other: Tokens = await pool.tokensOf(user);
    return {
      signOut: await pool.outcome('GlobalSignOut', { AccessToken }),
      access: await pool.outcome('GetUser', { AccessToken: other.AccessToken }),
      refresh: outcomeOf(await refresh(pool, other.RefreshToken)),
      again: await pool.outcome('GlobalSignOut', { AccessToken }),
      signInAgain: outcomeOf(await pool.signIn(user)),
    };
  });
}

/** Claims, signatures, refresh and revocation. */
export const TOKEN_FACTS: readonly Fact[] = [
  {
    id: 'token/header',
    statement: 'The header of a token has `alg` and `kid`, and no `typ`.',
    source: JWT,
    expected: [
      ['alg', 'kid'],
      ['alg', 'kid'],
    ],
    observe: async (pool) => {
      const { AccessToken, IdToken } = await pool.readerTokens();
      return [members(partOf(AccessToken, 0)), members(partOf(IdToken, 0))];
    },
  },
  {
    id: 'token/algorithm',
    statement: 'Tokens are signed with RS256.',
    source: JWT,
    expected: 'RS256',
    observe: async (pool) => partOf((await pool.readerTokens()).AccessToken, 0).alg,
  },
  {
    id: 'token/two-keys',
    statement: 'Access and ID tokens are signed with different keys.',
    source: JWT,
    expected: true,
    observe: async (pool) => {
      const { AccessToken, IdToken } = await pool.readerTokens();
      return partOf(AccessToken, 0).kid !== partOf(IdToken, 0).kid;
    },
  },
  ...(['AccessToken', 'IdToken'] as const).map(
    (token): Fact => ({
      id: `token/signature-${token}`,
      statement: `The signature of \`${token}\` is valid with the published key of its \`kid\`.`,
      source: JWT,
      expected: true,
      observe: async (pool) => isSigned(pool, (await pool.readerTokens())[token]),
    }),
  ),
  {
    id: 'access-token/claims',
    statement: 'An access token of the API has these claims and no others.',
    source: ACCESS,
    expected: [
      'auth_time',
      'client_id',
      'event_id',
      'exp',
      'iat',
      'iss',
      'jti',
      'origin_jti',
      'scope',
      'sub',
      'token_use',
      'username',
    ],
    observe: async (pool) => members(await claims(pool, 'AccessToken')),
  },
  {
    id: 'access-token/scope',
    statement: 'The scope of an access token of the API is `aws.cognito.signin.user.admin` alone.',
    source: MOTO,
    expected: 'aws.cognito.signin.user.admin',
    observe: async (pool) => (await claims(pool, 'AccessToken')).scope,
  },
  {
    id: 'access-token/username',
    statement: '`username` is the `sub` in a pool whose users sign in with an address.',
    source: SUB_IS_USERNAME,
    expected: [true, true],
    observe: async (pool) => {
      const { username, sub } = await claims(pool, 'AccessToken');
      return [username === sub, sub === (await pool.reader()).sub];
    },
  },
  {
    id: 'access-token/client',
    statement: '`client_id` is the app client, and `token_use` is `access`.',
    source: ACCESS,
    expected: { client: true, token_use: 'access' },
    observe: async (pool) => {
      const { client_id, token_use } = await claims(pool, 'AccessToken');
      return { client: client_id === pool.clients.hidden.id, token_use };
    },
  },
  {
    id: 'access-token/lifetime',
    statement: '`exp` is the configured lifetime after `iat`, in seconds.',
    source: ACCESS,
    expected: 900,
    observe: async (pool) => {
      const { exp, iat } = await claims(pool, 'AccessToken');
      return Number(exp) - Number(iat);
    },
  },
  {
    id: 'id-token/claims',
    statement: 'An ID token has these claims and those of the attributes.',
    source: ID,
    expected: [
      'aud',
      'auth_time',
      'cognito:username',
      'email',
      'email_verified',
      'event_id',
      'exp',
      'iat',
      'iss',
      'jti',
      'name',
      'origin_jti',
      'sub',
      'token_use',
    ],
    observe: async (pool) => members(await claims(pool, 'IdToken')),
  },
  {
    id: 'id-token/audience',
    statement: '`aud` is the app client, as a text, and `token_use` is `id`.',
    source: ID,
    expected: { client: true, token_use: 'id' },
    observe: async (pool) => {
      const { aud, token_use } = await claims(pool, 'IdToken');
      return { client: aud === pool.clients.hidden.id, token_use };
    },
  },
  {
    id: 'id-token/verified',
    statement: '`email_verified` is a boolean in the ID token.',
    source: ID,
    expected: true,
    observe: async (pool) => (await claims(pool, 'IdToken')).email_verified,
  },
  {
    id: 'id-token/username',
    statement: '`cognito:username` is the `username` of the access token.',
    source: ID,
    expected: true,
    observe: async (pool) =>
      (await claims(pool, 'IdToken'))['cognito:username'] === (await claims(pool, 'AccessToken')).username,
  },
  {
    id: 'token/origin',
    statement: 'The tokens of a sign-in share `origin_jti`, `auth_time` and `event_id`, and differ in `jti`.',
    source: guidePage(
      'Understanding user pool JSON web tokens',
      'amazon-cognito-user-pools-using-tokens-with-identity-providers',
    ),
    expected: { origin_jti: true, auth_time: true, event_id: true, jti: false },
    observe: async (pool) => {
      const access = await claims(pool, 'AccessToken');
      const id = await claims(pool, 'IdToken');
      return Object.fromEntries(
        ['origin_jti', 'auth_time', 'event_id', 'jti'].map((name) => [name, access[name] === id[name]]),
      );
    },
  },
  {
    id: 'token/groups',
    statement: 'The groups of a user are in both tokens, as an array.',
    source: MOTO,
    expected: { access: ['cognito-kit-check'], id: ['cognito-kit-check'] },
    observe: async (pool) => {
      const user = await pool.newUser();
      const GroupName = 'cognito-kit-check';
      const { userPoolId: UserPoolId } = pool;
      await pool.signed((sdk) => sdk.createGroup({ UserPoolId, GroupName }));
      try {
        await pool.signed((sdk) => sdk.adminAddUserToGroup({ UserPoolId, GroupName, Username: user.email }));
        const { AccessToken, IdToken } = await pool.tokensOf(user);
        return { access: partOf(AccessToken, 1)['cognito:groups'], id: partOf(IdToken, 1)['cognito:groups'] };
      } finally {
        await pool.signed((sdk) => sdk.deleteGroup({ UserPoolId, GroupName }));
      }
    },
  },
  {
    id: 'refresh-token/shape',
    statement: 'A refresh token has the five parts of an encrypted token.',
    source: reported('refresh tokens'),
    expected: 5,
    observe: async (pool) => (await pool.readerTokens()).RefreshToken.split('.').length,
  },
  {
    id: 'refresh/members',
    statement: 'REFRESH_TOKEN_AUTH answers access and ID tokens, and no refresh token.',
    source: REFRESH,
    expected: ['AccessToken', 'ExpiresIn', 'IdToken', 'TokenType'],
    observe: async (pool) =>
      members((await refresh(pool, (await pool.readerTokens()).RefreshToken)).body.AuthenticationResult),
  },
  {
    id: 'refresh/claims',
    statement: 'A refresh keeps `origin_jti` and `auth_time`, and changes `jti`.',
    source: REFRESH,
    expected: { origin_jti: true, auth_time: true, jti: false },
    observe: async (pool) => {
      const { body } = await refresh(pool, (await pool.readerTokens()).RefreshToken);
      const after = partOf((body.AuthenticationResult as Tokens).AccessToken, 1);
      const before = await claims(pool, 'AccessToken');
      return Object.fromEntries(
        ['origin_jti', 'auth_time', 'jti'].map((name) => [name, before[name] === after[name]]),
      );
    },
  },
  {
    id: 'refresh/invalid',
    statement: 'A refresh token that is none is refused.',
    source: reported('invalid refresh tokens, with and without a full stop'),
    expected: true,
    observe: async (pool) =>
      /^400 NotAuthorizedException: Invalid Refresh Token\.?$/.test(
        outcomeOf(await refresh(pool, 'a.b.c.d.e')),
      ),
  },
  {
    id: 'refresh/other-client',
    statement:
      'A refresh token of another app client is refused with `NotAuthorizedException`. Its text is not compared.',
    source: reported('refresh tokens of other clients, with two texts'),
    expected: '400 NotAuthorizedException',
    observe: async (pool) =>
      outcomeOf(await refresh(pool, (await pool.readerTokens()).RefreshToken, 'legacy')).split(':')[0],
  },
  {
    id: 'rotation/members',
    statement: 'GetTokensFromRefreshToken answers a new refresh token if rotation is on.',
    source: ROTATION,
    expected: { members: ['AccessToken', 'ExpiresIn', 'IdToken', 'RefreshToken', 'TokenType'], new: true },
    observe: async (pool) => {
      const { RefreshToken } = await pool.tokensOf(await pool.reader(), 'rotating');
      const { body } = await rotate(pool, RefreshToken, 'rotating');
      const result = body.AuthenticationResult as Tokens;
      return { members: members(result), new: result.RefreshToken !== RefreshToken };
    },
  },
  {
    id: 'rotation/off',
    statement: 'GetTokensFromRefreshToken answers no refresh token if rotation is off.',
    source: apiPage('GetTokensFromRefreshToken'),
    expected: ['AccessToken', 'ExpiresIn', 'IdToken', 'TokenType'],
    observe: async (pool) =>
      members(
        (await rotate(pool, (await pool.readerTokens()).RefreshToken, 'hidden')).body.AuthenticationResult,
      ),
  },
  {
    id: 'rotation/grace',
    statement: 'The old refresh token works again within the grace period.',
    source: ROTATION,
    expected: '200',
    observe: async (pool) => {
      const { RefreshToken } = await pool.tokensOf(await pool.reader(), 'rotating');
      await rotate(pool, RefreshToken, 'rotating');
      return outcomeOf(await rotate(pool, RefreshToken, 'rotating'));
    },
  },
  {
    id: 'rotation/no-flow',
    statement: 'REFRESH_TOKEN_AUTH is refused if rotation is on. Its text is not compared.',
    source: inferred('the guide says that the flow is refused, and names no exception'),
    expected: 400,
    observe: async (pool) => {
      const { RefreshToken } = await pool.tokensOf(await pool.reader(), 'rotating');
      return (await refresh(pool, RefreshToken, 'rotating')).status;
    },
  },
  {
    id: 'revoke/answer',
    statement: 'RevokeToken answers 200.',
    source: apiPage('RevokeToken'),
    expected: '200',
    observe: async (pool) => (await revoked(pool)).revocation,
  },
  {
    id: 'revoke/access-token',
    statement: 'The access token of a revoked refresh token is refused.',
    source: REVOCATION,
    expected: '400 NotAuthorizedException: Access Token has been revoked',
    observe: async (pool) => (await revoked(pool)).access,
  },
  {
    id: 'revoke/refresh-token',
    statement: 'A revoked refresh token is refused.',
    source: REVOCATION,
    expected: '400 NotAuthorizedException: Refresh Token has been revoked',
    observe: async (pool) => (await revoked(pool)).refresh,
  },
  {
    id: 'revoke/other-session',
    statement: 'RevokeToken leaves the other sessions of the user alone.',
    source: REVOCATION,
    expected: '200',
    observe: async (pool) => (await revoked(pool)).other,
  },
  {
    id: 'revoke/twice',
    statement: 'RevokeToken answers 200 for a token that was revoked.',
    source: inferred('the OAuth endpoint, which answers 200'),
    expected: '200',
    observe: async (pool) => (await revoked(pool)).again,
  },
  {
    id: 'revoke/access-token-given',
    statement: 'RevokeToken refuses an access token. Its text is not compared.',
    source: apiPage('RevokeToken'),
    expected: '400 UnsupportedTokenTypeException',
    observe: async (pool) => (await revoked(pool)).ofAccessToken.split(':')[0],
  },
  {
    id: 'global-sign-out/answer',
    statement: 'GlobalSignOut answers 200.',
    source: apiPage('GlobalSignOut'),
    expected: '200',
    observe: async (pool) => (await signedOut(pool)).signOut,
  },
  {
    id: 'global-sign-out/access-token',
    statement: 'GlobalSignOut revokes the access tokens of all sessions.',
    source: reported('revoked access tokens'),
    expected: '400 NotAuthorizedException: Access Token has been revoked',
    observe: async (pool) => (await signedOut(pool)).access,
  },
  {
    id: 'global-sign-out/refresh-token',
    statement: 'GlobalSignOut revokes the refresh tokens of all sessions.',
    source: reported('revoked refresh tokens'),
    expected: '400 NotAuthorizedException: Refresh Token has been revoked',
    observe: async (pool) => (await signedOut(pool)).refresh,
  },
  {
    id: 'global-sign-out/twice',
    statement: 'A second GlobalSignOut with the same token is refused as revoked.',
    source: reported('revoked access tokens'),
    expected: '400 NotAuthorizedException: Access Token has been revoked',
    observe: async (pool) => (await signedOut(pool)).again,
  },
  {
    id: 'global-sign-out/sign-in',
    statement: 'A user can sign in at once after GlobalSignOut.',
    source: apiPage('GlobalSignOut'),
    expected: '200',
    observe: async (pool) => (await signedOut(pool)).signInAgain,
  },
];
