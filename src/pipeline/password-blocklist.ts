import type { Logger } from 'pino';
import { UpstreamRefusal } from '../cognito/upstream-fault.ts';
import type { Settings } from '../config/settings.ts';
import { hashFileHas } from '../shared/hash-file.ts';
import type { Hint } from '../shared/hint.ts';
import { problem, refuse } from '../shared/problem.ts';
import { withinMs } from '../shared/time-limit.ts';

/** The check of new passwords. */
export interface PasswordBlocklist {
  /** Loads the list of common passwords. Rejects if its package is missing. */
  ready(): Promise<void>;
  /** Throws a `ProblemError` for a blocked password, and if a list is unavailable. */
  refuseBlocked(password: string, requestId: string): Promise<void>;
}

/** One of the lists. */
interface List {
  readonly has: (password: string) => unknown;
  /** Log hint for a list that is unavailable. */
  readonly hint: Hint;
}

/** Milliseconds for all lists together. A search of the file takes a few; a function may use the network. */
const MAX_CHECK_MS = 3000;

/** The name of an error. Its message may quote the password. */
const NAME = /^\w{1,64}$/;

/** Returns the check, or `undefined` without the option. */
export function createPasswordBlocklist(
  { passwordBlocklist: options }: Settings,
  logger: Logger,
): PasswordBlocklist | undefined {
  if (options === undefined) return undefined;
  const { common, file, isBlocked, onUnavailable } = options;
  const lists: List[] = [
    ...(common ? [{ has: isCommon, hint: COMMON_HINT }] : []),
    ...(file === undefined
      ? []
      : [{ has: (password: string) => hashFileHas(file, password), hint: FILE_HINT }]),
    ...(isBlocked ? [{ has: isBlocked, hint: FUNCTION_HINT }] : []),
  ];

  async function inAny(password: string, requestId: string): Promise<boolean> {
    const found = await Promise.all(
      lists.map(({ has, hint }) =>
        withinMs(MAX_CHECK_MS, answerOf(has, password)).catch((error: unknown) => {
          const exception = nameOf(error);
          if (onUnavailable === 'deny') throw unavailable(exception, hint);
          logger.error({ requestId, exception, hint }, 'password blocklist unavailable');
          return false;
        }),
      ),
    );
    return found.includes(true);
  }

  return {
    ready: async () => {
      if (common) await loadCommon();
    },
    refuseBlocked: async (password, requestId) => {
      if (await inAny(password, requestId)) refuse(problem('password_blocked'));
    },
  };
}

const COMMON_HINT: Hint =
  'passwordBlocklist.common needs the package @zxcvbn-ts/language-common 4: install it beside express-cognito-kit. See docs/sign-in-methods.md#blocked-passwords';
const FILE_HINT: Hint =
  'the file of passwordBlocklist cannot be read, or is not a sorted list of SHA-1 hashes. See docs/sign-in-methods.md#blocked-passwords';
const FUNCTION_HINT: Hint =
  'passwordBlocklist.isBlocked failed, took over 3 seconds, or did not return true or false. See docs/sign-in-methods.md#blocked-passwords';

async function answerOf(has: List['has'], password: string): Promise<boolean> {
  const answer = await has(password);
  if (typeof answer !== 'boolean') throw new TypeError('The list did not answer true or false.');
  return answer;
}

function unavailable(exception: string, hint: Hint): UpstreamRefusal {
  const refusal = problem('store_unavailable', {
    detail: 'The password cannot be checked at the moment. Try again later.',
  });
  return new UpstreamRefusal({ problem: refusal, exception, hint, sameForAll: true });
}

function nameOf(error: unknown): string {
  const { code, name } = (error ?? {}) as { code?: unknown; name?: unknown };
  const known = [code, name].find((text) => typeof text === 'string' && NAME.test(text));
  return typeof known === 'string' ? known : 'UnknownError';
}

let commonPasswords: Promise<ReadonlySet<string>> | undefined;

/** The list is in lower case. One copy serves all routers. */
function loadCommon(): Promise<ReadonlySet<string>> {
  commonPasswords ??= readCommon().catch((error: unknown) => {
    commonPasswords = undefined;
    throw error;
  });
  return commonPasswords;
}

async function readCommon(): Promise<ReadonlySet<string>> {
  const { dictionary } = await import('@zxcvbn-ts/language-common').catch((cause: unknown) => {
    throw new Error(COMMON_HINT, { cause });
  });
  const list: unknown = dictionary['passwords-common'];
  if (!Array.isArray(list) || list.length === 0) throw new Error(COMMON_HINT);
  return new Set(list as readonly string[]);
}

async function isCommon(password: string): Promise<boolean> {
  return (await loadCommon()).has(password.toLowerCase());
}
