import { problem, refuse } from '../shared/problem.ts';
import { deviceSecret } from './device-fields.ts';
import type { DeviceSecret } from './device-types.ts';
import type { HandlerContext, HandlerEndpoint } from './endpoint.ts';
import { clientMetadataMember, refreshToken, rememberMeMember } from './fields.ts';
import { joi } from './joi.ts';
import type { SignInResult } from './sign-in-types.ts';

interface ImportBody {
  readonly refreshToken: string;
  readonly device?: DeviceSecret | undefined;
}

/** The device goes into its cookie, because Cognito may refresh no session without it. */
type ImportedSession = SignInResult & { readonly device?: DeviceSecret | undefined };

export const importSession: HandlerEndpoint<ImportBody> = {
  name: 'importSession',
  method: 'post',
  path: '/import-session',
  summary: 'Put the session of a refresh token into cookies, for a migration.',
  description:
    'Only with the option `importSessions`, and until its end. For pages that kept tokens of the same app client in the storage of the browser. A browser that has a session must sign out first.',
  tag: 'session',
  auth: 'none',
  importsSession: true,
  cookies: {},
  rateLimit: 'write',
  body: (settings) =>
    joi.object({
      refreshToken: refreshToken().required(),
      device: deviceSecret().description(
        'The remembered device of the session. Required if the user pool tracks devices.',
      ),
      ...rememberMeMember(settings),
      ...clientMetadataMember(settings),
    }),
  operations: ['GetTokensFromRefreshToken', 'InitiateAuth', 'RevokeToken'],
  handle: async ({ refreshToken, device }, call): Promise<ImportedSession> => {
    refuseSecondSession(call);
    refuseAfterEnd(call);
    const tokens = await call.refresh({ refreshToken, device });
    // Without rotation Cognito returns none, and the old one stays the session's.
    return {
      status: 'complete',
      tokens: { ...tokens, refreshToken: tokens.refreshToken ?? refreshToken },
      device,
    };
  },
  errors: [
    'conflict',
    'invalid_refresh_token',
    'user_not_found',
    'user_disabled',
    'rejected_by_pool',
    'operation_not_available',
    'forbidden',
  ],
  response: { $ref: '#/components/schemas/SignedInWithCookies' },
  example: {
    request: { refreshToken: 'eyJjdHkiOi...' },
    response: {
      status: 'complete',
      user: { sub: '34c84488-e0e1-70ae-d2ee-991ad1a898c8', username: 'ada', groups: [] },
      expiresIn: 3600,
    },
  },
};

/** Tokens in the storage may be those of an earlier user of the browser. */
function refuseSecondSession({ cookies }: HandlerContext): void {
  if ((cookies.get('refresh') ?? cookies.get('access')) === undefined) return;
  const detail = 'The browser has a session in cookies. Sign out first to import another one.';
  refuse(problem('conflict', { detail }));
}

/** As for a session that is over, so that the page removes its tokens from the storage. */
function refuseAfterEnd({ settings: { importSessions } }: HandlerContext): void {
  if (importSessions !== undefined && Date.now() < importSessions.until) return;
  const detail = 'Sessions are no longer imported. Sign in again.';
  refuse(problem('invalid_refresh_token', { detail }));
}
