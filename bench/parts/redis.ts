import type { Bench } from '../bench.ts';
import type { RequireAuthContender, RouterContender } from '../contenders/contender.ts';
import type { Side } from '../duel.ts';
import { reportsRequest, signInRequests } from '../inputs.ts';
import { runMatches, timeOf } from '../matches.ts';
import { withRecordedCognito } from '../pool.ts';
import { hasRedisServer, withRedisServer } from '../redis-server.ts';
import type { Table } from '../report.ts';

const READING =
  "CPU time of a request in the app's process, of that with the stores in memory. Redis itself is not counted. Less is better.";

/** The stores in Redis, against those in memory. */
export async function* benchRedis(bench: Bench): AsyncGenerator<Table> {
  if (!hasRedisServer()) {
    console.log('\nRedis: skipped, because there is no redis-server on the path.');
    return;
  }
  yield withRedisServer((redis) => signIns(bench, redis));
  yield withRedisServer((redis) => knownTokens(bench, redis));
}

function signIns({ pool, lengths }: Bench, redis: string): Promise<Table> {
  const requests = signInRequests(pool.facts);
  return withRecordedCognito(pool, 0, (config) => {
    const inMemory: RouterContender = { kind: 'router', config, limits: true, log: true };
    const side = (contender: RouterContender): Side => ({ contender, requests, status: 200 });
    return runMatches({
      id: 'redis-sign-in',
      title: 'Sign-in with everything on, all stores in Redis',
      reading: READING,
      baseline: side(inMemory),
      matches: [
        { name: 'stores in Redis', target: { atMost: 1.2 }, contender: side({ ...inMemory, redis }) },
      ],
      lengths: lengths.signIn,
      rounds: lengths.rounds,
      ratio: timeOf,
    });
  });
}

function knownTokens({ pool, lengths }: Bench, redis: string): Promise<Table> {
  const { config, tokens } = pool.facts;
  const requests = tokens.map(reportsRequest);
  const inMemory: RequireAuthContender = { kind: 'require-auth', config };
  const side = (contender: RequireAuthContender): Side => ({ contender, requests, status: 200 });
  return runMatches({
    id: 'redis-require-auth',
    title: 'requireAuth of a known token, revocations in Redis',
    reading: READING,
    baseline: side(inMemory),
    matches: [
      {
        name: 'answers remembered for a second (default)',
        target: { atMost: 1.2 },
        contender: side({ ...inMemory, redis }),
      },
      { name: 'Redis asked with every request', contender: side({ ...inMemory, redis, cacheSeconds: 0 }) },
    ],
    lengths: lengths.route,
    rounds: lengths.rounds,
    ratio: timeOf,
  });
}
