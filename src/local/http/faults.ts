/** Which requests a fault meets, and how often. */
export interface FaultScope {
  /** Names of operations, `jwks` or `openid-configuration`, or endpoints of managed login: `oauth2/token`, `login`. Default: every operation, and nothing else. */
  readonly on?: string | readonly string[];
  /** How many requests it meets. Default: all, until it is cleared. */
  readonly times?: number;
  /** Carry the operation out first, so that only its answer is lost. Default false. */
  readonly afterwards?: boolean;
}

/** Something that goes wrong between the pool and its caller. */
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
          /** No answer at all. */
          | 'hang'
          /** The connection is reset. */
          | 'reset'
          /** The connection ends in the middle of the body. */
          | 'truncate'
          /** Headers, then a byte of the body every 50 ms, for ever. */
          | 'drip';
      }
    /** The right answer, late. Default 1,000 ms. */
    | { readonly kind: 'delay'; readonly ms?: number }
    /** A status with an empty body. Default 503. */
    | { readonly kind: 'status'; readonly status?: number }
    /** 302 to `location`. */
    | { readonly kind: 'redirect'; readonly location: string }
  );

/** Faults that are injected on demand. When several fit a request, the one injected first meets it. */
export interface Faults {
  /** Returns the function that takes the fault away again. */
  inject(fault: Fault): () => void;
  clear(): void;
}

export class FaultList implements Faults {
  #active: { readonly fault: Fault; left: number }[] = [];

  inject(fault: Fault): () => void {
    const entry = { fault, left: fault.times ?? Number.POSITIVE_INFINITY };
    this.#active.push(entry);
    return () => {
      this.#active = this.#active.filter((each) => each !== entry);
    };
  }

  clear(): void {
    this.#active = [];
  }

  /** The fault that a request meets, counted as met. */
  take(name: string): Fault | undefined {
    const entry = this.#active.find(({ fault }) => meets(fault, name));
    if (!entry) return undefined;
    entry.left -= 1;
    if (entry.left <= 0) this.#active = this.#active.filter((each) => each !== entry);
    return entry.fault;
  }
}

function meets({ on }: Fault, name: string): boolean {
  // Operations begin with a capital letter, documents do not.
  if (on === undefined) return /^[A-Z]/.test(name);
  return typeof on === 'string' ? on === name : on.includes(name);
}
