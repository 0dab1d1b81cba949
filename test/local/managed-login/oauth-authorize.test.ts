import { expect } from 'chai';
import { ANA, claimsOf, closeAll, type Local, PASSWORD } from '../../support/local-sdk.ts';
import { alertOf, Browser, leftFor, signInAtPages, titleOf } from '../../support/login-pages.ts';
import {
  authorizeUrl,
  CALLBACK,
  CHALLENGE,
  codeOf,
  GOODBYE,
  openLogin,
  redeem,
  startLogin,
  tokensAt,
  urlOf,
} from '../../support/managed-login.ts';

const NO_REDIRECT = "Required String parameter 'redirect_uri' is not present";
const NO_CLIENT = "Required String parameter 'client_id' is not present";
const ANA_SIGNS_IN = { username: ANA, password: PASSWORD };

describe('GET /oauth2/authorize of the local user pool', () => {
  let local: Local;

  beforeEach(async () => {
    local = await startLogin();
  });
  afterEach(closeAll);

  for (const [what, parameters] of Object.entries({
    'a missing client': { client_id: undefined },
    'an unknown client': { client_id: 'unknown' },
    'a missing redirect_uri': { redirect_uri: undefined },
    'an unregistered redirect_uri': { redirect_uri: 'https://evil.example/' },
    'a redirect_uri that only starts like a registered one': { redirect_uri: `${CALLBACK}/more` },
    'a redirect_uri with an added query': { redirect_uri: `${CALLBACK}?x=1` },
    'a redirect_uri in another case': { redirect_uri: CALLBACK.toUpperCase() },
    'a redirect_uri with a fragment': { redirect_uri: `${CALLBACK}#x` },
  })) {
    it(`shows the error page, not the app, for ${what}`, async () => {
      for (const endpoint of ['oauth2/authorize', 'login', 'signup']) {
        const url = authorizeUrl(local, parameters).replace('oauth2/authorize', endpoint);
        const page = await new Browser(local.pool.url).open(url);
        expect(page.response.status).to.equal(400);
        expect(page.response.headers.get('content-type')).to.equal('text/html; charset=utf-8');
        expect(page.url.startsWith(`${local.pool.domain}/error?`)).to.equal(true);
        expect(page.url + page.text).not.to.contain('evil.example');
      }
    });
  }

  for (const [what, parameters, error, alert] of [
    [
      'another redirect_uri',
      { redirect_uri: GOODBYE },
      'redirect_mismatch',
      'The redirect_uri is not among the CallbackURLs of the app client.',
    ],
    ['no redirect_uri', { redirect_uri: undefined }, NO_REDIRECT, NO_REDIRECT],
    ['no client_id', { client_id: undefined }, NO_CLIENT, NO_CLIENT],
  ] as const) {
    it(`redirects to /error, which answers 400, for ${what} (captured: reports of developers)`, async () => {
      const first = await fetch(authorizeUrl(local, parameters), { redirect: 'manual' });
      expect(first.status).to.equal(302);
      const target = new URL(first.headers.get('location') ?? '', local.pool.url);
      expect(target.href.split('?')[0]).to.equal(`${local.pool.domain}/error`);
      const { client_id = local.ClientId } = { client_id: local.ClientId, ...parameters };
      const named = 'client_id' in parameters ? {} : { client_id };
      expect(Object.fromEntries(target.searchParams)).to.deep.equal({ error, ...named });
      const page = await new Browser(local.pool.url).open(target.href);
      expect(page.response.status).to.equal(400);
      expect(alertOf(page)).to.equal(alert);
    });
  }

  it('shows only its own texts on the error page', async () => {
    const page = await new Browser(local.pool.url).open(
      urlOf(local, 'error', { error: 'Call 555-0100 now' }),
    );
    expect(page.response.status).to.equal(400);
    expect(page.text).to.not.include('555-0100');
  });

  it('shows an error page for a repeated client, one of another pool, or one without managed login', async () => {
    const { UserPool } = await local.sdk.createUserPool({ PoolName: 'another' });
    const other = local.pool.addClient();
    const twice = `${authorizeUrl(local)}&client_id=${local.ClientId}`;
    const elsewhere = authorizeUrl(local).replace(local.UserPoolId, UserPool?.Id ?? '');
    for (const url of [twice, elsewhere]) {
      expect((await new Browser(local.pool.url).open(url)).response.status).to.equal(400);
    }
    const { page } = await openLogin(local, { client_id: other.clientId });
    expect(alertOf(page)).to.equal('This app client is not set up for managed login.');
  });

  for (const [what, parameters, error] of [
    ['no response_type', { response_type: undefined }, 'invalid_request'],
    ['an unknown response_type', { response_type: 'id_token' }, 'invalid_request'],
    ['a challenge without a method', { code_challenge: CHALLENGE }, 'invalid_request'],
    ['a method without a challenge', { code_challenge_method: 'S256' }, 'invalid_request'],
    ['PKCE in plain', { code_challenge: CHALLENGE, code_challenge_method: 'plain' }, 'invalid_request'],
    ['a malformed challenge', { code_challenge: 'short', code_challenge_method: 'S256' }, 'invalid_request'],
    ['an unknown prompt', { prompt: 'always' }, 'invalid_request'],
    ['the prompt none together with another', { prompt: 'none login' }, 'invalid_request'],
    ['an unknown provider', { identity_provider: 'Google' }, 'invalid_request'],
    ['the prompt none without a signed-in user', { prompt: 'none' }, 'login_required'],
  ] as const) {
    it(`redirects to the app with ${error} and its state for ${what}`, async () => {
      const { page } = await openLogin(local, parameters);
      const back = leftFor(page);
      expect(back.href.startsWith(`${CALLBACK}?`)).to.equal(true);
      expect(Object.fromEntries(back.searchParams)).to.deep.equal({ error, state: 'the state' });
    });
  }

  // Eight public repositories quote the Location header, two of them with the whole request.
  for (const [what, parameters, description] of [
    ['an unknown scope', { scope: 'openid reports/read' }, 'invalid_scope'],
    ['a scope of user claims without openid', { scope: 'email' }, 'invalid_scope'],
    ['a flow that the client does not have', { response_type: 'token' }, 'unauthorized_client'],
  ] as const) {
    it(`redirects with invalid_request, and ${description} as its description, for ${what} (captured)`, async () => {
      const { page } = await openLogin(local, { ...parameters, state: 's1' });
      const mark = 'response_type' in parameters ? '#' : '?';
      expect(leftFor(page).href).to.equal(
        `${CALLBACK}${mark}error_description=${description}&state=s1&error=invalid_request`,
      );
    });
  }

  it('answers invalid_request for a repeated parameter', async () => {
    const page = await new Browser(local.pool.url).open(`${authorizeUrl(local)}&nonce=1&nonce=2`);
    expect(leftFor(page).searchParams.get('error')).to.equal('invalid_request');
  });

  it('returns a state of any characters unchanged', async () => {
    const state = `<"'&%=+#é\u{1f600}>`;
    const back = await signInAtPages(authorizeUrl(local, { state }), ANA_SIGNS_IN);
    expect(back.searchParams.get('state')).to.equal(state);
    const stateless = await signInAtPages(authorizeUrl(local, { state: undefined }), ANA_SIGNS_IN);
    expect([...stateless.searchParams.keys()]).to.deep.equal(['code']);
  });

  it("grants all of the client's scopes if none is requested", async () => {
    const { access_token } = await tokensAt(local);
    expect(claimsOf(access_token).scope).to.equal('openid email phone profile aws.cognito.signin.user.admin');
  });

  it('issues no ID token without openid', async () => {
    const tokens = await tokensAt(local, { scope: 'aws.cognito.signin.user.admin' });
    expect(tokens).to.have.all.keys('access_token', 'refresh_token', 'expires_in', 'token_type');
  });

  for (const [scope, told] of [
    ['openid', ['email', 'email_verified', 'name', 'phone_number', 'phone_number_verified']],
    ['openid profile', ['email', 'email_verified', 'name', 'phone_number', 'phone_number_verified']],
    ['openid email', ['email', 'email_verified']],
    ['openid phone', ['phone_number', 'phone_number_verified']],
  ] as const) {
    it(`returns ${told.join(', ')} for the scope "${scope}"`, async () => {
      const claims = claimsOf((await tokensAt(local, { scope })).id_token);
      const attributes = ['email', 'email_verified', 'name', 'phone_number', 'phone_number_verified'];
      expect(attributes.filter((name) => claims[name] !== undefined)).to.deep.equal(told);
    });
  }

  describe('with a signed-in browser', () => {
    let browser: Browser;

    beforeEach(async () => {
      browser = new Browser(local.pool.url);
      await signInAtPages(authorizeUrl(local), ANA_SIGNS_IN, browser);
    });

    it('needs no further proof, even with prompt=none, and states the time of authentication', async () => {
      local.pool.clock.advance(600_000);
      const back = leftFor((await openLogin(local, { prompt: 'none' }, browser)).page);
      const { body } = await redeem(local, back.searchParams.get('code') ?? '');
      const { auth_time, iat } = claimsOf(body.id_token);
      expect(Number(iat) - Number(auth_time)).to.be.within(599, 601);
    });

    for (const prompt of ['login', 'select_account']) {
      it(`requires a sign-in with prompt=${prompt}`, async () => {
        const { page } = await openLogin(local, { prompt }, browser);
        expect(titleOf(page)).to.equal('Sign in');
        const back = await browser.submit(page, { username: ANA, password: PASSWORD });
        expect(leftFor(back).searchParams.has('code')).to.equal(true);
      });
    }

    it('requires a sign-in after an hour', async () => {
      local.pool.clock.advance(3_600_001);
      expect(titleOf((await openLogin(local, {}, browser)).page)).to.equal('Sign in');
    });

    it('requires a sign-in after the user is disabled or deleted', async () => {
      const user = { UserPoolId: local.UserPoolId, Username: ANA };
      await local.sdk.adminDisableUser(user);
      expect(titleOf((await openLogin(local, {}, browser)).page)).to.equal('Sign in');
      await local.sdk.adminEnableUser(user);
      expect((await openLogin(local, {}, browser)).page.away).to.be.a('string');
      await local.sdk.adminDeleteUser(user);
      expect(titleOf((await openLogin(local, {}, browser)).page)).to.equal('Sign in');
    });

    it('signs in to another app of the pool', async () => {
      const other = local.pool.addClient({ CallbackURLs: [CALLBACK] });
      const { page } = await openLogin(local, { client_id: other.clientId }, browser);
      expect(leftFor(page).searchParams.has('code')).to.equal(true);
    });

    it('stays signed in after GlobalSignOut, which revokes tokens but no cookie', async () => {
      await local.sdk.globalSignOut({ AccessToken: local.pool.tokensFor(ANA).accessToken });
      expect((await openLogin(local, {}, browser)).page.away).to.be.a('string');
    });
  });

  describe('with the implicit flow', () => {
    it('returns the tokens in the fragment, without a refresh token', async () => {
      const client = { CallbackURLs: [CALLBACK], AllowedOAuthFlows: ['implicit'] as const };
      const { clientId } = local.pool.addClient(client);
      const url = authorizeUrl(local, {
        client_id: clientId,
        response_type: 'token',
        nonce: 'n',
        scope: 'openid',
      });
      const back = await signInAtPages(url, ANA_SIGNS_IN);
      expect(back.search).to.equal('');
      const given = Object.fromEntries(new URLSearchParams(back.hash.slice(1)));
      expect(given).to.have.all.keys('access_token', 'id_token', 'token_type', 'expires_in', 'state');
      expect(given).to.include({ token_type: 'Bearer', expires_in: '3600', state: 'the state' });
      expect(claimsOf(given.id_token).nonce).to.equal('n');
    });
  });

  it('uses the DefaultRedirectURI of a client with one provider', async () => {
    const uris = { CallbackURLs: [CALLBACK, 'myapp://back'], DefaultRedirectURI: 'myapp://back' };
    const { clientId } = local.pool.addClient(uris);
    const url = authorizeUrl(local, { client_id: clientId, redirect_uri: undefined });
    expect((await signInAtPages(url, ANA_SIGNS_IN)).href).to.match(/^myapp:\/\/back\?code=/);
  });

  it('logs each request by name, and applies faults by name', async () => {
    local.pool.faults.inject({ kind: 'status', status: 503, on: 'oauth2/token', times: 1 });
    const code = await codeOf(local);
    const response = await fetch(urlOf(local, 'oauth2/token'), { method: 'POST' });
    expect(response.status).to.equal(503);
    expect((await redeem(local, code)).status).to.equal(200);
    const { requests } = local.pool;
    expect(['oauth2/authorize', 'login', 'oauth2/token'].map((name) => requests.count(name))).to.deep.equal([
      1, 2, 2,
    ]);
    await redeem(local, code);
    expect(requests.list().at(-1)).to.include({ name: 'oauth2/token', error: 'invalid_grant' });
  });

  it('answers other methods with 405', async () => {
    for (const [endpoint, method, allow] of [
      ['oauth2/authorize', 'POST', 'GET'],
      ['oauth2/token', 'GET', 'POST'],
      ['login', 'DELETE', 'GET, POST'],
    ] as const) {
      const response = await fetch(urlOf(local, endpoint), { method });
      expect([response.status, response.headers.get('allow')]).to.deep.equal([405, allow]);
    }
  });

  it('shows no alert on a page without an error', async () => {
    expect(alertOf((await openLogin(local)).page)).to.equal(undefined);
  });
});
