import { expect } from 'chai';
import * as oidc from 'openid-client';
import { ANA, claimsOf, closeAll, type Local, PASSWORD, startLocal } from './local-sdk.ts';
import { Browser, signInAtPages } from './login-pages.ts';

const CALLBACK = 'http://localhost:3000/auth/callback';
const GOODBYE = 'http://localhost:3000/goodbye';
const USERS = [{ username: ANA, password: PASSWORD, attributes: { name: 'Ana' }, groups: ['admin'] }];

/** openid-client, set up from the pool's discovery document. */
function discover({ pool }: Local): Promise<oidc.Configuration> {
  const { clientId, clientSecret } = pool.config;
  return oidc.discovery(new URL(pool.issuer), clientId, clientSecret, undefined, {
    execute: [oidc.allowInsecureRequests],
  });
}

describe('local user pool: managed login with openid-client', () => {
  let local: Local;
  let config: oidc.Configuration;

  beforeEach(async () => {
    local = await startLocal({
      client: { CallbackURLs: [CALLBACK], LogoutURLs: [GOODBYE], GenerateSecret: true },
      users: USERS,
    });
    config = await discover(local);
  });
  afterEach(closeAll);

  it('signs in with a code, PKCE, state and nonce', async () => {
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
    });
    expect(url.href.startsWith(`${local.pool.domain}/oauth2/authorize?`)).to.equal(true);

    const back = await signInAtPages(url, { username: ANA, password: PASSWORD });
    const tokens = await oidc.authorizationCodeGrant(config, back, {
      pkceCodeVerifier: verifier,
      expectedState: state,
      expectedNonce: nonce,
      idTokenExpected: true,
    });
    expect(tokens.claims()).to.include({
      nonce,
      email: ANA,
      email_verified: true,
      name: 'Ana',
      token_use: 'id',
    });
    expect(claimsOf(tokens.access_token)).to.include({ scope: 'openid email profile', version: 2 });
    expect(claimsOf(tokens.access_token)['cognito:groups']).to.deep.equal(['admin']);
    expect(tokens.refresh_token).to.be.a('string');
  });

  it('sends a browser that signs out to the LogoutURL, and asks it for the password the next time', async () => {
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
