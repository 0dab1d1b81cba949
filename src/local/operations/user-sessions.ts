import { invalidParameter, resourceNotFound } from '../model/errors.ts';
import type { SignIn, SsoSession, UserPool } from '../model/pool.ts';
import { DEFAULT_SESSIONS_PER_USER, requireSessionTracking } from '../model/settings-rules.ts';
import type { User } from '../model/user.ts';
import { trackedSessionsOf } from '../tokens/tokens.ts';
import { endSession, sessionsOf, startOf, type UserSession } from '../tokens/user-sessions.ts';
import { existingUser } from '../users/find-user.ts';
import { updatePool } from '../users/pools.ts';
import { oneOf, required, text } from '../wire/input.ts';
import { pageToken, username } from '../wire/members.ts';
import { pageOf } from '../wire/pagination.ts';
import { sessionConfigShape } from '../wire/pool-members.ts';
import { type OperationTable, poolOperation, tokenOperation } from './operation.ts';

/** Cognito does not document its page size. */
const PAGE = 20;
/** AdminListUserSessions has a single page. */
const ADMIN_PAGE = 125;

const revokeShape = {
  SessionId: required(text({ min: 28, max: 28, pattern: /^(tkn|sso)[a-z0-9]{25}$/ })),
  RevokeAssociatedSessions: oneOf('NONE', 'LINKED'),
};
const nameShape = { Username: required(username) };

/** The sessions of a user. Each sign-in through the API is a session of type TOKEN, each browser at managed login one of type SSO. */
export const userSessionOperations: OperationTable = {
  ListUserSessions: tokenOperation({ NextToken: pageToken }, (caller, { NextToken }) => {
    const { user, client } = caller;
    const { items, next } = pageOf(listed(client.pool, user, 'ListUserSessions'), PAGE, NextToken);
    return { Sessions: items.map((each) => sessionOut(client.pool, each, caller)), NextToken: next };
  }),

  AdminListUserSessions: poolOperation(
    { ...nameShape, NextToken: pageToken },
    (pool, { Username, NextToken }) => {
      const user = existingUser(pool, Username);
      const { items, next } = pageOf(listed(pool, user, 'AdminListUserSessions'), ADMIN_PAGE, NextToken);
      return { Sessions: items.map((each) => sessionOut(pool, each)), NextToken: next };
    },
  ),

  RevokeUserSession: tokenOperation(revokeShape, (caller, { SessionId, RevokeAssociatedSessions }) => {
    const { user, client } = caller;
    const found = findSession(client.pool, user, SessionId);
    if (found.type === 'TOKEN' && found.signIn === caller)
      throw invalidParameter('The current session cannot be revoked.');
    endSession(client.pool, user, found, RevokeAssociatedSessions);
    return {};
  }),

  AdminRevokeUserSession: poolOperation({ ...nameShape, ...revokeShape }, (pool, input) => {
    const user = existingUser(pool, input.Username);
    endSession(pool, user, findSession(pool, user, input.SessionId), input.RevokeAssociatedSessions);
    return {};
  }),

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

/** Returns the sessions of a user, newest first. Throws OperationNotEnabledException if the pool tracks none. */
function trackedSessions(pool: UserPool, user: User): UserSession[] {
  requireSessionTracking(pool.settings);
  return sessionsOf(pool, user);
}

/** Returns the tracked sessions without those that are too new for Cognito to list. */
function listed(pool: UserPool, user: User, operation: string): UserSession[] {
  const tracked = trackedSessions(pool, user);
  const latest = pool.now() - pool.service.sessionDelayOf(operation);
  return tracked.filter((each) => startOf(each) <= latest);
}

function findSession(pool: UserPool, user: User, id: string): UserSession {
  const found = trackedSessions(pool, user).find((each) => each.id === id);
  if (!found) throw resourceNotFound('Session does not exist.');
  return found;
}

function sessionOut(pool: UserPool, session: UserSession, caller?: SignIn): object {
  const described = { SessionId: session.id, SessionType: session.type, DeviceType: 'unknown' };
  if (session.type === 'SSO') {
    return {
      ...described,
      ClientId: session.sso.client.id,
      CreateDate: session.sso.at / 1000,
      LastActiveDate: lastActiveAt(pool, session.sso) / 1000,
      IsCurrentSession: false,
    };
  }
  const { signIn } = session;
  return {
    ...described,
    ClientId: signIn.client.id,
    CreateDate: signIn.startedAt / 1000,
    LastActiveDate: signIn.lastActiveAt / 1000,
    OriginSessionId: signIn.ssoSessionId,
    IsCurrentSession: signIn === caller,
  };
}

/** Returns the time of the latest sign-in or refresh in the SSO session. */
function lastActiveAt(pool: UserPool, { user, at, ssoSessionId }: SsoSession): number {
  const own = trackedSessionsOf(pool, user).filter((each) => each.ssoSessionId === ssoSessionId);
  return Math.max(at, ...own.map((each) => each.lastActiveAt));
}

function sessionConfigOf({ id, settings }: UserPool): object {
  return {
    UserPoolId: id,
    UserSessionTracking: settings.UserSessionTracking ?? 'DISABLED',
    TokenSession: settings.TokenSession ?? { MaxPerUser: DEFAULT_SESSIONS_PER_USER },
  };
}
