import { CognitoError } from '../model/errors.ts';
import { isObject } from '../model/json-object.ts';
import type { Member } from './input.ts';

/** A JSON object of any content. */
export type Document = Readonly<Record<string, unknown>>;

/** A member whose content the API model leaves open. */
export function document(): Member<Document, false> {
  return {
    required: false,
    kind: { type: 'map' },
    check(value, path) {
      if (isObject(value)) return;
      throw new CognitoError('SerializationException', `The value at '${path}' is not a JSON object`);
    },
  };
}
