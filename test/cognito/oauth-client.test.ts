import { createHash } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import { expect } from 'chai';
import { CallMeter } from '../../src/cognito/call-meter.ts';
import { fixedSecret } from '../../src/cognito/client-secret.ts';
import {
  type AuthorizationRequest,
  createOAuthClient,
  type OAuthClient,
} from '../../src/cognito/oauth-client.ts';
import { UpstreamRefusal } from '../../src/cognito/upstream-fault.ts';
import type { ProblemCode } from '../../src/shared/problem.ts';
import { type FakeProvider, type FakeRoute, sendJson, startFakeProvider } from '../support/fake-provider.ts';

const REDIRECT_URI = 'https://app.example/auth/callback';
const SECRET = 'the-secret-of-the-app-client';
const VERIFIER = 'a-code-verifier-of-forty-three-characters-0';
const REQUEST: AuthorizationRequest = { state: 'a-state', nonce: 'a-nonce', codeVerifier: VERIFIER };
const ANSWER = { code: 'a-secret-code', state: 'a-state' };
/** Short, for a transient fault. */
const BACK_OFF = { first: 20, max: 40 };

describe('OAuth client of managed login', () => {
  let provider: FakeProvider;
  let meter: CallMeter;

  beforeEach(async () => {
    provider = await startFakeProvider();
    meter = new CallMeter();
    provider.answers.token = (res) => sendJson(res, 200, provider.tokens('a-nonce'));
  });

  afterEach(() => provider.close());

  function client(options: object = {}): OAuthClient {
    const defaults = {
      issuers: [provider.issuer],
      clientId: 'testclient',
      clientSecret: fixedSecret(SECRET),
      redirectUri: REDIRECT_URI,
      scopes: ['openid', 'email'],
      timeout: 5000,
      meter,
    };
    return createOAuthClient({ ...defaults, ...options }, BACK_OFF);
  }

  async function expectFault(
    attempt: Promise<unknown>,
    code: ProblemCode,
    hint?: RegExp,
  ): Promise<UpstreamRefusal> {
    const error: unknown = await attempt.then(
      () => undefined,
      (thrown: unknown) => thrown,
    );
    if (!(error instanceof UpstreamRefusal))
      throw new Error(`expected an UpstreamRefusal, not ${String(error)}`);
    expect(error.problem.code, error.fault.exception).to.equal(code);
    if (hint) expect(error.fault.hint).to.match(hint);
    expect(JSON.stringify([error.message, error.stack, error.cause, error.fault]))
      .not.to.include(SECRET)
      .and.not.to.include(ANSWER.code)
      .and.not.to.include(VERIFIER)
      .and.not.to.include('<script>');
    return error;
  }

  it('builds the authorization URL with state, nonce and the challenge of the code verifier', async () => {
    const url = new URL(await client().authorizationUrl(REQUEST));
    expect(url.origin + url.pathname).to.equal(`${provider.issuer}/oauth2/authorize`);
    expect(Object.fromEntries(url.searchParams)).to.deep.equal({
      response_type: 'code',
      client_id: 'testclient',
      redirect_uri: REDIRECT_URI,
      scope: 'openid email',
      state: 'a-state',
      nonce: 'a-nonce',
      code_challenge: createHash('sha256').update(VERIFIER).digest('base64url'),
      code_challenge_method: 'S256',
    });
  });

  it('passes every parameter of the managed login pages in the authorization URL', async () => {
    const url = new URL(
      await client().authorizationUrl({
        ...REQUEST,
        identityProvider: 'Google & more',
        idpIdentifier: 'example.com',
        loginHint: 'ada+1@example.com',
        locale: 'pt-BR',
        prompt: 'login',
        maxAge: 0,
        acr: 'urn:cognito:loa:4 urn:cognito:loa:3',
      }),
    );
    expect(Object.fromEntries(url.searchParams)).to.include({
      identity_provider: 'Google & more',
      idp_identifier: 'example.com',
      login_hint: 'ada+1@example.com',
      lang: 'pt-BR',
      prompt: 'login',
      max_age: '0',
      acr_values: 'urn:cognito:loa:4 urn:cognito:loa:3',
    });
  });

  it("builds the logout URL with Cognito's parameters", async () => {
    const url = new URL(await client().logoutUrl('https://app.example/bye?a=b'));
    expect(url.origin + url.pathname).to.equal(`${provider.issuer}/logout`);
    expect(Object.fromEntries(url.searchParams)).to.deep.equal({
      client_id: 'testclient',
      logout_uri: 'https://app.example/bye?a=b',
    });
  });

  it('exchanges a code for tokens with the client secret and the code verifier', async () => {
    const tokens = provider.tokens('a-nonce');
    provider.answers.token = (res) => sendJson(res, 200, tokens);
    expect(await client().exchange(ANSWER, REQUEST)).to.deep.equal({
      accessToken: tokens.access_token,
      idToken: tokens.id_token,
      refreshToken: 'a-refresh-token',
    });
    expect(Object.fromEntries(provider.requests.at(-1)?.form ?? [])).to.deep.equal({
      grant_type: 'authorization_code',
      code: ANSWER.code,
      redirect_uri: REDIRECT_URI,
      code_verifier: VERIFIER,
      client_id: 'testclient',
      client_secret: SECRET,
    });
  });

  it('measures its requests, and names the error of a refused one', async () => {
    const oauth = client();
    await oauth.exchange(ANSWER, REQUEST);
    provider.answers.token = (res) =>
      sendJson(res, 400, { error: 'invalid_grant', error_description: ANSWER.code });
    await oauth.exchange(ANSWER, REQUEST).catch(() => undefined);
    const stats = meter.stats();
    expect(stats['openid-configuration']).to.deep.include({ count: 1, errors: {} });
    expect(stats['oauth2/token']).to.deep.include({ count: 2, inFlight: 0, errors: { invalid_grant: 1 } });
    expect(JSON.stringify(stats)).to.not.include(ANSWER.code);
  });

  it('leaves the health of the operations alone if managed login fails', async () => {
    provider.answers.token = (res) => sendJson(res, 503, {});
    const oauth = client();
    for (let i = 0; i < 4; i++) await oauth.exchange(ANSWER, REQUEST).catch(() => undefined);
    expect(meter.stats()['oauth2/token']?.errors).to.deep.equal({ 'HTTP 503': 4 });
    expect(meter.isAnswering()).to.equal(true);
  });

  it('exchanges a code without a secret if the app client has none', async () => {
    await client({ clientSecret: undefined }).exchange(ANSWER, REQUEST);
    const form = provider.requests.at(-1)?.form;
    expect(form?.get('client_id')).to.equal('testclient');
    expect(form?.has('client_secret')).to.equal(false);
  });

  it('fetches the configuration once for concurrent and later calls', async () => {
    const one = client();
    await Promise.all(Array.from({ length: 20 }, () => one.authorizationUrl(REQUEST)));
    await one.logoutUrl('https://app.example/');
    await one.exchange(ANSWER, REQUEST);
    expect(provider.count('configuration')).to.equal(1);
  });

  it('sends no request before its first use', () => {
    client();
    expect(provider.requests).to.deep.equal([]);
  });

  it('fetches the configuration again after a failure, but not for each request', async () => {
    const one = client();
    provider.answers.configuration = (res) => sendJson(res, 503, {});
    for (let request = 0; request < 10; request++) {
      await expectFault(one.authorizationUrl(REQUEST), 'upstream_unavailable');
    }
    expect(provider.count('configuration')).to.be.lessThan(10);
    delete provider.answers.configuration;
    const until = Date.now() + 5000;
    while (Date.now() < until) {
      if (await one.authorizationUrl(REQUEST).then(Boolean, () => false)) return;
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    throw new Error('The client did not recover.');
  });

  it('uses the second of two issuers if the first one is not the issuer of its configuration or is not found', async () => {
    const other = await startFakeProvider();
    other.configuration = { issuer: provider.issuer };
    try {
      const one = client({ issuers: [other.issuer, provider.issuer] });
      expect(await one.authorizationUrl(REQUEST)).to.include(provider.issuer);
      const answerless = client({ issuers: [`${provider.issuer}x`, provider.issuer] });
      expect(await answerless.authorizationUrl(REQUEST)).to.include(provider.issuer);
    } finally {
      await other.close();
    }
  });

  for (const issuer of [
    'http://login.example.com/pool',
    'http://10.0.0.1/pool',
    'http://127.0.0.1.evil.example',
  ]) {
    it(`refuses the issuer ${issuer}, because it has plain HTTP outside loopback`, () => {
      expect(() => client({ issuers: [issuer] })).to.throw(TypeError, issuer);
    });
  }

  const CONFIGURATIONS: readonly [kind: string, configuration: object, ProblemCode, RegExp?][] = [
    ['of a pool without a domain', { authorization_endpoint: undefined }, 'server_misconfigured', /domain/],
    ['of another issuer', { issuer: 'https://evil.example' }, 'server_misconfigured', /issuer/],
    [
      'with an authorization endpoint over plain HTTP',
      { authorization_endpoint: 'http://a.example' },
      'upstream_error',
    ],
    ['with a token endpoint over plain HTTP', { token_endpoint: 'http://a.example/token' }, 'upstream_error'],
    ['with a token endpoint that is not a URL', { token_endpoint: 'token' }, 'upstream_error'],
    ['with an authorization endpoint that is not a URL', { authorization_endpoint: 7 }, 'upstream_error'],
    [
      'with an authorization endpoint of the scheme javascript:',
      { authorization_endpoint: 'javascript:alert(1)' },
      'upstream_error',
    ],
  ];
  for (const [kind, configuration, code, hint] of CONFIGURATIONS) {
    it(`refuses a configuration ${kind}`, async () => {
      Object.assign(provider.configuration, configuration);
      await expectFault(client().authorizationUrl(REQUEST), code, hint);
    });
  }

  type Fault = readonly [fault: string, (res: ServerResponse) => void, ProblemCode, RegExp?];
  const FAULTS: readonly Fault[] = [
    ['answers 404', (res) => sendJson(res, 404, {}), 'upstream_error'],
    ['answers 500', (res) => sendJson(res, 500, { error: 'server_error' }), 'upstream_error'],
    ['is overloaded', (res) => sendJson(res, 503, {}), 'upstream_unavailable'],
    ['throttles', (res) => sendJson(res, 429, {}), 'rate_limited'],
    ['answers 504', (res) => sendJson(res, 504, {}), 'upstream_timeout'],
    ['sends HTML', (res) => res.end('<script>1</script>'), 'upstream_error'],
    [
      'sends half a JSON document',
      (res) => res.setHeader('Content-Type', 'application/json').end('{"a'),
      'upstream_error',
    ],
    ['sends null', (res) => sendJson(res, 200, null), 'upstream_error'],
    ['sends an empty document', (res) => sendJson(res, 200, {}), 'upstream_error'],
    ['redirects', (res) => res.writeHead(302, { Location: '/' }).end(), 'upstream_error'],
    ['closes the connection', (res) => res.destroy(), 'upstream_error'],
    ['sends an endless response', (res) => flood(res), 'upstream_error'],
  ];
  for (const [route, attempt] of [
    ['configuration', (one: OAuthClient) => one.authorizationUrl(REQUEST)],
    ['token', (one: OAuthClient) => one.exchange(ANSWER, REQUEST)],
  ] as const satisfies readonly [FakeRoute, (one: OAuthClient) => Promise<unknown>][]) {
    describe(`OAuth client of managed login at the ${route} endpoint`, () => {
      for (const [fault, answer, code, hint] of FAULTS) {
        it(`throws ${code} if the endpoint ${fault}`, async () => {
          provider.answers[route] = answer;
          await expectFault(attempt(client()), code, hint);
        });
      }

      it('throws upstream_timeout if the endpoint does not answer', async () => {
        provider.answers[route] = () => {};
        await expectFault(attempt(client({ timeout: 50 })), 'upstream_timeout');
      });

      it('throws upstream_timeout if the endpoint sends slow single bytes', async () => {
        let drip: NodeJS.Timeout | undefined;
        provider.answers[route] = (res) => {
          res.setHeader('Content-Type', 'application/json');
          drip = setInterval(() => res.write(' '), 10);
        };
        await expectFault(attempt(client({ timeout: 100 })), 'upstream_timeout');
        clearInterval(drip);
      });
    });
  }

  it('throws upstream_unavailable if the connection is refused', async () => {
    const one = client();
    await provider.close();
    await expectFault(one.authorizationUrl(REQUEST), 'upstream_unavailable');
    const found = await startFakeProvider();
    found.configuration.token_endpoint = `${provider.issuer}/oauth2/token`;
    await expectFault(client({ issuers: [found.issuer] }).exchange(ANSWER, REQUEST), 'upstream_unavailable');
    await found.close();
  });

  const REFUSALS: readonly [status: number, error: string, ProblemCode, RegExp?][] = [
    [400, 'invalid_grant', 'invalid_session'],
    [400, 'invalid_client', 'server_misconfigured', /clientSecret/],
    [401, 'invalid_client', 'server_misconfigured', /clientSecret/],
    [400, 'unauthorized_client', 'server_misconfigured', /redirectUri/],
    [400, 'invalid_scope', 'server_misconfigured', /scopes/],
    [400, 'invalid_request', 'upstream_error'],
    [400, '<script>', 'upstream_error'],
  ];
  for (const [status, error, code, hint] of REFUSALS) {
    it(`throws ${code} for the error ${error} with ${status}, without the description of the provider`, async () => {
      provider.answers.token = (res) =>
        sendJson(res, status, { error, error_description: `<script> ${SECRET} ${ANSWER.code}` });
      await expectFault(client().exchange(ANSWER, REQUEST), code, hint);
    });
  }

  it('throws server_misconfigured if the secret is refused with a WWW-Authenticate header', async () => {
    provider.answers.token = (res) => {
      res.setHeader('WWW-Authenticate', 'Basic realm="oauth"');
      sendJson(res, 401, { error: 'invalid_client' });
    };
    await expectFault(client().exchange(ANSWER, REQUEST), 'server_misconfigured', /clientSecret/);
  });

  const TOKENS: readonly [fault: string, nonce: string, claims: object, ProblemCode][] = [
    ['another nonce', 'another-nonce', {}, 'upstream_error'],
    ['another client', 'a-nonce', { aud: 'another' }, 'upstream_error'],
    ['another issuer', 'a-nonce', { iss: 'https://evil.example' }, 'upstream_error'],
    ['a past expiry', 'a-nonce', { exp: 1 }, 'upstream_error'],
    ['an auth_time older than the max_age', 'a-nonce', { auth_time: 1 }, 'insufficient_user_authentication'],
  ];
  for (const [fault, nonce, claims, code] of TOKENS) {
    it(`throws ${code} for an ID token with ${fault}`, async () => {
      provider.answers.token = (res) => sendJson(res, 200, provider.tokens(nonce, { ...claims }));
      await expectFault(client().exchange(ANSWER, { ...REQUEST, maxAge: 60 }), code);
    });
  }

  it('refuses tokens without an ID token', async () => {
    provider.answers.token = (res) =>
      sendJson(res, 200, { ...provider.tokens('a-nonce'), id_token: undefined });
    await expectFault(client().exchange(ANSWER, REQUEST), 'upstream_error');
  });

  const MIX_UPS: readonly [fault: string, answer: object, announced: boolean][] = [
    ['another issuer', { iss: 'https://evil.example' }, false],
    ['no issuer, although the configuration announces one', {}, true],
    ['another state', { state: 'another-state' }, false],
  ];
  for (const [fault, answer, announced] of MIX_UPS) {
    it(`refuses an authorization response with ${fault} before it sends the code (RFC 9207)`, async () => {
      provider.configuration.authorization_response_iss_parameter_supported = announced;
      await expectFault(client().exchange({ ...ANSWER, ...answer }, REQUEST), 'invalid_request');
      expect(provider.count('token')).to.equal(0);
    });
  }

  it('accepts an authorization response that names the issuer', async () => {
    provider.configuration.authorization_response_iss_parameter_supported = true;
    const tokens = await client().exchange({ ...ANSWER, iss: provider.issuer }, REQUEST);
    expect(tokens.refreshToken).to.equal('a-refresh-token');
  });
});

function flood(res: ServerResponse): void {
  res.setHeader('Content-Type', 'application/json');
  const write = (): void => {
    while (!res.destroyed && res.write(' '.repeat(65_536)));
  };
  res.on('drain', write);
  write();
}
