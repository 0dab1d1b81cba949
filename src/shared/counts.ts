/** Names come from tables of the kit. The limit holds if a server in place of Cognito sends others. */
const MAX_NAMES = 64;

/** Counts by name, with a bounded number of names. */
export class Counts {
  readonly #counts = new Map<string, number>();

  /** Beyond the limit, a new name counts as `other`. */
  add(name: string): void {
    const known = this.#counts.get(name);
    if (known !== undefined) this.#counts.set(name, known + 1);
    else if (name === 'other' || this.#counts.size < MAX_NAMES) this.#counts.set(name, 1);
    else this.add('other');
  }

  get(name: string): number {
    return this.#counts.get(name) ?? 0;
  }

  snapshot(): Readonly<Record<string, number>> {
    return Object.fromEntries(this.#counts);
  }
}
