import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';

interface Pair {
  readonly near: Socket;
  readonly far: Socket;
  readonly held: (() => void)[];
  silent: boolean;
}

/** A loopback proxy whose connections can go silent, like those to a host that has disappeared. */
export class TcpProxy {
  readonly #server: Server;
  readonly #pairs = new Set<Pair>();
  #silencesNew = false;
  #received = '';

  private constructor(targetPort: number) {
    this.#server = createServer((near) => {
      const pair = { near, far: connect(targetPort, '127.0.0.1'), held: [], silent: this.#silencesNew };
      this.#pairs.add(pair);
      this.#pass(pair, near, pair.far);
      this.#pass(pair, pair.far, near);
    });
  }

  static async start(targetPort: number): Promise<TcpProxy> {
    const proxy = new TcpProxy(targetPort);
    proxy.#server.listen(0, '127.0.0.1');
    await once(proxy.#server, 'listening');
    return proxy;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** Bytes that clients have sent, delivered or not. */
  get received(): string {
    return this.#received;
  }

  /** Number of open connections. */
  get connections(): number {
    return this.#pairs.size;
  }

  /** Stops delivery on the open connections. */
  silenceOpen(): void {
    for (const pair of this.#pairs) pair.silent = true;
  }

  /** Stops delivery on open and new connections. New ones are still accepted. */
  silenceAll(): void {
    this.#silencesNew = true;
    this.silenceOpen();
  }

  /** Resumes delivery on new connections. Silent ones stay silent. */
  passNew(): void {
    this.#silencesNew = false;
  }

  /** Resumes delivery on all connections, including held data. */
  passAll(): void {
    this.#silencesNew = false;
    for (const pair of this.#pairs) {
      pair.silent = false;
      flush(pair);
    }
  }

  async close(): Promise<void> {
    for (const { near } of this.#pairs) near.destroy();
    this.#server.close();
    await once(this.#server, 'close');
  }

  #pass(pair: Pair, from: Socket, to: Socket): void {
    from.on('data', (bytes) => {
      if (from === pair.near) this.#received += bytes.toString('latin1');
      pair.held.push(() => to.write(bytes));
      if (!pair.silent) flush(pair);
    });
    from.on('error', () => undefined);
    from.on('close', () => {
      this.#pairs.delete(pair);
      to.destroy();
    });
  }
}

/** Delivers the held data, like a network that recovers. */
function flush({ held }: Pair): void {
  for (const deliver of held.splice(0)) deliver();
}
