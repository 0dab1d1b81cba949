import type Joi from 'joi';
import { isObject } from '../shared/option-errors.ts';

/** The entries of a form as an object, or the reason why it was refused. */
export type FormBody = { readonly body: Record<string, unknown> } | { readonly fault: string };

const MALFORMED: FormBody = { fault: 'The form is not percent-encoded UTF-8.' };
const REPEATED: FormBody = { fault: 'The form has a field more than once.' };

/** Parses `application/x-www-form-urlencoded`. */
export function parseForm(text: string): FormBody {
  const body: Record<string, unknown> = {};
  for (const pair of text.split('&')) {
    if (pair === '') continue;
    const at = pair.indexOf('=');
    const name = decoded(at === -1 ? pair : pair.slice(0, at));
    const value = decoded(at === -1 ? '' : pair.slice(at + 1));
    if (name === undefined || value === undefined) return MALFORMED;
    if (!put(body, pathOf(name), value)) return REPEATED;
  }
  return { body };
}

/** Takes a form that a parser of the app has read, such as `express.urlencoded()` with or without `extended`. */
export function takeParsedForm(parsed: unknown): FormBody {
  const body: Record<string, unknown> = {};
  return copy(parsed, [], body) ? { body } : REPEATED;
}

/** Parsers make a list of a repeated field. Returns false for such a form. */
function copy(value: unknown, path: readonly string[], into: Record<string, unknown>): boolean {
  if (typeof value === 'string') return put(into, path, value);
  if (!isObject(value)) return false;
  return Object.entries(value).every(([name, inner]) =>
    copy(inner, path.length === 0 ? pathOf(name) : [...path, name], into),
  );
}

/** Unlike `URLSearchParams`, it does not replace malformed bytes: a password would change. */
function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    return undefined;
  }
}

/** Splits `attributes[name]` and `attributes.name`. The name of a custom attribute may have dots inside brackets. */
function pathOf(name: string): readonly string[] {
  if (!/^[^.[\]]+(\.[^.[\]]+|\[[^[\]]+\])*$/.test(name)) return [name];
  return [...name.matchAll(/(?:^|\.)([^.[\]]+)|\[([^[\]]+)\]/g)].map(([, step, inBrackets]) =>
    String(step ?? inBrackets),
  );
}

/** Adds a value. Returns false if there is one already. */
function put(body: Record<string, unknown>, path: readonly string[], value: string): boolean {
  const last = path.at(-1);
  if (last === undefined) return false;
  let at = body;
  for (const step of path.slice(0, -1)) {
    if (!Object.hasOwn(at, step)) define(at, step, {});
    const next = at[step];
    if (!isObject(next)) return false;
    at = next;
  }
  if (Object.hasOwn(at, last)) return false;
  define(at, last, value);
  return true;
}

/** An assignment to `__proto__` would set the prototype. Validation refuses a member of that name. */
function define(object: Record<string, unknown>, name: string, value: unknown): void {
  Object.defineProperty(object, name, { value, enumerable: true, configurable: true, writable: true });
}

/** The part of joi's `describe()` that tells the types of fields. */
interface Description {
  readonly type?: string;
  readonly flags?: { readonly presence?: string };
  readonly allow?: readonly unknown[];
  readonly keys?: Readonly<Record<string, Description>>;
}

/** A checkbox without a value sends `on`. */
const BOOLEANS: ReadonlyMap<unknown, boolean> = new Map([
  ['true', true],
  ['on', true],
  ['1', true],
  ['false', false],
  ['off', false],
  ['0', false],
]);

/** Converts the text of a form to the types of a schema. Removes optional fields that the user left empty. */
export function typedForm(body: object, schema: Joi.ObjectSchema): Record<string, unknown> {
  return typedMembers(body, schema.describe() as Description);
}

function typedMembers(body: object, { keys = {} }: Description): Record<string, unknown> {
  const members = Object.entries(body).flatMap(([name, value]) => {
    const rule = Object.hasOwn(keys, name) ? (keys[name] ?? {}) : undefined;
    return rule && isUntouched(value, rule) ? [] : [[name, rule ? typed(value, rule) : value]];
  });
  return Object.fromEntries(members) as Record<string, unknown>;
}

/** An empty value that the schema allows has a meaning, such as the deletion of an attribute. */
function isUntouched(value: unknown, { flags, allow = [] }: Description): boolean {
  return value === '' && flags?.presence !== 'required' && !allow.includes('');
}

function typed(value: unknown, rule: Description): unknown {
  if (isObject(value)) return typedMembers(value, rule);
  if (rule.type === 'boolean') return BOOLEANS.get(value) ?? value;
  if (rule.type === 'number' && typeof value === 'string' && /^-?\d{1,15}(\.\d{1,15})?$/.test(value)) {
    return Number(value);
  }
  return value;
}
