import { acceptsTags } from './accepted-findings.ts';
import { codeAddresses, signInAddresses } from './addresses.ts';
import { MIN_PASSWORD_LENGTH } from './answers.ts';
import type { DescribedResources, SettingOf } from './setting.ts';

const SIGN_IN_NAMES = 'Create user pool → Options for sign-in identifiers';
const VERIFICATION = 'Sign-up → Attribute verification';
const PASSWORD_POLICY = 'Authentication methods → Password policy';
const MAX_TEMPORARY_DAYS = 7;

/** Settings of CreateUserPool. */
export const POOL_SETTINGS: readonly SettingOf<'userPool'>[] = [
  {
    id: 'pool-sign-in-names',
    resource: 'userPool',
    member: 'UsernameAttributes',
    console: SIGN_IN_NAMES,
    choose: '*Email*, *Phone number* or both',
    why: 'Users sign in with these addresses, as in signInWith.',
    severity: 'error',
    lasting: true,
    value: (answers) => (answers.signInWith.includes('username') ? undefined : signInAddresses(answers)),
    rule: {
      find({ UsernameAttributes: names = [], AliasAttributes: aliases = [] }, { signInWith }) {
        const accepted: readonly string[] = [...names, ...aliases];
        const refused = signInWith.filter((name) =>
          name === 'username'
            ? names.length > 0
            : signInAddresses({ signInWith: [name] }).some((address) => !accepted.includes(address)),
        );
        return refused.length === 0
          ? undefined
          : `signInWith has ${refused.join(', ')}, and users of the pool sign in with ${accepted.join(', ') || 'a username'}.`;
      },
      fix: () => 'Correct signInWith, or create a new user pool.',
    },
  },
  {
    id: 'pool-sign-in-aliases',
    resource: 'userPool',
    member: 'AliasAttributes',
    console: SIGN_IN_NAMES,
    choose: '*Username* beside an address',
    why: 'Users with a username can sign in with a verified address too, as in signInWith.',
    severity: 'error',
    lasting: true,
    value: (answers) =>
      answers.signInWith.includes('username') && answers.signInWith.length > 1
        ? signInAddresses(answers)
        : undefined,
    // The rule of pool-sign-in-names covers the aliases.
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
    rule: {
      find: ({ UsernameConfiguration }) =>
        UsernameConfiguration?.CaseSensitive === false ? undefined : 'User names are case-sensitive.',
      fix: () => 'Create a new user pool.',
    },
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
    rule: {
      find: ({ UserPoolTier }, { usesUserAuth }) =>
        UserPoolTier === 'LITE' && usesUserAuth
          ? 'The plan is Lite, and the configuration uses USER_AUTH.'
          : undefined,
      fix: () => 'Choose the plan Essentials.',
    },
  },
  {
    id: 'pool-auto-verified',
    resource: 'userPool',
    member: 'AutoVerifiedAttributes',
    console: VERIFICATION,
    choose: 'send a message to the address that users sign in with',
    why: 'Cognito sends a code at sign-up to these addresses only.',
    severity: 'error',
    value: codeAddresses,
    rule: {
      find: ({ AutoVerifiedAttributes = [] }, { autoConfirmUser }) =>
        autoConfirmUser || AutoVerifiedAttributes.length > 0
          ? undefined
          : 'The user pool verifies no address.',
      fix: (_pool, app) => `Verify ${codeAddresses(app).join(' and ')}, or set autoConfirmUser.`,
    },
  },
  {
    id: 'pool-verify-before-update',
    resource: 'userPool',
    member: 'UserAttributeUpdateSettings.AttributesRequireVerificationBeforeUpdate',
    console: VERIFICATION,
    choose: 'keep original value active: *on*',
    why: 'A new address cannot sign in before it is verified.',
    severity: 'warning',
    value: codeAddresses,
    rule: {
      find({ AutoVerifiedAttributes = [], UserAttributeUpdateSettings }) {
        const before = UserAttributeUpdateSettings?.AttributesRequireVerificationBeforeUpdate ?? [];
        const missing = AutoVerifiedAttributes.filter((name) => !before.includes(name));
        return missing.length === 0
          ? undefined
          : `${missing.join(', ')} changes without a verification first.`;
      },
      fix: () => 'Keep the original value until the new one is verified.',
      set: ({ AutoVerifiedAttributes = [] }) => ({
        UserAttributeUpdateSettings: {
          AttributesRequireVerificationBeforeUpdate: [...AutoVerifiedAttributes],
        },
      }),
    },
  },
  {
    id: 'pool-verification-link',
    resource: 'userPool',
    member: 'VerificationMessageTemplate.DefaultEmailOption',
    console: 'Authentication methods → Message templates → Verification message',
    choose: '*Code*',
    why: 'POST /confirm-sign-up takes a code, and a link confirms at Cognito instead.',
    severity: 'error',
    value: () => 'CONFIRM_WITH_CODE',
    rule: {
      find: ({ VerificationMessageTemplate }) =>
        VerificationMessageTemplate?.DefaultEmailOption === 'CONFIRM_WITH_LINK'
          ? 'Verification messages have a link in place of a code.'
          : undefined,
      fix: () => 'Send a code.',
    },
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
    rule: {
      find: ({ AdminCreateUserConfig }, { selfSignUp }) =>
        AdminCreateUserConfig?.AllowAdminCreateUserOnly && selfSignUp
          ? 'Only administrators may create users.'
          : undefined,
      fix: () => 'Allow self-registration, or set routes: { signUp: false }.',
    },
  },
  {
    id: 'pool-account-recovery',
    resource: 'userPool',
    member: 'AccountRecoverySetting.RecoveryMechanisms',
    console: 'Sign-in → User account recovery',
    choose: 'the address that users sign in with',
    why: 'POST /forgot-password sends its code to a verified address.',
    severity: 'warning',
    value: (answers) =>
      codeAddresses(answers).map((name, index) => ({ Name: `verified_${name}`, Priority: index + 1 })),
    rule: {
      find: ({ AccountRecoverySetting }, { forgotPassword }) =>
        forgotPassword &&
        AccountRecoverySetting?.RecoveryMechanisms?.some(({ Name }) => Name === 'admin_only')
          ? 'Account recovery is left to administrators.'
          : undefined,
      fix: () => 'Recover accounts with a code, or set routes: { forgotPassword: false }.',
    },
  },
  {
    id: 'pool-password-length',
    resource: 'userPool',
    member: 'Policies.PasswordPolicy.MinimumLength',
    console: PASSWORD_POLICY,
    choose: '12 characters or more, without further rules',
    why: 'Length protects passwords better than rules about characters (NIST SP 800-63B).',
    severity: 'warning',
    value: ({ minimumPasswordLength }) => minimumPasswordLength,
    rule: {
      find({ Policies }) {
        const length = Policies?.PasswordPolicy?.MinimumLength ?? MIN_PASSWORD_LENGTH;
        return length >= MIN_PASSWORD_LENGTH ? undefined : `Passwords may have ${length} characters.`;
      },
      fix: (_pool, { minimumPasswordLength }) => `Require ${minimumPasswordLength}.`,
    },
  },
  {
    id: 'pool-temporary-password',
    resource: 'userPool',
    member: 'Policies.PasswordPolicy.TemporaryPasswordValidityDays',
    console: PASSWORD_POLICY,
    choose: 'temporary passwords expire in 3 days',
    why: 'An unused temporary password stays in a mailbox.',
    severity: 'advice',
    value: () => 3,
    rule: {
      find({ Policies }) {
        const days = Policies?.PasswordPolicy?.TemporaryPasswordValidityDays ?? MAX_TEMPORARY_DAYS;
        return days > MAX_TEMPORARY_DAYS ? `Temporary passwords are valid for ${days} days.` : undefined;
      },
      fix: () => 'Set 3 days.',
    },
  },
  {
    id: 'pool-passkey-factor',
    resource: 'userPool',
    member: 'Policies.SignInPolicy.AllowedFirstAuthFactors',
    console: 'Sign-in → Options for choice-based sign-in',
    choose: '*Passkey*, for [passkeys](passkeys.md) only',
    why: 'USER_AUTH offers passkeys only if they are among the first factors.',
    severity: 'warning',
    value: ({ passkeys }) => passkeys && ['PASSWORD', 'WEB_AUTHN'],
    rule: {
      find: ({ Policies }, { authFlow, passkeys }) =>
        authFlow === 'USER_AUTH' &&
        passkeys &&
        !Policies?.SignInPolicy?.AllowedFirstAuthFactors?.includes('WEB_AUTHN')
          ? 'Passkeys have a relying party, and are no first factor.'
          : undefined,
      fix: () => 'Add passkeys to the options for choice-based sign-in.',
      set: ({ Policies }) => ({
        Policies: {
          ...Policies,
          SignInPolicy: {
            AllowedFirstAuthFactors: [
              ...(Policies?.SignInPolicy?.AllowedFirstAuthFactors ?? ['PASSWORD' as const]),
              'WEB_AUTHN',
            ],
          },
        },
      }),
    },
  },
  {
    id: 'pool-remember-devices',
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
    rule: {
      find: ({ DeviceConfiguration }, { rememberDevices }) =>
        rememberDevices && DeviceConfiguration === undefined
          ? "rememberDevices is 'always', and the user pool tracks no devices."
          : undefined,
      fix: () => 'Turn device tracking on, or remove rememberDevices.',
    },
  },
  {
    id: 'pool-sms-sender',
    resource: 'userPool',
    member: 'SmsConfiguration',
    console: 'Authentication methods → SMS',
    choose: 'an IAM role, for phone numbers only',
    why: 'Cognito sends SMS with this role; the external ID keeps other accounts from using it.',
    severity: 'error',
    value: ({ sms }) => sms && { SnsCallerArn: sms.roleArn, ExternalId: sms.externalId },
    rule: {
      find: ({ SmsConfiguration, LambdaConfig }, { signInWith }) =>
        signInWith.includes('phoneNumber') &&
        SmsConfiguration === undefined &&
        LambdaConfig?.CustomSMSSender === undefined
          ? 'Users sign in with a phone number, and the user pool has no SmsConfiguration.'
          : undefined,
      fix: () => 'Create an IAM role that may call sns:Publish, and set it as SmsConfiguration.',
    },
  },
  {
    id: 'pool-email-sender',
    resource: 'userPool',
    member: 'EmailConfiguration',
    console: 'Authentication methods → Email',
    choose: '*Send email with Amazon SES*, for production',
    why: 'The sender of Cognito sends 50 messages a day for the whole AWS account.',
    severity: 'advice',
    value: ({ email }) =>
      email && { EmailSendingAccount: 'DEVELOPER', SourceArn: email.identityArn, From: email.from },
    rule: {
      find: (pool) =>
        sendsEmail(pool) &&
        pool.EmailConfiguration?.EmailSendingAccount !== 'DEVELOPER' &&
        pool.LambdaConfig?.CustomEmailSender === undefined
          ? 'E-mail is sent by Cognito itself.'
          : undefined,
      fix: (_pool, { userPoolId }) =>
        `Before going live, verify an identity in Amazon SES, and set EmailConfiguration of ${userPoolId} to DEVELOPER with its ARN.`,
      command: (_pool, { region }) => `aws sesv2 list-email-identities --region ${region}`,
    },
  },
  {
    id: 'pool-accepted-advice',
    resource: 'userPool',
    member: 'UserPoolTags',
    console: 'Settings → Tags',
    choose: 'The tag `cognitoKitAccepts` with the advice that you accept, such as `pool-email-sender`',
    why: 'The doctor does not repeat advice that the owner accepts with this tag.',
    severity: 'advice',
    value: acceptsTags,
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
    rule: {
      find: ({ DeletionProtection }) =>
        DeletionProtection === 'ACTIVE' ? undefined : 'Deletion protection is off.',
      fix: () => 'Activate it.',
    },
  },
];

function sendsEmail({
  AutoVerifiedAttributes = [],
  AccountRecoverySetting,
  Policies,
}: DescribedResources['userPool']): boolean {
  const mechanisms = AccountRecoverySetting?.RecoveryMechanisms;
  return (
    AutoVerifiedAttributes.includes('email') ||
    // Without the setting, Cognito recovers accounts by either address.
    mechanisms === undefined ||
    mechanisms.some(({ Name }) => Name === 'verified_email') ||
    Policies?.SignInPolicy?.AllowedFirstAuthFactors?.includes('EMAIL_OTP') === true
  );
}
