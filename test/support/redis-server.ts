import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { createClient } from 'redis';
import { freePort } from './free-port.ts';
import { NO_REDIS, skipWithout } from './installed-programs.ts';

const REQUIRED = process.env.REQUIRE_REDIS === '1' || process.env.REQUIRE_ALL === '1';

/** A Redis server on a loopback port, which can be restarted on the same port. */
export class RedisServer {
  readonly #port: number;
  readonly #options: readonly string[];
  #child: ChildProcess | undefined;

  private constructor(port: number, options: readonly string[]) {
    this.#port = port;
    this.#options = options;
  }

  /** Starts a server. Without `redis-server`, returns undefined, or throws if it is required. */
  static async start(options: readonly string[] = []): Promise<RedisServer | undefined> {
    const server = new RedisServer(await freePort(), options);
    try {
      await server.start();
      return server;
    } catch (error) {
      if (REQUIRED) throw error;
      return undefined;
    }
  }

  /** Starts a server for a suite or a test. Without `redis-server`, skips it with a message. */
  static async startFor(context: Mocha.Context, options: readonly string[] = []): Promise<RedisServer> {
    const server = await RedisServer.start(options);
    if (server) return server;
    return skipWithout(context, 'REQUIRE_REDIS', NO_REDIS);
  }

  get url(): string {
    return `redis://127.0.0.1:${this.#port}`;
  }

  async start(): Promise<void> {
    const args = ['--port', String(this.#port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no'];
    const child = spawn('redis-server', [...args, ...this.#options], { stdio: 'ignore' });
    await once(child, 'spawn');
    this.#child = child;
    // A server that a test does not stop must neither outlive mocha nor keep it running.
    child.unref();
    const kill = (): void => void child.kill('SIGKILL');
    process.once('exit', kill);
    child.once('exit', () => process.off('exit', kill));
    for (let tries = 0; tries < 600; tries++) {
      if (await this.#answers()) return;
      await sleep(25);
    }
    throw new Error('redis-server does not answer.');
  }

  async stop(): Promise<void> {
    const child = this.#child;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const exit = once(child, 'exit');
    child.kill('SIGKILL');
    await exit;
  }

  async #answers(): Promise<boolean> {
    const client = createClient({ url: this.url, socket: { reconnectStrategy: false } });
    client.on('error', () => undefined);
    try {
      await client.connect();
      await client.ping();
      return true;
    } catch {
      return false;
    } finally {
      client.destroy();
    }
  }
}
