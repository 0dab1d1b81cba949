import { randomBytes, randomInt } from 'node:crypto';
import { CognitoError, limitExceeded, resourceNotFound } from '../model/errors.ts';
import type { UserPool } from '../model/pool.ts';
import type { ImportJob } from '../model/user-import.ts';
import { csvHeader, finish, isRunning, runImport, runsImport } from '../users/import-users.ts';
import { internalError } from '../wire/answer.ts';
import { integer, oneOf, required, text } from '../wire/input.ts';
import { pageToken } from '../wire/members.ts';
import { pageOf } from '../wire/pagination.ts';
import { arn, resourceName } from '../wire/pool-members.ts';
import { limited } from './limitations.ts';
import { type OperationTable, poolOperation } from './operation.ts';

const LARGEST_PAGE = 60;
/** Quota of a pool. */
const MAX_JOBS = 1000;
/** AWS documents 24 to 48 hours. */
const EXPIRY_MS = 24 * 3_600_000;
/** The upload URL is valid for 15 minutes, as on AWS. */
export const UPLOAD_SECONDS = 900;
const ID_LENGTH = 10;
const LETTERS = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789';

const JobId = required(text({ min: 1, max: 55, pattern: /import-[0-9a-zA-Z-]+/ }));

/** Jobs that create users from a CSV file. */
export const userImportOperations: OperationTable = {
  GetCSVHeader: poolOperation({}, (pool) => ({ UserPoolId: pool.id, CSVHeader: csvHeader(pool) })),

  CreateUserImportJob: limited(
    'The pool writes no logs to CloudWatch, and imports no password hashes: every user has to reset the password.',
    poolOperation(
      {
        JobName: required(resourceName),
        CloudWatchLogsRoleArn: required(arn),
        PasswordHashingAlgorithm: oneOf('BCRYPT', 'SCRYPT', 'ARGON2ID', 'PBKDF2_SHA256'),
      },
      (pool, input) => {
        if (pool.importJobs.size >= MAX_JOBS) throw limitExceeded();
        const job: ImportJob = {
          id: newId(),
          name: input.JobName,
          roleArn: input.CloudWatchLogsRoleArn,
          passwordHashing: input.PasswordHashingAlgorithm,
          createdAt: pool.now(),
          uploadKey: randomBytes(32).toString('hex'),
          csv: undefined,
          status: 'Created',
          startedAt: undefined,
          completedAt: undefined,
          message: undefined,
          imported: 0,
          skipped: 0,
          failed: 0,
        };
        pool.importJobs.set(job.id, job);
        return { UserImportJob: jobOut(pool, job) };
      },
    ),
  ),

  DescribeUserImportJob: poolOperation({ JobId }, (pool, input) => ({
    UserImportJob: jobOut(pool, findJob(pool, input.JobId)),
  })),

  ListUserImportJobs: poolOperation(
    { MaxResults: required(integer(1, LARGEST_PAGE)), PaginationToken: pageToken },
    (pool, input) => {
      const newestFirst = [...pool.importJobs.values()].toReversed();
      const { items, next } = pageOf(newestFirst, input.MaxResults, input.PaginationToken);
      return { UserImportJobs: items.map((job) => jobOut(pool, job)), PaginationToken: next };
    },
  ),

  StartUserImportJob: poolOperation({ JobId }, (pool, input) => {
    const job = findJob(pool, input.JobId);
    if (job.status !== 'Created') throw notMet(`The job cannot be started. Its status is ${job.status}.`);
    if (!pool.settings.AutoVerifiedAttributes?.length) {
      throw notMet('The user pool has no auto verified attributes.');
    }
    if (runsImport(pool.service))
      throw notMet('Another user import job is active. One can be active at a time.');
    if (job.csv === undefined) throw notMet('No CSV file was uploaded to the PreSignedUrl of the job.');
    job.status = 'Pending';
    job.startedAt = pool.now();
    runImport(pool, job).catch((error: unknown) =>
      finish(pool, job, { status: 'Failed', message: internalError(error).message }),
    );
    return { UserImportJob: jobOut(pool, job) };
  }),

  StopUserImportJob: poolOperation({ JobId }, (pool, input) => {
    const job = findJob(pool, input.JobId);
    if (job.completedAt !== undefined || job.status === 'Expired') {
      throw notMet(`The job cannot be stopped. Its status is ${job.status}.`);
    }
    finish(pool, job, { status: 'Stopped', message: 'The Import Job was stopped by the developer.' });
    return { UserImportJob: jobOut(pool, job) };
  }),
};

function findJob(pool: UserPool, id: string): ImportJob {
  const job = pool.importJobs.get(id);
  if (!job) throw resourceNotFound('User import job does not exist.');
  settle(pool, job);
  return job;
}

/** Brings the status up to date. */
function settle(pool: UserPool, job: ImportJob): void {
  // A job of an earlier process.
  if ((job.status === 'Pending' || job.status === 'InProgress') && !isRunning(job)) {
    finish(pool, job, { status: 'Failed', message: 'The job was interrupted.' });
  }
  if (job.status !== 'Created' || pool.now() < job.createdAt + EXPIRY_MS) return;
  job.status = 'Expired';
  job.csv = undefined;
}

function notMet(message: string): CognitoError {
  return new CognitoError('PreconditionNotMetException', message);
}

function newId(): string {
  const letters = Array.from({ length: ID_LENGTH }, () => LETTERS.charAt(randomInt(LETTERS.length)));
  return `import-${letters.join('')}`;
}

function jobOut(pool: UserPool, job: ImportJob): object {
  settle(pool, job);
  return {
    JobName: job.name,
    JobId: job.id,
    UserPoolId: pool.id,
    PreSignedUrl: uploadUrl(pool, job),
    CreationDate: job.createdAt / 1000,
    ...(job.startedAt !== undefined && { StartDate: job.startedAt / 1000 }),
    ...(job.completedAt !== undefined && { CompletionDate: job.completedAt / 1000 }),
    Status: job.status,
    CloudWatchLogsRoleArn: job.roleArn,
    ImportedUsers: job.imported,
    SkippedUsers: job.skipped,
    FailedUsers: job.failed,
    CompletionMessage: job.message,
    PasswordHashingAlgorithm: job.passwordHashing,
  };
}

function uploadUrl({ id, service }: UserPool, { id: jobId, createdAt, uploadKey }: ImportJob): string {
  const query = new URLSearchParams({
    'X-Amz-Algorithm': 'AWS4-HMAC-SHA256',
    'X-Amz-Date': new Date(createdAt).toISOString().replace(/\.\d+|[:-]/g, ''),
    'X-Amz-Expires': String(UPLOAD_SECONDS),
    'X-Amz-SignedHeaders': 'host;x-amz-server-side-encryption',
    'X-Amz-Signature': uploadKey,
  });
  return `${service.urlOf(id)}/imports/${jobId}?${query}`;
}
