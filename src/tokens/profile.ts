import type { TokenPayload } from './claims.ts';

/**
 * Claims of the user's ID token, as named in the option `profileClaims`. Frozen. A claim that the token does not have is
 * left out.
 */
export interface Profile {
  /** The e-mail address. */
  readonly email?: string;
  /** Whether the user pool has verified the address. */
  readonly email_verified?: boolean;
  /** The phone number, in the form `+15550100`. */
  readonly phone_number?: string;
  /** Whether the user pool has verified the phone number. */
  readonly phone_number_verified?: boolean;
  /** The full name. */
  readonly name?: string;
  /** The first name. */
  readonly given_name?: string;
  /** The last name. */
  readonly family_name?: string;
  /** The nickname. */
  readonly nickname?: string;
  /** The name that the user chose, perhaps to sign in with. */
  readonly preferred_username?: string;
  /** The URL of a picture. */
  readonly picture?: string;
  /** The language, such as `en-GB`. */
  readonly locale?: string;
  /** Any other claim, such as `custom:plan`. */
  readonly [claim: string]: unknown;
}

/** Claims that an identity provider's attribute mapping can make text. */
const BOOLEAN_CLAIMS: readonly string[] = ['email_verified', 'phone_number_verified'];

/** Picks the claims. */
export function profileOf(
  payload: TokenPayload | Readonly<Record<string, unknown>>,
  claims: readonly string[],
): Profile {
  const picked = claims.flatMap((claim): [string, unknown][] => {
    // Every object has members such as toString.
    if (!Object.hasOwn(payload, claim)) return [];
    const value = (payload as Readonly<Record<string, unknown>>)[claim];
    return [[claim, BOOLEAN_CLAIMS.includes(claim) ? value === true || value === 'true' : value]];
  });
  return Object.freeze(Object.fromEntries(picked));
}
