import { type Agent, type IncomingMessage, request } from 'node:http';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

/** What has become of the requests of a soak. */
export class Tally {
  readonly counts = { ok: 0, refused: 0, faulty: 0, aborted: 0, unexpected: 0 };
  /** The first unexpected answers. */
  readonly surprises: string[] = [];
  /** Set when the app is told to stop: from then on a client may be turned away. */
  stopping = false;

  surprise(text: string): void {
    this.counts.unexpected++;
    if (this.surprises.length < 20) this.surprises.push(text);
  }
}

/** The app is on its way to its end, and the client has been told so. */
export class TurnedAway extends Error {}

export interface Sent {
  readonly method?: string;
  readonly body?: object | string;
  readonly headers?: Readonly<Record<string, string>>;
  /** The statuses that will do. */
  readonly expect: readonly number[];
}

export interface Received {
  readonly status: number;
  // biome-ignore lint/suspicious/noExplicitAny: whatever the API answers; the journeys say what they expect.
  readonly body: any;
}

/** A client with a cookie jar, over connections that all clients share. */
export class SoakClient {
  readonly cookies: Map<string, string> = new Map();
  readonly #url: string;
  readonly #agent: Agent;
  readonly #tally: Tally;

  constructor(url: string, agent: Agent, tally: Tally) {
    this.#url = url;
    this.#agent = agent;
    this.#tally = tally;
  }

  async send(path: string, { method, body, headers = {}, expect }: Sent): Promise<Received> {
    const text = typeof body === 'object' ? JSON.stringify(body) : body;
    const cookie = [...this.cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    const all = {
      ...(cookie && { cookie, 'sec-fetch-site': 'same-origin' }),
      ...(text !== undefined && {
        'content-type': 'application/json',
        'content-length': Buffer.byteLength(text),
      }),
      ...headers,
    };
    const options = {
      method: method ?? (text === undefined ? 'GET' : 'POST'),
      agent: this.#agent,
      headers: all,
    };
    const what = `${options.method} ${path}`;
    for (let tries = 0; ; tries++) {
      try {
        return this.#judge(what, await this.#once(path, options, text), expect);
      } catch (error) {
        if (error instanceof TurnedAway) throw error;
        const { code = String(error), reused } = error as { code?: string; reused?: boolean };
        if (this.#tally.stopping && ['ECONNREFUSED', 'ECONNRESET'].includes(code)) throw new TurnedAway();
        // A server may close an idle connection at any time.
        if (reused === true && code === 'ECONNRESET' && tries < 3) continue;
        this.#tally.surprise(`${what}: ${code}`);
        throw error;
      }
    }
  }

  #once(path: string, options: object, text: string | undefined): Promise<Received> {
    return new Promise((resolve, reject) => {
      const req = request(this.#url + path, options);
      req.on('error', (error) => reject(Object.assign(error, { reused: req.reusedSocket })));
      req.on('response', (res) => {
        read(res).then((body) => {
          this.#keep(res.headers['set-cookie'] ?? []);
          resolve({ status: res.statusCode ?? 0, body });
        }, reject);
      });
      req.end(text);
    });
  }

  #judge(what: string, received: Received, expect: readonly number[]): Received {
    const { status, body } = received;
    const { counts, stopping } = this.#tally;
    if (stopping && status === 503 && body?.code === 'shutting_down') throw new TurnedAway();
    if (!expect.includes(status))
      this.#tally.surprise(`${what}: ${status} ${JSON.stringify(body).slice(0, 300)}`);
    else if (status < 400) counts.ok++;
    else if (status < 500) counts.refused++;
    else counts.faulty++;
    return received;
  }

  #keep(lines: readonly string[]): void {
    for (const line of lines) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
      if (/; Max-Age=0(;|$)/.test(line)) this.cookies.delete(name);
      else this.cookies.set(name, value);
    }
  }

  /** Sends bytes, and goes away after so many milliseconds. */
  async sendAndLeave(parts: readonly string[], ms: number): Promise<void> {
    const { hostname, port } = new URL(this.#url);
    const socket = connect(Number(port), hostname);
    socket.on('error', () => undefined);
    for (const part of parts) {
      socket.write(part);
      await sleep(ms / parts.length);
    }
    socket.destroy();
    this.#tally.counts.aborted++;
  }
}

async function read(res: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  for await (const chunk of res as AsyncIterable<Buffer>) chunks.push(chunk);
  const text = Buffer.concat(chunks).toString();
  try {
    return JSON.parse(text);
  } catch {
    return { text: text.slice(0, 100) };
  }
}
