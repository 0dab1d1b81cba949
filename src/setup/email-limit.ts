import type { SetupAnswers } from './answers.ts';

/** Returns sentences about the limit of e-mail that the answers choose. Empty with a sender in Amazon SES. */
export function emailLimit({ email }: Pick<SetupAnswers, 'email'>): readonly string[] {
  return email
    ? []
    : [
        'Cognito itself sends the e-mail of this pool, at most 50 messages a day for the whole AWS account.',
        'Before going live, verify an identity in Amazon SES, set EmailConfiguration to it, and remove the tag cognitoKitAccepts.',
        'For a new pool, the options --email-identity and --email-sender do so.',
      ];
}
