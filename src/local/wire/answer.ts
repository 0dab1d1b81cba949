import { randomUUID } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import { CognitoError } from '../model/errors.ts';

/** An HTTP answer, ready to be sent. */
export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** What it is refused with, where the headers do not say. */
  readonly error?: string;
}

/** The media type of every answer of the API. */
export const AWS_JSON = 'application/x-amz-json-1.1';

const CORS = {
  'access-control-allow-origin': '*',
  'access-control-expose-headers': 'x-amzn-RequestId,x-amzn-ErrorType,x-amzn-ErrorMessage,Date',
};

/**
 * `Authorization` is not among the headers that a page of another origin may send: what a user
 * may do is open to every page, as on AWS, and what the account's owner may do is not.
 */
export const PREFLIGHT: Answer = {
  status: 200,
  headers: {
    ...CORS,
    'access-control-allow-methods': 'GET,POST,OPTIONS',
    'access-control-allow-headers':
      'content-type,x-amz-target,x-amz-user-agent,amz-sdk-invocation-id,amz-sdk-request,cache-control',
    'access-control-max-age': '172800',
  },
  body: '',
};

/** The endpoints of OAuth take credentials of the app's own, and are for pages of every origin. */
export const OAUTH_PREFLIGHT: Answer = {
  ...PREFLIGHT,
  headers: { ...PREFLIGHT.headers, 'access-control-allow-headers': 'authorization,content-type' },
};

/** An answer of /oauth2/token and the like; without content it has no body. */
export function oauthAnswer(status: number, content?: object, headers: Answer['headers'] = {}): Answer {
  return {
    status,
    headers: {
      'access-control-allow-origin': '*',
      'cache-control': 'no-store',
      ...(content && { 'content-type': 'application/json;charset=UTF-8' }),
      ...headers,
    },
    body: content ? JSON.stringify(content) : '',
  };
}

export function success(output: object): Answer {
  return {
    status: 200,
    headers: { ...CORS, 'content-type': AWS_JSON, 'x-amzn-requestid': randomUUID() },
    body: JSON.stringify(output),
  };
}

export function failure(error: unknown): Answer {
  const { name, message, status } = error instanceof CognitoError ? error : internalError(error);
  return {
    status,
    headers: {
      ...CORS,
      'content-type': AWS_JSON,
      'x-amzn-requestid': randomUUID(),
      'x-amzn-errortype': `${name}:`,
      'x-amzn-errormessage': headerText(message),
    },
    body: JSON.stringify({ __type: name, message }),
  };
}

/** A document for everybody, such as the key set. */
export function publicDocument(content: object): Answer {
  return {
    status: 200,
    headers: { ...CORS, 'content-type': 'application/json', 'cache-control': 'public, max-age=86400' },
    body: JSON.stringify(content),
  };
}

export function notFound(): Answer {
  return { status: 404, headers: { ...CORS, 'content-type': 'text/plain' }, body: 'Not found' };
}

export function send(res: ServerResponse, { status, headers, body }: Answer): void {
  res.writeHead(status, { ...headers, 'content-length': Buffer.byteLength(body) }).end(body);
}

/** Clients take some 16 kB of headers in all. */
const MAX_HEADER_LENGTH = 1024;

/** Header values are Latin-1 without line breaks, and messages may hold anything. */
function headerText(message: string): string {
  return message.slice(0, MAX_HEADER_LENGTH).replace(/[^\x20-\x7e]/g, '?');
}

/** A fault of the pool itself: answered like one of the service, and said aloud, so that it gets mended. */
export function internalError(error: unknown): CognitoError {
  process.emitWarning(error instanceof Error ? error : String(error));
  return new CognitoError('InternalErrorException', 'The local user pool failed.', 500);
}
