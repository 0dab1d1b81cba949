import { createHash } from 'node:crypto';
import { readFileSync, renameSync } from 'node:fs';
import { open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';

const FORMAT = 'express-cognito-kit local state';
/** Raised for a change of the format that an older version of the kit would read wrongly. */
const VERSION = 1;
const OWNER_ONLY = 0o600;

/** The first line of a state file. */
interface Header {
  readonly format: string;
  readonly version: number;
  /** Of the bytes after this line. */
  readonly sha256: string;
}

/** A state file that cannot be used. The message says why and how to go on; it quotes no content. */
export class StateFileError extends Error {}

/** A state file that the pool wrote, and that has changed since. */
export class DamagedStateError extends StateFileError {
  constructor(file: string) {
    super(`The state file ${file} is damaged.`);
  }
}

/** Reads the lines of a state file, or undefined if there is none. Throws a StateFileError for a file that is not usable. */
export function readStateFile(file: string): string[] | undefined {
  const bytes = contentOf(file);
  if (!bytes) return undefined;
  const end = bytes.indexOf('\n');
  const header = headerOf(bytes.toString('utf8', 0, Math.max(0, end)));
  if (!header) {
    throw new StateFileError(
      `${file} is not a state file of the local user pool. It was left as it is. Choose another file, or delete it.`,
    );
  }
  if (header.version > VERSION) {
    throw new StateFileError(
      `The state file ${file} has version ${header.version}, and this version of express-cognito-kit reads up to ${VERSION}. ` +
        'It was left as it is. Update the package, or choose another file.',
    );
  }
  const content = bytes.subarray(end + 1);
  if (createHash('sha256').update(content).digest('hex') !== header.sha256) throw new DamagedStateError(file);
  return content.toString('utf8').trimEnd().split('\n');
}

/** Renames a damaged file, so that no later start overwrites it. */
export function keepAside(file: string): StateFileError {
  const aside = `${file}.damaged-${new Date().toISOString().replace(/[:.]/g, '-')}`;
  renameSync(file, aside);
  return new StateFileError(
    `The state file ${file} is damaged. It was renamed to ${aside}. ` +
      'Put a backup in its place, or start again for a new user pool.',
  );
}

/** Replaces the file in one step: a reader, and a start after a crash, finds the old content or the new. */
export async function writeStateFile(file: string, chunks: readonly Buffer[]): Promise<void> {
  const sha256 = createHash('sha256');
  for (const chunk of chunks) sha256.update(chunk);
  const header: Header = { format: FORMAT, version: VERSION, sha256: sha256.digest('hex') };
  const temporary = `${file}.tmp`;
  await rm(temporary, { force: true });
  // Exclusive, so that it follows no link that another user of the machine made.
  const handle = await open(temporary, 'wx', OWNER_ONLY);
  try {
    await handle.appendFile(`${JSON.stringify(header)}\n`);
    for (const chunk of chunks) await handle.appendFile(chunk);
    await handle.sync();
  } finally {
    await handle.close();
  }
  await rename(temporary, file);
  await syncFolder(dirname(file));
}

function contentOf(file: string): Buffer | undefined {
  try {
    return readFileSync(file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

function headerOf(line: string): Header | undefined {
  try {
    const header = JSON.parse(line) as Partial<Header> | null;
    return header?.format === FORMAT && typeof header.version === 'number' ? (header as Header) : undefined;
  } catch {
    return undefined;
  }
}

/** Makes the rename itself durable. Windows cannot open a folder. */
async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r').catch(() => undefined);
  await handle?.sync().catch(() => undefined);
  await handle?.close();
}
