import { expect } from 'chai';
import type { Response } from 'supertest';
import type { Config } from '../../src/config/options.ts';
import type { LocalUserPoolOptions } from '../../src/local/local-user-pool.ts';
import { startFakeCognito } from '../support/fake-cognito.ts';
import { expectProblem, expectStatus, type Kit, PASSWORD, startKit } from '../support/helpers.ts';

const EMAIL = 'ada@example.com';
const PHONE = '+14155550123';
const MESSAGE = 'is the name to sign in with, and cannot be deleted';

/** A signed-in user of a pool with these names. */
interface Signed {
  readonly kit: Kit;
  patch(attributes: Readonly<Record<string, string>>): Promise<Response>;
  remove(attribute: string): Promise<Response>;
  /** Names and values of the account at Cognito. */
  attributes(): Promise<Record<string, string>>;
}

async function start(
  pool: LocalUserPoolOptions,
  config: Config,
  names: Readonly<Record<string, string>>,
): Promise<Signed> {
  const kit = await startKit({ pool, config });
  const { username, ...attributes } = { username: EMAIL, ...names };
  kit.pool.addUser({ username, password: PASSWORD, attributes: { email_verified: 'true', ...attributes } });
  const [name = 'email'] = [config.signInWith ?? 'email'].flat();
  const body = { [name]: username, password: PASSWORD };
  const { accessToken } = expectStatus(await kit.post('/sign-in', body), 200).body.tokens;
  kit.pool.requests.clear();
  const bearer = { type: 'bearer' } as const;
  return {
    kit,
    patch: async (given) =>
      kit.request.patch('/auth/me').auth(accessToken, bearer).send({ attributes: given }),
    remove: async (name) => kit.request.delete(`/auth/me/attributes/${name}`).auth(accessToken, bearer),
    attributes: async () => expectStatus(await kit.get('/me', accessToken), 200).body.attributes,
  };
}

describe('The only name to sign in with', () => {
  let user: Signed;
  before(async () => {
    user = await start({}, {}, { email: EMAIL, phone_number: PHONE, nickname: 'Ada' });
  });
  after(() => user.kit.close());

  for (const blank of ['', '  ']) {
    it(`cannot be deleted by PATCH /me with ${JSON.stringify(blank)}`, async () => {
      const answer = expectProblem(await user.patch({ email: blank, nickname: '' }), 'validation_failed');
      expect(answer.body.errors).to.deep.equal([{ path: '/attributes/email', message: MESSAGE }]);
      expect(await user.attributes()).to.include({ email: EMAIL, nickname: 'Ada' });
    });
  }

  it('cannot be deleted by DELETE /me/attributes/email', async () => {
    const answer = expectProblem(await user.remove('email'), 'validation_failed');
    expect(answer.body.errors).to.deep.equal([{ path: '/name', message: MESSAGE }]);
    expect(await user.attributes()).to.include({ email: EMAIL });
  });

  it('can change, and other attributes can be deleted without another call to Cognito', async () => {
    user.kit.pool.requests.clear();
    expectStatus(await user.patch({ email: EMAIL, phone_number: '' }), 200);
    expectStatus(await user.remove('nickname'), 200);
    expect(user.kit.pool.requests.count('GetUser')).to.equal(0);
    expect(await user.attributes()).to.not.have.any.keys('phone_number', 'nickname');
  });

  it('keeps the message for another wrong name', async () => {
    const answer = expectProblem(await user.remove('no_such'), 'validation_failed');
    expect(answer.body.errors).to.deep.equal([{ path: '/name', message: 'is not an allowed value' }]);
  });

  it('is a phone number in a pool of phone numbers', async () => {
    const phones = await start(
      { pool: { UsernameAttributes: ['phone_number'] } },
      { signInWith: 'phoneNumber' },
      { username: PHONE, email: EMAIL },
    );
    const answer = expectProblem(await phones.patch({ phone_number: '' }), 'validation_failed');
    expect(answer.body.errors).to.deep.equal([{ path: '/attributes/phone_number', message: MESSAGE }]);
    expectProblem(await phones.remove('phone_number'), 'validation_failed');
    expectStatus(await phones.patch({ email: '' }), 200);
    await phones.kit.close();
  });
});

describe('One of several names to sign in with', () => {
  const POOL = { pool: { UsernameAttributes: ['email', 'phone_number'] } } satisfies LocalUserPoolOptions;
  const NAMES: Config = { signInWith: ['email', 'phoneNumber'] };

  it('can be deleted while the user has another', async () => {
    const user = await start(POOL, NAMES, { email: EMAIL, phone_number: PHONE });
    expectStatus(await user.patch({ phone_number: '' }), 200);
    expect(user.kit.pool.requests.count('GetUser')).to.equal(1);
    const last = expectProblem(await user.patch({ email: '' }), 'validation_failed');
    expect(last.body.errors).to.deep.equal([{ path: '/attributes/email', message: MESSAGE }]);
    const removed = expectProblem(await user.remove('email'), 'validation_failed');
    expect(removed.body.errors).to.deep.equal([{ path: '/name', message: MESSAGE }]);
    expect(await user.attributes()).to.include({ email: EMAIL });
    await user.kit.close();
  });

  it('cannot be deleted together with the others', async () => {
    const user = await start(POOL, NAMES, { email: EMAIL, phone_number: PHONE });
    const answer = expectProblem(await user.patch({ email: '', phone_number: '' }), 'validation_failed');
    expect(answer.body.errors).to.have.deep.members([
      { path: '/attributes/email', message: MESSAGE },
      { path: '/attributes/phone_number', message: MESSAGE },
    ]);
    expect(await user.attributes()).to.include({ email: EMAIL, phone_number: PHONE });
    await user.kit.close();
  });

  it('cannot be replaced by another one in the same request, which may have to be verified first', async () => {
    const user = await start(POOL, NAMES, { email: EMAIL });
    expectProblem(await user.patch({ email: '', phone_number: PHONE }), 'validation_failed');
    await user.kit.close();
  });

  it('is not deleted if Cognito does not tell the names of the user', async () => {
    const fake = await startFakeCognito((request, res) => {
      res
        .setHeader('Content-Type', 'application/x-amz-json-1.1')
        .end(request.operation === 'GetUser' ? '{"Username":"ada"}' : '{}');
    });
    const app = fake.app({ signInWith: ['email', 'phoneNumber'] });
    expectProblem(await app.call('updateMe', { attributes: { email: '' } }), 'upstream_error');
    expect(fake.requests.map(({ operation }) => operation)).to.deep.equal(['GetUser']);
    await fake.close();
  });

  it('can be deleted if users have a user name, which stays', async () => {
    const user = await start(
      { pool: { AliasAttributes: ['email', 'preferred_username'] } },
      { signInWith: ['username', 'email'] },
      { username: 'ada', email: EMAIL, preferred_username: 'countess' },
    );
    expectStatus(await user.patch({ email: '', preferred_username: '' }), 200);
    expect(user.kit.pool.requests.count('GetUser')).to.equal(0);
    expectStatus(await user.kit.post('/sign-in', { username: 'ada', password: PASSWORD }), 200);
    await user.kit.close();
  });
});
