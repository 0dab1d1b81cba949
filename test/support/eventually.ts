/** Resolves with the first value that is not undefined or false. Rejects after two seconds. */
export async function eventually<T>(find: () => T | undefined | false): Promise<T> {
  for (let tries = 0; tries < 400; tries++) {
    const found = find();
    if (found !== undefined && found !== false) return found;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  throw new Error(`Nothing came of ${find}.`);
}
