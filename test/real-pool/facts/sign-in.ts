import { createHmac } from 'node:crypto';
import {
  claimSignature,
  claimTimestamp,
  clientKey,
  clientKeyPair,
  parseHex,
  srpPoolName,
} from '../../../src/cognito/srp.ts';
import { type ContractPool, type ContractUser, outcomeOf, type WireAnswer } from '../contract-pool.ts';
import {
  apiPage,
  type Fact,
  guidePage,
  inferred,
  issue,
  MINISTACK_SRP,
  reported,
  SUB_IS_USERNAME,
} from '../fact.ts';
import { initiate, parametersOf, respond, unconfirmed } from './calls.ts';

const GENERIC = '400 NotAuthorizedException: Incorrect username or password.';
const EXISTENCE = guidePage('Managing user existence error responses', 'cognito-user-pool-managing-errors');

const nobody = (pool: ContractPool): ContractUser => ({ email: pool.newEmail(), password: 'x', sub: '' });

async function withWrongPassword(pool: ContractPool): Promise<ContractUser> {
  return { ...(await pool.reader()), password: 'Wrong-password-1' };
}

function secretHash(secret: string, message: string): string {
  return createHmac('sha256', secret).update(message).digest('base64');
}

async function withSecret(
  pool: ContractPool,
  hash: (secret: string, email: string) => string | undefined,
): Promise<string> {
  const { email, password } = await pool.reader();
  const SECRET_HASH = hash(pool.clients.secret.secret ?? '', email);
  const parameters = { USERNAME: email, PASSWORD: password, ...(SECRET_HASH && { SECRET_HASH }) };
  const { id } = pool.clients.secret;
  return outcomeOf(await initiate(pool, 'USER_PASSWORD_AUTH', parameters, 'secret')).replaceAll(
    id,
    '<client>',
  );
}

/** Signs in with SRP, with a signature of `password`. */
async function srp(
  pool: ContractPool,
  { email }: ContractUser,
  password: string,
): Promise<{ challenge: WireAnswer; answer: WireAnswer }> {
  const pair = clientKeyPair();
  const challenge = await initiate(pool, 'USER_SRP_AUTH', {
    USERNAME: email,
    SRP_A: pair.shared.toString(16),
  });
  const parameters = challenge.body.ChallengeParameters as Record<string, string>;
  const { USER_ID_FOR_SRP = '', SALT = '', SRP_B = '', SECRET_BLOCK = '' } = parameters;
  const identity = { group: srpPoolName(pool.userPoolId), name: USER_ID_FOR_SRP, password };
  const key = clientKey(identity, parseHex(SALT), pair, parseHex(SRP_B));
  const TIMESTAMP = claimTimestamp(new Date());
  const answer = await respond(pool, 'PASSWORD_VERIFIER', challenge.body.Session, {
    USERNAME: USER_ID_FOR_SRP,
    PASSWORD_CLAIM_SECRET_BLOCK: SECRET_BLOCK,
    PASSWORD_CLAIM_SIGNATURE: claimSignature(key, identity, SECRET_BLOCK, TIMESTAMP),
    TIMESTAMP,
  });
  return { challenge, answer };
}

function goodSrp(pool: ContractPool): ReturnType<typeof srp> {
  return pool.shared('srp', async () => {
    const user = await pool.reader();
    return srp(pool, user, user.password);
  });
}

/** Names, passwords and flows. */
export const SIGN_IN_FACTS: readonly Fact[] = [
  {
    id: 'sign-in/tokens',
    statement:
      'A sign-in with a password answers access, ID and refresh tokens, and empty `ChallengeParameters`.',
    source: apiPage('InitiateAuth'),
    expected: {
      result: ['AccessToken', 'ExpiresIn', 'IdToken', 'RefreshToken', 'TokenType'],
      members: ['AuthenticationResult', 'ChallengeParameters'],
      challenge: {},
    },
    observe: async (pool) => {
      const { body } = await pool.signIn(await pool.reader());
      return {
        result: Object.keys(body.AuthenticationResult as object).sort(),
        members: Object.keys(body).sort(),
        challenge: body.ChallengeParameters,
      };
    },
  },
  {
    id: 'sign-in/expires-in',
    statement: '`ExpiresIn` is the lifetime in seconds, and `TokenType` is `Bearer`.',
    source: apiPage('AuthenticationResultType'),
    expected: { ExpiresIn: 900, TokenType: 'Bearer' },
    observe: async (pool) => {
      const { ExpiresIn, TokenType } = (await pool.signIn(await pool.reader())).body
        .AuthenticationResult as Record<string, unknown>;
      return { ExpiresIn, TokenType };
    },
  },
  {
    id: 'sign-in/case',
    statement: 'The case of an e-mail address does not matter in a pool that says so.',
    source: guidePage('User pool case sensitivity', 'user-pool-case-sensitivity'),
    expected: '200',
    observe: async (pool) => {
      const user = await pool.reader();
      return outcomeOf(await pool.signIn({ ...user, email: user.email.toUpperCase() }));
    },
  },
  {
    id: 'sign-in/wrong-password',
    statement: 'A wrong password is refused with the generic text.',
    source: reported('wrong passwords'),
    expected: GENERIC,
    observe: async (pool) => outcomeOf(await pool.signIn(await withWrongPassword(pool))),
  },
  {
    id: 'sign-in/wrong-password-legacy',
    statement: 'A wrong password is refused with the same text if `PreventUserExistenceErrors` is `LEGACY`.',
    source: EXISTENCE,
    expected: GENERIC,
    observe: async (pool) => outcomeOf(await pool.signIn(await withWrongPassword(pool), 'legacy')),
  },
  {
    id: 'sign-in/unknown-user',
    statement:
      'An unknown user gets the text of a wrong password if `PreventUserExistenceErrors` is `ENABLED`.',
    source: EXISTENCE,
    expected: GENERIC,
    observe: async (pool) => outcomeOf(await pool.signIn(nobody(pool))),
  },
  {
    id: 'sign-in/unknown-user-legacy',
    statement: 'An unknown user is named as such if `PreventUserExistenceErrors` is `LEGACY`.',
    source: issue('amazon-archives/amazon-cognito-identity-js', 192),
    expected: '400 UserNotFoundException: User does not exist.',
    observe: async (pool) => outcomeOf(await pool.signIn(nobody(pool), 'legacy')),
  },
  {
    id: 'sign-in/unconfirmed',
    statement: 'An unconfirmed user is named as such, with the right password.',
    source: MINISTACK_SRP,
    expected: '400 UserNotConfirmedException: User is not confirmed.',
    observe: async (pool) => outcomeOf(await pool.signIn(await unconfirmed(pool))),
  },
  {
    id: 'sign-in/unconfirmed-wrong-password',
    statement: 'An unconfirmed user is named as such with a wrong password too.',
    source: MINISTACK_SRP,
    expected: '400 UserNotConfirmedException: User is not confirmed.',
    observe: async (pool) =>
      outcomeOf(await pool.signIn({ ...(await unconfirmed(pool)), password: 'Wrong-password-1' })),
  },
  {
    id: 'sign-in/disabled',
    statement: 'A disabled user is named as such.',
    source: reported('disabled users'),
    expected: '400 NotAuthorizedException: User is disabled.',
    observe: async (pool) => {
      const user = await pool.newUser();
      await pool.signed((sdk) => sdk.adminDisableUser({ UserPoolId: pool.userPoolId, Username: user.email }));
      return outcomeOf(await pool.signIn(user));
    },
  },
  {
    id: 'sign-in/flow-off',
    statement: 'USER_PASSWORD_AUTH that the app client does not allow is refused with its name.',
    source: reported('a flow that is not enabled'),
    expected: '400 InvalidParameterException: USER_PASSWORD_AUTH flow not enabled for this client',
    observe: async (pool) => outcomeOf(await pool.signIn(await pool.reader(), 'refreshOnly')),
  },
  {
    id: 'sign-in/srp-off',
    statement: 'USER_SRP_AUTH that the app client does not allow is refused with another text.',
    source: reported('a flow that is not enabled'),
    expected: '400 InvalidParameterException: USER_SRP_AUTH is not enabled for the client.',
    observe: async (pool) =>
      outcomeOf(
        await initiate(pool, 'USER_SRP_AUTH', { USERNAME: 'ada@example.com', SRP_A: 'abcd' }, 'refreshOnly'),
      ),
  },
  {
    id: 'sign-in/missing-username',
    statement: 'A missing `USERNAME` is named.',
    source: inferred('the text for other missing parameters'),
    expected: '400 InvalidParameterException: Missing required parameter USERNAME',
    observe: async (pool) => outcomeOf(await initiate(pool, 'USER_PASSWORD_AUTH', { PASSWORD: 'x' })),
  },
  {
    id: 'sign-in/missing-password',
    statement: 'A missing `PASSWORD` is named.',
    source: inferred('the text for other missing parameters'),
    expected: '400 InvalidParameterException: Missing required parameter PASSWORD',
    observe: async (pool) =>
      outcomeOf(await initiate(pool, 'USER_PASSWORD_AUTH', { USERNAME: (await pool.reader()).email })),
  },
  {
    id: 'secret-hash/missing',
    statement: 'A client with a secret refuses a call without `SECRET_HASH`, and names the client.',
    source: guidePage('Computing secret hash values', 'signing-up-users-in-your-app'),
    expected:
      '400 NotAuthorizedException: Client <client> is configured with secret but SECRET_HASH was not received',
    observe: (pool) => withSecret(pool, () => undefined),
  },
  {
    id: 'secret-hash/wrong',
    statement: 'A client with a secret refuses a wrong `SECRET_HASH`, and names the client.',
    source: guidePage('Computing secret hash values', 'signing-up-users-in-your-app'),
    expected: '400 NotAuthorizedException: Unable to verify secret hash for client <client>',
    observe: (pool) => withSecret(pool, (_, email) => secretHash('wrong', email)),
  },
  {
    id: 'secret-hash/right',
    statement: '`SECRET_HASH` is the HMAC-SHA256 of the username and the client ID, in base64.',
    source: guidePage('Computing secret hash values', 'signing-up-users-in-your-app'),
    expected: '200',
    observe: (pool) =>
      withSecret(pool, (secret, email) => secretHash(secret, email + pool.clients.secret.id)),
  },
  {
    id: 'srp/challenge',
    statement: 'USER_SRP_AUTH answers PASSWORD_VERIFIER with five parameters.',
    source: MINISTACK_SRP,
    expected: {
      name: 'PASSWORD_VERIFIER',
      parameters: ['SALT', 'SECRET_BLOCK', 'SRP_B', 'USERNAME', 'USER_ID_FOR_SRP'],
    },
    observe: async (pool) => {
      const { challenge } = await goodSrp(pool);
      return { name: challenge.body.ChallengeName, parameters: Object.keys(parametersOf(challenge)).sort() };
    },
  },
  {
    id: 'srp/no-session',
    statement: 'PASSWORD_VERIFIER of USER_SRP_AUTH has no session.',
    source: MINISTACK_SRP,
    expected: false,
    observe: async (pool) => 'Session' in (await goodSrp(pool)).challenge.body,
  },
  {
    id: 'srp/user-id',
    statement:
      '`USERNAME` and `USER_ID_FOR_SRP` are the `sub` in a pool whose users sign in with an address.',
    source: SUB_IS_USERNAME,
    expected: [true, true],
    observe: async (pool) => {
      const { sub } = await pool.reader();
      const { USERNAME, USER_ID_FOR_SRP } = parametersOf((await goodSrp(pool)).challenge);
      return [USERNAME === sub, USER_ID_FOR_SRP === sub];
    },
  },
  {
    id: 'srp/right-password',
    statement: "The kit's own SRP proof of the right password is accepted.",
    source: guidePage('SRP authentication', 'amazon-cognito-user-pools-authentication-flow-methods'),
    expected: '200',
    observe: async (pool) => outcomeOf((await goodSrp(pool)).answer),
  },
  {
    id: 'srp/wrong-password',
    statement: 'An SRP proof of a wrong password is refused with the generic text.',
    source: MINISTACK_SRP,
    expected: GENERIC,
    observe: async (pool) => outcomeOf((await srp(pool, await pool.reader(), 'Wrong-password-1')).answer),
  },
  {
    id: 'srp/unknown-user',
    statement:
      'USER_SRP_AUTH invents a challenge for an unknown user if `PreventUserExistenceErrors` is `ENABLED`.',
    source: EXISTENCE,
    expected: { name: 'PASSWORD_VERIFIER', answer: GENERIC },
    observe: async (pool) => {
      const { challenge, answer } = await srp(pool, nobody(pool), 'x');
      return { name: challenge.body.ChallengeName, answer: outcomeOf(answer) };
    },
  },
  {
    id: 'srp/unknown-user-legacy',
    statement: 'USER_SRP_AUTH names an unknown user at once if `PreventUserExistenceErrors` is `LEGACY`.',
    source: MINISTACK_SRP,
    expected: '400 UserNotFoundException: User does not exist.',
    observe: async (pool) =>
      outcomeOf(
        await initiate(
          pool,
          'USER_SRP_AUTH',
          { USERNAME: pool.newEmail(), SRP_A: clientKeyPair().shared.toString(16) },
          'legacy',
        ),
      ),
  },
  {
    id: 'user-auth/select',
    statement:
      'USER_AUTH without a preference answers SELECT_CHALLENGE, with `AvailableChallenges` beside the parameters.',
    source: guidePage('Choice-based sign-in', 'authentication-flows-selection-sdk'),
    expected: { name: 'SELECT_CHALLENGE', available: ['PASSWORD', 'PASSWORD_SRP'], session: true },
    observe: async (pool) => {
      const { body } = await initiate(pool, 'USER_AUTH', { USERNAME: (await pool.reader()).email });
      return {
        name: body.ChallengeName,
        available: [...((body.AvailableChallenges as string[] | undefined) ?? [])].sort(),
        session: typeof body.Session === 'string',
      };
    },
  },
  {
    id: 'user-auth/password',
    statement: 'USER_AUTH with the preference PASSWORD and the password answers tokens.',
    source: guidePage('Choice-based sign-in', 'authentication-flows-selection-sdk'),
    expected: true,
    observe: async (pool) => {
      const { email, password } = await pool.reader();
      const { body } = await initiate(pool, 'USER_AUTH', {
        USERNAME: email,
        PREFERRED_CHALLENGE: 'PASSWORD',
        PASSWORD: password,
      });
      return 'AuthenticationResult' in body;
    },
  },
];
