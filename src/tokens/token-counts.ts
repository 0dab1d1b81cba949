import { Counts } from '../shared/counts.ts';
import { isRefusal, type Verdict } from './auth.ts';
import { refusalReason } from './refusals.ts';

/** Counts the tokens that were judged. */
export class TokenCounts {
  #accepted = 0;
  readonly #refused = new Counts();

  /** Returns the verdict. */
  count(verdict: Verdict): Verdict {
    if (isRefusal(verdict)) this.#refused.add(refusalReason(verdict));
    else this.#accepted++;
    return verdict;
  }

  snapshot(): { readonly accepted: number; readonly refused: Readonly<Record<string, number>> } {
    return { accepted: this.#accepted, refused: this.#refused.snapshot() };
  }
}
