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
    | MessageFault
    | StateFault
  );

/** A state of the pool at AWS that limits operations. */
type StateFault =
  /**
   * OperationNotEnabledException for operations that write users, such as SignUp, and for answers to NEW_PASSWORD_REQUIRED,
   * MFA_SETUP and SOFTWARE_TOKEN_MFA. Other sign-ins and reads work. Cognito is so in a replica, and during a
   * point-in-time recovery.
   */
  | { readonly kind: 'blockedWrites' }
  /** ListUserSessions and AdminListUserSessions lack sessions of the last `ms` milliseconds. Default: 3,000. */
  | { readonly kind: 'lateSessions'; readonly ms?: number };

/**
 * A message that Cognito cannot send. Only an operation that sends one fails, and its other effects stay: a new account
 * exists.
 */
interface MessageFault {
  readonly kind: /** LimitExceededException for an e-mail: Cognito's own sender has a quota of 50 a day. */
    | 'emailQuota'
    /** LimitExceededException for an SMS: the spend limit of Amazon SNS. */
    | 'smsQuota'
    /** CodeDeliveryFailureException: Amazon SES or SNS refuses the message. */
    | 'codeDelivery';
}

/** Cognito lists a new session after some seconds. */
const SESSION_DELAY_MS = 3000;

const MESSAGE_FAULTS: Readonly<Record<MessageFault['kind'], readonly ('EMAIL' | 'SMS')[]>> = {
  emailQuota: ['EMAIL'],
  smsQuota: ['SMS'],
  codeDelivery: ['EMAIL', 'SMS'],
};

const STATE_FAULTS: readonly string[] = ['blockedWrites', 'lateSessions'] satisfies StateFault['kind'][];

function isStateFault(fault: Fault): fault is FaultScope & StateFault {
  return STATE_FAULTS.includes(fault.kind);
}

function isMessageFault(fault: Fault): fault is FaultScope & MessageFault {
  return Object.hasOwn(MESSAGE_FAULTS, fault.kind);
}

/** Injected faults. If several apply to a request, the oldest one is used. */
export interface Faults {
  /** Adds a fault. Returns a function that removes it. */
  inject(fault: Fault): () => void;
  /** Removes all faults. */
  clear(): void;
}

/** Every kind of fault, which the compiler checks. */
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
  emailQuota: true,
  smsQuota: true,
  codeDelivery: true,
  blockedWrites: true,
  lateSessions: true,
};

export const FAULT_KINDS = Object.keys(KINDS) as Fault['kind'][];

/** A fault in the answer itself. */
export type AnswerFault = Exclude<Fault, MessageFault | StateFault>;

export class FaultList implements Faults {
  #active: { readonly id: number; readonly fault: Fault; left: number }[] = [];
  #lastId = 0;
  readonly #check: (fault: Fault) => void;

  /** `check` throws for an invalid fault, which would have no effect. */
  constructor(check: (fault: Fault) => void) {
    this.#check = check;
  }

  inject(fault: Fault): () => void {
    const id = this.add(fault);
    return () => {
      this.remove(id);
    };
  }

  /** Adds a fault. Returns its id, for `remove`. */
  add(fault: Fault): number {
    this.#check(fault);
    this.#lastId += 1;
    this.#active.push({ id: this.#lastId, fault, left: fault.times ?? Number.POSITIVE_INFINITY });
    return this.#lastId;
  }

  /** Returns the active faults, oldest first. `left` is the number of requests that a fault with `times` still applies to. */
  list(): readonly (Fault & { readonly id: number; readonly left?: number })[] {
    return this.#active.map(({ id, fault, left }) => ({
      id,
      ...fault,
      ...(Number.isFinite(left) && { left }),
    }));
  }

  /** Returns false if there is no active fault with this id. */
  remove(id: number): boolean {
    const before = this.#active.length;
    this.#active = this.#active.filter((each) => each.id !== id);
    return this.#active.length < before;
  }

  clear(): void {
    this.#active = [];
  }

  /** Returns the fault that applies to a request, and counts it. */
  take(name: string): AnswerFault | undefined {
    const fault = this.#count((each) => isAnswerFault(each) && meets(each, name));
    return fault && isAnswerFault(fault) ? fault : undefined;
  }

  /** Returns the kind of fault that prevents a message, and counts it. A page of managed login has no operation. */
  takeForMessage(medium: 'EMAIL' | 'SMS', operation: string | undefined): MessageFault['kind'] | undefined {
    const fault = this.#count(
      (each) =>
        isMessageFault(each) &&
        MESSAGE_FAULTS[each.kind].includes(medium) &&
        (operation === undefined ? each.on === undefined : meets(each, operation)),
    );
    return fault && isMessageFault(fault) ? fault.kind : undefined;
  }

  /** Returns whether writes are blocked for an operation that writes, and counts the refusal. */
  takeBlockedWrite(operation: string): boolean {
    return this.#count((each) => each.kind === 'blockedWrites' && meets(each, operation)) !== undefined;
  }

  /** Returns the age in milliseconds from which an operation lists a session, and counts the list. */
  takeSessionDelay(operation: string): number {
    const fault = this.#count((each) => each.kind === 'lateSessions' && meets(each, operation));
    return fault?.kind === 'lateSessions' ? (fault.ms ?? SESSION_DELAY_MS) : 0;
  }

  #count(applies: (fault: Fault) => boolean): Fault | undefined {
    const entry = this.#active.find(({ fault }) => applies(fault));
    if (!entry) return undefined;
    entry.left -= 1;
    if (entry.left <= 0) this.#active = this.#active.filter((each) => each !== entry);
    return entry.fault;
  }
}

function isAnswerFault(fault: Fault): fault is AnswerFault {
  return !isMessageFault(fault) && !isStateFault(fault);
}

function meets({ on }: Fault, name: string): boolean {
  // Only names of operations start with a capital letter.
  if (on === undefined) return /^[A-Z]/.test(name);
  return typeof on === 'string' ? on === name : on.includes(name);
}
