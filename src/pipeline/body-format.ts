import type { Problem } from '../shared/problem.ts';

/** A parsed body, or the reason why it was refused. */
export type ReadBody =
  | { readonly body: unknown; readonly format: 'json' | 'form' }
  | { readonly problem: Problem };

/** Reads a body of one media type. */
export interface BodyFormat {
  parse(text: string): ReadBody;
  /** Takes the result of a parser of the app. */
  take(parsed: unknown): ReadBody;
  /** The refusal of bytes that are not UTF-8. */
  readonly notUtf8: Problem;
}
