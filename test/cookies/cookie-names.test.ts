import { IncomingMessage, ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import { expect } from 'chai';
import { parseTransport } from '../../src/config/transport.ts';
import { type CookieJar, createCookieJar } from '../../src/cookies/cookie-jar.ts';
import { createLoginTransactions } from '../../src/cookies/login-transactions.ts';
import { createSeal } from '../../src/shared/sealed.ts';

const WISH = { returnTo: '/', transport: 'cookie' } as const;
const settingsOf = (name: string) => parseTransport({ transport: 'cookie', cookies: { name } }).cookies;

function jarOf(name: string, cookies: Record<string, string>): CookieJar {
  const req = new IncomingMessage(new Socket());
  req.headers.cookie = Object.entries(cookies)
    .map(([cookie, value]) => `${cookie}=${value}`)
    .join('; ');
  return createCookieJar(req, settingsOf(name));
}

function namesSet(jar: CookieJar): string[] {
  const res = new ServerResponse(new IncomingMessage(new Socket()));
  jar.apply(res);
  return [res.getHeader('Set-Cookie') ?? []].flat().map((line) => String(line).split('=')[0] ?? '');
}

describe('The cookies of a router whose name starts with that of another router', () => {
  const transactions = createLoginTransactions(createSeal(['x'.repeat(32)], 'client'));

  for (const name of ['auth-login', 'auth-login-x']) {
    it(`are left alone by a sign-in with managed login: ${name} (case C16)`, () => {
      const jar = jarOf('auth', { [`__Host-${name}-access`]: 'eyJ', [`__Host-${name}-refresh`]: 'r' });
      const { state } = transactions.begin(jar, WISH);
      expect(namesSet(jar)).to.deep.equal([`__Host-auth-login.${state}`]);
    });
  }

  it('are no pending sign-ins of the other router', () => {
    const jar = jarOf('auth-login', {});
    transactions.begin(jar, WISH);
    const [name = ''] = namesSet(jar);
    expect(jarOf('auth', { [name]: 'x' }).names('login.')).to.deep.equal([]);
  });
});
