import { scryptSync } from 'node:crypto';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { expect } from 'chai';
import type { Triggers } from '../../../src/local/model/triggers.ts';
import { blocksOf, ROOT, readPage } from '../../support/documentation.ts';
import { expectProblem, expectStatus, type Kit, OTHER_PASSWORD, startKit } from '../../support/helpers.ts';

const OLD_PASSWORD = 'short';

interface Recipe {
  readonly users: Map<string, { name: string; emailVerified: boolean; password: string; migratedAt?: Date }>;
  readonly migrateUser: Triggers['userMigration'];
  readonly markUser: Triggers['postAuthentication'];
}

describe('The recipe of docs/migrate-from-a-user-table.md', () => {
  const folder = new URL('.tmp/user-table/', ROOT);
  let source: string;
  let recipe: Recipe;
  let kit: Kit;

  before(async () => {
    const [block] = blocksOf(await readPage('docs/migrate-from-a-user-table.md'));
    const file = new URL('recipe.ts', folder);
    await mkdir(folder, { recursive: true });
    source = block?.code ?? '';
    await writeFile(file, source);
    recipe = (await import(file.href)) as Recipe;
    const { migrateUser: userMigration, markUser: postAuthentication } = recipe;
    kit = await startKit({ pool: { triggers: { userMigration, postAuthentication } } });
  });
  after(async () => {
    await kit.close();
    await rm(folder, { recursive: true, force: true });
  });

  function addRow(email: string, emailVerified: boolean): void {
    const salt = Buffer.from(email);
    const hash = scryptSync(OLD_PASSWORD, salt, 64).toString('base64');
    recipe.users.set(email, { name: 'Old', emailVerified, password: `${salt.toString('base64')}:${hash}` });
  }

  /** Calls the function as Lambda does. Returns its answer or its error. */
  async function migrate({ migrateUser }: Recipe, event: object): Promise<unknown> {
    const handler = migrateUser as (event: object) => Promise<unknown>;
    return handler({ ...event, response: {} }).catch((error: unknown) => error);
  }

  const signIn = (email: string, password: string) => kit.post('/sign-in', { email, password });
  const isMarked = (email: string) => recipe.users.get(email)?.migratedAt !== undefined;

  it('migrates a user at the sign-in with the old password, and marks the row', async () => {
    addRow('ada@example.com', true);
    const { tokens } = expectStatus(await signIn('Ada@example.com', OLD_PASSWORD), 200).body;
    const me = expectStatus(await kit.get('/me', tokens.accessToken), 200).body;
    expect(me.attributes).to.include({ email_verified: true, name: 'Old' });
    expect(isMarked('ada@example.com')).to.equal(true);
    expect(kit.pool.inbox.latest({ to: 'ada@example.com' })).to.equal(undefined);
  });

  it('migrates no user with a wrong password, and answers as for an unknown user', async () => {
    addRow('bob@example.com', true);
    const wrong = expectProblem(await signIn('bob@example.com', OTHER_PASSWORD), 'invalid_credentials');
    const unknown = expectProblem(await signIn('carl@example.com', OTHER_PASSWORD), 'invalid_credentials');
    expect({ ...wrong.body, requestId: '' }).to.deep.equal({ ...unknown.body, requestId: '' });
    expect(isMarked('bob@example.com')).to.equal(false);
    expectStatus(await signIn('bob@example.com', OLD_PASSWORD), 200);
  });

  it('migrates a user with a forgotten password, and sends a code to a verified address only', async () => {
    addRow('dora@example.com', true);
    addRow('eve@example.com', false);
    for (const email of ['dora@example.com', 'eve@example.com'])
      expectStatus(await kit.post('/forgot-password', { email }), 200);
    const { code } = await kit.pool.inbox.waitFor({ to: 'dora@example.com' });
    const reset = { email: 'dora@example.com', confirmationCode: code, newPassword: OTHER_PASSWORD };
    expectStatus(await kit.post('/confirm-forgot-password', reset), 200);
    expectStatus(await signIn('dora@example.com', OTHER_PASSWORD), 200);
    expectProblem(await signIn('dora@example.com', OLD_PASSWORD), 'invalid_credentials');
    expect(isMarked('dora@example.com')).to.equal(true);
    expect(kit.pool.inbox.latest({ to: 'eve@example.com' })).to.equal(undefined);
    expectStatus(await signIn('eve@example.com', OLD_PASSWORD), 200);
    expect(isMarked('eve@example.com')).to.equal(false);
  });

  it('takes an event of a forgotten password without a password, and none of a sign-in', async () => {
    addRow('gina@example.com', true);
    const asked = { userName: 'gina@example.com', request: {} };
    const migrated = await migrate(recipe, { ...asked, triggerSource: 'UserMigration_ForgotPassword' });
    expect(migrated).to.have.nested.property('response.userAttributes.email', 'gina@example.com');
    const refused = await migrate(recipe, { ...asked, triggerSource: 'UserMigration_Authentication' });
    expect(refused).to.have.property('message', 'Bad user name or password');
  });

  it('refuses a wrong password if the hash of the table takes a promise, as that of bcrypt does', async () => {
    const file = new URL('promise.ts', folder);
    const matches = 'async function matches(): Promise<boolean> {\n  return false;\n}\n';
    const code = source.replace(/(async )?function matches[\s\S]*?\n}\n/, matches);
    expect(code).to.not.equal(source);
    await writeFile(file, code);
    const other = (await import(file.href)) as Recipe;
    other.users.set('hal@example.com', { name: 'Hal', emailVerified: true, password: 'bcrypt' });
    const triggerSource = 'UserMigration_Authentication';
    const event = { userName: 'hal@example.com', triggerSource, request: { password: OTHER_PASSWORD } };
    expect(await migrate(other, event)).to.have.property('message', 'Bad user name or password');
  });

  it('does not bring back a user who deleted the account', async () => {
    addRow('finn@example.com', true);
    const { tokens } = expectStatus(await signIn('finn@example.com', OLD_PASSWORD), 200).body;
    expectStatus(
      await kit.request.delete('/auth/me').set('Authorization', `Bearer ${tokens.accessToken}`),
      200,
    );
    expectProblem(await signIn('finn@example.com', OLD_PASSWORD), 'invalid_credentials');
  });
});
