import { sendSignInCode } from '../messages/codes.ts';
import {
  codeMismatch,
  invalidParameter,
  missingParameter,
  userDisabled,
  wrongPassword,
} from '../model/errors.ts';
import type { AppClient, ChallengeSession, UserPool } from '../model/pool.ts';
import type { AddressAttribute, AllowedFirstFactor, PoolSettings } from '../model/settings.ts';
import { allowedFirstFactors } from '../model/settings-rules.ts';
import type { FirstFactorName, SessionState, SignInContext, SignInStep } from '../model/sign-in-state.ts';
import type { User } from '../model/user.ts';
import { namedDevice } from '../users/devices.ts';
import { findBySignInName } from '../users/find-user.ts';
import { usableMfa } from '../users/mfa.ts';
import { verifyAddress } from '../users/new-user.ts';
import { passwordMatches } from '../users/password-hash.ts';
import { nextStep } from './challenges.ts';
import { migrateUnknown } from './migrate-user.ts';
import { askForPasskey, hasUsablePasskey, signInWithPasskey } from './passkey-sign-in.ts';
import { afterPassword, checkSigningIn, isImported } from './password.ts';
import { findSession, invalidSession, openSession } from './sessions.ts';
import { askBeforeSignIn } from './sign-in-triggers.ts';
import { simulatedUser } from './simulated-user.ts';
import { beginSrp } from './srp.ts';

type Texts = Readonly<Record<string, string>>;

/** A sign-in attempt. */
interface Attempt {
  readonly client: AppClient;
  readonly user: User;
  /** The unknown username, if `user` is simulated. */
  readonly simulated: string | undefined;
  /** Parameters or responses of the request. */
  readonly given: Texts;
  readonly clientMetadata?: SignInContext['clientMetadata'];
}

interface FirstFactor {
  /** Its name in the pool's sign-in policy. */
  readonly allowedAs: AllowedFirstFactor;
  /** Whether the user can use it. `mfaDue`: a second factor must follow. */
  readonly usable: (user: User, mfaDue: boolean, settings: PoolSettings) => boolean;
  /** Returns its challenge, or the next step if the request already has the answer. */
  readonly begin: (attempt: Attempt) => SignInStep | Promise<SignInStep>;
  /**
   * Checks the answer. A synchronous throw keeps the session; a rejected promise does not, such as after the
   * verification of a passkey or a refusal by a trigger.
   */
  readonly answer: (attempt: Attempt, session: ChallengeSession) => SignInStep | Promise<SignInStep>;
}

const OTP_DIGITS = 8;

/** The first factors of USER_AUTH, in the order of the offer. A new one needs a row. */
const FIRST_FACTORS: Readonly<Record<FirstFactorName, FirstFactor>> = {
  PASSWORD_SRP: {
    allowedAs: 'PASSWORD',
    usable: hasPassword,
    begin: (attempt) => (attempt.given.SRP_A ? startProof(attempt) : pose(attempt, 'PASSWORD_SRP')),
    answer: startProof,
  },
  PASSWORD: {
    allowedAs: 'PASSWORD',
    usable: hasPassword,
    begin: (attempt) => (attempt.given.PASSWORD ? checkPassword(attempt) : pose(attempt, 'PASSWORD')),
    answer: checkPassword,
  },
  EMAIL_OTP: oneTimeCode('EMAIL_OTP', 'email'),
  SMS_OTP: oneTimeCode('SMS_OTP', 'phone_number'),
  WEB_AUTHN: {
    allowedAs: 'WEB_AUTHN',
    usable: hasUsablePasskey,
    begin: (attempt) => pose(attempt, 'WEB_AUTHN', askForPasskey(attempt.client, attempt.user)),
    answer({ client, user, given, clientMetadata }, session) {
      const { CREDENTIAL } = given;
      if (!CREDENTIAL) throw missingParameter('CREDENTIAL');
      // Synchronous, because an unknown device must not spend the session.
      const device = namedDevice(client, user, given);
      return signInWithPasskey(client, user, CREDENTIAL, { session, device, clientMetadata });
    },
  },
};

const NAMES = Object.keys(FIRST_FACTORS) as FirstFactorName[];

/** Returns the first factors that the user can use. */
export function usableFirstFactors(pool: UserPool, user: User): FirstFactorName[] {
  const { MfaConfiguration = 'OFF' } = pool.settings;
  const mfaDue =
    MfaConfiguration === 'ON' || (MfaConfiguration === 'OPTIONAL' && usableMfa(pool, user).length > 0);
  return firstFactorsOf(pool, user, mfaDue);
}

/** Returns the first factors that the user could use without MFA, by their names in the sign-in policy. */
export function configuredFirstFactors(pool: UserPool, user: User): AllowedFirstFactor[] {
  return [...new Set(firstFactorsOf(pool, user, false).map((name) => FIRST_FACTORS[name].allowedAs))];
}

function firstFactorsOf(pool: UserPool, user: User, mfaDue: boolean): FirstFactorName[] {
  const allowed = allowedFirstFactors(pool.settings);
  return NAMES.filter((name) => {
    const { allowedAs, usable } = FIRST_FACTORS[name];
    return allowed.includes(allowedAs) && usable(user, mfaDue, pool.settings);
  });
}

/** InitiateAuth of USER_AUTH: starts the preferred or only first factor, or offers a choice. */
export async function beginFirstFactor(
  client: AppClient,
  username: string,
  { given, clientMetadata }: Pick<Attempt, 'given' | 'clientMetadata'>,
): Promise<SignInStep> {
  const { pool } = client;
  const { PREFERRED_CHALLENGE: preferred, PASSWORD: password } = given;
  if (preferred === 'PASSWORD' && password) {
    await migrateUnknown(client, 'UserMigration_Authentication', { username, password, clientMetadata });
  }
  const known = findBySignInName(client, username);
  const user = known ?? simulatedUser(pool, username);
  const attempt = { client, user, simulated: known ? undefined : username, given };
  const available = usableFirstFactors(pool, user);
  // A code also confirms an unconfirmed account, and an imported one has no password. A password does neither.
  const takesCode = user.status === 'UNCONFIRMED' || isImported(user);
  if (!takesCode || preferred?.startsWith('PASSWORD') || available.length === 0) {
    checkSigningIn(user);
  }
  if (!user.enabled) throw userDisabled();
  await askBeforeSignIn(client, { username, user: known, clientMetadata });
  if (available.length === 0) throw wrongPassword();
  const chosen = available.find((name) => name === (preferred ?? onlyOne(attempt, available)));
  const step = await (chosen ? FIRST_FACTORS[chosen].begin(attempt) : pose(attempt, 'SELECT_CHALLENGE'));
  const offered = ['SELECT_CHALLENGE', ...available].some((name) => name === step.ChallengeName);
  return offered ? { ...step, AvailableChallenges: available } : step;
}

/** Returns the only first factor. A simulated user has one, a code, as in Cognito's simulation. */
function onlyOne({ simulated }: Attempt, available: readonly FirstFactorName[]): FirstFactorName | undefined {
  if (available.length === 1) return available[0];
  return simulated === undefined ? undefined : available.find((name) => name.endsWith('_OTP'));
}

interface Answer {
  readonly name: string;
  readonly username: string;
  readonly responses: Texts;
  readonly session: string | undefined;
  readonly clientMetadata: SignInContext['clientMetadata'];
}

/** Returns whether the answer is to a first factor. EMAIL_OTP can be either; its session knows. */
export function isFirstFactorAnswer({ pool }: AppClient, { name, session = '' }: Answer): boolean {
  if (name === 'EMAIL_OTP') return pool.sessions.get(session)?.first === true;
  return name === 'SELECT_CHALLENGE' || isFirstFactor(name);
}

export function answerFirstFactor(client: AppClient, answer: Answer): SignInStep | Promise<SignInStep> {
  const { name, username, responses, clientMetadata } = answer;
  const { pool } = client;
  const session = findSession(pool, answer.session, name as FirstFactorName | 'SELECT_CHALLENGE');
  const { user, simulated } = session;
  const found = pool.users.find(username);
  const isMeant =
    simulated === undefined ? found === user : !found && [simulated, user.username].includes(username);
  if (session.client !== client || !isMeant) throw invalidSession();
  if (!user.enabled) throw userDisabled();
  const named: Texts = session.deviceKey === undefined ? {} : { DEVICE_KEY: session.deviceKey };
  const attempt = { client, user, simulated, given: { ...named, ...responses }, clientMetadata };
  const step = isFirstFactor(name) ? FIRST_FACTORS[name].answer(attempt, session) : choose(attempt);
  session.spent = true;
  return step;
}

function choose(attempt: Attempt): SignInStep | Promise<SignInStep> {
  const { client, user, given } = attempt;
  if (!given.ANSWER) throw missingParameter('ANSWER');
  const chosen = usableFirstFactors(client.pool, user).find((name) => name === given.ANSWER);
  if (!chosen) throw invalidParameter('Selected challenge is not available.');
  return FIRST_FACTORS[chosen].begin(attempt);
}

/** InitiateAuth with the session of ConfirmSignUp, which needs no further proof. */
export async function signInAfterSignUp(
  client: AppClient,
  username: string,
  given: { readonly session: string; readonly clientMetadata: SignInContext['clientMetadata'] },
): Promise<SignInStep> {
  const session = findSession(client.pool, given.session, 'CONFIRMED_SIGN_UP');
  const { user } = session;
  if (session.client !== client || client.pool.users.find(username) !== user) throw invalidSession();
  checkSigningIn(user);
  session.spent = true;
  await askBeforeSignIn(client, { username, user, clientMetadata: given.clientMetadata });
  return nextStep(client, user);
}

function pose(
  { client, user, simulated, given }: Attempt,
  purpose: FirstFactorName | 'SELECT_CHALLENGE',
  { parameters = {}, ...state }: SessionState & { parameters?: Texts } = {},
): SignInStep {
  return {
    ChallengeName: purpose,
    Session: openSession(client, user, purpose, {
      ...state,
      first: true,
      ...(simulated !== undefined && { simulated }),
      ...(given.DEVICE_KEY !== undefined && { deviceKey: given.DEVICE_KEY }),
    }),
    ChallengeParameters: parameters,
  };
}

function hasPassword({ password, status }: User): boolean {
  return password !== undefined && status !== 'UNCONFIRMED';
}

function checkPassword({ client, user, given, clientMetadata }: Attempt): Promise<SignInStep> {
  const { PASSWORD } = given;
  if (!PASSWORD) throw missingParameter('PASSWORD');
  return afterPassword(client, user, {
    isRight: () => passwordMatches(PASSWORD, user.password),
    given,
    clientMetadata,
  });
}

function startProof({ client, user, simulated, given }: Attempt): SignInStep {
  if (!given.SRP_A) throw missingParameter('SRP_A');
  return beginSrp(
    client,
    simulated === undefined ? user : undefined,
    simulated ?? user.username,
    given.SRP_A,
  );
}

/** A code to an address. The correct code also verifies the address and confirms the account. */
function oneTimeCode(name: 'EMAIL_OTP' | 'SMS_OTP', attribute: AddressAttribute): FirstFactor {
  return {
    allowedAs: name,
    usable: ({ attributes, status }, mfaDue) =>
      !mfaDue && status !== 'FORCE_CHANGE_PASSWORD' && Boolean(attributes.get(attribute)),
    begin(attempt) {
      const { client, user, simulated } = attempt;
      const pretend = simulated !== undefined;
      return pose(
        attempt,
        name,
        sendSignInCode(client.pool, user, { attribute, digits: OTP_DIGITS, pretend }),
      );
    },
    answer({ client, user, simulated, given, clientMetadata }, { code }) {
      const responded = given[`${name}_CODE`];
      if (!responded) throw missingParameter(`${name}_CODE`);
      if (simulated !== undefined || responded !== code) {
        throw codeMismatch('Invalid code or auth state for the user.');
      }
      verifyAddress(client.pool, user, attribute);
      if (user.status === 'UNCONFIRMED') user.status = 'CONFIRMED';
      user.codes.delete('sign_up');
      return nextStep(client, user, [], { device: namedDevice(client, user, given), clientMetadata });
    },
  };
}

function isFirstFactor(name: string): name is FirstFactorName {
  return Object.hasOwn(FIRST_FACTORS, name);
}
