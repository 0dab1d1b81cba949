import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises';
import { type CognitoClient, untilAborted } from '../cognito/client.ts';
import { StopSignal } from '../shared/deadline.ts';
import { checkOptionNames, optionError, wholeOption, wrongOption } from '../shared/option-errors.ts';
import { ProblemError, problem } from '../shared/problem.ts';
import {
  endConnections,
  openRequests,
  type Server,
  watchNewConnections,
  watchServers,
} from './server-requests.ts';

/** Options of `router.close()`. */
export interface CloseOptions {
  /**
   * The server that the app listens with. It is closed with the router: it accepts no more connections,
   * answers the requests that it has received (also those of other routes), and ends connections with no
   * request or an incomplete one. Pass it to each router of the app. Default: the app closes its server.
   */
  server?: Server | undefined;
  /**
   * Milliseconds in which the server still accepts connections, and keeps idle ones, 600,000 at most. All its responses end
   * their connections meanwhile. Set more than the time after which a load balancer stops sending requests, or than the
   * idle timeout of a proxy's connections. It adds to `timeoutMs`, and requires `server`. Default: 100, within `timeoutMs`.
   */
  drainMs?: number | undefined;
  /**
   * Milliseconds until requests in progress are ended, 600,000 at most. Default: three seconds more than
   * `timeouts.call`, thus 8,000. With `hooks`, `timeouts.hook` is added, thus 13,000.
   */
  timeoutMs?: number | undefined;
}

/** Closes a router: requests and refreshes in progress finish, and new ones are refused. */
export class Closing {
  /** Aborts when the router stops waiting for bodies that have not arrived. */
  readonly bodies: StopSignal = new StopSignal();
  /** Aborts when the router stops waiting for calls. */
  readonly calls: StopSignal = new StopSignal();
  #begun = false;
  #underWay = 0;
  readonly #defaultTimeoutMs: number;

  /** Takes the time that the calls and the hooks of one request may take. */
  constructor(requestMs: number) {
    this.#defaultTimeoutMs = requestMs + AFTER_CALL_MS;
    watchServers();
  }

  /** Whether new requests to the router are refused. */
  get begun(): boolean {
    return this.#begun;
  }

  /** Delays the end until the returned function is called. */
  hold(): () => void {
    this.#underWay++;
    return () => {
      this.#underWay--;
    };
  }

  /** Delays the end until the promise is settled. */
  waitFor<W>(work: W): W {
    return work instanceof Promise ? (work.finally(this.hold()) as W) : work;
  }

  /** Returns a client whose calls are rejected once `calls` aborts. */
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

  /** Resolves when neither a request nor a call that follows a response is in progress. */
  async idle(): Promise<void> {
    await until(Number.POSITIVE_INFINITY, () => this.#underWay === 0);
  }

  /** Resolves with whether all requests finished in time. Throws a `TypeError` for invalid options. */
  close(options: CloseOptions): Promise<boolean> {
    const { server, drainMs, timeoutMs = this.#defaultTimeoutMs } = parseCloseOptions(options);
    const end = performance.now() + (drainMs ?? 0) + timeoutMs;
    if (server) return this.#closeServer(server, { end, drainMs: drainMs ?? Math.min(LET_IN_MS, timeoutMs) });
    this.#begun = true;
    return this.#finish(end, undefined, () => false);
  }

  async #closeServer(
    server: Server,
    { end, drainMs }: { readonly end: number; readonly drainMs: number },
  ): Promise<boolean> {
    endConnections(server);
    const unused = watchNewConnections(server);
    await sleep(drainMs);
    await lastConnection(server, Math.min(end, performance.now() + LAST_CONNECTION_MS));
    const closed = stopListening(server);
    const firstRequestsUntil = performance.now() + FIRST_REQUEST_MS;
    // Requests on open connections are served, because a proxy does not send a POST twice.
    const finished = await this.#finish(
      end,
      server,
      () => unused.size > 0 && performance.now() < firstRequestsUntil,
    );
    server.closeAllConnections();
    await Promise.race([closed, sleep(GONE_MS, undefined, { ref: false })]);
    return finished;
  }

  async #finish(end: number, server: Server | undefined, expectsRequest: () => boolean): Promise<boolean> {
    const patience = setTimeout(() => this.bodies.abort(SHUTTING_DOWN), SLOW_BODY_MS);
    const finished = await until(
      end,
      () => this.#underWay === 0 && !expectsRequest() && !this.#isBusy(server),
    );
    this.#begun = true;
    clearTimeout(patience);
    this.bodies.abort(SHUTTING_DOWN);
    this.calls.abort(SHUTTING_DOWN);
    if (!finished) await until(performance.now() + LAST_ANSWERS_MS, () => !this.#isBusy(server));
    return finished;
  }

  #isBusy(server: Server | undefined): boolean {
    if (!server) return false;
    // A response that had started before could not announce the end of its connection.
    server.closeIdleConnections();
    const { received, incomplete } = openRequests(server);
    return received > 0 || (incomplete > 0 && !this.bodies.aborted);
  }
}

/** A client that retries over another connection reaches another instance. */
export const SHUTTING_DOWN: ProblemError = new ProblemError(
  problem('shutting_down', { headers: { 'Retry-After': '1', Connection: 'close' } }),
);

/** The time that a request takes beyond its call: its body, the stores, and its response. */
const AFTER_CALL_MS = 3000;

/**
 * Only `Connection: close` changes in this time. Clients that keep connections alive then drop them, instead
 * of sending a request on one that is being closed.
 */
const LET_IN_MS = 100;
/** Time for the request of a connection that was accepted last. */
const FIRST_REQUEST_MS = 500;
/** After this, connections that the server has not accepted are reset. */
const LAST_CONNECTION_MS = 1000;
const SHORT_TURN_MS = 1;

/** A client may be slow, but an incomplete body must not keep the process alive. */
const SLOW_BODY_MS = 2000;

/** Time for the responses of requests that were ended. */
const LAST_ANSWERS_MS = 200;

/** Time for connections to end. WebSockets are excluded: the app ends them. */
const GONE_MS = 100;

const POLL_MS = 20;

/** Resolves with whether the condition came true in time. */
async function until(end: number, isTrue: () => boolean): Promise<boolean> {
  for (;;) {
    // Finished work may start more work.
    if (isTrue() && (await nextTurn(true)) && isTrue()) return true;
    if (performance.now() >= end) return false;
    await sleep(POLL_MS);
  }
}

/**
 * Waits until no connection is waiting to be accepted. Node accepts one in each turn of its event loop, and
 * would reset the others.
 */
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
    // A longer turn may have hidden a connection.
    if (taken === before.taken && now - before.now < SHORT_TURN_MS) break;
  }
  server.off('connection', count);
}

/**
 * Stops accepting connections. Resolves when the last one has ended. The server would end idle connections at once, and
 * from Node 26 also those whose first request is on its way.
 */
async function stopListening(server: Server): Promise<void> {
  if (!server.listening) return;
  const { closeIdleConnections } = server;
  await new Promise((resolve) => {
    server.closeIdleConnections = () => undefined;
    server.close(resolve);
    server.closeIdleConnections = closeIdleConnections;
  });
}

function parseCloseOptions(options: CloseOptions): CloseOptions {
  checkOptionNames('close', options, ['server', 'drainMs', 'timeoutMs']);
  const { server, drainMs, timeoutMs } = options;
  if (server !== undefined && typeof (server as Partial<Server> | null)?.closeAllConnections !== 'function') {
    throw wrongOption('server', server, 'write what app.listen() or createServer() returned');
  }
  if (drainMs !== undefined && server === undefined) {
    throw optionError('drainMs', 'drainMs is set without server; write server, or remove drainMs');
  }
  return {
    server,
    drainMs: wholeOption('drainMs', drainMs, [0, 600_000]),
    timeoutMs: wholeOption('timeoutMs', timeoutMs, [0, 600_000]),
  };
}
