import { setImmediate } from 'node:timers/promises';
import { NEW_PROFILE_WORDING } from '../model/attributes.ts';
import { CognitoError, invalidParameter } from '../model/errors.ts';
import type { ServerState, UserPool } from '../model/pool.ts';
import { schemaOf } from '../model/schema.ts';
import type { ImportJob, ImportStatus } from '../model/user-import.ts';
import { switchOn } from './mfa.ts';
import {
  addUser,
  attributesOfNewUser,
  checkRequiredAttributes,
  newNames,
  withVerificationFlags,
} from './new-user.ts';

const USERNAME = 'cognito:username';
const MFA_ENABLED = 'cognito:mfa_enabled';
/** The developer guide's limits of a file. */
const MAX_ROW_LENGTH = 16_000;
const MAX_ROWS = 500_000;
/** The values of `cognito:mfa_enabled` by the MFA of the pool. */
const MFA_VALUES = { ON: ['true'], OFF: ['false'], OPTIONAL: ['true', 'false'] };
const BIRTHDATE = /^\d{2}\/\d{2}\/\d{4}$/;
/** Other requests are answered between two batches. */
const BATCH = 100;
const MAX_TOLD_FAILURES = 5;

/** The jobs that this process runs. */
const running = new Set<ImportJob>();

/** Returns whether a server runs a job. AWS runs one at a time for an account. */
export function runsImport({ pools }: ServerState): boolean {
  return [...pools.values()].some(({ importJobs }) => [...importJobs.values()].some(isRunning));
}

export function isRunning(job: ImportJob): boolean {
  return running.has(job);
}

/** Returns the columns of a CSV file for the pool. */
export function csvHeader({ settings }: UserPool): string[] {
  const names = schemaOf(settings).map(({ Name }) => Name);
  return [...names.filter((name) => name !== 'sub'), MFA_ENABLED, USERNAME];
}

/** Runs a job until its file ends, or until it is stopped. */
export async function runImport(pool: UserPool, job: ImportJob): Promise<void> {
  running.add(job);
  try {
    await importAll(pool, job);
  } finally {
    running.delete(job);
  }
}

async function importAll(pool: UserPool, job: ImportJob): Promise<void> {
  await setImmediate();
  const failures: string[] = [];
  const rows = (job.csv ?? '').split(/\r\n|\n|\r/);
  try {
    const header = headerOf(pool, rows[0] ?? '');
    if (rows.length > MAX_ROWS + 1) throw invalidParameter('The CSV file has too many rows.');
    for (const [index, row] of rows.entries()) {
      if (index % BATCH === 0) await setImmediate();
      if (!goesOn(pool, job)) return;
      job.status = 'InProgress';
      if (index === 0 || row === '') continue;
      const reason = importInto(pool, job, header, row);
      if (reason !== undefined) failures.push(`[FAILED] Line Number ${index + 1} - ${reason}`);
    }
    finish(pool, job, outcomeOf(job));
  } catch (error) {
    if (!(error instanceof CognitoError)) throw error;
    finish(pool, job, { status: 'Failed', message: error.message });
  }
  if (failures.length > 0) warnOf(pool, job, failures);
}

/** Ends a job. Its file is not needed any more. */
export function finish(
  pool: UserPool,
  job: ImportJob,
  { status, message }: { readonly status: ImportStatus; readonly message: string },
): void {
  job.status = status;
  job.message = message;
  job.completedAt = pool.now();
  job.csv = undefined;
}

/** A job ends early if it is stopped, and with its pool or server. */
function goesOn({ id, service }: UserPool, { status }: ImportJob): boolean {
  return (
    (status === 'Pending' || status === 'InProgress') && service.pools.has(id) && !service.closing.aborted
  );
}

function outcomeOf({ imported, skipped, failed }: ImportJob): { status: ImportStatus; message: string } {
  if (imported === 0 && skipped + failed > 0) {
    return {
      status: 'Failed',
      message: 'Too many users have failed or been skipped during the import.',
    };
  }
  return { status: 'Succeeded', message: 'Import Job Completed Successfully.' };
}

function headerOf(pool: UserPool, row: string): string[] {
  const header = valuesOf(row);
  const wanted = csvHeader(pool);
  const differs = wanted.some((name) => !header.includes(name)) || header.length !== wanted.length;
  if (differs)
    throw invalidParameter('The header in the CSV file does not match the attributes of the user pool.');
  return header;
}

/** Imports a row. Returns the reason if it fails. */
function importInto(
  pool: UserPool,
  job: ImportJob,
  header: readonly string[],
  row: string,
): string | undefined {
  try {
    const values = valuesOf(row);
    if (row.length > MAX_ROW_LENGTH) throw invalidParameter('The row is too long.');
    if (values.length !== header.length)
      throw invalidParameter('The row has another number of columns than the header.');
    const cells = new Map(header.map((name, index) => [name, values[index] ?? '']));
    const username = cells.get(USERNAME) ?? '';
    if (!/^\S+$/.test(username)) throw invalidParameter('The username is missing, or has a space.');
    if (pool.users.find(username)) job.skipped++;
    else {
      create(pool, username, cells);
      job.imported++;
    }
    return undefined;
  } catch (error) {
    if (!(error instanceof CognitoError)) throw error;
    job.failed++;
    return error.message.trim();
  }
}

/** Creates a user, who has to reset the password before the first sign-in. */
function create(pool: UserPool, username: string, cells: ReadonlyMap<string, string>): void {
  const attributes = [...cells]
    .filter(([name, value]) => name !== USERNAME && name !== MFA_ENABLED && value !== '')
    .map(([Name, Value]) => ({ Name, Value }));
  const values = attributesOfNewUser(pool, username, attributes, NEW_PROFILE_WORDING);
  checkRequiredAttributes(pool, values);
  const { AutoVerifiedAttributes = [] } = pool.settings;
  if (!AutoVerifiedAttributes.some((name) => values[name] && values[`${name}_verified`] === 'true')) {
    throw invalidParameter(
      'The User Record does not set any of the auto verified attributes to true. (Example: email_verified to true).',
    );
  }
  if (values.birthdate !== undefined && !BIRTHDATE.test(values.birthdate)) {
    throw invalidParameter('The birthdate has to be in the format mm/dd/yyyy.');
  }
  const mfa = (cells.get(MFA_ENABLED) ?? '').toLowerCase();
  const allowed = MFA_VALUES[pool.settings.MfaConfiguration ?? 'OFF'];
  if (!allowed.includes(mfa)) throw invalidParameter(`${MFA_ENABLED} has to be ${allowed.join(' or ')}.`);
  const user = addUser(pool, newNames(pool, username), 'RESET_REQUIRED', withVerificationFlags(values));
  if (mfa === 'true' && values.phone_number) switchOn(user, 'SMS_MFA');
}

/** Splits a row at its commas, and trims the values. A backslash before a comma makes it part of the value. */
function valuesOf(row: string): string[] {
  return row.split(/(?<!\\),/).map((value) => value.replaceAll('\\,', ',').trim());
}

/** AWS writes the lines to CloudWatch Logs. They name no user. */
function warnOf(pool: UserPool, { id }: ImportJob, failures: readonly string[]): void {
  const told = failures.slice(0, MAX_TOLD_FAILURES).join('\n');
  const rest = failures.length - MAX_TOLD_FAILURES;
  process.emitWarning(
    `The user import job ${id} of ${pool.id} failed for ${failures.length} users:\n${told}${
      rest > 0 ? `\n... and ${rest} more` : ''
    }\nCorrect these lines. See docs/local-user-pool.md#user-import`,
    { code: 'COGNITO_KIT_LOCAL_IMPORT' },
  );
}
