import { createHmac } from 'node:crypto';

/** What an authenticator app shows for one account. */
export interface AuthenticatorCode {
  readonly account: string;
  readonly code: string;
  /** When the next code takes its place: ISO 8601. */
  readonly until: string;
}

export const STEP_MS = 30_000;

/** Stands in for the phone of a demo user: time-based codes as in RFC 6238, with SHA-1, 6 digits and 30 seconds. */
export function authenticatorCode(account: string, secret: string, now: number): AuthenticatorCode {
  const step = Math.floor(now / STEP_MS);
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(step));
  const digest = createHmac('sha1', fromBase32(secret)).update(counter).digest();
  const offset = digest.readUInt8(digest.length - 1) & 15;
  const number = (digest.readUInt32BE(offset) & 0x7fffffff) % 1_000_000;
  return {
    account,
    code: String(number).padStart(6, '0'),
    until: new Date((step + 1) * STEP_MS).toISOString(),
  };
}

function fromBase32(text: string): Buffer {
  const bits = [...text].map((char) => BASE32.indexOf(char).toString(2).padStart(5, '0')).join('');
  return Buffer.from((bits.match(/.{8}/g) ?? []).map((byte) => Number.parseInt(byte, 2)));
}

const BASE32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
