import { checkWritable, requiredAttributes, toRecord } from './attributes.ts';
import {
  codeMismatch,
  expiredCode,
  invalidParameter,
  missingParameter,
  notAuthorized,
  notServed,
  userDisabled,
} from './errors.ts';
import { checkPassword, setPassword } from './password-policy.ts';
import { writeAttributes } from './profile.ts';
import {
  type ChallengeName,
  type ChallengeSession,
  findSession,
  invalidSession,
  openSession,
} from './sessions.ts';
import { type AuthenticationResult, signIn } from './tokens.ts';
import { checkTotp } from './totp.ts';
import type { User } from './user.ts';
import type { AppClient } from './user-pool.ts';

type Texts = Readonly<Record<string, string>>;

/** What InitiateAuth and RespondToAuthChallenge answer. */
export interface SignInStep {
  readonly ChallengeName?: ChallengeName;
  readonly Session?: string;
  readonly ChallengeParameters: Texts;
  readonly AuthenticationResult?: AuthenticationResult;
}

interface Challenge {
  readonly parameters: (client: AppClient, user: User) => Texts;
  /** Throws if the answer is not good enough. What it needs of the user is done when it returns. */
  readonly answer: (session: ChallengeSession, responses: Texts) => void;
}

/** The challenges that the pool poses. To add one is to add a row, and the case in `nextChallenge` that poses it. */
const CHALLENGES: Readonly<Record<ChallengeName, Challenge>> = {
  NEW_PASSWORD_REQUIRED: {
    parameters: ({ pool }, user) => ({
      USER_ID_FOR_SRP: user.username,
      requiredAttributes: JSON.stringify(
        requiredAttributes(pool.settings).map((name) => `userAttributes.${name}`),
      ),
      userAttributes: JSON.stringify(Object.fromEntries(user.attributes)),
    }),
    answer: answerNewPassword,
  },
  SOFTWARE_TOKEN_MFA: {
    parameters: (_client, user) => ({
      USER_ID_FOR_SRP: user.username,
      ...(user.totp?.deviceName && { FRIENDLY_DEVICE_NAME: user.totp.deviceName }),
    }),
    answer({ user, client: { pool } }, responses) {
      const code = responses.SOFTWARE_TOKEN_MFA_CODE;
      if (!code) throw missingParameter('SOFTWARE_TOKEN_MFA_CODE');
      const verdict = user.totp ? checkTotp(user.totp, code, pool.now()) : 'wrong';
      if (verdict === 'wrong') throw codeMismatch('Invalid code received for user');
      if (verdict === 'used') throw expiredCode('Your software token has already been used once.');
    },
  },
  MFA_SETUP: {
    parameters: (_client, user) => ({
      MFAS_CAN_SETUP: JSON.stringify(['SOFTWARE_TOKEN_MFA']),
      USER_ID_FOR_SRP: user.username,
    }),
    answer({ user, setUp }) {
      if (!setUp) throw invalidParameter('User has not verified software token mfa');
      user.mfa = { softwareToken: true, preferred: true };
    },
  },
};

/** After the first factor: the challenge that is due, or the tokens. */
export function nextStep(client: AppClient, user: User, done: readonly ChallengeName[] = []): SignInStep {
  const name = nextChallenge(client, user, done);
  if (!name) return { ChallengeParameters: {}, AuthenticationResult: signIn(client, user) };
  return {
    ChallengeName: name,
    Session: openSession(client, user, name),
    ChallengeParameters: CHALLENGES[name].parameters(client, user),
  };
}

export function answerChallenge(
  client: AppClient,
  given: { name: string; username: string; responses: Texts; session: string | undefined },
): SignInStep {
  const { name, username, responses } = given;
  if (!isServed(name)) throw notServed(`the challenge ${name}`);
  const session = findSession(client.pool, given.session, name);
  const { user } = session;
  if (session.client !== client || client.pool.users.find(username) !== user) throw invalidSession();
  if (!user.enabled) throw userDisabled();
  CHALLENGES[name].answer(session, responses);
  session.spent = true;
  return nextStep(client, user, [name]);
}

function nextChallenge(
  { pool }: AppClient,
  user: User,
  done: readonly ChallengeName[],
): ChallengeName | undefined {
  if (user.status === 'FORCE_CHANGE_PASSWORD') return 'NEW_PASSWORD_REQUIRED';
  const { MfaConfiguration = 'OFF' } = pool.settings;
  if (MfaConfiguration === 'OFF' || done.includes('SOFTWARE_TOKEN_MFA') || done.includes('MFA_SETUP')) {
    return undefined;
  }
  if (user.mfa.softwareToken) return 'SOFTWARE_TOKEN_MFA';
  return MfaConfiguration === 'ON' ? 'MFA_SETUP' : undefined;
}

function answerNewPassword({ user, client }: ChallengeSession, responses: Texts): void {
  const { pool } = client;
  const password = responses.NEW_PASSWORD;
  if (!password) throw missingParameter('NEW_PASSWORD');
  checkPassword(pool, password);
  const attributes = Object.entries(responses)
    .filter(([name]) => name.startsWith('userAttributes.'))
    .map(([name, Value]) => ({ Name: name.slice('userAttributes.'.length), Value }));
  checkWritable(client, attributes);
  const wanted = requiredAttributes(pool.settings);
  for (const { Name, Value } of attributes) {
    const current = user.attributes.get(Name);
    if (wanted.includes(Name) && current && current !== Value) {
      throw notAuthorized(`Cannot modify an already provided ${Name}`);
    }
  }
  const values = toRecord(attributes);
  const missing = wanted.find((name) => !(values[name] || user.attributes.get(name)));
  if (missing) throw invalidParameter(`Invalid attributes given, ${missing} is missing`);
  writeAttributes(pool, user, attributes);
  setPassword(pool, user, password);
  user.status = 'CONFIRMED';
}

function isServed(name: string): name is ChallengeName {
  return Object.hasOwn(CHALLENGES, name);
}
