import type { Tokens } from './sign-in-types.ts';

/** An answer that sends the browser elsewhere, with a 303 (RFC 9110 15.4.4). */
export class Redirect {
  readonly location: string;
  /** What the browser is given to keep on the way, unless a hook refuses. It goes into cookies, and no hook sees it. */
  readonly #tokens: Tokens | undefined;

  constructor(location: string, tokens?: Tokens) {
    this.location = location;
    this.#tokens = tokens;
  }

  get tokens(): Tokens | undefined {
    return this.#tokens;
  }
}
