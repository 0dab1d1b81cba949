import { expect } from 'chai';
import express, { type RequestHandler } from 'express';
import { findAuth } from '../../src/auth/auth-middleware.ts';
import { startLocalUserPool } from '../../src/local/local-user-pool.ts';
import { requireAuth } from '../../src/require-auth.ts';
import { atLeast } from '../support/at-least.ts';
import { ask, type PlainAnswer } from '../support/cookie-client.ts';
import { type Kit, PASSWORD, startKit } from '../support/helpers.ts';
import { SAMPLE_REQUESTS, type SampleRequest } from '../support/requests.ts';

const TRUSTED = 'https://app.example.com';
const OWN = 'https://api.example.com';

type Value = string | readonly string[] | undefined;

/** What a request says of where it comes from, and whether that will do by itself. */
interface Saying {
  readonly value: Value;
  readonly willDo?: true;
}

const SITES: Readonly<Record<string, Saying>> = {
  'the same origin': { value: 'same-origin', willDo: true },
  'the user': { value: 'none', willDo: true },
  'the same site': { value: 'same-site' },
  'another site': { value: 'cross-site' },
  'no site': { value: undefined },
  'nothing of a site': { value: '' },
  'two sites': { value: ['same-origin', 'cross-site'] },
  'the same origin twice': { value: ['same-origin', 'same-origin'] },
  'nonsense of a site': { value: 'same-origin-too' },
  'a site in capitals': { value: 'Same-Origin' },
  'a list of sites': { value: 'cross-site, same-origin' },
};

const ORIGINS: Readonly<Record<string, Saying>> = {
  'one that is trusted': { value: TRUSTED, willDo: true },
  // Nobody but the browser knows which name the server has: it says so, or the app names it.
  'the own one': { value: OWN },
  none: { value: undefined },
  null: { value: 'null' },
  nothing: { value: '' },
  'another one': { value: 'https://evil.example' },
  'one that begins alike': { value: `${TRUSTED}.evil.example` },
  'one that ends alike': { value: 'https://notapp.example.com' },
  'a part of it': { value: 'https://app.example.co' },
  'a host below': { value: 'https://a.app.example.com' },
  'another port': { value: `${TRUSTED}:8443` },
  'the same port, said': { value: `${TRUSTED}:443` },
  'without TLS': { value: 'http://app.example.com' },
  'in capitals': { value: 'HTTPS://APP.EXAMPLE.COM' },
  'with a user': { value: 'https://app.example.com@evil.example' },
  'with a path': { value: `${TRUSTED}/` },
  twice: { value: [TRUSTED, TRUSTED] },
  'with another one': { value: ['https://evil.example', TRUSTED] },
};

/** A form on any page can send the first three, and any page can send the last one. */
const TYPES = [
  'text/plain',
  'application/x-www-form-urlencoded',
  'multipart/form-data; boundary=x',
  undefined,
];
const ALL_TYPES = [...TYPES, 'application/json'];

const SAFE = ['GET', 'HEAD', 'OPTIONS'];
/** Of no use with a body, or refused with one by clients. */
const BODILESS = [...SAFE, 'TRACE'];
const UNSAFE = ['POST', 'PUT', 'PATCH', 'DELETE', 'PROPFIND', 'TRACE', 'M-SEARCH'];

interface Origin {
  readonly title: string;
  readonly headers: Readonly<Record<string, Value>>;
  readonly isTrusted: boolean;
}

const ORIGINS_OF_REQUESTS: readonly Origin[] = Object.entries(SITES).flatMap(([site, fromSite]) =>
  Object.entries(ORIGINS).map(([origin, fromOrigin]) => ({
    title: `from ${site}, with the origin ${origin}`,
    headers: { 'Sec-Fetch-Site': fromSite.value, Origin: fromOrigin.value },
    isTrusted: fromSite.willDo === true || fromOrigin.willDo === true,
  })),
);

type Carrier = 'header' | 'cookie' | 'header and cookie' | 'nothing';
const CARRIERS: readonly Carrier[] = ['header', 'cookie', 'header and cookie', 'nothing'];

/** What is said in one place only. */
const FEW = atLeast(
  20,
  ORIGINS_OF_REQUESTS.filter(
    ({ headers }) => headers.Origin === undefined || headers['Sec-Fetch-Site'] === undefined,
  ),
);

/** The rule, as docs/cookies.md states it. */
function isLetIn(method: string, { isTrusted }: Origin): boolean {
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
/** How often Cognito was asked. */
let asked = 0;

before(async () => {
  const pool = await startLocalUserPool({ quiet: true });
  token = pool.tokensFor(pool.addUser({ username: 'ada@example.com', password: PASSWORD }).sub).accessToken;
  const send = (): Promise<never> => {
    asked++;
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

/** What the app's own route answers, as docs/cookies.md has it. */
function expectedOf(route: string, method: string, carrier: Carrier, origin: Origin): string {
  switch (carrier) {
    case 'header':
      return '200';
    case 'cookie':
      return isLetIn(method, origin) ? '200' : '403 cross_site_request';
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

describe("A request to a route of the app's own", () => {
  for (const transport of ['cookie', 'both'] as const) {
    it(`gets what its cookie and its page deserve, whatever its method (transport ${transport})`, async () => {
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

    it(`gets the same wherever requireAuth comes from and whatever carries the token (transport ${transport})`, async () => {
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

  it('is let in with every media type or with none', async () => {
    for (const origin of FEW) {
      for (const type of ALL_TYPES) {
        await expectAnswer(kit.url, '/router', { method: 'POST', carrier: 'cookie', origin, type });
      }
    }
  });

  it('is not checked where there are no cookies', async () => {
    const plain = await startKit({
      pool: kit.pool,
      app: (auth) => express().post('/x', auth.requireAuth(), (_req, res) => void res.json({})),
    });
    const headers = { 'Sec-Fetch-Site': 'cross-site', Origin: 'https://evil.example' };
    const answer = await ask(`${plain.url}/x`, 'POST', { ...headers, ...credentials('header', token) });
    expect(answer.status).to.equal(200);
    // A cookie is nothing there, good or not.
    const other = await ask(`${plain.url}/x`, 'POST', { ...headers, ...credentials('cookie', token) });
    expect([other.status, codeOf(other)]).to.deep.equal([401, 'missing_token']);
  });

  it('has no token of an expired or a forged cookie looked at before its page is', async () => {
    const headers = { Cookie: '__Host-auth-access=forged' };
    const foreign = await ask(`${kit.url}/router`, 'POST', headers);
    expect(codeOf(foreign)).to.equal('cross_site_request');
    const own = await ask(`${kit.url}/router`, 'POST', { ...headers, 'Sec-Fetch-Site': 'same-origin' });
    expect(codeOf(own)).to.equal('invalid_token');
  });
});

/** Those that begin or go on with a session by what is in cookies or in the body: a token makes no difference to them. */
const ABOUT_NO_TOKEN = ['signUp', 'confirmSignUp', 'signIn', 'respondToChallenge', 'refresh'];

describe('A request to an endpoint', () => {
  /** Whether the answer has to be `cross_site_request`. */
  function isRefused({ endpoint }: SampleRequest, carrier: Carrier, origin: Origin): boolean {
    if (endpoint.method === 'get' || origin.isTrusted) return false;
    if (carrier === 'cookie') return true;
    if (carrier === 'header') return ABOUT_NO_TOKEN.includes(endpoint.name);
    // With nothing to use, there is something to refuse it for already.
    return endpoint.auth !== 'access';
  }

  for (const sample of SAMPLE_REQUESTS) {
    it(`is refused before Cognito is asked if another site may have made it: ${sample.title}`, async () => {
      const { method, path, body } = sample;
      const { session, refreshToken, device, ...rest } = { ...body } as Record<string, unknown>;
      let count = 0;
      // Of a session of its own: one of them ends it.
      const { accessToken } = kit.pool.tokensFor('ada@example.com');
      for (const carrier of ['header', 'cookie', 'nothing'] as const) {
        for (const origin of FEW) {
          const type = count++ % 2 === 0 ? 'application/json' : TYPES[count % TYPES.length];
          const headers = { ...credentials(carrier, accessToken), ...origin.headers, 'Content-Type': type };
          const before = asked;
          const answer = await ask(
            kit.url + path,
            method.toUpperCase(),
            body ? headers : { ...headers, 'Content-Type': undefined },
            body && JSON.stringify(rest),
          );
          const refused = isRefused(sample, carrier, origin);
          const what = `with ${carrier} ${origin.title} as ${type}: ${answer.body}`;
          expect(codeOf(answer) === 'cross_site_request', what).to.equal(refused);
          if (refused) expect([answer.status, asked - before]).to.deep.equal([403, 0]);
          else expect(answer.status, what).to.not.equal(403);
          if (refused) expect(answer.headers).to.not.have.property('set-cookie');
        }
      }
    });
  }

  it('cannot sign somebody in who did not ask for it, and in both transports only if it wants cookies', async () => {
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

  it('is refused with a bad token in the header as it is with none', async () => {
    for (const Authorization of ['Bearer forged', 'Bearer', 'Basic YTpi', `Bearer ${token}x`]) {
      const headers = { Authorization, Cookie: '__Host-auth-refresh=abcdefghijk' };
      const answer = await ask(`${kit.url}/auth/sign-out`, 'POST', headers);
      expect(codeOf(answer), Authorization).to.equal('cross_site_request');
    }
  });
});
