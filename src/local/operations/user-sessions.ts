import { invalidParameter, resourceNotFound } from '../model/errors.ts';
import type { SignIn, UserPool } from '../model/pool.ts';
import { oneOf, required, text } from '../wire/input.ts';
import { pageToken } from '../wire/members.ts';
import { pageOf } from '../wire/pagination.ts';
import { type OperationTable, tokenOperation } from './operation.ts';

/** Cognito does not document its page size. */
const PAGE = 20;

/** The sessions of a user. Each sign-in through the API is a session of type TOKEN. */
export const userSessionOperations: OperationTable = {
  ListUserSessions: tokenOperation({ NextToken: pageToken }, (caller, { NextToken }) => {
    const { items, next } = pageOf(liveSignIns(caller), PAGE, NextToken);
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
      const found = liveSignIns(caller).find(({ sessionId }) => sessionId === SessionId);
      if (!found) throw resourceNotFound('Session does not exist.');
      if (found === caller) throw invalidParameter('The current session cannot be revoked.');
      found.revoked = true;
      return {};
    },
  ),
};

/** Returns the valid sign-ins of the caller's user, newest first. */
function liveSignIns({ user, client: { pool } }: SignIn): SignIn[] {
  return [...pool.signIns.values()].filter((each) => each.user === user && isLive(pool, each)).reverse();
}

function isLive(pool: UserPool, { revoked, refreshExpiresAt }: SignIn): boolean {
  return !revoked && pool.now() < refreshExpiresAt;
}
