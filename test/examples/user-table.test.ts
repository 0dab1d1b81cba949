import { PGlite } from '@electric-sql/pglite';
import { PGLiteSocketServer } from '@electric-sql/pglite-socket';
import { expect } from 'chai';
import { type LocalUserPool, startLocalUserPool } from 'express-cognito-kit/local';
import { type Running, settingsOf, start, stopAll } from '../support/example-process.ts';
import { freePort } from '../support/free-port.ts';

const ADA = { email: 'ada@example.com', password: 'correct-Horse-7-battery' };

describe('examples/user-table.ts', () => {
  let pool: LocalUserPool;
  let db: PGlite;
  let server: PGLiteSocketServer;
  let app: Running;
  let url: string;
  let port: number;

  before(async function () {
    this.timeout(60_000);
    pool = await startLocalUserPool({
      quiet: true,
      users: [{ username: ADA.email, password: ADA.password, attributes: { name: 'Ada' } }],
    });
    db = await PGlite.create();
    port = await freePort();
    await serve();
    const DATABASE_URL = `postgres://postgres@127.0.0.1:${port}/postgres?sslmode=disable`;
    const env = { PORT: String(await freePort()), DATABASE_URL, ...settingsOf(pool) };
    app = start('examples/user-table.ts', env);
    [, url = ''] = await app.prints(/(http:\S+)\/auth\/health/);
  });
  after(async () => {
    await stopAll();
    await server.stop();
    await Promise.all([db.close(), pool.close()]);
  });

  /** The data is kept while no server gives access to it. */
  async function serve(): Promise<void> {
    server = new PGLiteSocketServer({ db, port, host: '127.0.0.1', maxConnections: 10 });
    await server.start();
  }

  async function call(path: string, init: RequestInit = {}, accessToken?: string) {
    const headers = {
      'content-type': 'application/json',
      ...(accessToken !== undefined && { authorization: `Bearer ${accessToken}` }),
    };
    const response = await fetch(url + path, { ...init, headers });
    const body = (await response.json().catch(() => undefined)) as Record<string, unknown>;
    return { status: response.status, retryAfter: response.headers.get('retry-after'), body };
  }

  const signIn = () => call('/auth/sign-in', { method: 'POST', body: JSON.stringify(ADA) });
  const tokenOf = ({ body }: Awaited<ReturnType<typeof signIn>>): string =>
    (body.tokens as { accessToken: string }).accessToken;
  const rows = async () => (await db.query<Record<string, unknown>>('select * from users')).rows;

  it('refuses a sign-in while the database is unavailable, and makes the row at the next one', async () => {
    await server.stop();
    const refused = await signIn();
    expect([refused.status, refused.retryAfter]).to.deep.equal([503, '5']);
    expect(refused.body).to.include({ code: 'store_unavailable' }).and.not.have.property('tokens');
    await serve();
    const signedIn = await signIn();
    expect(signedIn.status).to.equal(200);
    const [row, ...others] = await rows();
    expect(others).to.deep.equal([]);
    expect(row).to.include({ email: ADA.email, name: 'Ada', plan: 'free' });
    const account = await call('/account', {}, tokenOf(signedIn));
    expect(account.body).to.deep.equal({ email: ADA.email, name: 'Ada', plan: 'free' });
  });

  it('keeps one row for concurrent sign-ins, with the values of the app', async () => {
    await db.query("update users set plan = 'pro'");
    const all = await Promise.all([signIn(), signIn(), signIn()]);
    expect(all.map(({ status }) => status)).to.deep.equal([200, 200, 200]);
    const found = await rows();
    expect(found).to.have.lengthOf(1);
    expect(found[0]).to.include({ plan: 'pro', name: 'Ada' });
  });

  it('updates the row with the profile, and deletes it with the account', async () => {
    const token = tokenOf(await signIn());
    const change = { method: 'PATCH', body: JSON.stringify({ attributes: { name: 'Ada King' } }) };
    expect((await call('/auth/me', change, token)).status).to.equal(200);
    expect((await rows())[0]).to.include({ name: 'Ada King' });
    await server.stop();
    expect((await call('/auth/me', { method: 'DELETE' }, token)).status).to.equal(503);
    await serve();
    expect((await call('/auth/me', { method: 'DELETE' }, token)).status).to.equal(200);
    expect(await rows()).to.deep.equal([]);
    expect((await signIn()).status).to.equal(401);
  });
});
