import { duel, type Lengths, median, quantile, type Score, type Side } from './duel.ts';
import type { RunLengths } from './lengths.ts';
import { micros, percent, type Table } from './report.ts';

/** The aim of a ratio that was divided by its null. */
export type Target = { readonly atLeast: number } | { readonly atMost: number };

export interface Match {
  readonly name: string;
  readonly target?: Target;
  readonly contender: Side;
  /** Default: the baseline of the table. */
  readonly baseline?: Side;
}

export interface MatchTable {
  readonly id: string;
  readonly title: string;
  readonly reading: string;
  /** Measured against itself for the null, and against each match. */
  readonly baseline: Side;
  readonly matches: readonly Match[];
  readonly lengths: Lengths;
  readonly rounds: RunLengths['rounds'];
  readonly ratio: (contender: Score, baseline: Score) => number;
}

export const CONNECTIONS = 16;

/** The baseline's requests for the CPU time of one of the contender's. */
export function requestsForTheSame(contender: Score, baseline: Score): number {
  return baseline.cpu / contender.cpu;
}

export function timeOf(contender: Score, baseline: Score): number {
  return contender.cpu / baseline.cpu;
}

type Windows = (readonly [contender: Score, baseline: Score])[];

/** Rounds go round all matches, so that a slow minute of the machine is not one match's alone. */
export async function runMatches(table: MatchTable): Promise<Table> {
  const { id, title, reading, baseline, lengths, rounds, ratio } = table;
  const itself: Match = { name: 'the baseline against itself (null)', contender: baseline };
  const scores = new Map<Match, Windows>([itself, ...table.matches].map((match) => [match, []]));
  for (let round = 0; round < rounds; round += 1) {
    for (const [match, windows] of scores) {
      windows.push(...(await duel([match.contender, match.baseline ?? baseline], CONNECTIONS, lengths)));
    }
  }
  const ratiosOf = (windows: Windows): number[] => windows.map(([left, right]) => ratio(left, right));
  const nullRatio = median(ratiosOf(scores.get(itself) ?? []));
  const rows = [...scores].map(([match, windows]) => {
    const ratios = ratiosOf(windows);
    const ofNull = median(ratios) / nullRatio;
    return [
      match.name,
      percent(median(ratios)),
      `${percent(quantile(ratios, 0.25))} to ${percent(quantile(ratios, 0.75))}`,
      percent(nullRatio),
      percent(ofNull),
      ...verdict(ofNull, match.target),
      micros(median(windows.map(([left]) => left.cpu))),
      micros(median(windows.map(([, right]) => right.cpu))),
    ];
  });
  return {
    id,
    title,
    reading,
    head: ['', 'ratio', 'middle half', 'null', 'of its null', 'target', 'reached', 'CPU', 'baseline'],
    rows,
  };
}

/** The cells of a target and whether it was reached. */
export function verdict(
  value: number,
  target: Target | undefined,
  format: (value: number) => string = percent,
): [target: string, reached: string] {
  if (!target) return ['', ''];
  return 'atLeast' in target
    ? [`>= ${format(target.atLeast)}`, value >= target.atLeast ? 'yes' : 'no']
    : [`<= ${format(target.atMost)}`, value <= target.atMost ? 'yes' : 'no'];
}
