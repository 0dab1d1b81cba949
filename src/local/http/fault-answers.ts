import type { ServerResponse } from 'node:http';
import { CognitoError, limitExceeded } from '../model/errors.ts';
import { type Answer, AWS_JSON, failure, send } from '../wire/answer.ts';
import type { AnswerFault } from './faults.ts';

const OVERSIZED_BYTES = 2 * 1024 * 1024;
const DRIP_MS = 50;

/** Answers with a fault. Calls `answer` only if the fault needs the correct answer. */
export async function sendFaulty(
  res: ServerResponse,
  fault: AnswerFault,
  answer: () => Promise<Answer>,
): Promise<void> {
  if (fault.afterwards) await answer();
  switch (fault.kind) {
    case 'throttle':
      return send(res, failure(new CognitoError('TooManyRequestsException', 'Rate exceeded')));
    case 'limitExceeded':
      return send(res, failure(limitExceeded()));
    case 'internalError':
      return send(res, failure(new CognitoError('InternalErrorException', 'Something went wrong', 500)));
    case 'html':
      return sendBody(res, 500, '<html><body><h1>Internal Server Error</h1></body></html>', 'text/html');
    case 'nonJson':
      return sendBody(res, 200, 'this is not JSON');
    case 'empty':
      return sendBody(res, 200, '{"keys":[]}');
    case 'oversized':
      return sendBody(res, 200, JSON.stringify({ keys: [], padding: 'x'.repeat(OVERSIZED_BYTES) }));
    case 'status':
      return sendBody(res, fault.status ?? 503, '');
    case 'redirect':
      return send(res, { status: 302, headers: { location: fault.location }, body: '' });
    case 'hang':
      return;
    case 'reset':
      res.socket?.resetAndDestroy();
      return;
    case 'truncate':
      return truncate(res, await answer());
    case 'drip':
      return drip(res);
    case 'delay': {
      const timer = setTimeout(() => {
        answer().then(
          (right) => send(res, right),
          () => res.destroy(),
        );
      }, fault.ms ?? 1000);
      res.once('close', () => clearTimeout(timer));
      return;
    }
  }
}

function sendBody(res: ServerResponse, status: number, body: string, type: string = AWS_JSON): void {
  send(res, { status, headers: { 'content-type': type }, body });
}

function truncate(res: ServerResponse, { status, headers, body }: Answer): void {
  res.writeHead(status, { ...headers, 'content-length': Buffer.byteLength(body) });
  res.write(body.slice(0, Math.ceil(body.length / 2)), () => res.socket?.destroy());
}

function drip(res: ServerResponse): void {
  res.writeHead(200, { 'content-type': AWS_JSON });
  const timer = setInterval(() => res.write(' '), DRIP_MS);
  res.once('close', () => clearInterval(timer));
}
