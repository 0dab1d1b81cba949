import { createPublicKey, verify } from 'node:crypto';
import { CognitoJwtVerifier } from 'aws-jwt-verify';
import { expect } from 'chai';
import {
  ANA,
  claimsOf,
  closeAll,
  type Local,
  outcomeOf,
  PASSWORD,
  secretHash,
  signIn,
  startLocal,
} from '../../support/local-sdk.ts';

const users = [
  { username: ANA, password: PASSWORD, attributes: { name: 'Ana' }, groups: ['admin', 'staff'] },
];
const ROTATING = {
  ExplicitAuthFlows: ['ALLOW_USER_PASSWORD_AUTH'],
  RefreshTokenRotation: { Feature: 'ENABLED', RetryGracePeriodSeconds: 10 },
} as const;

function refresh(
  { sdk, ClientId }: Local,
  REFRESH_TOKEN: string | undefined,
  more: Record<string, string> = {},
) {
  return sdk.initiateAuth({
    ClientId,
    AuthFlow: 'REFRESH_TOKEN_AUTH',
    AuthParameters: { REFRESH_TOKEN: REFRESH_TOKEN ?? '', ...more },
  });
}

function exchange({ sdk, ClientId }: Local, RefreshToken: string | undefined, ClientSecret?: string) {
  return sdk.getTokensFromRefreshToken({ ClientId, RefreshToken, ClientSecret });
}

async function keySet({ pool }: Local): Promise<{ kid: string; n: string; e: string; kty: string }[]> {
  const { keys } = (await (await fetch(pool.jwksUri)).json()) as { keys: never[] };
  return keys;
}

describe('The local user pool, when it issues tokens,', () => {
  afterEach(closeAll);

  it('gives an access token the claims of Cognito, and no e-mail address', async () => {
    const local = await startLocal({ users });
    const before = Math.floor(Date.now() / 1000);
    const { AuthenticationResult } = await signIn(local);
    const claims = claimsOf(AuthenticationResult?.AccessToken);
    const user = await local.sdk.getUser({ AccessToken: AuthenticationResult?.AccessToken });
    expect(claims).to.have.all.keys(
      'sub',
      'iss',
      'client_id',
      'origin_jti',
      'event_id',
      'token_use',
      'scope',
      'auth_time',
      'exp',
      'iat',
      'jti',
      'username',
      'cognito:groups',
    );
    expect(claims).to.deep.include({
      sub: user.Username,
      username: user.Username,
      iss: `${local.pool.url}/${local.UserPoolId}`,
      client_id: local.ClientId,
      token_use: 'access',
      scope: 'aws.cognito.signin.user.admin',
      'cognito:groups': ['admin', 'staff'],
    });
    expect(claims.iat).to.be.within(before, before + 5);
    expect(claims.exp).to.equal(Number(claims.iat) + 3600);
    expect(claims.auth_time).to.equal(claims.iat);
  });

  it('gives an ID token the attributes, with booleans for verification', async () => {
    const local = await startLocal({ users });
    const { AuthenticationResult } = await signIn(local);
    const access = claimsOf(AuthenticationResult?.AccessToken);
    const id = claimsOf(AuthenticationResult?.IdToken);
    expect(id).to.deep.include({
      sub: access.sub,
      'cognito:username': access.sub,
      aud: local.ClientId,
      token_use: 'id',
      email: ANA,
      email_verified: true,
      name: 'Ana',
      origin_jti: access.origin_jti,
      event_id: access.event_id,
      'cognito:groups': ['admin', 'staff'],
    });
    expect(id).to.not.have.any.keys('client_id', 'scope', 'username');
    expect(id.jti).to.not.equal(access.jti);
  });

  it('signs access and ID tokens with different keys, with only kid and alg in the header', async () => {
    const local = await startLocal({ users });
    const { accessToken, idToken } = local.pool.tokensFor(ANA);
    const keys = await keySet(local);
    expect(keys).to.have.length(2);
    const kids = [accessToken, idToken].map((token) => {
      const [head = '', body = '', signature = ''] = token.split('.');
      const header = JSON.parse(Buffer.from(head, 'base64url').toString());
      expect(header).to.have.all.keys('kid', 'alg').and.to.include({ alg: 'RS256' });
      const jwk = keys.find((key) => key.kid === header.kid);
      expect(jwk).to.have.all.keys('kid', 'alg', 'kty', 'e', 'n', 'use');
      const key = createPublicKey({ key: jwk ?? {}, format: 'jwk' });
      expect(key.asymmetricKeyDetails?.modulusLength).to.equal(2048);
      const signed = Buffer.from(`${head}.${body}`);
      expect(verify('sha256', signed, key, Buffer.from(signature, 'base64url'))).to.equal(true);
      return header.kid;
    });
    expect(new Set(kids).size).to.equal(2);
  });

  it('satisfies the verifier that AWS publishes', async () => {
    const userPoolId = 'eu-west-1_Real00001';
    const issuer = `https://cognito-idp.eu-west-1.amazonaws.com/${userPoolId}`;
    const local = await startLocal({ users, userPoolId, issuer });
    for (const tokenUse of ['access', 'id'] as const) {
      const verifier = CognitoJwtVerifier.create({ userPoolId, tokenUse, clientId: local.ClientId });
      verifier.cacheJwks({ keys: (await keySet(local)) as never });
      const { accessToken, idToken } = local.pool.tokensFor(ANA);
      const payload = await verifier.verify(tokenUse === 'access' ? accessToken : idToken);
      expect(payload.sub).to.be.a('string');
    }
  });

  it('describes itself in openid-configuration', async () => {
    const { pool, UserPoolId } = await startLocal({ issuer: 'https://issuer.example' });
    const url = `${pool.url}/${UserPoolId}/.well-known/openid-configuration`;
    const document = await (await fetch(url)).json();
    expect(document).to.include({ issuer: pool.issuer, jwks_uri: pool.jwksUri });
  });

  it('orders groups by precedence and adds their roles to the ID token', async () => {
    const local = await startLocal({ users: [{ username: ANA, password: PASSWORD }] });
    const { sdk, UserPoolId, pool } = local;
    const role = (name: string) => `arn:aws:iam::000000000000:role/${name}`;
    await sdk.createGroup({ UserPoolId, GroupName: 'second', Precedence: 5, RoleArn: role('second') });
    await sdk.createGroup({ UserPoolId, GroupName: 'first', Precedence: 1, RoleArn: role('first') });
    expect(claimsOf(pool.tokensFor(ANA).accessToken)).to.not.have.property('cognito:groups');
    for (const GroupName of ['second', 'first']) {
      await sdk.adminAddUserToGroup({ UserPoolId, Username: ANA, GroupName });
    }
    const { accessToken, idToken } = pool.tokensFor(ANA);
    expect(claimsOf(accessToken)).to.deep.include({ 'cognito:groups': ['first', 'second'] });
    expect(claimsOf(accessToken)).to.not.have.property('cognito:roles');
    expect(claimsOf(idToken)).to.deep.include({
      'cognito:roles': [role('first'), role('second')],
      'cognito:preferred_role': role('first'),
    });
  });

  it('gives tokens the lifetimes that the client sets', async () => {
    const { pool, ClientId } = await startLocal({
      users,
      appClient: {
        AccessTokenValidity: 5,
        IdTokenValidity: 600,
        TokenValidityUnits: { AccessToken: 'minutes', IdToken: 'seconds' },
      },
    });
    const { accessToken, idToken, expiresIn } = pool.tokensFor(ANA, { clientId: ClientId });
    const lifetime = (token: string) => Number(claimsOf(token).exp) - Number(claimsOf(token).iat);
    expect([lifetime(accessToken), lifetime(idToken), expiresIn]).to.deep.equal([300, 600, 300]);
  });

  it('includes only the attributes that the client can read', async () => {
    const local = await startLocal({ users, appClient: { ReadAttributes: ['email'] } });
    const { accessToken, idToken } = local.pool.tokensFor(ANA);
    expect(claimsOf(idToken)).to.include({ email: ANA }).and.to.not.have.property('name');
    const { UserAttributes } = await local.sdk.getUser({ AccessToken: accessToken });
    expect(UserAttributes?.map(({ Name }) => Name)).to.deep.equal(['sub', 'email']);
  });

  it('issues tokens with any overrides for tests', async () => {
    const local = await startLocal({ users });
    const { accessToken, idToken } = local.pool.tokensFor(ANA, {
      accessExpiresIn: -60,
      accessClaims: { scope: 'openid', origin_jti: undefined },
      idClaims: { nonce: 'n' },
    });
    expect(Number(claimsOf(accessToken).exp)).to.be.below(Date.now() / 1000);
    expect(claimsOf(accessToken).scope).to.equal('openid');
    expect(claimsOf(accessToken)).to.not.have.property('origin_jti');
    expect(claimsOf(idToken).nonce).to.equal('n');
    expect(() => local.pool.tokensFor('nobody')).to.throw('no user "nobody". Add one with addUser()');
  });

  it('rotates its keys, and keeps or drops the old ones', async () => {
    const local = await startLocal({ users });
    const old = local.pool.tokensFor(ANA).accessToken;
    const before = (await keySet(local)).map((key) => key.kid);
    await local.pool.rotateKeys();
    const after = (await keySet(local)).map((key) => key.kid);
    expect(after).to.have.length(4).and.to.include.members(before);
    expect(await outcomeOf(local.sdk.getUser({ AccessToken: old }))).to.equal('ok');
    await local.pool.rotateKeys({ dropOld: true });
    expect(await keySet(local)).to.have.length(2);
    expect(await outcomeOf(local.sdk.getUser({ AccessToken: old }))).to.equal(
      'NotAuthorizedException: Invalid Access Token',
    );
    expect(await outcomeOf(signIn(local))).to.equal('ok');
  });
});

describe('The local user pool refuses an access token', () => {
  afterEach(closeAll);

  const getUser = (local: Local, AccessToken: string) => outcomeOf(local.sdk.getUser({ AccessToken }));
  const INVALID = 'NotAuthorizedException: Invalid Access Token';

  it('that it did not issue', async () => {
    const local = await startLocal({ users });
    const { accessToken, idToken, refreshToken } = local.pool.tokensFor(ANA);
    const [head, body, signature] = accessToken.split('.');
    const forged = Buffer.from(JSON.stringify({ ...claimsOf(accessToken), username: 'x' })).toString(
      'base64url',
    );
    const none = Buffer.from('{"alg":"none"}').toString('base64url');
    for (const token of [
      'x',
      'a.b.c',
      idToken,
      refreshToken,
      `${head}.${forged}.${signature}`,
      `${head}.${body}.`,
      `${none}.${body}.`,
      `${accessToken}.x`,
    ]) {
      expect(await getUser(local, token)).to.equal(INVALID);
    }
    expect(await getUser(local, 'not a token')).to.match(/^InvalidParameterException: 1 validation error/);
  });

  it('of another pool', async () => {
    const [local, other] = [await startLocal({ users }), await startLocal({ users })];
    expect(await getUser(local, other.pool.tokensFor(ANA).accessToken)).to.equal(INVALID);
  });

  it('that has expired', async () => {
    const local = await startLocal({ users });
    const { accessToken } = local.pool.tokensFor(ANA);
    local.pool.clock.advance(3_599_000);
    expect(await getUser(local, accessToken)).to.equal('ok');
    local.pool.clock.advance(2000);
    expect(await getUser(local, accessToken)).to.equal('NotAuthorizedException: Access Token has expired');
  });

  it('without the scope', async () => {
    const local = await startLocal({ users });
    const { accessToken } = local.pool.tokensFor(ANA, { accessClaims: { scope: 'openid email' } });
    expect(await getUser(local, accessToken)).to.equal(
      'NotAuthorizedException: Access Token does not have required scopes',
    );
  });

  it('of a user who is disabled or deleted, and not of one who is enabled again', async () => {
    const local = await startLocal({ users });
    const { sdk, UserPoolId, pool } = local;
    const { accessToken, refreshToken } = pool.tokensFor(ANA);
    await sdk.adminDisableUser({ UserPoolId, Username: ANA });
    expect(await getUser(local, accessToken)).to.match(/^NotAuthorizedException/);
    expect(await outcomeOf(refresh(local, refreshToken))).to.equal(
      'NotAuthorizedException: User is disabled.',
    );
    await sdk.adminEnableUser({ UserPoolId, Username: ANA });
    expect(await getUser(local, accessToken)).to.equal(
      'NotAuthorizedException: Access Token has been revoked',
    );
    const fresh = pool.tokensFor(ANA);
    await sdk.adminDeleteUser({ UserPoolId, Username: ANA });
    expect(await getUser(local, fresh.accessToken)).to.equal('UserNotFoundException: User does not exist.');
    expect(await outcomeOf(refresh(local, fresh.refreshToken))).to.equal(
      'NotAuthorizedException: Invalid Refresh Token',
    );
  });

  it('after GlobalSignOut, which revokes every sign-in of that user only', async () => {
    const local = await startLocal({ users: [...users, { username: 'bo@example.com' }] });
    const [here, there, bo] = [
      local.pool.tokensFor(ANA),
      local.pool.tokensFor(ANA),
      local.pool.tokensFor('bo@example.com'),
    ];
    const signOut = () => outcomeOf(local.sdk.globalSignOut({ AccessToken: here.accessToken }));
    expect(await signOut()).to.equal('ok');
    const revoked = 'NotAuthorizedException: Access Token has been revoked';
    expect(await getUser(local, there.accessToken)).to.equal(revoked);
    expect(await outcomeOf(refresh(local, there.refreshToken))).to.equal(
      'NotAuthorizedException: Refresh Token has been revoked',
    );
    expect(await signOut()).to.equal(revoked);
    expect(await getUser(local, bo.accessToken)).to.equal('ok');
    await local.sdk.adminUserGlobalSignOut({ UserPoolId: local.UserPoolId, Username: 'bo@example.com' });
    expect(await getUser(local, bo.accessToken)).to.equal(revoked);
  });
});

describe('A refresh in the local user pool', () => {
  afterEach(closeAll);

  it('returns new access and ID tokens, and keeps the refresh token, auth_time and ids', async () => {
    const local = await startLocal({ users });
    const first = (await signIn(local)).AuthenticationResult;
    local.pool.clock.advance(60_000);
    await local.sdk.adminUpdateUserAttributes({
      UserPoolId: local.UserPoolId,
      Username: ANA,
      UserAttributes: [{ Name: 'name', Value: 'Anna' }],
    });
    const { AuthenticationResult, ChallengeParameters } = await refresh(local, first?.RefreshToken);
    expect(AuthenticationResult).to.have.all.keys('AccessToken', 'IdToken', 'ExpiresIn', 'TokenType');
    expect(ChallengeParameters).to.deep.equal({});
    const [before, after] = [claimsOf(first?.AccessToken), claimsOf(AuthenticationResult?.AccessToken)];
    for (const claim of ['auth_time', 'origin_jti', 'event_id', 'sub']) {
      expect(after[claim]).to.equal(before[claim]);
    }
    expect(after.jti).to.not.equal(before.jti);
    expect(after.iat).to.be.within(Number(before.iat) + 59, Number(before.iat) + 62);
    expect(claimsOf(AuthenticationResult?.IdToken).name).to.equal('Anna');
  });

  it("uses refresh tokens that look like Cognito's encrypted ones", async () => {
    const { refreshToken } = (await startLocal({ users })).pool.tokensFor(ANA);
    expect(refreshToken.split('.')).to.have.length(5);
    expect(refreshToken.length).to.be.within(1000, 2048);
  });

  it('refuses a token that is unknown, expired, or of another app client', async () => {
    const local = await startLocal({ users });
    const { refreshToken } = local.pool.tokensFor(ANA);
    const other = { ...local, ClientId: local.pool.addClient().clientId };
    for (const call of [refresh, exchange]) {
      expect(await outcomeOf(call(local, 'unknown'))).to.equal(
        'NotAuthorizedException: Invalid Refresh Token',
      );
      expect(await outcomeOf(call(other, refreshToken))).to.equal(
        'NotAuthorizedException: Invalid Refresh Token',
      );
    }
    local.pool.clock.advance(30 * 86_400_000);
    for (const call of [refresh, exchange]) {
      expect(await outcomeOf(call(local, refreshToken))).to.equal(
        'NotAuthorizedException: Refresh Token has expired',
      );
    }
  });

  it('requires SECRET_HASH over the username claim, not over the address', async () => {
    const local = await startLocal({ users, appClient: { GenerateSecret: true } });
    const { accessToken, refreshToken } = local.pool.tokensFor(ANA);
    const attempt = (SECRET_HASH: string) => outcomeOf(refresh(local, refreshToken, { SECRET_HASH }));
    expect(await outcomeOf(refresh(local, refreshToken))).to.match(/SECRET_HASH was not received/);
    expect(await attempt(secretHash(local, ANA))).to.match(/Unable to verify secret hash/);
    expect(await attempt(secretHash(local, String(claimsOf(accessToken).username)))).to.equal('ok');
  });

  it('requires the client secret itself in GetTokensFromRefreshToken', async () => {
    const local = await startLocal({ users, appClient: { GenerateSecret: true } });
    const { refreshToken } = local.pool.tokensFor(ANA);
    expect(await outcomeOf(exchange(local, refreshToken))).to.match(
      /^NotAuthorizedException: .*secret was not/,
    );
    expect(await outcomeOf(exchange(local, refreshToken, 'x'.repeat(30)))).to.match(
      /^NotAuthorizedException: Unable to verify secret/,
    );
    const { AuthenticationResult } = await exchange(local, refreshToken, local.pool.config.clientSecret);
    expect(AuthenticationResult).to.have.all.keys('AccessToken', 'IdToken', 'ExpiresIn', 'TokenType');
  });

  it('with rotation replaces the refresh token, and only through GetTokensFromRefreshToken', async () => {
    const local = await startLocal({ users, appClient: ROTATING });
    const { refreshToken } = local.pool.tokensFor(ANA);
    expect(await outcomeOf(refresh(local, refreshToken))).to.match(
      /^InvalidParameterException: REFRESH_TOKEN_AUTH flow not enabled/,
    );
    const { UserPoolClient } = await local.sdk.createUserPoolClient({
      UserPoolId: local.UserPoolId,
      ClientName: 'with the default flows, of which refreshing is one',
      RefreshTokenRotation: { Feature: 'ENABLED' },
    });
    const other = { ...local, ClientId: UserPoolClient?.ClientId ?? '' };
    expect(await outcomeOf(refresh(other, refreshToken))).to.match(/REFRESH_TOKEN_AUTH flow not enabled/);
    const { AuthenticationResult } = await exchange(local, refreshToken);
    expect(AuthenticationResult?.RefreshToken).to.be.a('string').and.to.not.equal(refreshToken);
    expect(await outcomeOf(exchange(local, AuthenticationResult?.RefreshToken))).to.equal('ok');
  });

  it('with rotation accepts the old token for the grace period, then reports the reuse', async () => {
    const local = await startLocal({ users, appClient: ROTATING });
    const { refreshToken } = local.pool.tokensFor(ANA);
    const { AuthenticationResult } = await exchange(local, refreshToken);
    local.pool.clock.advance(9000);
    expect(await outcomeOf(exchange(local, refreshToken))).to.equal('ok');
    local.pool.clock.advance(2000);
    expect(await outcomeOf(exchange(local, refreshToken))).to.match(/^RefreshTokenReuseException/);
    expect(await outcomeOf(exchange(local, AuthenticationResult?.RefreshToken))).to.equal('ok');
  });

  it('with rotation has no grace period unless one is set', async () => {
    const RefreshTokenRotation = { Feature: 'ENABLED' } as const;
    const local = await startLocal({ users, appClient: { ...ROTATING, RefreshTokenRotation } });
    const { refreshToken } = local.pool.tokensFor(ANA);
    const outcomes = await Promise.all([1, 2].map(() => outcomeOf(exchange(local, refreshToken))));
    expect(outcomes.map((outcome) => outcome.split(':')[0]).sort()).to.deep.equal([
      'RefreshTokenReuseException',
      'ok',
    ]);
  });

  it('with rotation does not extend the session', async () => {
    const local = await startLocal({ users, appClient: ROTATING });
    const { refreshToken } = local.pool.tokensFor(ANA);
    local.pool.clock.advance(29 * 86_400_000);
    const { AuthenticationResult } = await exchange(local, refreshToken);
    local.pool.clock.advance(86_400_000);
    expect(await outcomeOf(exchange(local, AuthenticationResult?.RefreshToken))).to.equal(
      'NotAuthorizedException: Refresh Token has expired',
    );
  });
});

describe('RevokeToken of the local user pool', () => {
  afterEach(closeAll);

  const revoke = ({ sdk, ClientId }: Local, Token: string, ClientSecret?: string) =>
    outcomeOf(sdk.revokeToken({ ClientId, Token, ClientSecret }));

  it('revokes one sign-in and no other', async () => {
    const local = await startLocal({ users });
    const [here, there] = [local.pool.tokensFor(ANA), local.pool.tokensFor(ANA)];
    expect(await revoke(local, here.refreshToken)).to.equal('ok');
    expect(await outcomeOf(local.sdk.getUser({ AccessToken: here.accessToken }))).to.equal(
      'NotAuthorizedException: Access Token has been revoked',
    );
    expect(await outcomeOf(refresh(local, here.refreshToken))).to.equal(
      'NotAuthorizedException: Refresh Token has been revoked',
    );
    expect(await outcomeOf(refresh(local, there.refreshToken))).to.equal('ok');
    expect(await revoke(local, here.refreshToken)).to.equal('ok', 'a second time changes nothing');
    expect(await revoke(local, 'unknown')).to.equal('ok');
  });

  it('accepts refresh tokens only, from their own app client', async () => {
    const local = await startLocal({ users });
    const { accessToken, refreshToken } = local.pool.tokensFor(ANA);
    expect(await revoke(local, accessToken)).to.match(/^UnsupportedTokenTypeException/);
    const other = { ...local, ClientId: local.pool.addClient().clientId };
    expect(await revoke(other, refreshToken)).to.match(/^UnauthorizedException/);
    expect(await revoke({ ...local, ClientId: 'nobody' }, refreshToken)).to.match(/^UnauthorizedException/);
  });

  it('requires the client secret itself', async () => {
    const local = await startLocal({ users, appClient: { GenerateSecret: true } });
    const { refreshToken } = local.pool.tokensFor(ANA);
    expect(await revoke(local, refreshToken)).to.match(/^UnauthorizedException/);
    expect(await revoke(local, refreshToken, 'x'.repeat(30))).to.match(/^UnauthorizedException/);
    expect(await revoke(local, refreshToken, local.pool.config.clientSecret)).to.equal('ok');
  });

  it('is refused if the client disables it, and its tokens then have no origin_jti', async () => {
    const local = await startLocal({ users, appClient: { EnableTokenRevocation: false } });
    const { accessToken, refreshToken } = local.pool.tokensFor(ANA);
    expect(await revoke(local, refreshToken)).to.match(/^UnsupportedOperationException/);
    expect(claimsOf(accessToken)).to.not.have.property('origin_jti');
    await local.sdk.globalSignOut({ AccessToken: accessToken });
    expect(await outcomeOf(local.sdk.getUser({ AccessToken: accessToken }))).to.match(/has been revoked/);
  });
});
