import { type Logger, pino } from 'pino';
import type { Settings } from '../config/config.ts';

/** All that a request's log line ever has: nothing in it is, or quotes, what a client sent in a body. */
export interface RequestLogLine {
  readonly requestId: string;
  readonly endpoint: string;
  readonly operation: string | undefined;
  readonly status: number;
  readonly code: string;
  readonly exception: string | undefined;
  readonly hint: string | undefined;
  readonly durationMs: number;
}

/** The router's own child logger, or one that writes nothing. */
export function createLogger({ logger, userPoolId, clientId }: Settings): Logger {
  if (logger === false) return pino({ level: 'silent' });
  return (logger ?? pino()).child({ name: 'express-cognito-kit', userPoolId, clientId });
}

/**
 * One line a request. A fault of the server or of Cognito (`cause` is its status) is an error, also where the
 * answer conceals it; a refusal is not.
 */
export function logRequest(logger: Logger, line: RequestLogLine, cause: number): void {
  if (cause >= 500) logger.error(line, 'request failed');
  else logger.info(line, 'request');
}
