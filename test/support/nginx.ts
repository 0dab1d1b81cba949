import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from './free-port.ts';
import { hasNginx, NO_NGINX, skipWithout } from './installed-programs.ts';

const TEMP_PATHS = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'];
const START_MS = 5000;
/** A worker finishes its requests. */
const RELOAD_MS = 20_000;

/** The lines of a server of the upstream, such as `127.0.0.1:3000 down`, and the directives around them. */
export interface Balancing {
  readonly servers: readonly string[];
  /** Further directives of the `upstream` block. */
  readonly upstream?: readonly string[];
  /** Directives of the `location` block, besides `proxy_pass`. */
  readonly location: readonly string[];
}

/** An nginx of the user's own: its configuration, port and files are in a temporary folder. */
export class Nginx {
  readonly url: string;
  readonly #folder: string;
  readonly #port: number;
  #child: ChildProcess | undefined;

  private constructor(port: number) {
    this.#port = port;
    this.url = `http://127.0.0.1:${port}`;
    this.#folder = mkdtempSync(join(tmpdir(), 'nginx-'));
    // As root, nginx gives its workers to another user.
    chmodSync(this.#folder, 0o755);
    for (const name of TEMP_PATHS) {
      mkdirSync(join(this.#folder, name));
      chmodSync(join(this.#folder, name), 0o777);
    }
  }

  /** Skips a suite without nginx, with a message. */
  static requireFor(context: Mocha.Context): void {
    if (!hasNginx()) skipWithout(context, 'REQUIRE_NGINX', NO_NGINX);
  }

  static async start(balancing: Balancing): Promise<Nginx> {
    const nginx = new Nginx(await freePort());
    nginx.#configure(balancing);
    const child = spawn('nginx', nginx.#arguments(), { stdio: 'ignore' });
    await once(child, 'spawn');
    nginx.#child = child;
    const end = performance.now() + START_MS;
    while (!(await nginx.#listens())) {
      if (performance.now() > end) throw new Error(`nginx does not listen: ${nginx.log()}`);
      await sleep(20);
    }
    return nginx;
  }

  /** Takes another configuration. Resolves when the workers with the old one have finished their requests. */
  async reload(balancing: Balancing): Promise<void> {
    this.#configure(balancing);
    const before = this.#exits();
    this.#child?.kill('SIGHUP');
    const end = performance.now() + RELOAD_MS;
    while (this.#exits() === before) {
      if (performance.now() > end) throw new Error(`nginx does not reload: ${this.log()}`);
      await sleep(20);
    }
  }

  /** The log of errors and of the workers. */
  log(): string {
    try {
      return readFileSync(join(this.#folder, 'error.log'), 'utf8');
    } catch {
      return '';
    }
  }

  async stop(): Promise<void> {
    const child = this.#child;
    if (child && child.exitCode === null) {
      const exit = once(child, 'exit');
      child.kill('SIGTERM');
      await exit;
    }
    rmSync(this.#folder, { recursive: true, force: true });
  }

  /** Counts the workers that have ended. There is one at a time. */
  #exits(): number {
    return this.log().match(/worker process \d+ exited/g)?.length ?? 0;
  }

  #arguments(): string[] {
    return ['-p', this.#folder, '-c', 'nginx.conf', '-e', join(this.#folder, 'error.log')];
  }

  #listens(): Promise<boolean> {
    return new Promise((resolve) => {
      const socket = connect(this.#port, '127.0.0.1');
      socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
      socket.once('connect', () => socket.destroy());
    });
  }

  #configure({ servers, upstream = [], location }: Balancing): void {
    const block = (lines: readonly string[]): string => lines.map((line) => `${line};`).join('\n');
    writeFileSync(
      join(this.#folder, 'nginx.conf'),
      `daemon off;
worker_processes 1;
pid nginx.pid;
error_log error.log notice;
events { worker_connections 1024; }
http {
  access_log off;
  ${block(TEMP_PATHS.map((name) => `${name}_temp_path ${name}`))}
  upstream app {
    ${block(servers.map((server) => `server ${server}`))}
    ${block(upstream)}
  }
  server {
    listen 127.0.0.1:${this.#port};
    location / {
      proxy_pass http://app;
      proxy_set_header X-Forwarded-For $remote_addr;
      ${block(location)}
    }
  }
}
`,
    );
  }
}
