import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { LocalUserPool } from '../../src/local/local-user-pool.ts';
import { settingsOf } from '../support/example-process.ts';
import { freePort } from '../support/free-port.ts';
import type { FromInstance } from './fleet-app.ts';

const APP = fileURLToPath(new URL('fleet-app.ts', import.meta.url));

/** Longer than `auth.close()` takes at most. */
const STOP_MS = 20_000;

/** One process of the app. */
export interface Instance {
  readonly port: number;
  /** Stops the process like a deployment, and starts it again. */
  restart(): Promise<void>;
  usage(): Promise<{ readonly cpu: number; readonly rss: number }>;
  stop(): Promise<void>;
}

export interface Shared {
  readonly pool: LocalUserPool;
  readonly redisUrl: string;
}

/** Starts instances that share a user pool and a Redis. */
export function startInstances(count: number, shared: Shared): Promise<Instance[]> {
  return Promise.all(Array.from({ length: count }, () => startInstance(shared)));
}

async function startInstance({ pool, redisUrl }: Shared): Promise<Instance> {
  const port = await freePort();
  const env = {
    ...process.env,
    ...settingsOf(pool),
    PORT: String(port),
    REDIS_URL: redisUrl,
    RATE_LIMIT_SECRET: 'a secret for all instances',
    NODE_NO_WARNINGS: '1',
  };
  const launch = async (): Promise<ChildProcess> => {
    const child = fork(APP, { env, execArgv: ['--import', 'tsx', '--expose-gc'] });
    await answerOf(child, 'listening');
    return child;
  };
  let child = await launch();
  const stop = async (): Promise<void> => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const exit = once(child, 'exit');
    child.kill('SIGTERM');
    const late = setTimeout(() => child.kill('SIGKILL'), STOP_MS);
    const [code, signal] = await exit;
    clearTimeout(late);
    if (code !== 0) throw new Error(`An instance ended with ${code ?? signal}.`);
  };
  return {
    port,
    stop,
    restart: async () => {
      await stop();
      child = await launch();
    },
    usage: () => {
      const answer = answerOf(child, 'usage');
      child.send('usage');
      return answer;
    },
  };
}

type Told<Kind extends FromInstance['kind']> = Extract<FromInstance, { kind: Kind }>;

function answerOf<Kind extends FromInstance['kind']>(child: ChildProcess, kind: Kind): Promise<Told<Kind>> {
  return new Promise((resolve, reject) => {
    const read = (message: FromInstance): void => {
      if (message.kind !== kind) return;
      child.off('message', read).off('exit', fail);
      resolve(message as Told<Kind>);
    };
    const fail = (code: number | null): void => reject(new Error(`An instance ended with ${code}.`));
    child.on('message', read).once('exit', fail);
  });
}
