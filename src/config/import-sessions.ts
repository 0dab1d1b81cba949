import { checkOptionNames, isObject, wrongOption } from '../shared/option-errors.ts';
import { refuseWithoutCookies, type Transport } from './transport.ts';

/** The options of `importSessions`. */
export interface ImportSessionsOptions {
  /**
   * End of the migration: a date such as `'2027-03-01'`, which begins in UTC, or a time with a zone such as
   * `'2027-03-01T08:00:00+01:00'`. From then on, every import gets 401 without a call to Cognito.
   */
  until: string;
}

export interface ImportSessionsSettings {
  /** Milliseconds since 1970. `Infinity` without an end. */
  readonly until: number;
}

/** The time has a zone, because the server's own may be any. */
const ISO_TIME = /^(\d{4}-\d\d-\d\d)(T\d\d:\d\d(:\d\d(\.\d{1,3})?)?(Z|[+-]\d\d:\d\d))?$/;
const FIX = "write true, false or { until: '2027-03-01' }";
const UNTIL_FIX = "write a date such as '2027-03-01', or a time with a zone such as '2027-03-01T08:00:00Z'";

/** Parses the option. Throws a `TypeError` that says how to fix it. Returns `undefined` if sessions are not imported. */
export function parseImportSessions(
  given: unknown,
  transport: Transport,
): ImportSessionsSettings | undefined {
  if (given === undefined || given === false) return undefined;
  if (given !== true && !isObject(given)) throw wrongOption('importSessions', given, FIX);
  refuseWithoutCookies(transport, 'importSessions');
  if (given === true) return Object.freeze({ until: Number.POSITIVE_INFINITY });
  checkOptionNames('importSessions', given, ['until']);
  return Object.freeze({ until: parseUntil(given.until) });
}

function parseUntil(given: unknown): number {
  const [, day] = (typeof given === 'string' && ISO_TIME.exec(given)) || [];
  const until = Date.parse(String(given));
  // JavaScript takes February 30 for March 2.
  const isDay = day !== undefined && !Number.isNaN(until) && new Date(day).toISOString().startsWith(day);
  if (!isDay) throw wrongOption('importSessions.until', given, UNTIL_FIX);
  return until;
}
