import { expect } from 'chai';
import express from 'express';
import type { Config } from '../../src/config/options.ts';
import type { CookieOptions } from '../../src/config/transport.ts';
import { requireAuth } from '../../src/require-auth.ts';
import { createCognitoRouter } from '../../src/router.ts';
import { expectProblem, expectStatus, type Kit, PASSWORD, startKit } from '../support/helpers.ts';
import { captureLog } from '../support/log-capture.ts';

const ADA = 'ada@example.com';
const API = 'api.example.com';
const POOL = { userPoolId: 'us-east-1_AbCdEfGhI', clientId: '1example23456789' };
const SHARED: Config = {
  transport: 'cookie',
  cookies: { dangerouslyShareWithDomain: 'example.com' },
  trustedOrigins: ['https://app.example.com'],
};

describe('cookies.dangerouslyShareWithDomain', () => {
  const start = (config: Config = {}): Promise<Kit> =>
    startKit({
      pool: { users: [{ username: ADA, password: PASSWORD }] },
      config: { ...SHARED, ...config },
      app: (auth) => express().use('/auth', auth),
    });

  const signIn = (kit: Kit, host = API) =>
    kit
      .post('/sign-in', { email: ADA, password: PASSWORD })
      .set({ Host: host, Origin: 'https://app.example.com', 'Sec-Fetch-Site': 'same-site' });

  const linesOf = ({ headers }: { headers: object }): string[] =>
    [(headers as { 'set-cookie'?: string[] })['set-cookie'] ?? []].flat();

  it('sets and clears __Secure- cookies for all hosts of the domain', async () => {
    const kit = await start();
    const set = linesOf(expectStatus(await signIn(kit), 200));
    const cookie = set.map((line) => line.split(';')[0]).join('; ');
    const out = await kit.post('/sign-out', {}).set({ Cookie: cookie, 'Sec-Fetch-Site': 'same-origin' });
    const cleared = linesOf(expectStatus(out, 200));
    for (const name of ['access', 'refresh']) {
      const written = [...set, ...cleared].filter((line) => line.startsWith(`__Secure-auth-${name}=`));
      expect(written).to.have.lengthOf(2);
    }
    for (const line of [...set, ...cleared]) {
      expect(line).to.match(/^__Secure-auth-/);
      expect(line).to.include('; Domain=example.com; Path=/; HttpOnly; Secure; SameSite=Lax');
    }
  });

  it('lets another host of the domain accept the session, under the CSRF check of its own', async () => {
    const kit = await start();
    const cookie = linesOf(await signIn(kit))
      .map((line) => line.split(';')[0])
      .join('; ');
    const other = await startKit({
      pool: kit.pool,
      app: () =>
        express().all('/reports', requireAuth({ ...kit.pool.config, ...pick(SHARED) }), (_req, res) => {
          res.json({ ok: true });
        }),
    });
    const ask = (method: 'get' | 'post', headers: object) =>
      other.request[method]('/reports').set({ Cookie: cookie, ...headers });
    expectStatus(await ask('get', {}), 200);
    expectStatus(
      await ask('post', { Origin: 'https://app.example.com', 'Sec-Fetch-Site': 'same-site' }),
      200,
    );
    const sibling = { Origin: 'https://blog.example.com', 'Sec-Fetch-Site': 'same-site' };
    expectProblem(await ask('post', sibling), 'cross_site_request');
  });

  it('is refused without trustedOrigins', () => {
    for (const trustedOrigins of [undefined, []]) {
      const given = { ...SHARED, trustedOrigins } as Config;
      const fix = 'trustedOrigins is missing; cookies.dangerouslyShareWithDomain requires it';
      expect(() => createCognitoRouter({ ...POOL, ...given })).to.throw(TypeError, fix);
      expect(() => requireAuth({ ...POOL, ...pick(given) })).to.throw(TypeError, fix);
    }
  });

  for (const domain of [
    '.example.com',
    'localhost',
    'Example.com',
    'example.com.',
    '10.0.0.1',
    'a b.com',
    'x;y.com',
    '',
    7,
  ]) {
    it(`is refused as ${JSON.stringify(domain)}`, () => {
      const cookies = { dangerouslyShareWithDomain: domain } as CookieOptions;
      expect(() => createCognitoRouter({ ...POOL, ...SHARED, cookies })).to.throw(
        TypeError,
        `cookies.dangerouslyShareWithDomain is ${JSON.stringify(domain)}`,
      );
    });
  }

  it('warns once if the host of a request is outside the domain', async () => {
    const log = captureLog();
    const kit = await start({ logger: log.logger });
    const warnings = () => log.lines().filter(({ code }) => code === 'cookie_domain_mismatch');
    for (const host of [API, 'example.com', 'API.EXAMPLE.COM:8443']) await signIn(kit, host);
    expect(warnings()).to.have.lengthOf(0);
    for (const host of ['notexample.com', 'localhost']) await signIn(kit, host);
    expect(warnings()).to.have.lengthOf(1);
    expect(warnings()[0]?.hint).to.include('docs/cross-origin.md#sub-domains-that-share-a-session');
  });
});

function pick({
  transport,
  cookies,
  trustedOrigins,
}: Config): Pick<Config, 'transport' | 'cookies' | 'trustedOrigins'> {
  return { transport, cookies, trustedOrigins };
}
