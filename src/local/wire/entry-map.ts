import { type Member, stringMap } from './input.ts';

interface EntryRules {
  readonly key?: Member<string>;
  readonly value?: Member<string>;
  readonly min?: number;
}

/** A map of strings whose keys and values have constraints. */
export function entryMap({ key, value, min }: EntryRules): Member<Readonly<Record<string, string>>, false> {
  const plain = stringMap();
  return {
    ...plain,
    kind: { type: 'map', key, value },
    check(given, path, broken) {
      plain.check(given, path, broken);
      const entries = Object.entries(given as Record<string, string>);
      const fail = (rule: string): void => {
        broken.push(`Value at '${path}' failed to satisfy constraint: ${rule}`);
      };
      if (key && entries.some(([name]) => violates(key, name))) {
        fail(`Map keys must satisfy constraint: [${rulesOf(key)}]`);
      }
      if (value && entries.some(([, text]) => violates(value, text))) {
        fail(`Map value must satisfy constraint: [${rulesOf(value)}]`);
      }
      if (min !== undefined && entries.length < min) {
        fail(`Member must have length greater than or equal to ${min}`);
      }
    },
  };
}

function violates(member: Member<string>, value: string): boolean {
  const broken: string[] = [];
  member.check(value, '', broken);
  return broken.length > 0;
}

function rulesOf({ kind }: Member<string>): string {
  return kind.type === 'scalar' ? kind.rules.map((rule) => `Member must ${rule}`).join(', ') : '';
}
