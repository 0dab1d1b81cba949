/** Why a message was sent. */
export type MessageKind =
  | 'sign_up'
  | 'sign_in'
  | 'forgot_password'
  | 'verify_attribute'
  | 'temporary_password'
  | 'risky_sign_in';

/** A message that Cognito would have sent by e-mail or SMS. */
export interface InboxMessage {
  /** The address or phone number, in full. */
  readonly to: string;
  readonly medium: 'EMAIL' | 'SMS';
  readonly kind: MessageKind;
  /** The code, the temporary password of an invitation, or the feedback token of a warning. */
  readonly code: string;
  /** Of an e-mail. */
  readonly subject?: string;
  /** What it says: in the pool's own words, or in those of the trigger `customMessage`. */
  readonly text: string;
  /** In a warning of a risky sign-in: the event that it is about. */
  readonly eventId?: string;
  /** The user's name in the pool: the `sub` where people sign up with an address. */
  readonly username: string;
  readonly userPoolId: string;
  /** When it was sent, in the pool's time: milliseconds since the epoch. */
  readonly at: number;
}

/** Which messages are meant: all members given have to match. */
export interface InboxFilter {
  /** The address or phone number; case does not matter. */
  readonly to?: string;
  readonly username?: string;
  readonly kind?: MessageKind;
}

/** Everything the pool has sent, newest last; the latest 1,000 messages are kept. */
export interface Inbox {
  list(filter?: InboxFilter): readonly InboxMessage[];
  /** The newest message that matches, or undefined. */
  latest(filter?: InboxFilter): InboxMessage | undefined;
  /** The newest message that matches, as soon as there is one. Rejects after `timeoutMs` (default 2,000). */
  waitFor(filter?: InboxFilter, options?: { timeoutMs?: number }): Promise<InboxMessage>;
  /** Calls `listener` with each message from now on. Returns the function that ends it. */
  subscribe(listener: (message: InboxMessage) => void): () => void;
  clear(): void;
}

const KEPT_MESSAGES = 1000;

export class MemoryInbox implements Inbox {
  #messages: InboxMessage[] = [];
  readonly #listeners = new Set<(message: InboxMessage) => void>();

  deliver(message: InboxMessage): void {
    this.#messages.push(Object.freeze(message));
    if (this.#messages.length > KEPT_MESSAGES) this.#messages.shift();
    for (const listener of [...this.#listeners]) listener(message);
  }

  list(filter: InboxFilter = {}): readonly InboxMessage[] {
    return this.#messages.filter((message) => matches(message, filter));
  }

  latest(filter: InboxFilter = {}): InboxMessage | undefined {
    return this.#messages.findLast((message) => matches(message, filter));
  }

  waitFor(filter: InboxFilter = {}, options: { timeoutMs?: number } = {}): Promise<InboxMessage> {
    const there = this.latest(filter);
    if (there) return Promise.resolve(there);
    const { timeoutMs = 2000 } = options;
    return new Promise((resolve, reject) => {
      const stop = this.subscribe((message) => {
        if (!matches(message, filter)) return;
        stop();
        clearTimeout(timer);
        resolve(message);
      });
      const timer = setTimeout(() => {
        stop();
        reject(new Error(`No message for ${JSON.stringify(filter)} arrived within ${timeoutMs} ms.`));
      }, timeoutMs);
    });
  }

  subscribe(listener: (message: InboxMessage) => void): () => void {
    this.#listeners.add(listener);
    return () => {
      this.#listeners.delete(listener);
    };
  }

  clear(): void {
    this.#messages = [];
  }
}

function matches(message: InboxMessage, filter: InboxFilter): boolean {
  return (
    (filter.to === undefined || filter.to.toLowerCase() === message.to.toLowerCase()) &&
    (filter.username === undefined || filter.username === message.username) &&
    (filter.kind === undefined || filter.kind === message.kind)
  );
}
