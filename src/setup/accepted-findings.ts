import type { SetupAnswers } from './answers.ts';
import { usesCognitoSender } from './email-limit.ts';

/** The tag of a user pool that names the advice which its owner knows and accepts, by finding, with spaces between them. */
export const ACCEPTS_TAG = 'cognitoKitAccepts';

/** Returns the tags of a user pool whose answers choose what the doctor would advise against. */
export function acceptsTags(answers: SetupAnswers): Record<string, string> | undefined {
  const accepted = [
    ...(usesCognitoSender(answers) ? ['pool-email-sender'] : []),
    ...(answers.mfa === 'off' ? ['pool-mfa-off'] : []),
  ];
  return accepted.length === 0 ? undefined : { [ACCEPTS_TAG]: accepted.join(' ') };
}

/** Returns the accepted findings of a user pool. */
export function acceptedIn(tags: Readonly<Record<string, string>> | undefined): readonly string[] {
  return tags?.[ACCEPTS_TAG]?.split(/\s+/).filter(Boolean) ?? [];
}
