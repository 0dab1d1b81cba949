/** Maximum number of addresses, about 100 bytes each. */
const MAX_ADDRESSES = 10_000;

/** The keys of the addresses that a limit refused last. */
export class RefusedAddresses {
  readonly #keys = new Set<string>();

  has(key: string): boolean {
    return this.#keys.has(key);
  }

  add(key: string): void {
    this.#keys.delete(key);
    this.#keys.add(key);
    if (this.#keys.size <= MAX_ADDRESSES) return;
    for (const oldest of this.#keys) {
      this.#keys.delete(oldest);
      return;
    }
  }

  delete(key: string): void {
    this.#keys.delete(key);
  }
}
