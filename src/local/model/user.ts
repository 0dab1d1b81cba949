import { randomBytes } from 'node:crypto';
import type { AddressAttribute } from './settings.ts';

/** What a code is good for. A user has one code at most per purpose: a new one replaces the last. */
export type CodePurpose = 'sign_up' | 'forgot_password' | `verify_${AddressAttribute}`;

export interface IssuedCode {
  readonly code: string;
  readonly attribute: AddressAttribute;
  /** The address that it went to. */
  readonly to: string;
  readonly expiresAt: number;
  wrongTries: number;
}

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

/** One sign-in, as threat protection remembers it. */
export interface AuthEvent {
  /** For a sign-in that came off, the `event_id` of its tokens. */
  readonly id: string;
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly outcome: 'Pass' | 'Fail';
  readonly ipAddress: string;
  readonly risky: boolean;
  /** Only where the user was told of it. */
  readonly feedbackToken: string | undefined;
  feedback:
    | { readonly value: Feedback; readonly provider: 'User' | 'Admin'; readonly at: number }
    | undefined;
}

export type Feedback = 'Valid' | 'Invalid';

/** What the pool keeps of a password for SRP. */
export interface SrpVerifier {
  readonly salt: bigint;
  readonly verifier: bigint;
}

/** What the pool keeps of a passkey. */
export interface Passkey {
  /** The credential's id, in base64url. */
  readonly id: string;
  /** As COSE_Key (RFC 9052). */
  readonly publicKey: Uint8Array;
  /** How often its authenticator says it was used; always 0 for one that does not count. */
  counter: number;
  readonly relyingPartyId: string;
  readonly name: string;
  readonly attachment: string | undefined;
  readonly transports: readonly string[];
  readonly createdAt: number;
}

/** What names a device. In SRP the group key stands for the pool's name and the key for the user's. */
export interface DeviceMetadata {
  readonly key: string;
  readonly groupKey: string;
}

/** A device that a user has confirmed. Times are milliseconds since the epoch. */
export interface Device extends DeviceMetadata {
  readonly name: string | undefined;
  /** Of the device's password. A device that was confirmed without one cannot prove to be itself. */
  readonly srp: SrpVerifier | undefined;
  readonly createdAt: number;
  modifiedAt: number;
  authenticatedAt: number;
  remembered: boolean;
}

export interface HashedPassword {
  readonly salt: Buffer;
  readonly hash: Buffer;
}

/** A shared secret of an authenticator app (RFC 6238: SHA-1, 6 digits, 30 seconds). */
export interface TotpSecret {
  /** RFC 4648 base32, without padding. */
  readonly base32: string;
  deviceName: string | undefined;
  /** The latest time step whose code was accepted: no code is accepted twice. */
  usedStep: number;
}
