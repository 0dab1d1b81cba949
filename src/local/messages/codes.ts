import { createHash, randomInt } from 'node:crypto';
import { type CognitoError, codeMismatch, expiredCode } from '../model/errors.ts';
import { checkWrongCodes } from '../model/limits.ts';
import type { MessageKind } from '../model/messages.ts';
import type { UserPool } from '../model/pool.ts';
import type { AddressAttribute } from '../model/settings.ts';
import type { CodePurpose, IssuedCode, User } from '../model/user.ts';
import { post } from './outbox.ts';

/** CodeDeliveryDetails of the API. */
export interface CodeDeliveryDetails {
  readonly AttributeName: string;
  readonly DeliveryMedium: 'EMAIL' | 'SMS';
  readonly Destination: string;
}

const HOUR_MS = 3_600_000;
const SIGN_UP_CODE_MS = 24 * HOUR_MS;
const FORGOT_PASSWORD_CODE_MS = HOUR_MS;

/** Sends the user a new six-digit code. `to` replaces the user's current address. */
export function sendCode(
  pool: UserPool,
  user: User,
  purpose: CodePurpose,
  attribute: AddressAttribute,
  to: string = user.attributes.get(attribute) ?? '',
): CodeDeliveryDetails {
  const lifetime = purpose === 'forgot_password' ? FORGOT_PASSWORD_CODE_MS : SIGN_UP_CODE_MS;
  const code = String(randomInt(1_000_000)).padStart(6, '0');
  user.codes.set(purpose, { code, attribute, to, expiresAt: pool.now() + lifetime, wrongTries: 0 });
  const kind: MessageKind = purpose.startsWith('verify_') ? 'verify_attribute' : (purpose as MessageKind);
  const medium = mediumOf(attribute);
  post(pool, user, { to, medium, kind, code });
  return { AttributeName: attribute, DeliveryMedium: medium, Destination: maskAddress(to) };
}

/** Sends a code of a sign-in. The caller keeps the code in the session. */
export function sendSignInCode(
  pool: UserPool,
  user: User,
  to: {
    readonly attribute: AddressAttribute;
    readonly address?: string;
    readonly digits: number;
    /** True for an unknown user, who gets no message. */
    readonly pretend?: boolean;
  },
): { readonly code: string; readonly parameters: Readonly<Record<string, string>> } {
  const address = to.address ?? user.attributes.get(to.attribute) ?? '';
  const medium = mediumOf(to.attribute);
  const code = String(randomInt(10 ** to.digits)).padStart(to.digits, '0');
  const { username } = user;
  if (!to.pretend) post(pool, user, { to: address, medium, kind: 'sign_in', code });
  return {
    code,
    parameters: {
      CODE_DELIVERY_DELIVERY_MEDIUM: medium,
      CODE_DELIVERY_DESTINATION: maskAddress(address),
      USER_ID_FOR_SRP: username,
    },
  };
}

/** Checks a code without spending it; a later refusal leaves it valid. */
export function checkCode(pool: UserPool, user: User, purpose: CodePurpose, given: string): IssuedCode {
  const issued = user.codes.get(purpose);
  if (!issued || pool.now() >= issued.expiresAt) throw expiredCode();
  checkWrongCodes(pool, issued.wrongTries);
  if (issued.code !== given) {
    issued.wrongTries += 1;
    throw codeMismatch();
  }
  return issued;
}

/** Returns delivery details of an unknown user, always the same, like those of a known one. */
export function unknownUserDelivery(name: string): CodeDeliveryDetails {
  if (/^\+\d+$/.test(name)) {
    return { AttributeName: 'phone_number', DeliveryMedium: 'SMS', Destination: maskAddress(name) };
  }
  return { AttributeName: 'email', DeliveryMedium: 'EMAIL', Destination: maskAddress(inventAddress(name)) };
}

export function pretendToSendCode(pool: UserPool, name: string): CodeDeliveryDetails {
  pool.unknownUser(name).codeExpiresAt = pool.now() + FORGOT_PASSWORD_CODE_MS;
  return unknownUserDelivery(name);
}

/** Returns the error for a code of an unknown user, which depends on an earlier request as for a known one. */
export function unknownUserCodeError(pool: UserPool, name: string): CognitoError {
  return pool.now() < pool.unknownUser(name).codeExpiresAt ? codeMismatch() : expiredCode();
}

export function mediumOf(attribute: AddressAttribute): 'EMAIL' | 'SMS' {
  return attribute === 'email' ? 'EMAIL' : 'SMS';
}

/** Masks an address: `f***@e***` or `+*******1234`. */
export function maskAddress(address: string): string {
  const at = address.lastIndexOf('@');
  if (at === -1) return `+*******${address.slice(-4)}`;
  return `${address.charAt(0)}***@${address.charAt(at + 1)}***`;
}

/** Derives an address from an unknown username: the name itself if it is an address. */
export function inventAddress(name: string): string {
  if (name.includes('@')) return name;
  const letters = createHash('sha256').update(name.toLowerCase()).digest();
  return [letters.readUInt8(0), letters.readUInt8(1)]
    .map((byte) => String.fromCharCode('a'.charCodeAt(0) + (byte % 26)))
    .join('@');
}
