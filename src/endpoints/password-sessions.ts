import { AUTH_FLOWS } from './auth-flows.ts';
import { forgetTokens } from './cookie-transport.ts';
import { isRefusedDevice, onDevice } from './device-proof.ts';
import type { GivenDevice } from './device-types.ts';
import type { HandlerContext } from './endpoint.ts';
import type { SignInResult } from './sign-in-types.ts';

/** The result of the sign-in that follows a password change. Empty if the user has to sign in. */
type NewSession = Omit<SignInResult, 'status'> | Record<never, never>;

/**
 * Ends all sessions of the user after a password change, because Cognito ends none, and starts a new one with the new
 * password. The password has changed in any case, so a failure is in the log only.
 */
export async function restartSession(
  { password, device }: { readonly password: string; readonly device: GivenDevice | undefined },
  call: HandlerContext,
): Promise<NewSession> {
  if (call.transport === 'cookie') forgetTokens(call.cookies);
  const AccessToken = call.accessToken();
  await call.send('GlobalSignOut', { AccessToken }).catch(call.logFault);
  const result = await signInAgain(password, device, call).catch(call.logFault);
  const tokens = result && 'tokens' in result ? result.tokens : undefined;
  const ends = tokens ? [call.endSession(), call.endEarlier(tokens.accessToken)] : [call.endUser()];
  await Promise.all(ends).catch(call.logFault);
  const { status: _status, ...started } = result ?? { status: undefined };
  return started;
}

async function signInAgain(
  password: string,
  device: GivenDevice | undefined,
  call: HandlerContext,
): Promise<SignInResult | undefined> {
  const { settings, auth } = call;
  // A sign-in through the API would lose the other scopes of managed login.
  if (auth?.username === undefined || auth.scopes.includes('openid')) return undefined;
  const body = { username: auth.username, password };
  const asUser: HandlerContext = {
    ...call,
    settings: { ...settings, signInWith: ['username'], concealUserExistence: false },
  };
  return onDevice(device, asUser, isRefusedDevice, (step) =>
    AUTH_FLOWS[settings.authFlow].signIn(body, step),
  );
}

/** Ends all sessions of the user after a password reset. Only an administrator can: there is no access token. */
export async function endSessionsAfterReset(Username: string, call: HandlerContext): Promise<void> {
  const { passwordChangeEndsSessions, adminSignOut, userPoolId: UserPoolId } = call.settings;
  if (!(passwordChangeEndsSessions && adminSignOut)) return;
  const asAdministrator = { UserPoolId, Username };
  await call.send('AdminUserGlobalSignOut', asAdministrator).catch(call.logFault);
  await endAccessTokens(asAdministrator, call).catch(call.logFault);
}

/** Revokes the access tokens in the kit, which knows users by their `sub`. */
async function endAccessTokens(
  asAdministrator: { readonly UserPoolId: string; readonly Username: string },
  call: HandlerContext,
): Promise<void> {
  const { UserAttributes = [] } = await call.send('AdminGetUser', asAdministrator);
  const sub = UserAttributes.find(({ Name }) => Name === 'sub')?.Value;
  if (sub !== undefined) await call.endEarlierOf(sub);
}
