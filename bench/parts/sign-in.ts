import type { Bench } from '../bench.ts';
import type { Side } from '../duel.ts';
import { signInRequests } from '../inputs.ts';
import { runMatches, timeOf } from '../matches.ts';
import { withRecordedCognito } from '../pool.ts';
import type { Table } from '../report.ts';

/** A sign-in, against a route that makes the same call with the SDK and checks its input with joi. */
export async function* benchSignIn({ pool, lengths }: Bench): AsyncGenerator<Table> {
  const requests = signInRequests(pool.facts);
  yield withRecordedCognito(pool, 0, (config) => {
    const side = (contender: Side['contender']): Side => ({ contender, requests, status: 200 });
    const router = (limits: boolean, log: boolean): Side => side({ kind: 'router', config, limits, log });
    return runMatches({
      id: 'sign-in',
      title: 'Sign-in',
      reading:
        'CPU time of a request, of that of a hand-written route with the AWS SDK and joi. Less is better.',
      baseline: side({ kind: 'sign-in-by-hand', config }),
      matches: [
        { name: 'router, no limits and no log', contender: router(false, false) },
        { name: 'router, with its log', contender: router(false, true) },
        { name: 'router, with limits', contender: router(true, false) },
        { name: 'router, everything on', target: { atMost: 0.65 }, contender: router(true, true) },
        {
          name: "router, everything on, through the SDK's middleware",
          contender: side({ kind: 'router', config, limits: true, log: true, sdkMiddleware: true }),
        },
        {
          name: 'the libraries of the router, everything on (floor)',
          contender: side({ kind: 'same-libraries', config }),
        },
        {
          name: 'one HTTP call and nothing else (floor)',
          contender: side({ kind: 'http-call-only', config }),
        },
      ],
      lengths: lengths.signIn,
      rounds: lengths.rounds,
      ratio: timeOf,
    });
  });
}
