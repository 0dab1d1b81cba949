import { createPublicKey, type JsonWebKey } from 'node:crypto';
import { createRequire } from 'node:module';
import { expect } from 'chai';
import supertest, { type Response } from 'supertest';
import { type LocalUserPool, startLocalUserPool } from '../../src/local/local-user-pool.ts';
import { blocksOf, codeAfter, codeBefore, readPage } from '../support/documentation.ts';
import { setEnvironment, startDocumentedApp } from '../support/documented-app.ts';
import { expectProblem, PASSWORD } from '../support/helpers.ts';

const PAGE = 'docs/migrate-from-jwt-middleware.md';
const ADA = 'ada@example.com';
const USER_POOL_ID = 'us-east-1_Example';
/** The verifier before the migration has AWS's issuer built in. */
const ISSUER = `https://cognito-idp.us-east-1.amazonaws.com/${USER_POOL_ID}`;

/** cognito-express has no types. */
interface CognitoExpress {
  hasFinishedProcessing: Promise<void>;
  pems: Readonly<Record<string, string>>;
  userPoolId: string;
  iss: string;
  tokenUse: string;
  tokenExpiration: number;
  validate(token: string): Promise<{ username: string }>;
}

type App = Awaited<ReturnType<typeof startDocumentedApp>>;

describe(PAGE, () => {
  let pool: LocalUserPool;
  let restore: () => void;
  const apps: App[] = [];
  let diff: string;
  let adapters: readonly string[];
  /** Options that only the local pool needs: its keys are not below AWS's issuer. */
  let local: string;

  before(async () => {
    const users = [{ username: ADA, password: PASSWORD }];
    pool = await startLocalUserPool({ quiet: true, userPoolId: USER_POOL_ID, issuer: ISSUER, users });
    restore = setEnvironment({
      COGNITO_USER_POOL_ID: USER_POOL_ID,
      COGNITO_CLIENT_ID: pool.config.clientId,
      COGNITO_ENDPOINT: undefined,
    });
    const blocks = blocksOf(await readPage(PAGE));
    diff = blocks.find(({ language }) => language === 'diff')?.code ?? '';
    adapters = blocks.filter(({ language }) => language === 'ts').map(({ code }) => code);
    local = `jwksUri: ${JSON.stringify(pool.jwksUri)}`;
  });
  after(async () => {
    await Promise.all(apps.map((app) => app.close()));
    await pool.close();
    restore();
  });

  async function start(code: string): Promise<App> {
    const app = await startDocumentedApp(
      code
        .replace('requireAuth()', `requireAuth({ ${local} })`)
        .replace('requireAuth({\n', `requireAuth({ ${local},\n`),
    );
    apps.push(app);
    return app;
  }

  async function startBefore(): Promise<App> {
    const keys = await (await fetch(pool.jwksUri)).text();
    return start(codeBefore(diff).replace('const app =', `verifier.cacheJwks(${keys});\nconst app =`));
  }

  const ask = ({ url }: App, headers: Record<string, string>): Promise<Response> =>
    supertest(url).get('/api/reports').set(headers);

  it('has middleware that accepts and refuses the same tokens before and after', async () => {
    const old = await startBefore();
    const kit = await start(codeAfter(diff));
    const valid = pool.tokensFor(ADA);
    const [head = '', , signature = ''] = valid.accessToken.split('.');
    const forged = Buffer.from(JSON.stringify({ sub: 'x', token_use: 'access' })).toString('base64url');
    const { clientId } = pool.addClient();
    const expired = pool.tokensFor(ADA, { accessClaims: { exp: Math.floor(Date.now() / 1000) - 10 } });
    const tokens: Readonly<Record<string, [token: string, status: number]>> = {
      valid: [valid.accessToken, 200],
      'an ID token': [valid.idToken, 401],
      'of another app client': [pool.tokensFor(ADA, { clientId }).accessToken, 401],
      expired: [expired.accessToken, 401],
      forged: [`${head}.${forged}.${signature}`, 401],
      'no JWT': ['abc', 401],
    };
    for (const [title, [token, status]] of Object.entries(tokens)) {
      for (const [name, app] of Object.entries({ old, kit })) {
        const response = await ask(app, { Authorization: `Bearer ${token}` });
        expect(response.status, `${title}: ${name}`).to.equal(status);
        if (status === 200) expect(response.body.for).to.be.a('string').and.not.equal('');
      }
    }
    for (const app of [old, kit]) expect((await ask(app, {})).status).to.equal(401);
  });

  it('has an adapter that keeps req.user and res.locals.user, as a copy that handlers can change', async () => {
    const [adapter = ''] = adapters;
    const handler = `app.get('/api/claims', (req, res) => {
      const { user } = req as unknown as { user: Record<string, unknown> };
      user.role = 'admin';
      res.json({ user, locals: res.locals.user });
    });\napp.listen(3000);`;
    const app = await start(adapter.replace('app.listen(3000);', handler));
    const { accessToken } = pool.tokensFor(ADA);
    const headers = { Authorization: `Bearer ${accessToken}` };
    expect((await ask(app, headers)).body.for).to.be.a('string');
    const { user, locals } = (await supertest(app.url).get('/api/claims').set(headers)).body;
    expect(user).to.include({ token_use: 'access', role: 'admin' });
    expect(locals).to.deep.equal(user);
  });

  it('has an adapter for tokens in another header or without "Bearer", and for the old errors', async () => {
    const [, adapter = ''] = adapters;
    const handler = "app.get('/api/reports', (_req, res) => res.json({ ok: true }));\napp.listen(3000);";
    const app = await start(adapter.replace('app.listen(3000);', handler));
    const { accessToken } = pool.tokensFor(ADA);
    for (const headers of [
      { accessToken },
      { Authorization: accessToken },
      { Authorization: `Bearer ${accessToken}` },
      { Authorization: `Bearer ${accessToken}`, accessToken: 'of an old client' },
    ] as Record<string, string>[]) {
      expect((await ask(app, headers)).status, JSON.stringify(Object.keys(headers))).to.equal(200);
    }
    const refused = await ask(app, { accessToken: 'abc' });
    expect([refused.status, refused.body]).to.deep.equal([401, { message: 'Invalid token' }]);
  });

  it('refuses a token without "Bearer" if the adapter is absent', async () => {
    const app = await start(codeAfter(diff));
    expectProblem(await ask(app, { accessToken: pool.tokensFor(ADA).accessToken }), 'missing_token');
  });

  /** Returns the validator with the keys of the local pool, because its constructor fetches those of AWS. */
  async function cognitoExpress(): Promise<CognitoExpress> {
    const { prototype } = createRequire(import.meta.url)('cognito-express') as { prototype: CognitoExpress };
    const { keys } = (await (await fetch(pool.jwksUri)).json()) as { keys: (JsonWebKey & { kid: string })[] };
    const pemOf = (key: JsonWebKey): string =>
      createPublicKey({ key, format: 'jwk' }).export({ type: 'spki', format: 'pem' }).toString();
    return Object.assign(Object.create(prototype) as CognitoExpress, {
      hasFinishedProcessing: Promise.resolve(),
      pems: Object.fromEntries(keys.map((key) => [key.kid, pemOf(key)])),
      userPoolId: USER_POOL_ID,
      iss: ISSUER,
      tokenUse: 'access',
      tokenExpiration: 3_600_000,
    });
  }

  it('says truly that cognito-express accepts any app client, and that its tokenExpiration has no effect', async () => {
    const old = await cognitoExpress();
    const kit = await start(codeAfter(diff));
    const { clientId } = pool.addClient();
    const now = Math.floor(Date.now() / 1000);
    const dayOld = pool.tokensFor(ADA, { accessClaims: { iat: now - 86_400, exp: now + 60 } }).accessToken;
    const otherClient = pool.tokensFor(ADA, { clientId }).accessToken;
    const bearer = (token: string): Promise<Response> => ask(kit, { Authorization: `Bearer ${token}` });
    expect((await old.validate(dayOld)).username).to.equal((await bearer(dayOld)).body.for);
    expect((await old.validate(otherClient)).username).to.be.a('string');
    expectProblem(await bearer(otherClient), 'invalid_token');
    const anyClient = await start(
      codeAfter(diff).replace('requireAuth()', `requireAuth({ ${local}, clientId: null })`),
    );
    const accepted = await ask(anyClient, { Authorization: `Bearer ${otherClient}` });
    expect(accepted.status).to.equal(200);
    const refused = await old.validate(pool.tokensFor(ADA).idToken).catch((error: Error) => error.message);
    expect(refused).to.equal('Not an access token');
  });
});
