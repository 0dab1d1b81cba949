import Joi from 'joi';
import { ProblemError, problem } from '../problem.ts';
import { device } from './device-fields.ts';
import type { Call, HandlerEndpoint } from './endpoint.ts';
import { clientMetadataMember, refreshToken, username } from './fields.ts';
import type { RefreshRequest } from './refresh-tokens.ts';
import type { SignInResult } from './sign-in-result.ts';

export const refresh: HandlerEndpoint<RefreshRequest> = {
  name: 'refresh',
  method: 'post',
  path: '/refresh',
  summary: 'Get new access and ID tokens with the refresh token.',
  tag: 'session',
  auth: 'none',
  rateLimit: 'write',
  event: 'refresh',
  body: (settings) =>
    Joi.object({
      refreshToken: refreshToken().required(),
      username: username().description(
        'Only for user pool servers without GetTokensFromRefreshToken and a client with a secret: the `username` claim of the access token.',
      ),
      ...clientMetadataMember(settings),
      device: device(),
    }),
  operations: ['GetTokensFromRefreshToken', 'InitiateAuth', 'RevokeToken'],
  handle: async (body, call): Promise<SignInResult> => ({
    status: 'complete',
    tokens: await call.refresh(body),
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
  rateLimit: 'write',
  event: 'sign_out',
  body: () => Joi.object({ refreshToken: refreshToken(), everywhere: Joi.boolean() }),
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
  if (body.refreshToken === undefined) {
    throw new ProblemError(
      problem('validation_failed', {
        errors: [{ path: '/refreshToken', message: 'is required, unless "everywhere" is true' }],
      }),
    );
  }
  const { clientId, clientSecret } = call.settings;
  await call.send('RevokeToken', {
    Token: body.refreshToken,
    ClientId: clientId,
    ClientSecret: clientSecret,
  });
  await call.endSession();
}

async function signOutEverywhere(call: Call): Promise<void> {
  const AccessToken = call.accessToken();
  try {
    await call.send('GlobalSignOut', { AccessToken });
  } catch (error) {
    if (!(error instanceof Error && /access token has been revoked/i.test(error.message))) throw error;
    // Whoever signs out twice is signed out. What the user has begun since is not ended by a token of before,
    // which may be in the hands of somebody else: that is why it was signed out.
    await call.endSession();
    return;
  }
  await call.endUser();
}
