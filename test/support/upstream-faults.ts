import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { gzipSync } from 'node:zlib';
import type { ProblemCode } from '../../src/shared/problem.ts';
import { type FakeAnswer, fail } from './fake-cognito.ts';

export const JSON_TYPE = { 'content-type': 'application/x-amz-json-1.1' };

export function respond(
  status: number,
  body: string,
  headers: Record<string, string> = JSON_TYPE,
): FakeAnswer {
  return (_request, res) => void res.writeHead(status, headers).end(body);
}

export const html = (status: number): FakeAnswer =>
  respond(status, '<html><body>A secret of the gateway</body></html>', { 'content-type': 'text/html' });

/** Returns an answer that ends the connection after the request. */
export function breakOff(how: (socket: Socket) => void): FakeAnswer {
  return (_request, res) => how(res.socket as Socket);
}

export const HEAD =
  'HTTP/1.1 200 OK\r\nContent-Type: application/x-amz-json-1.1\r\nContent-Length: 500\r\n\r\n';

export const hang: FakeAnswer = () => undefined;

export function drip(_request: unknown, res: ServerResponse): void {
  res.writeHead(200, JSON_TYPE);
  const timer = setInterval(() => res.write(' '), 20);
  res.once('close', () => clearInterval(timer));
}

export const MIB = 1_048_576;

/** Returns an answer of endless JSON. */
export function flood(status: number): FakeAnswer {
  return (_request, res) => {
    res.writeHead(status, JSON_TYPE).write('{"Username":"');
    const more = (): void => {
      if (!res.destroyed) res.write('x'.repeat(65_536), () => setImmediate(more));
    };
    more();
  };
}

/** Faults of Cognito or of a gateway, and the problem code of each. */
export const FAULTS: Readonly<Record<string, readonly [answer: FakeAnswer, code: ProblemCode]>> = {
  'answers 500': [fail('InternalErrorException', 'A secret', 500), 'upstream_error'],
  'answers 500 with an empty body': [respond(500, ''), 'upstream_error'],
  'answers 502 with a page': [html(502), 'upstream_error'],
  'answers 200 with a page': [html(200), 'upstream_error'],
  'answers 403 with a page': [html(403), 'upstream_error'],
  'answers 503 with a page': [html(503), 'upstream_unavailable'],
  'answers 503 in JSON': [fail('ServiceUnavailable', 'A secret', 503), 'upstream_unavailable'],
  'answers 504 with a page': [html(504), 'upstream_timeout'],
  'answers 429 with a page': [html(429), 'rate_limited'],
  throttles: [fail('TooManyRequestsException', 'Rate exceeded'), 'rate_limited'],
  'throttles with the exception of another service': [fail('ThrottlingException', 'x', 400), 'rate_limited'],
  'sends truncated JSON': [respond(200, '{"AuthenticationResult":{"AccessToken":"ey'), 'upstream_error'],
  'sends text in place of JSON': [respond(200, 'A secret'), 'upstream_error'],
  'sends a JSON string': [respond(200, '"A secret"'), 'upstream_error'],
  'sends an error in plain text': [respond(400, 'A secret'), 'upstream_error'],
  'sends an error whose name is a number': [respond(400, '{"__type":7,"message":7}'), 'upstream_error'],
  'sends an error without a name': [respond(400, '{}'), 'upstream_error'],
  'sends an unknown exception': [fail('ASecretException', 'A secret'), 'upstream_error'],
  redirects: [respond(302, '', { location: 'http://127.0.0.1:1/' }), 'upstream_error'],
  'closes the connection': [breakOff((socket) => socket.end()), 'upstream_error'],
  'resets the connection': [breakOff((socket) => socket.resetAndDestroy()), 'upstream_error'],
  'resets the connection after the headers': [
    breakOff((socket) => socket.write(HEAD, () => socket.resetAndDestroy())),
    'upstream_error',
  ],
  'closes the connection within the body': [
    breakOff((socket) => socket.write(`${HEAD}{"Authen`, () => socket.destroy())),
    'upstream_error',
  ],
  'answers with another protocol': [breakOff((socket) => socket.end('220 mail ready\r\n')), 'upstream_error'],
  'announces more than 1 MiB': [
    (_request, res) => res.writeHead(200, { ...JSON_TYPE, 'content-length': MIB + 1 }).flushHeaders(),
    'upstream_error',
  ],
  'sends more than 1 MiB in chunks': [flood(200), 'upstream_error'],
  'sends an error of more than 1 MiB': [flood(503), 'upstream_error'],
  'sends 20 MB in 20 kB of gzip': [
    (_request, res) =>
      res.writeHead(200, { ...JSON_TYPE, 'content-encoding': 'gzip' }).end(gzipSync(Buffer.alloc(2e7, ' '))),
    'upstream_error',
  ],
  'does not answer': [hang, 'upstream_timeout'],
  'sends headers and no more': [(_request, res) => res.writeHead(200).flushHeaders(), 'upstream_timeout'],
  'sends its body byte for byte': [drip, 'upstream_timeout'],
};
