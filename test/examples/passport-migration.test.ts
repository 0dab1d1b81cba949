import { expect } from 'chai';
import supertest, { type Response } from 'supertest';
import { type LocalUserPool, startLocalUserPool } from '../../src/local/local-user-pool.ts';
import { SAME_ORIGIN } from '../support/cookie-client.ts';
import { blocksOf, codeAfter, codeBefore, readPage } from '../support/documentation.ts';
import { setEnvironment, startDocumentedApp } from '../support/documented-app.ts';
import { expectStatus, PASSWORD } from '../support/helpers.ts';

const PAGE = 'docs/migrate-from-passport.md';
const ADA = 'ada@example.com';

type App = Awaited<ReturnType<typeof startDocumentedApp>>;

describe(PAGE, () => {
  let pool: LocalUserPool;
  let restore: () => void;
  const apps: App[] = [];
  let diff: string;
  let adapter: string;
  let sessions: string;

  before(async () => {
    pool = await startLocalUserPool({ quiet: true, users: [{ username: ADA, password: PASSWORD }] });
    restore = setEnvironment({
      COGNITO_USER_POOL_ID: pool.config.userPoolId,
      COGNITO_CLIENT_ID: pool.config.clientId,
      COGNITO_ENDPOINT: pool.config.endpoint,
    });
    const blocks = blocksOf(await readPage(PAGE)).map(({ code }) => code);
    [diff = '', adapter = '', sessions = ''] = blocks;
  });
  after(async () => {
    await Promise.all(apps.map((app) => app.close()));
    await pool.close();
    restore();
  });

  async function start(code: string): Promise<App> {
    const app = await startDocumentedApp(code, { 'as-passport.ts': adapter });
    apps.push(app);
    return app;
  }

  it('has routes that accept and refuse the same tokens, and give handlers the same members', async () => {
    const issuer = /const issuer = .*/;
    expect(codeBefore(diff)).to.match(issuer);
    const old = await start(
      codeBefore(diff).replace(issuer, `const issuer = ${JSON.stringify(pool.issuer)};`),
    );
    const kit = await start(codeAfter(diff));
    const { accessToken } = pool.tokensFor(ADA);
    const expired = pool.tokensFor(ADA, { accessClaims: { exp: Math.floor(Date.now() / 1000) - 10 } });
    const ask = ({ url }: App, token?: string): Promise<Response> => {
      const request = supertest(url).get('/reports');
      return token === undefined ? request : request.set('Authorization', `Bearer ${token}`);
    };
    const [before, after] = [await ask(old, accessToken), await ask(kit, accessToken)];
    expect(expectStatus(before, 200).body).to.include({ signedIn: true });
    expect(before.body.for).to.be.a('string');
    expect(expectStatus(after, 200).body).to.deep.equal(before.body);
    for (const app of [old, kit]) {
      for (const token of [undefined, 'abc', `${accessToken}x`, expired.accessToken]) {
        expectStatus(await ask(app, token), 401);
      }
    }
  });

  it('has a form that signs in, keeps a session in cookies, and signs out', async () => {
    const { url } = await start(sessions);
    const agent = supertest.agent(url);
    let cookie = '';
    const send = async (method: 'get' | 'post', path: string, body?: object): Promise<Response> => {
      const headers = {
        ...SAME_ORIGIN,
        'Sec-Fetch-Mode': 'navigate',
        'Sec-Fetch-Dest': 'document',
        Accept: 'text/html',
      };
      const request = agent[method](path).set(headers).set('Cookie', cookie).redirects(0);
      const response = await (body ? request.type('form').send(body) : request);
      const lines = (response.headers['set-cookie'] ?? []) as string[];
      if (lines.length > 0) {
        cookie = lines
          .filter((line) => !line.includes('Max-Age=0;'))
          .map((line) => line.slice(0, line.indexOf(';')))
          .join('; ');
      }
      return response;
    };
    expect((await send('get', '/account')).headers.location).to.equal('/?returnTo=%2Faccount');
    const wrong = await send('post', '/login', { username: ADA, password: 'Wrong-password-5' });
    expect([wrong.status, wrong.headers.location]).to.deep.equal([303, '/?error=invalid_credentials']);
    const right = await send('post', '/login', { username: ADA, password: PASSWORD });
    expect([right.status, right.headers.location]).to.deep.equal([303, '/account']);
    expect((await send('get', '/account')).text).to.equal('Your account');
    expect((await send('get', '/')).text).to.equal('Welcome back');
    const out = await send('post', '/logout', { everywhere: 'false' });
    expect([out.status, out.headers.location]).to.deep.equal([303, '/']);
    expect((await send('get', '/')).text).to.equal('Sign in');
  });
});
