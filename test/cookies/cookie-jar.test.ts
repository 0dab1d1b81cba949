import { IncomingMessage, ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import { expect } from 'chai';
import { parseTransport } from '../../src/config/transport.ts';
import { type CookieJar, CookiesTooLong, createCookieJar } from '../../src/cookies/cookie-jar.ts';
import { atLeast } from '../support/at-least.ts';
import { cookiesOf, type SetCookie } from '../support/cookie-client.ts';

const MAX_NAME = 'a'.repeat(32);
const { cookies: SETTINGS } = parseTransport({
  transport: 'cookie',
  cookies: { name: MAX_NAME, sameSite: 'strict' },
});
const PREFIX = `__Host-${MAX_NAME}-`;

function requestWith(cookie?: string): IncomingMessage {
  const req = new IncomingMessage(new Socket());
  if (cookie !== undefined) req.headers.cookie = cookie;
  return req;
}

const jarWith = (cookies: Readonly<Record<string, string>> = {}): CookieJar => {
  const pairs = Object.entries(cookies).map(([name, value]) => `${PREFIX}${name}=${value}`);
  return createCookieJar(requestWith(pairs.join('; ')), SETTINGS);
};

function linesOf(jar: CookieJar): string[] {
  const res = new ServerResponse(requestWith());
  jar.apply(res);
  return [res.getHeader('Set-Cookie') ?? []].flat() as string[];
}

function writtenBy(jar: CookieJar): SetCookie[] {
  return cookiesOf({ headers: { 'set-cookie': linesOf(jar) } });
}

/** Returns the cookies that a browser has after the response, by short name. */
function keptAfter(jar: CookieJar, before: Readonly<Record<string, string>> = {}): Record<string, string> {
  const kept = { ...before };
  for (const { name, value, maxAge } of writtenBy(jar)) {
    const short = name.slice(PREFIX.length);
    if (maxAge > 0) kept[short] = value;
    else delete kept[short];
  }
  return kept;
}

/** Returns a text of letters whose sequence does not repeat at the size of a cookie. */
const tokenOf = (length: number): string =>
  Array.from({ length }, (_, index) => String.fromCharCode(97 + ((index * 7 + (index >> 8)) % 26))).join('');

const MAX_TOTAL = 12 * 1024;

describe('A cookie value', () => {
  it('of any length is read back unchanged, in cookies of at most 4,096 bytes', () => {
    const lengths = [1, 2, 3799, 3800, 3801, 3802, 7599, 7600, 7601, 11_400, 11_401, MAX_TOTAL - 2];
    for (const length of lengths) {
      const jar = jarWith();
      const value = tokenOf(length);
      jar.set('challenge', value, 60);
      const kept = keptAfter(jar);
      expect(Object.keys(kept)).to.have.lengthOf(Math.ceil(length / 3800));
      expect(jarWith(kept).get('challenge') === value, String(length)).to.equal(true);
      jar.set('challenge', value, 10 * 365 * 86_400);
      for (const line of atLeast(1, linesOf(jar))) expect(Buffer.byteLength(line)).to.be.at.most(4096);
    }
  });

  it('with any characters is read back unchanged', () => {
    const values = [
      '2~abc',
      '4~',
      '~',
      '%41',
      '%',
      'a;b=c, "d"\\',
      '\r\nSet-Cookie: x=y',
      'ä€𝄞\u2028\u00a0',
      ' padded ',
      '\0\x01\x7f',
      'x'.repeat(3799) + ';'.repeat(5),
    ];
    for (const value of values) {
      const jar = jarWith();
      jar.set('access', value, 60);
      expect(jarWith(keptAfter(jar)).get('access')).to.equal(value);
    }
  });

  it('is read only if all of its parts are present', () => {
    const jar = jarWith();
    const value = tokenOf(9000);
    jar.set('access', value, 60);
    const kept = keptAfter(jar);
    expect(Object.keys(kept)).to.deep.equal(['access', 'access.1', 'access.2']);
    for (const missing of Object.keys(kept)) {
      const { [missing]: _gone, ...others } = kept;
      expect(jarWith(others).get('access'), missing).to.equal(undefined);
    }
    for (const count of ['4', '9', '0', '1', '-1', '1e9', 'x', '', '02']) {
      const forged = jarWith({ ...kept, access: `${count}${kept.access?.slice(1)}` });
      expect(forged.get('access')).to.not.equal(value);
    }
    // Parts above the stated count do not belong to the value.
    expect(jarWith({ ...kept, 'access.3': 'x' }).get('access')).to.equal(value);
  });

  it('clears the remaining parts of the longer value that it replaces', () => {
    const before = { access: '4~a', 'access.1': 'b', 'access.2': 'c', 'access.3': 'd', 'refresh.1': 'e' };
    const short = jarWith(before);
    short.set('access', 'new', 60);
    expect(keptAfter(short, before)).to.deep.equal({ access: 'new', 'refresh.1': 'e' });
    const longer = jarWith(before);
    longer.set('access', tokenOf(5000), 60);
    expect(Object.keys(keptAfter(longer, before))).to.have.members(['access', 'access.1', 'refresh.1']);
    const cleared = jarWith(before);
    cleared.clear('access');
    expect(keptAfter(cleared, before)).to.deep.equal({ 'refresh.1': 'e' });
  });

  it('clears the parts of a longer value in the same response, and of an ambiguous one', () => {
    const twice = jarWith();
    twice.set('access', tokenOf(5000), 60);
    twice.set('access', 'new', 60);
    expect(keptAfter(twice)).to.deep.equal({ access: 'new' });
    const ambiguous = createCookieJar(requestWith(`${PREFIX}access=a; ${PREFIX}access=b`), SETTINGS);
    ambiguous.clear('access');
    const names = writtenBy(ambiguous).map(({ name }) => name.slice(PREFIX.length));
    expect(names).to.have.members(['access', 'access.1', 'access.2', 'access.3']);
  });

  it('is refused if it is too long for a request, alone or with the other cookies', () => {
    expect(() => jarWith().set('access', tokenOf(MAX_TOTAL + 1), 60)).to.throw(CookiesTooLong);
    const jar = jarWith();
    jar.set('access', tokenOf(8000), 60);
    expect(() => jar.set('refresh', tokenOf(MAX_TOTAL - 8000 + 3), 60)).to.throw(CookiesTooLong);
    expect(() => jarWith().set('access', '€'.repeat(2000), 60)).to.throw(CookiesTooLong);
  });

  it('has a Max-Age that is a non-negative integer', () => {
    for (const [given, expected] of [
      [59.9, 59],
      [0, 0],
      [-5, 0],
    ] as const) {
      const jar = jarWith();
      jar.set('access', 'x', given);
      expect(writtenBy(jar)[0]?.maxAge).to.equal(expected);
    }
  });
});

describe('The cookies of a response', () => {
  it('can be restored to a checkpoint', () => {
    const before = { access: 'old', refresh: 'old' };
    const jar = jarWith(before);
    jar.clear('refresh');
    const undo = jar.checkpoint();
    jar.set('access', 'new', 60);
    jar.set('refresh', 'new', 60);
    jar.clear('challenge');
    undo();
    expect(writtenBy(jar).map(({ name, value }) => [name, value])).to.deep.equal([[`${PREFIX}refresh`, '']]);
  });

  it('are written once, besides those of the app, with Cache-Control: no-store', () => {
    const jar = jarWith();
    const res = new ServerResponse(requestWith());
    res.setHeader('Set-Cookie', 'theme=dark');
    res.setHeader('Cache-Control', 'public, max-age=600');
    jar.apply(res);
    expect(res.getHeader('Cache-Control')).to.equal('public, max-age=600');
    jar.set('access', 'x', 60);
    jar.apply(res);
    jar.apply(res);
    expect(res.getHeader('Set-Cookie')).to.deep.equal([
      'theme=dark',
      `${PREFIX}access=x; Max-Age=60; Path=/; HttpOnly; Secure; SameSite=Strict`,
    ]);
    expect(res.getHeader('Cache-Control')).to.equal('no-store');
  });

  it('are found by the prefix of their names, without their parts', () => {
    const jar = jarWith({ 'login-a': 'x', 'login-b': '2~y', 'login-b.1': 'z', access: 'x', login: 'x' });
    expect(jar.names('login-')).to.deep.equal(['login-a', 'login-b']);
    expect(jarWith().names('login-')).to.deep.equal([]);
  });
});
