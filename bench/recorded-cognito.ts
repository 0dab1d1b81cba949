import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { optionsOfChild, tellParent } from './child.ts';

/**
 * Answers every call with a sign-in that was recorded, some time later. The local user pool itself would
 * sign new tokens each time, and take the CPU from the servers under test.
 */

const { delayMs, answer } = optionsOfChild<{ delayMs: number; answer: string }>();
const headers = { 'content-type': 'application/x-amz-json-1.1', 'content-length': Buffer.byteLength(answer) };
const server = createServer((req, res) => {
  req.resume();
  const send = (): unknown => res.writeHead(200, headers).end(answer);
  if (delayMs === 0) send();
  else setTimeout(send, delayMs);
});
server.keepAliveTimeout = 75_000;
server.listen(0, '127.0.0.1', 2048);
await once(server, 'listening');
tellParent({ endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}` });
