import type { Response } from 'express';

/** Aborts the upstream calls of a request at a timeout, or when the client disconnects. */
export interface Deadline {
  readonly signal: StopSignal;
  /** Starts the timer, once. The time for receiving the body does not count. */
  start(): void;
  /** Whether the timer ran out, as opposed to a disconnect of the client. */
  expired(): boolean;
  stop(): void;
}

/** The client closed its connection before the answer. */
export class ClientDisconnected extends Error {
  override readonly name = 'ClientDisconnected';

  constructor() {
    super('The client has disconnected.');
  }
}

/** The subset of AbortSignal that the AWS SDK uses. A real one took 7 % of the CPU time of a sign-in. */
export class StopSignal {
  aborted = false;
  reason: Error | undefined;
  readonly #listeners = new Set<() => void>();

  addEventListener(_type: 'abort', listener: () => void): void {
    this.#listeners.add(listener);
  }

  removeEventListener(_type: 'abort', listener: () => void): void {
    this.#listeners.delete(listener);
  }

  abort(reason: Error): void {
    if (this.aborted) return;
    this.aborted = true;
    this.reason = reason;
    for (const listener of this.#listeners) listener();
    this.#listeners.clear();
  }
}

/** Creates a deadline of `ms` milliseconds. Without a response, a disconnect cannot end it. */
export function createDeadline(res: Response | undefined, ms: number): Deadline {
  const signal = new StopSignal();
  let timer: NodeJS.Timeout | undefined;
  let expired = false;
  const onClose = (): void => {
    if (!res?.writableFinished) signal.abort(new ClientDisconnected());
  };
  res?.once('close', onClose);
  return {
    signal,
    start: () => {
      timer ??= setTimeout(() => {
        expired = true;
        signal.abort(new Error(`No answer within ${ms} ms.`));
      }, ms);
    },
    expired: () => expired,
    stop: () => {
      clearTimeout(timer);
      res?.off('close', onClose);
    },
  };
}
