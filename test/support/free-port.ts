import { once } from 'node:events';
import { createServer } from 'node:net';

/** Below the ports that systems give to those who ask for any: test files that run side by side take none of these. */
const LOWEST = 20_000;
const COUNT = 12_000;

/** Returns a port for a program that cannot take any free one. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = LOWEST + Math.floor(Math.random() * COUNT);
    const server = createServer().listen(port);
    try {
      await once(server, 'listening');
    } catch {
      continue;
    }
    server.close();
    await once(server, 'close');
    return port;
  }
}
