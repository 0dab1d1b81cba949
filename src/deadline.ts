import type { Response } from 'express';

/** Ends what a request has begun upstream: when its time is up, or when its client has gone away. */
export interface Deadline {
  readonly signal: AbortSignal;
  /** Starts the clock, once. Time that the client takes to send its body does not count. */
  start(): void;
  /** Whether time ran out, as opposed to the client going away. */
  expired(): boolean;
  stop(): void;
}

export function createDeadline(res: Response, ms: number): Deadline {
  const controller = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  let expired = false;
  const onClose = (): void => {
    if (!res.writableFinished) controller.abort();
  };
  res.once('close', onClose);
  return {
    signal: controller.signal,
    start: () => {
      timer ??= setTimeout(() => {
        expired = true;
        controller.abort();
      }, ms);
    },
    expired: () => expired,
    stop: () => {
      clearTimeout(timer);
      res.off('close', onClose);
    },
  };
}
