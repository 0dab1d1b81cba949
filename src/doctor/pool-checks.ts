import type { GetUserPoolMfaConfigResponse, UserPoolType } from '@aws-sdk/client-cognito-identity-provider';
import type { Settings } from '../config/settings.ts';
import type { Check } from './finding.ts';

/** The user pool beside the configuration. */
export interface UserPoolFacts {
  readonly settings: Settings;
  readonly pool: UserPoolType;
  readonly mfa: GetUserPoolMfaConfigResponse | undefined;
  /** The hosts of the app that the configuration names. */
  readonly hosts: readonly string[];
}

const MIN_PASSWORD_LENGTH = 8;
const RULES = [
  ['requireLowercase', 'RequireLowercase'],
  ['requireUppercase', 'RequireUppercase'],
  ['requireNumbers', 'RequireNumbers'],
  ['requireSymbols', 'RequireSymbols'],
] as const;

/** The checks of the user pool. */
export const POOL_CHECKS: readonly Check<UserPoolFacts>[] = [
  {
    id: 'pool-sign-in-names',
    severity: 'error',
    why: 'Users cannot sign in with a kind of name that the user pool does not accept. A new pool is needed to change it.',
    find({ pool, settings: { signInWith } }) {
      const { UsernameAttributes: names = [], AliasAttributes: aliases = [] } = pool;
      const accepted: string[] = [...names, ...aliases];
      const refused = signInWith.filter((name) =>
        name === 'username'
          ? names.length > 0
          : !accepted.includes(name === 'email' ? 'email' : 'phone_number'),
      );
      return refused.length === 0
        ? undefined
        : {
            what: `signInWith has ${refused.join(', ')}, and users of the pool sign in with ${accepted.join(', ') || 'a username'}.`,
            advice: 'Correct signInWith, or create a new user pool.',
          };
    },
  },
  {
    id: 'pool-case-sensitive',
    severity: 'warning',
    why: 'Ada@example.com and ada@example.com are two accounts. A new pool is needed to change it.',
    find: ({ pool }) =>
      pool.UsernameConfiguration?.CaseSensitive === false
        ? undefined
        : {
            what: 'User names are case-sensitive.',
            advice: 'Create a new user pool with UsernameConfiguration: { CaseSensitive: false }.',
          },
  },
  {
    id: 'pool-auto-verified',
    severity: 'error',
    why: 'A sign-up sends no code unless the pool verifies an address.',
    find({ pool, settings: { signInWith, autoConfirmUser } }) {
      const verified = pool.AutoVerifiedAttributes ?? [];
      if (autoConfirmUser || verified.length > 0) return;
      const wanted =
        signInWith.includes('phoneNumber') && !signInWith.includes('email') ? 'phone_number' : 'email';
      return {
        what: 'The user pool verifies no address.',
        advice: `Verify ${wanted}, or set autoConfirmUser.`,
        change: { resource: 'userPool', set: { AutoVerifiedAttributes: [wanted] } },
      };
    },
  },
  {
    id: 'pool-verify-before-update',
    severity: 'warning',
    why: 'A changed address replaces the old one at once, before the user proves to own it.',
    find({ pool }) {
      const verified = pool.AutoVerifiedAttributes ?? [];
      const before: readonly string[] =
        pool.UserAttributeUpdateSettings?.AttributesRequireVerificationBeforeUpdate ?? [];
      const missing = verified.filter((name) => !before.includes(name));
      return missing.length === 0
        ? undefined
        : {
            what: `${missing.join(', ')} changes without a verification first.`,
            advice: 'Keep the original value until the new one is verified.',
            change: {
              resource: 'userPool',
              set: {
                UserAttributeUpdateSettings: { AttributesRequireVerificationBeforeUpdate: [...verified] },
              },
            },
          };
    },
  },
  {
    id: 'pool-verification-link',
    severity: 'error',
    why: 'POST /confirm-sign-up needs the code, and a link confirms at Cognito instead.',
    find: ({ pool }) =>
      pool.VerificationMessageTemplate?.DefaultEmailOption === 'CONFIRM_WITH_LINK'
        ? {
            what: 'Verification messages have a link in place of a code.',
            advice: 'Send a code.',
            change: {
              resource: 'userPool',
              set: {
                VerificationMessageTemplate: {
                  ...pool.VerificationMessageTemplate,
                  DefaultEmailOption: 'CONFIRM_WITH_CODE',
                },
              },
            },
          }
        : undefined,
  },
  {
    id: 'pool-password-length',
    severity: 'warning',
    why: 'Short passwords are guessed offline and online (NIST SP 800-63B 3.1.1).',
    find({ pool }) {
      const length = pool.Policies?.PasswordPolicy?.MinimumLength ?? MIN_PASSWORD_LENGTH;
      return length >= MIN_PASSWORD_LENGTH
        ? undefined
        : {
            what: `Passwords may have ${length} characters.`,
            advice: 'Require 12.',
            change: {
              resource: 'userPool',
              set: {
                Policies: {
                  ...pool.Policies,
                  PasswordPolicy: { ...pool.Policies?.PasswordPolicy, MinimumLength: 12 },
                },
              },
            },
          };
    },
  },
  {
    id: 'pool-password-policy',
    severity: 'warning',
    why: 'A different passwordPolicy refuses good passwords, or lets Cognito refuse them later.',
    find({ pool, settings: { passwordPolicy } }) {
      if (Object.keys(passwordPolicy).length === 0) return;
      const actual = pool.Policies?.PasswordPolicy ?? {};
      const differing = [
        ...((passwordPolicy.minimumLength ?? 1) === (actual.MinimumLength ?? MIN_PASSWORD_LENGTH)
          ? []
          : ['minimumLength']),
        ...RULES.filter(
          ([option, member]) => (passwordPolicy[option] ?? false) !== (actual[member] ?? false),
        ).map(([option]) => option),
      ];
      const same = {
        minimumLength: actual.MinimumLength ?? MIN_PASSWORD_LENGTH,
        ...Object.fromEntries(RULES.map(([option, member]) => [option, actual[member] ?? false])),
      };
      return differing.length === 0
        ? undefined
        : {
            what: `passwordPolicy differs from the user pool in ${differing.join(', ')}.`,
            advice: `Set passwordPolicy: ${JSON.stringify(same)}.`,
          };
    },
  },
  {
    id: 'pool-required-attributes',
    severity: 'error',
    why: 'Cognito refuses a sign-up without a required attribute. A new pool is needed to change it.',
    find({ pool, settings: { signInWith, writableAttributes } }) {
      const sent = [
        'sub',
        ...writableAttributes,
        ...(signInWith.includes('email') ? ['email'] : []),
        ...(signInWith.includes('phoneNumber') ? ['phone_number'] : []),
      ];
      const missing = (pool.SchemaAttributes ?? [])
        .filter(({ Required, Name = '' }) => Required && !sent.includes(Name))
        .map(({ Name }) => Name);
      return missing.length === 0
        ? undefined
        : {
            what: `The user pool requires ${missing.join(', ')}, which clients may not send.`,
            advice: 'Add the attribute to writableAttributes.',
          };
    },
  },
  {
    id: 'pool-sign-up-closed',
    severity: 'error',
    why: 'Every POST /sign-up is refused.',
    find: ({ pool, settings: { routes } }) =>
      pool.AdminCreateUserConfig?.AllowAdminCreateUserOnly && routes.signUp !== false
        ? {
            what: 'Only administrators may create users.',
            advice: 'Allow self-registration, or set routes: { signUp: false }.',
            change: {
              resource: 'userPool',
              set: {
                AdminCreateUserConfig: { ...pool.AdminCreateUserConfig, AllowAdminCreateUserOnly: false },
              },
            },
          }
        : undefined,
  },
  {
    id: 'pool-account-recovery',
    severity: 'warning',
    why: 'POST /forgot-password sends no code if only administrators may reset passwords.',
    find: ({ pool, settings: { routes } }) =>
      routes.forgotPassword !== false &&
      pool.AccountRecoverySetting?.RecoveryMechanisms?.some(({ Name }) => Name === 'admin_only')
        ? {
            what: 'Account recovery is left to administrators.',
            advice: 'Recover accounts by e-mail, or set routes: { forgotPassword: false }.',
            change: {
              resource: 'userPool',
              set: {
                AccountRecoverySetting: { RecoveryMechanisms: [{ Name: 'verified_email', Priority: 1 }] },
              },
            },
          }
        : undefined,
  },
  {
    id: 'pool-deletion-protection',
    severity: 'warning',
    why: 'A deleted user pool takes all accounts with it, and nothing brings them back.',
    find: ({ pool }) =>
      pool.DeletionProtection === 'ACTIVE'
        ? undefined
        : {
            what: 'Deletion protection is off.',
            advice: 'Activate it.',
            change: { resource: 'userPool', set: { DeletionProtection: 'ACTIVE' } },
          },
  },
  {
    id: 'pool-threat-protection',
    severity: 'advice',
    why: 'The plan Plus is paid for threat protection.',
    find: ({ pool }) =>
      pool.UserPoolTier === 'PLUS' && (pool.UserPoolAddOns?.AdvancedSecurityMode ?? 'OFF') === 'OFF'
        ? {
            what: 'The plan is Plus, and threat protection is off.',
            advice: 'Start with the audit mode.',
            change: { resource: 'userPool', set: { UserPoolAddOns: { AdvancedSecurityMode: 'AUDIT' } } },
          }
        : undefined,
  },
  {
    id: 'pool-tier',
    severity: 'error',
    why: 'The plan Lite has no choice-based sign-in, passkeys and codes by e-mail.',
    find: ({ pool, settings: { authFlow, passwordless, autoSignIn } }) =>
      pool.UserPoolTier === 'LITE' && (authFlow === 'USER_AUTH' || passwordless || autoSignIn)
        ? {
            what: 'The plan is Lite, and the configuration uses USER_AUTH.',
            advice: 'Choose the plan Essentials.',
            change: { resource: 'userPool', set: { UserPoolTier: 'ESSENTIALS' } },
          }
        : undefined,
  },
  {
    id: 'pool-device-tracking',
    severity: 'warning',
    why: 'With device tracking, a refresh needs a confirmed device, which a bearer client confirms itself.',
    find: ({ pool, settings: { transport } }) =>
      pool.DeviceConfiguration !== undefined && transport === 'bearer'
        ? {
            what: 'The user pool tracks devices, and tokens are in bearer headers.',
            advice: 'Let the client send POST /devices after each newDevice, or turn device tracking off.',
          }
        : undefined,
  },
  {
    id: 'pool-remember-devices',
    severity: 'warning',
    why: 'Users are asked for the second factor at every sign-in.',
    find: ({ pool, settings: { rememberDevices } }) =>
      rememberDevices === 'always' && pool.DeviceConfiguration === undefined
        ? {
            what: "rememberDevices is 'always', and the user pool tracks no devices.",
            advice: 'Turn device tracking on, or remove rememberDevices.',
            change: {
              resource: 'userPool',
              set: {
                DeviceConfiguration: {
                  ChallengeRequiredOnNewDevice: true,
                  DeviceOnlyRememberedOnUserPrompt: false,
                },
              },
            },
          }
        : undefined,
  },
  {
    id: 'pool-email-sender',
    severity: 'warning',
    why: 'The sender of Cognito sends 50 messages a day for the whole AWS account.',
    find: ({ pool, settings: { userPoolId, region } }) =>
      (pool.EmailConfiguration?.EmailSendingAccount ?? 'COGNITO_DEFAULT') === 'COGNITO_DEFAULT' &&
      pool.LambdaConfig?.CustomEmailSender === undefined
        ? {
            what: 'E-mail is sent by Cognito itself.',
            advice: `Verify an identity in Amazon SES, then set EmailConfiguration of ${userPoolId} to DEVELOPER with its ARN.`,
            command: `aws sesv2 list-email-identities --region ${region}`,
          }
        : undefined,
  },
  {
    id: 'pool-sms-sender',
    severity: 'error',
    why: 'Cognito sends no SMS without an IAM role.',
    find: ({ pool, settings: { signInWith } }) =>
      signInWith.includes('phoneNumber') &&
      pool.SmsConfiguration === undefined &&
      pool.LambdaConfig?.CustomSMSSender === undefined
        ? {
            what: 'Users sign in with a phone number, and the user pool has no SmsConfiguration.',
            advice: 'Create an IAM role that may call sns:Publish, and set it as SmsConfiguration.',
          }
        : undefined,
  },
  {
    id: 'pool-sms-external-id',
    severity: 'warning',
    why: 'Without an external ID, another account can let Cognito use the role (confused deputy).',
    find: ({ pool }) =>
      pool.SmsConfiguration?.SnsCallerArn !== undefined && !pool.SmsConfiguration.ExternalId
        ? {
            what: 'SmsConfiguration has no ExternalId.',
            advice: 'Set it, and require it in the trust policy of the role.',
          }
        : undefined,
  },
  {
    id: 'pool-mfa-off',
    severity: 'advice',
    why: 'A stolen password is enough to sign in.',
    find: ({ mfa }) =>
      mfa === undefined || (mfa.MfaConfiguration ?? 'OFF') !== 'OFF'
        ? undefined
        : {
            what: 'Multi-factor authentication is off.',
            advice: 'Make it optional, with authenticator apps.',
            change: {
              resource: 'mfaConfig',
              set: { MfaConfiguration: 'OPTIONAL', SoftwareTokenMfaConfiguration: { Enabled: true } },
            },
          },
  },
  {
    id: 'pool-mfa-sms-only',
    severity: 'warning',
    why: 'SMS codes are stolen by SIM swaps, and each one costs money.',
    find: ({ mfa }) =>
      mfa?.SmsMfaConfiguration !== undefined && !mfa.SoftwareTokenMfaConfiguration?.Enabled
        ? {
            what: 'SMS is a second factor, and authenticator apps are not.',
            advice: 'Enable authenticator apps.',
            change: { resource: 'mfaConfig', set: { SoftwareTokenMfaConfiguration: { Enabled: true } } },
          }
        : undefined,
  },
  {
    id: 'pool-passkey-relying-party',
    severity: 'error',
    why: 'Browsers refuse passkeys of a domain that is not a suffix of their host.',
    find({ mfa, hosts }) {
      const domain = mfa?.WebAuthnConfiguration?.RelyingPartyId;
      const others = hosts.filter((host) => host !== domain && !host.endsWith(`.${domain}`));
      return domain === undefined || others.length === 0
        ? undefined
        : {
            what: `The relying party is ${domain}, and the app is at ${others.join(', ')}.`,
            advice:
              'Set the relying party ID to the domain of the app. Passkeys of the old domain stop working.',
            change: {
              resource: 'mfaConfig',
              set: { WebAuthnConfiguration: { ...mfa?.WebAuthnConfiguration, RelyingPartyId: others[0] } },
            },
          };
    },
  },
  {
    id: 'pool-passkey-factor',
    severity: 'warning',
    why: 'USER_AUTH does not offer passkeys that are missing in its first factors.',
    find({ pool, mfa, settings: { authFlow } }) {
      const factors = pool.Policies?.SignInPolicy?.AllowedFirstAuthFactors ?? [];
      return authFlow === 'USER_AUTH' &&
        mfa?.WebAuthnConfiguration?.RelyingPartyId !== undefined &&
        !factors.includes('WEB_AUTHN')
        ? {
            what: 'Passkeys have a relying party, and are no first factor.',
            advice: 'Add passkeys to the options for choice-based sign-in.',
            change: {
              resource: 'userPool',
              set: {
                Policies: {
                  ...pool.Policies,
                  SignInPolicy: {
                    AllowedFirstAuthFactors: [
                      ...(factors.length > 0 ? factors : ['PASSWORD' as const]),
                      'WEB_AUTHN',
                    ],
                  },
                },
              },
            },
          }
        : undefined;
    },
  },
  {
    id: 'pool-first-factors',
    severity: 'warning',
    why: 'Accounts without a password need another first factor.',
    find({ pool, settings: { passwordless } }) {
      const factors = pool.Policies?.SignInPolicy?.AllowedFirstAuthFactors ?? ['PASSWORD'];
      return passwordless && factors.every((factor) => factor === 'PASSWORD')
        ? {
            what: 'passwordless is true, and the user pool allows passwords only.',
            advice: 'Allow codes by e-mail or passkeys as first factors.',
            change: {
              resource: 'userPool',
              set: {
                Policies: {
                  ...pool.Policies,
                  SignInPolicy: { AllowedFirstAuthFactors: ['PASSWORD', 'WEB_AUTHN'] },
                },
              },
            },
          }
        : undefined;
    },
  },
  {
    id: 'pool-custom-auth-triggers',
    severity: 'error',
    why: 'CUSTOM_AUTH runs three triggers, and fails without one of them.',
    find({ pool, settings: { authFlow } }) {
      const missing = (
        ['DefineAuthChallenge', 'CreateAuthChallenge', 'VerifyAuthChallengeResponse'] as const
      ).filter((name) => pool.LambdaConfig?.[name] === undefined);
      return authFlow === 'CUSTOM_AUTH' && missing.length > 0
        ? {
            what: `authFlow is CUSTOM_AUTH, and the user pool has no trigger ${missing.join(', ')}.`,
            advice: 'Add the triggers, or choose another authFlow.',
          }
        : undefined;
    },
  },
  {
    id: 'pool-domain',
    severity: 'error',
    why: 'Managed login needs a domain.',
    find: ({ pool, settings: { managedLogin, userPoolId, region } }) =>
      managedLogin !== undefined && pool.Domain === undefined && pool.CustomDomain === undefined
        ? {
            what: 'managedLogin is set, and the user pool has no domain.',
            advice: 'Create a domain with a free prefix.',
            command: `aws cognito-idp create-user-pool-domain --region ${region} --user-pool-id ${userPoolId} --domain <prefix>`,
          }
        : undefined,
  },
];
