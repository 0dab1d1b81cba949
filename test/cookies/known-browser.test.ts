import { expect } from 'chai';
import type { Config } from '../../src/config/options.ts';
import { parseConfig } from '../../src/config/settings.ts';
import { createCookieJar } from '../../src/cookies/cookie-jar.ts';
import { createKnownBrowsers } from '../../src/cookies/known-browser.ts';
import { totpCode } from '../../src/local/users/totp.ts';
import { CookieClient, cookiesOf } from '../support/cookie-client.ts';
import { expectProblem, expectStatus, type Kit, PASSWORD, startKit } from '../support/helpers.ts';

const ADA = 'ada@example.com';
const EVE = 'eve@example.com';
const TOTP = 'JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP';
const LIMIT = 3;
const SECRET = 'a secret for every instance';
const HALF_YEAR = 180 * 86_400;

const rateLimits = {
  secret: SECRET,
  account: {
    signIn: { limit: LIMIT, windowMs: 60_000 },
    code: { limit: LIMIT, windowMs: 60_000 },
  },
};

async function start(config: Config = {}): Promise<Kit> {
  const kit = await startKit({
    pool: { limits: false },
    config: { transport: 'cookie', rateLimits, ...config },
  });
  for (const username of [ADA, EVE]) kit.pool.addUser({ username, password: PASSWORD });
  return kit;
}

const signIn = (client: CookieClient, email = ADA, password = PASSWORD) =>
  client.post('/sign-in', { email, password });

/** A browser that has signed in before. */
async function knownBrowser(kit: Kit, email = ADA): Promise<CookieClient> {
  const browser = new CookieClient(kit);
  expectStatus(await signIn(browser, email), 200);
  return browser;
}

/** Uses up the sign-ins of an account without its password. */
async function lockOut(kit: Kit, email = ADA): Promise<void> {
  const attacker = new CookieClient(kit);
  for (let i = 0; i <= LIMIT; i++) await signIn(attacker, email, 'Wrong-password-7');
  expectProblem(await signIn(attacker, email), 'rate_limited');
}

describe('A known browser', () => {
  it('a browser that has signed in before can sign in while an attacker uses up the limit of the account', async () => {
    const kit = await start();
    const browser = await knownBrowser(kit);
    await lockOut(kit);
    expectProblem(await signIn(new CookieClient(kit)), 'rate_limited');
    expectStatus(await signIn(browser), 200);
    await kit.close();
  });

  it('a sign-out keeps the browser known, and deleting the account does not', async () => {
    const kit = await start();
    const browser = await knownBrowser(kit);
    expectStatus(await browser.post('/sign-out'), 200);
    expect(browser.names).to.deep.equal(['known']);
    expectStatus(await signIn(browser), 200);
    expectStatus(await browser.send('delete', '/auth/me'), 200);
    expect(browser.names).to.deep.equal([]);
    await kit.close();
  });

  it('the cookie is httpOnly, sealed, and valid for half a year', async () => {
    const kit = await start();
    const response = expectStatus(await signIn(new CookieClient(kit)), 200);
    const cookie = cookiesOf(response).find(({ name }) => name === '__Host-auth-known');
    expect(cookie).to.include({ maxAge: HALF_YEAR, attributes: '; Path=/; HttpOnly; Secure; SameSite=Lax' });
    expect(cookie?.value).to.match(/^[\w-]{100,800}$/);
    expect(Buffer.from(cookie?.value ?? '', 'base64url').toString('latin1')).to.not.include('names');
    await kit.close();
  });

  it('the attempts of a stolen cookie are limited as those of an account', async () => {
    const kit = await start();
    const stolen = (await knownBrowser(kit)).copy();
    for (let i = 0; i < LIMIT; i++) {
      expectProblem(await signIn(stolen, ADA, `Guess-number-${i}`), 'invalid_credentials');
    }
    expectProblem(await signIn(stolen), 'rate_limited');
    await kit.close();
  });

  it('a failed sign-in creates no new bucket, and a completed one does', async () => {
    const kit = await start();
    const browser = await knownBrowser(kit);
    const first = browser.value('known');
    await signIn(browser, ADA, 'Wrong-password-7');
    expect(browser.value('known')).to.equal(first);
    for (let i = 0; i < LIMIT + 1; i++) {
      expectStatus(await signIn(browser), 200);
      expect(browser.value('known')).to.not.equal(first);
    }
    await kit.close();
  });

  it('a cookie of another account counts in the shared bucket', async () => {
    const kit = await start();
    const other = await knownBrowser(kit, EVE);
    await lockOut(kit);
    expectProblem(await signIn(other, ADA), 'rate_limited');
    expectStatus(await signIn(other, EVE), 200);
    await kit.close();
  });

  it('a browser of two users is known to both accounts', async () => {
    const kit = await start();
    const shared = await knownBrowser(kit, ADA);
    expectStatus(await signIn(shared, EVE), 200);
    await lockOut(kit, ADA);
    await lockOut(kit, EVE);
    expectStatus(await signIn(shared, ADA), 200);
    expectStatus(await signIn(shared, EVE), 200);
    await kit.close();
  });

  for (const [title, forge] of [
    ['a forged cookie', () => 'x'.repeat(300)],
    [
      'a changed cookie',
      (value: string) => `${value.slice(0, 40)}${value[40] === 'A' ? 'B' : 'A'}${value.slice(41)}`,
    ],
    ['an empty cookie', () => ''],
  ] as const) {
    it(`${title} counts in the shared bucket`, async () => {
      const kit = await start();
      const browser = await knownBrowser(kit);
      browser.cookies.set('__Host-auth-known', forge(browser.value('known') ?? ''));
      await lockOut(kit);
      expectProblem(await signIn(browser), 'rate_limited');
      await kit.close();
    });
  }

  for (const [title, change] of [
    ['another secret', { rateLimits: { ...rateLimits, secret: 'another secret of this app' } }],
    ['another app client', { clientId: 'another' }],
  ] as const) {
    it(`a cookie of ${title} is not accepted`, () => {
      const settings = (config: Config) =>
        parseConfig(
          { userPoolId: 'us-east-1_AbCdEfGhI', clientId: 'abc', transport: 'cookie', rateLimits, ...config },
          {},
        );
      const jarOf = (cookie: string) =>
        createCookieJar({ headers: { cookie } } as never, settings({}).cookies);
      const idToken = `e30.${Buffer.from(JSON.stringify({ sub: 'the-sub' })).toString('base64url')}.c2ln`;
      const jar = jarOf('');
      createKnownBrowsers(settings({})).remember(jar, idToken, ADA);
      const [line = ''] = jar.adopt();
      const next = jarOf(line.slice(0, line.indexOf(';')));
      expect(createKnownBrowsers(settings({})).bucketOf(next, ADA)).to.not.equal(ADA);
      expect(createKnownBrowsers(settings(change)).bucketOf(next, ADA)).to.equal(ADA);
    });
  }

  it('an address that is not verified does not make a browser known to the account of that address', async () => {
    const kit = await startKit({
      pool: { pool: { AliasAttributes: ['email'] }, limits: false },
      config: { transport: 'cookie', rateLimits, signInWith: ['username', 'email'] },
    });
    kit.pool.addUser({ username: 'ada', password: PASSWORD, attributes: { email: ADA } });
    kit.pool.addUser({
      username: 'eve',
      password: PASSWORD,
      attributes: { email: ADA, email_verified: 'false' },
    });
    const attacker = new CookieClient(kit);
    expectStatus(await attacker.post('/sign-in', { username: 'eve', password: PASSWORD }), 200);
    await lockOut(kit);
    expectProblem(await signIn(attacker, ADA), 'rate_limited');
    const owner = new CookieClient(kit);
    expectStatus(await owner.post('/sign-in', { username: 'ada', password: PASSWORD }), 200);
    expectStatus(await signIn(owner, ADA), 200);
    await kit.close();
  });

  it('a browser is known only after the second factor', async () => {
    const kit = await start();
    const email = 'mfa@example.com';
    kit.pool.addUser({ username: email, password: PASSWORD, totpSecret: TOTP });
    const browser = new CookieClient(kit);
    const { challenge } = expectStatus(await signIn(browser, email), 200).body;
    expect(browser.names).to.deep.equal(['challenge']);
    const answer = { name: challenge.name, username: challenge.username, confirmationCode: totpCode(TOTP) };
    expectStatus(await browser.post('/challenge', answer), 200);
    expect(browser.names).to.deep.equal(['access', 'known', 'refresh']);
    await lockOut(kit, email);
    expectStatus(await signIn(browser, email), 200);
    await kit.close();
  });

  it('an attacker who uses up the codes of an account does not keep a known browser from a reset', async () => {
    const kit = await start();
    const browser = await knownBrowser(kit);
    const attacker = new CookieClient(kit);
    for (let i = 0; i <= LIMIT; i++) await attacker.post('/forgot-password', { email: ADA });
    expectProblem(await attacker.post('/forgot-password', { email: ADA }), 'rate_limited');
    expectStatus(await browser.post('/forgot-password', { email: ADA }), 200);
    await kit.close();
  });

  it('a refresh sets no such cookie, and neither does a router without cookies or limits', async () => {
    const kit = await start();
    const browser = await knownBrowser(kit);
    const refreshed = expectStatus(await browser.post('/refresh'), 200);
    expect(cookiesOf(refreshed).map(({ name }) => name)).to.not.include('__Host-auth-known');
    const unlimited = await startKit({ pool: kit.pool, config: { transport: 'cookie', rateLimits: false } });
    expect((await knownBrowser(unlimited)).names).to.not.include('known');
    const bearer = await startKit({ pool: kit.pool, config: { rateLimits } });
    expect((await bearer.post('/sign-in', { email: ADA, password: PASSWORD })).headers).to.not.have.property(
      'set-cookie',
    );
  });

  it("with transport 'both', the cookie counts for a sign-in with cookies only", async () => {
    const kit = await start({ transport: 'both' });
    const browser = new CookieClient(kit);
    const body = { email: ADA, password: PASSWORD };
    expectStatus(await browser.post('/sign-in', { ...body, transport: 'cookie' }), 200);
    await lockOut(kit);
    expectProblem(await browser.post('/sign-in', body), 'rate_limited');
    expectStatus(await browser.post('/sign-in', { ...body, transport: 'cookie' }), 200);
    await kit.close();
  });
});
