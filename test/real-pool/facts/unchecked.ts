import { guidePage, inferred, reported, type UncheckedFact } from '../fact.ts';

const MAILBOX = 'needs a code, and AWS shows codes to the mailbox only';

/** Facts that the check leaves out, with the reason. */
export const UNCHECKED_FACTS: readonly UncheckedFact[] = [
  {
    statement: 'The right code confirms a sign-up, and is spent by it.',
    reason: MAILBOX,
    source: guidePage('Signing up and confirming user accounts', 'signing-up-users-in-your-app'),
  },
  {
    statement: 'A forgotten password is reset with a code of six digits.',
    reason: MAILBOX,
    source: guidePage('Passwords, account recovery, and password policies', 'managing-users-passwords'),
  },
  {
    statement:
      'EMAIL_OTP as a first factor has a code of eight digits, and six wrong codes in a row do not end the session.',
    reason: MAILBOX,
    source: reported('wrong codes'),
  },
  {
    statement: 'A changed address stays unused until its code is entered.',
    reason: MAILBOX,
    source: guidePage('Updating attributes', 'user-pool-settings-email-phone-verification'),
  },
  {
    statement: 'Codes by SMS.',
    reason: 'costs money for each message, and needs a telephone',
    source: guidePage('SMS message settings', 'cognito-user-pool-sms-settings'),
  },
  {
    statement:
      'A session of a challenge expires after `AuthSessionValidity`, with "Invalid session for the user, session is expired."',
    reason: 'takes 3 to 15 minutes',
    source: reported('expired sessions'),
  },
  {
    statement: 'An expired access token is refused with "Access Token has expired".',
    reason: 'takes 5 minutes or more',
    source: reported('expired access tokens'),
  },
  {
    statement: 'Five wrong passwords lock the account for one second, which doubles up to 15 minutes.',
    reason: 'takes minutes, and its texts depend on the time',
    source: guidePage('Lockout behavior', 'authentication'),
  },
  {
    statement: 'The quotas of the account and `TooManyRequestsException`.',
    reason: 'would throttle the other pools of the account',
    source: guidePage('Quotas', 'quotas'),
  },
  {
    statement: 'Lambda triggers, their events and the texts of their faults.',
    reason: 'needs functions and a role in the account',
    source: guidePage('Lambda triggers', 'cognito-user-pools-working-with-lambda-triggers'),
  },
  {
    statement: 'Passkeys.',
    reason: 'needs a browser on the domain of the relying party',
    source: guidePage('Passkey sign-in', 'amazon-cognito-user-pools-authentication-flow-methods'),
  },
  {
    statement: 'The pages and cookies of managed login.',
    reason: 'needs a domain, and a browser that fills the pages',
    source: guidePage('Managed login', 'cognito-user-pools-managed-login'),
  },
  {
    statement:
      'A refresh token that is used after the grace period is refused with `RefreshTokenReuseException`.',
    reason: 'takes the grace period, and its effect on the session is documented nowhere',
    source: inferred('the model of GetTokensFromRefreshToken'),
  },
];
