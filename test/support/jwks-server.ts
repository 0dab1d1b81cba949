import { once } from 'node:events';
import http, { type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** Serves a JWKS on loopback, as badly as a test wants it. */
export class JwksServer {
  /** What the next requests get; a plain object is served as it should be. */
  answer: object | ((req: IncomingMessage, res: ServerResponse) => void);
  requests = 0;
  readonly #server: http.Server;
  readonly #path: string;

  private constructor(answer: JwksServer['answer'], path: string) {
    this.answer = answer;
    this.#path = path;
    this.#server = http.createServer((req, res) => {
      this.requests++;
      if (typeof this.answer === 'function') this.answer(req, res);
      else res.setHeader('Content-Type', 'application/json').end(JSON.stringify(this.answer));
    });
  }

  static async start(answer: JwksServer['answer'], path = '/jwks.json'): Promise<JwksServer> {
    const server = new JwksServer(answer, path);
    await server.listen(0);
    return server;
  }

  /** Also after `close`, on the same port, for an endpoint that comes back. */
  async listen(port: number): Promise<void> {
    this.#server.listen(port, '127.0.0.1');
    await once(this.#server, 'listening');
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  get origin(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  get uri(): string {
    return `${this.origin}${this.#path}`;
  }

  async close(): Promise<void> {
    if (!this.#server.listening) return;
    const closed = once(this.#server, 'close');
    this.#server.close();
    this.#server.closeAllConnections();
    await closed;
  }
}
