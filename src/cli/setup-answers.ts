import { AUTH_FLOW_NAMES } from '../config/options.ts';
import { checkAnswers, DEFAULT_ANSWERS, DEFAULT_SCOPES, type SetupAnswers } from '../setup/answers.ts';
import { UsageError } from './usage-error.ts';

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
  'no-self-sign-up': { type: 'boolean', default: false },
  mfa: { type: 'string' },
  passkeys: { type: 'string' },
  'domain-prefix': { type: 'string' },
  'callback-url': { type: 'string', multiple: true },
  'logout-url': { type: 'string', multiple: true },
  'no-secret': { type: 'boolean', default: false },
  'writable-attribute': { type: 'string', multiple: true },
  'min-password-length': { type: 'string' },
  'remember-devices': { type: 'boolean', default: false },
  'sms-role': { type: 'string' },
  'sms-external-id': { type: 'string' },
  'email-identity': { type: 'string' },
  'email-sender': { type: 'string' },
} as const;

type Given = {
  readonly [Name in keyof typeof ANSWER_OPTIONS]?: (typeof ANSWER_OPTIONS)[Name] extends { type: 'boolean' }
    ? boolean
    : (typeof ANSWER_OPTIONS)[Name] extends { multiple: true }
      ? string[]
      : string;
};

const SIGN_IN_NAMES = ['email', 'phoneNumber', 'username'] as const;
const MFA = ['off', 'optional', 'required'] as const;

/** Returns the checked answers of the command line. */
export function answersOf(given: Given): SetupAnswers {
  const length = given['min-password-length'];
  try {
    return checkAnswers({
      name: given.name ?? DEFAULT_ANSWERS.name,
      signInWith: [
        ...new Set(
          (given['sign-in-with'] ?? ['email']).map((each) => oneOf('--sign-in-with', SIGN_IN_NAMES, each)),
        ),
      ],
      authFlow: oneOf(
        '--auth-flow',
        AUTH_FLOW_NAMES,
        given['auth-flow'] ?? (given.passkeys === undefined ? DEFAULT_ANSWERS.authFlow : 'USER_AUTH'),
      ),
      selfSignUp: !given['no-self-sign-up'],
      mfa: oneOf('--mfa', MFA, given.mfa ?? DEFAULT_ANSWERS.mfa),
      passkeys: given.passkeys === undefined ? undefined : { relyingPartyId: given.passkeys },
      managedLogin: managedLoginOf(given),
      clientSecret: given['no-secret'] ? 'none' : 'fixed',
      writableAttributes: given['writable-attribute'] ?? DEFAULT_ANSWERS.writableAttributes,
      minimumPasswordLength:
        length === undefined
          ? DEFAULT_ANSWERS.minimumPasswordLength
          : length.trim() === ''
            ? Number.NaN
            : Number(length),
      rememberDevices: given['remember-devices'] ?? false,
      sms: smsOf(given),
      email: emailOf(given),
    });
  } catch (error) {
    if (error instanceof TypeError) throw new UsageError(error.message);
    throw error;
  }
}

function managedLoginOf(given: Given): SetupAnswers['managedLogin'] {
  const { 'domain-prefix': domainPrefix, 'callback-url': callbackUrls, 'logout-url': logoutUrls } = given;
  if (domainPrefix === undefined) {
    if (callbackUrls || logoutUrls)
      throw new UsageError('--callback-url and --logout-url need --domain-prefix');
    return;
  }
  return {
    domainPrefix,
    callbackUrls: callbackUrls ?? [],
    logoutUrls: logoutUrls ?? [],
    scopes: DEFAULT_SCOPES,
  };
}

function smsOf({ 'sms-role': roleArn, 'sms-external-id': externalId }: Given): SetupAnswers['sms'] {
  if (roleArn === undefined && externalId === undefined) return;
  if (roleArn === undefined || externalId === undefined)
    throw new UsageError('--sms-role and --sms-external-id need each other');
  return { roleArn, externalId };
}

function emailOf({ 'email-identity': identityArn, 'email-sender': from }: Given): SetupAnswers['email'] {
  if (identityArn === undefined && from === undefined) return;
  if (identityArn === undefined || from === undefined)
    throw new UsageError('--email-identity and --email-sender need each other');
  return { identityArn, from };
}

function oneOf<T extends string>(option: string, values: readonly T[], given: string): T {
  const found = values.find((value) => value === given);
  if (found === undefined)
    throw new UsageError(`${option} must be one of ${values.join(', ')}, not "${given}"`);
  return found;
}
