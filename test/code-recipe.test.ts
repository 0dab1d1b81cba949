import { expect } from 'chai';
import type { Config } from '../src/config/options.ts';
import { blocksOf, readPage } from './support/documentation.ts';
import {
  expectProblem,
  expectStatus,
  type Kit,
  OTHER_PASSWORD,
  PASSWORD,
  startKit,
} from './support/helpers.ts';

type Post = (path: string, body: object) => Promise<{ status?: string; code?: string }>;

interface Recipe {
  confirmAndSignIn(answer: { email: string; password: string; confirmationCode: string }): Promise<string>;
  sendNewCode(email: string): Promise<{ status?: string }>;
}

async function recipeWith(post: Post): Promise<Recipe> {
  const blocks = blocksOf(await readPage('docs/sign-in-methods.md'));
  const code = blocks.find((block) => block.code.includes('confirmAndSignIn'))?.code;
  return new Function('post', `${code}; return { confirmAndSignIn, sendNewCode };`)(post) as Recipe;
}

describe('The recipe "I have a code" of docs/sign-in-methods.md', () => {
  let kit: Kit;
  let recipe: Recipe;
  let users = 0;

  async function start(config: Config = {}): Promise<void> {
    kit = await startKit({ config });
    recipe = await recipeWith(async (path, body) => (await kit.post(path, body)).body);
  }
  afterEach(() => kit.close());

  const newEmail = (): string => `code-${++users}@example.com`;
  const codeFor = async (to: string): Promise<string> =>
    (await kit.pool.inbox.waitFor({ to, kind: 'sign_up' })).code ?? '';
  const messagesTo = (to: string): number => kit.pool.inbox.list({ to }).length;

  /** Signs up, loses the session, and fails to sign in. */
  async function signUp(email = newEmail()): Promise<string> {
    expectStatus(await kit.post('/sign-up', { email, password: PASSWORD }), 200);
    await codeFor(email);
    expectProblem(await kit.post('/sign-in', { email, password: PASSWORD }), 'invalid_credentials');
    return email;
  }

  it('signs the user in with the code and the password of the failed sign-in', async () => {
    await start();
    const email = await signUp();
    const confirmationCode = await codeFor(email);
    expect(await recipe.confirmAndSignIn({ email, password: PASSWORD, confirmationCode })).to.equal(
      'signed in',
    );
  });

  it('tells a wrong code from a wrong password, and confirms the account with the right code', async () => {
    await start();
    const email = await signUp();
    const confirmationCode = await codeFor(email);
    const wrong = { email, password: OTHER_PASSWORD };
    expect(await recipe.confirmAndSignIn({ ...wrong, confirmationCode: '000000' })).to.equal('code refused');
    expect(await recipe.confirmAndSignIn({ ...wrong, confirmationCode })).to.equal('password refused');
    expectStatus(await kit.post('/sign-in', { email, password: PASSWORD }), 200);
  });

  it('signs in with a new code if the old one is lost', async () => {
    await start();
    const email = await signUp();
    kit.pool.inbox.clear();
    expect(await recipe.sendNewCode(email)).to.deep.equal({ status: 'code_sent' });
    const confirmationCode = await codeFor(email);
    expect(await recipe.confirmAndSignIn({ email, password: PASSWORD, confirmationCode })).to.equal(
      'signed in',
    );
  });

  it('leads to a new password if another client has signed up the same address', async () => {
    await start();
    const email = await signUp();
    kit.pool.inbox.clear();
    expectStatus(await kit.post('/sign-up', { email, password: OTHER_PASSWORD }), 200);
    const confirmationCode = await codeFor(email);
    const next = await recipe.confirmAndSignIn({ email, password: OTHER_PASSWORD, confirmationCode });
    expect(next).to.equal('forgot password');
  });

  it('answers the same for an account that is confirmed or does not exist, and sends it no message', async () => {
    await start();
    const { email: confirmed } = await kit.signUpAndIn();
    for (const email of [confirmed, newEmail()]) {
      const sent = messagesTo(email);
      expect(await recipe.sendNewCode(email)).to.deep.equal({ status: 'code_sent' });
      const answer = { email, password: PASSWORD, confirmationCode: '123456' };
      expect(await recipe.confirmAndSignIn(answer)).to.equal('code refused');
      expect(messagesTo(email)).to.equal(sent);
    }
  });

  it('confirms the account even if the sign-in then has a challenge, and says so', async () => {
    kit = await startKit({ pool: { pool: { MfaConfiguration: 'ON' } } });
    recipe = await recipeWith(async (path, body) => (await kit.post(path, body)).body);
    const email = await signUp();
    const confirmationCode = await codeFor(email);
    expect(await recipe.confirmAndSignIn({ email, password: PASSWORD, confirmationCode })).to.equal(
      'challenge',
    );
  });
});
