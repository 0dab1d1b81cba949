import Joi from 'joi';
import { secretHash } from '../cognito/secret-hash.ts';
import { isUnknownOperation, upstreamFault } from '../cognito/upstream-fault.ts';
import { ProblemError, problem, refuse } from '../problem.ts';
import { forgetTokens } from '../tokens/transport.ts';
import { device, type GivenDevice } from './device-fields.ts';
import { callOnDevice } from './device-proof.ts';
import type { Call, HandlerEndpoint } from './endpoint.ts';
import { clientMetadataMember, refreshToken, unlessInCookies, username } from './fields.ts';
import { type SignInResult, tokensOf, withSecretHash } from './sign-in-result.ts';

interface RefreshBody {
  /** There in any request but one whose cookie is gone. */
  readonly refreshToken?: string;
  readonly username?: string;
  readonly device?: GivenDevice;
}

export const refresh: HandlerEndpoint<RefreshBody> = {
  name: 'refresh',
  method: 'post',
  path: '/refresh',
  summary: 'Get new access and ID tokens with the refresh token.',
  tag: 'session',
  auth: 'none',
  cookies: { refreshToken: 'refresh', device: 'device' },
  rateLimit: 'write',
  event: 'refresh',
  body: (settings) =>
    Joi.object({
      ...unlessInCookies(settings, { refreshToken: refreshToken().required(), device: device() }),
      username: username().description(
        'Only for user pool servers without GetTokensFromRefreshToken and a client with a secret: the `username` claim of the access token.',
      ),
      ...clientMetadataMember(settings),
    }),
  operations: ['GetTokensFromRefreshToken', 'InitiateAuth'],
  handle: async (body, call): Promise<SignInResult> => ({
    status: 'complete',
    tokens: await refreshTokens(body, callOnDevice(call, body.device)),
  }),
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

/** GetTokensFromRefreshToken works with rotation on and off; REFRESH_TOKEN_AUTH is for servers that do not know it. */
async function refreshTokens(body: RefreshBody, call: Call): Promise<ReturnType<typeof tokensOf>> {
  const { clientId, clientSecret } = call.settings;
  const { refreshToken = refuse(problem('invalid_refresh_token')) } = body;
  try {
    const output = await call.send('GetTokensFromRefreshToken', {
      RefreshToken: refreshToken,
      ClientId: clientId,
      ClientSecret: clientSecret,
      ClientMetadata: call.clientMetadata,
    });
    return tokensOf(output.AuthenticationResult);
  } catch (error) {
    if (!isUnknownOperation(error)) throw error;
  }
  return refreshTheOldWay({ ...body, refreshToken }, call);
}

async function refreshTheOldWay(
  body: RefreshBody & { readonly refreshToken: string },
  call: Call,
): Promise<ReturnType<typeof tokensOf>> {
  const { clientId, clientSecret } = call.settings;
  if (clientSecret !== undefined && body.username === undefined) {
    throw new ProblemError(
      problem('validation_failed', {
        errors: [{ path: '/username', message: 'is required by this user pool server' }],
      }),
    );
  }
  const hash = body.username === undefined ? undefined : secretHash(call.settings, body.username);
  try {
    const output = await call.send('InitiateAuth', {
      ClientId: clientId,
      AuthFlow: 'REFRESH_TOKEN_AUTH',
      AuthParameters: withSecretHash({ REFRESH_TOKEN: body.refreshToken }, hash),
      ClientMetadata: call.clientMetadata,
    });
    return tokensOf(output.AuthenticationResult);
  } catch (cause) {
    // Of the operation that it shares with signing in, this is about the refresh token, or the name that came with it.
    if (!(cause instanceof Error && cause.name === 'NotAuthorizedException')) throw cause;
    throw new ProblemError(problem('invalid_refresh_token'), { cause });
  }
}

interface SignOutBody {
  readonly refreshToken?: string;
  readonly everywhere?: boolean;
}

export const signOut: HandlerEndpoint<SignOutBody> = {
  name: 'signOut',
  method: 'post',
  path: '/sign-out',
  summary: 'End this session (with its refresh token), or every session of the user (with an access token).',
  tag: 'session',
  auth: 'optional',
  acceptsRevoked: true,
  cookies: { refreshToken: 'refresh' },
  rateLimit: 'write',
  event: 'sign_out',
  body: (settings) =>
    Joi.object({
      ...unlessInCookies(settings, { refreshToken: refreshToken() }),
      everywhere: Joi.boolean(),
    }),
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
    'password_reset_required',
    'user_not_confirmed',
    'forbidden',
    'rejected_by_pool',
  ],
  response: { $ref: '#/components/schemas/Status' },
  example: { request: { refreshToken: 'eyJjdHkiOi...' }, response: { status: 'signed_out' } },
};

async function signOutHere(body: SignOutBody, call: Call): Promise<void> {
  if (call.transport === 'cookie') return signOutBrowser(body, call);
  if (body.refreshToken === undefined) {
    throw new ProblemError(
      problem('validation_failed', {
        errors: [{ path: '/refreshToken', message: 'is required, unless "everywhere" is true' }],
      }),
    );
  }
  await revoke(body.refreshToken, call);
  await call.endSession();
}

async function revoke(refreshToken: string, call: Call): Promise<void> {
  const { clientId, clientSecret } = call.settings;
  await call.send('RevokeToken', { Token: refreshToken, ClientId: clientId, ClientSecret: clientSecret });
}

/** The browser forgets its session whether or not Cognito and the store can be told of it, and all are told that can be. */
export async function signOutBrowser({ refreshToken }: SignOutBody, call: Call): Promise<void> {
  forgetTokens(call.cookies);
  const [remembered, revoked] = await Promise.allSettled([
    call.endSession(),
    refreshToken === undefined ? undefined : revoke(refreshToken, call),
  ]);
  // A refresh token that is refused has ended already.
  if (revoked.status === 'rejected' && !isRefusedToken(revoked.reason)) throw revoked.reason;
  if (remembered.status === 'rejected') throw remembered.reason;
}

function isRefusedToken(error: unknown): boolean {
  return upstreamFault(error, 'RevokeToken').problem.code === 'invalid_refresh_token';
}

async function signOutEverywhere(call: Call): Promise<void> {
  const AccessToken = call.accessToken();
  if (call.transport === 'cookie') forgetTokens(call.cookies);
  try {
    await call.send('GlobalSignOut', { AccessToken });
  } catch (error) {
    const isRevoked = error instanceof Error && /access token has been revoked/i.test(error.message);
    // Whoever signs out twice is signed out. What the user has begun since is not ended by a token of before,
    // which may be in the hands of somebody else: that is why it was signed out.
    // In a browser that forgets it, this session is over even if Cognito cannot be told.
    if (isRevoked || call.transport === 'cookie') await call.endSession();
    if (!isRevoked) throw error;
    return;
  }
  await call.endUser();
}
