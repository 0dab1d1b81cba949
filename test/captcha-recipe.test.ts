import { once } from 'node:events';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'chai';
import supertest, { type Response as Answer } from 'supertest';
import { type LocalUserPool, startLocalUserPool } from '../src/local/local-user-pool.ts';
import { blocksOf, ROOT, readPage } from './support/documentation.ts';
import { expectProblem, expectStatus, PASSWORD } from './support/helpers.ts';

const FOLDER = new URL('.tmp/captcha/', ROOT);
const SECRET = '1x0000000000000000000000000000000AA';
const realFetch = globalThis.fetch;

/** Cloudflare Turnstile at the edge of the network: it answers as documented by its provider. */
class Turnstile {
  /** Tokens that the widget has issued, and that were not used. */
  readonly tokens = new Set<string>();
  secret = SECRET;
  answer: 'verdict' | 'html' | 'nothing' | 'never' = 'verdict';
  readonly forms: URLSearchParams[] = [];

  fetch: typeof fetch = async (input, init) => {
    if (String(input) !== 'https://challenges.cloudflare.com/turnstile/v0/siteverify')
      return realFetch(input, init);
    expect(init?.method).to.equal('POST');
    const form = init?.body as URLSearchParams;
    this.forms.push(form);
    if (this.answer === 'nothing') throw new TypeError('fetch failed');
    if (this.answer === 'html') return new Response('<h1>502</h1>', { status: 502 });
    if (this.answer === 'never') {
      await sleep(60_000, undefined, { signal: init?.signal as AbortSignal });
    }
    return Response.json(this.verdict(form));
  };

  private verdict(form: URLSearchParams): object {
    if (form.get('secret') !== this.secret)
      return { success: false, 'error-codes': ['invalid-input-secret'] };
    const isFresh = this.tokens.delete(form.get('response') ?? '');
    return isFresh
      ? { success: true, 'error-codes': [] }
      : { success: false, 'error-codes': ['timeout-or-duplicate'] };
  }
}

describe('The CAPTCHA of docs/threat-protection.md', () => {
  let pool: LocalUserPool;
  let server: Server;
  let turnstile: Turnstile;
  let users = 0;

  before(async () => {
    pool = await startLocalUserPool({ quiet: true });
    const blocks = blocksOf(await readPage('docs/threat-protection.md'));
    const code = blocks.find((block) => block.code.includes('siteverify'))?.code ?? '';
    await mkdir(FOLDER, { recursive: true });
    const app = code
      .replace(
        "express().use('/auth', auth).listen(3000)",
        "export const server = express().use('/auth', auth).listen(0, '127.0.0.1')",
      )
      .replace('createCognitoRouter({', 'createCognitoRouter({ logger: false,');
    await writeFile(new URL('app.ts', FOLDER), app);
    process.env.COGNITO_USER_POOL_ID = pool.config.userPoolId;
    process.env.COGNITO_CLIENT_ID = pool.config.clientId;
    process.env.COGNITO_ENDPOINT = pool.config.endpoint;
    process.env.TURNSTILE_SECRET = SECRET;
    ({ server } = (await import(new URL('app.ts', FOLDER).href)) as { server: Server });
    if (!server.listening) await once(server, 'listening');
  });
  after(async () => {
    server?.close();
    server?.closeAllConnections();
    await pool?.close();
    await rm(FOLDER, { recursive: true, force: true });
  });
  beforeEach(() => {
    turnstile = new Turnstile();
    turnstile.tokens.add('fresh');
    globalThis.fetch = turnstile.fetch;
  });
  afterEach(() => {
    globalThis.fetch = realFetch;
  });

  const post = (path: string, body: object): Promise<Answer> =>
    supertest(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)
      .post(`/auth${path}`)
      .send(body)
      .then((answer) => answer);
  const signUp = (captchaToken?: string): Promise<Answer> =>
    post('/sign-up', { email: `captcha-${++users}@example.com`, password: PASSWORD, captchaToken });
  const messages = (): number => pool.inbox.list().length;

  it('lets a token create one account, and sends the address of the client', async () => {
    expectStatus(await signUp('fresh'), 200);
    expect(Object.fromEntries(turnstile.forms[0] ?? [])).to.deep.equal({
      secret: SECRET,
      response: 'fresh',
      remoteip: '127.0.0.1',
    });
    const sent = messages();
    const answer = expectProblem(await signUp('fresh'), 'validation_failed');
    expect(answer.body.errors).to.deep.equal([
      { path: '/captchaToken', message: 'is invalid or was used before' },
    ]);
    expect(messages()).to.equal(sent);
  });

  it('refuses a sign-up without a token before asking the provider', async () => {
    expectProblem(await signUp(), 'validation_failed');
    expect(turnstile.forms).to.deep.equal([]);
  });

  it('guards forgotten passwords too, before the account is looked up', async () => {
    expectProblem(
      await post('/forgot-password', { email: 'x@example.com', captchaToken: 'used' }),
      'validation_failed',
    );
    expectStatus(await post('/forgot-password', { email: 'x@example.com', captchaToken: 'fresh' }), 200);
  });

  for (const answer of ['html', 'nothing'] as const) {
    it(`answers 503 and sends no message if the provider answers ${answer}`, async () => {
      turnstile.answer = answer;
      const sent = messages();
      expectProblem(await signUp('fresh'), 'upstream_unavailable');
      expect(messages()).to.equal(sent);
    });
  }

  it('answers 503 after three seconds if the provider does not answer', async () => {
    turnstile.answer = 'never';
    const start = performance.now();
    expectProblem(await signUp('fresh'), 'upstream_unavailable');
    expect(performance.now() - start).to.be.within(2900, 6000);
  });

  it('answers 503 if the secret is wrong, because no token of a user would help', async () => {
    turnstile.secret = 'another';
    expectProblem(await signUp('fresh'), 'upstream_unavailable');
  });
});
