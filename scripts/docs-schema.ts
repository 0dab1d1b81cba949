import { anchorOf, code } from './docs-markdown.ts';

/** As much of JSON Schema as the schemas of the endpoint table have. Anything else throws, so that no constraint is lost. */
export interface Schema {
  readonly $ref?: string;
  readonly type?: string | readonly string[];
  readonly description?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: boolean | Schema;
  readonly items?: Schema;
  readonly oneOf?: readonly Schema[];
  readonly anyOf?: readonly Schema[];
  readonly allOf?: readonly Schema[];
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly default?: unknown;
  readonly format?: string;
  readonly pattern?: string;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly maxItems?: number;
  readonly dependentRequired?: Readonly<Record<string, readonly string[]>>;
  readonly discriminator?: unknown;
}

const KNOWN = new Set<string>([
  '$ref',
  'type',
  'default',
  'description',
  'properties',
  'required',
  'additionalProperties',
  'items',
  'oneOf',
  'anyOf',
  'allOf',
  'enum',
  'const',
  'format',
  'pattern',
  'minLength',
  'maxLength',
  'minimum',
  'maximum',
  'maxItems',
  'dependentRequired',
  'discriminator',
]);

const NO_NUL = '^[^\\x00]*$';

export interface Member {
  readonly path: string;
  readonly required: boolean;
  readonly type: string;
  readonly meaning: string;
}

/** The members of an object, nested ones after the member that holds them. */
export function membersOf(schema: Schema, prefix = ''): Member[] {
  const { properties = {}, required = [] } = schema;
  return Object.entries(properties).flatMap(([name, property]) => {
    const path = `${prefix}${name}`;
    const member: Member = {
      path,
      required: required.includes(name),
      type: typeOf(property),
      meaning: property.description ?? '',
    };
    const alike = alikeProperties(property);
    if (alike) return [member, alikeMember(path, alike, property)];
    if (property.items) return [member, ...membersOf(property.items, `${path}[].`)];
    return [member, ...membersOf(property, `${path}.`)];
  });
}

/** The one schema that many members have, if they all have the same. */
function alikeProperties({ properties = {} }: Schema): Schema | undefined {
  const schemas = Object.values(properties);
  const [first] = schemas;
  const same = new Set(schemas.map((schema) => JSON.stringify(schema)));
  return schemas.length > 5 && same.size === 1 ? first : undefined;
}

function alikeMember(path: string, schema: Schema, { properties = {} }: Schema): Member {
  const names = Object.keys(properties).map(code).join(', ');
  return { path: `${path}.*`, required: false, type: typeOf(schema), meaning: `\`*\` is one of ${names}.` };
}

export function typeOf(schema: Schema): string {
  for (const keyword of Object.keys(schema)) {
    if (!KNOWN.has(keyword)) throw new Error(`No text is known for the JSON Schema keyword ${keyword}.`);
  }
  if (schema.$ref !== undefined) return typeLink(nameOf(schema.$ref));
  if (schema.const !== undefined) return code(JSON.stringify(schema.const));
  if (schema.enum) return schema.enum.map((value) => code(JSON.stringify(value))).join(', ');
  if (schema.oneOf) return schema.oneOf.map(typeOf).join(' or ');
  const name = schema.items ? `array of ${typeOf(schema.items)}` : [schema.type ?? 'any'].flat().join(' or ');
  return [name, ...constraints(schema)].join(', ');
}

function constraints(schema: Schema): string[] {
  const { minLength = 0, maxLength, minimum, maximum, maxItems, format, pattern } = schema;
  const { default: value } = schema;
  return [
    ...(maxLength === undefined
      ? range(minLength > 1 ? minLength : undefined, undefined, ' characters')
      : range(minLength, maxLength, ' characters')),
    ...range(minimum, maximum, ''),
    ...(maxItems === undefined ? [] : [`${maxItems} items at most`]),
    ...(format === undefined ? [] : [`format ${code(format)}`]),
    ...(pattern === undefined ? [] : [pattern === NO_NUL ? 'without NUL' : `pattern ${code(pattern)}`]),
    ...(value === undefined ? [] : [`default ${code(JSON.stringify(value))}`]),
  ];
}

function range(min: number | undefined, max: number | undefined, unit: string): string[] {
  if (min !== undefined && max !== undefined) return [`${min} to ${max}${unit}`];
  if (min !== undefined) return [`${min}${unit} or more`];
  return max === undefined ? [] : [`${max}${unit} at most`];
}

/** The rules about which members go together, as sentences. */
export function rulesOf(schema: Schema, prefix = ''): string[] {
  const { allOf = [], dependentRequired = {}, properties = {} } = schema;
  const nested = Object.entries(properties).flatMap(([name, property]) =>
    rulesOf(property, `${prefix}${name}.`),
  );
  return [
    ...allOf.flatMap((rule) => choice(rule, prefix)),
    ...together(dependentRequired, prefix),
    ...nested,
  ];
}

function choice({ oneOf, anyOf }: Schema, prefix: string): string[] {
  const names = (oneOf ?? anyOf ?? []).map((each) => requirement(each, prefix)).join(', ');
  if (names === '') throw new Error('No text is known for a rule of allOf that offers no choice.');
  return [`${oneOf ? 'Exactly' : 'At least'} one of ${names} is required.`];
}

/** Members that an alternative needs, some of them with one value only. */
function requirement({ required = [], properties = {} }: Schema, prefix: string): string {
  return required
    .map((name) => {
      const only = properties[name]?.const;
      return code(`${prefix}${name}${only === undefined ? '' : `: ${JSON.stringify(only)}`}`);
    })
    .join(' with ');
}

function together(dependent: NonNullable<Schema['dependentRequired']>, prefix: string): string[] {
  const groups = Object.entries(dependent).map(([name, others]) =>
    [name, ...others].map((each) => code(`${prefix}${each}`)).sort(),
  );
  return [...new Set(groups.map((names) => `${names.join(' and ')} go together.`))];
}

export function nameOf(reference: string): string {
  return reference.slice(reference.lastIndexOf('/') + 1);
}

function typeLink(name: string): string {
  return `[${name}](#${anchorOf(name)})`;
}
