import { upstreamFault } from '../cognito/classify-error.ts';
import type { HandlerContext } from './endpoint.ts';
import { signInResult } from './sign-in-result.ts';
import type { SignInResult } from './sign-in-types.ts';

/**
 * Signs in the user of a newly confirmed account. Returns `undefined` after a failure, because the account is confirmed
 * anyway, and logs its cause. A misconfigured server is reported.
 */
export async function signInConfirmed(
  username: string,
  session: string,
  { settings, clientMetadata, send, logFault }: HandlerContext,
): Promise<SignInResult | undefined> {
  try {
    const output = await send('InitiateAuth', {
      ClientId: settings.clientId,
      AuthFlow: 'USER_AUTH',
      AuthParameters: { USERNAME: username },
      Session: session,
      ClientMetadata: clientMetadata,
    });
    return signInResult(output, username);
  } catch (error) {
    if (upstreamFault(error, 'InitiateAuth').problem.code === 'server_misconfigured') throw error;
    logFault(error);
    return undefined;
  }
}
