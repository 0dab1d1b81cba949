import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Problem } from '../shared/problem.ts';
import { type Auth, isRefusal, type Verdict } from '../tokens/auth.ts';

/**
 * Express middleware for routes of any kind: with a plain `RequestHandler` among its handlers, a route would
 * no longer know the types of its `req.params`.
 */
export type AuthMiddleware = (
  req: IncomingMessage,
  res: ServerResponse,
  next: (error?: unknown) => void,
) => void;

/** What is asked of a token that verifies: whether it has ended since. The answer is its refusal, or nothing. */
export interface EndedCheck {
  check(auth: Auth): Problem | undefined | Promise<Problem | undefined>;
}

/**
 * Gets a new access token for a request that comes without a good one, or the refusal of the request; `undefined` where
 * there is nothing to get one with.
 */
export type RenewToken = (
  req: IncomingMessage,
  res: ServerResponse,
) => Promise<string | Problem | undefined> | undefined;

/** Only time has ended it: what else is wrong with a token is no reason for another one. */
export function needsRenewal(verdict: Verdict | undefined): boolean {
  return verdict === undefined || (isRefusal(verdict) && verdict.code === 'token_expired');
}
