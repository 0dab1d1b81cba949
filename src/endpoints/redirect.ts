import { type Problem, ProblemError } from '../shared/problem.ts';
import type { Tokens } from './sign-in-types.ts';

/** The session that a redirect starts, in cookies. */
export interface RedirectedSession {
  readonly tokens: Tokens;
  readonly rememberMe: boolean | undefined;
}

/** A redirect with status 303 (RFC 9110 15.4.4). */
export class Redirect {
  readonly location: string;
  /** Tokens for cookies, unless a hook refuses. Hooks do not see them. */
  readonly #session: RedirectedSession | undefined;

  constructor(location: string, session?: RedirectedSession) {
    this.location = location;
    this.#session = session;
  }

  get session(): RedirectedSession | undefined {
    return this.#session;
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
