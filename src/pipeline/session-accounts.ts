/** Maximum number of sessions, about 300 bytes each. */
const MAX_SESSIONS = 20_000;

/**
 * The accounts of pending sign-ins. An answer to a challenge may name its account by any alias, each of which would have
 * a rate limit of its own. Only the owner of a session learns of the account behind it.
 */
export class SessionAccounts {
  readonly #lifetimeMs: number;
  readonly #maxSessions: number;
  readonly #accounts = new Map<string, { readonly account: string; readonly until: number }>();

  constructor(lifetimeMs: number, maxSessions: number = MAX_SESSIONS) {
    this.#lifetimeMs = lifetimeMs;
    this.#maxSessions = maxSessions;
  }

  get size(): number {
    return this.#accounts.size;
  }

  /** `session` is a hash of the session. */
  set(session: string, account: string): void {
    const now = Date.now();
    this.#accounts.delete(session);
    // All entries have the same lifetime, so the oldest one expires first.
    for (const [oldest, { until }] of this.#accounts) {
      if (until > now && this.#accounts.size < this.#maxSessions) break;
      this.#accounts.delete(oldest);
    }
    this.#accounts.set(session, { account, until: now + this.#lifetimeMs });
  }

  get(session: string): string | undefined {
    const known = this.#accounts.get(session);
    return known && known.until > Date.now() ? known.account : undefined;
  }
}
