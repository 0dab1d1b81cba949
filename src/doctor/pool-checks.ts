import type { UserPoolType } from '@aws-sdk/client-cognito-identity-provider';
import type { Settings } from '../config/settings.ts';
import { signInAddresses } from '../setup/addresses.ts';
import { MIN_PASSWORD_LENGTH } from '../setup/answers.ts';
import { consoleOf } from '../setup/settings.ts';
import type { Check } from './finding.ts';

/** The user pool beside the configuration. */
export interface UserPoolFacts {
  readonly settings: Settings;
  readonly pool: UserPoolType;
}

const RULES = [
  ['requireLowercase', 'RequireLowercase'],
  ['requireUppercase', 'RequireUppercase'],
  ['requireNumbers', 'RequireNumbers'],
  ['requireSymbols', 'RequireSymbols'],
] as const;

/** The checks of the user pool that are about several settings, or about none that the kit sets. */
export const POOL_CHECKS: readonly Check<UserPoolFacts>[] = [
  {
    id: 'pool-password-policy',
    severity: 'warning',
    why: 'A different passwordPolicy refuses good passwords, or lets Cognito refuse them later.',
    console: consoleOf('pool-password-length'),
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
    console: 'Create user pool → Required attributes for sign-up',
    find({ pool, settings: { signInWith, writableAttributes } }) {
      const sent = ['sub', ...writableAttributes, ...signInAddresses({ signInWith })];
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
    id: 'pool-threat-protection',
    severity: 'advice',
    why: 'The plan Plus is paid for threat protection.',
    console: 'Security → Threat protection',
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
    id: 'pool-device-tracking',
    severity: 'warning',
    why: 'With device tracking, a refresh needs a confirmed device, which a bearer client confirms itself.',
    console: consoleOf('pool-remember-devices'),
    find: ({ pool, settings: { transport } }) =>
      pool.DeviceConfiguration !== undefined && transport === 'bearer'
        ? {
            what: 'The user pool tracks devices, and tokens are in bearer headers.',
            advice: 'Let the client send POST /devices after each newDevice, or turn device tracking off.',
          }
        : undefined,
  },
  {
    id: 'pool-sms-external-id',
    severity: 'warning',
    why: 'Without an external ID, another account can let Cognito use the role (confused deputy).',
    console: consoleOf('pool-sms-sender'),
    find: ({ pool }) =>
      pool.SmsConfiguration?.SnsCallerArn !== undefined && !pool.SmsConfiguration.ExternalId
        ? {
            what: 'SmsConfiguration has no ExternalId.',
            advice: 'Set it, and require it in the trust policy of the role.',
          }
        : undefined,
  },
  {
    id: 'pool-sms-failure',
    severity: 'error',
    why: 'Users get no SMS.',
    console: consoleOf('pool-sms-sender'),
    find({ pool: { SmsConfigurationFailure: failure }, settings: { region } }) {
      if (!failure) return;
      return failure === 'SNSSandbox'
        ? {
            severity: 'warning',
            what: 'Amazon SNS is in its sandbox, and SMS reach verified numbers only.',
            advice: 'Request to leave the sandbox in the console of Amazon SNS.',
            command: `aws sns get-sms-sandbox-account-status --region ${region}`,
          }
        : {
            what: `Cognito reports ${failure} for SmsConfiguration.`,
            advice: 'Correct the role: it may call sns:Publish, and trusts Cognito with the external ID.',
          };
    },
  },
  {
    id: 'pool-email-failure',
    severity: 'error',
    why: 'Users get no e-mail.',
    console: consoleOf('pool-email-sender'),
    find: ({ pool: { EmailConfigurationFailure: failure } }) =>
      failure
        ? {
            what: `Cognito reports ${failure} for EmailConfiguration.`,
            advice: 'Correct the identity in Amazon SES, its policy or its region.',
          }
        : undefined,
  },
  {
    id: 'pool-email-from',
    severity: 'error',
    why: 'Amazon SES refuses a sender that its identity does not cover.',
    console: consoleOf('pool-email-sender'),
    find({ pool: { EmailConfiguration: { SourceArn, From } = {} } }) {
      const identity = SourceArn?.split(':identity/')[1];
      const address = /<([^<>]+)>\s*$/.exec(From ?? '')?.[1] ?? From;
      return identity === undefined || address === undefined || covers(identity, address)
        ? undefined
        : {
            what: `E-mail comes from ${address}, and the identity is ${identity}.`,
            advice: 'Send from an address of the identity, or verify another identity.',
          };
    },
  },
  {
    id: 'pool-first-factors',
    severity: 'warning',
    why: 'Accounts without a password need another first factor.',
    console: consoleOf('pool-passkey-factor'),
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
    console: 'Authentication → Extensions → Lambda triggers',
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
];

/** The identity of a domain covers its subdomains. That of an address covers the address. */
function covers(identity: string, address: string): boolean {
  const verified = identity.toLowerCase();
  const domain = address.toLowerCase().split('@').at(-1) ?? '';
  return verified.includes('@')
    ? verified === address.toLowerCase()
    : domain === verified || domain.endsWith(`.${verified}`);
}
