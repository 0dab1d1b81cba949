import Joi from 'joi';
import { upstreamFault } from '../cognito/classify-error.ts';
import { ProblemError, problem, refuse } from '../shared/problem.ts';
import { forgetSession, forgetTokens } from './cookie-transport.ts';
import { device } from './device-fields.ts';
import type { HandlerContext, HandlerEndpoint, RefreshRequest } from './endpoint.ts';
import { clientMetadataMember, refreshToken, unlessInCookies, username } from './fields.ts';
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
    Joi.object({
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
      return { status: 'complete', tokens: await call.refresh({ ...body, refreshToken }) };
    } catch (error) {
      const isOver = error instanceof RefreshError && error.sessionOver;
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
  readonly refreshToken?: string;
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
  cookies: { refreshToken: 'refresh' },
  rateLimit: 'write',
  body: (settings) => {
    const body = Joi.object<SignOutBody>({
      ...unlessInCookies(settings, { refreshToken: refreshToken() }),
      everywhere: Joi.boolean()
        .strict()
        .description('Whether to revoke all sessions of the user. Requires an access token.'),
    });
    return settings.transport === 'bearer'
      ? body.custom(needsToken).meta({ jsonSchema: TOKEN_NEEDED })
      : body;
  },
  operations: ['RevokeToken', 'GlobalSignOut'],
  handle: async (body, call) => {
    await (body.everywhere ? signOutEverywhere(call) : signOutHere(body, call));
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

async function signOutHere(body: SignOutBody, call: HandlerContext): Promise<void> {
  if (call.transport === 'cookie') return signOutBrowser(body, call);
  if (body.refreshToken === undefined) {
    throw new ProblemError(
      problem('validation_failed', {
        errors: [{ path: '/refreshToken', message: 'is required, unless "everywhere" is true' }],
      }),
    );
  }
  await revoke(body.refreshToken, call);
  await Promise.all([call.endSession(), call.endRefreshes(body.refreshToken)]);
}

async function revoke(refreshToken: string, call: HandlerContext): Promise<void> {
  await call.send('RevokeToken', { Token: refreshToken, ClientId: call.settings.clientId });
}

/**
 * Clears the browser's session even if Cognito or the store is unavailable. A failure of one does not prevent the
 * other.
 */
export async function signOutBrowser({ refreshToken }: SignOutBody, call: HandlerContext): Promise<void> {
  forgetTokens(call.cookies);
  const [remembered, revoked] = await Promise.allSettled([
    call.endSession(),
    refreshToken === undefined ? undefined : revoke(refreshToken, call),
    refreshToken === undefined ? undefined : call.endRefreshes(refreshToken),
  ]);
  // A refused refresh token is already revoked or expired.
  if (revoked.status === 'rejected' && !isRefusedToken(revoked.reason)) throw revoked.reason;
  if (remembered.status === 'rejected') throw remembered.reason;
}

function isRefusedToken(error: unknown): boolean {
  return upstreamFault(error, 'RevokeToken').problem.code === 'invalid_refresh_token';
}

async function signOutEverywhere(call: HandlerContext): Promise<void> {
  const AccessToken = call.accessToken();
  if (call.transport === 'cookie') forgetTokens(call.cookies);
  try {
    await call.send('GlobalSignOut', { AccessToken });
  } catch (error) {
    const isRevoked = error instanceof Error && /access token has been revoked/i.test(error.message);
    // A revoked token revokes only its own session, because an attacker may hold it.
    // A browser clears its cookies, so its session is revoked even if Cognito is unavailable.
    if (isRevoked || call.transport === 'cookie') await call.endSession();
    if (!isRevoked) throw error;
    return;
  }
  await call.endUser();
}
