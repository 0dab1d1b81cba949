import type { SignInStep } from '../model/sign-in-state.ts';
import type { User } from '../model/user.ts';
import { runOperation } from '../operations/run-operation.ts';
import type { Answer } from '../wire/answer.ts';
import { finishAuthorization } from './authorize.ts';
import { sessionCookies, signInSession } from './browser-sessions.ts';
import { goTo, type PageContext } from './page-context.ts';

/** Redirects to the next challenge of a sign-in, or to the app. */
export async function continueSignIn(
  context: PageContext,
  username: string,
  step: SignInStep,
): Promise<Answer> {
  const { client } = context.authorization;
  if (step.signedIn) return finish(context, step.signedIn, 'COGNITO');
  if (!step.ChallengeParameters.MFAS_CAN_SETUP?.includes('SOFTWARE_TOKEN_MFA')) {
    return goTo(context, 'challenge', { client, username, step });
  }
  const { SecretCode, Session } = (await runOperation(client, 'AssociateSoftwareToken', {
    Session: step.Session,
  })) as { SecretCode: string; Session: string };
  return goTo(context, 'challenge', {
    client,
    username,
    step: { ...step, Session },
    totpSecret: SecretCode,
  });
}

/** Stores the user in the browser session, and redirects to the app. */
export async function finish(
  { request, authorization, session }: PageContext,
  user: User,
  provider: string,
): Promise<Answer> {
  const { client } = authorization;
  const signedIn = signInSession(request.pool, session, { user, client, provider });
  const back = await finishAuthorization(authorization, signedIn.signedIn);
  return { ...back, cookies: sessionCookies(request, signedIn) };
}
