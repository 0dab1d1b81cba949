import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, unlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import type { AuthEvent } from '../../src/config/events.ts';
import type { Config } from '../../src/config/options.ts';
import type { PasswordBlocklistOptions } from '../../src/config/password-blocklist.ts';
import { parseConfig } from '../../src/config/settings.ts';
import { ENDPOINTS } from '../../src/endpoints/table.ts';
import { createCognitoRouter } from '../../src/router.ts';
import { startFakeCognito } from '../support/fake-cognito.ts';
import {
  expectProblem,
  expectStatus,
  type Kit,
  OTHER_PASSWORD,
  PASSWORD,
  startKit,
} from '../support/helpers.ts';
import { captureLog } from '../support/log-capture.ts';

const BLOCKED = 'Blocked-password-7';

const startWith = (passwordBlocklist: PasswordBlocklistOptions, config: Config = {}): Promise<Kit> =>
  startKit({ config: { ...config, passwordBlocklist } });

const isBlocked = (password: string): boolean => password === BLOCKED;

describe('passwordBlocklist', () => {
  let folder: string;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'blocklist-'));
  });
  after(() => rmSync(folder, { recursive: true }));

  function hashFile(...passwords: readonly string[]): string {
    const path = join(folder, 'pwned.txt');
    const hashes = passwords.map((text) => createHash('sha1').update(text).digest('hex').toUpperCase());
    writeFileSync(
      path,
      hashes
        .sort()
        .map((hash) => `${hash}:7\r\n`)
        .join(''),
    );
    return path;
  }

  it('a blocked password is refused at sign-up, change, reset and NEW_PASSWORD_REQUIRED', async () => {
    const kit = await startWith({ isBlocked });
    expectProblem(
      await kit.post('/sign-up', { email: 'ada@example.com', password: BLOCKED }),
      'password_blocked',
    );
    const { email, tokens } = await kit.signUpAndIn();

    const change = { oldPassword: PASSWORD, newPassword: BLOCKED };
    expectProblem(await kit.post('/change-password', change, tokens.accessToken), 'password_blocked');

    expectStatus(await kit.post('/forgot-password', { email }), 200);
    const { code: confirmationCode } = await kit.pool.inbox.waitFor({ to: email, kind: 'forgot_password' });
    const reset = { email, confirmationCode, newPassword: BLOCKED };
    expectProblem(await kit.post('/confirm-forgot-password', reset), 'password_blocked');
    // The code is still valid, because Cognito has not seen the request.
    expectStatus(await kit.post('/confirm-forgot-password', { ...reset, newPassword: OTHER_PASSWORD }), 200);

    const invited = 'invited@example.com';
    kit.pool.addUser({ username: invited, password: PASSWORD, status: 'FORCE_CHANGE_PASSWORD' });
    const { challenge } = (await kit.post('/sign-in', { email: invited, password: PASSWORD })).body;
    const { name, session, username } = challenge;
    const answer = { name, session, username, newPassword: BLOCKED };
    expectProblem(await kit.post('/challenge', answer), 'password_blocked');
    expectStatus(await kit.post('/challenge', { ...answer, newPassword: OTHER_PASSWORD }), 200);
    await kit.close();
  });

  it('a first password of an account without one is checked', async () => {
    const kit = await startWith({ isBlocked }, { passwordless: true });
    kit.pool.addUser({ username: 'eve@example.com' });
    const { accessToken } = kit.pool.tokensFor('eve@example.com');
    expectProblem(
      await kit.post('/change-password', { newPassword: BLOCKED }, accessToken),
      'password_blocked',
    );
    await kit.close();
  });

  it('an existing password can still sign in', async () => {
    const kit = await startWith({ isBlocked: () => true });
    kit.pool.addUser({ username: 'old@example.com', password: BLOCKED });
    expectStatus(await kit.post('/sign-in', { email: 'old@example.com', password: BLOCKED }), 200);
    await kit.close();
  });

  it('the answer is the same for every account, and Cognito is not asked', async () => {
    const fake = await startFakeCognito();
    const app = fake.app({ passwordBlocklist: { isBlocked } });
    const bodies = [];
    for (const email of ['known@example.com', 'unknown@example.com']) {
      const { body } = await app.call('signUp', { email, password: BLOCKED });
      bodies.push({ ...body, requestId: '' });
    }
    expect(bodies[0]).to.deep.equal(bodies[1]);
    expect(bodies[0]).to.include({
      detail: 'The password is too common, or was leaked before. Choose another one.',
    });
    expect(fake.requests).to.deep.equal([]);
    await fake.close();
  });

  it('each endpoint that takes a new password names it', () => {
    const takes = ENDPOINTS.filter(({ example, name }) => {
      return name === 'respondToChallenge' || 'newPassword' in (example.request ?? {}) || name === 'signUp';
    });
    expect(takes.map(({ name }) => name)).to.have.members([
      'signUp',
      'respondToChallenge',
      'confirmForgotPassword',
      'changePassword',
    ]);
    for (const { name, newPassword, errors } of takes) {
      expect(newPassword, name).to.be.a('function');
      expect(errors, name).to.include('password_blocked');
    }
  });

  it('a blocked password does not count for the limit of the account', async () => {
    const code = { limit: 1, windowMs: 60_000 };
    const kit = await startWith({ isBlocked }, { rateLimits: { account: { code } } });
    const body = { email: 'ada@example.com', password: BLOCKED };
    for (let i = 0; i < 3; i++) expectProblem(await kit.post('/sign-up', body), 'password_blocked');
    expectStatus(await kit.post('/sign-up', { ...body, password: PASSWORD }), 200);
    await kit.close();
  });

  it('a file blocks the passwords whose hashes it has, and may be replaced', async () => {
    const kit = await startWith({ file: hashFile(BLOCKED, 'another') });
    const body = { email: 'ada@example.com', password: BLOCKED };
    expectProblem(await kit.post('/sign-up', body), 'password_blocked');
    hashFile('another');
    expectStatus(await kit.post('/sign-up', body), 200);
    await kit.close();
  });

  it('common blocks the most common passwords, in any case', async () => {
    const kit = await startWith({ common: true });
    await kit.auth.ready();
    const signUp = (password: string) => kit.post('/sign-up', { email: 'ada@example.com', password });
    for (const password of ['Password1', 'IloveYou!', 'qwerty123', 'DRAGON']) {
      expectProblem(await signUp(password), 'password_blocked');
    }
    expectStatus(await signUp(PASSWORD), 200);
    await kit.close();
  });

  it('several lists are combined, and a function may return a promise', async () => {
    const kit = await startWith({
      common: true,
      file: hashFile('another'),
      isBlocked: async (password) => isBlocked(password),
    });
    for (const password of [BLOCKED, 'another', 'Password1']) {
      expectProblem(await kit.post('/sign-up', { email: 'ada@example.com', password }), 'password_blocked');
    }
    expectStatus(await kit.post('/sign-up', { email: 'ada@example.com', password: PASSWORD }), 200);
    await kit.close();
  });

  const FAULTS: Readonly<Record<string, (password: string) => unknown>> = {
    'throws an error that quotes the password': (password) => {
      throw new Error(`GET /range/${password} failed`);
    },
    'rejects with an error that quotes the password': (password) =>
      Promise.reject(Object.assign(new Error(password), { code: `no ${password}`, name: `bad ${password}` })),
    'returns a number': () => 1,
    'does not answer': () => new Promise(() => undefined),
  };
  for (const [title, fault] of Object.entries(FAULTS)) {
    it(`a function that ${title} is a 503, and no log line has the password`, async () => {
      const log = captureLog();
      const kit = await startWith({ isBlocked: fault as never }, { logger: log.logger });
      const response = await kit.post('/sign-up', { email: 'ada@example.com', password: BLOCKED });
      expectProblem(response, 'store_unavailable');
      expect(response.body.detail).to.equal('The password cannot be checked at the moment. Try again later.');
      const [line] = log.lines().filter(({ endpoint }) => endpoint === 'signUp');
      expect(line).to.include({ level: 50 });
      expect(line?.hint).to.include('passwordBlocklist.isBlocked');
      expect(log.text()).to.not.include(BLOCKED);
      expect(JSON.stringify(response.body)).to.not.include(BLOCKED);
      await kit.close();
    });
  }

  it("onUnavailable: 'allow' accepts the password, and logs the fault at level error", async () => {
    const log = captureLog();
    const kit = await startWith(
      { isBlocked: FAULTS['throws an error that quotes the password'] as never, onUnavailable: 'allow' },
      { logger: log.logger },
    );
    expectStatus(await kit.post('/sign-up', { email: 'ada@example.com', password: BLOCKED }), 200);
    const [line] = log.lines().filter(({ msg }) => msg === 'password blocklist unavailable');
    expect(line).to.include({ level: 50, exception: 'Error' });
    expect(line?.hint).to.include('passwordBlocklist.isBlocked');
    expect(log.text()).to.not.include(BLOCKED);
    await kit.close();
  });

  it("onUnavailable: 'allow' still refuses a password that another list has", async () => {
    const kit = await startWith({
      file: hashFile(BLOCKED),
      isBlocked: FAULTS['returns a number'] as never,
      onUnavailable: 'allow',
    });
    expectProblem(
      await kit.post('/sign-up', { email: 'ada@example.com', password: BLOCKED }),
      'password_blocked',
    );
    await kit.close();
  });

  it('a file that was deleted is a 503 with a hint', async () => {
    const log = captureLog();
    const file = hashFile(BLOCKED);
    const kit = await startWith({ file }, { logger: log.logger });
    unlinkSync(file);
    expectProblem(
      await kit.post('/sign-up', { email: 'ada@example.com', password: PASSWORD }),
      'store_unavailable',
    );
    expect(log.text()).to.include('ENOENT').and.include('the file of passwordBlocklist');
    await kit.close();
  });

  it('a blocked password is an event without the password', async () => {
    const events: AuthEvent[] = [];
    const kit = await startWith({ isBlocked }, { onEvent: (event) => void events.push(event) });
    await kit.post('/sign-up', { email: 'ada@example.com', password: BLOCKED });
    expect(events[0]).to.include({ type: 'sign_up.failed', code: 'password_blocked' });
    expect(JSON.stringify(events)).to.not.include(BLOCKED);
    await kit.close();
  });

  it('an invalid option throws, and the message says how to fix it', () => {
    const pool = { userPoolId: 'us-east-1_AbCdEfGhI', clientId: 'abc' };
    const parse = (passwordBlocklist: unknown) => () =>
      parseConfig({ ...pool, passwordBlocklist } as Config, {});
    expect(parse('common')).to.throw(TypeError, 'passwordBlocklist is "common"; write { common: true }');
    expect(parse({})).to.throw(TypeError, 'passwordBlocklist has no list; write { common: true }');
    expect(parse({ common: false })).to.throw(TypeError, 'has no list');
    expect(parse({ comon: true })).to.throw(TypeError, 'did you mean "common"');
    expect(parse({ common: 'yes' })).to.throw(
      TypeError,
      'passwordBlocklist.common is "yes"; write true or false',
    );
    expect(parse({ isBlocked: [] })).to.throw(TypeError, 'write a function (password)');
    expect(parse({ common: true, onUnavailable: 'ignore' })).to.throw(TypeError, "write 'allow' or 'deny'");
    expect(parse({ file: '' })).to.throw(TypeError, 'write the path of a file');
    expect(parse({ file: join(folder, 'none') })).to.throw(
      TypeError,
      'which cannot be read (ENOENT); write the path',
    );
    const ntlm = join(folder, 'ntlm.txt');
    writeFileSync(ntlm, '8846F7EAEE8FB117AD06BDD830B7586C:3\n');
    expect(parse({ file: ntlm })).to.throw(TypeError, 'which has other lines than SHA-1 hashes');
    expect(() => createCognitoRouter({ ...pool, passwordBlocklist: { common: true } })).to.not.throw();
  });
});
