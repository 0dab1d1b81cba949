import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { NextFunction, Request, Response } from 'express';

/**
 * Every error code the kit can answer with, and what a client is told by default.
 * This table is the one place where a code gets its status and its words; the README's
 * table and the OpenAPI document are checked against it.
 */
export const PROBLEMS = {
  invalid_request: [400, 'Invalid request', 'The request is malformed.'],
  invalid_json: [400, 'Invalid JSON', 'The body is not valid JSON in UTF-8.'],
  validation_failed: [400, 'Validation failed', 'One or more members of the request are not valid.'],
  invalid_code: [400, 'Invalid code', 'The code is wrong or has expired. Ask for a new one and try again.'],
  code_mismatch: [400, 'Wrong code', 'The code is wrong.'],
  code_expired: [400, 'Expired code', 'The code has expired or was used already. Ask for a new one.'],
  invalid_password: [400, 'Invalid password', 'The password does not meet the password policy.'],
  wrong_password: [400, 'Wrong password', 'The old password is wrong.'],
  password_reused: [400, 'Password used before', 'The password was used before. Choose another one.'],
  rejected_by_pool: [400, 'Rejected', 'The user pool rejected the request.'],
  operation_not_available: [400, 'Not available', 'The user pool does not offer this.'],
  missing_token: [401, 'Authentication required', 'The request needs an access token.'],
  invalid_token: [401, 'Invalid token', 'The token is not valid here.'],
  token_expired: [401, 'Token expired', 'The token has expired. Refresh it or sign in again.'],
  invalid_credentials: [
    401,
    'Sign-in failed',
    'The name or password is wrong, or the account cannot sign in yet.',
  ],
  invalid_session: [
    401,
    'Sign-in interrupted',
    'The sign-in has expired or was finished already. Start it again.',
  ],
  invalid_device: [
    401,
    'Device refused',
    'The device is not known here, or its secret is wrong. Sign in without it.',
  ],
  invalid_refresh_token: [401, 'Session ended', 'The refresh token is no longer valid. Sign in again.'],
  login_required: [401, 'Sign-in required', 'The user pool wants the user to sign in, on its own pages.'],
  insufficient_user_authentication: [
    401,
    'Step-up required',
    'This needs a more recent sign-in. Sign in again.',
  ],
  insufficient_scope: [403, 'Insufficient scope', 'The token does not have the scope that this needs.'],
  insufficient_group: [403, 'Insufficient group', 'The user is not in a group that may do this.'],
  forbidden: [403, 'Forbidden', 'The request is not allowed.'],
  access_denied: [403, 'Sign-in refused', 'The sign-in was cancelled or refused.'],
  cross_site_request: [403, 'Cross-site request', 'The request comes from a page of another site.'],
  user_not_confirmed: [
    403,
    'Account not confirmed',
    'The account has to be confirmed before it can sign in.',
  ],
  user_disabled: [403, 'Account disabled', 'The account is disabled.'],
  password_reset_required: [
    403,
    'Password reset required',
    'The password has to be reset before the next sign-in.',
  ],
  user_not_found: [404, 'Account not found', 'There is no such account.'],
  not_found: [404, 'Not found', 'There is no such thing.'],
  method_not_allowed: [405, 'Method not allowed', 'This endpoint does not answer to this method.'],
  user_exists: [409, 'Account exists', 'There is an account with this name already.'],
  alias_exists: [409, 'Already in use', 'Another account uses this e-mail address or phone number.'],
  conflict: [409, 'Conflict', 'The request is in conflict with another one. Try again.'],
  body_too_large: [413, 'Body too large', 'The body is larger than 16 KiB.'],
  unsupported_media_type: [415, 'Unsupported media type', 'The body must be application/json in UTF-8.'],
  rate_limited: [429, 'Too many requests', 'Too many requests. Wait before you try again.'],
  too_many_attempts: [429, 'Too many attempts', 'Too many attempts. Start again later.'],
  server_misconfigured: [500, 'Server misconfigured', 'The server is not set up for this. The log says why.'],
  upstream_error: [502, 'Upstream error', 'The user pool gave no valid answer. Try again.'],
  upstream_unavailable: [503, 'Upstream unavailable', 'The user pool cannot be reached. Try again later.'],
  store_unavailable: [503, 'Store unavailable', 'The request cannot be checked right now. Try again later.'],
  shutting_down: [503, 'Shutting down', 'The server is about to stop. Try again.'],
  upstream_timeout: [504, 'Upstream timeout', 'The user pool took too long to answer. Try again.'],
} as const;

/** A stable, documented error code: safe to switch on, never renamed within a major version. */
export type ProblemCode = keyof typeof PROBLEMS;

/** One thing that is wrong with the input. `path` is a JSON Pointer (RFC 6901) into it. */
export interface FieldError {
  readonly path: string;
  readonly message: string;
}

/** An error answer, in the words of RFC 9457. Plain data: it holds nothing that may not be sent or logged. */
export interface Problem {
  readonly status: number;
  /** One of `ProblemCode`, or a code of your own if a hook refused with one. */
  readonly code: ProblemCode | (string & {});
  readonly title: string;
  readonly detail: string;
  readonly errors?: readonly FieldError[];
  /** Response headers that belong to this answer, such as `WWW-Authenticate` and `Retry-After`. */
  readonly headers: Readonly<Record<string, string>>;
}

export function isProblem(value: unknown): value is Problem {
  return typeof value === 'object' && value !== null && 'status' in value && 'code' in value;
}

/** What may differ from the default words of a code. */
export interface ProblemOptions {
  detail?: string;
  errors?: readonly FieldError[];
  headers?: Readonly<Record<string, string>>;
}

/** Seconds that a client is asked to wait when nothing better is known. */
export const DEFAULT_RETRY_AFTER_SECONDS = 5;

/**
 * Builds the problem for a code. A 401 always has a challenge (RFC 9110 15.5.2) and a
 * 429 or 503 always says when to try again.
 */
export function problem(code: ProblemCode, options: ProblemOptions = {}): Problem {
  const [status, title, detail] = PROBLEMS[code];
  return {
    status,
    code,
    title,
    detail: options.detail ?? detail,
    ...(options.errors && { errors: options.errors }),
    headers: { ...defaultHeaders(status), ...options.headers },
  };
}

function defaultHeaders(status: number): Record<string, string> {
  if (status === 401) return { 'WWW-Authenticate': 'Bearer' };
  if (status === 429 || status === 503) return { 'Retry-After': String(DEFAULT_RETRY_AFTER_SECONDS) };
  return {};
}

/**
 * Throw it from a hook to refuse a request: `throw new ProblemError(problem('forbidden'))`,
 * or with a problem of your own: `new ProblemError({ status: 403, code: 'trial_ended', title, detail, headers: {} })`.
 */
export class ProblemError extends Error {
  override readonly name = 'ProblemError';
  readonly problem: Problem;

  constructor(problem: Problem, options?: ErrorOptions) {
    super(`${problem.code}: ${problem.detail}`, options);
    this.problem = problem;
  }
}

const PROBLEM_ERROR = Symbol.for('express-cognito-kit ProblemError');
Object.defineProperty(ProblemError.prototype, PROBLEM_ERROR, { value: true });
// ESM and CommonJS have a class each, and a hook may throw an error of either.
Object.defineProperty(ProblemError, Symbol.hasInstance, {
  value(this: unknown, error: unknown): boolean {
    if (this === ProblemError) return PROBLEM_ERROR in Object(error);
    return Function.prototype[Symbol.hasInstance].call(this as typeof ProblemError, error);
  },
});

/** Ends a request with this answer, from wherever it is. */
export function refuse(refusal: Problem): never {
  throw new ProblemError(refusal);
}

export function refuseIf(refusal: Problem | undefined): void {
  if (refusal) refuse(refusal);
}

/**
 * Takes over the answer of a refused request: send something, or call `next(err)`.
 * The problem's headers are yours to set. What it throws or rejects with goes to `next`.
 */
export type OnProblem = (problem: Problem, req: Request, res: Response, next: NextFunction) => void;

/** Answers with the problem, or has `onError` do it; what that throws, at once or later, is the app's to handle. */
export function answerProblem(
  onError: OnProblem | undefined,
  problem: Problem,
  req: Request,
  res: Response,
  next: NextFunction,
): void {
  if (!onError) {
    sendProblem(problem, req, res);
    return;
  }
  try {
    const answered: unknown = onError(problem, req, res, next);
    if (answered instanceof Promise) answered.catch(next);
  } catch (error) {
    next(error);
  }
}

/** The body of an `application/problem+json` answer (RFC 9457). */
export interface ProblemBody {
  type: string;
  title: string;
  status: number;
  detail: string;
  code: string;
  requestId: string;
  errors?: readonly FieldError[];
}

export function problemType(code: string): string {
  return `urn:problem-type:express-cognito-kit:${code}`;
}

/** Sends the problem as `application/problem+json`. Nothing of an answer is ever cached. */
export function sendProblem(problem: Problem, req: Request, res: Response): void {
  const { status, code, title, detail, errors, headers } = problem;
  const body: ProblemBody = {
    type: problemType(code),
    title,
    status,
    detail,
    code,
    requestId: requestIdOf(req),
    ...(errors && { errors }),
  };
  res.statusCode = status;
  res.setHeader('Content-Type', 'application/problem+json; charset=utf-8');
  res.setHeader('Cache-Control', 'no-store');
  for (const name in headers) res.setHeader(name, headers[name] as string);
  res.end(JSON.stringify(body));
}

/** A property of the request: a WeakMap costs several times as much. Shared by ESM and CommonJS, like the request. */
const REQUEST_ID: unique symbol = Symbol.for('express-cognito-kit requestId');

/**
 * The id that ties an answer to its log line: `req.id` where a logger such as pino-http set one,
 * else one of our own. A request header is never taken for it, since anybody can send one.
 */
export function requestIdOf(req: IncomingMessage): string {
  const known = (req as { [REQUEST_ID]?: string })[REQUEST_ID];
  if (known !== undefined) return known;
  const given: unknown = (req as { id?: unknown }).id;
  const id =
    typeof given === 'string' && given !== ''
      ? given
      : typeof given === 'number'
        ? String(given)
        : randomUUID();
  (req as { [REQUEST_ID]?: string })[REQUEST_ID] = id;
  return id;
}
