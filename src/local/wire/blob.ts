import { CognitoError } from '../model/errors.ts';
import type { Member } from './input.ts';

const BASE64 = /^[A-Za-z0-9+/]*={0,2}$/;

/** Bytes, which the protocol carries in base64. The value stays in base64. */
export function blob(maxBytes: number): Member<string, false> {
  const rule = `have length less than or equal to ${maxBytes}`;
  return {
    required: false,
    kind: { type: 'scalar', rules: [rule], sensitive: true, fix: `write up to ${maxBytes} bytes in base64` },
    check(value, path, broken) {
      if (typeof value !== 'string' || value.length % 4 !== 0 || !BASE64.test(value)) {
        throw new CognitoError('SerializationException', `The value at '${path}' is not in base64`);
      }
      if (Buffer.byteLength(value, 'base64') > maxBytes) {
        broken.push(`Value at '${path}' failed to satisfy constraint: Member must ${rule}`);
      }
    },
  };
}
