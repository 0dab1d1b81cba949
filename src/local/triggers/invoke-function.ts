import { randomUUID } from 'node:crypto';
import type { Triggers } from '../model/triggers.ts';
import { failedTrigger, TIMEOUT_MS, timedOut } from './trigger-errors.ts';

type Handler = (
  event: object,
  context: object,
  callback: (error: unknown, result?: unknown) => void,
) => unknown;

/** Invokes a function of the option `triggers`, and returns its unchecked result. */
export async function invokeFunction(
  title: string,
  handler: NonNullable<Triggers[keyof Triggers]>,
  event: object,
): Promise<unknown> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(timedOut(title)), TIMEOUT_MS);
  });
  const answered = call(handler as Handler, event).catch((error: unknown) => {
    // `instanceof` fails in Jest, where Node's errors belong to another realm than the tests'.
    throw failedTrigger(title, (error as { message?: unknown } | null | undefined)?.message ?? error);
  });
  try {
    return await Promise.race([answered, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** Calls a handler that either returns its result or passes it to the callback. */
function call(handler: Handler, event: object): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const callback = (error: unknown, result?: unknown): void => {
      if (error === null || error === undefined) resolve(result);
      else reject(error);
    };
    const context = {
      awsRequestId: randomUUID(),
      functionName: 'local',
      getRemainingTimeInMillis: () => TIMEOUT_MS,
    };
    const returned = handler(event, context, callback);
    if (returned !== undefined || handler.length < 3) resolve(returned);
  });
}
