import { connect, type Socket } from 'node:net';

const HOST = '127.0.0.1';
const END_OF_HEADERS = '\r\n\r\n';
const CONTENT_LENGTH = /\r\ncontent-length: (\d+)/i;

/** One HTTP request, ready to be written to a socket. */
export function httpRequest(
  method: string,
  path: string,
  headers: Readonly<Record<string, string>> = {},
  body?: object,
): Buffer {
  const text = body === undefined ? '' : JSON.stringify(body);
  const all = {
    host: HOST,
    ...headers,
    ...(body && { 'content-type': 'application/json', 'content-length': String(text.length) }),
  };
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
  return Buffer.from(`${method} ${path} HTTP/1.1\r\n${lines.join('')}\r\n${text}`);
}

export interface LoadOptions {
  readonly port: number;
  readonly connections: number;
  /** Sent in turn, each connection waiting for the answer before the next one. */
  readonly requests: readonly Buffer[];
  /** Any other status ends the benchmark: it would compare something else than it says. */
  readonly status: number | readonly number[];
}

/**
 * Keeps a server busy over raw keep-alive sockets. An HTTP client of Node's own would cost as much as the
 * servers under test, and there are two of them to feed.
 */
export class Load {
  answers = 0;
  readonly #options: LoadOptions;
  readonly #sockets: Socket[];
  #next = 0;
  #stopped = false;

  constructor(options: LoadOptions) {
    this.#options = options;
    this.#sockets = Array.from({ length: options.connections }, () => this.#open());
  }

  stop(): void {
    this.#stopped = true;
    for (const socket of this.#sockets) socket.destroy();
  }

  #open(): Socket {
    const socket = connect(this.#options.port, HOST);
    socket.setNoDelay(true);
    let received: Buffer = Buffer.alloc(0);
    socket.on('connect', () => this.#send(socket));
    socket.on('data', (chunk: Buffer) => {
      received = received.length === 0 ? chunk : Buffer.concat([received, chunk]);
      if (!this.#isWhole(received)) return;
      received = Buffer.alloc(0);
      this.answers += 1;
      this.#send(socket);
    });
    socket.on('error', (error) => {
      if (!this.#stopped) throw new Error('The connection to a server under test failed.', { cause: error });
    });
    socket.on('close', () => {
      if (!this.#stopped) throw new Error('The server closed a connection that was in use.');
    });
    return socket;
  }

  #send(socket: Socket): void {
    const { requests } = this.#options;
    const request = requests[this.#next % requests.length];
    this.#next += 1;
    if (request && !this.#stopped) socket.write(request);
  }

  #isWhole(received: Buffer): boolean {
    const end = received.indexOf(END_OF_HEADERS);
    if (end === -1) return false;
    const headers = received.toString('latin1', 0, end);
    const status = Number(headers.slice(9, 12));
    const expected = [this.#options.status].flat();
    if (!expected.includes(status)) {
      throw new Error(`The server answered ${status} in place of ${expected.join(' or ')}.`);
    }
    const length = Number(CONTENT_LENGTH.exec(headers)?.[1]);
    return received.length >= end + END_OF_HEADERS.length + length;
  }
}
