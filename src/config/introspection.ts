import {
  allowOrDeny,
  checkOptionNames,
  isObject,
  wholeOption,
  wrongOption,
} from '../shared/option-errors.ts';

/** The options of introspection. It detects sessions that were revoked outside the kit. */
export interface IntrospectOptions {
  /**
   * Seconds, 1 to 300, for which Cognito's answer is cached. A session revoked outside the kit is accepted for that
   * long. Default: 30.
   */
  cacheSeconds?: number | undefined;
  /**
   * Handling of verified tokens while Cognito is unavailable: `'deny'` answers 503, 504 or 429, `'allow'` accepts them.
   * Default: `'deny'`.
   */
  onUnavailable?: 'allow' | 'deny' | undefined;
}

export const DEFAULT_CACHE_SECONDS = 30;
const MAX_CACHE_SECONDS = 300;

/** Parses the option. Throws a `TypeError` that says how to fix it. */
export function parseIntrospect(given: unknown): IntrospectOptions | false {
  if (given === undefined || given === false) return false;
  if (given === true) return {};
  if (!isObject(given))
    throw wrongOption('introspect', given, 'write true, false or { cacheSeconds, onUnavailable }');
  checkOptionNames('introspect', given, ['cacheSeconds', 'onUnavailable']);
  return Object.freeze({
    cacheSeconds: wholeOption('introspect.cacheSeconds', given.cacheSeconds, [1, MAX_CACHE_SECONDS]),
    onUnavailable: allowOrDeny('introspect.onUnavailable', given.onUnavailable),
  });
}
