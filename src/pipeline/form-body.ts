import type Joi from 'joi';
import type { Variants } from '../endpoints/endpoint.ts';
import { isObject } from '../shared/option-errors.ts';
import { type Problem, problem } from '../shared/problem.ts';
import { frozen } from '../tokens/refusals.ts';
import type { BodyFormat, ReadBody } from './body-format.ts';
import { plainBody, variantOf } from './validation.ts';

const MALFORMED: Problem = frozen(
  problem('invalid_request', { detail: 'The form is not percent-encoded UTF-8.' }),
);
const REPEATED: Problem = frozen(
  problem('invalid_request', { detail: 'The form has a field more than once.' }),
);

/** `application/x-www-form-urlencoded`. */
export const FORM: BodyFormat = { parse: parseForm, take: takeParsedForm, notUtf8: MALFORMED };

function parseForm(text: string): ReadBody {
  const body: Record<string, unknown> = {};
  for (const pair of text.split('&')) {
    if (pair === '') continue;
    const at = pair.indexOf('=');
    const name = decoded(at === -1 ? pair : pair.slice(0, at));
    const value = decoded(at === -1 ? '' : pair.slice(at + 1));
    if (name === undefined || value === undefined) return { problem: MALFORMED };
    if (!put(body, pathOf(name), value)) return { problem: REPEATED };
  }
  return { body, format: 'form' };
}

/** Takes a form that a parser of the app has read, such as `express.urlencoded()` with or without `extended`. */
function takeParsedForm(parsed: unknown): ReadBody {
  const body: Record<string, unknown> = {};
  return copy(parsed, [], body) ? { body, format: 'form' } : { problem: REPEATED };
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
export function typedForm(schema: Joi.ObjectSchema | Variants, given: unknown): unknown {
  const plain = plainBody(given);
  // The validation refuses it.
  if ('problem' in plain) return given;
  const chosen = 'schemas' in schema ? variantOf(schema, plain.body) : schema;
  if ('problem' in chosen) return given;
  const description = descriptions.get(chosen) ?? (chosen.describe() as Description);
  descriptions.set(chosen, description);
  return typedMembers(plain.body, description);
}

/** A description costs more than the conversion. */
const descriptions = new WeakMap<Joi.ObjectSchema, Description>();

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
