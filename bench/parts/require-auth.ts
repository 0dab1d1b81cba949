import type { Bench } from '../bench.ts';
import type { Contender } from '../contenders/contender.ts';
import type { Side } from '../duel.ts';
import { badTokens, drawnByZipf, reportsRequest } from '../inputs.ts';
import { type Match, requestsForTheSame, runMatches, type Target } from '../matches.ts';
import type { Table } from '../report.ts';
import { signatureFloor } from '../signature-floor.ts';

/** `requireAuth`, and the same check by hand with aws-jwt-verify, each against the route without a check. */
export async function* benchRequireAuth({ pool, lengths }: Bench): AsyncGenerator<Table> {
  const { config, tokens, expired } = pool.facts;
  const { garbage, unknownKey, wrongSignature } = badTokens(tokens);
  const known = tokens.map(reportsRequest);
  const zipf = drawnByZipf((await pool.accessTokens(lengths.zipfTokens)).map(reportsRequest));
  const zipfName = `${lengths.zipfTokens.toLocaleString('en')} tokens, drawn by Zipf's law`;
  const refused = wrongSignature.map(reportsRequest);
  // 401 once the keys have been fetched in vain; 503 until they may be fetched again.
  const unknown: Pick<Side, 'requests' | 'status'> = {
    requests: unknownKey.map(reportsRequest),
    status: [401, 503],
  };
  const bare: Contender = { kind: 'bare' };
  const baseline: Side = { contender: bare, requests: known, status: 200 };
  const matchesOf =
    (contender: Contender) =>
    (
      name: string,
      { requests, status }: Pick<Side, 'requests' | 'status'>,
      atLeast?: number,
      against = contender,
    ): Match => ({
      name,
      contender: { contender: against, requests, status },
      baseline: { contender: bare, requests, status: 200 },
      ...(atLeast !== undefined && { target: { atLeast } satisfies Target }),
    });
  const requireAuth = matchesOf({ kind: 'require-auth', config });
  const byHand = matchesOf({ kind: 'verify-by-hand', config });
  const reading =
    'Requests for the same CPU time, of those of the bare Express route. 100 % means that the check costs nothing.';
  const common = {
    reading,
    baseline,
    lengths: lengths.route,
    rounds: lengths.rounds,
    ratio: requestsForTheSame,
  };
  yield runMatches({
    ...common,
    id: 'require-auth',
    title: 'requireAuth',
    matches: [
      requireAuth('an empty middleware', { requests: known, status: 200 }, undefined, {
        kind: 'empty-middleware',
      }),
      requireAuth(
        'a middleware that sets two properties (floor)',
        { requests: known, status: 200 },
        undefined,
        { kind: 'property-middleware' },
      ),
      requireAuth('known token', { requests: known, status: 200 }, 0.98),
      requireAuth(zipfName, { requests: zipf, status: 200 }, 0.82),
      requireAuth('each token as if for the first time', { requests: known, status: 200 }, undefined, {
        kind: 'require-auth',
        config,
        cache: false,
      }),
      requireAuth('wrong signature', { requests: refused, status: 401 }, 0.64),
      requireAuth('expired token', { requests: [reportsRequest(expired)], status: 401 }, 0.97),
      requireAuth('garbage', { requests: garbage.map(reportsRequest), status: 401 }, 0.98),
      requireAuth('unknown key', unknown, 0.98),
      requireAuth('no token', { requests: [reportsRequest()], status: 401 }, 0.98),
    ],
  });
  yield runMatches({
    ...common,
    id: 'verify-by-hand',
    title: 'The same check by hand, with aws-jwt-verify',
    matches: [
      byHand('known token', { requests: known, status: 200 }),
      byHand(zipfName, { requests: zipf, status: 200 }),
      byHand('wrong signature', { requests: refused, status: 401 }),
      byHand('expired token', { requests: [reportsRequest(expired)], status: 401 }),
      byHand('garbage', { requests: garbage.map(reportsRequest), status: 401 }),
      byHand('unknown key', { ...unknown, status: 401 }),
    ],
  });
  yield signatureFloor(pool.facts, baseline, lengths.route);
}
