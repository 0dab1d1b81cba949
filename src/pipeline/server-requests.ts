import { subscribe } from 'node:diagnostics_channel';
import type { Server as HttpServer, ServerResponse } from 'node:http';
import type { Server as HttpsServer } from 'node:https';
import type { Socket } from 'node:net';
import { Server as TlsServer } from 'node:tls';

/** A server that `app.listen()` or `createServer()` returned. */
export type Server = HttpServer | HttpsServer;

/** Requests without a complete response. */
export interface OpenRequests {
  /** Requests that were received completely. */
  readonly received: number;
  /** Requests whose body is incomplete, perhaps forever. */
  readonly incomplete: number;
}

const unusedConnections = new WeakMap<Server, Set<Socket>>();
const openResponses = new WeakMap<Server, Set<ServerResponse>>();
const ending = new WeakSet<Server>();
let watching = false;

/** A message of Node's channel `http.server.request.start`. */
interface StartedRequest {
  readonly response: ServerResponse;
  readonly server: Server;
  readonly socket: Socket;
}

/**
 * Tracks the open requests of every server in the process. A server itself tracks connections only, and
 * cannot tell a request in progress from one that its client never completed.
 */
export function watchServers(): void {
  if (watching) return;
  watching = true;
  subscribe('http.server.request.start', (message) => {
    const { response, server, socket } = message as StartedRequest;
    unusedConnections.get(server)?.delete(socket);
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

/** Returns the connections from now on that have sent no request yet. */
export function watchNewConnections(server: Server): ReadonlySet<Socket> {
  const known = unusedConnections.get(server);
  if (known) return known;
  const unused = new Set<Socket>();
  unusedConnections.set(server, unused);
  server.on(server instanceof TlsServer ? 'secureConnection' : 'connection', (socket: Socket) => {
    unused.add(socket);
    socket.once('close', () => unused.delete(socket));
  });
  return unused;
}

/** Makes every response from now on the last one of its connection. */
export function endConnections(server: Server): void {
  ending.add(server);
  for (const response of openResponses.get(server) ?? []) endConnectionAfter(response);
}

function endConnectionAfter(response: ServerResponse): void {
  if (!response.headersSent) response.setHeader('Connection', 'close');
}
