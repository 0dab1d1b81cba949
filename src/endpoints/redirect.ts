import { type Problem, ProblemError } from '../shared/problem.ts';
import type { Tokens } from './sign-in-types.ts';

/** A redirect with status 303 (RFC 9110 15.4.4). */
export class Redirect {
  readonly location: string;
  /** Tokens for cookies, unless a hook refuses. Hooks do not see them. */
  readonly #tokens: Tokens | undefined;

  constructor(location: string, tokens?: Tokens) {
    this.location = location;
    this.#tokens = tokens;
  }

  get tokens(): Tokens | undefined {
    return this.#tokens;
  }
}

/** The refusal of a navigation that has another place to go. */
export class RefusedNavigation extends ProblemError {
  readonly location: string;

  constructor(problem: Problem, location: string) {
    super(problem);
    this.location = location;
  }
}
