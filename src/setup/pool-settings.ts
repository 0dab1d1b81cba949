import type { SetupAnswers } from './answers.ts';
import type { Setting } from './setting.ts';

const ADDRESSES = { email: 'email', phoneNumber: 'phone_number' } as const;
const POOL = 'Authentication';

/** The addresses among the sign-in names, in the order of the answers. */
function addresses({ signInWith }: SetupAnswers): string[] {
  return signInWith.flatMap((name) => (name === 'username' ? [] : [ADDRESSES[name]]));
}

/** Addresses that receive codes. Users with a username only have an e-mail address for it. */
function verified(answers: SetupAnswers): string[] {
  const found = addresses(answers);
  return found.length > 0 ? found : ['email'];
}

function recovery(answers: SetupAnswers): object[] {
  return verified(answers).map((name, index) => ({ Name: `verified_${name}`, Priority: index + 1 }));
}

/** Settings of CreateUserPool and SetUserPoolMfaConfig. */
export const POOL_SETTINGS: readonly Setting[] = [
  {
    id: 'pool-sign-in-names',
    resource: 'userPool',
    member: 'UsernameAttributes',
    console: 'Create user pool → Options for sign-in identifiers',
    choose: '*Email*, *Phone number* or both',
    why: 'Users sign in with these addresses, as in signInWith.',
    severity: 'error',
    lasting: true,
    value: (answers) => (answers.signInWith.includes('username') ? undefined : addresses(answers)),
    accepts: (actual, answers) =>
      answers.signInWith.includes('username')
        ? listOf(actual).length === 0
        : addresses(answers).every((name) => listOf(actual).includes(name)),
  },
  {
    id: 'pool-sign-in-aliases',
    resource: 'userPool',
    member: 'AliasAttributes',
    console: 'Create user pool → Options for sign-in identifiers',
    choose: '*Username* beside an address',
    why: 'Users with a username can sign in with a verified address too, as in signInWith.',
    severity: 'error',
    lasting: true,
    value: (answers) =>
      answers.signInWith.includes('username') && addresses(answers).length > 0
        ? addresses(answers)
        : undefined,
    accepts: (actual, answers) =>
      !answers.signInWith.includes('username') ||
      addresses(answers).every((name) => listOf(actual).includes(name)),
  },
  {
    id: 'pool-case-sensitive',
    resource: 'userPool',
    member: 'UsernameConfiguration.CaseSensitive',
    console: 'Create user pool',
    choose: 'nothing; the console creates case-insensitive pools',
    why: 'Otherwise Ada@example.com and ada@example.com are two accounts.',
    severity: 'warning',
    lasting: true,
    value: () => false,
    accepts: (actual) => actual === false,
  },
  {
    id: 'pool-tier',
    resource: 'userPool',
    member: 'UserPoolTier',
    console: 'Settings → Feature plan',
    choose: '*Essentials*, or *Plus* with threat protection',
    why: 'Choice-based sign-in, passkeys and codes by e-mail need Essentials.',
    severity: 'error',
    value: () => 'ESSENTIALS',
    accepts: (actual, { authFlow }) => actual !== 'LITE' || authFlow !== 'USER_AUTH',
  },
  {
    id: 'pool-auto-verified',
    resource: 'userPool',
    member: 'AutoVerifiedAttributes',
    console: 'Sign-up → Attribute verification',
    choose: 'send a message to the address that users sign in with',
    why: 'Cognito sends a code at sign-up to these addresses only.',
    severity: 'error',
    value: verified,
    accepts: (actual) => listOf(actual).length > 0,
  },
  {
    id: 'pool-verify-before-update',
    resource: 'userPool',
    member: 'UserAttributeUpdateSettings.AttributesRequireVerificationBeforeUpdate',
    console: 'Sign-up → Attribute verification',
    choose: 'keep original value active: *on*',
    why: 'A new address cannot sign in before it is verified.',
    severity: 'warning',
    value: verified,
    accepts: (actual, _answers, { AutoVerifiedAttributes }) =>
      listOf(AutoVerifiedAttributes).every((name) => listOf(actual).includes(name)),
  },
  {
    id: 'pool-verification-link',
    resource: 'userPool',
    member: 'VerificationMessageTemplate.DefaultEmailOption',
    console: `${POOL} methods → Message templates → Verification message`,
    choose: '*Code*',
    why: 'POST /confirm-sign-up takes a code, and a link confirms at Cognito instead.',
    severity: 'error',
    value: () => 'CONFIRM_WITH_CODE',
    accepts: (actual) => actual !== 'CONFIRM_WITH_LINK',
  },
  {
    id: 'pool-sign-up-closed',
    resource: 'userPool',
    member: 'AdminCreateUserConfig.AllowAdminCreateUserOnly',
    console: 'Sign-up → Self-service sign-up',
    choose: '*Enabled*, unless only administrators create accounts',
    why: 'If only administrators may create users, Cognito refuses every POST /sign-up.',
    severity: 'error',
    value: ({ selfSignUp }) => !selfSignUp,
    accepts: (actual, { selfSignUp }) => actual !== true || !selfSignUp,
  },
  {
    id: 'pool-account-recovery',
    resource: 'userPool',
    member: 'AccountRecoverySetting.RecoveryMechanisms',
    console: 'Sign-in → User account recovery',
    choose: 'the address that users sign in with',
    why: 'POST /forgot-password sends its code to a verified address.',
    severity: 'warning',
    value: recovery,
    accepts: (actual) => listOf(actual).every((each) => (each as { Name?: unknown }).Name !== 'admin_only'),
  },
  {
    id: 'pool-password-length',
    resource: 'userPool',
    member: 'Policies.PasswordPolicy.MinimumLength',
    console: `${POOL} methods → Password policy`,
    choose: '12 characters or more, without further rules',
    why: 'Length protects passwords better than rules about characters (NIST SP 800-63B).',
    severity: 'warning',
    value: ({ minimumPasswordLength }) => minimumPasswordLength,
    accepts: (actual) => typeof actual === 'number' && actual >= 8,
  },
  {
    id: 'pool-temporary-password',
    resource: 'userPool',
    member: 'Policies.PasswordPolicy.TemporaryPasswordValidityDays',
    console: `${POOL} methods → Password policy`,
    choose: 'temporary passwords expire in 3 days',
    why: 'An unused temporary password stays in a mailbox.',
    severity: 'advice',
    value: () => 3,
    accepts: (actual) => typeof actual !== 'number' || actual <= 7,
  },
  {
    id: 'pool-first-factors',
    resource: 'userPool',
    member: 'Policies.SignInPolicy.AllowedFirstAuthFactors',
    console: 'Sign-in → Options for choice-based sign-in',
    choose: '*Passkey*, for [passkeys](passkeys.md) only',
    why: 'USER_AUTH offers passkeys only if they are among the first factors.',
    severity: 'warning',
    value: ({ passkeys }) => passkeys && ['PASSWORD', 'WEB_AUTHN'],
    accepts: (actual, { passkeys }) => !passkeys || listOf(actual).includes('WEB_AUTHN'),
  },
  {
    id: 'pool-device-tracking',
    resource: 'userPool',
    member: 'DeviceConfiguration',
    console: 'Sign-in → Device tracking',
    choose: "*Don't remember*, unless you [remember devices](mfa-and-devices.md#remembered-devices)",
    why: 'A remembered device replaces the second factor, and a refresh then needs a confirmed device.',
    severity: 'warning',
    value: ({ rememberDevices }) =>
      rememberDevices
        ? { ChallengeRequiredOnNewDevice: true, DeviceOnlyRememberedOnUserPrompt: false }
        : undefined,
    accepts: (actual, { rememberDevices }) => rememberDevices === (actual !== undefined),
  },
  {
    id: 'pool-sms-sender',
    resource: 'userPool',
    member: 'SmsConfiguration',
    console: `${POOL} methods → SMS`,
    choose: 'an IAM role, for phone numbers only',
    why: 'Cognito sends SMS with this role; the external ID keeps other accounts from using it.',
    severity: 'error',
    value: ({ sms }) => sms && { SnsCallerArn: sms.roleArn, ExternalId: sms.externalId },
    accepts: (actual, { signInWith }) => !signInWith.includes('phoneNumber') || actual !== undefined,
  },
  {
    id: 'pool-email-sender',
    resource: 'userPool',
    member: 'EmailConfiguration',
    console: `${POOL} methods → Email`,
    choose: '*Send email with Amazon SES*, for production',
    why: 'The sender of Cognito sends 50 messages a day for the whole AWS account.',
    severity: 'warning',
    value: ({ email }) =>
      email && { EmailSendingAccount: 'DEVELOPER', SourceArn: email.identityArn, From: email.from },
    accepts: (actual, { email }) =>
      !email ||
      (actual as { EmailSendingAccount?: unknown } | undefined)?.EmailSendingAccount === 'DEVELOPER',
  },
  {
    id: 'pool-deletion-protection',
    resource: 'userPool',
    member: 'DeletionProtection',
    console: 'Settings → Deletion protection',
    choose: '*Active*',
    why: 'A deleted user pool takes all accounts with it, and nothing brings them back.',
    severity: 'warning',
    value: () => 'ACTIVE',
    accepts: (actual) => actual === 'ACTIVE',
  },
  {
    id: 'pool-mfa-off',
    resource: 'mfaConfig',
    member: 'MfaConfiguration',
    console: 'Sign-in → Multi-factor authentication',
    choose: '*Optional* or *Required*',
    why: 'Without a second factor, a stolen password is enough to sign in.',
    severity: 'advice',
    value: ({ mfa }) => ({ off: 'OFF', optional: 'OPTIONAL', required: 'ON' })[mfa],
    accepts: (actual, { mfa }) =>
      mfa === 'off' || actual === 'ON' || (mfa === 'optional' && actual === 'OPTIONAL'),
  },
  {
    id: 'pool-mfa-authenticator',
    resource: 'mfaConfig',
    member: 'SoftwareTokenMfaConfiguration.Enabled',
    console: 'Sign-in → Multi-factor authentication',
    choose: '*Authenticator apps*',
    why: 'SMS codes are stolen by SIM swaps, and each one costs money.',
    severity: 'warning',
    value: ({ mfa }) => (mfa === 'off' ? undefined : true),
    accepts: (actual, { mfa }) => mfa === 'off' || actual === true,
  },
  {
    id: 'pool-passkey-relying-party',
    resource: 'mfaConfig',
    member: 'WebAuthnConfiguration.RelyingPartyId',
    console: `${POOL} methods → Passkey`,
    choose: '*Relying party ID*: your domain, for [passkeys](passkeys.md) only',
    why: 'Browsers use a passkey on this domain and its subdomains only.',
    severity: 'error',
    value: ({ passkeys }) => passkeys?.relyingPartyId,
    accepts: (actual, { passkeys }) => !passkeys || actual === passkeys.relyingPartyId,
  },
  {
    id: 'pool-passkey-verification',
    resource: 'mfaConfig',
    member: 'WebAuthnConfiguration.UserVerification',
    console: `${POOL} methods → Passkey`,
    choose: '*User verification*: required, for passkeys only',
    why: 'A stolen unlocked key must not be enough to sign in.',
    severity: 'advice',
    value: ({ passkeys }) => passkeys && 'required',
    accepts: (actual, { passkeys }) => !passkeys || actual === 'required',
  },
];

function listOf(actual: unknown): readonly unknown[] {
  return Array.isArray(actual) ? actual : [];
}
