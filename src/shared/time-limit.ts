/** Nothing has come of it in time. */
export class TookTooLong extends Error {
  override readonly name = 'TookTooLong';
}

/** The outcome of the work, or a rejection when it takes longer than that. The work itself goes on. */
export async function withinMs<T>(ms: number, work: T | Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new TookTooLong(`No answer within ${ms} ms.`)), ms);
  });
  return Promise.race([work, late]).finally(() => clearTimeout(timer));
}
