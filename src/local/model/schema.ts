import { invalidParameter } from './errors.ts';
import type { NumberConstraints, PoolSettings, SchemaAttribute, StringConstraints } from './settings.ts';

/** A user attribute of a pool, in the member names of DescribeUserPool. */
interface AttributeDefinition {
  /** With the prefix `custom:` or `dev:custom:`, unless it is a standard attribute. */
  readonly Name: string;
  readonly AttributeDataType: NonNullable<SchemaAttribute['AttributeDataType']>;
  readonly DeveloperOnlyAttribute: boolean;
  readonly Mutable: boolean;
  readonly Required: boolean;
  readonly StringAttributeConstraints?: StringConstraints;
  readonly NumberAttributeConstraints?: NumberConstraints;
}

const MAX_LENGTH = 2048;
const INTEGER = /^\d+$/;
const NUMBER = /^-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?$/;
const BOOLEAN = /^(?:true|false)$/i;
/** ISO 8601, or seconds since the epoch. Cognito documents no format, so the pool accepts both. */
const DATE_TIME = /^(?:\d{4}-\d{2}-\d{2}(?:T[\d:.]+(?:Z|[+-]\d{2}:?\d{2})?)?|\d+)$/;

/** The attributes of every pool (OpenID Connect Core 1.0, section 5.1), in the order of DescribeUserPool. */
const STANDARD: readonly AttributeDefinition[] = [
  { ...text('sub', '1'), Mutable: false, Required: true },
  text('name'),
  text('given_name'),
  text('family_name'),
  text('middle_name'),
  text('nickname'),
  text('preferred_username'),
  text('profile'),
  text('picture'),
  text('website'),
  text('email'),
  flag('email_verified'),
  text('gender'),
  text('birthdate', '10', '10'),
  text('zoneinfo'),
  text('locale'),
  text('phone_number'),
  flag('phone_number_verified'),
  text('address'),
  { ...optional('updated_at', 'Number'), NumberAttributeConstraints: { MinValue: '0' } },
];

/** Verification flags are in every schema, but CreateUserPool takes their names for custom attributes. */
const CONFIGURABLE = STANDARD.filter(({ AttributeDataType }) => AttributeDataType !== 'Boolean');

/** Returns the standard attributes with the pool's changes, then its custom attributes. */
export function schemaOf({ Schema = [] }: PoolSettings): AttributeDefinition[] {
  const changes = new Map(Schema.map((given) => [standardOf(given)?.Name, given]));
  return [
    ...STANDARD.map((standard) => merge(standard, changes.get(standard.Name))),
    ...Schema.filter((given) => given.Name && !standardOf(given)).map(customDefinition),
  ];
}

export function definitionOf(settings: PoolSettings, name: string): AttributeDefinition | undefined {
  return schemaOf(settings).find(({ Name }) => Name === name);
}

/** Returns the names of the attributes that a new user must have, without `sub`. */
export function requiredAttributes(settings: PoolSettings): string[] {
  return schemaOf(settings)
    .filter(({ Name, Required }) => Required && Name !== 'sub')
    .map(({ Name }) => Name);
}

/** Throws the exceptions of CreateUserPool for an invalid Schema. */
export function checkSchema({ Schema = [] }: PoolSettings): void {
  const names = new Set<string>();
  for (const given of Schema) {
    const standard = standardOf(given);
    if (standard) checkStandard(standard, given);
    else checkCustom(given);
    const definition = standard ? merge(standard, given) : customDefinition(given);
    checkLengths(definition);
    checkRange(definition);
    if (!standard && names.has(definition.Name)) {
      throw invalidParameter(
        `Duplicate custom attribute names ${definition.Name} are not allowed in a user pool schema.`,
      );
    }
    names.add(definition.Name);
  }
}

/** Returns the rule that a value violates, in Cognito's words. */
export function violatedRule(definition: AttributeDefinition, value: string): string | undefined {
  const { AttributeDataType: type, StringAttributeConstraints, NumberAttributeConstraints } = definition;
  if (type === 'Boolean') return BOOLEAN.test(value) ? undefined : 'The attribute is not a valid boolean';
  if (type === 'DateTime') {
    return DATE_TIME.test(value) ? undefined : 'The attribute is not a valid date and time';
  }
  if (type === 'Number') {
    const { MinValue, MaxValue } = NumberAttributeConstraints ?? {};
    if (!NUMBER.test(value)) return 'The attribute is not a valid number';
    if (MinValue !== undefined && Number(value) < Number(MinValue)) {
      return `Number must be no less than ${MinValue}`;
    }
    if (MaxValue !== undefined && Number(value) > Number(MaxValue)) {
      return `Number must be no greater than ${MaxValue}`;
    }
    return undefined;
  }
  const { MinLength, MaxLength } = StringAttributeConstraints ?? {};
  if (MinLength !== undefined && value.length < Number(MinLength)) {
    return `String must be no shorter than ${MinLength} characters`;
  }
  if (MaxLength !== undefined && value.length > Number(MaxLength)) {
    return `String must be no longer than ${MaxLength} characters`;
  }
  return undefined;
}

/** Returns the stored form of a valid value: `True` is `true`. */
export function storedValue({ AttributeDataType }: AttributeDefinition, value: string): string {
  return AttributeDataType === 'Boolean' ? value.toLowerCase() : value;
}

function standardOf({ Name }: SchemaAttribute): AttributeDefinition | undefined {
  return CONFIGURABLE.find((standard) => standard.Name === Name);
}

function merge(standard: AttributeDefinition, given: SchemaAttribute = {}): AttributeDefinition {
  if (standard.Name === 'sub') return standard;
  const { Mutable, Required, StringAttributeConstraints, NumberAttributeConstraints } = given;
  const isText = standard.AttributeDataType === 'String';
  return {
    ...standard,
    ...(Mutable !== undefined && { Mutable }),
    ...(Required !== undefined && { Required }),
    ...(isText && StringAttributeConstraints && { StringAttributeConstraints }),
    ...(!isText && NumberAttributeConstraints && { NumberAttributeConstraints }),
  };
}

function customDefinition(given: SchemaAttribute): AttributeDefinition {
  const { Name = '', AttributeDataType = 'String', DeveloperOnlyAttribute = false, Mutable = true } = given;
  return {
    Name: `${DeveloperOnlyAttribute ? 'dev:' : ''}custom:${Name}`,
    AttributeDataType,
    DeveloperOnlyAttribute,
    Mutable,
    Required: false,
    ...(AttributeDataType === 'String' && {
      StringAttributeConstraints: given.StringAttributeConstraints ?? {},
    }),
    ...(AttributeDataType === 'Number' && {
      NumberAttributeConstraints: given.NumberAttributeConstraints ?? {},
    }),
  };
}

function checkStandard(standard: AttributeDefinition, given: SchemaAttribute): void {
  const { AttributeDataType = standard.AttributeDataType, DeveloperOnlyAttribute } = given;
  if (AttributeDataType === standard.AttributeDataType && !DeveloperOnlyAttribute) return;
  throw invalidParameter(
    'You can not change AttributeDataType or set developerOnlyAttribute for standard schema attribute ' +
      standard.Name,
  );
}

function checkCustom({ AttributeDataType, Required }: SchemaAttribute): void {
  if (AttributeDataType === undefined) {
    throw invalidParameter(
      'Invalid AttributeDataType input, consider using the provided AttributeDataType enum.',
    );
  }
  if (Required) throw invalidParameter('Required custom attributes are not supported currently.');
}

function checkLengths({ Name, StringAttributeConstraints = {} }: AttributeDefinition): void {
  const { MinLength, MaxLength } = StringAttributeConstraints;
  for (const limit of [MinLength, MaxLength]) {
    if (limit !== undefined && !INTEGER.test(limit)) {
      throw invalidParameter(`Invalid StringAttributeConstraints for schema attribute ${Name}`);
    }
    if (Number(limit) > MAX_LENGTH) {
      throw invalidParameter(
        `user.${Name}: String attributes cannot have a length of more than ${MAX_LENGTH}`,
      );
    }
  }
  if (Number(MinLength) > Number(MaxLength)) {
    throw invalidParameter(`Attribute ${Name} cannot have a max length shorter than it's min length`);
  }
}

function checkRange({ Name, NumberAttributeConstraints = {} }: AttributeDefinition): void {
  const { MinValue, MaxValue } = NumberAttributeConstraints;
  if ([MinValue, MaxValue].some((limit) => limit !== undefined && !NUMBER.test(limit))) {
    throw invalidParameter(`Invalid NumberAttributeConstraints for schema attribute ${Name}`);
  }
  if (Number(MinValue) > Number(MaxValue)) {
    throw invalidParameter(`Attribute ${Name} cannot have a max value smaller than it's min value`);
  }
}

function text(Name: string, MinLength = '0', MaxLength = `${MAX_LENGTH}`): AttributeDefinition {
  return { ...optional(Name, 'String'), StringAttributeConstraints: { MinLength, MaxLength } };
}

function flag(Name: string): AttributeDefinition {
  return optional(Name, 'Boolean');
}

function optional(
  Name: string,
  AttributeDataType: AttributeDefinition['AttributeDataType'],
): AttributeDefinition {
  return { Name, AttributeDataType, DeveloperOnlyAttribute: false, Mutable: true, Required: false };
}
