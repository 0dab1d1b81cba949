import { expect } from 'chai';
import type { PasswordPolicy } from '../../src/config/options.ts';
import { expectProblem, startKit } from '../support/helpers.ts';

const COGNITO_DEFAULT: PasswordPolicy = {
  minimumLength: 8,
  requireLowercase: true,
  requireUppercase: true,
  requireNumbers: true,
  requireSymbols: true,
};

/** Signs up with the password, and returns the validation errors. */
async function validationErrors(
  password: string,
  passwordPolicy: PasswordPolicy = COGNITO_DEFAULT,
): Promise<string[]> {
  const kit = await startKit({ config: { passwordPolicy } });
  const { body } = await kit.post('/sign-up', { email: 'ada@example.com', password });
  const count = kit.pool.requests.count('SignUp');
  await kit.close();
  const errors = (body as { errors?: { path: string; message: string }[] }).errors ?? [];
  // A refused password does not reach Cognito.
  expect(count).to.equal(errors.length === 0 ? 1 : 0);
  return errors.map(({ path, message }) => `${path} ${message}`);
}

describe('The passwordPolicy option', () => {
  it('reports all unmet requirements at once', async () => {
    expect(await validationErrors('###')).to.have.members([
      '/password must be at least 8 characters long',
      '/password must have a lower-case letter, an upper-case letter, a number',
    ]);
  });

  for (const password of [
    'Passw0rd!',
    'Pass w0rd',
    'Passw0rd\\',
    'Passw0rd]',
    'Passw0rd^',
    'Passw0rd-',
    'Passw0rd`',
  ]) {
    it(`accepts ${password}, like Cognito`, async () => {
      expect(await validationErrors(password)).to.deep.equal([]);
    });
  }

  for (const password of ['Passw0rdx', 'Passw0rd ', ' Passw0rd', 'Passw0rd§']) {
    it(`finds no symbol in "${password}"`, async () => {
      expect(await validationErrors(password)).to.deep.equal(['/password must have a symbol']);
    });
  }

  it('has no requirements if it is empty', async () => {
    expect(await validationErrors('Passw0rd!x', {})).to.deep.equal([]);
  });

  it('applies to every new password, and not to current passwords', async () => {
    const kit = await startKit({ config: { passwordPolicy: { minimumLength: 20 } } });
    kit.pool.addUser({ username: 'ada@example.com', password: 'Passw0rd!x' });
    const email = 'ada@example.com';
    const signedIn = await kit.post('/sign-in', { email, password: 'Passw0rd!x' });
    expect(signedIn.status).to.equal(200);
    const { accessToken } = (signedIn.body as { tokens: { accessToken: string } }).tokens;
    const session = 'a-session-of-some-length';
    for (const [path, body, token] of [
      ['/confirm-forgot-password', { email, confirmationCode: '123456', newPassword: 'Passw0rd!y' }],
      ['/change-password', { oldPassword: 'Passw0rd!x', newPassword: 'Passw0rd!y' }, accessToken],
      ['/challenge', { name: 'NEW_PASSWORD_REQUIRED', session, username: email, newPassword: 'Passw0rd!y' }],
    ] as const) {
      const response = await kit.post(path, body, token);
      expectProblem(response, 'validation_failed');
      expect((response.body as { errors: unknown }).errors).to.deep.equal([
        { path: '/newPassword', message: 'must be at least 20 characters long' },
      ]);
    }
    await kit.close();
  });
});
