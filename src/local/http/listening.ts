import { once } from 'node:events';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';

/** Returns the port. The default is the last one, because tokens name it in their issuer. */
export async function listen(server: Server, host: string, given?: number, last?: number): Promise<number> {
  server.listen(given ?? last ?? 0, host);
  try {
    await once(server, 'listening');
  } catch (error) {
    if (given !== undefined || last === undefined) throw error;
    throw new Error(
      `The local user pool cannot listen on port ${last}, where the state file had it: ${(error as Error).message}. ` +
        'Free the port, or set port.',
      { cause: error },
    );
  }
  return (server.address() as AddressInfo).port;
}

/** Closes the server and its sockets. */
export async function stop(server: Server): Promise<void> {
  const closed = once(server, 'close');
  server.close();
  server.closeAllConnections();
  await closed;
}

/** Returns the host and the port of a URL that clients on this machine can reach. */
export function authorityOf(host: string, port: number): string {
  const reachable = host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host;
  return `${reachable.includes(':') ? `[${reachable}]` : reachable}:${port}`;
}
