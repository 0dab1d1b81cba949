import { expect } from 'chai';
import express, { type ErrorRequestHandler } from 'express';
import { PROBLEMS } from '../../src/shared/problem.ts';
import { atLeast } from '../support/at-least.ts';
import { expectProblem, type Kit, startKit } from '../support/helpers.ts';
import { type RawAnswer, sendRaw } from '../support/raw-http.ts';
import { SAMPLE_REQUESTS, type SampleRequest } from '../support/requests.ts';

const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'TRACE', 'PROPFIND', 'QUERY'];
const PATHS = atLeast(20, [...new Set(SAMPLE_REQUESTS.map(({ path }) => path))]);

let kit: Kit;
/** Errors that reached the app's error handler: each is a bug of the kit. */
const errors: unknown[] = [];
before(async () => {
  kit = await startKit({
    pool: { limits: false },
    app: (auth) => {
      const keepError: ErrorRequestHandler = (error, _req, res, _next) => {
        errors.push(error);
        res.status(599).end();
      };
      return express().use('/auth', auth).use(keepError);
    },
  });
});
afterEach(() => expect(errors).to.deep.equal([]));

/** Returns the answer to a raw request line. Throws if the server closes the connection without an answer. */
async function answerTo(method: string, path: string): Promise<RawAnswer> {
  const answer = await sendRaw(kit.url, `${method} ${path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`);
  if (answer) return answer;
  throw new Error(`The connection was closed without an answer to ${method} ${path.slice(0, 60)}`);
}

describe('The method of a request', () => {
  for (const path of PATHS) {
    it(`is refused with 405 and Allow if no endpoint at ${path} has it`, async () => {
      const allowed = SAMPLE_REQUESTS.filter((request) => request.path === path).flatMap(({ method }) =>
        method === 'get' ? ['GET', 'HEAD'] : [method.toUpperCase()],
      );
      for (const method of METHODS) {
        if (allowed.includes(method)) continue;
        const { status, headers, body } = await answerTo(method, path);
        expect(status, `${method} ${body}`).to.equal(405);
        expect(headers.allow).to.equal([...new Set(allowed)].join(', '));
        expect(headers['content-type']).to.equal('application/problem+json; charset=utf-8');
        if (method !== 'HEAD') expect(body).to.include('"code":"method_not_allowed"');
      }
    });
  }

  it('can be HEAD instead of GET', async () => {
    const answer = await kit.request.head('/auth/health');
    expect([answer.status, answer.text ?? '']).to.deep.equal([200, '']);
    expect((await kit.request.head('/auth/me')).status).to.equal(401);
  });

  it('can be OPTIONS, which is answered with Allow', async () => {
    const answer = await kit.request.options('/auth/sign-in');
    expect(answer.status).to.equal(200);
    expect(answer.headers.allow).to.equal('POST');
  });

  it('is refused by Node with 400 if HTTP does not define it', async () => {
    for (const method of ['FOO', 'get', 'POST\0', 'P OST']) {
      expect((await answerTo(method, '/auth/sign-in')).status, method).to.equal(400);
    }
  });

  it('closes the connection without an answer if it is CONNECT, and the server continues', async () => {
    expect(await sendRaw(kit.url, 'CONNECT /auth/sign-in HTTP/1.1\r\nHost: x\r\n\r\n')).to.equal(undefined);
    expect((await kit.get('/health')).status).to.equal(200);
  });
});

describe('The path of a request', () => {
  for (const path of [
    '/auth/%',
    '/auth/%zz',
    '/auth/%ff%fe',
    '/auth/sign-in%',
    '/auth/sign-in%00',
    '/auth/sign-in/%2e%2e/%',
    '/auth/../../etc/passwd',
    '/auth//sign-in',
    '//auth/sign-in',
    '/auth/sign-in;a=b',
    '/auth/__proto__',
    '/auth/constructor',
    '/auth/sign-in?%',
    '/auth/me?a[__proto__][b]=c&a[]=1&a[b]=2',
    '/auth/me?%ff=%fe',
    '/auth/\xff\xfe',
    `/auth/${'x'.repeat(12_000)}`,
    `/auth/me?${'a=b&'.repeat(3000)}`,
    `/auth/me?${'a['.repeat(3000)}`,
    'http://elsewhere.example/auth/health',
    '*',
    '/auth/sign-in#fragment',
  ]) {
    it(`does not cause a server error if it is ${JSON.stringify(path).slice(0, 60)}`, async () => {
      for (const method of ['GET', 'POST']) {
        const { status, body } = await answerTo(method, path);
        expect(status, body).to.be.below(500);
      }
    });
  }

  for (const path of ['/auth/me/attributes/%', '/auth/me/attributes/%E0%A4', '/auth/sessions/%ff']) {
    it(`is refused as invalid_request if its parameter cannot be decoded, as in ${path}`, async () => {
      const answer = await kit.request.delete(path);
      expectProblem(answer, 'invalid_request');
    });
  }

  it('is refused by Node with 431 if it is too long', async () => {
    expect((await answerTo('GET', `/auth/health?${'x'.repeat(20_000)}`)).status).to.equal(431);
  });

  it('matches in any case, with a trailing slash and with a query', async () => {
    for (const path of ['/auth/health', '/auth/health/', '/AUTH/Health', '/auth/health?a=b']) {
      expect((await kit.request.get(path)).status).to.equal(200);
    }
  });
});

/** Returns a seeded pseudorandom number generator (mulberry32). */
function createRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

const NASTY: readonly unknown[] = [
  null,
  true,
  0,
  -0,
  1e308,
  -1,
  '',
  ' ',
  '\0',
  '\ud800',
  '\udfff\ud800',
  '\ufeff',
  '\u202e',
  '\u{1f469}\u200d\u{1f4bb}',
  'e\u0301'.repeat(200),
  '\u0130\u0131\u00df\ufb03',
  'x'.repeat(3000),
  '\u{10ffff}'.repeat(300),
  "'; DROP TABLE users; --",
  '<script>alert(1)</script>',
  // biome-ignore lint/suspicious/noTemplateCurlyInString: the text that an attacker sends
  '${jndi:ldap://x}',
  '../../etc/passwd',
  '%s%n%x',
  '{"a":1}',
  'true',
  '1e999',
  '+14155550123',
  'ada@example.com',
  'a@b',
  '"a b"@example.com',
  'ada@[127.0.0.1]',
  `${'a'.repeat(64)}@${'b'.repeat(63)}.example`,
  '123456',
  '\uff11\uff12\uff13\uff14\uff15\uff16',
  '__proto__',
  [],
  {},
  [[]],
  [null],
  { toString: null },
  { length: 7 },
  { constructor: { prototype: { admin: true } } },
];

const NAMES = [
  'email',
  'phoneNumber',
  'username',
  'password',
  'newPassword',
  'oldPassword',
  'confirmationCode',
  'session',
  'name',
  'attributes',
  'refreshToken',
  'everywhere',
  '__proto__',
  'constructor',
  'toString',
  'then',
  'email_verified',
  '',
  '\0',
  '\ud800',
  'x'.repeat(500),
];

const TYPES = [
  'application/json',
  'application/json',
  'application/json',
  'application/json; charset=utf-8',
  'text/plain',
  '',
  'a/b; c',
];

describe('A random request to any endpoint', () => {
  const seed = Number(process.env.FUZZ_SEED ?? 20_261_123);

  it(`is answered 200 or with a 4xx problem (seed ${seed})`, async () => {
    const random = createRandom(seed);
    const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)] as T;
    const { username } = kit.pool.addUser({ username: 'fuzz@example.com', password: 'Correct-horse-7' });
    const { accessToken, idToken, refreshToken } = kit.pool.tokensFor(username);

    const value = (depth = 0): unknown => {
      const kind = random();
      if (kind < 0.6 || depth > 6) return pick(NASTY);
      if (kind < 0.7) return pick([accessToken, idToken, refreshToken]);
      if (kind < 0.85) return Array.from({ length: Math.floor(random() * 4) }, () => value(depth + 1));
      return members(Math.floor(random() * 4), depth + 1);
    };
    const members = (count: number, depth: number): object =>
      Object.fromEntries(Array.from({ length: count }, () => [pick(NAMES), value(depth)]));
    const mutated = (text: string): string => {
      const at = Math.floor(random() * text.length);
      const middle = pick([
        '',
        '\0',
        '"',
        '\\',
        '{',
        '}',
        '\\ud800',
        ',',
        '\u00ff',
        '[[[[[[[[',
        '1e999',
        '//',
      ]);
      return text.slice(0, at) + middle + text.slice(at + Math.floor(random() * 3));
    };
    const bodyOf = ({ body = {} }: SampleRequest): string | Uint8Array => {
      const kind = random();
      if (kind < 0.45) return JSON.stringify({ ...body, [pick(NAMES)]: value() });
      if (kind < 0.55) {
        const changed: Record<string, unknown> = { ...body };
        delete changed[pick(Object.keys(changed).concat('none'))];
        return JSON.stringify({ ...changed, ...members(2, 0) });
      }
      if (kind < 0.7) return mutated(JSON.stringify(body));
      if (kind < 0.8) return JSON.stringify(value());
      if (kind < 0.9) return JSON.stringify(members(Math.floor(random() * 30), 0));
      return Uint8Array.from({ length: Math.floor(random() * 200) }, () => Math.floor(random() * 256));
    };
    const authorization = (): Record<string, string> => {
      const kind = random();
      if (kind < 0.4) return {};
      if (kind < 0.7) return { Authorization: `Bearer ${accessToken}` };
      const parts = accessToken.split('.');
      parts[Math.floor(random() * 3)] = pick([
        '',
        'e30',
        'eyJhbGciOiJub25lIn0',
        idToken.split('.')[1] ?? '',
        'a'.repeat(9000),
      ]);
      return {
        Authorization:
          pick(['Bearer ', 'bearer  ', 'Basic ', '']) +
          pick([parts.join('.'), mutated(accessToken)]).replace(/[^\x21-\x7e]/g, ''),
      };
    };

    const send = async (sample: SampleRequest): Promise<void> => {
      const method =
        random() < 0.9
          ? sample.method.toUpperCase()
          : pick(['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'HEAD']);
      const withBody = method !== 'GET' && method !== 'HEAD';
      const init = {
        method,
        headers: { ...authorization(), ...(withBody && { 'Content-Type': pick(TYPES) }) },
        ...(withBody && { body: bodyOf(sample) }),
      };
      const response = await fetch(`${kit.url}${sample.path}${pick(['', '', '?a=b', '?%', '/'])}`, {
        ...init,
        signal: AbortSignal.timeout(5000),
      });
      const text = await response.text();
      const context = `${sample.title}: ${JSON.stringify(init).slice(0, 2000)} was answered ${response.status} ${text}`;
      if (response.status === 200) return;
      expect(response.status, context).to.be.within(400, 499);
      expect(response.headers.get('content-type'), context).to.equal(
        'application/problem+json; charset=utf-8',
      );
      if (method !== 'HEAD') {
        const { code, status } = JSON.parse(text);
        expect(PROBLEMS, context).to.have.property(code);
        expect(status, context).to.equal(response.status);
      }
    };

    const until = performance.now() + Number(process.env.FUZZ_MS ?? 3000);
    let sent = 0;
    const samples = SAMPLE_REQUESTS.filter(({ endpoint }) => endpoint.name !== 'openapi');
    while (sent < 200 || (sent < 2000 && performance.now() < until)) {
      const batch = Array.from({ length: 20 }, () => pick(samples));
      await Promise.all(batch.map(send));
      sent += batch.length;
    }
    expect((await kit.get('/health')).status).to.equal(200);
  });
});
