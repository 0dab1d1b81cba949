import { sendSignInCode } from '../messages/codes.ts';
import { checkWritable, isEmail, NEW_PROFILE_WORDING, toRecord } from '../model/attributes.ts';
import {
  codeMismatch,
  expiredCode,
  invalidParameter,
  missingParameter,
  notAuthorized,
  notServed,
  userDisabled,
  wrongPassword,
} from '../model/errors.ts';
import type { AppClient, ChallengeSession } from '../model/pool.ts';
import { requiredAttributes } from '../model/schema.ts';
import type {
  ChallengeName,
  SessionState,
  SignInContext,
  SignInStep,
  Texts,
} from '../model/sign-in-state.ts';
import type { TokenSource } from '../model/triggers.ts';
import type { Device, User } from '../model/user.ts';
import { existingDevice, namedDevice, replacesMfa } from '../users/devices.ts';
import { MFA_METHODS, offeredMfa, switchOn, usableMfa } from '../users/mfa.ts';
import { checkPassword, setPassword } from '../users/password-policy.ts';
import { writeAttributes } from '../users/profile.ts';
import { checkTotp } from '../users/totp.ts';
import { continueCustomAuth, passed } from './custom-auth.ts';
import { beginDeviceProof, checkDeviceProof } from './device-srp.ts';
import { findSession, invalidSession, openDeviceSession, openSession } from './sessions.ts';
import { finishSignIn } from './sign-in-triggers.ts';

/** Parameters and session state of an open challenge. */
interface PosedChallenge {
  readonly parameters: Texts;
  readonly state?: SessionState;
}

/** The challenge that an answer leads to, in place of the next one due. */
type NextChallenge = {
  readonly to: ChallengeName;
  readonly email?: string;
  /** SRP_A of a device. */
  readonly shared?: string;
};

interface Challenge {
  readonly pose: (
    client: AppClient,
    user: User,
    next: NextChallenge,
    device: Device | undefined,
  ) => PosedChallenge;
  /** Checks the answer and updates the user. Throws for a wrong answer. */
  readonly answer: (session: ChallengeSession, responses: Texts) => NextChallenge | undefined;
}

const MFA_DIGITS = 6;

/** All challenges after the first factor. A new one needs a row, and a case in `nextChallenge`. */
const CHALLENGES: Readonly<Record<ChallengeName, Challenge>> = {
  NEW_PASSWORD_REQUIRED: {
    pose: ({ pool }, user) => ({
      parameters: {
        USER_ID_FOR_SRP: user.username,
        requiredAttributes: JSON.stringify(
          requiredAttributes(pool.settings).map((name) => `userAttributes.${name}`),
        ),
        userAttributes: JSON.stringify(Object.fromEntries(user.attributes)),
      },
    }),
    answer: answerNewPassword,
  },
  SMS_MFA: {
    pose: ({ pool }, user) =>
      sent(sendSignInCode(pool, user, { attribute: 'phone_number', digits: MFA_DIGITS })),
    answer: (session, responses) => checkSentCode(session, responses, 'SMS_MFA_CODE'),
  },
  EMAIL_OTP: {
    pose({ pool }, user, next) {
      const newEmail = next.email;
      const to = { attribute: 'email', digits: MFA_DIGITS, ...(newEmail && { address: newEmail }) } as const;
      const { state, parameters } = sent(sendSignInCode(pool, user, to));
      return { parameters, state: { ...state, ...(newEmail && { newEmail }) } };
    },
    answer(session, responses) {
      checkSentCode(session, responses, 'EMAIL_OTP_CODE');
      const { user, newEmail: email, client } = session;
      if (email === undefined) return;
      client.pool.users.setAttributes(user, { email, email_verified: 'true' });
      switchOn(user, 'EMAIL_OTP');
      return;
    },
  },
  SOFTWARE_TOKEN_MFA: {
    pose: (_client, user) => ({
      parameters: {
        USER_ID_FOR_SRP: user.username,
        ...(user.totp?.deviceName && { FRIENDLY_DEVICE_NAME: user.totp.deviceName }),
      },
    }),
    answer({ user, client: { pool } }, responses) {
      const code = responses.SOFTWARE_TOKEN_MFA_CODE;
      if (!code) throw missingParameter('SOFTWARE_TOKEN_MFA_CODE');
      const verdict = user.totp ? checkTotp(user.totp, code, pool.now()) : 'wrong';
      if (verdict === 'wrong') throw codeMismatch('Invalid code received for user');
      if (verdict === 'used') throw expiredCode('Your software token has already been used once.');
      return;
    },
  },
  SELECT_MFA_TYPE: {
    pose: ({ pool }, user) => ({
      parameters: {
        MFAS_CAN_CHOOSE: JSON.stringify(usableMfa(pool, user)),
        USER_ID_FOR_SRP: user.username,
      },
    }),
    answer({ user, client: { pool } }, responses) {
      if (!responses.ANSWER) throw missingParameter('ANSWER');
      const to = usableMfa(pool, user).find((method) => method === responses.ANSWER);
      if (!to) throw invalidParameter('Invalid MFA type selected');
      return { to };
    },
  },
  MFA_SETUP: {
    pose: ({ pool }, user) => ({
      parameters: {
        // For SMS, an administrator adds a phone number, and the user signs in anew.
        MFAS_CAN_SETUP: JSON.stringify(offeredMfa(pool)),
        USER_ID_FOR_SRP: user.username,
      },
    }),
    // The guide writes `email`, clients send EMAIL.
    answer({ user, setUp, client: { pool } }, { email: lowerCase, EMAIL: email = lowerCase }) {
      if (setUp) switchOn(user, 'SOFTWARE_TOKEN_MFA');
      else if (!email) throw invalidParameter('User has not verified software token mfa');
      else if (!offeredMfa(pool).includes('EMAIL_OTP') || !isEmail(email)) {
        throw invalidParameter('Invalid email address format.');
      } else return { to: 'EMAIL_OTP', email };
      return;
    },
  },
  DEVICE_SRP_AUTH: {
    pose: () => ({ parameters: {} }),
    answer(session, { DEVICE_KEY, SRP_A }) {
      if (!DEVICE_KEY) throw missingParameter('DEVICE_KEY');
      if (!SRP_A) throw missingParameter('SRP_A');
      if (DEVICE_KEY !== session.deviceKey) throw wrongPassword();
      return { to: 'DEVICE_PASSWORD_VERIFIER', shared: SRP_A };
    },
  },
  DEVICE_PASSWORD_VERIFIER: {
    pose: (_client, user, { shared = '' }, device) => beginDeviceProof(device, user.username, shared),
    answer(session, responses) {
      if (!responses.DEVICE_KEY) throw missingParameter('DEVICE_KEY');
      if (responses.DEVICE_KEY !== session.deviceKey) throw wrongPassword();
      checkDeviceProof(session, existingDevice(session.user, responses.DEVICE_KEY), responses);
      return;
    },
  },
};

/** Returns the next challenge after the first factor, or the tokens. */
export async function nextStep(
  client: AppClient,
  user: User,
  done: readonly Done[] = [],
  context: SignInContext = {},
): Promise<SignInStep> {
  const { device, custom, clientMetadata } = context;
  const to = nextChallenge(client, user, done, device);
  if (to) return pose(client, user, { to }, context);
  if (custom) return continueCustomAuth(client, custom, { device, clientMetadata });
  return finishSignIn(client, user, reasonForTokens(done), context);
}

function reasonForTokens(done: readonly Done[]): TokenSource {
  if (done.includes('NEW_PASSWORD_REQUIRED')) return 'TokenGeneration_NewPasswordChallenge';
  if (done.includes('DEVICE_PASSWORD_VERIFIER')) return 'TokenGeneration_AuthenticateDevice';
  return 'TokenGeneration_Authentication';
}

export function pose(
  client: AppClient,
  user: User,
  next: NextChallenge,
  { device, custom }: SignInContext = {},
): SignInStep {
  const { parameters, state } = CHALLENGES[next.to].pose(client, user, next, device);
  return {
    ChallengeName: next.to,
    Session: openSession(client, user, next.to, {
      ...state,
      ...(device && { deviceKey: device.key }),
      ...(custom && { custom }),
    }),
    ChallengeParameters: parameters,
  };
}

export async function answerChallenge(
  client: AppClient,
  given: {
    name: string;
    username: string;
    responses: Texts;
    session: string | undefined;
    clientMetadata?: Texts | undefined;
    hosted?: true;
  },
): Promise<SignInStep> {
  const { name, username, responses, hosted } = given;
  if (!isServed(name)) throw notServed(`the challenge ${name}`);
  const session = findSession(client.pool, given.session ?? openDeviceSession(client, name, responses), name);
  const { user } = session;
  if (session.client !== client || client.pool.users.find(username) !== user) throw invalidSession();
  if (!user.enabled) throw userDisabled();
  // Before the answer is checked, because a code can be used once.
  const device = namedDevice(client, user, responses) ?? user.devices.get(session.deviceKey ?? '');
  const next = CHALLENGES[name].answer(session, responses);
  session.spent = true;
  if (next) return pose(client, user, next, { device, custom: session.custom });
  const custom = session.custom && passed(session.custom, name);
  return nextStep(client, user, [name], { device, custom, hosted, clientMetadata: given.clientMetadata });
}

/** A completed step: a challenge, or a passkey that counts as two factors. */
type Done = ChallengeName | 'WEB_AUTHN';

/** Steps that prove a second factor. */
const SECOND_FACTORS: readonly Done[] = [
  ...MFA_METHODS,
  'MFA_SETUP',
  'WEB_AUTHN',
  'DEVICE_PASSWORD_VERIFIER',
];

function nextChallenge(
  { pool }: AppClient,
  user: User,
  done: readonly Done[],
  device: Device | undefined,
): ChallengeName | undefined {
  if (user.status === 'FORCE_CHANGE_PASSWORD') return 'NEW_PASSWORD_REQUIRED';
  const { MfaConfiguration = 'OFF' } = pool.settings;
  if (MfaConfiguration === 'OFF' || done.some((name) => SECOND_FACTORS.includes(name))) return undefined;
  const usable = usableMfa(pool, user);
  // Users without a second factor set one up instead.
  if (usable.length > 0 && replacesMfa(pool, device)) return 'DEVICE_SRP_AUTH';
  const preferred = usable.find((method) => method === user.mfa.preferred);
  if (preferred || usable.length === 1) return preferred ?? usable[0];
  if (usable.length > 1) return 'SELECT_MFA_TYPE';
  if (MfaConfiguration !== 'ON') return undefined;
  // Users without a second factor but with a phone number get a code there.
  const reachable = offeredMfa(pool).includes('SMS_MFA') && user.attributes.get('phone_number');
  return reachable ? 'SMS_MFA' : 'MFA_SETUP';
}

function sent({ code, parameters }: ReturnType<typeof sendSignInCode>): Required<PosedChallenge> {
  return { parameters, state: { code } };
}

/** Throws for a wrong code, which does not spend the session. */
function checkSentCode(session: ChallengeSession, responses: Texts, name: string): undefined {
  const given = responses[name];
  if (!given) throw missingParameter(name);
  if (given !== session.code) throw codeMismatch('Invalid code or auth state for the user.');
}

function answerNewPassword(session: ChallengeSession, responses: Texts): undefined {
  const { user, client } = session;
  const { pool } = client;
  const password = responses.NEW_PASSWORD;
  if (!password) throw missingParameter('NEW_PASSWORD');
  checkPassword(pool, password);
  const attributes = Object.entries(responses)
    .filter(([name]) => name.startsWith('userAttributes.'))
    .map(([name, Value]) => ({ Name: name.slice('userAttributes.'.length), Value }));
  checkWritable(client, attributes);
  const provided = attributes.find(({ Name }) => user.attributes.get(Name));
  if (provided) {
    session.spent = true;
    throw notAuthorized(`Cannot modify an already provided ${provided.Name}`);
  }
  const wanted = requiredAttributes(pool.settings);
  const values = toRecord(attributes);
  const missing = wanted.find((name) => !(values[name] || user.attributes.get(name)));
  if (missing) throw invalidParameter(`Invalid attributes given, ${missing} is missing`);
  writeAttributes(pool, user, attributes, NEW_PROFILE_WORDING);
  setPassword(pool, user, password);
  user.status = 'CONFIRMED';
}

function isServed(name: string): name is ChallengeName {
  return Object.hasOwn(CHALLENGES, name);
}
