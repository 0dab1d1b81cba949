import * as sdkModule from '@aws-sdk/client-cognito-identity-provider';

export type Members = Record<string, unknown>;

/** The kinds of the SDK's schemas that have parts. */
const LIST = 1;
const STRUCTURE = 3;
const BLOB = 21;
const DOCUMENT = 15;
const TIMESTAMP = 4;

/** Values by the path of a member or by its last name. */
export type Samples = Readonly<Record<string, unknown>>;

/** Follows references to the schema itself. */
function schemaOf(given: unknown): unknown {
  const schema = typeof given === 'function' ? (given as () => unknown)() : given;
  if (!Array.isArray(schema)) return schema;
  return Array.isArray(schema[0]) || typeof schema[0] === 'function' ? schemaOf(schema[0]) : schema;
}

/** The value of a member by the SDK's schema. A member without a sample throws, so that new ones are noticed. */
function sampleFor(given: unknown, path: string, samples: Samples): unknown {
  const name = path.slice(path.lastIndexOf('.') + 1);
  const key = [path, name].find((each) => Object.hasOwn(samples, each));
  if (key !== undefined) return samples[key];
  const schema = schemaOf(given);
  if (Array.isArray(schema) && schema[0] === STRUCTURE) return structureOf(schema, path, samples);
  if (Array.isArray(schema) && schema[0] === LIST) return [sampleFor(schema[4], path, samples)];
  if (schema === BLOB) return Uint8Array.from(Buffer.from('iVBORw0KGgoAAAAN', 'base64'));
  if (schema === DOCUMENT) return { categories: { form: { displayGraphics: true } }, order: [1, 'two'] };
  throw new Error(`${path} has no sample`);
}

function structureOf(schema: unknown[], path: string, samples: Samples): Members {
  const [, , , , names, schemas] = schema as [number, string, string, unknown, string[], unknown[]];
  const entries = names.map((name, index) => [
    name,
    sampleFor(schemas[index], path ? `${path}.${name}` : name, samples),
  ]);
  return Object.fromEntries(entries.filter(([, value]) => value !== undefined));
}

/** A request of an operation with a value for each member that the SDK knows. */
export function requestOf(operation: string, samples: Samples): Members {
  const schema = schemaOf((sdkModule as Members)[`${operation}Request$`]);
  if (!Array.isArray(schema)) throw new Error(`the SDK has no schema ${operation}Request$`);
  return structureOf(schema, '', samples);
}

/** The names and schemas of a structure's members. */
function membersOfStructure(shape: string): [name: string, schema: unknown][] {
  const schema = schemaOf((sdkModule as Members)[`${shape}$`]);
  if (!Array.isArray(schema)) throw new Error(`the SDK has no structure ${shape}`);
  const [, , , , names, schemas] = schema as [number, string, string, unknown, string[], unknown[]];
  return names.map((name, index) => [name, schemas[index]]);
}

export function namesOf(shape: string): string[] {
  return membersOfStructure(shape).map(([name]) => name);
}

/** The members of a structure that are not times. */
export function settingsOf(shape: string): string[] {
  return membersOfStructure(shape)
    .filter(([, schema]) => schemaOf(schema) !== TIMESTAMP)
    .map(([name]) => name);
}
