import { CognitoError, invalidParameter, resourceNotFound } from '../model/errors.ts';
import type { SignIn, UserPool } from '../model/pool.ts';
import { DEFAULT_SESSIONS_PER_USER, tracksSessions } from '../model/settings-rules.ts';
import { trackedSessionsOf } from '../tokens/tokens.ts';
import { updatePool } from '../users/pools.ts';
import { oneOf, required, text } from '../wire/input.ts';
import { pageToken } from '../wire/members.ts';
import { pageOf } from '../wire/pagination.ts';
import { sessionConfigShape } from '../wire/pool-members.ts';
import { type OperationTable, poolOperation, tokenOperation } from './operation.ts';

/** Cognito does not document its page size. */
const PAGE = 20;

/** The sessions of a user. Each sign-in through the API is a session of type TOKEN. */
export const userSessionOperations: OperationTable = {
  ListUserSessions: tokenOperation({ NextToken: pageToken }, (caller, { NextToken }) => {
    const { items, next } = pageOf(sessionsOf(caller), PAGE, NextToken);
    return {
      Sessions: items.map((signIn) => ({
        SessionId: signIn.sessionId,
        SessionType: 'TOKEN',
        ClientId: signIn.client.id,
        CreateDate: signIn.authTime / 1000,
        LastActiveDate: signIn.lastActiveAt / 1000,
        DeviceType: 'unknown',
        IsCurrentSession: signIn === caller,
      })),
      NextToken: next,
    };
  }),

  RevokeUserSession: tokenOperation(
    {
      SessionId: required(text({ min: 28, max: 28, pattern: /[a-z0-9]+/ })),
      RevokeAssociatedSessions: oneOf('NONE', 'LINKED'),
    },
    (caller, { SessionId }) => {
      const found = sessionsOf(caller).find(({ sessionId }) => sessionId === SessionId);
      if (!found) throw resourceNotFound('Session does not exist.');
      if (found === caller) throw invalidParameter('The current session cannot be revoked.');
      found.revoked = true;
      return {};
    },
  ),

  GetUserPoolSessionConfiguration: poolOperation({}, sessionConfigOf),

  SetUserPoolSessionConfiguration: poolOperation(
    {
      UserSessionTracking: required(sessionConfigShape.UserSessionTracking),
      TokenSession: required(sessionConfigShape.TokenSession),
    },
    (pool, { UserSessionTracking, TokenSession }) => {
      updatePool(pool, { ...pool.settings, UserSessionTracking, TokenSession });
      return sessionConfigOf(pool);
    },
  ),
};

/** Returns the tracked sessions of the caller's user, newest first. */
function sessionsOf({ user, client: { pool } }: SignIn): SignIn[] {
  if (!tracksSessions(pool.settings)) {
    throw new CognitoError(
      'OperationNotEnabledException',
      'Session tracking is not enabled for the user pool.',
    );
  }
  return trackedSessionsOf(pool, user).toReversed();
}

function sessionConfigOf({ id, settings }: UserPool): object {
  return {
    UserPoolId: id,
    UserSessionTracking: settings.UserSessionTracking ?? 'DISABLED',
    TokenSession: settings.TokenSession ?? { MaxPerUser: DEFAULT_SESSIONS_PER_USER },
  };
}
