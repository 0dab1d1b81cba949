import { expect } from 'chai';
import * as oidc from 'openid-client';
import { ANA, claimsOf, closeAll, type Local, PASSWORD } from '../../support/local-sdk.ts';
import { Browser, signInAtPages } from '../../support/login-pages.ts';
import { CALLBACK, GOODBYE, startLogin } from '../../support/managed-login.ts';

/** openid-client, set up from the pool's discovery document. */
function discover({ pool }: Local, client = pool.config): Promise<oidc.Configuration> {
  const { clientId, clientSecret } = client;
  return oidc.discovery(new URL(pool.issuer), clientId, clientSecret, undefined, {
    execute: [oidc.allowInsecureRequests],
  });
}

/** From the link of the app to its tokens. */
async function signInWith(
  config: oidc.Configuration,
  parameters: Record<string, string> = {},
): Promise<oidc.TokenEndpointResponse & oidc.TokenEndpointResponseHelpers> {
  const verifier = oidc.randomPKCECodeVerifier();
  const state = oidc.randomState();
  const nonce = oidc.randomNonce();
  const url = oidc.buildAuthorizationUrl(config, {
    redirect_uri: CALLBACK,
    scope: 'openid email profile',
    code_challenge: await oidc.calculatePKCECodeChallenge(verifier),
    code_challenge_method: 'S256',
    state,
    nonce,
    ...parameters,
  });
  const back = await signInAtPages(url, { username: ANA, password: PASSWORD });
  return oidc.authorizationCodeGrant(config, back, {
    pkceCodeVerifier: verifier,
    expectedState: state,
    expectedNonce: nonce,
    idTokenExpected: true,
  });
}

describe('Managed login with openid-client', () => {
  let local: Local;
  let config: oidc.Configuration;

  beforeEach(async () => {
    local = await startLogin({ appClient: { GenerateSecret: true } });
    config = await discover(local);
  });
  afterEach(closeAll);

  it('is discovered below the domain of the pool, without PKCE methods, as on AWS', () => {
    const metadata = config.serverMetadata();
    expect(metadata).to.include({
      issuer: local.pool.issuer,
      authorization_endpoint: `${local.pool.domain}/oauth2/authorize`,
      token_endpoint: `${local.pool.domain}/oauth2/token`,
      userinfo_endpoint: `${local.pool.domain}/oauth2/userInfo`,
      revocation_endpoint: `${local.pool.domain}/oauth2/revoke`,
      end_session_endpoint: `${local.pool.domain}/logout`,
    });
    expect(metadata).not.to.have.property('code_challenge_methods_supported');
    expect(local.pool.domain).to.equal(`${local.pool.url}/${local.UserPoolId}`);
  });

  it('signs in with a code, PKCE, state and nonce', async () => {
    const tokens = await signInWith(config);
    expect(tokens.claims()).to.include({ email: ANA, email_verified: true, name: 'Ana', token_use: 'id' });
    expect(tokens.claims()?.at_hash).to.be.a('string');
    const access = claimsOf(tokens.access_token);
    expect(access).to.include({ scope: 'openid email profile', version: 2, client_id: local.ClientId });
    for (const name of ['auth_time', 'origin_jti', 'event_id', 'sub']) {
      expect(access[name], name).to.equal(tokens.claims()?.[name]);
    }
    expect(tokens.refresh_token).to.be.a('string');
  });

  it('refreshes without a new refresh token and without a nonce', async () => {
    const first = await signInWith(config);
    const second = await oidc.refreshTokenGrant(config, first.refresh_token ?? '');
    expect(second.refresh_token).to.equal(undefined);
    expect(second.claims()).to.include({ email: ANA, auth_time: first.claims()?.auth_time });
    expect(second.claims()).not.to.have.property('nonce');
    expect(claimsOf(second.access_token).scope).to.equal('openid email profile');
  });

  it("returns the user's attributes in the scopes, as strings", async () => {
    const tokens = await signInWith(config, { scope: 'openid email' });
    const subject = tokens.claims()?.sub ?? '';
    const info = await oidc.fetchUserInfo(config, tokens.access_token, subject);
    expect(info).to.deep.equal({ sub: subject, username: subject, email: ANA, email_verified: 'true' });
  });

  it('revokes a refresh token', async () => {
    const { access_token, refresh_token = '' } = await signInWith(config);
    await oidc.tokenRevocation(config, refresh_token);
    await oidc.tokenRevocation(config, refresh_token);
    const again = await oidc.refreshTokenGrant(config, refresh_token).catch((error) => error);
    expect(again).to.include({ error: 'invalid_grant', status: 400 });
    const info = await oidc
      .fetchUserInfo(config, access_token, oidc.skipSubjectCheck)
      .catch((error) => error);
    expect(info).to.be.an('error');
  });

  it('issues tokens to the app itself', async () => {
    await local.sdk.createResourceServer({
      UserPoolId: local.UserPoolId,
      Identifier: 'reports',
      Name: 'Reports',
      Scopes: [
        { ScopeName: 'read', ScopeDescription: 'Read them' },
        { ScopeName: 'write', ScopeDescription: 'Write them' },
      ],
    });
    const machine = local.pool.addClient({
      GenerateSecret: true,
      AllowedOAuthFlowsUserPoolClient: true,
      AllowedOAuthFlows: ['client_credentials'],
      AllowedOAuthScopes: ['reports/read', 'reports/write'],
    });
    const own = await discover(local, machine);
    const all = await oidc.clientCredentialsGrant(own);
    const { clientId } = machine;
    expect(claimsOf(all.access_token)).to.include({
      sub: clientId,
      client_id: clientId,
      token_use: 'access',
      scope: 'reports/read reports/write',
      version: 2,
    });
    expect(claimsOf(all.access_token)).not.to.have.any.keys('username', 'origin_jti');
    expect(all).not.to.have.any.keys('id_token', 'refresh_token');
    const one = await oidc.clientCredentialsGrant(own, { scope: 'reports/read' });
    expect(claimsOf(one.access_token).scope).to.equal('reports/read');
    const none = await oidc.clientCredentialsGrant(own, { scope: 'openid' }).catch((error) => error);
    expect(none.error).to.equal('invalid_scope');
  });

  it('redirects to the LogoutURL after a sign-out, and requires the password the next time', async () => {
    const browser = new Browser(local.pool.url);
    const url = oidc.buildAuthorizationUrl(config, { redirect_uri: CALLBACK, scope: 'openid' });
    await signInAtPages(url, { username: ANA, password: PASSWORD }, browser);
    expect((await browser.open(url.href)).away).to.match(/[?]code=/);

    const logout = new URL(config.serverMetadata().end_session_endpoint ?? '');
    logout.search = String(new URLSearchParams({ client_id: local.ClientId, logout_uri: GOODBYE }));
    expect((await browser.open(logout.href)).away).to.equal(GOODBYE);
    expect((await browser.open(url.href)).text).to.contain('Sign in');
  });
});

describe('Managed login with refresh token rotation', () => {
  afterEach(closeAll);

  it('returns a new refresh token each time, allows a retry, and refuses later reuse', async () => {
    const local = await startLogin({
      appClient: { RefreshTokenRotation: { Feature: 'ENABLED', RetryGracePeriodSeconds: 30 } },
    });
    const config = await oidc.discovery(new URL(local.pool.issuer), local.ClientId, undefined, oidc.None(), {
      execute: [oidc.allowInsecureRequests],
    });
    const { refresh_token: first = '' } = await signInWith(config);
    const { refresh_token: second = '' } = await oidc.refreshTokenGrant(config, first);
    expect(second).to.be.a('string').and.not.equal(first);
    expect((await oidc.refreshTokenGrant(config, first)).refresh_token).to.be.a('string');
    local.pool.clock.advance(31_000);
    const late = await oidc.refreshTokenGrant(config, first).catch((error) => error);
    expect(late.error).to.equal('invalid_grant');
    expect((await oidc.refreshTokenGrant(config, second)).access_token).to.be.a('string');
  });
});
