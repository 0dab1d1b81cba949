import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { NextFunction, Request, Response } from 'express';

/**
 * All error codes, each with its status, title and default detail. Tests check the documentation and the OpenAPI
 * document against this table.
 */
export const PROBLEMS = {
  invalid_request: [400, 'Invalid request', 'The request is malformed.'],
  invalid_json: [400, 'Invalid JSON', 'The body is not valid JSON in UTF-8.'],
  validation_failed: [400, 'Validation failed', 'One or more members of the request are invalid.'],
  invalid_code: [400, 'Invalid code', 'The code is wrong or has expired. Request a new one and try again.'],
  code_mismatch: [400, 'Wrong code', 'The code is wrong.'],
  code_expired: [400, 'Expired code', 'The code has expired or was already used. Request a new one.'],
  invalid_password: [400, 'Invalid password', 'The password does not meet the password policy.'],
  wrong_password: [400, 'Wrong password', 'The old password is wrong.'],
  password_reused: [400, 'Password reused', 'The password was used before. Choose another one.'],
  password_blocked: [
    400,
    'Password blocked',
    'The password is too common, or was leaked before. Choose another one.',
  ],
  rejected_by_pool: [400, 'Rejected', 'The user pool rejected the request.'],
  operation_not_available: [403, 'Not available', 'This operation is not enabled for the user pool.'],
  missing_token: [401, 'Authentication required', 'The request needs an access token.'],
  invalid_token: [401, 'Invalid token', 'The token is invalid.'],
  token_expired: [401, 'Token expired', 'The token has expired. Refresh it or sign in again.'],
  invalid_credentials: [
    401,
    'Sign-in failed',
    'The name or password is wrong, or the account cannot sign in yet.',
  ],
  invalid_session: [
    401,
    'Invalid sign-in session',
    'The sign-in session has expired or was already completed. Start again.',
  ],
  invalid_device: [
    401,
    'Device refused',
    'The device is unknown, or its secret is wrong. Sign in without it.',
  ],
  invalid_refresh_token: [
    401,
    'Invalid refresh token',
    'The refresh token has expired or was revoked. Sign in again.',
  ],
  login_required: [401, 'Sign-in required', 'The user must sign in at the pages of the user pool.'],
  insufficient_user_authentication: [
    401,
    'Step-up required',
    'This operation requires a more recent sign-in. Sign in again.',
  ],
  insufficient_scope: [403, 'Insufficient scope', 'The token does not have a required scope.'],
  insufficient_group: [403, 'Insufficient group', 'The user is not in a required group.'],
  forbidden: [403, 'Forbidden', 'The request is not allowed.'],
  not_allowed_for_user: [
    403,
    'Not allowed for this user',
    'The user pool does not allow this operation for the user.',
  ],
  access_denied: [403, 'Sign-in refused', 'The sign-in was cancelled or refused.'],
  cross_site_request: [
    403,
    'Cross-site request',
    'The request comes from another site and failed the CSRF check.',
  ],
  user_not_confirmed: [403, 'Account not confirmed', 'The account must be confirmed before it can sign in.'],
  user_disabled: [403, 'Account disabled', 'The account is disabled.'],
  password_reset_required: [
    403,
    'Password reset required',
    'The password must be reset before the next sign-in.',
  ],
  user_not_found: [404, 'Account not found', 'The account does not exist.'],
  not_found: [404, 'Not found', 'The resource was not found.'],
  method_not_allowed: [405, 'Method not allowed', 'The endpoint does not support this method.'],
  user_exists: [409, 'Account exists', 'An account with this name already exists.'],
  alias_exists: [
    409,
    'Already in use',
    'Another account uses this e-mail address, phone number or preferred user name.',
  ],
  conflict: [409, 'Conflict', 'The request conflicts with a concurrent request. Try again.'],
  body_too_large: [413, 'Body too large', 'The body is larger than 16 KiB.'],
  unsupported_media_type: [415, 'Unsupported media type', 'The body must be application/json in UTF-8.'],
  rate_limited: [429, 'Too many requests', 'Too many requests. Wait before you try again.'],
  too_many_attempts: [429, 'Too many attempts', 'Too many attempts. Start again later.'],
  server_misconfigured: [
    500,
    'Server misconfigured',
    'The server is misconfigured. Its log gives the reason.',
  ],
  upstream_error: [502, 'Upstream error', 'The user pool sent an invalid response. Try again.'],
  upstream_unavailable: [503, 'Upstream unavailable', 'The user pool is unavailable. Try again later.'],
  message_not_sent: [503, 'Message not sent', 'The code could not be sent. Try again later.'],
  pool_read_only: [
    503,
    'User pool read-only',
    'The user pool accepts no changes at present. Try again later.',
  ],
  store_unavailable: [503, 'Store unavailable', 'A required store is unavailable. Try again later.'],
  shutting_down: [503, 'Shutting down', 'The server is shutting down. Try again.'],
  upstream_timeout: [504, 'Upstream timeout', 'The user pool did not respond in time. Try again.'],
} as const;

/** A stable error code. Codes are not renamed within a major version. */
export type ProblemCode = keyof typeof PROBLEMS;

/** An invalid member of the request. */
export interface FieldError {
  /** A JSON Pointer (RFC 6901) into the body, the query or the path parameters. */
  readonly path: string;
  /** The violated rule, in English. */
  readonly message: string;
}

/** An error response in the terms of RFC 9457. It contains nothing confidential, and is safe to log. */
export interface Problem {
  /** The HTTP status. */
  readonly status: number;
  /** The error code: one of `ProblemCode`, or a custom code from a hook. */
  readonly code: ProblemCode | (string & {});
  /** A short summary of the code. */
  readonly title: string;
  /** An explanation for the client. */
  readonly detail: string;
  /** The invalid members, with the codes `validation_failed` and `alias_exists`. */
  readonly errors?: readonly FieldError[];
  /** Response headers to send, such as `WWW-Authenticate` and `Retry-After`. */
  readonly headers: Readonly<Record<string, string>>;
}

export function isProblem(value: unknown): value is Problem {
  return typeof value === 'object' && value !== null && 'status' in value && 'code' in value;
}

/** Deviations from the defaults of an error code. */
export interface ProblemOptions {
  /** Default: the code's default detail. */
  detail?: string;
  /** The invalid members. Default: none. */
  errors?: readonly FieldError[];
  /** Response headers, added to the defaults of the status. Default: none. */
  headers?: Readonly<Record<string, string>>;
}

/** Default of `Retry-After`, in seconds. */
export const DEFAULT_RETRY_AFTER_SECONDS = 5;

/**
 * Returns the problem for an error code. A 401 always has a `WWW-Authenticate` header (RFC 9110 15.5.2), and a 429 or
 * 503 a `Retry-After` header.
 *
 * @example
 * throw new ProblemError(problem('forbidden', { detail: 'The trial has expired.' }));
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
  // RFC 6750 3 requires a parameter.
  if (status === 401) return { 'WWW-Authenticate': 'Bearer realm="api"' };
  if (status === 429 || status === 503) return { 'Retry-After': String(DEFAULT_RETRY_AFTER_SECONDS) };
  return {};
}

/**
 * An error that refuses a request with a problem. Throw it from a hook or a `customCheck`.
 *
 * @example
 * throw new ProblemError({ status: 403, code: 'trial_expired', title, detail, headers: {} });
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
// The ESM and CommonJS builds each have this class, and a hook may throw either of them.
Object.defineProperty(ProblemError, Symbol.hasInstance, {
  value(this: unknown, error: unknown): boolean {
    if (this === ProblemError) return PROBLEM_ERROR in Object(error);
    return Function.prototype[Symbol.hasInstance].call(this as typeof ProblemError, error);
  },
});

/** Throws the problem as a `ProblemError`. */
export function refuse(refusal: Problem): never {
  throw new ProblemError(refusal);
}

export function refuseIf(refusal: Problem | undefined): void {
  if (refusal) refuse(refusal);
}

/**
 * Sends an error response in place of the kit, or calls `next(err)`. It must set the problem's headers itself. An error
 * that it throws, or a rejection, is passed to `next`.
 */
export type OnProblem = (problem: Problem, req: Request, res: Response, next: NextFunction) => void;

/** Sends the problem, or calls `onError`. Errors of `onError` are passed to `next`. */
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

/** The body of an `application/problem+json` response (RFC 9457). */
export interface ProblemBody {
  /** A URN that ends with the error code. */
  type: string;
  /** A short summary of the code. */
  title: string;
  /** The HTTP status. */
  status: number;
  /** An explanation for the client. */
  detail: string;
  /** The error code. */
  code: string;
  /** The ID of the request, which is also in the log. */
  requestId: string;
  /** The invalid members. */
  errors?: readonly FieldError[];
}

export function problemType(code: string): string {
  return `urn:problem-type:express-cognito-kit:${code}`;
}

/**
 * Sends the problem as `application/problem+json`, with `Cache-Control: no-store`.
 *
 * @example
 * requireAuth({
 *   onError: (refusal, req, res) => {
 *     log.info(refusal.code);
 *     sendProblem(refusal, req, res);
 *   },
 * });
 */
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

/** A property of the request, because a WeakMap costs several times as much. The ESM and CommonJS builds share it. */
const REQUEST_ID: unique symbol = Symbol.for('express-cognito-kit requestId');

/**
 * Returns the ID that links a response to its log lines: `req.id` if a logger such as pino-http has set it, else a new
 * one. Request headers are not used, because clients could forge the ID.
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
