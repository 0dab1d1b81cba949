import { CognitoError, invalidParameter } from '../model/errors.ts';

/** A member of a request in Cognito's API model. `T` is its type after the check. */
export interface Member<T, Required extends boolean = boolean> {
  readonly required: Required;
  /** Adds a sentence to `broken` for each violated constraint. Throws SerializationException for a wrong JSON type. */
  readonly check: (value: unknown, path: string, broken: string[]) => void;
  /** The kind of value, for checks of options and comparisons with the SDK. */
  readonly kind: Kind;
  /** Never set; carries the type. */
  readonly type?: T;
}

export type Shape = Readonly<Record<string, Member<unknown>>>;

/** A scalar has the rules that a list names for its entries. */
export type Kind =
  | {
      readonly type: 'scalar';
      readonly rules: readonly string[];
      readonly sensitive?: boolean;
      readonly fix: string;
      readonly values?: readonly string[];
    }
  | {
      readonly type: 'list';
      readonly item: Member<unknown>;
      readonly min?: number | undefined;
      readonly max?: number | undefined;
      readonly sensitive?: boolean;
    }
  | {
      readonly type: 'map';
      readonly key?: Member<unknown> | undefined;
      readonly value?: Member<unknown> | undefined;
      readonly sensitive?: boolean;
    }
  | {
      readonly type: 'structure';
      readonly shape: Shape;
      readonly sensitive?: boolean;
      /** Names that members have elsewhere, as `unknownName` takes them. */
      readonly otherNames?: Readonly<Record<string, readonly string[] | string>>;
    };

type MemberType<M> = M extends Member<infer T> ? T : never;
type RequiredNames<S extends Shape> = {
  [K in keyof S]: S[K] extends Member<unknown, true> ? K : never;
}[keyof S];

/** The type of a checked request body. */
export type InputOf<S extends Shape> = { readonly [K in RequiredNames<S>]: MemberType<S[K]> } & {
  readonly [K in Exclude<keyof S, RequiredNames<S>>]?: MemberType<S[K]>;
};

/** Length and pattern of a string member in the API reference. */
export interface TextConstraints {
  readonly min?: number;
  readonly max?: number;
  readonly pattern?: RegExp;
  /** Cognito's pattern in error texts, if `pattern` is written without its backtracking. */
  readonly told?: string;
  /** Error texts echo values unless the API model marks the member as sensitive, as on AWS. */
  readonly sensitive?: boolean;
}

export function text(constraints: TextConstraints = {}): Member<string, false> {
  const { min = 0, max = 131_072, pattern, sensitive = false } = constraints;
  const { told = pattern?.source } = constraints;
  const whole = pattern && new RegExp(`^(?:${pattern.source})$`, pattern.flags);
  const rules = {
    max: `have length less than or equal to ${max}`,
    min: `have length greater than or equal to ${min}`,
    pattern: `satisfy regular expression pattern: ${told}`,
  };
  return {
    required: false,
    kind: {
      type: 'scalar',
      rules: [
        ...(constraints.max === undefined ? [] : [rules.max]),
        ...(constraints.min === undefined ? [] : [rules.min]),
        ...(pattern ? [rules.pattern] : []),
      ],
      sensitive,
      fix: `write a text of ${min} to ${max} characters${pattern ? ` that matches ${pattern}` : ''}`,
    },
    check(value, path, broken) {
      expectType(value, 'string', 'a String');
      const said = String(value);
      const subject = sensitive ? `Value at '${path}'` : `Value '${said}' at '${path}'`;
      const fail = (rule: string): void => {
        broken.push(`${subject} failed to satisfy constraint: Member must ${rule}`);
      };
      if (said.length > max) fail(rules.max);
      // Skipped for longer text, because some of Cognito's patterns backtrack.
      else if (whole && !whole.test(said)) fail(rules.pattern);
      if (said.length < min) fail(rules.min);
    },
  };
}

export function oneOf<V extends string>(...values: readonly V[]): Member<V, false> {
  const rule = `satisfy enum value set: [${values.join(', ')}]`;
  return {
    required: false,
    kind: {
      type: 'scalar',
      rules: [rule],
      fix: `write ${values.map((value) => `'${value}'`).join(' or ')}`,
      values,
    },
    check(value, path, broken) {
      expectType(value, 'string', 'a String');
      if (values.includes(value as V)) return;
      broken.push(
        `Value '${String(value)}' at '${path}' failed to satisfy constraint: ` + `Member must ${rule}`,
      );
    },
  };
}

export function integer(min: number, max: number): Member<number, false> {
  const rules = {
    max: `have value less than or equal to ${max}`,
    min: `have value greater than or equal to ${min}`,
  };
  return {
    required: false,
    kind: {
      type: 'scalar',
      rules: [rules.max, rules.min],
      fix: `write a whole number from ${min} to ${max}`,
    },
    check(value, path, broken) {
      expectType(value, 'number', 'an Integer');
      if (!Number.isInteger(value))
        throw serializationError('NUMBER_VALUE can not be converted to an Integer');
      const fail = (rule: string): void => {
        broken.push(
          `Value '${String(value)}' at '${path}' failed to satisfy constraint: Member must ${rule}`,
        );
      };
      if (Number(value) > max) fail(rules.max);
      if (Number(value) < min) fail(rules.min);
    },
  };
}

export function flag(): Member<boolean, false> {
  return {
    required: false,
    kind: { type: 'scalar', rules: [], fix: 'write true or false' },
    check: (value) => expectType(value, 'boolean', 'a Boolean'),
  };
}

export function list<T>(
  item: Member<T>,
  { min = 0, max }: { min?: number; max?: number } = {},
): Member<readonly T[], false> {
  return {
    required: false,
    kind: { type: 'list', item, min, max },
    check(value, path, broken) {
      if (!Array.isArray(value)) throw unexpectedValue(value, 'Expected list or null');
      if (max !== undefined && value.length > max) {
        const isQuoted = item.kind.type === 'scalar' && !item.kind.sensitive;
        broken.push(
          `Value ${isQuoted ? `'[${value.join(', ')}]' ` : ''}at '${path}' failed to satisfy constraint: ` +
            `Member must have length less than or equal to ${max}`,
        );
      }
      if (value.length < min) {
        broken.push(
          `Value '[]' at '${path}' failed to satisfy constraint: ` +
            `Member must have length greater than or equal to ${min}`,
        );
      }
      const { kind } = item;
      const ofEntries: string[] = kind.type === 'scalar' ? [] : broken;
      // By index, because forEach skips the holes that parseBody leaves for null.
      for (let index = 0; index < value.length; index++) {
        const entryPath = `${path}.${index + 1}.member`;
        if (value[index] !== undefined) item.check(value[index], entryPath, ofEntries);
        else
          broken.push(`Value null at '${entryPath}' failed to satisfy constraint: Member must not be null`);
      }
      // Cognito tells a fault of a text in a list as one of the list, with all rules of its entries.
      if (kind.type === 'scalar' && ofEntries.length > 0) {
        const subject = kind.sensitive ? 'Value' : `Value '[${value.join(', ')}]'`;
        const rules = kind.rules.map((rule) => `Member must ${rule}`).join(', ');
        broken.push(
          `${subject} at '${path}' failed to satisfy constraint: Member must satisfy constraint: [${rules}]`,
        );
      }
    },
  };
}

/** A map of strings, such as AuthParameters. Null counts as absent. */
export function stringMap(): Member<Readonly<Record<string, string>>, false> {
  return {
    required: false,
    kind: { type: 'map' },
    check(value) {
      for (const entry of Object.values(expectObject(value, 'Expected map or null')))
        expectType(entry, 'string', 'a String');
    },
  };
}

export function structure<S extends Shape>(
  shape: S,
  otherNames: Readonly<Record<string, readonly string[] | string>> = {},
): Member<InputOf<S>, false> {
  return {
    required: false,
    kind: { type: 'structure', shape, otherNames },
    check: (value, path, broken) => checkMembers(shape, value, `${path}.`, broken),
  };
}

/** A list or structure that messages do not quote, because it holds passwords. */
export function sensitive<T>(member: Member<T, false>): Member<T, false> {
  return { ...member, kind: { ...member.kind, sensitive: true } };
}

export function required<T>(member: Member<T>): Member<T, true> {
  return { ...member, required: true };
}

/** Drops the members that the shape does not have. */
export function onlyMembersOf<T extends object>(shape: Shape, input: T): T {
  return Object.fromEntries(Object.entries(input).filter(([key]) => Object.hasOwn(shape, key))) as T;
}

/** Validates a request body before any logic runs, as Cognito does. */
export function checkInput<S extends Shape>(shape: S, body: unknown): InputOf<S> {
  const broken: string[] = [];
  checkMembers(shape, body, '', broken);
  if (broken.length > 0) {
    const errors = broken.length === 1 ? '1 validation error' : `${broken.length} validation errors`;
    throw invalidParameter(`${errors} detected: ${broken.join('; ')}`);
  }
  return body as InputOf<S>;
}

/**
 * Parses a JSON 1.1 body. Drops null members, because the protocol treats null as absent. Truncates decimals, as AWS does:
 * every number of the API is whole.
 */
export function parseBody(raw: string): unknown {
  let body: unknown;
  try {
    body = JSON.parse(raw, (_key, value: unknown) => {
      if (typeof value === 'number') return Math.trunc(value);
      return value === null ? undefined : value;
    });
  } catch {
    throw serializationError('The request body is not valid JSON');
  }
  return expectObject(body, 'The request body is not a JSON object');
}

function checkMembers(shape: Shape, value: unknown, prefix: string, broken: string[]): void {
  const members = expectObject(value, 'Expected null');
  for (const [name, member] of Object.entries(shape)) {
    const path = prefix + name.charAt(0).toLowerCase() + name.slice(1);
    const given = Object.hasOwn(members, name) ? members[name] : undefined;
    if (given !== undefined) member.check(given, path, broken);
    else if (member.required) {
      broken.push(`Value null at '${path}' failed to satisfy constraint: Member must not be null`);
    }
  }
}

function expectObject(value: unknown, otherwise: string): Record<string, unknown> {
  if (typeof value === 'object' && value !== null && !Array.isArray(value))
    return value as Record<string, unknown>;
  throw unexpectedValue(value, otherwise);
}

function expectType(value: unknown, type: 'string' | 'number' | 'boolean', wanted: string): void {
  if (typeof value === type) return;
  const found = typeof value === 'boolean' ? String(value) : typeof value;
  throw unexpectedValue(value, `${found.toUpperCase()}_VALUE can not be converted to ${wanted}`);
}

/** AWS names a list and an object in the same way for every member. Another value has the text of the member's type. */
function unexpectedValue(value: unknown, otherwise: string): CognitoError {
  if (Array.isArray(value)) return serializationError('Start of list found where not expected');
  if (typeof value === 'object' && value !== null)
    return serializationError('Start of structure or map found where not expected.');
  return serializationError(otherwise);
}

function serializationError(message: string): CognitoError {
  return new CognitoError('SerializationException', message);
}
