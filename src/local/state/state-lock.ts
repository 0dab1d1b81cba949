import { randomUUID } from 'node:crypto';
import { readFileSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { StateFileError } from './state-file.ts';

/** The content of a lock file. */
interface Owner {
  readonly pid: number;
  readonly host: string;
  /** Distinguishes this lock from later ones of the same process. */
  readonly token: string;
}

const HEARTBEAT_MS = 10_000;
/** An owner on another machine, or in another container, that gave no sign for so long has ended. */
const SILENCE_MS = 3 * HEARTBEAT_MS;

/** Tokens of the locks that this process holds. */
const held = new Set<string>();

/** Keeps other processes from using a state file. Two would overwrite each other's changes. */
export class StateLock {
  readonly #file: string;
  readonly #path: string;
  readonly #token = randomUUID();
  readonly #heartbeat: NodeJS.Timeout;

  /** Throws a StateFileError if a running process uses the file. */
  constructor(file: string) {
    this.#file = file;
    this.#path = `${file}.lock`;
    const owner: Owner = { pid: process.pid, host: hostname(), token: this.#token };
    if (!this.#create(owner)) {
      const other = ownerOf(this.#path);
      if (isRunning(other, this.#path)) throw inUse(file, other);
      this.#removeAbandoned(other);
      // Another process can be faster. Then it has the file.
      if (!this.#create(owner)) throw inUse(file, ownerOf(this.#path));
    }
    held.add(this.#token);
    this.#heartbeat = setInterval(() => this.#touch(), HEARTBEAT_MS).unref();
  }

  /** Throws a StateFileError if another process has taken the lock, so that its changes are not overwritten. */
  check(): void {
    const owner = ownerOf(this.#path);
    if (owner?.token !== this.#token) throw inUse(this.#file, owner);
  }

  release(): void {
    clearInterval(this.#heartbeat);
    held.delete(this.#token);
    if (ownerOf(this.#path)?.token === this.#token) rmSync(this.#path, { force: true });
  }

  #create(owner: Owner): boolean {
    try {
      writeFileSync(this.#path, JSON.stringify(owner), { flag: 'wx', mode: 0o600 });
      return true;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
      throw error;
    }
  }

  /** Moves the lock away before it is deleted: of two processes that find it abandoned, one can. */
  #removeAbandoned(expected: Owner | undefined): void {
    const aside = `${this.#path}.${this.#token}`;
    try {
      renameSync(this.#path, aside);
    } catch {
      return;
    }
    const moved = ownerOf(aside);
    // The other process has replaced it in between.
    if (moved && moved.token !== expected?.token) renameSync(aside, this.#path);
    else rmSync(aside, { force: true });
  }

  #touch(): void {
    const now = new Date();
    try {
      utimesSync(this.#path, now, now);
    } catch {
      // The next save finds out that the lock is gone.
    }
  }
}

function inUse(file: string, owner: Owner | undefined): StateFileError {
  const by = owner ? `process ${owner.pid} on ${owner.host}` : 'another process';
  return new StateFileError(
    `The state file ${file} is in use by ${by}. Stop it, or choose another file. ` +
      `If that process is no local user pool, delete ${file}.lock.`,
  );
}

/** Returns undefined without a lock, and for one whose process ended while it wrote it. */
function ownerOf(path: string): Owner | undefined {
  try {
    const owner = JSON.parse(readFileSync(path, 'utf8')) as Partial<Owner> | null;
    return typeof owner?.pid === 'number' && typeof owner.token === 'string' ? (owner as Owner) : undefined;
  } catch {
    return undefined;
  }
}

function isRunning(owner: Owner | undefined, path: string): boolean {
  // Without content, its process is just writing it.
  if (owner?.host !== hostname()) return Date.now() - lastSign(path) < SILENCE_MS;
  const { pid, token } = owner;
  // A container gives each of its processes the same id again.
  if (pid === process.pid) return held.has(token);
  try {
    process.kill(pid, 0);
    return !isZombie(pid);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** A killed process keeps its id until its parent asks for its status, which the first process of a container may never do. */
function isZombie(pid: number): boolean {
  try {
    return /\) [XZ] [^)]*$/.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    // Only Linux has the file.
    return false;
  }
}

function lastSign(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0;
}
