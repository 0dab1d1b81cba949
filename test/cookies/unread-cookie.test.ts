import { expect } from 'chai';
import express from 'express';
import supertest from 'supertest';
import { parseTransport, type TransportOptions } from '../../src/config/transport.ts';
import { unreadCookieCheck } from '../../src/cookies/unread-cookie.ts';
import { requireAuth } from '../../src/require-auth.ts';
import { SAME_ORIGIN } from '../support/cookie-client.ts';
import { expectProblem, expectStatus, type Kit, PASSWORD, startKit } from '../support/helpers.ts';
import { captureLog } from '../support/log-capture.ts';

const SIGN_IN = { email: 'ada@example.com', password: PASSWORD };

/** The warnings for requests with these cookies. */
function warningsOf(options: TransportOptions, ...cookies: (string | undefined)[]): string[] {
  const warnings: string[] = [];
  const check = unreadCookieCheck(parseTransport(options), (hint) => warnings.push(hint));
  for (const cookie of cookies) check({ headers: { cookie } } as never);
  return warnings;
}

describe('A session cookie that requireAuth does not read', () => {
  let kit: Kit;
  let cookie: string;

  before(async () => {
    kit = await startKit({
      pool: { users: [{ username: SIGN_IN.email, password: PASSWORD }] },
      config: { transport: 'cookie' },
    });
    const signedIn = expectStatus(await kit.post('/sign-in', SIGN_IN).set(SAME_ORIGIN), 200);
    const lines = signedIn.headers['set-cookie'] as unknown as string[];
    cookie = lines.map((line) => line.split(';')[0]).join('; ');
  });
  after(() => kit.close());

  it('is one warning of the process, which says what to write (case A10)', async () => {
    const warnings: NodeJS.ErrnoException[] = [];
    const listener = (warning: Error): void => void warnings.push(warning);
    process.on('warning', listener);
    const app = supertest(
      express().get('/x', requireAuth(kit.pool.config), (_req, res) => void res.json({})),
    );
    for (let i = 0; i < 2; i++) expectProblem(await app.get('/x').set('Cookie', cookie), 'missing_token');
    await new Promise(setImmediate);
    process.off('warning', listener);
    const ours = warnings.filter(({ code }) => code === 'COGNITO_KIT_COOKIE');
    expect(ours).to.have.lengthOf(1);
    expect(ours[0]?.message).to.include("write requireAuth({ transport: 'cookie' })");
    expect(ours[0]?.message).to.not.include('eyJ');
  });

  it('is one warning in the log of a router with bearer tokens', async () => {
    const log = captureLog();
    const bearer = await startKit({
      pool: kit.pool,
      config: { logger: log.logger },
      app: (auth) =>
        express().get('/x', auth.requireAuth({ optional: true }), (_req, res) => void res.json({})),
    });
    for (let i = 0; i < 2; i++) expectStatus(await bearer.request.get('/x').set('Cookie', cookie), 200);
    const warnings = log.lines().filter(({ code }) => code === 'unread_cookie');
    expect(warnings).to.have.lengthOf(1);
    await bearer.auth.close();
  });

  it('names the options that differ', () => {
    const [first] = warningsOf({ transport: 'cookie' }, 'a=b; auth-access=eyJa.b.c');
    expect(first).to.include("requireAuth({ transport: 'cookie', cookies: { dangerouslyAllowHttp: true } })");
    const [second] = warningsOf({}, '__Host-shop-access=2~eyJa');
    expect(second).to.include("requireAuth({ transport: 'cookie', cookies: { name: 'shop' } })");
  });

  it('is not suspected in a request without one, nor in one whose cookie is read', () => {
    expect(warningsOf({}, undefined, 'a=eyJ', 'x-access=1', '__Host-auth-refresh=eyJ')).to.deep.equal([]);
    expect(warningsOf({ transport: 'cookie' }, '__Host-auth-access=eyJa.b.c')).to.deep.equal([]);
  });
});
