import type { SettingOf } from './setting.ts';

const MFA = 'Sign-in → Multi-factor authentication';
const PASSKEY = 'Authentication methods → Passkey';

/** Settings of SetUserPoolMfaConfig. */
export const MFA_SETTINGS: readonly SettingOf<'mfaConfig'>[] = [
  {
    id: 'pool-mfa-off',
    resource: 'mfaConfig',
    member: 'MfaConfiguration',
    console: MFA,
    choose: '*Optional* or *Required*',
    why: 'Without a second factor, a stolen password is enough to sign in.',
    severity: 'advice',
    value: ({ mfa }) => ({ off: 'OFF', optional: 'OPTIONAL', required: 'ON' })[mfa],
    rule: {
      find: ({ MfaConfiguration = 'OFF' }) =>
        MfaConfiguration === 'OFF' ? 'Multi-factor authentication is off.' : undefined,
      fix: () => 'Make it optional, with authenticator apps.',
      set: () => ({ MfaConfiguration: 'OPTIONAL', SoftwareTokenMfaConfiguration: { Enabled: true } }),
    },
  },
  {
    id: 'pool-mfa-sms-only',
    resource: 'mfaConfig',
    member: 'SoftwareTokenMfaConfiguration.Enabled',
    console: MFA,
    choose: '*Authenticator apps*',
    why: 'SMS codes are stolen by SIM swaps, and each one costs money.',
    severity: 'warning',
    value: ({ mfa }) => (mfa === 'off' ? undefined : true),
    rule: {
      find: ({ SmsMfaConfiguration, SoftwareTokenMfaConfiguration }) =>
        SmsMfaConfiguration !== undefined && !SoftwareTokenMfaConfiguration?.Enabled
          ? 'SMS is a second factor, and authenticator apps are not.'
          : undefined,
      fix: () => 'Enable authenticator apps.',
      set: () => ({ SoftwareTokenMfaConfiguration: { Enabled: true } }),
    },
  },
  {
    id: 'pool-passkey-relying-party',
    resource: 'mfaConfig',
    member: 'WebAuthnConfiguration.RelyingPartyId',
    console: PASSKEY,
    choose: '*Relying party ID*: your domain, for [passkeys](passkeys.md) only',
    why: 'Browsers use a passkey on this domain and its subdomains only.',
    severity: 'error',
    value: ({ passkeys }) => passkeys?.relyingPartyId,
    rule: {
      find({ WebAuthnConfiguration }, { passkeys }) {
        const domain = WebAuthnConfiguration?.RelyingPartyId;
        return passkeys && domain !== passkeys.relyingPartyId
          ? `The relying party is ${domain}, and the app is at ${passkeys.relyingPartyId}.`
          : undefined;
      },
      fix: () =>
        'Set the relying party ID to the domain of the app. Passkeys of the old domain stop working.',
    },
  },
  {
    id: 'pool-passkey-verification',
    resource: 'mfaConfig',
    member: 'WebAuthnConfiguration.UserVerification',
    console: PASSKEY,
    choose: '*User verification*: required, for passkeys only',
    why: 'A stolen unlocked key must not be enough to sign in.',
    severity: 'advice',
    value: ({ passkeys }) => passkeys && 'required',
    rule: {
      find: ({ WebAuthnConfiguration }, { passkeys }) =>
        passkeys && WebAuthnConfiguration?.UserVerification !== 'required'
          ? 'A passkey signs in without a PIN or a biometric check where the device allows it.'
          : undefined,
      fix: () => 'Require user verification.',
    },
  },
];
