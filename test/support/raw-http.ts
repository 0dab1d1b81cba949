import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

/** A raw HTTP response. */
export interface RawAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** Opens a connection to a server, for requests that HTTP clients refuse to send. */
export async function openSocket(url: string): Promise<Socket> {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  await once(socket, 'connect');
  return socket;
}

/** Sends raw bytes and reads the first response, or `undefined` if the server closes the connection without one. */
export async function sendRaw(
  url: string,
  ...parts: readonly (string | Buffer)[]
): Promise<RawAnswer | undefined> {
  const socket = await openSocket(url);
  for (const part of parts) socket.write(part);
  const answer = await readAnswer(socket);
  socket.destroy();
  return answer;
}

/** Reads one complete response. Rejects after 15 seconds. */
export function readAnswer(socket: Socket): Promise<RawAnswer | undefined> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`No answer, only ${JSON.stringify(text)}`)), 15_000);
    let text = '';
    const settle = (answer: RawAnswer | undefined): void => {
      clearTimeout(timer);
      resolve(answer);
    };
    socket.setEncoding('latin1');
    socket.on('data', (chunk: string) => {
      text += chunk;
      const answer = parseAnswer(text);
      if (answer) settle(answer);
    });
    socket.on('error', () => settle(undefined));
    socket.on('close', () => settle(parseAnswer(text)));
  });
}

/** Returns the request line and headers of a JSON POST. */
export function head(path: string, headers: Readonly<Record<string, string | number>> = {}): string {
  const all = { host: 'localhost', 'content-type': 'application/json', ...headers };
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
  return `POST ${path} HTTP/1.1\r\n${lines.join('')}\r\n`;
}

/** Returns one chunk of a chunked body. */
export function chunk(bytes: string | Buffer): Buffer {
  const data = Buffer.from(bytes);
  return Buffer.concat([Buffer.from(`${data.length.toString(16)}\r\n`), data, Buffer.from('\r\n')]);
}

export const LAST_CHUNK = '0\r\n\r\n';

function parseAnswer(text: string): RawAnswer | undefined {
  const end = text.indexOf('\r\n\r\n');
  if (end === -1) return undefined;
  const [statusLine = '', ...lines] = text.slice(0, end).split('\r\n');
  const headers = Object.fromEntries(
    lines.map((line) => {
      const colon = line.indexOf(':');
      return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
    }),
  );
  const status = Number(statusLine.split(' ')[1]);
  // An interim response, such as 100 Continue.
  if (status < 200) return parseAnswer(text.slice(end + 4));
  const body = text.slice(end + 4);
  if (headers['transfer-encoding'] === 'chunked')
    return body.endsWith(LAST_CHUNK) ? { status, headers, body } : undefined;
  return body.length >= Number(headers['content-length'] ?? 0) ? { status, headers, body } : undefined;
}
