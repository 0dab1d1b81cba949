import { type Logger, pino } from 'pino';
import type { Settings } from '../config/settings.ts';
import type { Hint } from '../shared/hint.ts';

/** All members of a request's log line. None of them contains or quotes a value of the body. */
export interface RequestLogLine {
  readonly requestId: string;
  readonly endpoint: string;
  readonly operation: string | undefined;
  readonly status: number;
  readonly code: string;
  readonly exception: string | undefined;
  /** Cognito's own words, without secrets and personal data. */
  readonly upstreamMessage: string | undefined;
  /** AWS's ID of the failed call. */
  readonly awsRequestId?: string | undefined;
  readonly hint: Hint | undefined;
  readonly durationMs: number;
}

/** Returns the router's child logger, or a silent one. */
export function createLogger({ logger, userPoolId, clientId }: Settings): Logger {
  if (logger === false) return pino({ level: 'silent' });
  return (logger ?? pino()).child({ name: 'express-cognito-kit', userPoolId, clientId });
}

/**
 * Writes one line for each request. A fault of the server or of Cognito (`cause` is its status) is logged as
 * an error, even if the response masks it. A refusal is not an error. With a hint, it is a warning.
 */
export function logRequest(logger: Logger, line: RequestLogLine, cause: number): void {
  if (cause >= 500) logger.error(line, 'request failed');
  else if (line.hint !== undefined) logger.warn(line, 'request');
  else logger.info(line, 'request');
}
