import { once } from 'node:events';
import http, { type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A JWKS endpoint on loopback with answers that a test chooses. */
export class JwksServer {
  /** Answers the next requests. An object is served as JSON. */
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

  /** Listens, also again after `close`, for an endpoint that becomes available. */
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
