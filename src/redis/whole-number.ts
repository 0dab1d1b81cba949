/** Returns the reply as a whole number. Throws a `TypeError` for any other reply. */
export function wholeNumber(reply: unknown): number {
  const isDigits = typeof reply === 'string' && /^\d{1,16}$/.test(reply);
  const value = isDigits ? Number(reply) : reply;
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0) return value;
  throw new TypeError('Redis did not answer with a number.');
}
