import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** An event of Cognito, as a function receives it. */
// biome-ignore lint/suspicious/noExplicitAny: a function of another language has no types.
type LambdaEvent = any;

interface Invocation {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly event: LambdaEvent;
}

/** A server that speaks the Lambda Invoke API. */
interface LambdaServer {
  readonly endpoint: string;
  readonly invocations: Invocation[];
}

const running: Server[] = [];

/** Starts a server whose functions answer with `answer`: an event, or what they do with the response. */
export async function startLambdaServer(
  answer: (event: LambdaEvent, res: ServerResponse, path: string) => unknown = (event) => event,
): Promise<LambdaServer> {
  const invocations: Invocation[] = [];
  const server = createServer(async (req, res) => {
    const chunks: Buffer[] = [];
    for await (const chunk of req as AsyncIterable<Buffer>) chunks.push(chunk);
    const event: LambdaEvent = JSON.parse(Buffer.concat(chunks).toString());
    const path = req.url ?? '';
    invocations.push({ path, headers: req.headers, event: structuredClone(event) });
    const result = await answer(event, res, path);
    if (result !== undefined) res.end(JSON.stringify(result));
  });
  running.push(server);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, invocations };
}

/** Closes all servers, in `afterEach`. */
export function closeLambdaServers(): void {
  for (const server of running.splice(0)) {
    server.close();
    server.closeAllConnections();
  }
}
