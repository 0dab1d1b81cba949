import { totpCode } from '../../../src/local/users/totp.ts';
import { type ContractPool, type ContractUser, outcomeOf, type WireAnswer } from '../contract-pool.ts';
import { apiPage, type Fact, guidePage, inferred, MOTO, reported, SUB_IS_USERNAME } from '../fact.ts';
import { parametersOf, respond } from './calls.ts';

const CHALLENGES = guidePage('Authentication flows', 'amazon-cognito-user-pools-authentication-flow-methods');

/** The challenge of a user whom an administrator created. */
function invitation(pool: ContractPool): Promise<{ user: ContractUser; challenge: WireAnswer }> {
  return pool.shared('invitation', async () => {
    const user = await pool.invite(pool.newPassword());
    return { user, challenge: await pool.signIn(user) };
  });
}

/** A user with an authenticator app, and its challenge. */
function totpSignIn(pool: ContractPool): Promise<{
  user: ContractUser;
  enrolment: WireAnswer;
  wrongAtEnrolment: string;
  challenge: WireAnswer;
  code: string;
}> {
  return pool.shared('totp', async () => {
    const user = await pool.newUser();
    const { AccessToken } = await pool.tokensOf(user);
    const enrolment = await pool.call('AssociateSoftwareToken', { AccessToken });
    const secret = String(enrolment.body.SecretCode);
    const code = totpCode(secret);
    const wrongAtEnrolment = await pool.outcome('VerifySoftwareToken', {
      AccessToken,
      UserCode: other(code),
    });
    await pool.call('VerifySoftwareToken', { AccessToken, UserCode: code });
    await pool.call('SetUserMFAPreference', {
      AccessToken,
      SoftwareTokenMfaSettings: { Enabled: true, PreferredMfa: true },
    });
    return { user, enrolment, wrongAtEnrolment, challenge: await pool.signIn(user), code };
  });
}

/** Returns a code that is not valid now, nor a step before or after. */
function other(code: string): string {
  return String((Number(code) + 500_001) % 1_000_000).padStart(6, '0');
}

/** New passwords, sessions and authenticator apps. */
export const CHALLENGE_FACTS: readonly Fact[] = [
  {
    id: 'new-password/challenge',
    statement: 'An invited user gets NEW_PASSWORD_REQUIRED with a session.',
    source: MOTO,
    expected: {
      name: 'NEW_PASSWORD_REQUIRED',
      session: true,
      parameters: ['USER_ID_FOR_SRP', 'requiredAttributes', 'userAttributes'],
    },
    observe: async (pool) => {
      const { challenge } = await invitation(pool);
      return {
        name: challenge.body.ChallengeName,
        session: typeof challenge.body.Session === 'string',
        parameters: Object.keys(parametersOf(challenge)).sort(),
      };
    },
  },
  {
    id: 'new-password/required-attributes',
    statement: '`requiredAttributes` is a JSON text of an array.',
    source: CHALLENGES,
    expected: '[]',
    observe: async (pool) => parametersOf((await invitation(pool)).challenge).requiredAttributes,
  },
  {
    id: 'new-password/user-attributes',
    statement: '`userAttributes` is a JSON text of an object with texts, without `sub`.',
    source: CHALLENGES,
    expected: { email: true, email_verified: 'true', name: 'Ada', sub: false },
    observe: async (pool) => {
      const { challenge, user } = await invitation(pool);
      const attributes = JSON.parse(parametersOf(challenge).userAttributes ?? '{}');
      return {
        email: attributes.email === user.email,
        email_verified: attributes.email_verified,
        name: attributes.name,
        sub: 'sub' in attributes,
      };
    },
  },
  {
    id: 'new-password/user-id',
    statement: '`USER_ID_FOR_SRP` is the `sub` in a pool whose users sign in with an address.',
    source: SUB_IS_USERNAME,
    expected: true,
    observe: async (pool) => {
      const { challenge, user } = await invitation(pool);
      return parametersOf(challenge).USER_ID_FOR_SRP === user.sub;
    },
  },
  {
    id: 'new-password/weak',
    statement: 'A new password that breaks the policy is refused, and the session stays usable.',
    source: inferred('a wrong code, which leaves the session usable'),
    expected: [
      '400 InvalidPasswordException: Password did not conform with policy: Password not long enough',
      '200',
    ],
    observe: async (pool) => {
      const user = await pool.invite(pool.newPassword());
      const { body } = await pool.signIn(user);
      const answer = async (NEW_PASSWORD: string) =>
        outcomeOf(
          await respond(pool, 'NEW_PASSWORD_REQUIRED', body.Session, { USERNAME: user.email, NEW_PASSWORD }),
        );
      return [await answer('Aa1!'), await answer(pool.newPassword())];
    },
  },
  {
    id: 'session/invalid',
    statement:
      'A session that is none is refused with a text that starts with "Invalid session for the user".',
    source: reported('invalid sessions'),
    expected: true,
    observe: async (pool) => {
      const user = await pool.reader();
      const answer = await respond(pool, 'NEW_PASSWORD_REQUIRED', 'x'.repeat(200), {
        USERNAME: user.email,
        NEW_PASSWORD: pool.newPassword(),
      });
      return outcomeOf(answer).startsWith('400 NotAuthorizedException: Invalid session for the user');
    },
  },
  {
    id: 'session/missing',
    statement: 'A challenge without a session is refused.',
    source: inferred('the text for other missing parameters'),
    expected: '400 InvalidParameterException: Missing required parameter Session',
    observe: async (pool) =>
      outcomeOf(
        await respond(pool, 'NEW_PASSWORD_REQUIRED', undefined, {
          USERNAME: (await pool.reader()).email,
          NEW_PASSWORD: pool.newPassword(),
        }),
      ),
  },
  {
    id: 'session/spent',
    statement: 'A session is spent by the answer that it was accepted with.',
    source: reported('sessions that were used twice'),
    expected: '400 NotAuthorizedException: Invalid session for the user, session can only be used once.',
    observe: async (pool) => {
      const user = await pool.invite(pool.newPassword());
      const { body } = await pool.signIn(user);
      const responses = { USERNAME: user.email, NEW_PASSWORD: pool.newPassword() };
      await respond(pool, 'NEW_PASSWORD_REQUIRED', body.Session, responses);
      return outcomeOf(await respond(pool, 'NEW_PASSWORD_REQUIRED', body.Session, responses));
    },
  },
  {
    id: 'totp/secret',
    statement:
      'AssociateSoftwareToken answers a secret in base32, and no session if it was called with a token.',
    source: apiPage('AssociateSoftwareToken'),
    expected: { base32: true, session: false },
    observe: async (pool) => {
      const { body } = (await totpSignIn(pool)).enrolment;
      return { base32: /^[A-Z2-7]{16,}$/.test(String(body.SecretCode)), session: 'Session' in body };
    },
  },
  {
    id: 'totp/wrong-code-at-enrolment',
    statement:
      'VerifySoftwareToken refuses a wrong code with `EnableSoftwareTokenMFAException`. Its text is not compared.',
    source: apiPage('VerifySoftwareToken'),
    expected: '400 EnableSoftwareTokenMFAException',
    observe: async (pool) => (await totpSignIn(pool)).wrongAtEnrolment.split(':')[0],
  },
  {
    id: 'totp/challenge',
    statement: 'A user with an authenticator app gets SOFTWARE_TOKEN_MFA after the password.',
    source: MOTO,
    expected: { name: 'SOFTWARE_TOKEN_MFA', userId: true },
    observe: async (pool) => {
      const { challenge } = await totpSignIn(pool);
      return { name: challenge.body.ChallengeName, userId: 'USER_ID_FOR_SRP' in parametersOf(challenge) };
    },
  },
  {
    id: 'totp/used-code',
    statement: 'A code that enrolled the authenticator app is spent.',
    source: MOTO,
    expected: '400 ExpiredCodeException: Your software token has already been used once.',
    observe: async (pool) => {
      const { user, challenge, code } = await totpSignIn(pool);
      return outcomeOf(
        await respond(pool, 'SOFTWARE_TOKEN_MFA', challenge.body.Session, {
          USERNAME: user.email,
          SOFTWARE_TOKEN_MFA_CODE: code,
        }),
      );
    },
  },
  {
    id: 'totp/wrong-code',
    statement: 'A wrong code at sign-in is refused with `CodeMismatchException`.',
    source: inferred('CodeMismatchException is documented, its text here is not'),
    expected: '400 CodeMismatchException: Invalid code received for user',
    observe: async (pool) => {
      const { user, code } = await totpSignIn(pool);
      const { body } = await pool.signIn(user);
      return outcomeOf(
        await respond(pool, 'SOFTWARE_TOKEN_MFA', body.Session, {
          USERNAME: user.email,
          SOFTWARE_TOKEN_MFA_CODE: other(code),
        }),
      );
    },
  },
];
