import { STORE_TIMEOUT_MS, StoreBreaker, type StoreGuard } from '../stores/store-guard.ts';
import type { StoreListener } from '../stores/store-source.ts';

/** A connected Redis client, as the kit uses it. */
export interface RedisClient {
  /** Sends a command, such as `['GET', key]`, and returns the reply. Rejects with the server's error. */
  sendCommand(command: readonly string[]): Promise<unknown>;
}

/** A client whose connection can be duplicated, such as that of the `redis` package from version 5 on. */
interface ReplaceableClient extends RedisClient {
  readonly options?: { readonly socket?: object };
  readonly isOpen: boolean;
  readonly isReady: boolean;
  duplicate(overrides: object): ReplaceableClient;
  connect(): Promise<unknown>;
  close(): Promise<void>;
  destroy(): void;
  unref(): void;
  on(event: 'ready' | 'end' | 'error', listener: (error: Error) => void): unknown;
}

/**
 * Sends the commands of all stores of one client. The client is never closed, because the app may have its own commands
 * pending. If the client is silent, a duplicate replaces it until the client answers or has reconnected.
 */
export class RedisConnection implements StoreGuard {
  readonly isShared = true;
  readonly evicted = 0;
  readonly #client: RedisClient & Partial<ReplaceableClient>;
  readonly #breaker: StoreBreaker;
  readonly #listeners = new Set<StoreListener>();
  /** Settles after all earlier commands, because Redis answers in order. */
  #lastSent: Promise<unknown> = Promise.resolve();
  /** The last command of a client that is silent. */
  #stuck: Promise<unknown> | undefined;
  #standIn: ReplaceableClient | undefined;

  constructor(client: RedisClient) {
    this.#client = client;
    this.#breaker = new StoreBreaker({
      probe: () => this.#probe(),
      onSilence: () => this.#leave(),
      isAnswer: isErrorReply,
    });
    this.#client.on?.('ready', () => {
      // The handshake shows that Redis is available.
      this.#breaker.close();
      for (const listener of this.#listeners) void this.#tellPolicy(listener);
    });
    this.#client.on?.('end', () => this.#drop());
  }

  get available(): boolean {
    return this.#breaker.available;
  }

  watch(listener: StoreListener): () => void {
    const stop = this.#breaker.watch(listener);
    this.#listeners.add(listener);
    if (this.#client.isReady !== false) void this.#tellPolicy(listener);
    return () => {
      stop();
      this.#listeners.delete(listener);
    };
  }

  /** The breaker is in `send`, because an app may wrap a store or call it directly. */
  ask<T>(question: () => T | Promise<T>): T | Promise<T> {
    return question();
  }

  async probe(): Promise<boolean> {
    try {
      await this.send(['PING']);
      return true;
    } catch (error) {
      return isErrorReply(error);
    }
  }

  async send(command: readonly string[]): Promise<unknown> {
    return this.#breaker.ask(() => {
      const standIn = this.#standIn;
      if (standIn === undefined) return this.#sendToClient(command);
      const { isOpen, isReady } = this.#client;
      const isAway = this.#stuck !== undefined || isReady === false;
      if (isAway && isOpen !== false) return standIn.sendCommand(command);
      this.#standIn = undefined;
      // Not destroyed, because other commands may still wait for its answers.
      standIn.close().catch(() => undefined);
      return this.#sendToClient(command);
    });
  }

  #sendToClient(command: readonly string[]): Promise<unknown> {
    const reply = Promise.resolve(this.#client.sendCommand(command));
    this.#lastSent = reply;
    return reply;
  }

  async #probe(): Promise<void> {
    if (this.#stuck === undefined) {
      await this.#sendToClient(['PING']);
    } else if (isReplaceable(this.#client)) {
      const standIn = await this.#connect(this.#client);
      this.#drop();
      this.#standIn = standIn;
    } else {
      await this.#stuck;
    }
  }

  /** Abandons the silent connection. */
  #leave(): void {
    if (this.#standIn !== undefined) {
      this.#drop();
      return;
    }
    const stuck = this.#lastSent.catch(() => undefined);
    this.#stuck = stuck;
    void stuck.then(() => {
      if (this.#stuck === stuck) this.#stuck = undefined;
    });
  }

  /** A stand-in does not reconnect. The next probe creates another one. */
  async #connect(client: ReplaceableClient): Promise<ReplaceableClient> {
    const standIn = client.duplicate({
      socket: { ...client.options?.socket, connectTimeout: STORE_TIMEOUT_MS, reconnectStrategy: false },
    });
    standIn.on('error', (error) => {
      if (this.#standIn !== standIn) return;
      this.#standIn = undefined;
      this.#breaker.open(error);
    });
    // Only the app's own client may keep the process alive.
    standIn.unref();
    const timer = setTimeout(() => destroy(standIn), STORE_TIMEOUT_MS).unref();
    try {
      await standIn.connect();
      await standIn.sendCommand(['PING']);
      if (client.isOpen) return standIn;
      throw new Error('The client is closed.');
    } catch (error) {
      destroy(standIn);
      throw error;
    } finally {
      clearTimeout(timer);
    }
  }

  #drop(): void {
    const standIn = this.#standIn;
    this.#standIn = undefined;
    if (standIn) destroy(standIn);
  }

  /** Best effort, because the Redis user may lack the permission. */
  async #tellPolicy(listener: StoreListener): Promise<void> {
    try {
      const info = String(await this.#client.sendCommand(['INFO', 'memory']));
      const policy = /^maxmemory_policy:([\w-]+)/m.exec(info)?.[1];
      const hasLimit = /^maxmemory:[1-9]/m.test(info);
      if (hasLimit && policy !== undefined && policy !== 'noeviction') listener({ type: 'evicts', policy });
    } catch {
      return;
    }
  }
}

/** Version 5 of the client throws if it is already destroyed. */
function destroy(client: ReplaceableClient): void {
  try {
    client.destroy();
  } catch {
    return;
  }
}

function isReplaceable(client: RedisClient & Partial<ReplaceableClient>): client is ReplaceableClient {
  const needed = [client.duplicate, client.connect, client.close, client.destroy, client.unref, client.on];
  return needed.every((method) => typeof method === 'function');
}

/** Error replies of Redis start with a word in capitals. Errors of the client do not. */
function isErrorReply(error: unknown): boolean {
  return error instanceof Error && /^[A-Z]{2,} /.test(error.message);
}

/** Whether a cluster refused a command because its keys have different slots. */
export function isCrossSlot(error: unknown): boolean {
  return error instanceof Error && error.message.startsWith('CROSSSLOT ');
}

/** Stores with different prefixes may share one client. */
const connections = new WeakMap<RedisClient, RedisConnection>();

export function connectionOf(client: RedisClient): RedisConnection {
  const connection = connections.get(client) ?? new RedisConnection(client);
  connections.set(client, connection);
  return connection;
}
