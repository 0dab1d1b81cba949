import {
  allowOrDeny,
  checkOptionNames,
  isObject,
  wholeOption,
  wrongOption,
} from '../shared/option-errors.ts';

/** Asks Cognito whether a token that verifies is still wanted: what has ended elsewhere is noticed here. */
export interface IntrospectOptions {
  /** How long an answer is believed: what ends elsewhere may go on here for so many seconds, 1 to 300. Default: 30. */
  cacheSeconds?: number | undefined;
  /**
   * What happens to a request with a good token while Cognito does not answer: `'deny'` answers 503, 504 or 429,
   * `'allow'` lets it through. Default: `'deny'`.
   */
  onUnavailable?: 'allow' | 'deny' | undefined;
}

export const DEFAULT_CACHE_SECONDS = 30;
const MAX_CACHE_SECONDS = 300;

/** Checks the option. Throws a `TypeError` that names the fix. */
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
