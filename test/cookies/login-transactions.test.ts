import type { IncomingMessage } from 'node:http';
import { expect } from 'chai';
import { type CookieJar, createCookieJar } from '../../src/cookies/cookie-jar.ts';
import { createLoginTransactions } from '../../src/cookies/login-transactions.ts';
import { createSeal } from '../../src/shared/sealed.ts';

const WISH = { returnTo: '/reports', transport: 'cookie' } as const;
const SETTINGS = {
  prefix: '__Host-auth-',
  attributes: '; Path=/; HttpOnly; Secure; SameSite=Lax',
  refreshMaxAge: 60,
};

/** The jar of a request that brings these cookies along, and what its answer sets. */
function jarOf(cookie = ''): { jar: CookieJar; cookies(): string[] } {
  const jar = createCookieJar({ headers: { cookie } } as IncomingMessage, SETTINGS);
  const written: string[] = [];
  const res = { appendHeader: (_name: string, values: string[]) => written.push(...values), setHeader() {} };
  return {
    jar,
    cookies() {
      jar.apply(res as never);
      return written.map((each) => each.split(';')[0] ?? '');
    },
  };
}

describe('A log-in between its beginning and its end', () => {
  const seal = createSeal(['a secret for cookies, of 32 characters'], 'client');

  function begun(transactions: ReturnType<typeof createLoginTransactions>): {
    state: string;
    cookie: string;
  } {
    const { jar, cookies } = jarOf();
    const { state } = transactions.begin(jar, WISH);
    return { state, cookie: cookies()[0] ?? '' };
  }

  it('comes out of its cookie as it went in, once', () => {
    const transactions = createLoginTransactions(seal);
    const first = jarOf();
    const { state, ...rest } = transactions.begin(first.jar, { ...WISH, maxAge: 60 });
    const cookie = first.cookies()[0] ?? '';
    const { jar, cookies } = jarOf(cookie);
    expect(transactions.end(jar, state)).to.include(rest);
    expect(cookies()).to.deep.equal([`__Host-auth-login.${state}=`]);
    expect(transactions.end(jarOf(cookie).jar, state)).to.equal(undefined);
  });

  it('is remembered after its end, though not without bounds', () => {
    const transactions = createLoginTransactions(seal, 2);
    const all = [begun(transactions), begun(transactions), begun(transactions)];
    const end = ({ state, cookie }: { state: string; cookie: string }): boolean =>
      transactions.end(jarOf(cookie).jar, state) !== undefined;
    expect(all.map(end)).to.deep.equal([true, true, true]);
    const [oldest, ...others] = all;
    expect(others.map(end)).to.deep.equal([false, false]);
    expect(oldest && end(oldest)).to.equal(true);
  });

  it('keeps its cookie small enough for five of them, with the longest path to return to', () => {
    const { jar, cookies } = jarOf();
    createLoginTransactions(seal).begin(jar, {
      ...WISH,
      returnTo: `/${'x'.repeat(511)}`,
      maxAge: 999_999_999,
    });
    expect(cookies()[0]?.length).to.be.lessThan(1200);
  });
});
