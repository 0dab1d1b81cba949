import type { IncomingMessage } from 'node:http';
import { expect } from 'chai';
import { type CookieJar, createCookieJar } from '../../src/cookies/cookie-jar.ts';
import { createLoginTransactions } from '../../src/cookies/login-transactions.ts';
import { createSeal } from '../../src/shared/sealed.ts';

const LOGIN_OPTIONS = { returnTo: '/reports', transport: 'cookie' } as const;
const SETTINGS = {
  prefix: '__Host-auth-',
  attributes: '; Path=/; HttpOnly; Secure; SameSite=Lax',
  domain: undefined,
  refreshMaxAge: 60,
  rememberMe: true,
};

/** Returns the jar of a request with these cookies, and the cookies that its response sets. */
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

describe('A managed login transaction', () => {
  const seal = createSeal(['a secret for cookies, of 32 characters'], 'client');

  function begin(transactions: ReturnType<typeof createLoginTransactions>): {
    state: string;
    cookie: string;
  } {
    const { jar, cookies } = jarOf();
    const { state } = transactions.begin(jar, LOGIN_OPTIONS);
    return { state, cookie: cookies()[0] ?? '' };
  }

  it('is read back unchanged from its cookie, once', () => {
    const transactions = createLoginTransactions(seal);
    const first = jarOf();
    const { state, ...rest } = transactions.begin(first.jar, { ...LOGIN_OPTIONS, maxAge: 60 });
    const cookie = first.cookies()[0] ?? '';
    const { jar, cookies } = jarOf(cookie);
    expect(transactions.end(jar, state)).to.include(rest);
    expect(cookies()).to.deep.equal([`__Host-auth-login.${state}=`]);
    expect(transactions.end(jarOf(cookie).jar, state)).to.equal(undefined);
  });

  it('cannot end twice while its state is remembered, which is for a limited number', () => {
    const transactions = createLoginTransactions(seal, 2);
    const all = [begin(transactions), begin(transactions), begin(transactions)];
    const end = ({ state, cookie }: { state: string; cookie: string }): boolean =>
      transactions.end(jarOf(cookie).jar, state) !== undefined;
    expect(all.map(end)).to.deep.equal([true, true, true]);
    const [oldest, ...others] = all;
    expect(others.map(end)).to.deep.equal([false, false]);
    expect(oldest && end(oldest)).to.equal(true);
  });

  it('fits its cookie into 1,200 characters with the longest returnTo', () => {
    const { jar, cookies } = jarOf();
    createLoginTransactions(seal).begin(jar, {
      ...LOGIN_OPTIONS,
      returnTo: `/${'x'.repeat(511)}`,
      maxAge: 999_999_999,
    });
    expect(cookies()[0]?.length).to.be.lessThan(1200);
  });
});
