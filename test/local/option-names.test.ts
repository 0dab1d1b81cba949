import { expect } from 'chai';
import { startLocalUserPool } from '../../src/local/index.ts';

async function refusalOf(options: object): Promise<string> {
  try {
    const pool = await startLocalUserPool({ quiet: true, ...options });
    await pool.close();
  } catch (error) {
    return String(error);
  }
  return 'accepted';
}

describe('A name that the local user pool does not know', () => {
  for (const [options, words] of [
    [{ user: [] }, 'startLocalUserPool has no option "user"; did you mean "users"'],
    [{ client: {} }, 'startLocalUserPool has no option "client"; did you mean "appClient"'],
    [
      { pool: { UsernameAttribute: [] } },
      'pool has no option "UsernameAttribute"; did you mean "UsernameAttributes"',
    ],
    [{ pool: { usernameAttributes: [] } }, 'did you mean "UsernameAttributes"'],
    [{ pool: { PasswordPolicy: {} } }, 'write Policies: { PasswordPolicy }'],
    [
      { pool: { Policies: { PasswordPolicy: { minLength: 8 } } } },
      'pool.Policies.PasswordPolicy has no option "minLength"',
    ],
    [{ pool: [] }, 'pool is []; write an object'],
    [{ triggers: { preSignup() {} } }, 'triggers has no option "preSignup"; did you mean "preSignUp"'],
    [{ triggers: { PreSignUp() {} } }, 'did you mean "preSignUp"'],
    [{ triggers: { CustomSMSSender() {} } }, 'did you mean "customSmsSender"'],
    [{ triggers: { migrateUser() {} } }, 'did you mean "userMigration"'],
    [{ lambdaUrl: 'http://127.0.0.1:3001' }, 'did you mean "lambdaEndpoint"'],
    [
      { appClient: { explicitAuthFlows: [] } },
      'appClient has no option "explicitAuthFlows"; did you mean "ExplicitAuthFlows"',
    ],
    [{ users: [{ email: 'ada@example.com' }] }, 'users has no option "email"; did you mean "username"'],
    [{ limits: { signIn: 5 } }, 'limits has no option "signIn"; the options are forgotPassword'],
  ] as const) {
    it(`is refused with a suggestion: ${words} (case A11)`, async () => {
      const refusal = await refusalOf(options);
      expect(refusal).to.include(words);
      expect(refusal).to.match(/See docs\/local-user-pool\.md#(features|lambda-triggers)$/);
    });
  }

  it('is refused in addUser and addClient as well', async () => {
    const pool = await startLocalUserPool({ quiet: true });
    expect(() => pool.addUser({ userName: 'ada@example.com' } as never)).to.throw('did you mean "username"');
    expect(() => pool.addClient({ GenerateSecrets: true } as never)).to.throw(
      'did you mean "GenerateSecret"',
    );
    await pool.close();
  });

  it('is accepted if CreateUserPool has it and it changes nothing here', async () => {
    expect(await refusalOf({ pool: { UserPoolTier: 'ESSENTIALS' }, limits: false, appClient: {} })).to.equal(
      'accepted',
    );
  });
});
