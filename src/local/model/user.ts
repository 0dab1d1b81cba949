import { randomBytes } from 'node:crypto';
import type { CodePurpose, IssuedCode } from '../messages/codes.ts';
import type { AuthEvent } from '../operations/auth-events.ts';
import type { SrpVerifier } from '../sign-in/srp.ts';
import type { Passkey } from '../sign-in/webauthn.ts';
import type { Device } from '../users/devices.ts';
import type { HashedPassword } from '../users/password-hash.ts';
import type { TotpSecret } from '../users/totp.ts';

export type UserStatus =
  | 'UNCONFIRMED'
  | 'CONFIRMED'
  | 'FORCE_CHANGE_PASSWORD'
  | 'RESET_REQUIRED'
  // Signs in through an identity provider, and has no password here.
  | 'EXTERNAL_PROVIDER';

/** A second factor, by the name of its challenge. */
export type MfaMethod = 'SMS_MFA' | 'SOFTWARE_TOKEN_MFA' | 'EMAIL_OTP';

/** Which second factors a user has switched on, and the one to be asked for first. */
export interface MfaPreference {
  readonly softwareToken: boolean;
  readonly sms: boolean;
  readonly email: boolean;
  /** Passkeys count as two factors. */
  readonly passkey: boolean;
  readonly preferred: MfaMethod | undefined;
}

/** All that a pool knows about a user. Times are milliseconds since the epoch. */
export interface User {
  readonly username: string;
  readonly sub: string;
  readonly createdAt: number;
  modifiedAt: number;
  status: UserStatus;
  enabled: boolean;
  /** Values are text, as on the wire: `email_verified` is `"true"` or `"false"`. Without `sub`. */
  readonly attributes: Map<string, string>;
  password: HashedPassword | undefined;
  /** The same password, as SRP needs it. */
  srp: SrpVerifier | undefined;
  /** Newest first. */
  earlierPasswords: HashedPassword[];
  /** Set while the password is a temporary one. */
  temporaryPasswordExpiresAt: number | undefined;
  readonly groups: Set<string>;
  /** The sign-ins that threat protection has seen, oldest first. */
  readonly authEvents: AuthEvent[];
  readonly codes: Map<CodePurpose, IssuedCode>;
  /** The verified authenticator, and one that was associated and not verified yet. */
  totp: TotpSecret | undefined;
  pendingTotp: TotpSecret | undefined;
  mfa: MfaPreference;
  /** The devices that were confirmed, by key. */
  readonly devices: Map<string, Device>;
  /** The newest last. */
  passkeys: Passkey[];
  /** Wrong passwords in a row, for the lock-out. */
  failures: { count: number; lastAt: number; lockedUntil: number };
  /** When each limited operation was last used, by limit. */
  readonly uses: Map<string, number[]>;
}

export function newUser(username: string, sub: string, status: UserStatus, now: number): User {
  return {
    username,
    sub,
    createdAt: now,
    modifiedAt: now,
    status,
    enabled: true,
    attributes: new Map(),
    password: undefined,
    srp: undefined,
    earlierPasswords: [],
    temporaryPasswordExpiresAt: undefined,
    groups: new Set(),
    authEvents: [],
    codes: new Map(),
    totp: undefined,
    pendingTotp: undefined,
    mfa: { softwareToken: false, sms: false, email: false, passkey: false, preferred: undefined },
    devices: new Map(),
    passkeys: [],
    failures: { count: 0, lastAt: 0, lockedUntil: 0 },
    uses: new Map(),
  };
}

/**
 * Shaped like a UUID, but of no version or variant of RFC 9562, like the ones that Cognito
 * gives out: code that validates `sub` as a UUID has to fail here, and not in production.
 */
export function newSub(): string {
  const hex = randomBytes(16).toString('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-70${hex.slice(14, 16)}-d${hex.slice(17, 20)}-${hex.slice(20)}`;
}
