import { closest, isObject, quote, unknownName } from '../shared/option-errors.ts';
import type { Member } from './wire/input.ts';

/**
 * Throws a TypeError for a value that Cognito would not take: the local pool would ignore it, and a test would prove
 * nothing. `page` is the heading of docs/local-user-pool.md, or another page.
 */
export function checkOption(path: string, member: Member<unknown>, value: unknown, page: string): void {
  if (value === undefined) return;
  const fault = faultIn(path, member, value);
  if (fault !== undefined) throw localOptionError(fault, page);
}

export function localOptionError(fault: string, page: string): TypeError {
  return new TypeError(`express-cognito-kit: ${fault}. See docs/${page}`);
}

function faultIn(path: string, { kind, check }: Member<unknown>, value: unknown): string | undefined {
  switch (kind.type) {
    case 'structure': {
      if (!isObject(value)) return `${path} is ${shownIn(kind, value)}; write an object`;
      const unknown = unknownName(path, Object.keys(value), Object.keys(kind.shape), kind.otherNames);
      if (unknown !== undefined) return unknown;
      return first(Object.entries(kind.shape), ([name, member]) =>
        value[name] !== undefined
          ? faultIn(`${path}.${name}`, member, value[name])
          : member.required
            ? `${path}.${name} is missing`
            : undefined,
      );
    }
    case 'list': {
      if (!Array.isArray(value)) return `${path} is ${shownIn(kind, value)}; write a list`;
      if (value.length > (kind.max ?? value.length)) return `${path} has more than ${kind.max} entries`;
      if (value.length < (kind.min ?? 0)) return `${path} is empty; leave it out, or write an entry`;
      return first([...value.entries()], ([index, entry]) => faultIn(`${path}[${index}]`, kind.item, entry));
    }
    case 'map': {
      if (!isObject(value)) return `${path} is ${quote(value)}; write an object of texts`;
      return first(Object.entries(value), ([name, entry]) =>
        typeof entry === 'string' || entry === undefined
          ? undefined
          : `${path}.${name} is ${quote(entry)}; write a text`,
      );
    }
    case 'scalar': {
      if (isAccepted(check, value) && !isFraction(value)) return undefined;
      const meant = typeof value === 'string' && kind.values && closest(value, kind.values);
      return `${path} is ${shownIn(kind, value)}; ${meant ? `did you mean ${quote(meant)}` : kind.fix}`;
    }
  }
}

function shownIn({ sensitive = false }: { readonly sensitive?: boolean }, value: unknown): string {
  return sensitive ? 'not in the expected form' : quote(value);
}

function isFraction(value: unknown): boolean {
  return typeof value === 'number' && !Number.isInteger(value);
}

/** Returns whether Cognito takes the value for the member. */
export function isAccepted(check: Member<unknown>['check'], value: unknown): boolean {
  const broken: string[] = [];
  try {
    check(value, '', broken);
  } catch {
    return false;
  }
  return broken.length === 0;
}

function first<T>(entries: readonly T[], faultOf: (entry: T) => string | undefined): string | undefined {
  for (const entry of entries) {
    const fault = faultOf(entry);
    if (fault !== undefined) return fault;
  }
  return undefined;
}
