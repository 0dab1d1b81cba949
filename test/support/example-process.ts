import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { LocalUserPool } from '../../src/local/local-user-pool.ts';
import { freePort } from './free-port.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** A running example. */
export interface Running {
  readonly process: ChildProcess;
  /** Returns the output so far. */
  output(): string;
  /** Waits for output that matches the pattern. */
  prints(pattern: RegExp): Promise<RegExpExecArray>;
  exitCode(): Promise<number | null>;
}

const running = new Set<ChildProcess>();

/** Runs a file of the examples like a user, with only the given COGNITO_* variables. */
export function start(file: string, env: NodeJS.ProcessEnv, nodeOptions: string[] = []): Running {
  const inherited = Object.entries(process.env).filter(([name]) => !/^(COGNITO_|PORT$|NODE_)/.test(name));
  const child = spawn(process.execPath, ['--import', 'tsx', ...nodeOptions, file], {
    cwd: ROOT,
    env: { ...Object.fromEntries(inherited), ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  running.add(child);
  const exited = once(child, 'close').then(([code]) => {
    running.delete(child);
    return code as number | null;
  });
  let text = '';
  const waiting = new Set<() => void>();
  const read = (chunk: Buffer): void => {
    text += chunk.toString();
    for (const look of waiting) look();
  };
  child.stdout.on('data', read);
  child.stderr.on('data', read);
  return {
    process: child,
    output: () => text,
    exitCode: () => exited,
    prints: (pattern) =>
      new Promise((resolve, reject) => {
        const look = (): void => {
          const match = pattern.exec(text);
          if (!match) return;
          waiting.delete(look);
          resolve(match);
        };
        waiting.add(look);
        look();
        exited.then((code) =>
          reject(new Error(`${file} ended with ${code} before it printed ${pattern}:\n${text}`)),
        );
      }),
  };
}

export async function stopAll(): Promise<void> {
  await Promise.all(
    [...running].map((child) => {
      child.kill();
      return once(child, 'close');
    }),
  );
}

export async function startApp(file: string, pool: LocalUserPool): Promise<string> {
  const app = start(file, { PORT: String(await freePort()), ...settingsOf(pool) });
  const [, url = ''] = await app.prints(/(http:\/\/localhost:\d+)/);
  return url;
}

export function settingsOf({ config }: LocalUserPool): Record<string, string> {
  return {
    COGNITO_USER_POOL_ID: config.userPoolId,
    COGNITO_CLIENT_ID: config.clientId,
    COGNITO_ENDPOINT: config.endpoint,
  };
}
