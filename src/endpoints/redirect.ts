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
