import { KeyObject } from 'node:crypto';
import { UserPool } from '../model/pool.ts';
import type { User } from '../model/user.ts';

/**
 * Writes the model as JSON text, by kinds of values and not by names of members: a new member of plain data needs no
 * change here. An object that several others refer to is written once; the others have `{"$ref": n}`, where n counts the
 * objects in the order of the text. `ModelDecoder` reads it.
 */
export class ModelEncoder {
  readonly #numbers = new Map<object, number>();
  /** The members around the current value, for error messages. */
  readonly #path: (string | number)[] = [];

  /** Throws a TypeError that names the path of a value of an unknown kind. */
  encode(value: unknown): string {
    switch (typeof value) {
      case 'string':
      case 'boolean':
        return JSON.stringify(value);
      case 'number':
        return Number.isFinite(value) ? String(value) : `{"$number":"${value}"}`;
      case 'undefined':
        return '{"$undefined":1}';
      case 'bigint':
        return `{"$bigint":"${value.toString(16)}"}`;
      case 'object':
        return value === null ? 'null' : this.#object(value);
      default:
        throw this.#unknownKind(typeof value);
    }
  }

  #object(value: object): string {
    const number = this.#numbers.get(value);
    if (number !== undefined) return `{"$ref":${number}}`;
    if (value instanceof Uint8Array) return this.#bytes(value);
    if (value instanceof Date) return `{"$date":${value.getTime()}}`;
    this.#numbers.set(value, this.#numbers.size);
    if (Array.isArray(value)) return this.#list(value);
    if (value instanceof Map) return `{"$map":${this.#list([...value].flat(1))}}`;
    if (value instanceof Set) return `{"$set":${this.#list([...value])}}`;
    if (value instanceof UserPool) return `{"$pool":${this.#pool(value)}}`;
    if (value instanceof KeyObject) return keyText(value);
    if (Object.getPrototypeOf(value) === Object.prototype) return this.#members(value);
    throw this.#unknownKind(value.constructor?.name ?? 'an object without a prototype');
  }

  #bytes(value: Uint8Array): string {
    const isBuffer = Buffer.isBuffer(value);
    if (!isBuffer && Object.getPrototypeOf(value) !== Uint8Array.prototype)
      throw this.#unknownKind(value.constructor.name);
    return `{"${isBuffer ? '$buffer' : '$bytes'}":"${Buffer.from(value).toString('base64')}"}`;
  }

  #list(values: readonly unknown[]): string {
    let text = '';
    for (let index = 0; index < values.length; index++) {
      this.#path.push(index);
      text += (index === 0 ? '' : ',') + this.encode(values[index]);
      this.#path.pop();
    }
    return `[${text}]`;
  }

  #members(value: object): string {
    let text = '';
    for (const [name, member] of Object.entries(value)) {
      this.#path.push(name);
      // A name that starts with "$" would look like one of this format.
      const key = JSON.stringify(name.startsWith('$') ? `$${name}` : name);
      text += `${text === '' ? '' : ','}${key}:${this.encode(member)}`;
      this.#path.pop();
    }
    return `{${text}}`;
  }

  /** The arguments of the constructor come first, because the other members refer to the pool. */
  #pool(pool: UserPool): string {
    const { service, id, settings, users, ...members } = pool;
    const head = [id, service.region, settings, users.all()].map((each) => this.encode(each));
    return `[${head.join(',')},${this.#members(members)}]`;
  }

  #unknownKind(kind: string): TypeError {
    return new TypeError(
      `The member ${this.#path.join('.')} cannot be saved, because it is of the kind ${kind}.`,
    );
  }
}

function keyText(key: KeyObject): string {
  const text =
    key.type === 'secret'
      ? key.export().toString('base64')
      : key.export({ format: 'pem', type: key.type === 'private' ? 'pkcs8' : 'spki' });
  return `{"$key":${JSON.stringify([key.type, text])}}`;
}

/** Writes the users first and each for itself, so that the caller can pause between them. */
export function* encodeLines(
  head: object,
  pools: ReadonlyMap<string, UserPool>,
  body: object,
): Generator<string, void> {
  const encoder = new ModelEncoder();
  yield encoder.encode(head);
  for (const pool of pools.values()) {
    for (const user of pool.users.all()) yield encoder.encode(user satisfies User);
  }
  yield encoder.encode(body);
}
