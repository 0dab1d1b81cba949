import { Agent, request } from 'node:http';
import type { Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { startLocalUserPool } from '../../src/local/local-user-pool.ts';
import { settingsOf, start } from '../support/example-process.ts';
import { head, openSocket, readAnswer } from '../support/raw-http.ts';

/**
 * Stops an app that has requests under way, and tells what came of each of them:
 *
 *     node --import tsx test/pipeline/stop-under-load.ts            # as docs/operations.md says
 *     node --import tsx test/pipeline/stop-under-load.ts abrupt     # server.close(); auth.close()
 */

/** What a client got. */
export interface Outcome {
  readonly client: string;
  /** Whether its headers had left when the app was told to stop. */
  readonly before: boolean;
  /** A status, or the code of the error. */
  readonly got: number | string;
  readonly retryAfter: string | undefined;
}

export interface Stopped {
  readonly outcomes: readonly Outcome[];
  readonly exitCode: number | null;
  /** From the signal to the end of the process. */
  readonly ms: number;
  readonly output: string;
}

/** Cognito's time for a sign-in. */
const LATENCY_MS = 400;
const SIGN_INS = 20;
/** After this the clients go, and a process that they held is let go. */
const PATIENCE_MS = 20_000;
const PASSWORD = 'Correct-horse-7';
const LOOPS = 8;

/**
 * Whether it is none of: a good answer; no connection; or, to those that came later, a 503 that says when to try again.
 * A connection that the system had made, and the app had not taken, is reset.
 */
export function isBroken({ before, got, retryAfter }: Outcome): boolean {
  if (got === 200) return false;
  if (before) return true;
  if (got === 503) return retryAfter === undefined;
  return got !== 'ECONNREFUSED' && got !== 'ECONNRESET';
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

  /** One request, and what comes of it. */
  function ask(
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
      const settle = (got: number | string, retryAfter?: string): void => {
        const outcome = { client, before, got, retryAfter };
        outcomes.push(outcome);
        resolve(outcome);
      };
      req.on('finish', () => {
        before = !signalled;
      });
      req.on('error', (error) => settle((error as NodeJS.ErrnoException).code ?? error.message));
      req.on('response', (res) => {
        res.resume();
        res.on('error', () => settle('ECONNRESET in the answer'));
        res.on('end', () => settle(res.statusCode ?? 0, res.headers['retry-after']));
      });
      req.end(body);
    });
  }

  /** A client that goes on until there is no server any more, or for so long. */
  async function loop(client: string, path: string, ownAgent: Agent | false, body?: string): Promise<void> {
    const end = performance.now() + PATIENCE_MS;
    while (performance.now() < end) {
      const { got } = await ask(client, path, body, ownAgent);
      if (got === 'ECONNREFUSED') return;
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

  // Those that would hold the process for ever.
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

  const slow = ask("the app's own", '/slow');
  const signIns = Array.from({ length: SIGN_INS }, () => ask('sign-in', '/auth/sign-in', signIn));
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
    got: lateAnswer?.status ?? 'ECONNRESET',
    retryAfter: undefined,
  });
  await Promise.all([...signIns, slow, ...loops]);
  const timer = setTimeout(() => {
    for (const each of sockets) each.destroy();
  }, PATIENCE_MS);
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
    const key = [outcome.client, outcome.before ? 'before' : 'after', outcome.got].join(' | ');
    const row = rows.get(key) ?? { requests: 0, broken: 0 };
    row.requests++;
    if (isBroken(outcome)) row.broken++;
    rows.set(key, row);
  }
  console.table(Object.fromEntries([...rows].sort()));
  console.log(`broken: ${outcomes.filter(isBroken).length} of ${outcomes.length}`);
  console.log(`the process ended with ${exitCode} after ${Math.round(ms)} ms ${output.split('\n').slice(1)}`);
}
