export const ANSWERS_HELP = `
  --name <name>         Name of the pool and of the app client (default my-app)
  --sign-in-with <email|phoneNumber|username>
                        As the option signInWith (default email); may be repeated
  --auth-flow <flow>    As the option authFlow (default USER_PASSWORD_AUTH)
  --no-self-sign-up     Only administrators create accounts
  --mfa <off|optional|required>
                        Second factor by authenticator app (default optional)
  --passkeys <domain>   Passkeys for this domain, such as example.com; the flow is then USER_AUTH
  --domain-prefix <prefix>
                        Managed login at this prefix; needs --callback-url
  --callback-url <url>  Allowed callback URL of managed login; may be repeated
  --logout-url <url>    Allowed sign-out URL of managed login; may be repeated
  --no-secret           Create the app client without a secret
  --writable-attribute <name>
                        As the option writableAttributes (default all standard attributes); may be repeated
  --min-password-length <number>
                        Minimum length of passwords (default 12)
  --remember-devices    Remembered devices replace the second factor
  --sms-role <arn>      IAM role that sends SMS, for --sign-in-with phoneNumber
  --sms-external-id <id>
                        External ID in the trust policy of that role
  --email-identity <arn>
                        Verified identity in Amazon SES that sends e-mail (default: Cognito, 50 a day)
  --email-sender <address>
                        Sender of that e-mail`;

export const ANSWER_OPTIONS = {
  name: { type: 'string' },
  'sign-in-with': { type: 'string', multiple: true },
  'auth-flow': { type: 'string' },
  'no-self-sign-up': { type: 'boolean' },
  mfa: { type: 'string' },
  passkeys: { type: 'string' },
  'domain-prefix': { type: 'string' },
  'callback-url': { type: 'string', multiple: true },
  'logout-url': { type: 'string', multiple: true },
  'no-secret': { type: 'boolean' },
  'writable-attribute': { type: 'string', multiple: true },
  'min-password-length': { type: 'string' },
  'remember-devices': { type: 'boolean' },
  'sms-role': { type: 'string' },
  'sms-external-id': { type: 'string' },
  'email-identity': { type: 'string' },
  'email-sender': { type: 'string' },
} as const;

/** The flags of a command line that `ANSWER_OPTIONS` parses. */
export type GivenFlags = {
  readonly [Name in keyof typeof ANSWER_OPTIONS]?: (typeof ANSWER_OPTIONS)[Name] extends { type: 'boolean' }
    ? boolean
    : (typeof ANSWER_OPTIONS)[Name] extends { multiple: true }
      ? string[]
      : string;
};
