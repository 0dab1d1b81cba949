import { createHmac, randomBytes } from 'node:crypto';
import type { TotpSecret } from '../model/user.ts';

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
const STEP_MS = 30_000;
/** Accepted time steps before and after the current one. */
const TOLERANCE = 1;

export function newTotpSecret(): TotpSecret {
  return totpSecret(base32Encode(randomBytes(32)));
}

export function totpSecret(base32: string): TotpSecret {
  return { base32, deviceName: undefined, usedStep: -1 };
}

/**
 * Returns the six-digit code that an authenticator app shows.
 *
 * @param base32 - the SecretCode of AssociateSoftwareToken
 * @param at - milliseconds since the epoch
 * @example
 * const SOFTWARE_TOKEN_MFA_CODE = totpCode(SecretCode, pool.clock.now());
 */
export function totpCode(base32: string, at: number = Date.now()): string {
  return codeOfStep(base32Decode(base32), Math.floor(at / STEP_MS));
}

/** Returns the code of a secret, its remaining seconds, and whether the pool has accepted it. */
export function codeAt(
  { base32, usedStep }: TotpSecret,
  now: number,
): { code: string; secondsLeft: number; used: boolean } {
  const step = Math.floor(now / STEP_MS);
  return {
    code: codeOfStep(base32Decode(base32), step),
    secondsLeft: Math.ceil(((step + 1) * STEP_MS - now) / 1000),
    used: step <= usedStep,
  };
}

/** Checks a code and marks it as used if it is correct. */
export function checkTotp(secret: TotpSecret, code: string, now: number): 'accepted' | 'used' | 'wrong' {
  const key = base32Decode(secret.base32);
  const current = Math.floor(now / STEP_MS);
  for (let step = current + TOLERANCE; step >= current - TOLERANCE; step--) {
    if (codeOfStep(key, step) !== code) continue;
    if (step <= secret.usedStep) return 'used';
    secret.usedStep = step;
    return 'accepted';
  }
  return 'wrong';
}

function codeOfStep(key: Buffer, step: number): string {
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(step));
  const digest = createHmac('sha1', key).update(counter).digest();
  const offset = digest.readUInt8(digest.length - 1) & 0x0f;
  const binary = digest.readUInt32BE(offset) & 0x7fffffff;
  return String(binary % 1_000_000).padStart(6, '0');
}

function base32Encode(bytes: Buffer): string {
  let bits = '';
  for (const byte of bytes) bits += byte.toString(2).padStart(8, '0');
  return (bits.match(/.{1,5}/g) ?? [])
    .map((group) => ALPHABET.charAt(Number.parseInt(group.padEnd(5, '0'), 2)))
    .join('');
}

function base32Decode(base32: string): Buffer {
  let bits = '';
  for (const letter of base32) bits += ALPHABET.indexOf(letter).toString(2).padStart(5, '0');
  return Buffer.from((bits.match(/.{8}/g) ?? []).map((byte) => Number.parseInt(byte, 2)));
}
