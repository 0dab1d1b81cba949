import { once } from 'node:events';
import { Session } from 'node:inspector/promises';
import type { AddressInfo } from 'node:net';
import { optionsOfChild, tellParent } from './child.ts';
import { appOf } from './contenders/app.ts';
import type { Contender } from './contenders/contender.ts';

/** What a server under test says once it listens. */
export interface Listening {
  readonly port: number;
  /** Headers of a request that it accepts, if it made a session. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** What a server under test has used so far. */
export interface Usage {
  /** Microseconds of CPU time of the whole process. */
  readonly cpu: number;
  readonly requests: number;
}

export type Question = 'usage' | 'start-profile' | 'stop-profile';

const SAMPLE_MICROSECONDS = 200;

const { app, headers, ready } = await appOf(optionsOfChild<Contender>());
await ready?.();
const server = app.listen(0, '127.0.0.1', 2048);
// A busy load may leave a connection idle for longer than the default of 5 seconds.
server.keepAliveTimeout = 75_000;
let requests = 0;
server.on('request', () => {
  requests += 1;
});
await once(server, 'listening');

const session = new Session();

async function answerTo(question: Question): Promise<object> {
  switch (question) {
    case 'usage': {
      const { user, system } = process.cpuUsage();
      return { cpu: user + system, requests } satisfies Usage;
    }
    case 'start-profile':
      session.connect();
      await session.post('Profiler.enable');
      await session.post('Profiler.setSamplingInterval', { interval: SAMPLE_MICROSECONDS });
      await session.post('Profiler.start');
      return {};
    case 'stop-profile':
      return (await session.post('Profiler.stop')).profile;
  }
}

process.on('message', async (question: Question) => tellParent(await answerTo(question)));
tellParent({
  port: (server.address() as AddressInfo).port,
  ...(headers && { headers }),
} satisfies Listening);
