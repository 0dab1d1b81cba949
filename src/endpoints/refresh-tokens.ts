import { isUnknownOperation } from '../cognito/classify-error.ts';
import { type UpstreamFault, UpstreamRefusal } from '../cognito/upstream-fault.ts';
import { ProblemError, problem } from '../shared/problem.ts';
import { callOnDevice } from './device-proof.ts';
import type { HandlerContext, RefreshRequest } from './endpoint.ts';
import { tokensOf } from './sign-in-result.ts';
import type { Tokens } from './sign-in-types.ts';

/** The part of a call that a refresh needs. */
export type RefreshCall = Pick<HandlerContext, 'settings' | 'clientMetadata' | 'send'>;

/** Uses GetTokensFromRefreshToken, with or without rotation, and REFRESH_TOKEN_AUTH for servers without it. */
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
  return refreshWithAuthFlow(request, call);
}

async function refreshWithAuthFlow(request: RefreshRequest, call: RefreshCall): Promise<Tokens> {
  const { clientId, clientSecret } = call.settings;
  if (clientSecret !== undefined && request.username === undefined) {
    throw new ProblemError(
      problem('validation_failed', {
        errors: [{ path: '/username', message: 'is required by this user pool server' }],
      }),
    );
  }
  // The secret hash needs the name, and removes it from the parameters.
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
    // InitiateAuth otherwise means a sign-in. Here the exception concerns the refresh token or the user name.
    if (!(cause instanceof Error && cause.name === 'NotAuthorizedException')) throw cause;
    throw new ProblemError(problem('invalid_refresh_token'), { cause });
  }
}

/**
 * The session after a failed refresh.
 *
 * - `over`: certainly revoked or expired. The client may clear its cookies.
 * - `replaced`: signed out just now, here or by a new sign-in, whose response has the browser's cookies.
 * - `unknown`: Cognito is unavailable, or another instance may have refreshed, and the client may have its tokens.
 */
export type SessionState = 'over' | 'replaced' | 'unknown';

/** A failed refresh. */
export class RefreshError extends UpstreamRefusal {
  readonly session: SessionState;

  constructor(fault: UpstreamFault, session: SessionState) {
    super(fault);
    this.session = session;
  }
}
