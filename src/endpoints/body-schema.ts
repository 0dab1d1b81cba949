import type Joi from 'joi';
import type { ExtraField } from '../config/body-options.ts';
import { ENDPOINT_NAMES } from '../config/endpoint-names.ts';
import type { Settings } from '../config/settings.ts';
import { optionError } from '../shared/option-errors.ts';
import type { Endpoint, Variants } from './endpoint.ts';
import { fieldNamesOf } from './field-names.ts';
import { extraText } from './fields.ts';
import { joi } from './joi.ts';

/** Returns the schema of an endpoint's body, with the fields of the app. */
export function bodySchemaOf(
  endpoint: Endpoint,
  settings: Settings,
): Joi.ObjectSchema | Variants | undefined {
  const schema = endpoint.body?.(settings);
  const fields = settings.extraFields[endpoint.name];
  if (!schema || !fields) return schema;
  const members = mapValues(fields, memberOf);
  return 'schemas' in schema
    ? { ...schema, schemas: mapValues(schema.schemas, (variant) => variant.append(members)) }
    : schema.append(members);
}

function memberOf({ type, maxLength, required }: Required<ExtraField>): Joi.Schema {
  const schema = {
    string: () => extraText(maxLength),
    boolean: () => joi.boolean().strict(),
    number: () => joi.number().strict(),
  }[type]();
  return schema
    .presence(required ? 'required' : 'optional')
    .description('A field of the app. It is not sent to Cognito.');
}

/** Returns the body without the fields of the app. */
export function withoutExtraFields(
  body: Record<string, unknown>,
  { name }: Endpoint,
  { extraFields }: Settings,
): Record<string, unknown> {
  const fields = extraFields[name];
  if (!fields) return body;
  return Object.fromEntries(Object.entries(body).filter(([member]) => !Object.hasOwn(fields, member)));
}

/** Throws a `TypeError` for body options of an endpoint that cannot have them. */
export function checkBodyOptions(endpoints: readonly Endpoint[], settings: Settings): void {
  const { extraFields, mapBody } = settings;
  for (const name of ENDPOINT_NAMES) {
    const endpoint = endpoints.find((each) => each.name === name);
    for (const [option, table] of Object.entries({ extraFields, mapBody })) {
      if (typeof table !== 'object' || !table[name] || endpoint?.body) continue;
      throw optionError(option, `${option}.${name} is set, and ${name} takes no body; remove it`);
    }
    const taken = fieldNamesOf(name);
    const clash = Object.keys(extraFields[name] ?? {}).find((field) => taken.has(field));
    if (clash === undefined) continue;
    throw optionError(
      'extraFields',
      `extraFields.${name} has "${clash}", which is a field of the kit; choose another name`,
    );
  }
}

function mapValues<T, U>(table: Readonly<Record<string, T>>, map: (value: T) => U): Record<string, U> {
  return Object.fromEntries(Object.entries(table).map(([name, value]) => [name, map(value)]));
}
