import { createPublicKey, type JsonWebKey, type KeyObject, verify } from 'node:crypto';
import { type Lengths, measure, median, type Side } from './duel.ts';
import { CONNECTIONS } from './matches.ts';
import { micros, percent, type Table } from './report.ts';
import type { PoolFacts } from './user-pool.ts';

const WINDOWS = 9;

/** The most that a check of the signature leaves of the bare route, whatever the rest costs. */
export async function signatureFloor(
  { config, tokens }: PoolFacts,
  bare: Side,
  lengths: Lengths,
): Promise<Table> {
  const scores = await measure(bare, CONNECTIONS, lengths);
  const route = median(scores.map(({ cpu }) => cpu));
  const signature = cpuOfVerify(await keyOf(config.jwksUri), tokens);
  return {
    id: 'signature-floor',
    title: 'The floor of a new token',
    reading: 'An RSA signature is checked by OpenSSL, and nothing in JavaScript makes that faster.',
    head: ['', 'CPU'],
    rows: [
      ['the bare route', micros(route)],
      ['crypto.verify of one signature', micros(signature)],
      ['the most that can be reached with it', percent(route / (route + signature))],
    ],
  };
}

async function keyOf(jwksUri: string): Promise<KeyObject> {
  const { keys } = (await (await fetch(jwksUri)).json()) as { keys: JsonWebKey[] };
  return createPublicKey({ key: keys[0] ?? {}, format: 'jwk' });
}

/** Microseconds of CPU time of one `crypto.verify`. */
function cpuOfVerify(key: KeyObject, tokens: readonly string[]): number {
  const signed = tokens.map((token) => {
    const end = token.lastIndexOf('.');
    return {
      data: Buffer.from(token.slice(0, end)),
      signature: Buffer.from(token.slice(end + 1), 'base64url'),
    };
  });
  const windows = Array.from({ length: WINDOWS }, () => {
    const before = process.cpuUsage();
    for (const { data, signature } of signed) verify('RSA-SHA256', data, key, signature);
    const { user, system } = process.cpuUsage(before);
    return (user + system) / signed.length;
  });
  return median(windows);
}
