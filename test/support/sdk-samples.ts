import * as sdk from '@aws-sdk/client-cognito-identity-provider';
import type { OperationName } from '../../src/cognito/operations.ts';
import { commandClass } from '../../src/cognito/sdk-calls.ts';

/** Values for every member of a shape: as the SDK's users write them, and as JSON on the wire. */
export interface Sample {
  readonly value: Record<string, unknown>;
  readonly wire: Record<string, unknown>;
}

type Pair = readonly [value: unknown, wire: unknown];

/** The kinds of the SDK's schemas: simple, lists, maps, structures and operations. */
const [SIMPLE, LIST, MAP, STRUCTURE] = [0, 1, 2, 3];
const [LIST_OF, MAP_OF] = [64, 128];
const SIMPLE_SAMPLES: Readonly<Record<number, Pair>> = {
  0: ['é "text" \u2028', 'é "text" \u2028'],
  1: [7, 7],
  2: [true, true],
  4: [new Date(1_700_000_000_500), 1_700_000_000.5],
  15: [
    { challenge: 'AAAA', list: [1, null] },
    { challenge: 'AAAA', list: [1, null] },
  ],
};

/** Returns a sample of an operation's input or output by the installed SDK's schema, which names each member. */
export function sampleOf(operation: OperationName, which: 'input' | 'output'): Sample {
  const { schema } = new (commandClass(sdk, operation))({} as never) as unknown as { schema: unknown[] };
  const [value, wire] = pairOf(schema[which === 'input' ? 4 : 5]);
  return { value, wire } as Sample;
}

function pairOf(given: unknown): Pair {
  const schema: unknown = typeof given === 'function' ? given() : given;
  if (schema === 'unit') return [{}, {}];
  if (typeof schema === 'number') return ofNumber(schema);
  if (!Array.isArray(schema)) throw new Error(`The SDK has a new kind of schema: ${String(schema)}`);
  const [kind, , , , first, second] = schema as unknown[];
  // A member with traits of its own.
  if (typeof kind !== 'number') return pairOf(kind);
  switch (kind) {
    case SIMPLE:
      return pairOf(first);
    case LIST:
      return listOf(pairOf(first));
    case MAP:
      return mapOf(pairOf(second));
    case STRUCTURE:
      return structureOf(first as string[], second as unknown[]);
    default:
      throw new Error(`The SDK has a new kind of schema: ${kind}`);
  }
}

function ofNumber(schema: number): Pair {
  if (schema >= MAP_OF) return mapOf(ofNumber(schema - MAP_OF));
  if (schema >= LIST_OF) return listOf(ofNumber(schema - LIST_OF));
  const sample = SIMPLE_SAMPLES[schema];
  if (!sample) throw new Error(`The SDK has a new type: ${schema}`);
  return sample;
}

function listOf([value, wire]: Pair): Pair {
  return [
    [value, value],
    [wire, wire],
  ];
}

function mapOf([value, wire]: Pair): Pair {
  return [{ KEY: value }, { KEY: wire }];
}

function structureOf(names: readonly string[], members: readonly unknown[]): Pair {
  const pairs = names.map((name, index) => [name, pairOf(members[index])] as const);
  return [
    Object.fromEntries(pairs.map(([name, [value]]) => [name, value])),
    Object.fromEntries(pairs.map(([name, [, wire]]) => [name, wire])),
  ];
}
