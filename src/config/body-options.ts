import type { Request } from 'express';
import { type Check, callback, check, flag, mapOf, whole } from '../shared/checks.ts';
import { checkOptionNames, isObject, wrongOption } from '../shared/option-errors.ts';
import { ENDPOINT_NAMES, type EndpointName } from './endpoint-names.ts';

/** The rules of a field of the app. */
export interface ExtraField {
  /** The type of the value. A form sends text, which is converted. Default: `'string'`. */
  readonly type?: 'string' | 'boolean' | 'number';
  /** Maximum length of a string, 1 to 8192. Default: 4096. */
  readonly maxLength?: number;
  /** Whether a body without the field is refused. Default: `false`. */
  readonly required?: boolean;
}

/** Fields of the app, by endpoint: a list of names, or rules by name. */
export type ExtraFields = Readonly<
  Partial<Record<EndpointName, readonly string[] | Readonly<Record<string, ExtraField>>>>
>;

/** Returns the body in the kit's form, synchronously. Throw a `ProblemError` to refuse the request. */
export type MapBody = (
  /** The parsed body. Nothing in it is validated. Do not log it, because it contains passwords and codes. */
  body: Readonly<Record<string, unknown>>,
  context: {
    /** The endpoint that is called. */
    readonly endpoint: EndpointName;
    /** The Express request. */
    readonly req: Request;
  },
) => Readonly<Record<string, unknown>>;

/** The options of request bodies. */
export interface BodyOptions {
  /**
   * Fields of the app in the bodies of endpoints, such as `{ signUp: ['captchaToken'] }`. Hooks get them with the rest of
   * the body. They are never sent to Cognito. Default: none; other fields are refused.
   */
  extraFields?: ExtraFields;
  /**
   * Maps bodies to the kit's form before validation: one function for all endpoints, or functions by endpoint. Default:
   * none.
   */
  mapBody?: MapBody | Readonly<Partial<Record<EndpointName, MapBody>>>;
  /**
   * Accepts bodies of HTML forms, `application/x-www-form-urlencoded`. The CSRF check applies to each of them, with
   * tokens in bodies too. Default: `false`.
   */
  forms?: boolean;
}

/** The parsed options of request bodies. */
export interface BodySettings {
  readonly extraFields: Readonly<Partial<Record<EndpointName, ExtraFieldTable>>>;
  readonly mapBody: BodyOptions['mapBody'];
  readonly forms: boolean;
}

export type ExtraFieldTable = Readonly<Record<string, Readonly<Required<ExtraField>>>>;

/** The token of a CAPTCHA has up to 2,048 characters at most providers. */
const DEFAULT_MAX_LENGTH = 4096;
const MAX_LENGTH = 8192;
const TYPES: readonly unknown[] = ['string', 'boolean', 'number'];

const FIELDS_FIX =
  'write lists of names such as { signUp: ["inviteCode"] }, or rules such as { signUp: { inviteCode: { maxLength: 40 } } }';
const NAME_FIX = 'start with a letter, then write letters, digits, "_" and "-", 64 at most';
const RULE_FIX = 'write { type, maxLength, required }';
const MAP_FIX = 'write a function (body) that returns a body, or { signIn: fn } with the names of endpoints';

export const BODY_CHECKS: Readonly<Record<keyof BodyOptions, Check>> = {
  extraFields: mapOf(ENDPOINT_NAMES, checkFields, FIELDS_FIX),
  mapBody: (name, value) => {
    if (typeof value !== 'function') mapOf(ENDPOINT_NAMES, callback(MAP_FIX), MAP_FIX)(name, value);
  },
  forms: flag,
};

function checkFields(name: string, value: unknown): void {
  if (!Array.isArray(value) && !isObject(value)) throw wrongOption(name, value, FIELDS_FIX);
  for (const [field, rule] of Array.isArray(value)
    ? value.map((each) => [each, {}])
    : Object.entries(value)) {
    if (typeof field !== 'string' || !/^[A-Za-z][\w-]{0,63}$/.test(field)) {
      throw wrongOption(name, field, NAME_FIX);
    }
    checkRule(`${name}.${field}`, rule);
  }
}

function checkRule(name: string, rule: unknown): void {
  check(isObject, RULE_FIX)(name, rule);
  const { type, maxLength, required } = rule as Readonly<Record<string, unknown>>;
  checkOptionNames(name, rule, ['type', 'maxLength', 'required']);
  if (type !== undefined && !TYPES.includes(type)) {
    throw wrongOption(`${name}.type`, type, "write 'string', 'boolean' or 'number'");
  }
  if (maxLength !== undefined) {
    whole([1, MAX_LENGTH], `write a whole number from 1 to ${MAX_LENGTH}`)(`${name}.maxLength`, maxLength);
  }
  flag(`${name}.required`, required);
}

/** Parses checked options. */
export function parseBodyOptions({ extraFields = {}, mapBody, forms = false }: BodyOptions): BodySettings {
  const tables = Object.entries(extraFields).map(([endpoint, fields]) => {
    const rules = Array.isArray(fields)
      ? fields.map((field) => [field, {}] as const)
      : Object.entries(fields);
    return [
      endpoint,
      Object.freeze(Object.fromEntries(rules.map(([field, rule]) => [field, complete(rule)]))),
    ];
  });
  return {
    extraFields: Object.freeze(Object.fromEntries(tables)),
    mapBody: typeof mapBody === 'object' ? Object.freeze({ ...mapBody }) : mapBody,
    forms,
  };
}

function complete({ type, maxLength, required }: ExtraField): Readonly<Required<ExtraField>> {
  return Object.freeze({
    type: type ?? 'string',
    maxLength: maxLength ?? DEFAULT_MAX_LENGTH,
    required: required ?? false,
  });
}
