import { IncomingMessage } from 'node:http';

/**
 * Option checks without joi, because `requireAuth` does not load it. A message quotes the invalid value, then says how
 * to fix it.
 */

/** Names the page of the option, or of the function. A member such as `cookies.name` is on the page of `cookies`. */
export function optionError(option: string, message: string): TypeError {
  const [name = ''] = option.split(/[.[]/);
  return new TypeError(
    `express-cognito-kit: ${message}. See docs/reference/options.md#${name.toLowerCase()}`,
  );
}

export function wrongOption(name: string, value: unknown, fix: string): TypeError {
  return optionError(name, `${name} is ${quote(value)}; ${fix}`);
}

const MAX_QUOTE_LENGTH = 80;

/** Returns the value as text for a message, without the credentials of a URL. */
export function quote(value: unknown): string {
  if (typeof value === 'function') return 'a function';
  if (typeof value !== 'string' && typeof value !== 'object') return String(value);
  let text: string;
  try {
    text = JSON.stringify(value);
  } catch {
    return 'an object';
  }
  const safe = text.replace(/\/\/[^/@\s]+@/g, '//...@');
  return safe.length > MAX_QUOTE_LENGTH ? `${safe.slice(0, MAX_QUOTE_LENGTH)}...` : safe;
}

/**
 * Names that the same thing has elsewhere, such as in AWS's own tools, in lower case without separators. A list has the
 * candidates, of which the first known one is suggested. A text is the advice itself.
 */
export type OtherNames = Readonly<Record<string, readonly string[] | string>>;

/**
 * Throws for a value that is not an object, and for unknown names, because a mistyped option may be a security
 * option.
 */
export function checkOptionNames(
  of: string,
  options: unknown,
  known: readonly string[],
  otherNames: OtherNames = {},
): void {
  if (!isObject(options)) throw optionError(of, `${of} is ${quote(options)}; write an object of options`);
  const message = unknownName(of, Object.keys(options), known, otherNames);
  if (message !== undefined) throw optionError(of, message);
}

/** Returns the error text for the first name that is not known, with a suggestion. */
export function unknownName(
  of: string,
  names: readonly string[],
  known: readonly string[],
  otherNames: OtherNames = {},
): string | undefined {
  const unknown = names.find((name) => !known.includes(name));
  if (unknown === undefined) return undefined;
  const bare = bareName(unknown);
  const spelled = known.find((name) => bareName(name) === bare);
  const other = spelled ?? (Object.hasOwn(otherNames, bare) ? otherNames[bare] : undefined);
  const advice = typeof other === 'string' && spelled === undefined ? other : undefined;
  const meant = spelled ?? (Array.isArray(other) ? other.find((name) => known.includes(name)) : undefined);
  const suggestion = meant ?? (advice === undefined ? closest(unknown, known) : undefined);
  const fix =
    suggestion === undefined ? `the options are ${known.join(', ')}` : `did you mean ${quote(suggestion)}`;
  return `${of} has no option ${quote(unknown)}; ${advice ?? fix}`;
}

/** Ignores case, separators and the prefix of environment variables. */
export function bareName(name: string): string {
  return name
    .toLowerCase()
    .replace(/[^a-z0-9]/g, '')
    .replace(/^(aws)?cognito(?=.)/, '');
}

/** Throws if a function that creates middleware was passed to Express as middleware. `call` is how the app calls it. */
export function refuseRequest(of: string, options: unknown, call: string = of): void {
  if (!(options instanceof IncomingMessage)) return;
  throw optionError(of, `${call} was passed to Express without being called; write ${call}()`);
}

/** Whether the text comes from a variable without a value, as in `${process.env.NAME}`. */
export function isMissingValue(text: string): boolean {
  return /^(undefined|null|nan)$/i.test(text);
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Returns the option as a list of unique strings that match `pattern`. Throws for an empty list. */
export function stringList(name: string, value: unknown, pattern: RegExp, fix: string): readonly string[] {
  const list: readonly unknown[] = Array.isArray(value) ? value : [value];
  if (list.length === 0) throw wrongOption(name, value, `${fix}, or leave it out`);
  for (const item of list) {
    if (typeof item !== 'string' || !pattern.test(item)) throw wrongOption(name, item, fix);
  }
  return Object.freeze([...new Set(list as readonly string[])]);
}

export function functionOption<T>(name: string, value: T | undefined, fix: string): T | undefined {
  if (value !== undefined && typeof value !== 'function') throw wrongOption(name, value, fix);
  return value;
}

export function booleanOption(name: string, value: unknown): boolean {
  if (value !== undefined && typeof value !== 'boolean')
    throw wrongOption(name, value, 'write true or false');
  return value ?? false;
}

/** Returns a whole number within the bounds, or `undefined`. */
export function wholeOption(
  name: string,
  value: unknown,
  [min, max]: readonly [number, number],
): number | undefined {
  if (value === undefined) return undefined;
  if (Number.isInteger(value) && Number(value) >= min && Number(value) <= max) return value as number;
  throw wrongOption(name, value, `write a whole number from ${min} to ${max}`);
}

export function allowOrDeny(name: string, value: unknown): 'allow' | 'deny' | undefined {
  if (value === undefined || value === 'allow' || value === 'deny') return value;
  throw wrongOption(name, value, "write 'allow' or 'deny'");
}

/** Returns the known name that differs least, if it is near enough to be meant. */
export function closest(name: string, known: readonly string[]): string | undefined {
  const lower = name.toLowerCase();
  const ranked = known
    .map((candidate) => ({ candidate, distance: editDistance(lower, candidate.toLowerCase()) }))
    .sort((a, b) => a.distance - b.distance);
  const best = ranked[0];
  return best !== undefined && best.distance <= Math.max(2, name.length / 3) ? best.candidate : undefined;
}

/** Levenshtein distance. */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const replaced = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(replaced, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}
