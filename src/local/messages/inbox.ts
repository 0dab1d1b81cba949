import type { InboxMessage, MessageKind } from '../model/messages.ts';

/** A filter of messages; all members given must match. */
export interface InboxFilter {
  /** The e-mail address or phone number, case-insensitive. */
  readonly to?: string;
  /** The user's name in the pool. */
  readonly username?: string;
  readonly kind?: MessageKind;
}

/** The messages that the pool has sent, newest last. Keeps the latest 1,000. */
export interface Inbox {
  /** Returns all messages that match. */
  list(filter?: InboxFilter): readonly InboxMessage[];
  /** Returns the newest message that matches, or undefined. */
  latest(filter?: InboxFilter): InboxMessage | undefined;
  /** Resolves with the newest message that matches, as soon as there is one. Rejects after `timeoutMs` (default: 2,000). */
  waitFor(filter?: InboxFilter, options?: { timeoutMs?: number }): Promise<InboxMessage>;
  /** Calls `listener` with each further message. Returns a function that unsubscribes it. */
  subscribe(listener: (message: InboxMessage) => void): () => void;
  /** Removes all messages. */
  clear(): void;
}

const KEPT_MESSAGES = 1000;

export class MemoryInbox implements Inbox {
  #messages: InboxMessage[] = [];
  readonly #listeners = new Set<(message: InboxMessage) => void>();
  readonly #check: (filter: InboxFilter) => void;

  /** `check` throws for an invalid filter, which would match every message, or none. */
  constructor(check: (filter: InboxFilter) => void) {
    this.#check = check;
  }

  deliver(message: InboxMessage): void {
    this.#messages.push(Object.freeze(message));
    if (this.#messages.length > KEPT_MESSAGES) this.#messages.shift();
    for (const listener of [...this.#listeners]) listener(message);
  }

  list(filter: InboxFilter = {}): readonly InboxMessage[] {
    this.#check(filter);
    return this.#messages.filter((message) => matches(message, filter));
  }

  latest(filter: InboxFilter = {}): InboxMessage | undefined {
    this.#check(filter);
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
