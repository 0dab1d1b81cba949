import type { InitiateAuthCommandOutput } from '@aws-sdk/client-cognito-identity-provider';
import type Joi from 'joi';
import { clientKeyPair, type SrpKeyPair, srpPoolName } from '../cognito/srp.ts';
import type { AuthFlow } from '../config/config.ts';
import { ProblemError, problem } from '../shared/problem.ts';
import { initiateAsForNobody } from './custom-auth.ts';
import type { GivenDevice } from './device-types.ts';
import type { HandlerContext } from './endpoint.ts';
import { type Identified, password, usernameOf } from './fields.ts';
import { firstFactor, isFirstFactor } from './first-factors.ts';
import { signInResult } from './sign-in-result.ts';
import { IncompleteAnswer, type SignInResult } from './sign-in-types.ts';
import { passwordClaim } from './srp-claim.ts';

/** The body of `POST /sign-in`, validated. */
export interface SignInBody extends Identified {
  readonly password?: string;
  readonly preferredChallenge?: string;
  readonly device?: GivenDevice;
}

/** One way to sign in. */
interface FlowRow {
  /** The members of the body, beside the identifier. */
  body(): Joi.PartialSchemaMap;
  signIn(body: SignInBody, call: HandlerContext): Promise<SignInResult>;
}

/**
 * What `POST /sign-in` does, by the option `authFlow`.
 *
 * @see https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_InitiateAuth.html
 */
export const AUTH_FLOWS: Readonly<Record<AuthFlow, FlowRow>> = {
  USER_PASSWORD_AUTH: { body: () => ({ password: password().required() }), signIn: sendPassword },
  ADMIN_USER_PASSWORD_AUTH: { body: () => ({ password: password().required() }), signIn: sendPassword },
  USER_SRP_AUTH: {
    body: () => ({ password: password().required() }),
    signIn: (body, call) => beginWithProof(body, call, {}),
  },
  CUSTOM_AUTH: {
    body: () => ({ password: password().description('If the password is to be proved first.') }),
    async signIn(body, call) {
      if (body.password !== undefined) return beginWithProof(body, call, { CHALLENGE_NAME: 'SRP_A' });
      const username = usernameOf(body, call.settings);
      const begin = (name: string) => initiate(call, name, {});
      return signInResult(await initiateAsForNobody(username, call.settings, begin), username);
    },
  },
  USER_AUTH: {
    body: () => ({
      password: password().description('To begin with. With another preference it is not used.'),
      preferredChallenge: firstFactor().description(
        'How to begin. Without it, and without a password, the user is asked to choose.',
      ),
    }),
    signIn: chooseFirstFactor,
  },
};

async function sendPassword(body: SignInBody, call: HandlerContext): Promise<SignInResult> {
  const username = usernameOf(body, call.settings);
  const output = await initiate(call, username, { PASSWORD: body.password ?? '' });
  return signInResult(output, username);
}

/** The password is proved by SRP, and goes nowhere. */
async function beginWithProof(
  body: SignInBody,
  call: HandlerContext,
  parameters: Record<string, string>,
): Promise<SignInResult> {
  const username = usernameOf(body, call.settings);
  const pair = clientKeyPair();
  const output = await initiate(call, username, { ...parameters, SRP_A: pair.shared.toString(16) });
  if (output.ChallengeName !== 'PASSWORD_VERIFIER') return signInResult(output, username);
  return provePassword({ output, pair, password: body.password ?? '' }, call);
}

/**
 * A password that comes along is sent to Cognito, unless PASSWORD_SRP is preferred: then it is proven.
 * Without one, Cognito poses the challenge that is preferred, or SELECT_CHALLENGE.
 */
async function chooseFirstFactor(body: SignInBody, call: HandlerContext): Promise<SignInResult> {
  const username = usernameOf(body, call.settings);
  const preferred = body.preferredChallenge ?? (body.password === undefined ? undefined : 'PASSWORD');
  const password = preferred?.startsWith('PASSWORD') ? body.password : undefined;
  const pair = password !== undefined && preferred === 'PASSWORD_SRP' ? clientKeyPair() : undefined;
  const output = await initiate(call, username, {
    ...(preferred !== undefined && { PREFERRED_CHALLENGE: preferred }),
    ...(pair && { SRP_A: pair.shared.toString(16) }),
    ...(password !== undefined && !pair && { PASSWORD: password }),
  });
  if (pair && password !== undefined && output.ChallengeName === 'PASSWORD_VERIFIER') {
    return provePassword({ output, pair, password }, call);
  }
  const concealed = call.settings.concealUserExistence;
  // The account has no use for a password. After one that was sent, EMAIL_OTP can be the second factor too: of that
  // there is no choice.
  const isSecond = output.ChallengeName === 'EMAIL_OTP' && !pair && output.AvailableChallenges === undefined;
  const inVain = isFirstFactor(output.ChallengeName) && !isSecond;
  if (concealed && password !== undefined && inVain) throw new ProblemError(problem('invalid_credentials'));
  return signInResult(output, username, { concealed });
}

function initiate(
  { settings, clientMetadata, send }: HandlerContext,
  username: string,
  parameters: Record<string, string>,
): Promise<InitiateAuthCommandOutput> {
  return send('InitiateAuth', {
    ClientId: settings.clientId,
    AuthFlow: settings.authFlow,
    AuthParameters: { USERNAME: username, ...parameters },
    ClientMetadata: clientMetadata,
  });
}

export interface PasswordProof {
  readonly output: Pick<InitiateAuthCommandOutput, 'ChallengeParameters' | 'Session'>;
  readonly pair: SrpKeyPair;
  readonly password: string;
}

/** Answers PASSWORD_VERIFIER: the password is proved to Cognito, and never leaves this server. */
export async function provePassword(
  { output, pair, password }: PasswordProof,
  call: HandlerContext,
): Promise<SignInResult> {
  const { settings, clientMetadata } = call;
  const { USER_ID_FOR_SRP: name, ...parameters } = output.ChallengeParameters ?? {};
  if (!name) throw new IncompleteAnswer('Cognito posed PASSWORD_VERIFIER without the name of the user.');
  const identity = { group: srpPoolName(settings.userPoolId), name, password };
  const claim = passwordClaim(parameters, pair, identity);
  const next = await call.send('RespondToAuthChallenge', {
    ClientId: settings.clientId,
    ChallengeName: 'PASSWORD_VERIFIER',
    Session: output.Session,
    ChallengeResponses: { USERNAME: name, ...claim },
    ClientMetadata: clientMetadata,
  });
  return signInResult(next, name);
}
