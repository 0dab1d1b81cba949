/** A request that reached the pool. What was in it is not kept. */
export interface LoggedRequest {
  /** The operation, such as `InitiateAuth`; `jwks` and `openid-configuration` for the two documents; at managed login `oauth2/token`, `login`. */
  readonly name: string;
  /** The pool's time: milliseconds since the epoch. */
  readonly at: number;
  /** The exception, or error of OAuth, that it ended with. Undefined if it succeeded, or if a fault kept it from running. */
  readonly error: string | undefined;
}

/** The requests that the pool received, oldest first; the latest 10,000 are kept. */
export interface Requests {
  list(): readonly LoggedRequest[];
  /** How many there were: of one name, or in all. */
  count(name?: string): number;
  clear(): void;
}

const KEPT_REQUESTS = 10_000;

export class RequestLog implements Requests {
  #requests: LoggedRequest[] = [];

  /** Returns the entry, for the error to be filled in. */
  add(name: string, at: number): { error: string | undefined } {
    const entry = { name, at, error: undefined };
    this.#requests.push(entry);
    if (this.#requests.length > KEPT_REQUESTS * 2) this.#requests = this.#requests.slice(-KEPT_REQUESTS);
    return entry;
  }

  list(): readonly LoggedRequest[] {
    return this.#requests.slice(-KEPT_REQUESTS);
  }

  count(name?: string): number {
    return this.list().filter((request) => name === undefined || request.name === name).length;
  }

  clear(): void {
    this.#requests = [];
  }
}
