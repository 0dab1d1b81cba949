import { createHash } from 'node:crypto';
import { closeSync, openSync, readSync } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';

/** SHA-1 in hex, perhaps with a count, as the downloads of Pwned Passwords have it. */
const LINE = /^([0-9A-F]{40})(:\d+)?$/i;
/** A part of the file that is read whole: about 180 lines. */
const BLOCK_BYTES = 8 * 1024;
/** Longer than any line. */
const PROBE_BYTES = 128;

/**
 * Searches a file of sorted SHA-1 hashes, one a line, without loading it: about 22 small reads for 40 GB. The file is
 * opened for each search, so it may be replaced. Rejects if it cannot be read.
 */
export async function hashFileHas(path: string, text: string): Promise<boolean> {
  const hash = createHash('sha1').update(text).digest('hex').toUpperCase();
  const file = await open(path);
  try {
    let [low, high] = [0, (await file.stat()).size];
    while (high - low > BLOCK_BYTES) {
      const middle = Math.floor((low + high) / 2);
      const start = middle + (await offsetOfNextLine(file, middle));
      const found = hashIn((await read(file, start, PROBE_BYTES)).split('\n')[0]);
      if (found === hash) return true;
      if (found < hash) low = start;
      else high = middle + 1;
    }
    // The last line may start just before `high`, and its end is then after it.
    const lines = (await read(file, low, high - low + PROBE_BYTES)).split('\n');
    const [last, ...others] = lines.filter((line) => line.trim() !== '').reverse();
    if (last === undefined) throw new TypeError('The file is empty.');
    // Only the last line may be cut off, after its hash.
    return [...others.map(hashIn), last.slice(0, hash.length).toUpperCase()].includes(hash);
  } finally {
    await file.close();
  }
}

/** Returns the fault of a file that `hashFileHas` cannot search, as far as its first lines show it. */
export function hashFileFault(path: string): string | undefined {
  let start: string;
  try {
    start = readStart(path);
  } catch (error) {
    return `cannot be read (${(error as NodeJS.ErrnoException).code ?? 'unknown error'})`;
  }
  const lines = start.split('\n').map((line) => line.trim());
  // The last one may be cut off.
  const whole = start.length < BLOCK_BYTES ? lines.filter((line) => line !== '') : lines.slice(0, -1);
  if (whole.length === 0 || !whole.every((line) => LINE.test(line)))
    return 'has other lines than SHA-1 hashes';
  const hashes = whole.map(hashIn);
  const sorted = hashes.every((hash, index) => index === 0 || (hashes[index - 1] ?? '') <= hash);
  return sorted ? undefined : 'is not sorted by hash';
}

function readStart(path: string): string {
  const file = openSync(path, 'r');
  try {
    const buffer = Buffer.alloc(BLOCK_BYTES);
    return buffer.toString('latin1', 0, readSync(file, buffer, 0, BLOCK_BYTES, 0));
  } finally {
    closeSync(file);
  }
}

/** Throws for a line that is not a hash: a search of such a file would find nothing. */
function hashIn(line = ''): string {
  const [, hash] = LINE.exec(line.trim()) ?? [];
  if (hash === undefined) throw new TypeError('A line is not a SHA-1 hash.');
  return hash.toUpperCase();
}

async function offsetOfNextLine(file: FileHandle, offset: number): Promise<number> {
  const at = (await read(file, offset, PROBE_BYTES)).indexOf('\n');
  if (at === -1) throw new TypeError('A line is not a SHA-1 hash.');
  return at + 1;
}

async function read(file: FileHandle, offset: number, length: number): Promise<string> {
  const { bytesRead, buffer } = await file.read(Buffer.alloc(length), 0, length, offset);
  return buffer.toString('latin1', 0, bytesRead);
}
