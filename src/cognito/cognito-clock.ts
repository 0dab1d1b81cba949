/** Smaller differences come from the resolution of the header, and from the way of the response. */
const MIN_SKEW_MS = 2_000;

/** Cognito's clock, as the header `Date` of its last response shows it. */
export class CognitoClock {
  #skewMs = 0;
  /** The last header, which changes once a second, and its time. */
  #date: string | undefined;
  #time = Number.NaN;

  /** Takes the header of a response that has just arrived. */
  observe(date: string | undefined): void {
    if (date !== this.#date) {
      this.#date = date;
      this.#time = date === undefined ? Number.NaN : Date.parse(date);
    }
    if (Number.isNaN(this.#time)) return;
    const skewMs = this.#time - Date.now();
    this.#skewMs = Math.abs(skewMs) < MIN_SKEW_MS ? 0 : skewMs;
  }

  /** Milliseconds since 1970. */
  now(): number {
    return Date.now() + this.#skewMs;
  }
}
