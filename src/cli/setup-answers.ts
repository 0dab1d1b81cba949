import { DEFAULT_SCOPES } from '../config/managed-login.ts';
import { AUTH_FLOW_NAMES } from '../config/options.ts';
import { checkAnswers, DEFAULT_ANSWERS, type SetupAnswers } from '../setup/answers.ts';
import type { GivenFlags } from './setup-flags.ts';
import { UsageError } from './usage-error.ts';

const SIGN_IN_NAMES = ['email', 'phoneNumber', 'username'] as const;
const MFA = ['off', 'optional', 'required'] as const;

/** Returns the checked answers of the command line. */
export function answersOf(given: GivenFlags): SetupAnswers {
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

function managedLoginOf(given: GivenFlags): SetupAnswers['managedLogin'] {
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

function smsOf({ 'sms-role': roleArn, 'sms-external-id': externalId }: GivenFlags): SetupAnswers['sms'] {
  if (roleArn === undefined && externalId === undefined) return;
  if (roleArn === undefined || externalId === undefined)
    throw new UsageError('--sms-role and --sms-external-id need each other');
  return { roleArn, externalId };
}

function emailOf({ 'email-identity': identityArn, 'email-sender': from }: GivenFlags): SetupAnswers['email'] {
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
