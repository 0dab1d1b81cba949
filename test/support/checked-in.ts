import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '../../scripts/docs-source.ts';

const CONTEXT_LINES = 8;

/** Throws with only the first differing lines and the command that writes the file, unlike chai. */
export function expectCheckedIn(path: string, text: string, command: string): void {
  const file = join(ROOT, path);
  const now = existsSync(file) ? readFileSync(file, 'utf8') : '';
  if (now === text) return;
  const [old, fresh] = [now.split('\n'), text.split('\n')];
  const first = fresh.findIndex((line, index) => line !== old[index]);
  const start = first === -1 ? fresh.length : first;
  const lines = (mark: string, of: readonly string[]): string[] =>
    of.slice(start, start + CONTEXT_LINES).map((line) => `${mark} ${line}`);
  const difference = [...lines('-', old), ...lines('+', fresh)].join('\n');
  throw new Error(
    `${path} is not what the code makes it, from line ${start + 1} on; run \`${command}\`:\n${difference}`,
  );
}
