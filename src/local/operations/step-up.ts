import { CognitoError, invalidParameter, notAuthorized } from '../model/errors.ts';
import type { AppClient, SignIn, UserPool } from '../model/pool.ts';
import { namesOfLevels } from '../model/settings-rules.ts';
import type { SignInStep, StepUp } from '../model/sign-in-state.ts';
import type { User } from '../model/user.ts';
import { pose } from '../sign-in/challenges.ts';
import { usableFirstFactors } from '../sign-in/first-factors.ts';
import { checkSecretHash } from '../sign-in/secret-hash.ts';
import { openDeviceSession } from '../sign-in/sessions.ts';
import { issueJwts, signInOfAccessToken, verifyAccessToken } from '../tokens/tokens.ts';
import { usableMfa } from '../users/mfa.ts';
import type { Operation, OperationTable } from './operation.ts';
import { checkFlow } from './sign-in.ts';

/** The members of InitiateAuth and RespondToAuthChallenge that a step-up reads. */
interface Request {
  readonly ClientId: string;
  readonly AuthFlow?: string;
  readonly AuthParameters?: Readonly<Record<string, string>>;
  readonly ChallengeName?: string;
  readonly ChallengeResponses?: Readonly<Record<string, string>>;
  readonly Session?: string;
}

/** The `amr` value that the answer to each challenge proves. */
const AMR: Readonly<Record<string, string>> = {
  PASSWORD: 'pwd',
  PASSWORD_VERIFIER: 'pwd',
  SOFTWARE_TOKEN_MFA: 'otp',
  SMS_MFA: 'sms',
  SMS_OTP: 'sms',
  EMAIL_OTP: 'email_otp',
  WEB_AUTHN: 'swk',
};

const KEPT_STEP_UPS = 1000;
const SENT_CODES = ['sms', 'email_otp'];

/**
 * Adds TARGET_ACR_VALUES to USER_AUTH: the sign-in continues until it reaches the level, which its tokens state.
 *
 * @see https://docs.aws.amazon.com/cognito/latest/developerguide/cognito-user-pools-step-up-authentication.html
 */
export function reachingLevels({
  InitiateAuth,
  RespondToAuthChallenge,
  AdminRespondToAuthChallenge,
  ...others
}: OperationTable): OperationTable {
  return {
    ...others,
    ...(InitiateAuth && { InitiateAuth: withLevels(InitiateAuth, begin) }),
    ...(RespondToAuthChallenge && {
      RespondToAuthChallenge: withLevels(RespondToAuthChallenge, continueStepUp),
    }),
    // An administrator can continue a user's step-up.
    ...(AdminRespondToAuthChallenge && {
      AdminRespondToAuthChallenge: withLevels(AdminRespondToAuthChallenge, continueStepUp),
    }),
  };
}

type Run = () => Promise<SignInStep>;
type Step = (client: AppClient, request: Request, run: Run) => Promise<SignInStep>;

function withLevels(operation: Operation, step: Step): Operation {
  return {
    ...operation,
    run(service, body) {
      const run: Run = async () => (await operation.run(service, body)) as SignInStep;
      const request = body as Request;
      // The operation itself refuses malformed members.
      const { ClientId, AuthParameters, ChallengeResponses } = Object(request) as Request;
      const client = isText(ClientId) ? service.clients.get(ClientId) : undefined;
      const readable = [AuthParameters, ChallengeResponses].every((texts = {}) =>
        Object.values(texts).every((value) => value === undefined || isText(value)),
      );
      return client && readable ? step(client, request, run) : run();
    },
  };
}

async function begin(client: AppClient, request: Request, run: Run): Promise<SignInStep> {
  const {
    USERNAME = '',
    TARGET_ACR_VALUES,
    ACCESS_TOKEN,
    MAX_AGE,
    SECRET_HASH,
  } = request.AuthParameters ?? {};
  const { pool } = client;
  if (request.AuthFlow !== 'USER_AUTH') return run();
  if (TARGET_ACR_VALUES === undefined) {
    if (ACCESS_TOKEN === undefined) return run();
    throw invalidParameter('TARGET_ACR_VALUES is required with ACCESS_TOKEN.');
  }
  checkFlow(client, 'USER_AUTH');
  const targets = TARGET_ACR_VALUES.split(' ')
    .map((name) => namesOfLevels(pool.settings).indexOf(name) + 1)
    .filter((level) => level > 0);
  if (targets.length === 0) throw invalidParameter('None of the TARGET_ACR_VALUES is valid.');
  const user = pool.users.find(USERNAME);
  const holder = ACCESS_TOKEN === undefined ? undefined : holderOf(client, ACCESS_TOKEN, user);
  // The flow itself conceals an unknown user.
  if (!user) return run();
  const level = targets.find((each) => canReach(pool, user, each));
  if (level === undefined)
    throw invalidParameter('The user has no factors for any of the TARGET_ACR_VALUES.');
  const credited = holder && isRecent(holder, MAX_AGE) ? (holder.authentication?.amr ?? []) : [];
  if (levelOf(credited) >= level) throw invalidParameter('The access token satisfies the level already.');
  if (!credited.includes('pwd')) return settle(client, { level, amr: [] }, request, await run());
  // The token has proven the password already.
  checkSecretHash(client, SECRET_HASH, USERNAME);
  const amr = credited.filter((name) => name !== 'mfa');
  return remember(pool, { level, amr }, poseMissing(client, user, level));
}

async function continueStepUp(client: AppClient, request: Request, run: Run): Promise<SignInStep> {
  const { ChallengeName = '', ChallengeResponses: responses = {}, Session } = request;
  const key =
    Session ??
    openDeviceSession(client, ChallengeName, responses) ??
    responses.PASSWORD_CLAIM_SECRET_BLOCK ??
    '';
  const stepUp = client.pool.stepUps.get(key);
  const step = await run();
  client.pool.stepUps.delete(key);
  return stepUp ? settle(client, stepUp, request, step) : step;
}

/** Continues after a successful step: tokens at the level, the missing factor, or the operation's next challenge. */
function settle(client: AppClient, before: StepUp, request: Request, step: SignInStep): SignInStep {
  const { pool } = client;
  const amr = [...new Set([...before.amr, ...provenBy(request, step)])];
  const stepUp = { level: before.level, amr };
  const tokens = step.AuthenticationResult;
  if (!tokens) return remember(pool, stepUp, step);
  const signIn = signInOfAccessToken(pool, tokens.AccessToken);
  if (!signIn) return step;
  const reached = levelOf(amr);
  if (reached >= stepUp.level) {
    signIn.authentication = {
      acr: namesOfLevels(pool.settings)[reached - 1] ?? '',
      amr: amr.length > 1 ? [...amr, 'mfa'] : amr,
    };
    return { ...step, AuthenticationResult: { ...tokens, ...issueJwts(signIn, signIn.overrides) } };
  }
  // No tokens below the requested level.
  signIn.revoked = true;
  if (!amr.includes('pwd')) throw notAuthorized('The authentication level was not reached.');
  return remember(pool, stepUp, poseMissing(client, signIn.user, stepUp.level));
}

/** Returns the `amr` values proven by this step: an answered challenge, or a password in the first request. */
function provenBy(request: Request, { ChallengeName: next }: SignInStep): string[] {
  const { ChallengeName, ChallengeResponses, AuthParameters } = request;
  const chosen = ChallengeResponses?.ANSWER ?? AuthParameters?.PREFERRED_CHALLENGE;
  const given = ChallengeResponses?.PASSWORD ?? AuthParameters?.PASSWORD;
  const isFirstStep = ChallengeName === undefined || ChallengeName === 'SELECT_CHALLENGE';
  const asked = ['SELECT_CHALLENGE', 'PASSWORD', 'PASSWORD_VERIFIER'].some((name) => name === next);
  if (isFirstStep) return chosen === 'PASSWORD' && given !== undefined && !asked ? ['pwd'] : [];
  const proven = AMR[ChallengeName];
  return proven === undefined ? [] : [proven];
}

/** Stores the step-up under the key of the next step. */
function remember(pool: UserPool, stepUp: StepUp, step: SignInStep): SignInStep {
  const key = step.Session ?? step.ChallengeParameters.SECRET_BLOCK;
  if (key !== undefined) pool.stepUps.set(key, stepUp);
  // Abandoned step-ups are removed, oldest first.
  const [oldest] = pool.stepUps.keys();
  if (oldest !== undefined && pool.stepUps.size > KEPT_STEP_UPS) pool.stepUps.delete(oldest);
  return step;
}

/** Returns the challenge of the second factor that the level needs after the password. */
function poseMissing(client: AppClient, user: User, level: number): SignInStep {
  const usable = usableMfa(client.pool, user);
  const fitting = usable.filter((name) => level === 3 || AMR[name] === 'otp');
  const to = fitting.find((name) => name === user.mfa.preferred) ?? fitting[0];
  if (to === undefined) throw notAuthorized('The authentication level was not reached.');
  return pose(client, user, { to });
}

function canReach(pool: UserPool, user: User, level: number): boolean {
  const first: readonly string[] = usableFirstFactors(pool, user);
  const second = usableMfa(pool, user).map((name) => AMR[name] ?? '');
  const password = first.includes('PASSWORD');
  switch (level) {
    case 1:
      return password;
    case 2:
      return first.some((name) => name.endsWith('_OTP'));
    case 3:
      return first.includes('WEB_AUTHN') || (password && second.some((amr) => SENT_CODES.includes(amr)));
    default:
      return password && second.includes('otp');
  }
}

/** Returns the highest level that the `amr` values satisfy; 0 for none. */
function levelOf(amr: readonly string[]): number {
  const sentCode = amr.some((name) => SENT_CODES.includes(name));
  if (amr.includes('pwd') && amr.includes('otp')) return 4;
  if (amr.includes('swk') || amr.includes('hwk') || (amr.includes('pwd') && sentCode)) return 3;
  if (sentCode) return 2;
  return amr.includes('pwd') ? 1 : 0;
}

function isText(value: unknown): value is string {
  return typeof value === 'string';
}

/** Returns the sign-in of the token, which must be of the named user and this client. */
function holderOf(client: AppClient, accessToken: string, user: User | undefined): SignIn {
  const holder = verifyAccessToken(client.pool.service, accessToken);
  if (holder.user !== user || holder.client !== client) {
    throw new CognitoError('NotAuthorizedException', 'Access Token does not belong to the user.');
  }
  return holder;
}

function isRecent({ authTime, client }: SignIn, maxAge: string | undefined): boolean {
  if (maxAge === undefined) return true;
  if (!/^\d+$/.test(maxAge)) throw invalidParameter('MAX_AGE is not a number of seconds.');
  return client.pool.now() - authTime <= Number(maxAge) * 1000;
}
