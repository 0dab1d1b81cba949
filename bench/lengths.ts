import type { Lengths } from './duel.ts';

/** How long each part takes. */
export interface RunLengths {
  /** Rounds of matches. */
  readonly rounds: number;
  readonly route: Lengths;
  readonly signIn: Lengths;
  readonly manySignIns: Lengths;
  /** Fresh processes for each figure of a start. */
  readonly starts: number;
  readonly zipfTokens: number;
  /** Requests under the profiler. */
  readonly profiled: number;
}

/** V8 goes on optimizing these servers for more than 10,000 requests, and the one that does more for longer. */
export const FULL: RunLengths = {
  rounds: 2,
  route: { warmUp: 12_000, window: 1000, windows: 8 },
  signIn: { warmUp: 4000, window: 500, windows: 8 },
  manySignIns: { warmUp: 2500, window: 1000, windows: 2 },
  starts: 15,
  zipfTokens: 10_000,
  profiled: 8000,
};

/** Good for a look, and to see that everything runs. */
export const QUICK: RunLengths = {
  rounds: 1,
  route: { warmUp: 300, window: 100, windows: 2 },
  signIn: { warmUp: 100, window: 50, windows: 2 },
  manySignIns: { warmUp: 250, window: 250, windows: 1 },
  starts: 1,
  zipfTokens: 500,
  profiled: 500,
};
