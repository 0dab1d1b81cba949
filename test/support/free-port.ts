import { once } from 'node:events';
import { createServer } from 'node:net';

/** Below the ephemeral ports of operating systems, so that concurrent test files do not take them. */
const LOWEST = 20_000;
const COUNT = 12_000;

/** Returns a free port, for a program that cannot listen on port 0. */
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

/** A server that cannot be reached: no program listens at port 1. A port that was closed may be another test's by now. */
export const UNREACHABLE = 'http://127.0.0.1:1';
