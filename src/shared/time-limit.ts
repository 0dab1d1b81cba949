export class TookTooLong extends Error {
  override readonly name = 'TookTooLong';
}

/** Returns the result of the work, or rejects with `TookTooLong`. The work itself is not stopped. */
export async function withinMs<T>(ms: number, work: T | Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new TookTooLong(`No answer within ${ms} ms.`)), ms);
  });
  return Promise.race([work, late]).finally(() => clearTimeout(timer));
}
