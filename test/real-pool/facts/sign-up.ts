import { type ContractPool, outcomeOf } from '../contract-pool.ts';
import { apiPage, type Fact, guidePage, MOTO, reported } from '../fact.ts';
import { signUp, unconfirmed } from './calls.ts';

const EXISTENCE = guidePage('Managing user existence error responses', 'cognito-user-pool-managing-errors');

async function rejectedPassword(pool: ContractPool, password: string): Promise<string> {
  return outcomeOf(await signUp(pool, { email: pool.newEmail(), password, sub: '' }));
}

/** New accounts, the password policy and forgotten passwords. */
export const SIGN_UP_FACTS: readonly Fact[] = [
  {
    id: 'sign-up/answer',
    statement: 'A sign-up without a verified address is unconfirmed, and names no delivery.',
    source: MOTO,
    expected: { UserConfirmed: false, sub: true, delivery: false },
    observe: async (pool) => {
      const user = { email: pool.newEmail(), password: pool.newPassword(), sub: '' };
      const { body } = await signUp(pool, user);
      return {
        UserConfirmed: body.UserConfirmed,
        sub: /^[0-9a-f-]{36}$/.test(String(body.UserSub)),
        delivery: 'CodeDeliveryDetails' in body,
      };
    },
  },
  {
    id: 'sign-up/twice',
    statement:
      'A second sign-up with the same address is refused, whatever `PreventUserExistenceErrors` says.',
    source: EXISTENCE,
    expected: '400 UsernameExistsException: User already exists',
    observe: async (pool) => outcomeOf(await signUp(pool, await unconfirmed(pool))),
  },
  {
    id: 'sign-up/no-address',
    statement: 'A username that is no e-mail address is refused.',
    source: reported('this text'),
    expected: '400 InvalidParameterException: Username should be an email.',
    observe: async (pool) =>
      outcomeOf(await signUp(pool, { email: 'ada', password: pool.newPassword(), sub: '' })),
  },
  ...(
    [
      ['short', 'Aa1!aaaa', 'Password not long enough'],
      ['uppercase', 'aaaa1111!!!!', 'Password must have uppercase characters'],
      ['lowercase', 'AAAA1111!!!!', 'Password must have lowercase characters'],
      ['numeric', 'AAAAaaaa!!!!', 'Password must have numeric characters'],
      ['symbol', 'AAAAaaaa1111', 'Password must have symbol characters'],
    ] as const
  ).map(
    ([kind, password, text]): Fact => ({
      id: `password-policy/${kind}`,
      statement: `A password that breaks the policy is refused with the reason "${text}".`,
      source: reported('texts of the password policy'),
      expected: `400 InvalidPasswordException: Password did not conform with policy: ${text}`,
      observe: (pool) => rejectedPassword(pool, password),
    }),
  ),
  {
    id: 'confirm-sign-up/wrong-code',
    statement: 'A wrong code at ConfirmSignUp, for a user who was sent none, is a mismatch or has expired.',
    source: apiPage('ConfirmSignUp'),
    expected: true,
    observe: async (pool) =>
      ['400 CodeMismatchException', '400 ExpiredCodeException'].includes(
        (
          await pool.outcome('ConfirmSignUp', {
            ClientId: pool.clients.hidden.id,
            Username: (await unconfirmed(pool)).email,
            ConfirmationCode: '000000',
          })
        ).split(':')[0] ?? '',
      ),
  },
  {
    id: 'confirm-sign-up/confirmed',
    statement: 'AdminConfirmSignUp refuses a confirmed user with the current status.',
    source: reported('confirmations of confirmed users'),
    expected: 'NotAuthorizedException: User cannot be confirmed. Current status is CONFIRMED',
    observe: async (pool) => {
      const { email } = await pool.reader();
      return pool
        .signed((sdk) => sdk.adminConfirmSignUp({ UserPoolId: pool.userPoolId, Username: email }))
        .then(
          () => '200',
          ({ name, message }: Error) => `${name}: ${message}`,
        );
    },
  },
  {
    id: 'resend/confirmed',
    statement: 'ResendConfirmationCode refuses a confirmed user.',
    source: reported('this text'),
    expected: '400 InvalidParameterException: User is already confirmed.',
    observe: async (pool) =>
      pool.outcome('ResendConfirmationCode', {
        ClientId: pool.clients.hidden.id,
        Username: (await pool.reader()).email,
      }),
  },
  {
    id: 'forgot-password/unknown-user',
    statement:
      'ForgotPassword answers an unknown user with a delivery that does not take place, if `PreventUserExistenceErrors` is `ENABLED`.',
    source: EXISTENCE,
    expected: { status: 200, attribute: 'email', medium: 'EMAIL' },
    observe: async (pool) => {
      const { status, body } = await pool.call('ForgotPassword', {
        ClientId: pool.clients.hidden.id,
        Username: pool.newEmail(),
      });
      const delivery = (body.CodeDeliveryDetails ?? {}) as Record<string, string>;
      return { status, attribute: delivery.AttributeName ?? null, medium: delivery.DeliveryMedium ?? null };
    },
  },
  {
    id: 'forgot-password/unknown-user-legacy',
    statement: 'ForgotPassword names an unknown user if `PreventUserExistenceErrors` is `LEGACY`.',
    source: reported('unknown users at ForgotPassword'),
    expected: '400 UserNotFoundException: Username/client id combination not found.',
    observe: (pool) =>
      pool.outcome('ForgotPassword', { ClientId: pool.clients.legacy.id, Username: pool.newEmail() }),
  },
];
