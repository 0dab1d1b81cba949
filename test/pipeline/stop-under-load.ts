import { Agent, request } from 'node:http';
import type { Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { startLocalUserPool } from '../../src/local/local-user-pool.ts';
import { settingsOf, start } from '../support/example-process.ts';
import { head, openSocket, readAnswer } from '../support/raw-http.ts';

/**
 * Stops an app that has requests in progress, and reports the outcome of each:
 *
 *     node --import tsx test/pipeline/stop-under-load.ts            # as docs/operations.md says
 *     node --import tsx test/pipeline/stop-under-load.ts abrupt     # server.close(); auth.close()
 */

/** The outcome of one request. */
export interface Outcome {
  readonly client: string;
  /** Whether the request was sent before the stop signal. */
  readonly before: boolean;
  /** A status, or the code of the error. */
  readonly result: number | string;
  readonly retryAfter: string | undefined;
}

export interface Stopped {
  readonly outcomes: readonly Outcome[];
  readonly exitCode: number | null;
  /** From the signal to the end of the process. */
  readonly ms: number;
  readonly output: string;
}

/** Latency of Cognito for a sign-in. */
const LATENCY_MS = 400;
const SIGN_INS = 20;
/** Time until the clients disconnect, which releases a process that waits for them. */
const CLIENT_TIMEOUT_MS = 20_000;
const PASSWORD = 'Correct-horse-7';
const LOOPS = 8;

/**
 * Whether the outcome is a failure. A success is not, and after the signal neither is a 503 with Retry-After or no connection.
 * The system resets a connection that the app had not accepted yet.
 */
export function isBroken({ before, result, retryAfter }: Outcome): boolean {
  if (result === 200) return false;
  if (before) return true;
  if (result === 503) return retryAfter === undefined;
  return result !== 'ECONNREFUSED' && result !== 'ECONNRESET';
}

export async function stopUnderLoad({
  recipe = 'kit',
  nodeOptions = [],
}: {
  recipe?: string;
  nodeOptions?: string[];
} = {}): Promise<Stopped> {
  const email = 'ada@example.com';
  const pool = await startLocalUserPool({ quiet: true, users: [{ username: email, password: PASSWORD }] });
  pool.faults.inject({ kind: 'delay', ms: LATENCY_MS, on: 'InitiateAuth' });
  const app = start(
    fileURLToPath(new URL('stopping-app.ts', import.meta.url)),
    { ...settingsOf(pool), RECIPE: recipe },
    nodeOptions,
  );
  const [, url = ''] = await app.prints(/(http:\/\/\S+)/);
  const { accessToken } = pool.tokensFor(email);
  const signIn = JSON.stringify({ email, password: PASSWORD });

  const outcomes: Outcome[] = [];
  let signalled = false;
  const agent = new Agent({ keepAlive: true });
  const sockets: Socket[] = [];

  /** Sends one request and records its outcome. */
  function send(
    client: string,
    path: string,
    body?: string,
    ownAgent: Agent | false = false,
  ): Promise<Outcome> {
    return new Promise((resolve) => {
      let before = false;
      const req = request(url + path, {
        method: body === undefined ? 'GET' : 'POST',
        agent: ownAgent,
        headers: {
          authorization: `Bearer ${accessToken}`,
          ...(body !== undefined && { 'content-type': 'application/json', 'content-length': body.length }),
        },
      });
      const settle = (result: number | string, retryAfter?: string): void => {
        const outcome = { client, before, result, retryAfter };
        outcomes.push(outcome);
        resolve(outcome);
      };
      req.on('finish', () => {
        before = !signalled;
      });
      req.on('error', (error) => settle((error as NodeJS.ErrnoException).code ?? error.message));
      req.on('response', (res) => {
        res.resume();
        res.on('error', () => settle('ECONNRESET in the response'));
        res.on('end', () => settle(res.statusCode ?? 0, res.headers['retry-after']));
      });
      req.end(body);
    });
  }

  /** Sends requests until the server is gone or the timeout is over. */
  async function loop(client: string, path: string, ownAgent: Agent | false, body?: string): Promise<void> {
    const end = performance.now() + CLIENT_TIMEOUT_MS;
    while (performance.now() < end) {
      const { result } = await send(client, path, body, ownAgent);
      if (result === 'ECONNREFUSED') return;
      await sleep(5);
    }
  }

  async function socket(...parts: string[]): Promise<Socket> {
    const opened = await openSocket(url);
    sockets.push(opened);
    opened.on('error', () => undefined);
    for (const part of parts) opened.write(part);
    return opened;
  }

  // Connections that keep a process running unless they are closed.
  await socket();
  await socket('POST /auth/sign-in HTTP/1.1\r\nHost: local');
  await socket(head('/auth/sign-in', { 'content-length': 100 }), '{"email":');
  await socket(head('/reports', { 'content-length': 100 }), '{');
  const idle = await socket('GET /auth/health HTTP/1.1\r\nHost: localhost\r\n\r\n');
  await readAnswer(idle);

  const loops = [
    ...Array.from({ length: LOOPS }, () => loop('keep-alive', '/reports', agent)),
    ...Array.from({ length: LOOPS }, () => loop('keep-alive, sign-in', '/auth/sign-in', agent, signIn)),
    ...Array.from({ length: LOOPS }, () => loop('new connection', '/reports', false)),
  ];
  await sleep(1000);

  const slow = send('route of the app', '/slow');
  const signIns = Array.from({ length: SIGN_INS }, () => send('sign-in', '/auth/sign-in', signIn));
  const gone = await socket(head('/auth/sign-in', { 'content-length': signIn.length }), signIn);
  const late = await socket(head('/auth/sign-in', { 'content-length': signIn.length }), signIn.slice(0, 9));
  await sleep(100);
  gone.destroy();

  signalled = true;
  const at = performance.now();
  app.process.kill('SIGTERM');
  setTimeout(() => late.write(signIn.slice(9)), 300);
  const lateAnswer = await readAnswer(late);
  outcomes.push({
    client: 'slow body',
    before: true,
    result: lateAnswer?.status ?? 'ECONNRESET',
    retryAfter: undefined,
  });
  await Promise.all([...signIns, slow, ...loops]);
  const timer = setTimeout(() => {
    for (const each of sockets) each.destroy();
  }, CLIENT_TIMEOUT_MS);
  const exitCode = await app.exitCode();
  const ms = performance.now() - at;
  clearTimeout(timer);
  agent.destroy();
  for (const each of sockets) each.destroy();
  await pool.close();
  return { outcomes, exitCode, ms, output: app.output() };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { outcomes, exitCode, ms, output } = await stopUnderLoad({ recipe: process.argv[2] ?? 'kit' });
  const rows = new Map<string, { requests: number; broken: number }>();
  for (const outcome of outcomes) {
    const key = [outcome.client, outcome.before ? 'before' : 'after', outcome.result].join(' | ');
    const row = rows.get(key) ?? { requests: 0, broken: 0 };
    row.requests++;
    if (isBroken(outcome)) row.broken++;
    rows.set(key, row);
  }
  console.table(Object.fromEntries([...rows].sort()));
  console.log(`broken: ${outcomes.filter(isBroken).length} of ${outcomes.length}`);
  console.log(`the process ended with ${exitCode} after ${Math.round(ms)} ms ${output.split('\n').slice(1)}`);
}
