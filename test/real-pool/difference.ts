import { isDeepStrictEqual } from 'node:util';
import type { ContractPool } from './contract-pool.ts';
import type { Fact } from './fact.ts';

/** A fact that the user pool contradicts. */
export interface Difference {
  readonly fact: Fact;
  /** The observation as JSON, without secrets. */
  readonly actual: string;
}

const TOKEN = /[\w-]{8,}(?:\.[\w-]*){2,4}|[\w+/=-]{60,}/g;
const ADDRESS = /[\w.+-]+@example\.com/g;
const POOL = /\b[a-z]{2}(?:-[a-z]+)+-\d_[0-9A-Za-z]+/g;

/** Checks one fact. An observation that throws is a difference too. */
export async function check(fact: Fact, pool: ContractPool): Promise<Difference | undefined> {
  let observed: unknown;
  try {
    observed = await fact.observe(pool);
  } catch (error) {
    return { fact, actual: redacted(`no observation: ${(error as Error).message}`, pool) };
  }
  if (isDeepStrictEqual(observed, fact.expected)) return undefined;
  return { fact, actual: redacted(JSON.stringify(observed) ?? 'undefined', pool) };
}

/** Removes passwords, secrets, tokens, sessions, addresses and the ids of the pool and its clients. */
export function redacted(text: string, pool: Pick<ContractPool, 'secrets' | 'clients'>): string {
  let result = text;
  for (const secret of pool.secrets) result = result.replaceAll(secret, '<secret>');
  for (const { id } of Object.values(pool.clients)) result = result.replaceAll(id, '<client>');
  return result.replaceAll(TOKEN, '<token>').replaceAll(ADDRESS, '<address>').replaceAll(POOL, '<pool>');
}

/** Returns the block that a developer copies into an issue. */
export function differenceBlock(
  { fact, actual }: Difference,
  { region, date }: { readonly region: string; readonly date: Date },
): string {
  const { basis, title, url } = fact.source;
  return [
    '----- difference: please open an issue with this block -----',
    `fact:      ${fact.id}`,
    `statement: ${fact.statement}`,
    `expected:  ${JSON.stringify(fact.expected)}`,
    `actual:    ${actual}`,
    `source:    ${basis}: ${title}${url ? `, ${url}` : ''}`,
    `place:     docs/verified.md, "${fact.id}"`,
    `checked:   ${date.toISOString()}, ${region}`,
    '----- end -----',
  ].join('\n');
}
