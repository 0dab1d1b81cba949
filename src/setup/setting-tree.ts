import type { SetupAnswers } from './answers.ts';
import { type Resource, reasonOf } from './setting.ts';
import { SETTINGS } from './settings.ts';

/** A member of a template: its name, the reason for it, and its value. */
export interface Member {
  readonly name: string;
  readonly why?: string;
  readonly value: MemberValue;
}

/** Members of a structure, or a plain value. */
export type MemberValue = Structure | Plain;
export interface Structure {
  readonly members: readonly Member[];
}
export type Plain = string | number | boolean | readonly Plain[] | { readonly [name: string]: Plain };

export function isStructure(value: MemberValue): value is Structure {
  return typeof value === 'object' && 'members' in value;
}

/** A value at a path of member names. */
export interface PathValue {
  readonly path: string;
  readonly why: string;
  readonly value: Plain;
}

/** Returns the settings of a resource that have a value. Empty if the answers need no such resource. */
export function valuesOf(resource: Resource, answers: SetupAnswers): PathValue[] {
  return SETTINGS.filter((setting) => setting.resource === resource).flatMap((setting) => {
    const value = setting.value(answers) as Plain | undefined;
    return value === undefined ? [] : [{ path: setting.member, why: reasonOf(setting), value }];
  });
}

/** Returns the settings of a resource, nested as in the API. */
export function membersOf(resource: Resource, answers: SetupAnswers): Member[] {
  return nest(valuesOf(resource, answers));
}

/** Nests values by the first name of their paths, in the order of their first appearance. */
export function nest(values: readonly PathValue[]): Member[] {
  const names = [...new Set(values.map(({ path }) => firstName(path)))];
  return names.map((name) => {
    const same = values.filter(({ path }) => firstName(path) === name);
    const [only] = same;
    if (only?.path === name) return { name, why: only.why, value: only.value };
    return {
      name,
      value: { members: nest(same.map((each) => ({ ...each, path: each.path.slice(name.length + 1) }))) },
    };
  });
}

function firstName(path: string): string {
  return path.split('.', 1)[0] ?? path;
}

/** Returns the members as the plain object that the API takes. */
export function plainOf(members: readonly Member[]): { readonly [name: string]: Plain } {
  return Object.fromEntries(
    members.map(({ name, value }) => [name, isStructure(value) ? plainOf(value.members) : value]),
  );
}
