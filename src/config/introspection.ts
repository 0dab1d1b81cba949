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
  seconds?: number | undefined;
  /**
   * What happens to a request with a good token while Cognito does not answer: `'deny'` answers 503, 504 or 429,
   * `'allow'` lets it through. Default: `'deny'`.
   */
  onFault?: 'allow' | 'deny' | undefined;
}

export const DEFAULT_SECONDS = 30;
const LONGEST_SECONDS = 300;

/** Checks the option. Throws a `TypeError` that names the fix. */
export function parseIntrospect(given: unknown): IntrospectOptions | false {
  if (given === undefined || given === false) return false;
  if (given === true) return {};
  if (!isObject(given)) throw wrongOption('introspect', given, 'write true, false or { seconds, onFault }');
  checkOptionNames('introspect', given, ['seconds', 'onFault']);
  return Object.freeze({
    seconds: wholeOption('introspect.seconds', given.seconds, [1, LONGEST_SECONDS]),
    onFault: allowOrDeny('introspect.onFault', given.onFault),
  });
}
