import type { AuthFlow, SignInName } from '../config/options.ts';
import { STANDARD_ATTRIBUTES } from '../config/standard-attributes.ts';

/** The decisions about a user pool and its app client. The settings of `SETTINGS` follow from them. */
export interface SetupAnswers {
  /** Name of the pool and of the app client. */
  readonly name: string;
  /** As in the option `signInWith`. */
  readonly signInWith: readonly SignInName[];
  /** As in the option `authFlow`. */
  readonly authFlow: AuthFlow;
  /** Whether users create their own accounts. */
  readonly selfSignUp: boolean;
  /** The second factor is an authenticator app. */
  readonly mfa: 'off' | 'optional' | 'required';
  /** Passkeys as a first factor, for this domain. */
  readonly passkeys: { readonly relyingPartyId: string } | undefined;
  readonly managedLogin: ManagedLoginAnswers | undefined;
  /** `fixed`: a secret that never changes. The AWS API has no secret in Secrets Manager yet; the console does. */
  readonly clientSecret: 'fixed' | 'none';
  /** As in the option `writableAttributes`. */
  readonly writableAttributes: readonly string[];
  readonly minimumPasswordLength: number;
  /** As `rememberDevices: 'always'`. */
  readonly rememberDevices: boolean;
  /** The IAM role that sends SMS. Required to sign in with a phone number. */
  readonly sms: { readonly roleArn: string; readonly externalId: string } | undefined;
  /** The sender of e-mail, an identity in Amazon SES. Without it, Cognito sends 50 messages a day. */
  readonly email: { readonly identityArn: string; readonly from: string } | undefined;
}

export interface ManagedLoginAnswers {
  readonly domainPrefix: string;
  readonly callbackUrls: readonly string[];
  readonly logoutUrls: readonly string[];
  readonly scopes: readonly string[];
}

/** Cognito's default. Shorter passwords are a risk (NIST SP 800-63B). */
export const MIN_PASSWORD_LENGTH = 8;
const MAX_PASSWORD_LENGTH = 99;

/** The kit's defaults, and the safer choice where it has none. */
export const DEFAULT_ANSWERS: SetupAnswers = {
  name: 'my-app',
  signInWith: ['email'],
  authFlow: 'USER_PASSWORD_AUTH',
  selfSignUp: true,
  mfa: 'optional',
  passkeys: undefined,
  managedLogin: undefined,
  clientSecret: 'fixed',
  writableAttributes: STANDARD_ATTRIBUTES,
  minimumPasswordLength: 12,
  rememberDevices: false,
  sms: undefined,
  email: undefined,
};

// No braces, quotes or dollar signs: CloudFormation, CDK and Terraform give them a meaning within a text.
const NAME = /^[\w +=,.@-]{1,128}$/;
const URL_TEXT = /^[\w\-.~:/?#@!&*+,;=%[\]]{1,1024}$/;
const DOMAIN_PREFIX = /^(?!.*(?:aws|amazon|cognito))[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;
const HOST = /^(?=.{1,127}$)[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)*$/;
const ROLE_ARN = /^arn:aws[\w-]*:iam::\d{12}:role\/[\w+=,.@/-]{1,512}$/;
const IDENTITY_ARN = /^arn:aws[\w-]*:ses:[a-z0-9-]+:\d{12}:identity\/[\w.+@-]{1,320}$/;
const ADDRESS = /^[\w.+-]{1,64}@[\w-]+(?:\.[\w-]+)+$/;
const EXTERNAL_ID = /^[\w+=,.@:/-]{2,1224}$/;
const ATTRIBUTE = /^[\w:.-]{1,2048}$/;
const SCOPE = /^[\w.:/-]{1,256}$/;
const LOOPBACK = ['localhost', '127.0.0.1', '[::1]'];

/**
 * Checks answers that a person typed.
 *
 * @throws TypeError if an answer is invalid, or contradicts another one.
 */
export function checkAnswers(answers: SetupAnswers): SetupAnswers {
  const { signInWith, managedLogin, passkeys, sms, email, writableAttributes } = answers;
  expect(
    NAME.test(answers.name),
    'the name must have 1 to 128 letters, digits, spaces or characters of _+=,.@-',
  );
  expect(signInWith.length > 0, 'users must sign in with at least one kind of name');
  expect(
    Number.isInteger(answers.minimumPasswordLength) &&
      answers.minimumPasswordLength >= MIN_PASSWORD_LENGTH &&
      answers.minimumPasswordLength <= MAX_PASSWORD_LENGTH,
    `the minimum password length must be ${MIN_PASSWORD_LENGTH} to ${MAX_PASSWORD_LENGTH}`,
  );
  expect(
    writableAttributes.length > 0 && writableAttributes.every((name) => ATTRIBUTE.test(name)),
    'a writable attribute must be a name such as "given_name"',
  );
  const custom = writableAttributes.find((name) => !STANDARD_ATTRIBUTES.includes(name));
  expect(
    custom === undefined,
    `the new user pool has no attribute "${custom}": use standard attributes, and add custom ones to the template by hand`,
  );
  if (answers.authFlow === 'CUSTOM_AUTH') {
    throw new TypeError(
      'the flow CUSTOM_AUTH needs Lambda triggers: choose another flow, and add the triggers and ALLOW_CUSTOM_AUTH by hand',
    );
  }
  if (passkeys) {
    expect(
      HOST.test(passkeys.relyingPartyId),
      'the domain of passkeys must be a host name such as example.com',
    );
    expect(
      answers.mfa !== 'required',
      'passkeys cannot be combined with required MFA: Cognito refuses a sign-in with one factor; choose optional MFA',
    );
    expect(answers.authFlow === 'USER_AUTH', 'passkeys need the flow USER_AUTH');
  }
  expect(
    !signInWith.includes('phoneNumber') || sms !== undefined,
    'users who sign in with a phone number get SMS: the IAM role and its external ID are required',
  );
  if (sms) {
    expect(
      ROLE_ARN.test(sms.roleArn),
      'the SMS role must be an ARN such as arn:aws:iam::123456789012:role/sms',
    );
    expect(
      EXTERNAL_ID.test(sms.externalId),
      'the external ID must have 2 or more letters, digits or characters of _+=,.@:/-',
    );
  }
  if (email) {
    expect(
      IDENTITY_ARN.test(email.identityArn),
      'the e-mail identity must be an ARN such as arn:aws:ses:eu-central-1:123456789012:identity/example.com',
    );
    expect(ADDRESS.test(email.from), 'the sender of e-mail must be an address such as no-reply@example.com');
  }
  if (managedLogin) checkManagedLogin(managedLogin);
  return answers;
}

function checkManagedLogin({ domainPrefix, callbackUrls, logoutUrls, scopes }: ManagedLoginAnswers): void {
  expect(
    DOMAIN_PREFIX.test(domainPrefix),
    'the domain prefix must have 1 to 63 lower-case letters, digits or hyphens, without "aws", "amazon" and "cognito"',
  );
  expect(callbackUrls.length > 0, 'managed login needs at least one callback URL');
  for (const url of [...callbackUrls, ...logoutUrls]) {
    expect(
      isAppUrl(url),
      `"${url}" must be an https:// URL without a fragment, or http:// on loopback; encode other characters with %`,
    );
  }
  expect(
    scopes.includes('openid') && scopes.every((scope) => SCOPE.test(scope)),
    'the scopes must include openid',
  );
}

function isAppUrl(text: string): boolean {
  if (!URL_TEXT.test(text) || !URL.canParse(text) || text.includes('#')) return false;
  const { protocol, hostname } = new URL(text);
  return protocol === 'https:' || (protocol === 'http:' && LOOPBACK.includes(hostname));
}

function expect(condition: boolean, message: string): asserts condition {
  if (!condition) throw new TypeError(message);
}
