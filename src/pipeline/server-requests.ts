import { subscribe } from 'node:diagnostics_channel';
import type { Server as HttpServer, ServerResponse } from 'node:http';
import type { Server as HttpsServer } from 'node:https';

/** A server as `app.listen()` and `createServer()` make it. */
export type Server = HttpServer | HttpsServer;

/** Requests that have not been answered in full. */
export interface OpenRequests {
  /** Those that have arrived in full. */
  readonly received: number;
  /** Those whose body is still on its way, or will never come. */
  readonly incomplete: number;
}

const openResponses = new WeakMap<Server, Set<ServerResponse>>();
const ending = new WeakSet<Server>();
let watching = false;

/**
 * Keeps count of the open requests of every server in the process. A server itself knows its connections alone, and
 * cannot tell a request that is being answered from one that a client never finished.
 */
export function watchServers(): void {
  if (watching) return;
  watching = true;
  subscribe('http.server.request.start', (message) => {
    const { response, server } = message as { response: ServerResponse; server: Server };
    const open = openResponses.get(server) ?? new Set();
    openResponses.set(server, open.add(response));
    response.once('close', () => open.delete(response));
    if (ending.has(server)) endConnectionAfter(response);
  });
}

export function openRequests(server: Server): OpenRequests {
  const open = [...(openResponses.get(server) ?? [])];
  const received = open.filter(({ req }) => req.complete).length;
  return { received, incomplete: open.length - received };
}

/** Has each answer from now on say that it is the last one on its connection. */
export function endConnections(server: Server): void {
  ending.add(server);
  for (const response of openResponses.get(server) ?? []) endConnectionAfter(response);
}

function endConnectionAfter(response: ServerResponse): void {
  if (!response.headersSent) response.setHeader('Connection', 'close');
}
