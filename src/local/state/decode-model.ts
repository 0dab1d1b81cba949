import { createPrivateKey, createPublicKey, createSecretKey, type KeyObject } from 'node:crypto';
import { type ServerState, UserPool } from '../model/pool.ts';
import type { PoolSettings } from '../model/settings.ts';
import { newUser, type User } from '../model/user.ts';

type Content = Readonly<Record<string, unknown>>;

/** Reads the text of `ModelEncoder`. Throws an Error, of any class, for other text. */
export class ModelDecoder {
  /** In the order of the text. */
  readonly #objects: unknown[] = [];
  /** Returns the server's state for pools of a region. */
  readonly #serviceOf: (region: string) => ServerState;

  constructor(serviceOf: (region: string) => ServerState) {
    this.#serviceOf = serviceOf;
  }

  decode(text: string): unknown {
    return this.#value(JSON.parse(text));
  }

  #value(json: unknown): unknown {
    if (typeof json !== 'object' || json === null) return json;
    if (Array.isArray(json)) return this.#fillList(json, this.#numbered<unknown[]>([]));
    const content = json as Content;
    const [name] = Object.keys(content);
    return name?.startsWith('$') && !name.startsWith('$$')
      ? this.#special(name, content[name])
      : this.#fillMembers(content, this.#numbered({}));
  }

  #special(name: string, content: unknown): unknown {
    switch (name) {
      case '$ref':
        return this.#referred(Number(content));
      case '$undefined':
        return undefined;
      case '$number':
        return Number(content);
      case '$bigint':
        return BigInt(`0x${String(content)}`);
      case '$date':
        return new Date(Number(content));
      case '$buffer':
        return Buffer.from(String(content), 'base64');
      case '$bytes':
        return new Uint8Array(Buffer.from(String(content), 'base64'));
      case '$key':
        return this.#numbered(keyOf(content as [string, string]));
      case '$map': {
        const map = this.#numbered(new Map<unknown, unknown>());
        const entries = this.#fillList(content as unknown[], []);
        for (let index = 0; index < entries.length; index += 2) map.set(entries[index], entries[index + 1]);
        return map;
      }
      case '$set': {
        const set = this.#numbered(new Set<unknown>());
        for (const each of this.#fillList(content as unknown[], [])) set.add(each);
        return set;
      }
      case '$pool':
        return this.#pool(content as [unknown, unknown, unknown, unknown, Content]);
      default:
        throw new Error(`The kind ${name} is unknown.`);
    }
  }

  #pool([id, region, settings, users, members]: [unknown, unknown, unknown, unknown, Content]): UserPool {
    const number = this.#objects.push(undefined) - 1;
    const poolSettings = this.#value(settings) as PoolSettings;
    const pool = new UserPool(this.#serviceOf(String(region)), String(id), poolSettings);
    this.#objects[number] = pool;
    for (const user of this.#value(users) as User[]) pool.users.add(withNewMembers(user));
    this.#fillMembers(members, pool as object);
    return pool;
  }

  #numbered<T>(value: T): T {
    this.#objects.push(value);
    return value;
  }

  #referred(number: number): unknown {
    const found = this.#objects[number];
    if (found === undefined) throw new Error(`The object ${number} is missing.`);
    return found;
  }

  #fillList(json: readonly unknown[], into: unknown[]): unknown[] {
    for (const each of json) into.push(this.#value(each));
    return into;
  }

  #fillMembers<T extends object>(json: Content, into: T): T {
    for (const [key, content] of Object.entries(json)) {
      const name = key.startsWith('$$') ? key.slice(1) : key;
      // Not an assignment, which would change the prototype for the name __proto__.
      const value = this.#value(content);
      if (name === '__proto__')
        Object.defineProperty(into, name, { value, enumerable: true, writable: true, configurable: true });
      else (into as Record<string, unknown>)[name] = value;
    }
    return into;
  }
}

function keyOf([type, text]: [type: string, text: string]): KeyObject {
  if (type === 'private') return createPrivateKey(text);
  return type === 'public' ? createPublicKey(text) : createSecretKey(Buffer.from(text, 'base64'));
}

/** Members that the kit did not have when it wrote the file get their initial values. */
function withNewMembers(user: User): User {
  const initial = newUser(user.username, user.sub, user.status, user.createdAt);
  for (const [name, value] of Object.entries(initial)) {
    if (!(name in user)) Object.assign(user, { [name]: value });
  }
  return user;
}
