import type { Request, Response } from 'express';
import type { OperationName } from '../cognito/operations.ts';
import type { Settings } from '../config/config.ts';
import { type CookieJar, createCookieJar } from '../cookies/cookie-jar.ts';
import type { Endpoint } from '../endpoints/endpoint.ts';
import { createDeadline, type Deadline } from '../shared/deadline.ts';
import type { ProblemError } from '../shared/problem.ts';
import type { Auth } from '../tokens/auth.ts';

/** What one request has come to so far. */
export interface RequestContext {
  readonly req: Request;
  readonly res: Response;
  readonly endpoint: Endpoint;
  readonly deadline: Deadline;
  readonly startedAt: number;
  cookies: CookieJar;
  transport: 'bearer' | 'cookie';
  params: Readonly<Record<string, string>>;
  query: Readonly<Record<string, string>>;
  auth: Auth | undefined;
  /** Why there is no `auth` where a token is optional. */
  tokenRefusal: ProblemError | undefined;
  account: string | undefined;
  operation: OperationName | undefined;
}

export function createRequestContext(
  req: Request,
  res: Response,
  endpoint: Endpoint,
  { timeouts, cookies, transport }: Settings,
): RequestContext {
  return {
    req,
    res,
    endpoint,
    deadline: createDeadline(res, timeouts.call),
    startedAt: performance.now(),
    cookies: createCookieJar(req, cookies),
    transport: transport === 'cookie' ? 'cookie' : 'bearer',
    params: {},
    query: {},
    auth: undefined,
    tokenRefusal: undefined,
    account: undefined,
    operation: undefined,
  };
}
