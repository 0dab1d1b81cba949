import type { Deadline } from '../shared/deadline.ts';
import type { Hint } from '../shared/hint.ts';
import { type FieldError, type Problem, type ProblemCode, ProblemError, problem } from '../shared/problem.ts';
import { refusal } from '../tokens/refusals.ts';
import { AnswerTooLarge } from './answer-bound.ts';
import { InvalidAnswer } from './answer-shapes.ts';
import { connectionAdvice, ERROR_NAME, errorCode, hostIn } from './connection-fault.ts';
import { credentialsHint } from './credentials-fault.ts';
import { ERROR_MAP, type ErrorRule, EXCEPTION_NAMES } from './error-map.ts';
import type { OperationName } from './operations.ts';
import { deadlineFault, type UpstreamFault, UpstreamRefusal } from './upstream-fault.ts';
import { MAX_MESSAGE_LENGTH, redactedMessage } from './upstream-message.ts';

/** Maps an error of the SDK. Passes on only messages that the error map allows. `host` is Cognito's, for the hint. */
export function upstreamFault(error: unknown, operation: string, host?: string): UpstreamFault {
  if (error instanceof UpstreamRefusal) return error.fault;
  // Refused before the call to Cognito.
  if (error instanceof ProblemError) {
    return { problem: error.problem, exception: error.problem.code, sameForAll: true };
  }
  const { name, message } = describe(error);
  // Admin operations have the same exceptions as their public counterparts.
  const asked = operation.replace(/^Admin/, '');
  const rule = ERROR_MAP.find((candidate) => fits(candidate, name, message, asked));
  if (rule) {
    return {
      problem: ruleProblem(rule, message, asked),
      exception: name,
      ...messageOf(error),
      ...awsRequestIdOf(error),
      ...(rule.hint !== undefined && { hint: rule.hint }),
      ...(rule.wantsName && { wantsName: rule.wantsName }),
      sameForAll: rule.sameForAll ?? false,
      ...(rule.undelivered && { undelivered: true }),
    };
  }
  // The SDK may not know a new exception of Cognito yet.
  return {
    ...transportFault(error, name, host),
    ...(name.endsWith('Exception') && messageOf(error)),
    ...awsRequestIdOf(error),
  };
}

/** Another server may send any header in place of an ID. */
function awsRequestIdOf(error: unknown): { awsRequestId?: string } {
  const { $metadata } = (error ?? {}) as { $metadata?: { requestId?: unknown } };
  const id = $metadata?.requestId;
  return typeof id === 'string' && /^[\w-]{1,64}$/.test(id) ? { awsRequestId: id } : {};
}

const messages = new WeakMap<object, string>();

/** Keeps the redacted message of an error. Only the caller of the operation knows the input, and so the secrets. */
export function keepMessage(error: unknown, input: object): void {
  if (typeof error !== 'object' || error === null) return;
  const { name, message } = describe(error);
  // A fault of the server's own AWS credentials may quote them.
  if (name === 'AccessDeniedException' || credentialsHint(name) !== undefined) return;
  messages.set(error, redactedMessage(message, input));
}

/** Returns the redacted message of a failed operation, as a member of its fault. */
export function messageOf(error: unknown): { message?: string } {
  const message = messages.get(Object(error));
  return message ? { message } : {};
}

/** Avoids `instanceof`, because Node's own errors have other classes in Jest. */
function describe(error: unknown): { name: string; message: string } {
  const { name, message } = (error ?? {}) as { name?: unknown; message?: unknown };
  return {
    name: typeof name === 'string' && ERROR_NAME.test(name) ? name : 'UnknownError',
    // The SDK copies it from the response, where it may have any type.
    message: typeof message === 'string' ? message.slice(0, MAX_MESSAGE_LENGTH) : '',
  };
}

function fits(rule: ErrorRule, name: string, message: string, operation: string): boolean {
  return (
    rule.exception === name &&
    (rule.operations === undefined || rule.operations.includes(operation)) &&
    (rule.message === undefined || rule.message.test(message))
  );
}

function ruleProblem(rule: ErrorRule, message: string, operation: string): Problem {
  const shown = rule.showMessageWithout && message.replace(rule.showMessageWithout, '');
  const errors = rule.attributes && attributeErrors(rule.attributes, message, operation);
  const detail = shown || rule.detail;
  const error = BEARER_ERRORS[rule.code];
  if (error !== undefined)
    return refusal({ code: rule.code, error, ...(detail !== undefined && { detail }) });
  return problem(rule.code, {
    ...(detail !== undefined && { detail }),
    ...(errors?.length && { errors }),
    ...(rule.retryAfter !== undefined && { headers: { 'Retry-After': String(rule.retryAfter) } }),
  });
}

/** Longer than the names of attributes (`CreateUserPool`, with the prefix `custom:`). */
const MAX_NAME_LENGTH = 64;

function attributeErrors(
  { named, violation }: NonNullable<ErrorRule['attributes']>,
  message: string,
  operation: string,
): FieldError[] {
  const names = [...message.matchAll(named)].map(([, name = '']) => name.replace(' ', '_'));
  return [...new Set(names)].flatMap((name) => {
    const path = name.length <= MAX_NAME_LENGTH ? attributePath(name, operation) : undefined;
    return path === undefined ? [] : [{ path, message: violation }];
  });
}

/** Returns the JSON Pointer of an attribute in the body, or in the path, of the endpoint that calls the operation. */
function attributePath(name: string, operation: string): string | undefined {
  switch (operation) {
    case 'SignUp':
      return SIGN_UP_MEMBERS[name] ?? `/attributes/${name}`;
    case 'UpdateUserAttributes':
    case 'RespondToAuthChallenge':
      return `/attributes/${name}`;
    case 'DeleteUserAttributes':
    case 'VerifyUserAttribute':
      return '/name';
    default:
      return undefined;
  }
}

/** The addresses are members of the body beside `attributes`. */
const SIGN_UP_MEMBERS: Readonly<Record<string, string>> = { email: '/email', phone_number: '/phoneNumber' };

/** Token errors get the same header as in `requireAuth` (RFC 6750 3.1). */
const BEARER_ERRORS: Partial<Record<ProblemCode, 'invalid_token' | 'insufficient_scope'>> = {
  invalid_token: 'invalid_token',
  token_expired: 'invalid_token',
  insufficient_scope: 'insufficient_scope',
};

const UNREACHABLE = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'EHOSTDOWN',
  'EADDRNOTAVAIL',
  'EMFILE',
]);

const TOO_LARGE_HINT =
  "a response was larger than any of Cognito's: check that the option endpoint, or COGNITO_ENDPOINT, is the URL of a Cognito server. See docs/troubleshooting.md#connection-to-cognito";

/** Maps faults of the network, of a proxy or of another server. */
function transportFault(error: unknown, name: string, host?: string): UpstreamFault {
  const hint = credentialsHint(name);
  if (hint !== undefined) {
    return { problem: problem('server_misconfigured'), exception: name, hint, sameForAll: true };
  }
  if (error instanceof AnswerTooLarge) {
    return { problem: problem('upstream_error'), exception: name, hint: TOO_LARGE_HINT, sameForAll: true };
  }
  const code = errorCode(error);
  const answer = isUnknownOperation(error)
    ? 'operation_not_available'
    : transportProblem(name, code, statusOf(error));
  const explained =
    error instanceof InvalidAnswer
      ? invalidAnswerHint(error)
      : connectionHint(answer, code, hostIn(error) ?? host ?? 'Cognito');
  return {
    problem: problem(answer),
    exception: code ?? name,
    ...(explained !== undefined && { hint: explained }),
    sameForAll: true,
  };
}

function invalidAnswerHint({ message }: InvalidAnswer): Hint {
  return `${message.replace(/\.$/, '')}. See docs/troubleshooting.md#connection-to-cognito`;
}

/** Returns the log hint for faults other than Cognito's exceptions. */
function connectionHint(problemCode: ProblemCode, code: string | undefined, host: string): Hint | undefined {
  const why = code === undefined ? '' : ` (${code})`;
  switch (problemCode) {
    case 'upstream_error':
      return code === undefined
        ? `the response of ${host} does not come from Cognito: check the option endpoint, and any proxy. See docs/troubleshooting.md#connection-to-cognito`
        : `the connection to ${host} failed${why}: ${connectionAdvice(code)}. See docs/troubleshooting.md#connection-to-cognito`;
    case 'upstream_unavailable':
      return `${host} is unavailable${why}: ${connectionAdvice(code)}. See docs/troubleshooting.md#connection-to-cognito`;
    case 'upstream_timeout':
      return `${host} did not respond in time${why}: check the option endpoint, and any proxy. See docs/troubleshooting.md#connection-to-cognito`;
    case 'operation_not_available':
      return `${host} does not know the operation: check that the option endpoint has no path, and that the server supports the operation. See docs/customize.md#another-server-than-aws`;
    default:
      return undefined;
  }
}

/**
 * Whether the server does not have the operation. Emulators report it in various ways, but not with Cognito's
 * exceptions.
 */
export function isUnknownOperation(error: unknown): boolean {
  const { name } = describe(error);
  if (EXCEPTION_NAMES.some((known) => known === name)) return false;
  if (/^(UnknownOperation|InvalidAction|NotImplemented|Unsupported)/.test(name)) return true;
  const status = statusOf(error);
  return status === 404 || status === 501;
}

function statusOf(error: unknown): number | undefined {
  return (error as { $metadata?: { httpStatusCode?: number } } | undefined)?.$metadata?.httpStatusCode;
}

function transportProblem(name: string, code: string | undefined, status: number | undefined): ProblemCode {
  if (code !== undefined && UNREACHABLE.has(code)) return 'upstream_unavailable';
  // The SDK uses this name for resets too, but those have a code.
  if (name === 'TimeoutError' && code === undefined) return 'upstream_unavailable';
  if (code === 'ETIMEDOUT') return 'upstream_timeout';
  if (name === 'ThrottlingException' || status === 429) return 'rate_limited';
  if (status === 503) return 'upstream_unavailable';
  if (status === 504) return 'upstream_timeout';
  return 'upstream_error';
}

/** `host` is Cognito's, for the hint. */
export function faultOf(
  error: unknown,
  operation: OperationName,
  deadline: Deadline,
  host?: string,
): UpstreamFault {
  return deadline.expired() ? deadlineFault(host) : upstreamFault(error, operation, host);
}
