import { expect } from 'chai';
import { ANA, claimsOf, closeAll, type Local, outcomeOf, sdkFor } from '../../support/local-sdk.ts';
import { alertOf, Browser, leftFor } from '../../support/login-pages.ts';
import {
  authorizeUrl,
  CALLBACK,
  CHALLENGE,
  codeOf,
  GOODBYE,
  postForm,
  redeem,
  startLogin,
  tokensAt,
  urlOf,
  VERIFIER,
} from '../../support/managed-login.ts';

const WITH_PKCE = { code_challenge: CHALLENGE, code_challenge_method: 'S256' };

function basic({ pool }: Local, secret = pool.config.clientSecret): Record<string, string> {
  return { authorization: `Basic ${Buffer.from(`${pool.config.clientId}:${secret}`).toString('base64')}` };
}

describe('POST /oauth2/token of the local user pool', () => {
  let local: Local;

  beforeEach(async () => {
    local = await startLogin();
  });
  afterEach(closeAll);

  it('accepts a code once, and its tokens stay valid', async () => {
    const code = await codeOf(local);
    const { status, body, headers } = await redeem(local, code);
    expect(status).to.equal(200);
    expect(headers.get('cache-control')).to.equal('no-store');
    expect(headers.get('access-control-allow-origin')).to.equal('*');
    expect(body).to.include({ token_type: 'Bearer', expires_in: 3600 });
    const again = await redeem(local, code);
    expect([again.status, again.body]).to.deep.equal([400, { error: 'invalid_grant' }]);
    expect(await outcomeOf(sdkFor(local.pool.url).getUser({ AccessToken: body.access_token }))).to.equal(
      'ok',
    );
  });

  it('accepts a code for five minutes', async () => {
    const [first, second] = [await codeOf(local), await codeOf(local)];
    local.pool.clock.advance(299_000);
    expect((await redeem(local, first)).status).to.equal(200);
    local.pool.clock.advance(1001);
    expect((await redeem(local, second)).body).to.deep.equal({ error: 'invalid_grant' });
  });

  it('refuses the code of a user who was disabled meanwhile', async () => {
    const code = await codeOf(local);
    await local.sdk.adminDisableUser({ UserPoolId: local.UserPoolId, Username: ANA });
    expect((await redeem(local, code)).body).to.deep.equal({ error: 'invalid_grant' });
  });

  for (const [what, form, error] of [
    ['no grant_type', { grant_type: undefined }, 'invalid_request'],
    ['an unknown grant_type', { grant_type: 'password' }, 'unsupported_grant_type'],
    ['no client', { client_id: undefined }, 'invalid_request'],
    ['an unknown client', { client_id: 'unknown' }, 'invalid_client'],
    ['a secret that a public client does not have', { client_secret: 'x' }, 'invalid_client'],
    ['no code', { code: undefined }, 'invalid_request'],
    ['an unknown code', { code: 'unknown' }, 'invalid_grant'],
    ['no redirect_uri', { redirect_uri: undefined }, 'invalid_request'],
    ['another redirect_uri', { redirect_uri: GOODBYE }, 'unauthorized_client'],
    ['a grant for apps', { grant_type: 'client_credentials' }, 'unauthorized_client'],
    ['no refresh token', { grant_type: 'refresh_token' }, 'invalid_request'],
    ['an unknown refresh token', { grant_type: 'refresh_token', refresh_token: 'x' }, 'invalid_grant'],
  ] as const) {
    it(`answers ${error} for ${what}, and keeps the code valid`, async () => {
      const code = await codeOf(local);
      const { status, body, headers } = await redeem(local, code, form);
      expect([status, body]).to.deep.equal([400, { error }]);
      expect(headers.get('access-control-allow-origin')).to.equal('*');
      expect((await redeem(local, code)).status).to.equal(200);
    });
  }

  it('accepts a code from its own client only', async () => {
    const other = local.pool.addClient({ CallbackURLs: [CALLBACK] });
    const code = await codeOf(local);
    expect((await redeem(local, code, { client_id: other.clientId })).body).to.deep.equal({
      error: 'invalid_grant',
    });
  });

  // Ten public programs send them so, such as pilcrowonpaper/arctic#175.
  it('accepts parameters in the query, with or without a form', async () => {
    const grant = { grant_type: 'authorization_code', redirect_uri: CALLBACK };
    const ask = (query: Record<string, string>, form: Record<string, string>) =>
      postForm(local, `oauth2/token?${new URLSearchParams(query)}`, form);
    const whole = await ask({ ...grant, client_id: local.ClientId, code: await codeOf(local) }, {});
    expect([whole.status, whole.body.token_type]).to.deep.equal([200, 'Bearer']);
    const code = await codeOf(local);
    const divided = await ask({ ...grant, code }, { client_id: local.ClientId });
    expect(divided.status).to.equal(200);
    const twice = await ask({ ...grant, client_id: local.ClientId }, { client_id: local.ClientId });
    expect(twice.body).to.deep.equal({ error: 'invalid_request' });
  });

  it('names the secret that is missing or wrong, and not an unknown client (captured: two reports)', async () => {
    const secret = local.pool.addClient({ GenerateSecret: true, CallbackURLs: [CALLBACK] });
    const form = { grant_type: 'refresh_token', refresh_token: 'x', client_id: secret.clientId };
    const refused = { error: 'invalid_client', error_description: 'invalid_client_secret' };
    for (const client_secret of [undefined, 'wrong-secret-of-24-letters'])
      expect((await postForm(local, 'oauth2/token', { ...form, client_secret })).body).to.deep.equal(refused);
    const right = await postForm(local, 'oauth2/token', { ...form, client_secret: secret.clientSecret });
    expect(right.body).to.deep.equal({ error: 'invalid_grant' });
    const unknown = await postForm(local, 'oauth2/token', { ...form, client_id: 'unknown' });
    expect(unknown.body).to.deep.equal({ error: 'invalid_client' });
  });

  it('accepts only a form without repeated fields', async () => {
    const code = await codeOf(local);
    const json = await postForm(
      local,
      'oauth2/token',
      JSON.stringify({ grant_type: 'authorization_code', code }),
      {
        'content-type': 'application/json',
      },
    );
    expect(json.body).to.deep.equal({ error: 'invalid_request' });
    const twice = await postForm(
      local,
      'oauth2/token',
      `client_id=${local.ClientId}&grant_type=a&grant_type=b`,
    );
    expect(twice.body).to.deep.equal({ error: 'invalid_request' });
    const huge = await postForm(local, 'oauth2/token', { client_id: 'x'.repeat(1_100_000) });
    expect(huge.body).to.deep.equal({ error: 'invalid_request' });
  });

  describe('with PKCE', () => {
    it('accepts the verifier of the challenge', async () => {
      expect(
        (await redeem(local, await codeOf(local, WITH_PKCE), { code_verifier: VERIFIER })).status,
      ).to.equal(200);
    });

    for (const [what, code_verifier, error] of [
      ['no verifier', undefined, 'invalid_request'],
      ['another verifier', `${VERIFIER}x`, 'invalid_grant'],
      ['the challenge in its place', CHALLENGE, 'invalid_grant'],
    ] as const) {
      it(`refuses ${what}`, async () => {
        const { body } = await redeem(local, await codeOf(local, WITH_PKCE), { code_verifier });
        expect(body).to.deep.equal({ error });
      });
    }

    it('refuses a verifier without a challenge', async () => {
      const { body } = await redeem(local, await codeOf(local), { code_verifier: VERIFIER });
      expect(body).to.deep.equal({ error: 'invalid_grant' });
    });
  });

  it('allows a cross-origin Authorization header, unlike the API', async () => {
    const allowed = async (url: string) =>
      (await fetch(url, { method: 'OPTIONS' })).headers.get('access-control-allow-headers');
    expect(await allowed(urlOf(local, 'oauth2/userInfo'))).to.contain('authorization');
    expect(await allowed(local.pool.url)).not.to.contain('authorization');
  });

  it('issues refresh tokens that the API accepts too, with the original scopes', async () => {
    const { refresh_token = '' } = await tokensAt(local, { scope: 'openid email' });
    const { AuthenticationResult } = await local.sdk.initiateAuth({
      ClientId: local.ClientId,
      AuthFlow: 'REFRESH_TOKEN_AUTH',
      AuthParameters: { REFRESH_TOKEN: refresh_token },
    });
    const { AccessToken } = AuthenticationResult ?? {};
    expect(claimsOf(AccessToken).scope).to.equal('openid email');
    expect(await outcomeOf(local.sdk.getUser({ AccessToken }))).to.match(/does not have required scopes/);
  });

  it('runs preTokenGeneration with the scopes', async () => {
    const asked: unknown[] = [];
    local = await startLogin({
      triggers: {
        preTokenGenerationV2: (event: {
          triggerSource: string;
          request: { scopes: string[] };
          response: object;
        }) => {
          asked.push([event.triggerSource, event.request.scopes]);
          const accessTokenGeneration = { scopesToAdd: ['extra'], claimsToAddOrOverride: { plan: 'gold' } };
          event.response = { claimsAndScopeOverrideDetails: { accessTokenGeneration } };
          return event;
        },
      },
    });
    const { access_token } = await tokensAt(local, { scope: 'openid' });
    expect(asked).to.deep.equal([['TokenGeneration_HostedAuth', ['openid']]]);
    expect(claimsOf(access_token)).to.include({ scope: 'openid extra', plan: 'gold' });
  });
});

describe('POST /oauth2/token for a client with a secret', () => {
  let local: Local;
  let code: string;

  beforeEach(async () => {
    local = await startLogin({ appClient: { GenerateSecret: true } });
    code = await codeOf(local);
  });
  afterEach(closeAll);

  const ask = (headers: Record<string, string>, form: Record<string, string> = {}) =>
    postForm(
      local,
      'oauth2/token',
      { grant_type: 'authorization_code', redirect_uri: CALLBACK, code, ...form },
      headers,
    );

  it('accepts the secret by Basic, with or without the client in the form', async () => {
    expect((await ask(basic(local))).status).to.equal(200);
    code = await codeOf(local);
    expect((await ask(basic(local), { client_id: local.ClientId })).status).to.equal(200);
  });

  it('accepts the secret in the form', async () => {
    const { clientId: client_id, clientSecret: client_secret = '' } = local.pool.config;
    expect((await ask({}, { client_id, client_secret })).status).to.equal(200);
  });

  it('refuses every other authentication', async () => {
    const { clientId: client_id, clientSecret: client_secret = '' } = local.pool.config;
    const refused = { error: 'invalid_client' };
    const withoutSecret = { ...refused, error_description: 'invalid_client_secret' };
    expect((await ask({}, { client_id })).body).to.deep.equal(withoutSecret);
    const wrong = await ask({}, { client_id, client_secret: `${client_secret}x` });
    expect(wrong.body).to.deep.equal(withoutSecret);
    expect((await ask(basic(local, 'wrong'))).body).to.deep.equal(withoutSecret);
    expect((await ask({ authorization: 'Basic !' })).body).to.deep.equal(refused);
    expect(
      (await ask({ authorization: `Basic ${Buffer.from('%:%').toString('base64')}` })).body,
    ).to.deep.equal(refused);
    expect((await ask(basic(local), { client_id: 'another' })).body).to.deep.equal(refused);
    expect((await ask(basic(local), { client_secret })).body).to.deep.equal({ error: 'invalid_request' });
    expect((await ask(basic(local))).status).to.equal(200);
  });
});

describe('GET /oauth2/userInfo of the local user pool', () => {
  let local: Local;

  beforeEach(async () => {
    local = await startLogin();
  });
  afterEach(closeAll);

  const ask = (authorization?: string) =>
    fetch(urlOf(local, 'oauth2/userInfo'), { headers: authorization === undefined ? {} : { authorization } });

  it('returns strings only', async () => {
    const response = await ask(`Bearer ${(await tokensAt(local)).access_token}`);
    expect(response.status).to.equal(200);
    expect(await response.json()).to.include({
      email: ANA,
      email_verified: 'true',
      name: 'Ana',
      phone_number: '+15550100',
    });
  });

  it('states the error in WWW-Authenticate', async () => {
    const without = await ask();
    expect(without.status).to.equal(400);
    expect(without.headers.get('www-authenticate')).to.match(/error="invalid_request"/);
    const { access_token = '', id_token = '', refresh_token = '' } = await tokensAt(local);
    const { access_token: unopened } = await tokensAt(local, { scope: 'aws.cognito.signin.user.admin' });
    const { accessToken } = local.pool.tokensFor(ANA);
    for (const token of ['x', id_token, `${access_token}x`, unopened, accessToken]) {
      const refused = await ask(`Bearer ${token}`);
      expect(refused.status).to.equal(401);
      expect(refused.headers.get('www-authenticate')).to.match(/error="invalid_token"/);
    }
    // Reports quote this text, such as simov/grant#189.
    for (const token of [unopened, accessToken]) {
      const { error_description } = (await (await ask(`Bearer ${token}`)).json()) as Record<string, string>;
      expect(error_description).to.equal('Access token does not contain openid scope');
    }
    expect((await ask(`Bearer ${access_token}`)).status).to.equal(200);
    const { UserPool } = await local.sdk.createUserPool({ PoolName: 'another' });
    const elsewhere = urlOf(local, 'oauth2/userInfo').replace(local.UserPoolId, UserPool?.Id ?? '');
    expect(
      (await fetch(elsewhere, { headers: { authorization: `Bearer ${access_token}` } })).status,
    ).to.equal(401);
    await postForm(local, 'oauth2/revoke', { token: refresh_token, client_id: local.ClientId });
    expect((await ask(`Bearer ${access_token}`)).status).to.equal(401);
  });
});

describe('POST /oauth2/revoke of the local user pool', () => {
  afterEach(closeAll);

  it('revokes one sign-in, and succeeds for an unknown token', async () => {
    const local = await startLogin();
    const [first, second] = [await tokensAt(local), await tokensAt(local)];
    const client_id = local.ClientId;
    for (const token of [first.refresh_token, first.refresh_token, 'unknown']) {
      const { status, body } = await postForm(local, 'oauth2/revoke', { token, client_id });
      expect([status, body]).to.deep.equal([200, {}]);
    }
    const refresh = (refresh_token: string | undefined) =>
      redeem(local, 'none', { grant_type: 'refresh_token', refresh_token });
    expect((await refresh(first.refresh_token)).body).to.deep.equal({ error: 'invalid_grant' });
    expect((await refresh(second.refresh_token)).status).to.equal(200);
  });

  it('refuses other tokens than refresh tokens, and other clients', async () => {
    const local = await startLogin({ appClient: { GenerateSecret: true } });
    const { clientId } = local.pool.addClient({ CallbackURLs: [CALLBACK] });
    const { refreshToken, accessToken } = local.pool.tokensFor(ANA);
    const revoke = (form: Record<string, string>, headers = basic(local)) =>
      postForm(local, 'oauth2/revoke', form, headers).then(({ status, body }) => [status, body.error]);
    expect(await revoke({})).to.deep.equal([400, 'invalid_request']);
    expect(await revoke({ token: accessToken })).to.deep.equal([400, 'unsupported_token_type']);
    expect(await revoke({ token: refreshToken }, basic(local, 'wrong'))).to.deep.equal([
      401,
      'invalid_client',
    ]);
    expect(await revoke({ token: refreshToken, client_id: clientId }, {})).to.deep.equal([
      400,
      'invalid_request',
    ]);
    expect(await outcomeOf(local.sdk.getUser({ AccessToken: accessToken }))).to.equal('ok');
  });

  it('refuses a client with disabled revocation', async () => {
    const local = await startLogin({ appClient: { EnableTokenRevocation: false } });
    const form = { token: local.pool.tokensFor(ANA).refreshToken, client_id: local.ClientId };
    const { status, body } = await postForm(local, 'oauth2/revoke', form);
    expect([status, body]).to.deep.equal([400, { error: 'invalid_request' }]);
  });
});

describe('GET /logout of the local user pool', () => {
  let local: Local;
  let browser: Browser;

  beforeEach(async () => {
    local = await startLogin();
    browser = new Browser(local.pool.url);
    const page = await browser.open(authorizeUrl(local));
    await browser.submit(page, { username: ANA, password: 'Passw0rd!' });
  });
  afterEach(closeAll);

  const isSignedIn = async () => (await browser.open(authorizeUrl(local))).away !== undefined;

  it('redirects to the sign-in page, and from there to the app', async () => {
    const url = authorizeUrl(local, { state: 'later' }).replace('oauth2/authorize', 'logout');
    const page = await browser.open(url);
    const back = leftFor(await browser.submit(page, { username: ANA, password: 'Passw0rd!' }));
    expect(back.searchParams.get('state')).to.equal('later');
  });

  for (const [what, parameters] of Object.entries({
    'an unregistered URL': { logout_uri: 'https://evil.example/' },
    'a URL registered for another purpose': { logout_uri: CALLBACK },
    'a URL that only starts like a registered one': { logout_uri: `${GOODBYE}/more` },
    'a missing client': { client_id: undefined, logout_uri: GOODBYE },
    'a missing URL': {},
  })) {
    it(`shows an error page and keeps the session for ${what}`, async () => {
      const page = await browser.open(urlOf(local, 'logout', { client_id: local.ClientId, ...parameters }));
      expect(page.response.status).to.equal(400);
      expect(page.away).to.equal(undefined);
      expect(await isSignedIn()).to.equal(true);
    });
  }

  for (const [what, parameters, missing] of [
    ['an unregistered logout_uri', { logout_uri: `${GOODBYE}/` }, 'redirect_uri'],
    ['the parameters of OpenID Connect', { post_logout_redirect_uri: GOODBYE }, 'redirect_uri'],
    ['no client_id', { client_id: undefined, logout_uri: GOODBYE }, 'client_id'],
  ] as const) {
    it(`names the missing ${missing} for ${what} (captured: reports of developers)`, async () => {
      const page = await browser.open(urlOf(local, 'logout', { client_id: local.ClientId, ...parameters }));
      const text = `Required String parameter '${missing}' is not present`;
      expect(new URL(page.url).searchParams.get('error')).to.equal(text);
      expect(alertOf(page)).to.equal(text);
    });
  }

  it('ends the session, even for a request with the old cookie', async () => {
    const [kept = ''] = browser.cookies();
    await browser.open(urlOf(local, 'logout', { client_id: local.ClientId, logout_uri: GOODBYE }));
    expect(await isSignedIn()).to.equal(false);
    const replayed = await fetch(authorizeUrl(local), { headers: { cookie: kept }, redirect: 'manual' });
    expect(replayed.headers.get('location')).to.match(/\/login\?/);
  });

  it('revokes no token', async () => {
    const { accessToken } = local.pool.tokensFor(ANA);
    await browser.open(urlOf(local, 'logout', { client_id: local.ClientId, logout_uri: GOODBYE }));
    expect(await outcomeOf(local.sdk.getUser({ AccessToken: accessToken }))).to.equal('ok');
  });
});
