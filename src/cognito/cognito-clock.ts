/** Smaller differences come from the resolution of the header, and from the way of the response. */
const MIN_SKEW_MS = 2_000;

/** Cognito's clock, as the header `Date` of its last response shows it. */
export class CognitoClock {
  #skewMs = 0;

  /** Takes the header of a response that has just arrived. */
  observe(date: string | undefined): void {
    const time = date === undefined ? Number.NaN : Date.parse(date);
    if (Number.isNaN(time)) return;
    const skewMs = time - Date.now();
    this.#skewMs = Math.abs(skewMs) < MIN_SKEW_MS ? 0 : skewMs;
  }

  /** Milliseconds since 1970. */
  now(): number {
    return Date.now() + this.#skewMs;
  }
}
