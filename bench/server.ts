import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { optionsOfChild, tellParent } from './child.ts';
import { appOf } from './contender-apps.ts';
import type { Contender } from './contenders.ts';

/** What a server under test has used so far. */
export interface Usage {
  /** Microseconds of CPU time of the whole process. */
  readonly cpu: number;
  readonly requests: number;
}

const app = await appOf(optionsOfChild<Contender>());
const server = app.listen(0, '127.0.0.1');
let requests = 0;
server.on('request', () => {
  requests += 1;
});
await once(server, 'listening');
process.on('message', () => {
  const { user, system } = process.cpuUsage();
  tellParent({ cpu: user + system, requests } satisfies Usage);
});
tellParent({ port: (server.address() as AddressInfo).port });
