import { randomUUID } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import { CognitoError } from '../model/errors.ts';

/** An HTTP answer. */
export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** Values of Set-Cookie. */
  readonly cookies?: readonly string[];
  /** Error of the answer, if its headers do not name it. */
  readonly error?: string;
}

/** Media type of the API's answers. */
export const AWS_JSON = 'application/x-amz-json-1.1';

const CORS = {
  'access-control-allow-origin': '*',
  'access-control-expose-headers': 'x-amzn-RequestId,x-amzn-ErrorType,x-amzn-ErrorMessage,Date',
};

const PREFLIGHT: Answer = {
  status: 200,
  headers: {
    ...CORS,
    'access-control-allow-methods': 'GET,POST,OPTIONS',
    'access-control-max-age': '172800',
  },
  body: '',
};

/** The headers of Amplify and the AWS SDK. */
const CLIENT_HEADERS = [
  'content-type',
  'x-amz-target',
  'x-amz-user-agent',
  'amz-sdk-invocation-id',
  'amz-sdk-request',
  'cache-control',
];

/** The headers of an AWS signature. */
const SIGNATURE_HEADERS = ['authorization', 'x-amz-date', 'x-amz-content-sha256', 'x-amz-security-token'];

const HEADER_NAME = /^[\w!#$%&'*+.^`|~-]+$/;

/**
 * Answers a preflight of the API. Pages of any origin can call user operations with any header, as on AWS. `allowsSignature`
 * is for pages that can call the operations of administrators.
 */
export function preflightOf(
  requestedHeaders: string | undefined,
  { allowsSignature }: { readonly allowsSignature: boolean },
): Answer {
  const requested = (requestedHeaders ?? '')
    .toLowerCase()
    .split(',')
    .map((name) => name.trim());
  const allowed = new Set([...CLIENT_HEADERS, ...requested.filter((name) => HEADER_NAME.test(name))]);
  if (!allowsSignature) for (const name of SIGNATURE_HEADERS) allowed.delete(name);
  return {
    ...PREFLIGHT,
    headers: { ...PREFLIGHT.headers, 'access-control-allow-headers': [...allowed].join(',') },
  };
}

/** The OAuth endpoints allow every origin, the client's credentials in `Authorization`, and the header that Amplify sends. */
export const OAUTH_PREFLIGHT: Answer = {
  ...PREFLIGHT,
  headers: {
    ...PREFLIGHT.headers,
    'access-control-allow-headers': 'authorization,content-type,x-amz-user-agent',
  },
};

/** Creates an answer of an OAuth endpoint, without a body if there is no content. */
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
    // AWS spells the member of this exception with a capital letter.
    body: JSON.stringify({
      __type: name,
      [name === 'SerializationException' ? 'Message' : 'message']: message,
    }),
  };
}

/** Creates an answer with a public document, such as the key set. */
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

export function send(res: ServerResponse, { status, headers, body, cookies }: Answer): void {
  if (cookies) res.setHeader('set-cookie', cookies);
  res.writeHead(status, { ...headers, 'content-length': Buffer.byteLength(body) }).end(body);
}

/** HTTP clients limit all headers together, to about 16 kB. */
const MAX_HEADER_LENGTH = 1024;

/** Shortens a text, and replaces the characters that a header value cannot contain. */
function headerText(message: string): string {
  return message
    .trimEnd()
    .slice(0, MAX_HEADER_LENGTH)
    .replace(/[^\x20-\x7e]/g, '?');
}

/** Answers a bug of the pool as InternalErrorException, and emits it as a process warning. */
export function internalError(error: unknown): CognitoError {
  process.emitWarning(error instanceof Error ? error : String(error));
  return new CognitoError('InternalErrorException', 'The local user pool failed.', 500);
}
