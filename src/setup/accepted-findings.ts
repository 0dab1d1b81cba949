import type { SetupAnswers } from './answers.ts';

/** The tag of a user pool that names the advice which its owner knows and accepts, by finding, with spaces between them. */
export const ACCEPTS_TAG = 'cognitoKitAccepts';

/** Returns the tags of a user pool whose answers choose what the doctor would advise against. */
export function acceptsTags({
  email,
  mfa,
}: Pick<SetupAnswers, 'email' | 'mfa'>): Record<string, string> | undefined {
  const accepted = [
    ...(email === undefined ? ['pool-email-sender'] : []),
    ...(mfa === 'off' ? ['pool-mfa-off'] : []),
  ];
  return accepted.length === 0 ? undefined : { [ACCEPTS_TAG]: accepted.join(' ') };
}

/** Returns the accepted findings of a user pool. */
export function acceptedIn(tags: Readonly<Record<string, string>> | undefined): readonly string[] {
  return tags?.[ACCEPTS_TAG]?.split(/\s+/).filter(Boolean) ?? [];
}
