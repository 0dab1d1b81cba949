import type { InboxMessage, MessageKind } from '../model/messages.ts';

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
