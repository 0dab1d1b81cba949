import type { InitiateAuthCommandOutput } from '@aws-sdk/client-cognito-identity-provider';
import type Joi from 'joi';
import { clientKeyPair, type SrpKeyPair, srpPoolName } from '../cognito/srp.ts';
import type { AuthFlow } from '../config/options.ts';
import { ProblemError, problem } from '../shared/problem.ts';
import { initiateOrSimulate } from './custom-auth.ts';
import type { GivenDevice } from './device-types.ts';
import type { HandlerContext } from './endpoint.ts';
import { type Identified, password, usernameOf } from './fields.ts';
import { firstFactor, isFirstFactor } from './first-factors.ts';
import { signInResult } from './sign-in-result.ts';
import { IncompleteAnswer, type SignInResult } from './sign-in-types.ts';
import { refuseProof } from './simulated-proof.ts';
import { passwordClaim } from './srp-claim.ts';

/** The validated body of `POST /sign-in`. */
export interface SignInBody extends Identified {
  readonly password?: string;
  readonly preferredChallenge?: string;
  readonly device?: GivenDevice;
}

interface FlowRow {
  /** The members of the body, in addition to the identifier. */
  body(): Joi.PartialSchemaMap;
  signIn(body: SignInBody, call: HandlerContext): Promise<SignInResult>;
}

/**
 * The implementations of `POST /sign-in`, by the option `authFlow`.
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
    body: () => ({ password: password().description('The password, if it is the first proof.') }),
    async signIn(body, call) {
      if (body.password !== undefined) return beginWithProof(body, call, { CHALLENGE_NAME: 'SRP_A' });
      const username = usernameOf(body, call.settings);
      const begin = (name: string) => initiate(call, name, {});
      return signInResult(await initiateOrSimulate(username, call.settings, begin), username);
    },
  },
  USER_AUTH: {
    body: () => ({
      password: password().description('The password as first factor. Ignored with another preference.'),
      preferredChallenge: firstFactor().description(
        'The first factor. Without it, and without a password, the user must choose.',
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

/** Proves the password with SRP, without sending it. */
async function beginWithProof(
  body: SignInBody,
  call: HandlerContext,
  parameters: Record<string, string>,
): Promise<SignInResult> {
  const username = usernameOf(body, call.settings);
  const { password = '' } = body;
  const pair = clientKeyPair();
  const output = await initiate(call, username, { ...parameters, SRP_A: pair.shared.toString(16) }).catch(
    (refusal: unknown) => refuseProof({ refusal, username, pair, password }, call),
  );
  if (output.ChallengeName !== 'PASSWORD_VERIFIER') return signInResult(output, username);
  return provePassword({ output, pair, password }, call);
}

/**
 * Sends the password to Cognito, or proves it if PASSWORD_SRP is preferred. Without a password, Cognito poses the
 * preferred challenge, or SELECT_CHALLENGE.
 */
async function chooseFirstFactor(body: SignInBody, call: HandlerContext): Promise<SignInResult> {
  const username = usernameOf(body, call.settings);
  const preferred = body.preferredChallenge ?? (body.password === undefined ? undefined : 'PASSWORD');
  const password = preferred?.startsWith('PASSWORD') ? body.password : undefined;
  const pair = password !== undefined && preferred === 'PASSWORD_SRP' ? clientKeyPair() : undefined;
  const refuseLate = (refusal: unknown): Promise<never> => {
    if (!pair || password === undefined) throw refusal;
    return refuseProof({ refusal, username, pair, password }, call);
  };
  const output = await initiate(call, username, {
    ...(preferred !== undefined && { PREFERRED_CHALLENGE: preferred }),
    ...(pair && { SRP_A: pair.shared.toString(16) }),
    ...(password !== undefined && !pair && { PASSWORD: password }),
  }).catch(refuseLate);
  if (pair && password !== undefined && output.ChallengeName === 'PASSWORD_VERIFIER') {
    return provePassword({ output, pair, password }, call);
  }
  const concealed = call.settings.concealUserExistence;
  // A first factor after a password means that the account has no password.
  // EMAIL_OTP without `AvailableChallenges` is the second factor.
  const isSecond = output.ChallengeName === 'EMAIL_OTP' && !pair && output.AvailableChallenges === undefined;
  const inVain = isFirstFactor(output.ChallengeName) && !isSecond;
  if (concealed && password !== undefined && inVain) {
    return refuseLate(new ProblemError(problem('invalid_credentials')));
  }
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

/** Answers PASSWORD_VERIFIER, which proves the password without sending it. */
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
