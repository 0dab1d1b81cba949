import { randomBytes } from 'node:crypto';
import type { AddressAttribute } from './settings.ts';

/** The purpose of a code. A new code replaces the previous one of the same purpose. */
export type CodePurpose = 'sign_up' | 'forgot_password' | `verify_${AddressAttribute}`;

export interface IssuedCode {
  readonly code: string;
  readonly attribute: AddressAttribute;
  /** The address of the message. */
  readonly to: string;
  readonly expiresAt: number;
  wrongTries: number;
}

export type UserStatus =
  | 'UNCONFIRMED'
  | 'CONFIRMED'
  | 'FORCE_CHANGE_PASSWORD'
  | 'RESET_REQUIRED'
  // A federated user, without a password in the pool.
  | 'EXTERNAL_PROVIDER';

/** A second factor, by the name of its challenge. */
export type MfaMethod = 'SMS_MFA' | 'SOFTWARE_TOKEN_MFA' | 'EMAIL_OTP';

/** The enabled second factors of a user, and the preferred one. */
export interface MfaPreference {
  readonly softwareToken: boolean;
  readonly sms: boolean;
  readonly email: boolean;
  /** Whether passkeys count as two factors. */
  readonly passkey: boolean;
  readonly preferred: MfaMethod | undefined;
  /** Whether SetUserSettings enabled SMS, so GetUser answers it as MFAOptions. */
  readonly smsAsOption?: boolean;
}

/** A user of a pool. Times are milliseconds since the epoch. */
export interface User {
  readonly username: string;
  readonly sub: string;
  readonly createdAt: number;
  modifiedAt: number;
  status: UserStatus;
  enabled: boolean;
  /** Without `sub`. Values are strings, as on the wire: `email_verified` is `"true"` or `"false"`. */
  readonly attributes: Map<string, string>;
  password: HashedPassword | undefined;
  /** SRP verifier of the same password. */
  srp: SrpVerifier | undefined;
  /** Newest first. */
  earlierPasswords: HashedPassword[];
  /** Set for a temporary password. */
  temporaryPasswordExpiresAt: number | undefined;
  readonly groups: Set<string>;
  /** Sign-ins recorded by threat protection, oldest first. */
  readonly authEvents: AuthEvent[];
  readonly codes: Map<CodePurpose, IssuedCode>;
  /** The verified authenticator; `pendingTotp` is associated but not verified yet. */
  totp: TotpSecret | undefined;
  pendingTotp: TotpSecret | undefined;
  mfa: MfaPreference;
  /** Confirmed devices, by key. */
  readonly devices: Map<string, Device>;
  /** Newest last. */
  passkeys: Passkey[];
  /** Consecutive wrong passwords, for the lockout. */
  failures: { count: number; lastAt: number; lockedUntil: number };
  /** Times of recent uses, by limit. */
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

const SUB_BYTES = 16;

/**
 * Generates a `sub` that looks like a UUID, but has no version or variant of RFC 9562, as Cognito's does.
 * Code that validates `sub` as a UUID should fail in tests, not in production.
 */
export function newSub(bytes: Buffer = randomBytes(SUB_BYTES)): string {
  const hex = bytes.toString('hex', 0, SUB_BYTES);
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-70${hex.slice(14, 16)}-d${hex.slice(17, 20)}-${hex.slice(20)}`;
}

/** A sign-in recorded by threat protection. */
export interface AuthEvent {
  /** For a successful sign-in, the `event_id` of its tokens. */
  readonly id: string;
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly outcome: 'Pass' | 'Fail';
  readonly ipAddress: string;
  readonly risky: boolean;
  /** Whether threat protection refused the sign-in. */
  readonly blocked: boolean;
  /** Set if the user was warned. */
  readonly feedbackToken: string | undefined;
  feedback:
    | { readonly value: Feedback; readonly provider: 'User' | 'Admin'; readonly at: number }
    | undefined;
}

export type Feedback = 'Valid' | 'Invalid';

/** SRP verifier of a password. */
export interface SrpVerifier {
  readonly salt: bigint;
  readonly verifier: bigint;
}

/** A registered passkey. */
export interface Passkey {
  /** The credential's id, in base64url. */
  readonly id: string;
  /** As COSE_Key (RFC 9052). */
  readonly publicKey: Uint8Array;
  /** Signature counter of the authenticator; always 0 if the authenticator has none. */
  counter: number;
  readonly relyingPartyId: string;
  readonly name: string;
  readonly attachment: string | undefined;
  readonly transports: readonly string[];
  readonly createdAt: number;
}

/** Keys of a device. In SRP, the group key replaces the pool name, and the key replaces the username. */
export interface DeviceMetadata {
  readonly key: string;
  readonly groupKey: string;
}

/** A confirmed device. Times are milliseconds since the epoch. */
export interface Device extends DeviceMetadata {
  readonly name: string | undefined;
  /** Verifier of the device password. Without it, the device cannot prove its identity. */
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

/** The shared secret of an authenticator app (RFC 6238: SHA-1, 6 digits, 30 seconds). */
export interface TotpSecret {
  /** RFC 4648 base32, without padding. */
  readonly base32: string;
  deviceName: string | undefined;
  /** The latest accepted time step; a code is accepted once. */
  usedStep: number;
}
