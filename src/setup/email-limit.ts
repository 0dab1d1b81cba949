import { codeAddresses } from './addresses.ts';
import type { SetupAnswers } from './answers.ts';

type EmailAnswers = Pick<SetupAnswers, 'email' | 'signInWith'>;

/** Whether the pool sends e-mail, and has no sender in Amazon SES for it. */
export function usesCognitoSender(answers: EmailAnswers): boolean {
  return answers.email === undefined && codeAddresses(answers).includes('email');
}

/** Returns sentences about the limit of e-mail that the answers choose. Empty without it. */
export function emailLimit(answers: EmailAnswers): readonly string[] {
  return !usesCognitoSender(answers)
    ? []
    : [
        'Cognito itself sends the e-mail of this pool, at most 50 messages a day for the whole AWS account.',
        'Before going live, verify an identity in Amazon SES, set EmailConfiguration to it, and remove the tag cognitoKitAccepts.',
        'For a new pool, the options --email-identity and --email-sender do so.',
      ];
}
