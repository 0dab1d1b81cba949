import { expect } from 'chai';
import express from 'express';
import type { Response } from 'supertest';
import { getAuth } from '../../src/auth/request-auth.ts';
import { startLocalUserPool } from '../../src/local/local-user-pool.ts';
import { totpCode } from '../../src/local/users/totp.ts';
import { type RequireAuthOptions, requireAuth } from '../../src/require-auth.ts';
import { ask, CookieClient, cookiesOf, SAME_ORIGIN } from '../support/cookie-client.ts';
import { claimsOf, expectProblem, expectStatus, type Kit, PASSWORD, startKit } from '../support/helpers.ts';
import { SAMPLE_REQUESTS } from '../support/requests.ts';

const SECRET = 'JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP';

let users = 0;
function addUser(kit: Kit, options: object = {}): string {
  const username = `both-${++users}@example.com`;
  kit.pool.addUser({ username, password: PASSWORD, ...options });
  return username;
}

function freshCode({ pool }: Kit): string {
  pool.clock.advance(60_000);
  return totpCode(SECRET, pool.clock.now());
}

const AS_COOKIE = { transport: 'cookie' };

describe("A router with transport: 'both'", () => {
  let kit: Kit;
  before(async () => {
    kit = await startKit({ config: { transport: 'both' } });
  });
  after(() => kit.close());

  async function cookiePage(email = addUser(kit)): Promise<CookieClient & { email: string }> {
    const page = new CookieClient(kit);
    const body = { email, password: PASSWORD, ...AS_COOKIE };
    expectNoTokens(expectStatus(await page.post('/sign-in', body), 200));
    expect(page.names).to.deep.equal(['access', 'refresh']);
    return Object.assign(page, { email });
  }

  async function bearerTokens(page: CookieClient, email = addUser(kit)) {
    const { body, headers } = expectStatus(await page.post('/sign-in', { email, password: PASSWORD }), 200);
    expect(cookiesOf({ headers })).to.deep.equal([]);
    return body.tokens as { accessToken: string; refreshToken: string };
  }

  function expectNoTokens(response: Response): void {
    expect(response.text).to.not.match(/eyJ|"tokens"|"session"|devicePassword/);
  }

  it('returns tokens in the body or in cookies, as each sign-in requests', async () => {
    const email = addUser(kit);
    for (const transport of [undefined, 'bearer', 'cookie']) {
      const page = new CookieClient(kit);
      const body = { email, password: PASSWORD, ...(transport && { transport }) };
      const signedIn = expectStatus(await page.post('/sign-in', body), 200);
      expect(signedIn.body).to.have.property(transport === 'cookie' ? 'user' : 'tokens');
      expect(signedIn.body).to.not.have.property(transport === 'cookie' ? 'tokens' : 'user');
      expect(page.names).to.deep.equal(transport === 'cookie' ? ['access', 'refresh'] : []);
    }
    for (const transport of ['cookies', '', null, 1, ['cookie'], { cookie: true }]) {
      const refused = await kit.post('/sign-in', { email, password: PASSWORD, transport }).set(SAME_ORIGIN);
      expectProblem(refused, 'validation_failed');
    }
  });

  it('keeps the transport of the sign-in for challenges, refreshes, step-up and sign-out', async () => {
    for (const transport of ['bearer', 'cookie']) {
      const email = addUser(kit, { totpSecret: SECRET });
      const page = new CookieClient(kit);
      const { challenge } = expectStatus(
        await page.post('/sign-in', { email, password: PASSWORD, transport }),
        200,
      ).body;
      const isCookie = transport === 'cookie';
      expect('session' in challenge).to.equal(!isCookie);
      expect(page.names).to.deep.equal(isCookie ? ['challenge'] : []);
      const { parameters: _shown, ...step } = challenge;
      const done = expectStatus(
        await page.post('/challenge', { ...step, confirmationCode: freshCode(kit) }),
        200,
      );
      expect('tokens' in done.body).to.equal(!isCookie);
      const { refreshToken, accessToken } = done.body.tokens ?? {};
      const Authorization = isCookie ? {} : { Authorization: `Bearer ${accessToken}` };
      const refreshed = expectStatus(await page.post('/refresh', isCookie ? {} : { refreshToken }), 200);
      expect('tokens' in refreshed.body).to.equal(!isCookie);
      const again = await page.post('/step-up', { password: PASSWORD }, Authorization);
      expect('session' in expectStatus(again, 200).body.challenge).to.equal(!isCookie);
      const out = await page.post('/sign-out', isCookie ? {} : { refreshToken }, Authorization);
      expectStatus(out, 200);
      // The challenge cookie of the step-up is cleared too.
      expect(page.names).to.deep.equal([]);
    }
  });

  it('returns no token of a cookie to a script on the page, whatever transport it requests', async () => {
    const requested = [{}, { transport: 'bearer' }];
    const complete = new Set<string>();
    for (const { title, endpoint, method, path, body } of SAMPLE_REQUESTS) {
      if (endpoint.tag === 'meta') continue;
      for (const more of requested) {
        const page = await cookiePage();
        page.cookies.set('__Host-auth-challenge', 'MFA_SETUP:abcdefghijklmnopqrstuvwxyz');
        page.cookies.set('__Host-auth-sign-up', 'abcdefghijklmnopqrstuvwxyz');
        const { session, refreshToken, device, ...rest } = { ...body } as Record<string, unknown>;
        const query = 'transport' in more ? `?transport=${more.transport}` : '';
        // A script knows everything except the values of cookies.
        const sent = title === 'signIn' || title === 'signUp' ? { ...rest } : { ...rest, ...more };
        const own = title === 'stepUp' ? { password: PASSWORD, ...more } : sent;
        const response = await page.send(method, path + query, body && own);
        if (response.body.status === 'complete') complete.add(title);
        // A script may sign up without cookies; the session is then its own.
        if (title !== 'signUp') expectNoTokens(response);
        for (const value of page.cookies.values())
          if (value.length > 30) expect(response.text).to.not.include(value);
      }
    }
    expect([...complete]).to.have.members(['refresh', 'stepUp']);
  });

  it('returns no token in the body for a challenge that was posed with cookies', async () => {
    const email = addUser(kit, { totpSecret: SECRET });
    const page = new CookieClient(kit);
    const { challenge } = (await page.post('/sign-in', { email, password: PASSWORD, ...AS_COOKIE })).body;
    const step = { name: challenge.name, username: challenge.username };
    const refused = await page.post('/challenge', {
      ...step,
      confirmationCode: freshCode(kit),
      transport: 'bearer',
    });
    expectProblem(refused, 'validation_failed');
    const confirmationCode = freshCode(kit);
    // An Authorization header does not change the transport.
    for (const Authorization of ['Bearer x', 'Bearer']) {
      const forged = await page
        .copy()
        .post('/challenge', { ...step, confirmationCode: '000000' }, { Authorization });
      expectProblem(forged, 'code_mismatch');
    }
    const done = await page.post('/challenge', { ...step, confirmationCode }, { Authorization: 'Bearer x' });
    expectNoTokens(expectStatus(done, 200));
    expect(page.names).to.deep.equal(['access', 'refresh']);
  });

  it('serves bearer tokens in a browser that has the cookies of another session', async () => {
    const page = await cookiePage();
    const cookies = new Map(page.cookies);
    const mine = await bearerTokens(page);
    expect(page.cookies).to.deep.equal(cookies);
    // Two tokens make the user ambiguous.
    const Authorization = `Bearer ${mine.accessToken}`;
    expectProblem(await page.send('get', '/auth/me', undefined, { Authorization }), 'invalid_request');
    const refreshed = expectStatus(await page.post('/refresh', { refreshToken: mine.refreshToken }), 200);
    expect(claimsOf(refreshed.body.tokens.accessToken).sub).to.equal(claimsOf(mine.accessToken).sub);
    expect(page.cookies).to.deep.equal(cookies);
    // The sign-out revokes the session of the token, and not that of the cookies.
    const out = await page.post('/sign-out', { refreshToken: mine.refreshToken });
    expect(cookiesOf(expectStatus(out, 200))).to.deep.equal([]);
    expectProblem(await kit.post('/refresh', { refreshToken: mine.refreshToken }), 'invalid_refresh_token');
    expect(expectStatus(await page.get('/me'), 200).body.attributes.email).to.equal(page.email);
    expectProblem(
      await page.post('/sign-out', { refreshToken: mine.refreshToken, everywhere: true }),
      'missing_token',
    );
    expectStatus(await page.post('/sign-out'), 200);
    expect(page.names).to.deep.equal([]);
  });

  it('sets up an authenticator app for bearer tokens in a browser that has cookies of another session', async () => {
    const strict = await startKit({
      pool: { pool: { MfaConfiguration: 'ON' } },
      config: { transport: 'both' },
    });
    const page = new CookieClient(strict);
    const { accessToken } = strict.pool.tokensFor(addUser(strict));
    page.cookies.set('__Host-auth-access', accessToken);
    const email = addUser(strict);
    const { challenge } = (await page.post('/sign-in', { email, password: PASSWORD })).body;
    const { session, ...begun } = expectStatus(
      await page.post('/mfa/totp', { session: challenge.session }),
      200,
    ).body;
    expect(session).to.be.a('string');
    const confirmationCode = totpCode(begun.secretCode, strict.pool.clock.now());
    const verified = await page.post('/mfa/totp/verify', { session, confirmationCode });
    const step = { name: challenge.name, username: challenge.username, session: verified.body.session };
    const { tokens } = expectStatus(await page.post('/challenge', step), 200).body;
    expect(claimsOf(tokens.idToken).email).to.equal(email);
    expect(page.cookies.get('__Host-auth-access')).to.equal(accessToken);
    await strict.close();
  });

  it('signs out a page whose tokens have expired, but not from another site', async () => {
    for (const left of [['access'], ['refresh'], ['access', 'refresh']]) {
      const page = await cookiePage();
      if (!left.includes('refresh')) page.cookies.delete('__Host-auth-refresh');
      if (left.includes('access')) {
        const { accessToken } = kit.pool.tokensFor(page.email, { accessExpiresIn: -60 });
        page.cookies.set('__Host-auth-access', accessToken);
      } else page.cookies.delete('__Host-auth-access');
      const crossSite = await page.post('/sign-out', {}, { 'Sec-Fetch-Site': 'cross-site' });
      expectProblem(crossSite, 'cross_site_request');
      expectStatus(await page.post('/sign-out'), 200);
      expect(page.names).to.deep.equal([]);
    }
  });

  it('refuses a sign-out or refresh without tokens and cookies', async () => {
    const refused = expectProblem(await kit.post('/sign-out', {}), 'validation_failed');
    expect(refused.body.errors[0].path).to.equal('/refreshToken');
    expectProblem(await kit.post('/refresh', {}), 'invalid_refresh_token');
  });
});

describe("A bearer token at a router with transport: 'cookie'", () => {
  it('is accepted without a CSRF check, and its sign-out ignores cookies', async () => {
    const kit = await startKit({ config: { transport: 'cookie' } });
    const email = addUser(kit);
    const { accessToken } = kit.pool.tokensFor(email);
    expectStatus(await kit.get('/me', accessToken), 200);
    const update = kit.request.patch('/auth/me').set('Authorization', `Bearer ${accessToken}`);
    expectStatus(await update.send({ attributes: { name: 'Ada' } }), 200);
    expectStatus(await kit.post('/mfa/totp', {}, accessToken), 200);
    // The cookies belong to the session of another user.
    const other = new CookieClient(kit);
    expectStatus(await other.post('/sign-in', { email: addUser(kit), password: PASSWORD }), 200);
    const refresh = `__Host-auth-refresh=${other.value('refresh')}`;
    expectStatus(await kit.post('/sign-out', {}, accessToken).set('Cookie', refresh), 200);
    expectProblem(await kit.get('/me', accessToken), 'invalid_token');
    expectStatus(await other.post('/refresh'), 200);
    await kit.close();
  });
});

describe("The standalone requireAuth with transport: 'cookie'", () => {
  it('accepts the access cookie of each of several pools', async () => {
    const pools = [await startLocalUserPool({ quiet: true }), await startLocalUserPool({ quiet: true })];
    const guard = requireAuth({
      pools: pools.map(({ config: { userPoolId, clientId, endpoint } }) => ({
        userPoolId,
        clientId,
        endpoint,
      })),
      transport: 'cookie',
      cookies: { name: 'shop' },
    });
    const kit = await startKit({
      app: () => express().all('/x', guard, (req, res) => void res.json({ for: getAuth(req).sub })),
    });
    for (const pool of pools) {
      const { sub } = pool.addUser({ username: 'ada@example.com' });
      const { accessToken, idToken } = pool.tokensFor(sub);
      const call = (
        method: string,
        value: string,
        headers: object = SAME_ORIGIN,
        name = '__Host-shop-access',
      ) => ask(`${kit.url}/x`, method, { Cookie: `${name}=${value}`, ...headers });
      expect(JSON.parse((await call('GET', accessToken)).body)).to.deep.equal({ for: sub });
      expect((await call('POST', accessToken)).status).to.equal(200);
      expect((await call('POST', accessToken, {})).status).to.equal(403);
      expect((await call('GET', idToken)).status).to.equal(401);
      expect((await call('GET', accessToken, {}, '__Host-auth-access')).status).to.equal(401);
      expect((await ask(`${kit.url}/x`, 'POST', { Authorization: `Bearer ${accessToken}` })).status).to.equal(
        200,
      );
    }
    for (const pool of pools) await pool.close();
    await kit.close();
  });

  it('throws a TypeError that names the invalid option', () => {
    const pool = { userPoolId: 'us-east-1_AbCdEfGhI', clientId: 'abc' };
    const wrong: readonly [unknown, RegExp][] = [
      [{ transport: 'cookies' }, /transport is "cookies"; write 'bearer', 'cookie' or 'both'/],
      [{ cookies: {} }, /cookies is set, and transport is 'bearer', which uses no cookies; set transport/],
      [{ trustedOrigins: [] }, /trustedOrigins is set, and transport is 'bearer'/],
      [{ transport: 'bearer', cookies: { name: 'x' } }, /cookies is set, and transport is 'bearer'/],
      [{ transport: 'cookie', cookies: [] }, /cookies/],
      [{ transport: 'cookie', cookies: { path: '/' } }, /path/],
      [{ transport: 'cookie', cookies: { domain: 'example.com' } }, /domain/],
      [{ transport: 'cookie', cookies: { name: 'a b' } }, /cookies\.name is "a b"/],
      [{ transport: 'cookie', cookies: { name: '__Host-a' } }, /cookies\.name/],
      [{ transport: 'cookie', cookies: { name: 'a=b' } }, /cookies\.name/],
      [{ transport: 'cookie', cookies: { name: 'a'.repeat(33) } }, /cookies\.name/],
      [{ transport: 'cookie', cookies: { sameSite: 'none' } }, /cookies\.sameSite is "none"/],
      [{ transport: 'cookie', cookies: { refreshMaxAge: 59 } }, /cookies\.refreshMaxAge is 59/],
      [{ transport: 'cookie', cookies: { refreshMaxAge: 60.5 } }, /cookies\.refreshMaxAge/],
      [
        { transport: 'cookie', cookies: { refreshMaxAge: Number.POSITIVE_INFINITY } },
        /cookies\.refreshMaxAge/,
      ],
      [{ transport: 'cookie', cookies: { dangerouslyAllowHttp: 1 } }, /cookies\.dangerouslyAllowHttp/],
      ...[
        '*',
        'null',
        '',
        'app.example.com',
        'https://app.example.com/',
        'https://app.example.com:443',
        'https://App.example.com',
        'https://u@app.example.com',
        'https://*.example.com',
        'ftp://app.example.com',
        'https://app.example.com, https://b.example.com',
        7,
      ].map((origin): [unknown, RegExp] => [
        { transport: 'cookie', trustedOrigins: [origin] },
        /trustedOrigins/,
      ]),
      [{ transport: 'cookie', trustedOrigins: 'https://app.example.com' }, /trustedOrigins/],
    ];
    for (const [options, message] of wrong) {
      const make = () => requireAuth({ ...pool, ...(options as RequireAuthOptions) });
      expect(make, JSON.stringify(options)).to.throw(TypeError, message);
    }
    requireAuth({
      ...pool,
      transport: 'cookie',
      trustedOrigins: ['https://app.example.com', 'http://localhost:5173', 'https://xn--bcher-kva.example'],
    });
  });
});
