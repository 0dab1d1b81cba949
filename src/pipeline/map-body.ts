import type { Request } from 'express';
import type { EndpointName } from '../config/endpoint-names.ts';
import type { Settings } from '../config/settings.ts';
import { isObject } from '../shared/option-errors.ts';
import { ProblemError } from '../shared/problem.ts';
import { HookError } from './hooks.ts';

/** Returns the body in the kit's form, by the option `mapBody`. */
export function mapBody(
  body: Record<string, unknown>,
  context: { readonly endpoint: EndpointName; readonly req: Request },
  { mapBody: option }: Settings,
): unknown {
  const map = typeof option === 'function' ? option : option?.[context.endpoint];
  if (!map) return body;
  let mapped: unknown;
  try {
    mapped = map(body, context);
  } catch (error) {
    if (error instanceof ProblemError) throw error;
    // `next(undefined)` and `next('route')` would pass the request on to another handler.
    const cause = isObject(error) ? error : new Error('mapBody threw a value that is not an Error.');
    throw new HookError('mapBody', cause);
  }
  const fault = faultOf(mapped);
  if (fault === undefined) return mapped;
  const cause = new TypeError(`mapBody returned ${fault} for ${context.endpoint}; return the body`);
  throw new HookError('mapBody', cause);
}

/** A function without `return` is a mistake of the app, and no fault of the client. */
function faultOf(mapped: unknown): string | undefined {
  if (!isObject(mapped)) return 'no object';
  if (typeof mapped.then !== 'function') return undefined;
  // Its rejection would end the process.
  Promise.resolve(mapped).catch(() => undefined);
  return 'a promise';
}
