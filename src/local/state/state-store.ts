import { existsSync, realpathSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { KeyPair } from '../model/keys.ts';
import type { AppClient, ServerState, UserPool } from '../model/pool.ts';
import { ModelDecoder } from './decode-model.ts';
import { encodeLines } from './encode-model.ts';
import { DamagedStateError, keepAside, readStateFile, StateFileError, writeStateFile } from './state-file.ts';
import { StateLock } from './state-lock.ts';

/** Data of the server beside its pools. */
export interface ServerData {
  readonly region: string;
  readonly keys: KeyPair;
  readonly kmsKey: Buffer;
  /** Milliseconds that the pool's time is ahead. */
  readonly clockOffset: number;
  /** The port is part of the issuer, so tokens are valid only at the same one. */
  readonly port: number;
  readonly provisionedLimits: ReadonlyMap<string, number>;
}

/** The pools of a server and their app clients, by id. */
interface Pools {
  readonly pools: ReadonlyMap<string, UserPool>;
  readonly clients: ReadonlyMap<string, AppClient>;
}

export interface Snapshot extends Pools {
  readonly data: ServerData;
}

/** The content of a state file. */
export interface StoredState {
  readonly data: ServerData;
  /** Puts the stored pools and app clients into a server. */
  readonly restoreInto: (service: ServerState) => void;
}

/** Pause after a change, to save several together. */
const PAUSE_MS = 200;
/** The pause grows with the time of a save, so that saving does not take most of the process's time. */
const PAUSE_PER_SAVE = 5;
const MAX_PAUSE_MS = 5000;
/** Longest work without a turn for requests. */
const SLICE_MS = 8;
/** Snapshots that a request may interrupt. The next one is taken in one piece. */
const INTERRUPTIONS = 3;
/** A day: the longest lifetime of an access token, whose sign-in answers "expired" in place of "not found". */
const REMEMBERED_MS = 86_400_000;

/** Saves a server's state to a file after changes. */
export class StateStore {
  /** The content of the file at the start; undefined for a new file. */
  readonly stored: StoredState | undefined;
  readonly #file: string;
  readonly #lock: StateLock;
  #snapshot: (() => Snapshot) | undefined;
  #changes = 0;
  #savedChanges = -1;
  #lastSaveMs = 0;
  #timer: NodeJS.Timeout | undefined;
  #saving: Promise<void> = Promise.resolve();
  #failed = false;

  /** Locks and reads the file. Throws a StateFileError that says why it cannot be used. */
  constructor(path: string) {
    this.#file = resolvedFile(path);
    this.#lock = new StateLock(this.#file);
    try {
      const lines = readStateFile(this.#file);
      this.stored = lines && storedState(lines, this.#file);
    } catch (error) {
      this.#lock.release();
      throw error instanceof DamagedStateError ? keepAside(this.#file) : error;
    }
  }

  /** Puts the stored pools and app clients into a server. */
  restoreInto(service: ServerState): void {
    try {
      this.stored?.restoreInto(service);
    } catch (error) {
      throw error instanceof DamagedStateError ? keepAside(this.#file) : error;
    }
  }

  /** Saves for the first time, which shows at the start that the file can be written. */
  async begin(snapshot: () => Snapshot): Promise<void> {
    this.#snapshot = snapshot;
    try {
      await this.#save();
    } catch (error) {
      this.#snapshot = undefined;
      throw error;
    }
  }

  /** Tells that the state may have changed. */
  changed(): void {
    this.#changes++;
    if (!this.#snapshot || this.#timer) return;
    const pause = Math.min(MAX_PAUSE_MS, Math.max(PAUSE_MS, this.#lastSaveMs * PAUSE_PER_SAVE));
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      this.#saving = this.#saving.then(() => this.#save()).catch((error: unknown) => this.#warn(error));
    }, pause).unref();
  }

  /** Saves the latest changes and gives the file free. */
  async close(): Promise<void> {
    clearTimeout(this.#timer);
    try {
      await this.#saving;
      await this.#save();
    } finally {
      this.#snapshot = undefined;
      this.#lock.release();
    }
  }

  async #save(): Promise<void> {
    if (!this.#snapshot || this.#changes === this.#savedChanges) return;
    const began = performance.now();
    const { chunks, changes } = await this.#encode(this.#snapshot);
    this.#lock.check();
    await writeStateFile(this.#file, chunks);
    this.#savedChanges = changes;
    this.#lastSaveMs = performance.now() - began;
    this.#failed = false;
  }

  /** Encodes in slices. A change in between would tear the snapshot, which then starts anew. */
  async #encode(snapshot: () => Snapshot): Promise<{ chunks: Buffer[]; changes: number }> {
    for (let attempt = 0; ; attempt++) {
      const { data, pools, clients } = snapshot();
      const changes = this.#changes;
      const chunks: Buffer[] = [];
      let lines: string[] = [];
      let sliceBegan = performance.now();
      for (const line of encodeLines(data, pools, { pools, clients })) {
        lines.push(line);
        if (performance.now() - sliceBegan < SLICE_MS) continue;
        chunks.push(Buffer.from(`${lines.join('\n')}\n`));
        lines = [];
        if (attempt < INTERRUPTIONS) await nextTurn();
        if (this.#changes !== changes) break;
        sliceBegan = performance.now();
      }
      if (this.#changes === changes) return { chunks: [...chunks, Buffer.from(lines.join('\n'))], changes };
    }
  }

  /** Once until a save succeeds. The next change tries again. */
  #warn(error: unknown): void {
    if (this.#failed) return;
    this.#failed = true;
    const reason = error instanceof Error ? error.message : String(error);
    process.emitWarning(`The local user pool could not save its state to ${this.#file}: ${reason}`, {
      code: 'COGNITO_KIT_LOCAL_STATE',
    });
  }
}

/** Reads a state file without its lock. Throws a StateFileError for a file that is not usable, and leaves it as it is. */
export function readStoredState(path: string): StoredState {
  const lines = readStateFile(path);
  if (!lines) throw new StateFileError(`There is no state file ${path}.`);
  return storedState(lines, path);
}

/** Returns the real path: a rename would replace a link, and a lock beside a link would not protect its target. */
function resolvedFile(path: string): string {
  const file = resolve(path);
  if (!existsSync(dirname(file))) {
    throw new StateFileError(`The folder of the state file ${file} does not exist. Create it.`);
  }
  return existsSync(file) ? realpathSync(file) : file;
}

function storedState(lines: readonly string[], file: string): StoredState {
  let service: ServerState | undefined;
  const decoder = new ModelDecoder((region) => {
    if (!service) throw new Error('A pool precedes the list of pools.');
    return service.region === region ? service : { ...service, region };
  });
  const read = (line: string): unknown => {
    try {
      return decoder.decode(line);
    } catch {
      throw new DamagedStateError(file);
    }
  };
  const data = read(lines[0] ?? '') as ServerData;
  const users = lines.slice(1, -1);
  return {
    data,
    restoreInto(server) {
      service = server;
      for (const line of users) read(line);
      const { pools, clients } = read(lines.at(-1) ?? '') as Pools;
      for (const pool of pools.values()) forgetExpired(pool);
      for (const [id, pool] of pools) server.pools.set(id, pool);
      for (const [id, client] of clients) server.clients.set(id, client);
    },
  };
}

/** A server that ends with its process needs no clean-up; a file would grow for ever. */
function forgetExpired(pool: UserPool): void {
  const before = pool.now() - REMEMBERED_MS;
  for (const [id, { refreshExpiresAt }] of pool.signIns) {
    if (refreshExpiresAt < before) pool.signIns.delete(id);
  }
  for (const [user, signIns] of pool.trackedSessions) {
    if (signIns.every(({ refreshExpiresAt }) => refreshExpiresAt < before)) pool.trackedSessions.delete(user);
  }
  for (const [hash, { signIn }] of pool.refreshTokens) {
    if (signIn.refreshExpiresAt < before) pool.refreshTokens.delete(hash);
  }
}
