import type { Bench } from '../bench.ts';
import type { Contender } from '../contenders/contender.ts';
import { measure, median } from '../duel.ts';
import { signInRequests } from '../inputs.ts';
import { type Target, verdict } from '../matches.ts';
import { withRecordedCognito } from '../pool.ts';
import type { Table } from '../report.ts';

const CALLERS = 500;
const COGNITO_DELAY_MS = 100;

interface Caller {
  readonly name: string;
  readonly contender: Contender;
  readonly ofDefaults?: Target;
  readonly ofSockets?: Target;
}

/** Sign-ins a second with many callers at once: the limit is the number of sockets, and then the CPU. */
export async function* benchCallers({ pool, lengths }: Bench): AsyncGenerator<Table> {
  const requests = signInRequests(pool.facts);
  yield withRecordedCognito(pool, COGNITO_DELAY_MS, async (config) => {
    const callers: readonly Caller[] = [
      { name: 'by hand, SDK defaults', contender: { kind: 'sign-in-by-hand', config } },
      { name: 'the same once more (null)', contender: { kind: 'sign-in-by-hand', config } },
      {
        name: `by hand, ${CALLERS} sockets`,
        contender: { kind: 'sign-in-by-hand', config, sockets: CALLERS },
      },
      {
        name: 'the same once more (null)',
        contender: { kind: 'sign-in-by-hand', config, sockets: CALLERS },
      },
      {
        name: 'router, no limits and no log',
        contender: { kind: 'router', config, limits: false, log: false },
        ofDefaults: { atLeast: 2.3 },
        ofSockets: { atLeast: 1.7 },
      },
      {
        name: 'router, everything on',
        contender: { kind: 'router', config, limits: true, log: true },
      },
    ];
    const rates = new Map<Caller, number[]>(callers.map((caller) => [caller, []]));
    for (let round = 0; round < lengths.rounds; round += 1) {
      // In turn: two at once would fight for the machine, and the rate is what counts here.
      for (const [{ contender }, rate] of rates) {
        const side = { contender, requests, status: 200 };
        const windows = await measure(side, CALLERS, lengths.manySignIns);
        rate.push(median(windows.map(({ perSecond }) => perSecond)));
      }
    }
    const [defaults = Number.NaN, , sockets = Number.NaN] = [...rates.values()].map(median);
    return {
      id: 'callers',
      title: `Sign-ins with ${CALLERS} callers at once`,
      reading: `Sign-ins a second with a Cognito that takes ${COGNITO_DELAY_MS} ms. More is better.`,
      head: [
        '',
        'a second',
        'of SDK defaults',
        'target',
        'reached',
        `of ${CALLERS} sockets`,
        'target',
        'reached',
      ],
      rows: [...rates].map(([{ name, ofDefaults, ofSockets }, rate]) => {
        const perSecond = median(rate);
        return [
          name,
          perSecond.toFixed(0),
          times(perSecond / defaults),
          ...verdict(perSecond / defaults, ofDefaults, times),
          times(perSecond / sockets),
          ...verdict(perSecond / sockets, ofSockets, times),
        ];
      }),
    };
  });
}

function times(ratio: number): string {
  return `${ratio.toFixed(2)} x`;
}
