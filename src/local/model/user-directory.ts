import { aliasExists } from './errors.ts';
import type { PoolSettings } from './settings.ts';
import type { User } from './user.ts';

/** The users of a pool, indexed by all of their sign-in names. */
export class UserDirectory {
  readonly #settings: () => PoolSettings;
  readonly #users = new Map<string, User>();
  readonly #bySub = new Map<string, User>();
  readonly #byAlias = new Map<string, User>();
  readonly #aliasKeys = new Map<User, readonly string[]>();

  constructor(settings: () => PoolSettings) {
    this.#settings = settings;
  }

  /** Returns all users in the order of their creation. */
  all(): User[] {
    return [...this.#users.values()];
  }

  /** Finds a user by username, sub, or an address or alias that is a sign-in name in this pool. */
  find(name: string): User | undefined {
    const key = this.nameKey(name);
    return this.#users.get(key) ?? this.#bySub.get(name) ?? this.#findByAlias(key);
  }

  /** Finds a user by a name to sign in with: like `find`, but a `sub` counts only if it is the username. */
  findBySignInName(name: string): User | undefined {
    const key = this.nameKey(name);
    return this.#users.get(key) ?? this.#findByAlias(key);
  }

  /** Finds the user whose `attribute` is the sign-in name `value`. */
  ownerOf(attribute: string, value: string): User | undefined {
    return this.#byAlias.get(`${attribute}:${this.nameKey(value)}`);
  }

  /** Returns a name as the pool compares it: in lower case, unless the pool is case-sensitive. */
  nameKey(name: string): string {
    return this.#settings().UsernameConfiguration?.CaseSensitive === false ? name.toLowerCase() : name;
  }

  add(user: User): void {
    this.#users.set(this.nameKey(user.username), user);
    this.#bySub.set(user.sub, user);
    this.#index(user);
  }

  remove(user: User): void {
    this.#users.delete(this.nameKey(user.username));
    this.#bySub.delete(user.sub);
    for (const key of this.#aliasKeys.get(user) ?? []) this.#byAlias.delete(key);
    this.#aliasKeys.delete(user);
  }

  /**
   * Sets attributes and updates the sign-in names; undefined removes an attribute.
   * Throws AliasExistsException for a sign-in name of another user, unless `takeAliases` moves it.
   */
  setAttributes(
    user: User,
    values: Readonly<Record<string, string | undefined>>,
    options: { takeAliases?: boolean } = {},
  ): void {
    const before = new Map(user.attributes);
    for (const [name, value] of Object.entries(values)) {
      if (value === undefined) user.attributes.delete(name);
      else user.attributes.set(name, value);
    }
    for (const key of this.#keysOf(user)) {
      const attribute = key.slice(0, key.indexOf(':'));
      const name = key.slice(attribute.length + 1);
      const sameAlias = this.#byAlias.get(key);
      // The name would be ambiguous at sign-in if it were another user's username or alias of another kind.
      const owner = sameAlias ?? this.#users.get(name) ?? this.#findByAlias(name);
      if (!owner || owner === user) continue;
      if (!(options.takeAliases && sameAlias)) {
        user.attributes.clear();
        for (const [name, value] of before) user.attributes.set(name, value);
        throw aliasExists(attribute);
      }
      owner.attributes.set(`${attribute}_verified`, 'false');
      this.#index(owner);
    }
    if (this.#aliasKeys.has(user)) this.#index(user);
  }

  #findByAlias(key: string): User | undefined {
    for (const attribute of this.#aliasAttributes()) {
      const user = this.#byAlias.get(`${attribute}:${key}`);
      if (user) return user;
    }
    return undefined;
  }

  #index(user: User): void {
    for (const key of this.#aliasKeys.get(user) ?? []) {
      if (this.#byAlias.get(key) === user) this.#byAlias.delete(key);
    }
    const keys = this.#keysOf(user);
    for (const key of keys) this.#byAlias.set(key, user);
    this.#aliasKeys.set(user, keys);
  }

  /** An address that replaces the username is a sign-in name at once; an alias only after verification. */
  #keysOf(user: User): string[] {
    // Federated users sign in at their provider, not with their address.
    if (user.status === 'EXTERNAL_PROVIDER') return [];
    const needsVerification = (this.#settings().UsernameAttributes ?? []).length === 0;
    const keys: string[] = [];
    for (const attribute of this.#aliasAttributes()) {
      const value = user.attributes.get(attribute);
      if (!value) continue;
      const verified = user.attributes.get(`${attribute}_verified`) === 'true';
      if (needsVerification && attribute !== 'preferred_username' && !verified) continue;
      keys.push(`${attribute}:${this.nameKey(value)}`);
    }
    return keys;
  }

  #aliasAttributes(): readonly string[] {
    const { UsernameAttributes = [], AliasAttributes = [] } = this.#settings();
    return UsernameAttributes.length > 0 ? UsernameAttributes : AliasAttributes;
  }
}
