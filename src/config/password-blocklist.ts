import { checkMembers } from '../shared/checks.ts';
import { hashFileFault } from '../shared/hash-file.ts';
import {
  allowOrDeny,
  booleanOption,
  checkOptionNames,
  functionOption,
  isObject,
  optionError,
  wrongOption,
} from '../shared/option-errors.ts';

/** The lists of passwords that users may not choose. A password is refused if any of them has it. */
export interface PasswordBlocklistOptions {
  /**
   * The most common passwords, about 49,000, in any case. Requires the package `@zxcvbn-ts/language-common`. Default:
   * `false`.
   */
  common?: boolean | undefined;
  /**
   * The path of a file of SHA-1 hashes, sorted, one a line, with or without `:count`, as the downloads of Pwned Passwords.
   * It is searched without being loaded, whatever its size. Default: none.
   */
  file?: string | undefined;
  /**
   * Returns whether the password is blocked. It gets the password as the user typed it, and must not log it. Default:
   * none.
   */
  isBlocked?: ((password: string) => boolean | Promise<boolean>) | undefined;
  /**
   * Handling of new passwords while a list is unavailable: `'deny'` answers 503, `'allow'` accepts them. Default:
   * `'deny'`.
   */
  onUnavailable?: 'allow' | 'deny' | undefined;
}

const FIX =
  'write { common: true } for common passwords, or { file } or { isBlocked }; onUnavailable goes beside a list';

/** Parses the option. Throws a `TypeError` that says how to fix it. */
export function parsePasswordBlocklist(given: unknown): PasswordBlocklistOptions | undefined {
  if (given === undefined) return undefined;
  if (!isObject(given)) throw wrongOption('passwordBlocklist', given, FIX);
  checkOptionNames('passwordBlocklist', given, ['common', 'file', 'isBlocked', 'onUnavailable']);
  checkMembers({ file: checkFile }, given, 'passwordBlocklist.');
  const common = booleanOption('passwordBlocklist.common', given.common);
  const isBlocked = functionOption(
    'passwordBlocklist.isBlocked',
    given.isBlocked as PasswordBlocklistOptions['isBlocked'],
    'write a function (password) that returns true for a blocked password',
  );
  if (!common && given.file === undefined && isBlocked === undefined) {
    throw optionError('passwordBlocklist', `passwordBlocklist has no list; ${FIX}`);
  }
  return Object.freeze({
    common,
    file: given.file as string | undefined,
    isBlocked,
    onUnavailable: allowOrDeny('passwordBlocklist.onUnavailable', given.onUnavailable) ?? 'deny',
  });
}

function checkFile(name: string, path: unknown): void {
  const fix = 'write the path of a file of sorted SHA-1 hashes, as the downloads of Pwned Passwords';
  if (typeof path !== 'string' || path === '') throw wrongOption(name, path, fix);
  const fault = hashFileFault(path);
  if (fault !== undefined) throw optionError(name, `${name} is "${path}", which ${fault}; ${fix}`);
}
