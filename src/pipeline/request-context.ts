import type { Request, Response } from 'express';
import type { OperationName } from '../cognito/operations.ts';
import type { UpstreamFault } from '../cognito/upstream-fault.ts';
import type { OutcomeHookName } from '../config/hooks.ts';
import type { Settings } from '../config/settings.ts';
import { type CookieJar, createCookieJar } from '../cookies/cookie-jar.ts';
import type { Endpoint } from '../endpoints/endpoint.ts';
import { createDeadline, type Deadline } from '../shared/deadline.ts';
import type { Hint } from '../shared/hint.ts';
import type { Auth } from '../tokens/auth.ts';
import type { Outcome } from './outcome.ts';

/** A validated body. */
export type Body = Record<string, unknown>;

/** The state of one request. */
export interface RequestContext {
  readonly req: Request;
  readonly res: Response;
  readonly endpoint: Endpoint<Body>;
  readonly deadline: Deadline;
  readonly startedAt: number;
  readonly cookies: CookieJar;
  /** Facts for the log and the audit trail, as far as they are known. */
  readonly facts: RequestFacts;
}

export interface RequestFacts {
  /** The account that the body names. */
  account: string | undefined;
  auth: Auth | undefined;
  /** The user's ID in Cognito's answer. */
  sub: string | undefined;
  /** The access token in Cognito's answer. An event takes its `sub` from here if it has none. */
  issued: string | undefined;
  /** Changes at Cognito, for the outcome hooks. Undefined without one. */
  happenings: Happening[] | undefined;
  /** The outcome at Cognito that a refusal by a hook does not undo. */
  lasting: Outcome | undefined;
  /** The last operation that was sent to Cognito. */
  operation: OperationName | undefined;
  /** Advice for the operator about a request that succeeds. */
  hint: Hint | undefined;
  /** A fault that the response does not report. */
  silentFault: UpstreamFault | undefined;
}

/** An occasion for a hook, with the argument of the hook except for the request. */
export interface Happening {
  readonly name: OutcomeHookName;
  readonly details: object;
}

export function createRequestContext(
  req: Request,
  res: Response,
  endpoint: Endpoint<Body>,
  { timeouts, cookies }: Settings,
): RequestContext {
  return {
    req,
    res,
    endpoint,
    deadline: createDeadline(res, timeouts.call),
    startedAt: performance.now(),
    cookies: createCookieJar(req, cookies),
    facts: {
      account: undefined,
      auth: undefined,
      sub: undefined,
      issued: undefined,
      happenings: undefined,
      lasting: undefined,
      operation: undefined,
      hint: undefined,
      silentFault: undefined,
    },
  };
}
