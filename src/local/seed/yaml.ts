import { isObject } from '../model/json-object.ts';
import { isAccepted } from '../option-values.ts';
import type { Member } from '../wire/input.ts';
import { SeedFileError } from './seed-file-error.ts';

/** Bounds the work for aliases of aliases. Aliases of a text, such as a password of all users, count as one each. */
const MAX_ALIASES = 100_000;
const NOTHING = ['', '~', 'null', 'Null', 'NULL'];
const FLAGS: ReadonlyMap<string, boolean> = new Map([
  ['true', true],
  ['false', false],
]);
const ADVICE = 'Check the indentation, and put texts with special characters in quotes.';

/**
 * Parses YAML into the form of a member. Every scalar is read as text, and becomes a number or a flag only where the form needs
 * one: phone numbers, dates and passwords of digits need no quotes. Throws a SeedFileError that quotes no content.
 */
export async function parseYaml(text: string, file: string, form: Member<unknown>): Promise<unknown> {
  const { LineCounter, parseDocument } = await loadYaml();
  const lineCounter = new LineCounter();
  const invalid = (reason: string): SeedFileError =>
    new SeedFileError(`The seed file ${file} is not valid YAML: ${reason}. ${ADVICE}`);
  const document = parseDocument(text, { schema: 'failsafe', merge: true, prettyErrors: false, lineCounter });
  // A warning is a tag without a meaning here, such as an unquoted text that starts with "!".
  const [fault] = [...document.errors, ...document.warnings];
  if (fault) throw invalid(`${fault.code} in line ${lineCounter.linePos(fault.pos[0]).line}`);
  try {
    return formed(document.toJS({ maxAliasCount: MAX_ALIASES }), form);
  } catch (error) {
    throw invalid(linkFault(error as Error));
  }
}

/** Writes plain JSON as YAML. */
export async function yamlOf(value: unknown): Promise<string> {
  const { stringify } = await loadYaml();
  return stringify(value, { lineWidth: 0, aliasDuplicateObjects: false });
}

/** The message itself has the name of the alias, which can be a password that starts with "*". */
function linkFault({ message }: Error): string {
  if (message.startsWith('Excessive')) return 'it has too many aliases';
  return 'it has an alias without an anchor, or a merge key without a map';
}

function formed(value: unknown, { kind, check }: Member<unknown>): unknown {
  switch (kind.type) {
    case 'structure': {
      if (!isObject(value)) return value;
      const entries = Object.entries(value).map(([name, entry]) => {
        const member = Object.hasOwn(kind.shape, name) ? kind.shape[name] : undefined;
        return [name, member ? formedMember(entry, member) : entry];
      });
      return Object.fromEntries(entries.filter(([, entry]) => entry !== undefined));
    }
    case 'list':
      return Array.isArray(value) ? value.map((entry) => formed(entry, kind.item)) : value;
    case 'scalar': {
      if (typeof value !== 'string' || isAccepted(check, value)) return value;
      const other = FLAGS.get(value) ?? (/^-?\d{1,15}$/.test(value) ? Number(value) : undefined);
      return other !== undefined && isAccepted(check, other) ? other : value;
    }
    case 'map':
      return value;
  }
}

/** A name without a value counts as absent, unless its value can be that text. */
function formedMember(entry: unknown, member: Member<unknown>): unknown {
  const isNothing = typeof entry === 'string' && NOTHING.includes(entry);
  const isText = member.kind.type === 'scalar' && isAccepted(member.check, entry);
  return isNothing && !isText ? undefined : formed(entry, member);
}

async function loadYaml(): Promise<typeof import('yaml')> {
  try {
    return await import('yaml');
  } catch (error) {
    // The codes of `import` and of `require`.
    const missing = ['ERR_MODULE_NOT_FOUND', 'MODULE_NOT_FOUND'];
    if (!missing.includes(String((error as NodeJS.ErrnoException).code))) throw error;
    throw new SeedFileError(
      'A seed in YAML needs the package yaml: npm install --save-dev yaml. A seed in JSON needs no package.',
    );
  }
}
