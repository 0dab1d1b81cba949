import { recordKey } from './refresh-record.ts';

/** Maximum number of tokens, 100 bytes each. */
const MAX_TOKENS = 10_000;

/** Refresh tokens that this process has signed out, to be looked up while response headers are written. */
export class RecentSignOuts {
  readonly #lifetimeMs: number;
  readonly #times = new Map<string, number>();

  constructor(lifetimeMs: number) {
    this.#lifetimeMs = lifetimeMs;
  }

  add(refreshToken: string): void {
    const oldest = Date.now() - this.#lifetimeMs;
    for (const [key, time] of this.#times) {
      if (time > oldest && this.#times.size < MAX_TOKENS) break;
      this.#times.delete(key);
    }
    const key = recordKey(refreshToken);
    this.#times.delete(key);
    this.#times.set(key, Date.now());
  }

  has(refreshToken: string): boolean {
    if (this.#times.size === 0) return false;
    const time = this.#times.get(recordKey(refreshToken));
    return time !== undefined && time > Date.now() - this.#lifetimeMs;
  }
}
