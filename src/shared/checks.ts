import { booleanOption, checkOptionNames, isObject, optionError, quote } from './option-errors.ts';

/** Throws a `TypeError` that quotes an invalid value and says how to fix it. */
export type Check = (name: string, value: unknown) => void;

/** A check by a condition. */
export function check(isValid: (value: unknown) => boolean, fix: string): Check {
  return (name, value) => {
    if (!isValid(value)) throw invalid(name, value, fix);
  };
}

export function text(isValid: (text: string) => boolean, fix: string): Check {
  return check((value) => typeof value === 'string' && value !== '' && isValid(value), fix);
}

export function oneOf(values: readonly unknown[], fix: string): Check {
  return check((value) => values.includes(value), fix);
}

export function whole([least, most]: readonly [number, number], fix: string): Check {
  return check((value) => Number.isInteger(value) && Number(value) >= least && Number(value) <= most, fix);
}

export const flag: Check = booleanOption;

export function callback(fix: string): Check {
  return check((value) => typeof value === 'function', fix);
}

/** An instance of a class that may be loaded in several copies: its methods identify it. */
export function instance(methods: readonly string[], fix: string): Check {
  return (name, value) => {
    if (typeof value !== 'object' || value === null) throw invalid(name, value, fix);
    for (const method of methods) {
      callback(fix)(`${name}.${method}`, (value as Record<string, unknown>)[method]);
    }
  };
}

/** A list of different values. */
export function listOf(item: Check, [least, most]: readonly [number, number], fix: string): Check {
  return (name, value) => {
    if (!Array.isArray(value) || value.length < least || value.length > most) throw invalid(name, value, fix);
    for (const [index, each] of value.entries()) {
      item(`${name}.${index}`, each);
      if (value.indexOf(each) !== index) throw invalid(`${name}.${index}`, each, fix);
    }
  };
}

/** One value, or a list of different ones. */
export function oneOrMore(item: Check, fix: string): Check {
  const list = listOf(item, [1, Number.POSITIVE_INFINITY], fix);
  return (name, value) => (Array.isArray(value) ? list : item)(name, value);
}

export function either(literal: unknown, otherwise: Check): Check {
  return (name, value) => {
    if (value !== literal) otherwise(name, value);
  };
}

/** A member that has to be there. Other members of an object are optional. */
export interface Required {
  readonly required: Check;
}

/** An object without other members than these. */
export function object(members: Readonly<Record<string, Check | Required>>, fix: string): Check {
  return (name, value) => {
    if (!isObject(value)) throw invalid(name, value, fix);
    checkOptionNames(name, value, Object.keys(members));
    checkMembers(members, value, `${name}.`);
  };
}

export function checkMembers(
  members: Readonly<Record<string, Check | Required>>,
  values: Readonly<Record<string, unknown>>,
  path = '',
): void {
  for (const [member, rule] of Object.entries(members)) {
    const value = values[member];
    if (typeof rule !== 'function') rule.required(`${path}${member}`, value);
    else if (value !== undefined) rule(`${path}${member}`, value);
  }
}

/** An object that maps each of these names to a value of one kind. */
export function mapOf(names: readonly string[], item: Check, fix: string): Check {
  return object(Object.fromEntries(names.map((name) => [name, item])), fix);
}

function invalid(name: string, value: unknown, fix: string): TypeError {
  return optionError(name, `${name} is ${show(name, value)}; ${fix}`);
}

/** Quotes a value unless it is, or may contain, a secret. */
function show(name: string, value: unknown): string {
  if (/secret/i.test(name)) return 'not in the expected form';
  if (Array.isArray(value) && value.some((item) => typeof item === 'object')) return 'a list of objects';
  return isObject(value) && Object.keys(value).length > 0 ? 'an invalid object' : quote(value);
}
