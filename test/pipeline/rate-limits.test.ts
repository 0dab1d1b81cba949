import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect } from 'chai';
import express, { type Request, type Response } from 'express';
import type { ClientRateLimitInfo, Store } from 'express-rate-limit';
import { RATE_LIMIT_CLASSES, type RateLimitClass } from '../../src/config/endpoint-names.ts';
import type { AuthEvent } from '../../src/config/events.ts';
import type { Config, RateLimitsConfig } from '../../src/config/options.ts';
import { DEFAULT_RATE_LIMITS, parseConfig } from '../../src/config/settings.ts';
import { ENDPOINTS } from '../../src/endpoints/table.ts';
import type { RateLimitListener } from '../../src/pipeline/limiter.ts';
import { MemoryStore } from '../../src/pipeline/memory-store.ts';
import { createRateLimits, type RequestLimits } from '../../src/pipeline/rate-limits.ts';
import { foldName } from '../../src/shared/fold-name.ts';
import type { Problem } from '../../src/shared/problem.ts';
import { atLeast } from '../support/at-least.ts';
import { expectProblem, expectStatus, type Kit, PASSWORD, startKit } from '../support/helpers.ts';
import { captureLog } from '../support/log-capture.ts';

const POOL = { userPoolId: 'us-east-1_AbCdEfGhI', clientId: 'abc' };
const SECRET = 'a secret for every instance';
const SESSION = 'AYABeC1-a-session-of-the-pool_0123456789';

/** A stubbed Cognito client of a user pool without users, for speed. */
const EMPTY_POOL = {
  send: async () => {
    throw Object.assign(new Error('Incorrect username or password.'), { name: 'NotAuthorizedException' });
  },
} as never;

const few = (limit = 3) => ({ limit, windowMs: 60_000 });
const all = (limit: number) =>
  Object.fromEntries(RATE_LIMIT_CLASSES.map((name) => [name, few(limit)])) as Record<
    RateLimitClass,
    ReturnType<typeof few>
  >;

function startLimited(
  rateLimits: RateLimitsConfig | false,
  config: Config = {},
  trust?: unknown,
): Promise<Kit> {
  return startKit({
    config: { cognitoClient: EMPTY_POOL, ...config, rateLimits },
    app: (auth) => {
      const app = express();
      if (trust !== undefined) app.set('trust proxy', trust);
      return app.use('/auth', auth);
    },
  });
}

/** The rate limits without a server. */
function limitsOf(rateLimits: RateLimitsConfig | false = {}, listener: Partial<RateLimitListener> = {}) {
  const silent = { hit: () => undefined, storeFailed: () => undefined, misused: () => undefined };
  const limits = createRateLimits(parseConfig({ ...POOL, rateLimits }, {}), { ...silent, ...listener });
  const from = (ip: string): [Request, Response] => [
    { ip, headers: {}, app: { get: () => false } } as unknown as Request,
    { headersSent: false, append: () => undefined, setHeader: () => undefined } as unknown as Response,
  ];
  const count = (ip: string, add: (counts: RequestLimits) => void): Promise<Problem | undefined> => {
    const counts = limits.of('signIn', ...from(ip));
    add(counts);
    return counts.count();
  };
  return {
    address: (ip: string, limitClass: RateLimitClass = 'signIn') =>
      limits.of('signIn', ...from(ip)).countAddress(limitClass),
    account: (name: string, limitClass: RateLimitClass = 'signIn') =>
      count('192.0.2.1', (counts) => counts.addAccounts(limitClass, [name])),
    attempt: (session: string) => count('192.0.2.1', (counts) => counts.addAttempt(session)),
    close: () => limits.close(),
  };
}

/** Counts the calls that are not refused. */
async function allowed(calls: Iterable<() => Promise<Problem | undefined>>): Promise<number> {
  let count = 0;
  for (const call of calls) if ((await call()) === undefined) count++;
  return count;
}

const times = <T>(count: number, make: (index: number) => T): T[] =>
  Array.from({ length: count }, (_, index) => make(index));

describe('The default rate limits', () => {
  const expected = {
    signIn: { address: 100, account: 10 },
    code: { address: 50, account: 5 },
    write: { address: 120, account: 30 },
    read: { address: 300, account: 120 },
  };
  for (const limitClass of RATE_LIMIT_CLASSES) {
    it(`allow ${expected[limitClass].address} requests of class ${limitClass} from one address`, async () => {
      const { address } = limitsOf();
      const tries = times(400, () => () => address('192.0.2.7', limitClass));
      expect(await allowed(tries)).to.equal(expected[limitClass].address);
      expect(await address('192.0.2.8', limitClass)).to.equal(undefined);
    });

    it(`allow ${expected[limitClass].account} requests of class ${limitClass} for one account`, async () => {
      const { account } = limitsOf();
      const tries = times(400, () => () => account('ada@example.com', limitClass));
      expect(await allowed(tries)).to.equal(expected[limitClass].account);
      expect(await account('eve@example.com', limitClass)).to.equal(undefined);
    });
  }

  it('are the values of DEFAULT_RATE_LIMITS', () => {
    expect(Object.keys(expected)).to.have.members(RATE_LIMIT_CLASSES);
    for (const limitClass of RATE_LIMIT_CLASSES) {
      expect(DEFAULT_RATE_LIMITS.address[limitClass].limit).to.equal(expected[limitClass].address);
      expect(DEFAULT_RATE_LIMITS.account[limitClass].limit).to.equal(expected[limitClass].account);
    }
  });

  it('apply to every endpoint but health', () => {
    for (const { name, rateLimit } of atLeast(30, ENDPOINTS))
      expect(rateLimit !== undefined, name).to.equal(name !== 'health');
  });

  it('allow five answers to one challenge', async () => {
    const { attempt } = limitsOf();
    expect(await allowed(times(9, () => () => attempt(SESSION)))).to.equal(5);
  });
});

describe('A configured rate limit', () => {
  const requests: Readonly<
    Record<RateLimitClass, (kit: Kit, index: number, token: string) => Promise<{ status: number }>>
  > = {
    signIn: async (kit, i) => kit.post('/sign-in', { email: `u${i}@example.com`, password: PASSWORD }),
    code: async (kit, i) => kit.post('/forgot-password', { email: `u${i}@example.com` }),
    write: async (kit, _i, token) => kit.post('/sign-out', { everywhere: true }, token),
    read: async (kit, _i, token) => kit.get('/me', token),
  };
  for (const limitClass of RATE_LIMIT_CLASSES) {
    for (const kind of ['address', 'account'] as const) {
      it(`of class ${limitClass} by ${kind} refuses further requests with 429`, async () => {
        const other = kind === 'address' ? 'account' : 'address';
        const kit = await startLimited({ [kind]: { [limitClass]: few(3) }, [other]: all(1000) });
        const { username } = kit.pool.addUser({ username: 'ada@example.com', password: PASSWORD });
        const { accessToken } = kit.pool.tokensFor(username);
        const statuses: number[] = [];
        for (let i = 0; i < 5; i++) {
          const account = kind === 'account' ? 0 : i;
          statuses.push((await requests[limitClass](kit, account, accessToken)).status);
        }
        expect(statuses.map((status) => status === 429)).to.deep.equal([false, false, false, true, true]);
      });
    }
  }

  it('resets at the end of its window', async () => {
    const { account } = limitsOf({ account: { signIn: { limit: 1, windowMs: 1000 } } });
    expect(await account('ada')).to.equal(undefined);
    const refused = await account('ada');
    expect(refused).to.have.property('code', 'rate_limited');
    expect(refused?.headers).to.deep.equal({ 'Retry-After': '1' });
    await new Promise((resolve) => setTimeout(resolve, 1050));
    expect(await account('ada')).to.equal(undefined);
  });

  it('counts each endpoint separately', async () => {
    const kit = await startLimited({ account: { code: few(1) } });
    const email = 'ada@example.com';
    expectStatus(await kit.post('/forgot-password', { email }), 200);
    expectProblem(await kit.post('/forgot-password', { email }), 'rate_limited');
    expectStatus(await kit.post('/resend-confirmation-code', { email }), 200);
  });

  it('by account does not count an invalid body', async () => {
    const kit = await startLimited({ account: { signIn: few(1) } });
    for (let i = 0; i < 5; i++) {
      expectProblem(await kit.post('/sign-in', { email: 'ada@example.com' }), 'validation_failed');
    }
    expectProblem(
      await kit.post('/sign-in', { email: 'ada@example.com', password: PASSWORD }),
      'invalid_credentials',
    );
  });

  it('by address counts an invalid body', async () => {
    const kit = await startLimited({ address: { signIn: few(2) } });
    expectProblem(await kit.post('/sign-in', {}), 'validation_failed');
    expectProblem(await kit.request.post('/auth/sign-in').type('text').send('x'), 'unsupported_media_type');
    expectProblem(
      await kit.post('/sign-in', { email: 'ada@example.com', password: PASSWORD }),
      'rate_limited',
    );
  });

  it('by account answers the same for existing and unknown accounts', async () => {
    const kit = await startKit({ config: { rateLimits: { account: { signIn: few(3) } } } });
    kit.pool.addUser({ username: 'ada@example.com', password: PASSWORD });
    for (const email of ['ada@example.com', 'nobody@example.com']) {
      for (let i = 0; i < 3; i++) {
        expectProblem(await kit.post('/sign-in', { email, password: 'Wrong-pass-1' }), 'invalid_credentials');
      }
      const refused = expectProblem(
        await kit.post('/sign-in', { email, password: PASSWORD }),
        'rate_limited',
      );
      expect(refused.headers['retry-after']).to.equal('60');
      expect(Object.keys(refused.headers).filter((name) => /limit-account/.test(name))).to.deep.equal([]);
    }
  });
});

/** Spellings of a name that a user pool, a mail server or a reader can take for the same name. */
function spellings(name: string): string[] {
  const wide = name.replace(/[!-~]/g, (letter) => String.fromCodePoint(letter.charCodeAt(0) + 0xfee0));
  const alternating = [...name].map((letter, i) => (i % 2 ? letter.toUpperCase() : letter)).join('');
  const invisible =
    '\u200b \u200c \u200d \u2060 \ufeff \u00ad \u034f \u061c \u115f \u17b4 \u180e \u2061 \u2064 \u206a \u3164 \ufe0f \uffa0 \u{e0001} \u{e0100}'.split(
      ' ',
    );
  const blanks = [
    ' ',
    '\t',
    '\n',
    '\r\n',
    '\u000b',
    '\f',
    '\u00a0',
    '\u2003',
    '\u2009',
    '\u202f',
    '\u205f',
    '\u3000',
    '\u2028',
    '\u2029',
  ];
  return [
    name,
    name.toUpperCase(),
    name.charAt(0).toUpperCase() + name.slice(1),
    alternating,
    wide,
    wide.toUpperCase(),
    name.normalize('NFD'),
    name.normalize('NFD').toUpperCase(),
    name.normalize('NFKD'),
    name.replace('@', '\ufe6b'),
    name.replace('@', '\uff20'),
    name.replace('.', '\uff0e'),
    name.replace('.', '\u2024'),
    name.replace('s', '\u017f'),
    name.replace('k', '\u212a'),
    name.replace('1', '\u00b9'),
    name.replace('1', '\u2460'),
    name.replace('a', '\u{1d41a}'),
    name.replace('e', '\u2147'),
    ...invisible.flatMap((mark) => [name.slice(0, 2) + mark + name.slice(2), mark + name]),
    ...blanks.flatMap((blank) => [`${blank}${name}`, `${name}${blank}`]),
  ];
}

describe('The rate limit of an account', () => {
  it('is shared by all spellings of its name', async () => {
    for (const name of [
      'jos\u00e9.kirk1@shop.example.com',
      'stra\u00dfe',
      '\u03bf\u03b4\u03cc\u03c2',
      'user1.ask@e.com',
    ]) {
      const written = [...new Set(spellings(name))];
      expect(written.length).to.be.above(50);
      const { account } = limitsOf({ account: { signIn: few(5) } });
      expect(await allowed(written.map((spelling) => () => account(spelling)))).to.equal(5);
    }
  });

  it('is shared by a character and its compatibility form of a space and a combining mark', () => {
    expect(foldName('ad\u00a8a')).to.equal(foldName('ad \u0308a'));
  });

  it('is shared by all spellings of its name over HTTP', async () => {
    const kit = await startLimited({ account: { signIn: few(5) }, address: all(1000) });
    const statuses: number[] = [];
    for (const email of new Set(spellings('jos\u00e9.kirk1@shop.example.com'))) {
      statuses.push((await kit.post('/sign-in', { email, password: PASSWORD })).status);
    }
    expect(statuses.filter((status) => status === 401)).to.have.lengthOf(5);
    expect(statuses.filter((status) => status === 429)).to.have.lengthOf.above(15);
    expect(statuses.every((status) => [400, 401, 429].includes(status))).to.equal(true);
  });

  it('is not shared with another account', async () => {
    const names = [
      'ada',
      'ada1',
      'ada.',
      'a.da',
      'ada@example.com',
      'ada+1@example.com',
      'ad\u00e1',
      'ada\u0327',
      '\u0430da',
      '@da',
      'ada@example.org',
      'ada@sub.example.com',
      '192.0.2.1',
      '+14155550123',
      '14155550123',
      'signIn ada',
    ];
    expect(new Set(names.map(foldName)).size).to.equal(names.length);
    const { account } = limitsOf({ account: { signIn: few(1) } });
    expect(await allowed(names.map((name) => () => account(name)))).to.equal(names.length);
  });

  it('is shared by all spellings of its phone number', async () => {
    const kit = await startLimited({ account: { signIn: few(1) } }, { signInWith: 'phoneNumber' });
    const send = (phoneNumber: string) => kit.post('/sign-in', { phoneNumber, password: PASSWORD });
    expectProblem(await send('+14155550123'), 'invalid_credentials');
    for (const spelling of ['+1 415 555 0123', ' +1(415)555-0123', '+1.415.555.0123']) {
      expectProblem(await send(spelling), 'rate_limited');
    }
    expectProblem(await send('+14155550124'), 'invalid_credentials');
  });
});

describe('The rate limit of a sign-up', () => {
  const configs = {
    phoneNumber: { phoneNumber: '+14155550123' },
    username: { phoneNumber: '+14155550123', username: 'ada' },
  } as const;
  for (const signInWith of ['phoneNumber', 'username'] as const) {
    it(`counts the phone number besides other names if signInWith is '${signInWith}'`, async () => {
      const kit = await startLimited({ account: { code: few(3) } }, { signInWith });
      const statuses: number[] = [];
      for (let i = 0; i < 6; i++) {
        const fresh = signInWith === 'username' ? { username: `user-${i}` } : {};
        const body = { ...configs[signInWith], ...fresh, email: `user-${i}@example.com`, password: PASSWORD };
        statuses.push((await kit.post('/sign-up', body)).status);
      }
      expect(statuses.map((status) => status === 429)).to.deep.equal([false, false, false, true, true, true]);
    });
  }

  it('counts an e-mail address in the attributes too', async () => {
    const kit = await startLimited({ account: { code: few(2) } }, { signInWith: 'username' });
    const statuses: number[] = [];
    for (let i = 0; i < 3; i++) {
      const attributes = { email: 'ada@example.com' };
      statuses.push(
        (await kit.post('/sign-up', { username: `user-${i}`, password: PASSWORD, attributes })).status,
      );
    }
    expect(statuses.map((status) => status === 429)).to.deep.equal([false, false, true]);
  });

  it('counts a name once if the body has it twice', async () => {
    const kit = await startLimited({ account: { code: few(1) } }, { signInWith: 'username' });
    const name = 'ada@example.com';
    expect((await kit.post('/sign-up', { username: name, email: name, password: PASSWORD })).status).to.equal(
      400,
    );
    expectProblem(await kit.post('/sign-up', { username: name, password: PASSWORD }), 'rate_limited');
  });
});

describe('The address of a client', () => {
  const allowedFrom = async (forwarded: readonly string[], trust?: unknown): Promise<number> => {
    const kit = await startLimited({ address: { read: few(2) } }, {}, trust);
    let through = 0;
    for (const address of forwarded) {
      const response = await kit.get('/me').set('X-Forwarded-For', address);
      if (response.status !== 429) through++;
    }
    return through;
  };

  it('is not taken from X-Forwarded-For if no proxy is trusted', async () => {
    const forged = times(6, (i) => `198.51.100.${i}`);
    expect(await allowedFrom(forged)).to.equal(2);
    expect(await allowedFrom(forged, false)).to.equal(2);
    expect(await allowedFrom(forged, 0)).to.equal(2);
    expect(await allowedFrom(forged, '10.0.0.0/8')).to.equal(2);
  });

  it('is taken from X-Forwarded-For if a proxy is trusted', async () => {
    expect(
      await allowedFrom(
        times(6, (i) => `198.51.100.${i}`),
        1,
      ),
    ).to.equal(6);
    expect(
      await allowedFrom(
        times(6, (i) => `198.51.100.${i}`),
        'loopback',
      ),
    ).to.equal(6);
    // A proxy appends to the right of the entries that the client sent.
    expect(
      await allowedFrom(
        times(6, (i) => `198.51.100.${i}, 203.0.113.5`),
        1,
      ),
    ).to.equal(2);
  });

  it('is not taken from other headers', async () => {
    const kit = await startLimited({ address: { read: few(2) } }, {}, 1);
    const statuses: number[] = [];
    for (let i = 0; i < 4; i++) {
      const headers = {
        'X-Real-IP': `198.51.100.${i}`,
        Forwarded: `for=198.51.100.${i}`,
        'CF-Connecting-IP': `198.51.100.${i}`,
      };
      statuses.push((await kit.get('/me').set(headers)).status);
    }
    expect(statuses).to.deep.equal([401, 401, 429, 429]);
  });

  it('counts as its /56 network if it is IPv6', async () => {
    const network = times(256, (i) => `2001:db8:1:${i.toString(16)}::${i + 1}`);
    const { address } = limitsOf({ address: { signIn: few(2) } });
    expect(await allowed(network.map((ip) => () => address(ip)))).to.equal(2);
    expect(await address('2001:db8:1:100::1')).to.equal(undefined);
    expect(await address('2001:db8:2:1::1')).to.equal(undefined);
  });

  it('counts as one address in every notation', async () => {
    for (const same of [
      [
        '192.0.2.9',
        '::ffff:192.0.2.9',
        '::ffff:c000:209',
        '0:0:0:0:0:ffff:192.0.2.9',
        '192.0.2.9:443',
        '[::ffff:192.0.2.9]:80',
      ],
      [
        '2001:db8::1',
        '2001:DB8::1',
        '2001:0db8:0:0::1',
        '[2001:db8::1]:443',
        '[2001:db8::1]',
        '2001:db8::1%eth0',
      ],
    ]) {
      const { address } = limitsOf({ address: { signIn: few(1) } });
      expect(await allowed(same.map((ip) => () => address(ip)))).to.equal(1);
    }
  });

  it('counts together with all other invalid addresses if it is invalid', async () => {
    const { address } = limitsOf({ address: { signIn: few(2) } });
    const invalid = [
      '',
      'unknown',
      '_hidden',
      'x'.repeat(9000),
      '1.2.3',
      '999.1.1.1',
      '::g',
      '\u0661',
      'fe80::1%',
    ];
    expect(await allowed(invalid.map((ip) => () => address(ip)))).to.equal(2);
  });
});

describe('The rate limit headers', () => {
  it('state the limit of the address and the remaining requests', async () => {
    const kit = await startLimited({ address: { signIn: { limit: 7, windowMs: 90_000 } } });
    const response = await kit.post('/sign-in', { email: 'ada@example.com', password: PASSWORD });
    expect(response.headers.ratelimit).to.match(/^"signIn-address"; r=6; t=(90|8\d)$/);
    expect(response.headers['ratelimit-policy']).to.match(/^"signIn-address"; q=7; w=90; pk=:[\w+/=]+:$/);
    expect(response.headers).to.not.have.property('retry-after');
    expect(Object.keys(response.headers).filter((name) => name.startsWith('x-ratelimit'))).to.deep.equal([]);
  });

  it('state with Retry-After when a refused client can retry', async () => {
    const kit = await startLimited({ address: { signIn: { limit: 1, windowMs: 90_000 } } });
    const send = () => kit.post('/sign-in', { email: 'ada@example.com', password: PASSWORD });
    await send();
    const refused = expectProblem(await send(), 'rate_limited');
    expect(Number(refused.headers['retry-after'])).to.be.within(80, 90);
    expect(refused.headers.ratelimit).to.match(/^"signIn-address"; r=0; t=(90|8\d)$/);
  });

  it('do not reveal the limit of an account', async () => {
    const kit = await startLimited({ account: { signIn: few(5) } });
    const response = await kit.post('/sign-in', { email: 'ada@example.com', password: PASSWORD });
    expect(JSON.stringify(response.headers)).to.not.include('account').and.not.include('attempts');
  });

  it('are absent if rate limits are disabled', async () => {
    const kit = await startLimited(false);
    const response = await kit.post('/sign-in', { email: 'ada@example.com', password: PASSWORD });
    expect(Object.keys(response.headers).filter((name) => /ratelimit|retry/.test(name))).to.deep.equal([]);
    expectStatus(await kit.get('/health'), 200);
  });
});

/** A store whose counters a test can read. */
class SharedStore implements Store {
  readonly hits = new Map<string, number>();
  readonly prefix: string;
  windowMs: number | undefined;
  stopped = 0;

  constructor({ prefix }: { prefix: string }) {
    this.prefix = prefix;
  }

  init({ windowMs }: { windowMs: number }): void {
    this.windowMs = windowMs;
  }

  async increment(key: string): Promise<ClientRateLimitInfo> {
    const totalHits = (this.hits.get(key) ?? 0) + 1;
    this.hits.set(key, totalHits);
    return { totalHits, resetTime: new Date(Date.now() + 60_000) };
  }

  decrement(): void {}
  resetKey(): void {}

  shutdown(): void {
    this.stopped++;
  }
}

describe('A custom rate limit store', () => {
  const stores = new Map<string, SharedStore>();
  const made: { prefix: string; windowMs: number }[] = [];
  const store = (limiter: { prefix: string; windowMs: number }): Store => {
    made.push(limiter);
    const shared = new SharedStore(limiter);
    stores.set(limiter.prefix, shared);
    return shared;
  };
  let kit: Kit;
  before(async () => {
    kit = await startLimited({ store, secret: SECRET });
    await kit.post('/sign-in', { email: 'ada@example.com', password: PASSWORD });
    await kit.post('/forgot-password', { email: 'ADA@example.com' });
    await kit.post('/challenge', {
      name: 'SOFTWARE_TOKEN_MFA',
      session: SESSION,
      username: 'ada',
      confirmationCode: '123456',
    });
  });

  it('is created for each limiter, with its own prefix and window', () => {
    const prefixes = RATE_LIMIT_CLASSES.flatMap((name) => [`${name}-address:`, `${name}-account:`]);
    expect([...stores.keys()]).to.have.members([...prefixes, 'challenge-attempts:']);
    expect(made).to.have.lengthOf(stores.size);
    for (const { prefix, windowMs } of made) expect(stores.get(prefix)?.windowMs, prefix).to.equal(windowMs);
  });

  it('counts the requests', () => {
    expect([...(stores.get('signIn-account:')?.hits.values() ?? [])]).to.deep.equal([1, 1]);
    expect([...(stores.get('code-account:')?.hits.values() ?? [])]).to.deep.equal([1]);
    expect([...(stores.get('challenge-attempts:')?.hits.values() ?? [])]).to.deep.equal([1]);
  });

  it('stores no e-mail address, name, challenge session or client address', () => {
    const keys = [...stores.values()].flatMap(({ hits }) => [...hits.keys()]);
    expect(keys).to.have.lengthOf.above(5);
    for (const key of keys) expect(key).to.match(/^[\w-]{43}$/);
    const joined = keys.join('\n');
    for (const known of ['example', '127.0.0.1', SESSION]) expect(joined).to.not.include(known);
    expect(new Set(keys).size).to.equal(keys.length);
  });

  it('gets the same keys on every instance with the same secret, and other keys with another secret', async () => {
    const keysWith = async (secret: string): Promise<string[]> => {
      const own: SharedStore[] = [];
      const make = (limiter: { prefix: string }): Store => {
        const shared = new SharedStore(limiter);
        own.push(shared);
        return shared;
      };
      await limitsOf({ store: make, secret }).account('ada@example.com');
      return own.flatMap(({ hits }) => [...hits.keys()]);
    };
    expect(await keysWith(SECRET)).to.deep.equal(await keysWith(SECRET));
    expect(await keysWith(SECRET)).to.not.deep.equal(await keysWith(`${SECRET}!`));
  });

  it('is shut down with the router', async () => {
    await kit.auth.close();
    await new Promise((resolve) => setImmediate(resolve));
    for (const { stopped } of atLeast(9, [...stores.values()])) expect(stopped).to.equal(1);
  });

  it('does not break closing if its shutdown fails', async () => {
    for (const shutdown of [
      () => Promise.reject(new Error('gone')),
      () => {
        throw new Error('gone');
      },
    ]) {
      const make = (limiter: { prefix: string }) => Object.assign(new SharedStore(limiter), { shutdown });
      limitsOf({ store: make, secret: SECRET }).close();
      await new Promise((resolve) => setImmediate(resolve));
    }
  });
});

describe('An unavailable rate limit store', () => {
  const faults: Readonly<Record<string, () => unknown>> = {
    rejects: () => Promise.reject(new Error('ECONNREFUSED')),
    'rejects with undefined': () => Promise.reject(),
    throws: () => {
      throw new Error('ECONNREFUSED');
    },
    hangs: () => new Promise(() => undefined),
    'returns undefined': () => undefined,
    'returns a word as the count': async () => ({ totalHits: 'many', resetTime: new Date() }),
    'returns NaN as the count': async () => ({ totalHits: Number.NaN, resetTime: undefined }),
    'returns 0 as the count': () => ({ totalHits: 0, resetTime: undefined }),
    'returns a fraction as the count': () => ({ totalHits: 1.5, resetTime: undefined }),
    'returns the count as a string': () => ({ totalHits: '1', resetTime: undefined }),
    'returns null': () => null,
    'returns a number as the reset time': () => ({ totalHits: 1, resetTime: 60_000 }),
    'returns an invalid date as the reset time': () => ({
      totalHits: 1,
      resetTime: new Date('soon'),
    }),
  };
  for (const [fault, increment] of Object.entries(faults)) {
    it(`refuses only sign-ins, codes and challenge answers if it ${fault}`, async () => {
      const failed: string[] = [];
      const store = (limiter: { prefix: string }): Store =>
        Object.assign(new SharedStore(limiter), { increment }) as never;
      const limits = limitsOf({ store, secret: SECRET }, { storeFailed: (name) => failed.push(name) });
      const [signIn, code, write, read, attempt] = await Promise.all([
        limits.account('ada', 'signIn'),
        limits.address('192.0.2.1', 'code'),
        limits.account('ada', 'write'),
        limits.address('192.0.2.1', 'read'),
        limits.attempt(SESSION),
      ]);
      for (const refused of [signIn, code, attempt]) expect(refused?.code).to.equal('store_unavailable');
      expect([write, read]).to.deep.equal([undefined, undefined]);
      expect(failed).to.have.members([
        'signIn-account',
        'code-address',
        'write-account',
        'read-address',
        'challenge-attempts',
      ]);
    });
  }

  for (const onUnavailable of ['allow', 'deny'] as const) {
    it(`${onUnavailable === 'deny' ? 'refuses' : 'allows'} every request if onUnavailable is '${onUnavailable}'`, async () => {
      const log = captureLog();
      const events: AuthEvent[] = [];
      const down = (limiter: { prefix: string }): Store =>
        Object.assign(new SharedStore(limiter), { increment: faults.rejects }) as never;
      const kit = await startLimited(
        { store: down, secret: SECRET, onUnavailable },
        { logger: log.logger, onEvent: (event) => void events.push(event) },
      );
      const signIn = await kit.post('/sign-in', { email: 'ada@example.com', password: PASSWORD });
      const me = await kit.get('/me');
      if (onUnavailable === 'deny') {
        expectProblem(signIn, 'store_unavailable');
        expectProblem(me, 'store_unavailable');
      } else {
        expectProblem(signIn, 'invalid_credentials');
        expectProblem(me, 'missing_token');
      }
      expect(log.lines()[0]).to.include({
        msg: 'rate limit store failed',
        limiter: 'signIn-address',
        level: 50,
      });
      expect(log.text()).to.include('ECONNREFUSED').and.not.include('example.com');
      expect(events[0]).to.include({
        type: 'rate_limit.store_failed',
        code: 'store_unavailable',
        endpoint: 'signIn',
      });
    });
  }

  it('refuses only sign-ins and codes with 503 over HTTP by default', async () => {
    const down = (limiter: { prefix: string }): Store =>
      Object.assign(new SharedStore(limiter), { increment: faults.rejects }) as never;
    const kit = await startLimited({ store: down, secret: SECRET });
    for (const [path, body] of [
      ['/sign-in', { email: 'ada@example.com', password: PASSWORD }],
      ['/sign-up', { email: 'ada@example.com', password: PASSWORD }],
      ['/forgot-password', { email: 'ada@example.com' }],
    ] as const) {
      expectProblem(await kit.post(path, body), 'store_unavailable');
    }
    expectProblem(await kit.get('/me'), 'missing_token');
    expectProblem(await kit.post('/refresh', { refreshToken: 'abc' }), 'invalid_refresh_token');
  });

  it('counts again as soon as it is available', async () => {
    let down = true;
    const store = (limiter: { prefix: string }): Store => {
      const shared = new SharedStore(limiter);
      const increment = shared.increment.bind(shared);
      return Object.assign(shared, {
        increment: (key: string) => (down ? Promise.reject(new Error('down')) : increment(key)),
      });
    };
    const { account } = limitsOf({ store, secret: SECRET, account: { signIn: few(1) } });
    expect((await account('ada'))?.code).to.equal('store_unavailable');
    down = false;
    expect(await account('ada')).to.equal(undefined);
    expect((await account('ada'))?.code).to.equal('rate_limited');
  });
});

describe('Answers to a challenge', () => {
  const answer = { name: 'SOFTWARE_TOKEN_MFA', username: 'ada', confirmationCode: '123456' };

  it('are limited even if rate limits are disabled', async () => {
    const kit = await startLimited(false);
    const answers = [];
    for (let i = 0; i < 7; i++) answers.push(await kit.post('/challenge', { ...answer, session: SESSION }));
    expect(answers.map(({ status }) => status)).to.deep.equal([401, 401, 401, 401, 401, 429, 429]);
    expectProblem(answers[6] as never, 'too_many_attempts');
    expectProblem(
      await kit.post('/challenge', { ...answer, session: `${SESSION}2222` }),
      'invalid_credentials',
    );
  });

  it('are limited to challengeAttempts', async () => {
    const { attempt } = limitsOf({ challengeAttempts: 2 });
    expect(await allowed(times(5, () => () => attempt(SESSION)))).to.equal(2);
  });

  it('share one limit for all user names that are sent with a challenge session', async () => {
    const kit = await startLimited({ challengeAttempts: 2, account: all(1000) });
    const statuses: number[] = [];
    for (const username of ['ada', 'ADA', 'eve', 'ada@example.com']) {
      statuses.push((await kit.post('/challenge', { ...answer, username, session: SESSION })).status);
    }
    expect(statuses).to.deep.equal([401, 401, 429, 429]);
  });

  it('share one limit for all Base64 spellings of a challenge session', async () => {
    for (const bytes of [60, 61, 62]) {
      const raw = Buffer.from(times(bytes, (i) => (i * 71 + 250) % 256));
      const plain = raw.toString('base64');
      const bare = plain.replace(/=+$/, '');
      const last = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
      const strayBits = [...last]
        .map((letter) => bare.slice(0, -1) + letter)
        .filter((session) => Buffer.from(session, 'base64').equals(raw));
      const written = [
        plain,
        bare,
        `${bare}=`,
        `${bare}==`,
        `${bare}====`,
        raw.toString('base64url'),
        `${plain}.`,
        ...strayBits,
      ];
      const { attempt } = limitsOf();
      expect(await allowed([...written, ...written].map((session) => () => attempt(session)))).to.equal(5);
    }
  });

  it('are counted separately for each challenge session', async () => {
    const { attempt } = limitsOf({ challengeAttempts: 1 });
    const sessions = times(50, (i) =>
      Buffer.from(`a session of the user pool, number ${i}`).toString('base64url'),
    );
    const uuids = times(50, () => crypto.randomUUID());
    expect(await allowed([...sessions, ...uuids].map((session) => () => attempt(session)))).to.equal(100);
  });
});

describe('A rate limit hit', () => {
  it('is logged without the account, and reported as an event with it', async () => {
    const log = captureLog();
    const events: AuthEvent[] = [];
    const kit = await startLimited(
      { account: { signIn: few(1) } },
      { logger: log.logger, onEvent: (event) => void events.push(event) },
    );
    const send = () => kit.post('/sign-in', { email: 'ada@example.com', password: PASSWORD });
    await send();
    log.clear();
    events.length = 0;
    const { requestId } = expectProblem(await send(), 'rate_limited').body;
    expect(log.lines().map(({ msg }) => msg)).to.deep.equal(['rate limit hit', 'request']);
    expect(log.lines()[0]).to.include({ limiter: 'signIn-account', requestId, level: 40 });
    expect(log.lines()[1]).to.include({ code: 'rate_limited', status: 429, requestId });
    expect(log.text()).to.not.include('example.com');
    expect(events.map(({ type }) => type)).to.deep.equal(['rate_limit.hit', 'sign_in.failed']);
    expect(events[0]).to.include({ code: 'rate_limited', account: 'ada@example.com', requestId });
  });
});

describe('Concurrent requests', () => {
  it('are each counted by a rate limit', async () => {
    const { account } = limitsOf({ account: { signIn: few(10) } });
    const refused = await Promise.all(times(50, () => account('ada')));
    expect(refused.filter((problem) => problem === undefined)).to.have.lengthOf(10);
  });

  it('are each counted by a rate limit over HTTP', async () => {
    const kit = await startLimited({ account: { signIn: few(10) } });
    const responses = await Promise.all(
      times(30, () => kit.post('/sign-in', { email: 'ada@example.com', password: PASSWORD })),
    );
    expect(responses.filter(({ status }) => status === 401)).to.have.lengthOf(10);
    expect(responses.filter(({ status }) => status === 429)).to.have.lengthOf(20);
  });
});

describe('MemoryStore of the rate limits', () => {
  it('evicts the oldest counter above its maximum size', () => {
    const store = new MemoryStore(3);
    store.init({ windowMs: 60_000 });
    for (const key of ['a', 'b', 'c', 'c', 'd']) store.increment(key);
    expect(store.size).to.equal(3);
    expect(store.increment('c').totalHits).to.equal(3);
    expect(store.increment('a').totalHits).to.equal(1);
    for (let i = 0; i < 10_000; i++) store.increment(`k${i}`);
    expect(store.size).to.equal(3);
  });

  it('deletes expired counters', async () => {
    const store = new MemoryStore();
    store.init({ windowMs: 20 });
    for (let i = 0; i < 100; i++) store.increment(`k${i}`);
    await new Promise((resolve) => setTimeout(resolve, 30));
    expect(store.increment('k0')).to.have.property('totalHits', 1);
    expect(store.size).to.equal(1);
  });

  it('decrements and resets counters', () => {
    const store = new MemoryStore();
    store.init({ windowMs: 60_000 });
    store.increment('a');
    store.increment('a');
    store.decrement('a');
    store.decrement('none');
    expect(store.increment('a').totalHits).to.equal(2);
    store.resetKey('a');
    expect(store.increment('a').totalHits).to.equal(1);
  });

  it('does not keep the process running', async () => {
    const script = `
      import { createCognitoRouter } from './src/index.ts';
      import { parseConfig } from './src/config/settings.ts';
      import { createRateLimits } from './src/pipeline/rate-limits.ts';
      const pool = { userPoolId: 'us-east-1_AbCdEfGhI', clientId: 'abc' };
      const auth = createCognitoRouter(pool);
      const limits = createRateLimits(parseConfig(pool), {});
      const req = { ip: '192.0.2.1', headers: {}, app: { get: () => false } };
      await limits.of('signIn', req, { append() {} }).countAddress('signIn');
      auth.close();
      console.log('done');`;
    const root = new URL('../../', import.meta.url);
    const child = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', script], {
      cwd: root,
    });
    let output = '';
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding('utf8').on('data', (text) => (output += text));
    const late = setTimeout(() => child.kill(), 15_000);
    const [status] = await once(child, 'exit');
    clearTimeout(late);
    expect(output).to.equal('done\n');
    expect(status).to.equal(0);
  });
});
