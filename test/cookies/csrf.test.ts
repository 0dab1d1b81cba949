import { expect } from 'chai';
import express, { type RequestHandler } from 'express';
import { findAuth } from '../../src/auth/request-auth.ts';
import { startLocalUserPool } from '../../src/local/local-user-pool.ts';
import { requireAuth } from '../../src/require-auth.ts';
import { atLeast } from '../support/at-least.ts';
import { ask, type PlainAnswer } from '../support/cookie-client.ts';
import { type Kit, PASSWORD, startKit } from '../support/helpers.ts';
import { SAMPLE_REQUESTS, type SampleRequest } from '../support/requests.ts';

const TRUSTED = 'https://app.example.com';
const OWN = 'https://api.example.com';

type Value = string | readonly string[] | undefined;

/** The value of a header, and whether it alone passes the CSRF check. */
interface HeaderCase {
  readonly value: Value;
  readonly passes?: true;
}

const SITES: Readonly<Record<string, HeaderCase>> = {
  'same-origin': { value: 'same-origin', passes: true },
  none: { value: 'none', passes: true },
  'same-site': { value: 'same-site' },
  'cross-site': { value: 'cross-site' },
  missing: { value: undefined },
  empty: { value: '' },
  'same-origin and cross-site': { value: ['same-origin', 'cross-site'] },
  'same-origin twice': { value: ['same-origin', 'same-origin'] },
  'an unknown value': { value: 'same-origin-too' },
  'same-origin in capitals': { value: 'Same-Origin' },
  'a list': { value: 'cross-site, same-origin' },
};

const ORIGINS: Readonly<Record<string, HeaderCase>> = {
  trusted: { value: TRUSTED, passes: true },
  // The router does not know its own origin, unless trustedOrigins has it.
  'that of the server': { value: OWN },
  missing: { value: undefined },
  null: { value: 'null' },
  empty: { value: '' },
  untrusted: { value: 'https://evil.example' },
  'a host with the trusted one as prefix': { value: `${TRUSTED}.evil.example` },
  'a host with the trusted one as suffix': { value: 'https://notapp.example.com' },
  'a prefix of the trusted one': { value: 'https://app.example.co' },
  'a subdomain of the trusted one': { value: 'https://a.app.example.com' },
  'the trusted one with another port': { value: `${TRUSTED}:8443` },
  'the trusted one with the default port': { value: `${TRUSTED}:443` },
  'the trusted one without TLS': { value: 'http://app.example.com' },
  'the trusted one in capitals': { value: 'HTTPS://APP.EXAMPLE.COM' },
  'the trusted one as user information': { value: 'https://app.example.com@evil.example' },
  'the trusted one with a path': { value: `${TRUSTED}/` },
  'the trusted one twice': { value: [TRUSTED, TRUSTED] },
  'the trusted one after an untrusted one': { value: ['https://evil.example', TRUSTED] },
};

/** Media types that any page can send without a preflight. */
const TYPES = [
  'text/plain',
  'application/x-www-form-urlencoded',
  'multipart/form-data; boundary=x',
  undefined,
];
const ALL_TYPES = [...TYPES, 'application/json'];

const SAFE = ['GET', 'HEAD', 'OPTIONS'];
/** Methods that clients send without a body. */
const BODILESS = [...SAFE, 'TRACE'];
const UNSAFE = ['POST', 'PUT', 'PATCH', 'DELETE', 'PROPFIND', 'TRACE', 'M-SEARCH'];

interface Origin {
  readonly title: string;
  readonly headers: Readonly<Record<string, Value>>;
  readonly isTrusted: boolean;
}

const ORIGINS_OF_REQUESTS: readonly Origin[] = Object.entries(SITES).flatMap(([site, fromSite]) =>
  Object.entries(ORIGINS).map(([origin, fromOrigin]) => ({
    title: `with Sec-Fetch-Site ${site} and Origin ${origin}`,
    headers: { 'Sec-Fetch-Site': fromSite.value, Origin: fromOrigin.value },
    isTrusted: fromSite.passes === true || fromOrigin.passes === true,
  })),
);

type Carrier = 'header' | 'cookie' | 'header and cookie' | 'nothing';
const CARRIERS: readonly Carrier[] = ['header', 'cookie', 'header and cookie', 'nothing'];

/** Requests with at most one of the two headers. */
const SINGLE_HEADER_ORIGINS = atLeast(
  20,
  ORIGINS_OF_REQUESTS.filter(
    ({ headers }) => headers.Origin === undefined || headers['Sec-Fetch-Site'] === undefined,
  ),
);

/** Whether a request passes the CSRF check, by the rule of docs/cookies.md. */
function passesCheck(method: string, { isTrusted }: Origin): boolean {
  return SAFE.includes(method) || isTrusted;
}

function credentials(carrier: Carrier, token: string): Record<string, string> {
  return {
    ...(carrier.includes('header') && { Authorization: `Bearer ${token}` }),
    ...(carrier.includes('cookie') && { Cookie: `theme=dark; __Host-auth-access=${token}` }),
  };
}

function codeOf({ body }: PlainAnswer): unknown {
  return body === '' ? undefined : (JSON.parse(body) as { code?: unknown }).code;
}

const APP_ROUTES = ['/router', '/alone', '/optional'];

let kit: Kit;
let both: Kit;
let token: string;
/** Number of calls to Cognito. */
let cognitoCalls = 0;

before(async () => {
  const pool = await startLocalUserPool({ quiet: true });
  token = pool.tokensFor(pool.addUser({ username: 'ada@example.com', password: PASSWORD }).sub).accessToken;
  const send = (): Promise<never> => {
    cognitoCalls++;
    return Promise.reject(Object.assign(new Error('x'), { name: 'TooManyRequestsException' }));
  };
  const start = (transport: 'cookie' | 'both'): Promise<Kit> => {
    const { userPoolId, clientId, endpoint } = pool.config;
    const alone = { userPoolId, clientId, endpoint, transport, trustedOrigins: [TRUSTED] };
    const handler: RequestHandler = (req, res) => void res.json({ for: findAuth(req)?.sub ?? 'nobody' });
    return startKit({
      pool,
      config: { transport, trustedOrigins: [TRUSTED], cognitoClient: { send } as never },
      app: (auth) =>
        express()
          .use('/auth', auth)
          .all('/router', auth.requireAuth(), handler)
          .all('/alone', requireAuth(alone), handler)
          .all('/optional', requireAuth({ ...alone, optional: true }), handler),
    });
  };
  kit = await start('cookie');
  both = await start('both');
});

/** Returns the answer of a route of the app, by the rules of docs/cookies.md. */
function expectedOf(route: string, method: string, carrier: Carrier, origin: Origin): string {
  switch (carrier) {
    case 'header':
      return '200';
    case 'cookie':
      return passesCheck(method, origin) ? '200' : '403 cross_site_request';
    case 'header and cookie':
      return '400 invalid_request';
    case 'nothing':
      return route === '/optional' ? '200' : '401 missing_token';
  }
}

async function expectAnswer(
  url: string,
  route: string,
  { method, carrier, origin, type }: { method: string; carrier: Carrier; origin: Origin; type: Value },
): Promise<void> {
  const headers = { ...credentials(carrier, token), ...origin.headers, 'Content-Type': type };
  const answer = await ask(url + route, method, headers, BODILESS.includes(method) ? '' : 'a=1');
  const expected = expectedOf(route, method, carrier, origin);
  const code = method === 'HEAD' ? expected.slice(4) : codeOf(answer);
  const found = [answer.status, code].filter(Boolean).join(' ');
  expect(found, `${method} ${route} with ${carrier} ${origin.title} as ${String(type)}`).to.equal(expected);
}

describe('The CSRF check of requireAuth', () => {
  for (const transport of ['cookie', 'both'] as const) {
    it(`refuses a request with a cookie by its origin and method (transport ${transport})`, async () => {
      const { url } = transport === 'cookie' ? kit : both;
      let count = 0;
      for (const origin of ORIGINS_OF_REQUESTS) {
        const all = [...SAFE, ...UNSAFE].map((method) => {
          const type = ALL_TYPES[count++ % ALL_TYPES.length];
          return expectAnswer(url, '/router', { method, carrier: 'cookie', origin, type });
        });
        await Promise.all(all);
      }
    });

    it(`applies to every kind of requireAuth, and only to tokens in cookies (transport ${transport})`, async () => {
      const { url } = transport === 'cookie' ? kit : both;
      let count = 0;
      for (const origin of ORIGINS_OF_REQUESTS) {
        const all = APP_ROUTES.flatMap((route) =>
          CARRIERS.flatMap((carrier) => {
            const type = ALL_TYPES[++count % ALL_TYPES.length];
            const methods = [SAFE[count % SAFE.length], UNSAFE[count % UNSAFE.length]] as string[];
            return methods.map((method) => expectAnswer(url, route, { method, carrier, origin, type }));
          }),
        );
        await Promise.all(all);
      }
    });
  }

  it('does not depend on the media type', async () => {
    for (const origin of SINGLE_HEADER_ORIGINS) {
      for (const type of ALL_TYPES) {
        await expectAnswer(kit.url, '/router', { method: 'POST', carrier: 'cookie', origin, type });
      }
    }
  });

  it("does not apply with transport: 'bearer'", async () => {
    const plain = await startKit({
      pool: kit.pool,
      app: (auth) => express().post('/x', auth.requireAuth(), (_req, res) => void res.json({})),
    });
    const headers = { 'Sec-Fetch-Site': 'cross-site', Origin: 'https://evil.example' };
    const answer = await ask(`${plain.url}/x`, 'POST', { ...headers, ...credentials('header', token) });
    expect(answer.status).to.equal(200);
    // This transport ignores cookies.
    const other = await ask(`${plain.url}/x`, 'POST', { ...headers, ...credentials('cookie', token) });
    expect([other.status, codeOf(other)]).to.deep.equal([401, 'missing_token']);
  });

  it('precedes the verification of the token', async () => {
    const headers = { Cookie: '__Host-auth-access=forged' };
    const crossSite = await ask(`${kit.url}/router`, 'POST', headers);
    expect(codeOf(crossSite)).to.equal('cross_site_request');
    const sameOrigin = await ask(`${kit.url}/router`, 'POST', {
      ...headers,
      'Sec-Fetch-Site': 'same-origin',
    });
    expect(codeOf(sameOrigin)).to.equal('invalid_token');
  });
});

/** Endpoints that ignore the token in the header. */
const WITHOUT_TOKEN = [
  'signUp',
  'confirmSignUp',
  'resendConfirmationCode',
  'signIn',
  'respondToChallenge',
  'refresh',
];

describe('The CSRF check of the endpoints', () => {
  /** Whether the answer must be `cross_site_request`. */
  function isRefused({ endpoint }: SampleRequest, carrier: Carrier, origin: Origin): boolean {
    if (endpoint.method === 'get' || origin.isTrusted) return false;
    if (carrier === 'cookie') return true;
    if (carrier === 'header') return WITHOUT_TOKEN.includes(endpoint.name);
    // Without a token, an endpoint that requires one refuses with missing_token.
    return endpoint.auth !== 'access';
  }

  for (const sample of atLeast(40, SAMPLE_REQUESTS)) {
    const title =
      sample.endpoint.method === 'get'
        ? `does not apply to ${sample.title}, because it is a GET`
        : `refuses a possible cross-site ${sample.title} before any call to Cognito`;
    it(title, async () => {
      const { method, path, body } = sample;
      const { session, refreshToken, device, ...rest } = { ...body } as Record<string, unknown>;
      let count = 0;
      // A token of another session, because one endpoint revokes it.
      const { accessToken } = kit.pool.tokensFor('ada@example.com');
      for (const carrier of ['header', 'cookie', 'nothing'] as const) {
        for (const origin of SINGLE_HEADER_ORIGINS) {
          const type = count++ % 2 === 0 ? 'application/json' : TYPES[count % TYPES.length];
          const headers = { ...credentials(carrier, accessToken), ...origin.headers, 'Content-Type': type };
          const before = cognitoCalls;
          const answer = await ask(
            kit.url + path,
            method.toUpperCase(),
            body ? headers : { ...headers, 'Content-Type': undefined },
            body && JSON.stringify(rest),
          );
          const refused = isRefused(sample, carrier, origin);
          const context = `with ${carrier} ${origin.title} as ${type}: ${answer.body}`;
          expect(codeOf(answer) === 'cross_site_request', context).to.equal(refused);
          if (refused) expect([answer.status, cognitoCalls - before]).to.deep.equal([403, 0]);
          else expect(answer.status, context).to.not.equal(403);
          if (refused) expect(answer.headers).to.not.have.property('set-cookie');
        }
      }
    });
  }

  it("refuses a cross-site sign-in with transport: 'both' only if it requests cookies", async () => {
    const signIn = { email: 'ada@example.com', password: PASSWORD };
    const real = await startKit({ pool: kit.pool, config: { transport: 'both' } });
    const post = async (body: object, headers: object) => {
      const json = { 'Content-Type': 'application/json', ...headers };
      return ask(`${real.url}/auth/sign-in`, 'POST', json, JSON.stringify(body));
    };
    for (const headers of [{}, { 'Sec-Fetch-Site': 'cross-site' }, { Origin: 'null' }]) {
      const refused = await post({ ...signIn, transport: 'cookie' }, headers);
      expect(codeOf(refused)).to.equal('cross_site_request');
      expect(refused.headers).to.not.have.property('set-cookie');
      const answered = await post(signIn, headers);
      expect(answered.status).to.equal(200);
      expect(answered.headers).to.not.have.property('set-cookie');
    }
  });

  it('refuses a cookie with an invalid token in the header like one without it', async () => {
    for (const Authorization of ['Bearer forged', 'Bearer', 'Basic YTpi', `Bearer ${token}x`]) {
      const headers = { Authorization, Cookie: '__Host-auth-refresh=abcdefghijk' };
      const answer = await ask(`${kit.url}/auth/sign-out`, 'POST', headers);
      expect(codeOf(answer), Authorization).to.equal('cross_site_request');
    }
  });
});
