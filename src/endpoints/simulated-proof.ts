import { randomBytes } from 'node:crypto';
import { upstreamFault } from '../cognito/classify-error.ts';
import { type SrpKeyPair, srpPoolName } from '../cognito/srp.ts';
import { ProblemError } from '../shared/problem.ts';
import { type HandlerContext, isMaskedBy, type MaskedErrors } from './endpoint.ts';
import { passwordClaim } from './srp-claim.ts';

/** Masked errors of `POST /sign-in`. */
export const MASKED_SIGN_IN: MaskedErrors = {
  exceptions: [
    'UserNotFoundException',
    'UserNotConfirmedException',
    'PasswordResetRequiredException',
    'NotAuthorizedException',
    'InvalidPasswordException',
    'LimitExceededException',
    'TooManyFailedAttemptsException',
  ],
  codes: ['invalid_credentials'],
  answer: 'invalid_credentials',
};

export interface RefusedProof {
  /** The error of the first step. */
  readonly refusal: unknown;
  readonly username: string;
  readonly pair: SrpKeyPair;
  readonly password: string;
}

const SALT_BYTES = 16;
/** A number below the 3072 bits of the group. */
const KEY_BYTES = 383;
const SECRET_BLOCK_BYTES = 1024;

/**
 * Throws the refusal of a proof's first step. If it is a masked error, the second step is simulated before: its
 * computation and its call to Cognito. The response time would otherwise reveal whether the account exists.
 */
export async function refuseProof(
  { refusal, username, pair, password }: RefusedProof,
  { settings, clientMetadata, send }: HandlerContext,
): Promise<never> {
  if (!settings.concealUserExistence || !isMasked(refusal)) throw refusal;
  const parameters = {
    SALT: randomBytes(SALT_BYTES).toString('hex'),
    SRP_B: randomBytes(KEY_BYTES).toString('hex'),
    SECRET_BLOCK: randomBytes(SECRET_BLOCK_BYTES).toString('base64'),
  };
  const identity = { group: srpPoolName(settings.userPoolId), name: username, password };
  try {
    await send('RespondToAuthChallenge', {
      ClientId: settings.clientId,
      ChallengeName: 'PASSWORD_VERIFIER',
      ChallengeResponses: { USERNAME: username, ...passwordClaim(parameters, pair, identity) },
      ClientMetadata: clientMetadata,
    });
  } catch (error) {
    // A fault of the second step is the response for every other account too.
    if (isFault(error)) throw error;
  }
  throw refusal;
}

function isMasked(refusal: unknown): boolean {
  if (refusal instanceof ProblemError) return refusal.problem.code === MASKED_SIGN_IN.answer;
  return isMaskedBy(MASKED_SIGN_IN, upstreamFault(refusal, 'InitiateAuth'));
}

/** Whether Cognito failed, or throttled the app, whatever the account. */
function isFault(error: unknown): boolean {
  const { problem } = upstreamFault(error, 'RespondToAuthChallenge');
  return problem.status >= 502 || problem.code === 'rate_limited';
}
