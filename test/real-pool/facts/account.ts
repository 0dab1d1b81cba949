import { type ContractPool, outcomeOf } from '../contract-pool.ts';
import { apiPage, type Fact, inferred, reported, SUB_IS_USERNAME } from '../fact.ts';

const INCORRECT = '400 NotAuthorizedException: Incorrect username or password.';

interface Attribute {
  readonly Name: string;
  readonly Value: string;
}

async function attributes(pool: ContractPool, AccessToken: string): Promise<readonly Attribute[]> {
  return (await pool.call('GetUser', { AccessToken })).body.UserAttributes as Attribute[];
}

/** Outcomes of a user who changes the profile and the password, and then deletes the account. */
function journey(pool: ContractPool) {
  return pool.shared('journey', async () => {
    const user = await pool.newUser();
    const { AccessToken, RefreshToken } = await pool.tokensOf(user);
    const update = (Name: string, Value: string) =>
      pool.outcome('UpdateUserAttributes', { AccessToken, UserAttributes: [{ Name, Value }] });
    const change = (PreviousPassword: string, ProposedPassword: string) =>
      pool.outcome('ChangePassword', { AccessToken, PreviousPassword, ProposedPassword });
    const updated = await pool.call('UpdateUserAttributes', {
      AccessToken,
      UserAttributes: [{ Name: 'nickname', Value: 'Countess' }],
    });
    const nickname = (await attributes(pool, AccessToken)).find(({ Name }) => Name === 'nickname')?.Value;
    const verified = await update('email_verified', 'true');
    const unknown = await update('custom:none', 'x');
    await update('nickname', '');
    const blank = (await attributes(pool, AccessToken)).some(({ Name }) => Name === 'nickname');
    const next = pool.newPassword();
    const wrongPrevious = await change('Wrong-password-1', next);
    const weak = await change(user.password, 'Aa1!');
    const changed = await change(user.password, next);
    const afterChange = await pool.outcome('GetUser', { AccessToken });
    const oldPassword = outcomeOf(await pool.signIn(user));
    const removal = await pool.call('DeleteUser', { AccessToken });
    const ClientId = pool.clients.hidden.id;
    const refresh = {
      ClientId,
      AuthFlow: 'REFRESH_TOKEN_AUTH',
      AuthParameters: { REFRESH_TOKEN: RefreshToken },
    };
    return {
      updated: { status: updated.status, members: Object.keys(updated.body) },
      nickname,
      verified,
      unknown,
      blank,
      wrongPrevious,
      weak,
      changed,
      afterChange,
      oldPassword,
      removal: { status: removal.status, empty: removal.text === '' || removal.text === '{}' },
      afterRemoval: (await pool.outcome('GetUser', { AccessToken })).split(' ')[0],
      refreshAfterRemoval: (await pool.outcome('InitiateAuth', refresh)).split(' ')[0],
      signInAfterRemoval: outcomeOf(await pool.signIn({ ...user, password: next })),
    };
  });
}

/** The account of a user who is signed in. */
export const ACCOUNT_FACTS: readonly Fact[] = [
  {
    id: 'get-user/invalid-token',
    statement: 'A token that is none is refused.',
    source: reported('invalid access tokens'),
    expected: '400 NotAuthorizedException: Invalid Access Token',
    observe: (pool) => pool.outcome('GetUser', { AccessToken: 'a.b.c' }),
  },
  {
    id: 'get-user/id-token',
    statement: 'An ID token is no access token. Its text is not compared.',
    source: apiPage('GetUser'),
    expected: '400 NotAuthorizedException',
    observe: async (pool) =>
      (await pool.outcome('GetUser', { AccessToken: (await pool.readerTokens()).IdToken })).split(':')[0],
  },
  {
    id: 'get-user/members',
    statement: 'GetUser of a user without MFA answers `UserAttributes` and `Username` alone.',
    source: apiPage('GetUser'),
    expected: ['UserAttributes', 'Username'],
    observe: async (pool) => {
      const { AccessToken } = await pool.readerTokens();
      return Object.keys((await pool.call('GetUser', { AccessToken })).body).sort();
    },
  },
  {
    id: 'get-user/attributes',
    statement: 'GetUser answers all attributes that the app client can read. Their order is not compared.',
    source: apiPage('GetUser'),
    expected: ['email', 'email_verified', 'name', 'sub'],
    observe: async (pool) =>
      (await attributes(pool, (await pool.readerTokens()).AccessToken)).map(({ Name }) => Name).sort(),
  },
  {
    id: 'get-user/texts',
    statement: 'Attributes are texts in GetUser, `email_verified` too.',
    source: apiPage('GetUser'),
    expected: 'true',
    observe: async (pool) =>
      (await attributes(pool, (await pool.readerTokens()).AccessToken)).find(
        ({ Name }) => Name === 'email_verified',
      )?.Value,
  },
  {
    id: 'get-user/username',
    statement: '`Username` is the `sub` in a pool whose users sign in with an address.',
    source: SUB_IS_USERNAME,
    expected: true,
    observe: async (pool) => {
      const { AccessToken } = await pool.readerTokens();
      return (await pool.call('GetUser', { AccessToken })).body.Username === (await pool.reader()).sub;
    },
  },
  {
    id: 'auth-factors/password',
    statement: 'GetUserAuthFactors names the password of a user without other factors.',
    source: apiPage('GetUserAuthFactors'),
    expected: ['PASSWORD'],
    observe: async (pool) => {
      const { AccessToken } = await pool.readerTokens();
      return (await pool.call('GetUserAuthFactors', { AccessToken })).body.ConfiguredUserAuthFactors;
    },
  },
  {
    id: 'devices/none',
    statement:
      'ListDevices answers an empty list, or that devices are not configured, in a pool that does not remember devices.',
    source: apiPage('ListDevices'),
    expected: true,
    observe: async (pool) => {
      const { status, body } = await pool.call('ListDevices', await pool.readerTokens());
      return status === 200
        ? JSON.stringify(body.Devices) === '[]'
        : body.__type === 'InvalidUserPoolConfigurationException';
    },
  },
  {
    id: 'attributes/update',
    statement: 'UpdateUserAttributes answers 200 and changes the attribute.',
    source: apiPage('UpdateUserAttributes'),
    expected: { status: 200, nickname: 'Countess' },
    observe: async (pool) => {
      const { updated, nickname } = await journey(pool);
      return { status: updated.status, nickname };
    },
  },
  {
    id: 'attributes/verified',
    statement: 'Users cannot verify their own address. The text is not compared.',
    source: apiPage('UpdateUserAttributes'),
    expected: true,
    observe: async (pool) =>
      /^400 (NotAuthorized|InvalidParameter)Exception/.test((await journey(pool)).verified),
  },
  {
    id: 'attributes/unknown',
    statement: 'An attribute that the pool does not have is refused. The text is not compared.',
    source: apiPage('UpdateUserAttributes'),
    expected: true,
    observe: async (pool) =>
      /^400 (NotAuthorized|InvalidParameter)Exception/.test((await journey(pool)).unknown),
  },
  {
    id: 'attributes/blank',
    statement: 'A blank value deletes the attribute.',
    source: apiPage('UpdateUserAttributes'),
    expected: false,
    observe: async (pool) => (await journey(pool)).blank,
  },
  {
    id: 'change-password/wrong',
    statement: 'ChangePassword refuses a wrong previous password with the generic text.',
    source: reported('wrong previous passwords'),
    expected: INCORRECT,
    observe: async (pool) => (await journey(pool)).wrongPrevious,
  },
  {
    id: 'change-password/weak',
    statement: 'ChangePassword refuses a password that breaks the policy.',
    source: reported('texts of the password policy'),
    expected: '400 InvalidPasswordException: Password did not conform with policy: Password not long enough',
    observe: async (pool) => (await journey(pool)).weak,
  },
  {
    id: 'change-password/tokens',
    statement: 'ChangePassword answers 200, and the tokens of the user stay valid.',
    source: inferred('the guide, which names no revocation'),
    expected: ['200', '200'],
    observe: async (pool) => {
      const { changed, afterChange } = await journey(pool);
      return [changed, afterChange];
    },
  },
  {
    id: 'change-password/old',
    statement: 'The old password is refused after ChangePassword.',
    source: apiPage('ChangePassword'),
    expected: INCORRECT,
    observe: async (pool) => (await journey(pool)).oldPassword,
  },
  {
    id: 'delete-user/answer',
    statement: 'DeleteUser answers 200 without members.',
    source: apiPage('DeleteUser'),
    expected: { status: 200, empty: true },
    observe: async (pool) => (await journey(pool)).removal,
  },
  {
    id: 'delete-user/tokens',
    statement: 'The tokens of a deleted user are refused. Neither name nor text is compared.',
    source: inferred('other refusals of tokens'),
    expected: ['400', '400'],
    observe: async (pool) => {
      const { afterRemoval, refreshAfterRemoval } = await journey(pool);
      return [afterRemoval, refreshAfterRemoval];
    },
  },
  {
    id: 'delete-user/sign-in',
    statement: 'A deleted user is an unknown user at the next sign-in.',
    source: apiPage('DeleteUser'),
    expected: INCORRECT,
    observe: async (pool) => (await journey(pool)).signInAfterRemoval,
  },
];
