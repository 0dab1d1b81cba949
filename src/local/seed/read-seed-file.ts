import { readFile } from 'node:fs/promises';
import { extname } from 'node:path';
import { SEED } from './check-seed.ts';
import { SeedFileError } from './seed-file-error.ts';
import { parseYaml } from './yaml.ts';

/** Reads the JSON or YAML of a seed file, by the end of its name. Throws a SeedFileError. */
export async function readSeedFile(file: string): Promise<unknown> {
  const read = formatOf(file) === 'json' ? fromJson : fromYaml;
  const text = await readFile(file, 'utf8').catch((error: Error) => {
    throw new SeedFileError(`The seed file ${file} cannot be read: ${error.message}`);
  });
  return read(text.replace(/^\uFEFF/, ''), file);
}

/** Returns the format of a file by the end of its name. Throws a SeedFileError for another one. */
export function formatOf(file: string): 'json' | 'yaml' {
  const end = extname(file).toLowerCase();
  if (end === '.json') return 'json';
  if (end === '.yaml' || end === '.yml') return 'yaml';
  throw new SeedFileError(`The name of the seed file ${file} must end in .yaml, .yml or .json.`);
}

function fromJson(text: string, file: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    // The message itself quotes the text, which can be a password.
    const [, position] = /at position (\d+)/.exec((error as Error).message) ?? [];
    const line = position === undefined ? 0 : text.slice(0, Number(position)).split('\n').length;
    throw new SeedFileError(`The seed file ${file} is not valid JSON${line > 0 ? `: line ${line}` : ''}.`);
  }
}

function fromYaml(text: string, file: string): Promise<unknown> {
  return parseYaml(text, file, SEED);
}
