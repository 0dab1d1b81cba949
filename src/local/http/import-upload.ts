import type { IncomingMessage } from 'node:http';
import type { ServerState } from '../model/pool.ts';
import { UPLOAD_SECONDS } from '../operations/user-import.ts';
import type { Answer } from '../wire/answer.ts';

const UPLOAD = /^\/([\w-]{1,55})\/imports\/(import-[0-9a-zA-Z]{1,48})(?:\?|$)/;

/** The largest CSV file that Cognito imports. */
export const MAX_UPLOAD_BYTES: number = 100 * 1024 * 1024;

export function isUpload({ method, url = '' }: IncomingMessage): boolean {
  return method === 'PUT' && UPLOAD.test(url);
}

/** Takes the CSV file of an import job at its PreSignedUrl, and answers as S3 does. */
export function takeUpload(
  { pools }: ServerState,
  { url = '', headers }: IncomingMessage,
  body: string | undefined,
): Answer {
  const [, poolId = '', jobId = ''] = UPLOAD.exec(url) ?? [];
  const pool = pools.get(poolId);
  const job = pool?.importJobs.get(jobId);
  const key = new URLSearchParams(url.slice(url.indexOf('?'))).get('X-Amz-Signature');
  if (!pool || job?.uploadKey !== key) {
    return refusal(403, 'SignatureDoesNotMatch', 'The signature in the URL is not that of an import job.');
  }
  if (headers['x-amz-server-side-encryption'] !== 'aws:kms') {
    return refusal(
      403,
      'SignatureDoesNotMatch',
      'Send the header x-amz-server-side-encryption: aws:kms, which is part of the signature.',
    );
  }
  if (pool.now() >= job.createdAt + UPLOAD_SECONDS * 1000) {
    return refusal(403, 'AccessDenied', 'Request has expired');
  }
  if (body === undefined) {
    return refusal(400, 'EntityTooLarge', 'Your proposed upload exceeds the maximum allowed size');
  }
  // A job that was started has its file.
  if (job.status === 'Created') job.csv = body;
  return { status: 200, headers: {}, body: '' };
}

function refusal(status: number, code: string, message: string): Answer {
  const body = `<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>${code}</Code><Message>${message}</Message></Error>`;
  return { status, headers: { 'content-type': 'application/xml' }, body, error: code };
}
