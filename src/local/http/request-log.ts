/** A request that the pool received, without its content. */
export interface LoggedRequest {
  /** Name of the operation (`InitiateAuth`), document (`jwks`, `openid-configuration`) or managed login endpoint (`oauth2/token`). */
  readonly name: string;
  /** Time by the pool's clock, in milliseconds since the epoch. */
  readonly at: number;
  /** Name of the exception or OAuth error. Undefined if the request succeeded, or if a fault prevented it from running. */
  readonly error: string | undefined;
}

/** The requests that the pool received, oldest first. Keeps the latest 10,000. */
export interface Requests {
  /** Returns all requests. */
  list(): readonly LoggedRequest[];
  /** Counts the requests, or those of one name. */
  count(name?: string): number;
  /** Removes all requests. */
  clear(): void;
}

const KEPT_REQUESTS = 10_000;

export class RequestLog implements Requests {
  #requests: LoggedRequest[] = [];

  /** Returns the entry; the caller sets its error. */
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
