import type Joi from 'joi';
import type { Json } from './components.ts';

/** The part of joi's `describe()` that completes the JSON Schema. */
interface Description {
  readonly keys?: Readonly<Record<string, Description>>;
  readonly dependencies?: readonly Dependency[];
  readonly metas?: readonly { readonly jsonSchema?: Json }[];
}

interface Dependency {
  readonly rel: string;
  readonly peers: readonly string[];
}

/** Returns the JSON Schema 2020-12 of a joi schema. `meta({ jsonSchema })` adds keywords that joi does not generate. */
export function toJsonSchema(schema: Joi.ObjectSchema): Json {
  const json = schema['~standard'].jsonSchema.input({ target: 'draft-2020-12' });
  return completed(json, schema.describe() as Description);
}

/** Adds the dependencies between members, which joi does not generate. */
function completed(json: Json, { keys, dependencies = [], metas = [] }: Description): Json {
  const properties = json.properties as Readonly<Record<string, Json>> | undefined;
  return {
    ...withoutObjectDefault(json),
    ...(properties && {
      properties: Object.fromEntries(
        Object.entries(properties).map(([name, property]) => [name, completed(property, keys?.[name] ?? {})]),
      ),
    }),
    ...Object.assign({}, ...dependencies.map(dependencySchema)),
    ...Object.assign({}, ...metas.map(({ jsonSchema }) => jsonSchema)),
  };
}

/** Some code generators leave an operation out if a default is an object. */
function withoutObjectDefault({ default: given, ...json }: Json): Json {
  return given === undefined || typeof given === 'object' ? json : { ...json, default: given };
}

function dependencySchema({ rel, peers }: Dependency): Json {
  const others = (name: string): string[] => peers.filter((peer) => peer !== name);
  if (rel === 'and')
    return { dependentRequired: Object.fromEntries(peers.map((name) => [name, others(name)])) };
  // In `allOf`, because code generators read an `anyOf` beside `properties` as alternatives to them.
  return { allOf: [{ [rel === 'xor' ? 'oneOf' : 'anyOf']: peers.map((name) => ({ required: [name] })) }] };
}
