import type { UpstreamFault } from '../cognito/upstream-fault.ts';
import { recordKey } from '../session/refresh-record.ts';
import type { Problem } from '../shared/problem.ts';

/** A browser repeats a refused refresh with every request. Cognito is asked once in this time. */
const PAUSE_MS = 30_000;

/** Maximum number of pauses, 150 bytes each. */
const MAX_PAUSES = 10_000;

interface Pause {
  readonly until: number;
  /** The answer, or undefined if the request counts as one without a token. */
  readonly answer: Problem | undefined;
}

/** Refresh tokens whose refusal by Cognito will last for a while, such as one by a trigger. */
export class RefreshPauses {
  readonly #pauses = new Map<string, Pause>();

  find(refreshToken: string, deviceKey: string | undefined): Pause | undefined {
    if (this.#pauses.size === 0) return undefined;
    const pause = this.#pauses.get(recordKey(refreshToken, deviceKey ?? ''));
    return pause !== undefined && pause.until > Date.now() ? pause : undefined;
  }

  add(refreshToken: string, deviceKey: string | undefined, answer: Problem | undefined): void {
    const now = Date.now();
    for (const [key, { until }] of this.#pauses) {
      if (until > now && this.#pauses.size < MAX_PAUSES) break;
      this.#pauses.delete(key);
    }
    const key = recordKey(refreshToken, deviceKey ?? '');
    this.#pauses.delete(key);
    this.#pauses.set(key, { until: now + PAUSE_MS, answer });
  }
}

/** Whether the next request would be refused too. Throttling and faults of the network pass sooner. */
export function isLasting({ problem, exception }: UpstreamFault): boolean {
  return (problem.status < 500 && problem.status !== 429) || exception.includes('Lambda');
}
