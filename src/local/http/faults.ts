/** The requests that a fault applies to. */
export interface FaultScope {
  /** Names of operations, of documents (`jwks`, `openid-configuration`) or of managed login endpoints (`oauth2/token`). Default: every operation. */
  readonly on?: string | readonly string[];
  /** Number of requests that it applies to. Default: all, until it is removed. */
  readonly times?: number;
  /** Runs the operation first; only its answer is lost. Default: false. */
  readonly afterwards?: boolean;
}

/** A fault in the answer to a request. */
export type Fault = FaultScope &
  (
    | {
        readonly kind: /** TooManyRequestsException. */
          | 'throttle'
          /** LimitExceededException. */
          | 'limitExceeded'
          /** InternalErrorException, 500. */
          | 'internalError'
          /** 500 with an HTML page, as from a proxy. */
          | 'html'
          /** 200 with a body that is not JSON. */
          | 'nonJson'
          /** 200 with `{}`, or an empty key set. */
          | 'empty'
          /** 200 with a body of 2 MiB. */
          | 'oversized'
          /** No answer. */
          | 'hang'
          /** The connection is reset. */
          | 'reset'
          /** The connection closes in the middle of the body. */
          | 'truncate'
          /** Headers, then a byte of the body every 50 ms, without end. */
          | 'drip';
      }
    /** The correct answer after `ms` milliseconds. Default: 1,000. */
    | { readonly kind: 'delay'; readonly ms?: number }
    /** A status with an empty body. Default: 503. */
    | { readonly kind: 'status'; readonly status?: number }
    /** 302 to `location`. */
    | { readonly kind: 'redirect'; readonly location: string }
  );

/** Injected faults. If several apply to a request, the oldest one is used. */
export interface Faults {
  /** Adds a fault. Returns a function that removes it. */
  inject(fault: Fault): () => void;
  /** Removes all faults. */
  clear(): void;
}

const KINDS: Readonly<Record<Fault['kind'], true>> = {
  throttle: true,
  limitExceeded: true,
  internalError: true,
  html: true,
  nonJson: true,
  empty: true,
  oversized: true,
  hang: true,
  reset: true,
  truncate: true,
  drip: true,
  delay: true,
  status: true,
  redirect: true,
};

export class FaultList implements Faults {
  #active: { readonly fault: Fault; left: number }[] = [];

  inject(fault: Fault): () => void {
    if (!Object.hasOwn(KINDS, fault.kind)) {
      throw new TypeError(
        `express-cognito-kit: faults.inject has no kind "${fault.kind}"; the kinds are ${Object.keys(KINDS).join(', ')}. See docs/testing.md#faults`,
      );
    }
    const entry = { fault, left: fault.times ?? Number.POSITIVE_INFINITY };
    this.#active.push(entry);
    return () => {
      this.#active = this.#active.filter((each) => each !== entry);
    };
  }

  clear(): void {
    this.#active = [];
  }

  /** Returns the fault that applies to a request, and counts it. */
  take(name: string): Fault | undefined {
    const entry = this.#active.find(({ fault }) => meets(fault, name));
    if (!entry) return undefined;
    entry.left -= 1;
    if (entry.left <= 0) this.#active = this.#active.filter((each) => each !== entry);
    return entry.fault;
  }
}

function meets({ on }: Fault, name: string): boolean {
  // Only names of operations start with a capital letter.
  if (on === undefined) return /^[A-Z]/.test(name);
  return typeof on === 'string' ? on === name : on.includes(name);
}
