import { randomBytes } from 'node:crypto';

export const INTEGER = 0x02;
export const BIT_STRING = 0x03;
export const UTF8_STRING = 0x0c;
const UTC_TIME = 0x17;
const GENERALIZED_TIME = 0x18;
export const SEQUENCE = 0x30;
export const SET = 0x31;

/** Encodes a value by the Distinguished Encoding Rules (X.690): tag, length, content. */
export function der(tag: number, ...contents: readonly Uint8Array[]): Buffer {
  const content = Buffer.concat(contents);
  return Buffer.concat([Buffer.from([tag, ...lengthOf(content)]), content]);
}

function lengthOf({ length }: Buffer): number[] {
  if (length < 0x80) return [length];
  return length < 0x1_00 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
}

/** RFC 5280 wants the short form, without a century, before 2050. */
export function time(at: number): Buffer {
  const digits = `${new Date(at).toISOString().replace(/\..*|\D/g, '')}Z`;
  return digits < '2050'
    ? der(UTC_TIME, Buffer.from(digits.slice(2)))
    : der(GENERALIZED_TIME, Buffer.from(digits));
}

/** Returns the serial number of a certificate: 16 random bytes, positive and without a leading zero byte. */
export function newSerial(): Buffer {
  const serial = randomBytes(16);
  serial[0] = 0x40 | (serial.readUInt8(0) & 0x3f);
  return serial;
}
