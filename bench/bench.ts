import type { RunLengths } from './lengths.ts';
import type { Pool } from './pool.ts';
import type { Table } from './report.ts';

/** What a part of the benchmark is run with. */
export interface Bench {
  readonly pool: Pool;
  readonly lengths: RunLengths;
  /** The folder of another checkout that has been built. */
  readonly against: string | undefined;
}

/** Yields each table as soon as it is measured. */
export type Part = (bench: Bench) => AsyncIterable<Table>;
