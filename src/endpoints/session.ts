import type Joi from 'joi';
import { upstreamFault } from '../cognito/classify-error.ts';
import { withoutLifetime } from '../cookies/session-lifetime.ts';
import { ProblemError, problem, refuse } from '../shared/problem.ts';
import { forgetSession, forgetTokens } from './cookie-transport.ts';
import { device } from './device-fields.ts';
import type { GivenDevice } from './device-types.ts';
import type { HandlerContext, HandlerEndpoint, RefreshRequest } from './endpoint.ts';
import { clientMetadataMember, refreshToken, unlessInCookies, username } from './fields.ts';
import { joi } from './joi.ts';
import { RefreshError } from './refresh-tokens.ts';
import type { SignInResult } from './sign-in-types.ts';

/** The refresh token is missing only if its cookie is. */
type RefreshBody = Partial<RefreshRequest>;

export const refresh: HandlerEndpoint<RefreshBody> = {
  name: 'refresh',
  method: 'post',
  path: '/refresh',
  summary: 'Get new access and ID tokens with the refresh token.',
  description:
    'If the user pool rotates refresh tokens, the response has a new one, and the old one becomes invalid. Status 401 means that the user must sign in again.',
  tag: 'session',
  auth: 'none',
  cookies: { refreshToken: 'refresh', device: 'device' },
  rateLimit: 'write',
  body: (settings) =>
    joi.object({
      ...unlessInCookies(settings, { refreshToken: refreshToken().required(), device: device() }),
      username: username().description(
        'Only for user pool servers without GetTokensFromRefreshToken and a client with a secret: the `username` claim of the access token.',
      ),
      ...clientMetadataMember(settings),
    }),
  operations: ['GetTokensFromRefreshToken', 'InitiateAuth', 'RevokeToken'],
  handle: async ({ refreshToken, ...body }, call): Promise<SignInResult> => {
    if (refreshToken === undefined) refuse(problem('invalid_refresh_token'));
    try {
      const tokens = await call.refresh({ ...body, refreshToken });
      // The cookies of a new sign-in in the same browser take precedence.
      call.cookies.applyUnless(() => call.isSignedOut(refreshToken, tokens.refreshToken));
      return { status: 'complete', tokens };
    } catch (error) {
      const isOver = error instanceof RefreshError && error.session === 'over';
      if (isOver && call.transport === 'cookie') forgetSession(call.cookies);
      throw error;
    }
  },
  errors: [
    'invalid_refresh_token',
    'user_not_found',
    'user_disabled',
    'rejected_by_pool',
    'operation_not_available',
    'forbidden',
  ],
  response: { $ref: '#/components/schemas/SignInResult' },
  example: {
    request: { refreshToken: 'eyJjdHkiOi...' },
    response: {
      status: 'complete',
      tokens: {
        accessToken: 'eyJraWQiOi...',
        idToken: 'eyJraWQiOi...',
        expiresIn: 3600,
        tokenType: 'Bearer',
      },
    },
  },
};

interface SignOutBody {
  readonly refreshToken?: string | undefined;
  /** From its cookie. A pool that tracks devices refreshes no session without it. */
  readonly device?: GivenDevice | undefined;
  readonly everywhere?: boolean;
}

export const signOut: HandlerEndpoint<SignOutBody> = {
  name: 'signOut',
  method: 'post',
  path: '/sign-out',
  summary:
    'Revoke this session (with its refresh token), or all sessions of the user (with an access token).',
  description:
    'Revokes the refresh token and its access tokens. With `everywhere`, an access token is required, and the sessions on all devices are revoked.',
  tag: 'session',
  auth: 'optional',
  acceptsRevoked: true,
  cookies: { refreshToken: 'refresh', device: 'device' },
  rateLimit: 'write',
  body: (settings) => {
    const body = joi.object<SignOutBody>({
      ...unlessInCookies(settings, { refreshToken: refreshToken() }),
      everywhere: joi
        .boolean()
        .strict()
        .description('Whether to revoke all sessions of the user. Requires an access token.'),
    });
    return settings.transport === 'bearer'
      ? body.custom(needsToken).meta({ jsonSchema: TOKEN_NEEDED })
      : body;
  },
  operations: ['RevokeToken', 'GlobalSignOut'],
  handle: async (body, call) => {
    await (body.everywhere ? signOutEverywhere(body, call) : signOutHere(body, call));
    noteSignOut(body, call);
    return { status: 'signed_out' };
  },
  errors: [
    'invalid_refresh_token',
    'operation_not_available',
    'user_not_found',
    'user_disabled',
    'insufficient_scope',
    'not_allowed_for_user',
    'password_reset_required',
    'user_not_confirmed',
    'forbidden',
    'rejected_by_pool',
  ],
  response: { $ref: '#/components/schemas/Status' },
  example: { request: { refreshToken: 'eyJjdHkiOiJKV1Qi...' }, response: { status: 'signed_out' } },
};

/** `needsToken` in JSON Schema. */
const TOKEN_NEEDED = {
  allOf: [
    {
      anyOf: [
        { required: ['refreshToken'] },
        { required: ['everywhere'], properties: { everywhere: { type: 'boolean', const: true } } },
      ],
    },
  ],
};

function needsToken(body: SignOutBody, helpers: Joi.CustomHelpers): SignOutBody | Joi.ErrorReport {
  if (body.everywhere || body.refreshToken !== undefined) return body;
  return helpers.error('signOut.refreshToken', {}, helpers.state.localize?.(['refreshToken']));
}

/** A request without a token has ended no session. */
export function noteSignOut({ refreshToken, everywhere = false }: SignOutBody, call: HandlerContext): void {
  if (!call.auth && refreshToken === undefined) return;
  const { sub, username } = call.auth ?? {};
  call.happened('onSignedOut', { sub, username, everywhere });
}

async function signOutHere(body: SignOutBody, call: HandlerContext): Promise<void> {
  if (call.transport === 'cookie') return signOutBrowser(body, call);
  if (body.refreshToken === undefined) {
    throw new ProblemError(
      problem('validation_failed', {
        errors: [{ path: '/refreshToken', message: 'is required, unless "everywhere" is true' }],
      }),
    );
  }
  await endSessionOf([body.refreshToken], call);
}

/** Clears the browser's session even if Cognito or the store is unavailable. */
export async function signOutBrowser({ refreshToken }: SignOutBody, call: HandlerContext): Promise<void> {
  forgetTokens(call.cookies);
  const tokens =
    refreshToken === undefined ? call.cookies.ambiguous('refresh').map(withoutLifetime) : [refreshToken];
  try {
    await endSessionOf(tokens, call);
  } catch (error) {
    // A refused refresh token is already revoked or expired.
    if (!isRefusedToken(error)) throw error;
  }
}

/** Ends the session in the kit and at Cognito. A failure of one does not prevent the other. */
async function endSessionOf(refreshTokens: readonly string[], call: HandlerContext): Promise<void> {
  const [remembered, ...revoked] = await Promise.allSettled([
    call.endSession(),
    ...refreshTokens.flatMap((token) => [revoke(token, call), call.endRefreshes(token)]),
  ]);
  // The store's failure is the server's, and a refused refresh token is the client's.
  const failed = [remembered, ...revoked].filter(({ status }) => status === 'rejected');
  const reasons = (failed as PromiseRejectedResult[]).map(({ reason }): unknown => reason);
  const first = reasons.find((reason) => !isRefusedToken(reason)) ?? reasons[0];
  if (first !== undefined) throw first;
}

async function revoke(refreshToken: string, call: HandlerContext): Promise<void> {
  try {
    await call.send('RevokeToken', { Token: refreshToken, ClientId: call.settings.clientId });
  } catch (error) {
    // No repetition would help: the app client's settings do not allow it. The session has ended in the kit.
    if (!(error instanceof Error && error.name === 'UnsupportedOperationException')) throw error;
    call.logFault(error);
  }
}

function isRefusedToken(error: unknown): boolean {
  return upstreamFault(error, 'RevokeToken').problem.code === 'invalid_refresh_token';
}

async function signOutEverywhere(body: SignOutBody, call: HandlerContext): Promise<void> {
  const isBrowser = call.transport === 'cookie';
  if (isBrowser) forgetTokens(call.cookies);
  const AccessToken = await currentAccessToken(body, call);
  try {
    await call.send('GlobalSignOut', { AccessToken });
  } catch (error) {
    const isRevoked = error instanceof Error && /access token has been revoked/i.test(error.message);
    // The client drops its tokens, so its session is revoked even if Cognito is unavailable. A revoked token revokes
    // only its own session, because an attacker may hold it.
    const { refreshToken } = body;
    await Promise.all([
      call.endSession(AccessToken),
      refreshToken === undefined ? undefined : call.endRefreshes(refreshToken),
    ]);
    if (!isRevoked) throw error;
    return;
  }
  await Promise.all([
    call.endUser(AccessToken),
    body.refreshToken === undefined ? undefined : call.endRefreshes(body.refreshToken),
  ]);
}

/** Returns the access token. A browser whose access cookie has expired gets a new one with its refresh cookie. */
async function currentAccessToken(
  { refreshToken, device }: SignOutBody,
  call: HandlerContext,
): Promise<string> {
  if (call.auth || call.transport !== 'cookie') return call.accessToken();
  try {
    if (refreshToken === undefined) return call.accessToken();
    return (await call.refresh({ refreshToken, device })).accessToken;
  } catch (error) {
    // The other sessions stay, but this one ends.
    await signOutBrowser({ refreshToken }, call).catch(call.logFault);
    throw error;
  }
}
