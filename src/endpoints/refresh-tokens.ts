import { isUnknownOperation } from '../cognito/upstream-fault.ts';
import { type UpstreamFault, UpstreamRefusal } from '../cognito/upstream-refusal.ts';
import { ProblemError, problem } from '../shared/problem.ts';
import { callOnDevice } from './device-proof.ts';
import type { HandlerContext, RefreshRequest } from './endpoint.ts';
import { tokensOf } from './sign-in-result.ts';
import type { Tokens } from './sign-in-types.ts';

/** As much of a call as it takes to refresh. */
export type RefreshCall = Pick<HandlerContext, 'settings' | 'clientMetadata' | 'send'>;

/** GetTokensFromRefreshToken works with rotation on and off; REFRESH_TOKEN_AUTH is for servers that do not know it. */
export async function refreshTokens(request: RefreshRequest, anyCall: RefreshCall): Promise<Tokens> {
  const call = callOnDevice(anyCall, request.device);
  try {
    const output = await call.send('GetTokensFromRefreshToken', {
      RefreshToken: request.refreshToken,
      ClientId: call.settings.clientId,
      ClientMetadata: call.clientMetadata,
    });
    return tokensOf(output.AuthenticationResult);
  } catch (error) {
    if (!isUnknownOperation(error)) throw error;
  }
  return refreshTheOldWay(request, call);
}

async function refreshTheOldWay(request: RefreshRequest, call: RefreshCall): Promise<Tokens> {
  const { clientId, clientSecret } = call.settings;
  if (clientSecret !== undefined && request.username === undefined) {
    throw new ProblemError(
      problem('validation_failed', {
        errors: [{ path: '/username', message: 'is required by this user pool server' }],
      }),
    );
  }
  // The proof of the secret hashes the name, and takes it out of the parameters.
  const named = clientSecret !== undefined && request.username !== undefined;
  try {
    const output = await call.send('InitiateAuth', {
      ClientId: clientId,
      AuthFlow: 'REFRESH_TOKEN_AUTH',
      AuthParameters: {
        REFRESH_TOKEN: request.refreshToken,
        ...(named && { USERNAME: request.username }),
      },
      ClientMetadata: call.clientMetadata,
    });
    return tokensOf(output.AuthenticationResult);
  } catch (cause) {
    // Of the operation that it shares with signing in, this is about the refresh token, or the name that came with it.
    if (!(cause instanceof Error && cause.name === 'NotAuthorizedException')) throw cause;
    throw new ProblemError(problem('invalid_refresh_token'), { cause });
  }
}

/** No new tokens. */
export class RefreshError extends UpstreamRefusal {
  /**
   * Whether the session has ended for certain, so that what the client keeps of it can go. Not while Cognito is down;
   * and not where somebody else may have refreshed unseen: the client may have those tokens already.
   */
  readonly sessionOver: boolean;

  constructor(fault: UpstreamFault, sessionOver: boolean) {
    super(fault);
    this.sessionOver = sessionOver;
  }
}
