import { type Check, oneOrMore, text } from '../shared/checks.ts';
import { optionError } from '../shared/option-errors.ts';

/** The secret of sealed cookies. */
export interface CookieSecretOptions {
  /**
   * The secret that seals the cookies of managed login and of `profileClaims`: 32 random characters or more, the same on
   * every instance. For a rotation, write a list: the first seals, and all of them open. Default: none.
   */
  cookieSecret?: string | readonly string[] | undefined;
}

/** The newest first. */
export type CookieSecrets = readonly [string, ...string[]];

const FIX = 'write a random string of 32 characters or more, or a list of such strings with the newest first';

export const cookieSecretCheck: Check = oneOrMore(
  text((value) => value.length >= 32, FIX),
  FIX,
);

/** Parses a checked option. */
export function parseCookieSecret({ cookieSecret }: CookieSecretOptions): CookieSecrets | undefined {
  const [newest, ...older] = cookieSecret === undefined ? [] : [cookieSecret].flat();
  return newest === undefined ? undefined : Object.freeze([newest, ...older] as const);
}

/** The error of an option that needs the secret. */
export function missingCookieSecret(option: string): TypeError {
  return optionError(
    'cookieSecret',
    `cookieSecret is missing; ${option} requires it: write a random string of 32 characters or more, the same on every instance`,
  );
}
