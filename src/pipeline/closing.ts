import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises';
import { type CognitoClient, untilAborted } from '../cognito/client.ts';
import { StopSignal } from '../shared/deadline.ts';
import { checkOptionNames, wholeOption, wrongOption } from '../shared/option-errors.ts';
import { ProblemError, problem } from '../shared/problem.ts';
import { endConnections, openRequests, type Server, watchServers } from './server-requests.ts';

/** How a router is closed. */
export interface CloseOptions {
  /**
   * The server that the app listens with. It is closed with the router: it takes no more connections, answers the
   * requests that it has, those of the app's other routes too, and ends the connections of clients that have sent none, or
   * half of one. Several routers are each given it. Default: the server is the app's to close.
   */
  server?: Server | undefined;
  /**
   * Milliseconds, 600,000 at most, after which what is still under way is ended. Default: three seconds more than
   * `timeouts.call`, thus 8,000.
   */
  timeoutMs?: number | undefined;
}

/** What happens at the end of a router: requests and refreshes under way are finished, and nothing new is begun. */
export class Closing {
  /** Aborts when a request is not waited for any more whose body has not arrived. */
  readonly bodies: StopSignal = new StopSignal();
  /** Aborts when nothing is waited for any more. */
  readonly calls: StopSignal = new StopSignal();
  #begun = false;
  #underWay = 0;
  readonly #defaultTimeoutMs: number;

  constructor(callTimeoutMs: number) {
    this.#defaultTimeoutMs = callTimeoutMs + AFTER_CALL_MS;
    watchServers();
  }

  /** Whether new requests to the router are refused. */
  get begun(): boolean {
    return this.#begun;
  }

  /** Has the end wait until the returned function is called. */
  hold(): () => void {
    this.#underWay++;
    return () => {
      this.#underWay--;
    };
  }

  /** Has the end wait for the work, if it is a promise. */
  waitFor<W>(work: W): W {
    return work instanceof Promise ? (work.finally(this.hold()) as W) : work;
  }

  /** Cognito, for as long as anything is waited for. */
  whileOpen(cognito: CognitoClient): CognitoClient {
    const { calls } = this;
    return {
      ...cognito,
      async send(...call) {
        if (calls.aborted) throw calls.reason;
        return untilAborted(cognito.send(...call), calls);
      },
    };
  }

  /** Resolves with whether everything had ended by itself. Throws a `TypeError` for options that are wrong. */
  close(options: CloseOptions): Promise<boolean> {
    const { server, timeoutMs = this.#defaultTimeoutMs } = parseCloseOptions(options);
    return this.#close(server, timeoutMs);
  }

  async #close(server: Server | undefined, timeoutMs: number): Promise<boolean> {
    const end = performance.now() + timeoutMs;
    if (server) {
      endConnections(server);
      await sleep(Math.min(LET_IN_MS, timeoutMs));
      await lastConnection(server, Math.min(end, performance.now() + LAST_CONNECTION_MS));
    }
    this.#begun = true;
    const closed = server && closeServer(server);
    const patience = setTimeout(() => this.bodies.abort(SHUTTING_DOWN), SLOW_BODY_MS);
    const finished = await until(end, () => this.#underWay === 0 && !this.#isBusy(server));
    clearTimeout(patience);
    this.bodies.abort(SHUTTING_DOWN);
    this.calls.abort(SHUTTING_DOWN);
    if (!finished) await until(performance.now() + LAST_ANSWERS_MS, () => !this.#isBusy(server));
    server?.closeAllConnections();
    await Promise.race([closed, sleep(GONE_MS, undefined, { ref: false })]);
    return finished;
  }

  #isBusy(server: Server | undefined): boolean {
    if (!server) return false;
    // An answer that had begun could not say that its connection ends.
    server.closeIdleConnections();
    const { received, incomplete } = openRequests(server);
    return received > 0 || (incomplete > 0 && !this.bodies.aborted);
  }
}

/** Another instance takes the request, if it comes over another connection. */
export const SHUTTING_DOWN: ProblemError = new ProblemError(
  problem('shutting_down', { headers: { 'Retry-After': '1', Connection: 'close' } }),
);

/** What a request takes beyond its call: its body, the stores, and its answer. */
const AFTER_CALL_MS = 3000;

/**
 * For so long the server goes on as ever but for `Connection: close`: clients that keep connections alive give them up,
 * instead of sending a request on one that is being closed.
 */
const LET_IN_MS = 100;
/** After this, connections that were made and not taken are reset. */
const LAST_CONNECTION_MS = 1000;
const SHORT_TURN_MS = 1;

/** A client may be slow, but one that never sends the rest must not hold the process. */
const SLOW_BODY_MS = 2000;

/** For those to be told of it whose requests were ended. */
const LAST_ANSWERS_MS = 200;

/** For the connections to be gone; but not those of WebSockets, which are the app's to end. */
const GONE_MS = 100;

const POLL_MS = 20;

/** Whether it came true in time. */
async function until(end: number, isTrue: () => boolean): Promise<boolean> {
  for (;;) {
    // One piece of work may begin the next.
    if (isTrue() && (await nextTurn(true)) && isTrue()) return true;
    if (performance.now() >= end) return false;
    await sleep(POLL_MS);
  }
}

/** Waits until no connection is waiting to be taken: Node takes one a turn, and would reset the others. */
async function lastConnection(server: Server, end: number): Promise<void> {
  let taken = 0;
  const count = (): void => {
    taken++;
  };
  server.on('connection', count);
  for (let now = performance.now(); now < end; ) {
    const before = { taken, now };
    await nextTurn();
    now = performance.now();
    // In a longer one another may have come.
    if (taken === before.taken && now - before.now < SHORT_TURN_MS) break;
  }
  server.off('connection', count);
}

/** Takes no more connections. Resolves when the last one has ended. */
async function closeServer(server: Server): Promise<void> {
  if (!server.listening) return;
  await new Promise((resolve) => server.close(resolve));
}

function parseCloseOptions(options: CloseOptions): CloseOptions {
  checkOptionNames('close', options, ['server', 'timeoutMs']);
  const { server, timeoutMs } = options;
  if (server !== undefined && typeof (server as Partial<Server> | null)?.closeAllConnections !== 'function') {
    throw wrongOption('server', server, 'write what app.listen() or createServer() returned');
  }
  return { server, timeoutMs: wholeOption('timeoutMs', timeoutMs, [0, 600_000]) };
}
