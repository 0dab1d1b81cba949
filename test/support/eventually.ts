/** Much longer than anything here takes, for machines that are busy. */
const LIMIT_MS = 15_000;

/** Resolves with the first value that is not undefined or false. Rejects after 15 seconds. */
export async function eventually<T>(
  find: () => T | undefined | false | Promise<T | undefined | false>,
): Promise<T> {
  const end = performance.now() + LIMIT_MS;
  while (performance.now() < end) {
    const found = await find();
    if (found !== undefined && found !== false) return found;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  throw new Error(`Nothing came of ${find}.`);
}
