import { randomUUID } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import { CognitoError } from './errors.ts';
import type { Fault } from './faults.ts';

/** An HTTP answer, ready to be sent. */
export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

const AWS_JSON = 'application/x-amz-json-1.1';
const OVERSIZED_BYTES = 2 * 1024 * 1024;
const DRIP_MS = 50;

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

export function success(output: object): Answer {
  return {
    status: 200,
    headers: { ...CORS, 'content-type': AWS_JSON, 'x-amzn-requestid': randomUUID() },
    body: JSON.stringify(output),
  };
}

export function failure(error: unknown): Answer {
  const { name, message, status } =
    error instanceof CognitoError
      ? error
      : new CognitoError('InternalErrorException', 'The local user pool failed.', 500);
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

/** Answers the way a fault says. `answer` is only called where the fault wants the right answer. */
export function sendFaulty(res: ServerResponse, fault: Fault, answer: () => Answer): void {
  if (fault.afterwards) answer();
  switch (fault.kind) {
    case 'throttle':
      return send(res, failure(new CognitoError('TooManyRequestsException', 'Rate exceeded')));
    case 'limitExceeded':
      return send(
        res,
        failure(
          new CognitoError('LimitExceededException', 'Attempt limit exceeded, please try after some time.'),
        ),
      );
    case 'internalError':
      return send(res, failure(new CognitoError('InternalErrorException', 'Something went wrong', 500)));
    case 'html':
      return send(res, {
        status: 500,
        headers: { 'content-type': 'text/html' },
        body: '<html><body><h1>Internal Server Error</h1></body></html>',
      });
    case 'nonJson':
      return send(res, { status: 200, headers: { 'content-type': AWS_JSON }, body: 'this is not JSON' });
    case 'empty':
      return send(res, { status: 200, headers: { 'content-type': AWS_JSON }, body: '{"keys":[]}' });
    case 'oversized':
      return send(res, {
        status: 200,
        headers: { 'content-type': AWS_JSON },
        body: JSON.stringify({ keys: [], padding: 'x'.repeat(OVERSIZED_BYTES) }),
      });
    case 'hang':
      return;
    case 'reset':
      res.socket?.resetAndDestroy();
      return;
    case 'truncate': {
      const { status, headers, body } = answer();
      res.writeHead(status, { ...headers, 'content-length': Buffer.byteLength(body) + 1 });
      res.write(body.slice(0, Math.ceil(body.length / 2)), () => res.socket?.destroy());
      return;
    }
    case 'drip': {
      res.writeHead(200, { 'content-type': AWS_JSON });
      const timer = setInterval(() => res.write(' '), DRIP_MS);
      res.once('close', () => clearInterval(timer));
      return;
    }
    case 'delay': {
      const timer = setTimeout(() => send(res, answer()), fault.ms ?? 1000);
      res.once('close', () => clearTimeout(timer));
      return;
    }
    case 'status':
      return send(res, { status: fault.status ?? 503, headers: {}, body: '' });
    case 'redirect':
      return send(res, { status: 302, headers: { location: fault.location }, body: '' });
  }
}

/** Header values are Latin-1 without line breaks, and messages may hold anything. */
function headerText(message: string): string {
  return message.replace(/[^\x20-\x7e]/g, '?');
}
