import type { SessionDescriptionType } from '@aws-sdk/client-cognito-identity-provider';
import type { CommandEndpoint } from './endpoint.ts';
import { pageToken, sessionId } from './fields.ts';
import { joi } from './joi.ts';
import { TOKEN_ERRORS } from './token-errors.ts';

export const listSessions: CommandEndpoint<undefined, 'ListUserSessions'> = {
  name: 'listSessions',
  method: 'get',
  path: '/sessions',
  summary: 'List the active sessions of the user.',
  description:
    'Lists the sessions of the user on all devices, page by page. The session of the request is `current`. Requires session tracking in the user pool.',
  tag: 'session',
  auth: 'access',
  rateLimit: 'read',
  query: () => joi.object({ nextToken: pageToken() }),
  command: 'ListUserSessions',
  safeToRepeat: true,
  toInput: (_body, call) => ({ AccessToken: call.accessToken(), NextToken: call.query.nextToken }),
  toResponse: ({ Sessions = [], NextToken }) => ({
    sessions: Sessions.map(describeSession),
    ...(NextToken && { nextToken: NextToken }),
  }),
  errors: TOKEN_ERRORS,
  response: { $ref: '#/components/schemas/Sessions' },
  example: {
    response: {
      sessions: [
        {
          id: 'tkn0a1b2c3d4e5f6g7h8i9j0k1l2',
          type: 'token',
          current: true,
          clientId: '1example23456789',
          createdAt: '2026-11-01T09:30:00.000Z',
          lastActiveAt: '2026-11-20T18:05:00.000Z',
        },
      ],
    },
  },
};

/** Members without a value are `undefined`, and JSON omits them. */
function describeSession(session: SessionDescriptionType): object {
  const { City, Country } = session.LastLocation ?? {};
  return {
    id: session.SessionId,
    type: session.SessionType?.toLowerCase(),
    current: session.IsCurrentSession ?? false,
    clientId: session.ClientId,
    createdAt: session.CreateDate?.toISOString(),
    lastActiveAt: session.LastActiveDate?.toISOString(),
    device: session.DeviceType,
    ip: session.LastIPAddress,
    ...((City || Country) && { location: { city: City, country: Country } }),
  };
}

export const revokeSession: CommandEndpoint<undefined, 'RevokeUserSession'> = {
  name: 'revokeSession',
  method: 'delete',
  path: '/sessions/:id',
  summary: 'Revoke another session of the signed-in user. To revoke the current one, sign out.',
  description: 'Takes the `id` of a session of the same user, and revokes its refresh token.',
  tag: 'session',
  auth: 'access',
  rateLimit: 'write',
  params: () => joi.object({ id: sessionId().required() }),
  command: 'RevokeUserSession',
  toInput: (_body, call) => ({ AccessToken: call.accessToken(), SessionId: call.params.id }),
  toResponse: () => ({ status: 'revoked' }),
  errors: [...TOKEN_ERRORS, 'not_found', 'conflict'],
  response: { $ref: '#/components/schemas/Status' },
  example: { params: { id: 'tkn0a1b2c3d4e5f6g7h8i9j0k1l2' }, response: { status: 'revoked' } },
};
