import type { Settings } from '../config/settings.ts';
import type { KnownBrowsers } from '../cookies/known-browser.ts';
import type { Endpoint } from '../endpoints/endpoint.ts';
import { foldName } from '../shared/fold-name.ts';
import { refuseIf, requestIdOf } from '../shared/problem.ts';
import type { Auth } from '../tokens/auth.ts';
import type { PasswordBlocklist } from './password-blocklist.ts';
import type { RateLimits, RequestLimits } from './rate-limits.ts';
import type { Body, RequestContext } from './request-context.ts';
import { createSensitiveCheck } from './sensitive-requests.ts';

/** The checks of one request that depend on its body. */
export interface BodyChecks {
  /**
   * Throws a `ProblemError` for an old sign-in, a blocked password or an account over its limit. A second body, that of a
   * hook, is checked as far as it differs.
   */
  run(body: Body): Promise<void>;
  /** Takes back the counts of messages. */
  uncount(): void;
}

interface BodyCheckParts {
  readonly settings: Settings;
  readonly limits: RateLimits;
  readonly passwords: PasswordBlocklist | undefined;
  readonly knownBrowsers: KnownBrowsers | undefined;
}

interface CheckedRequest {
  readonly params: Readonly<Record<string, string>>;
  readonly auth: Auth | undefined;
  readonly transport: 'bearer' | 'cookie';
  readonly counts: RequestLimits;
}

export function createBodyChecks({ settings, limits, passwords, knownBrowsers }: BodyCheckParts) {
  const requireRecent = createSensitiveCheck(settings);

  return function bodyChecks(context: RequestContext, request: CheckedRequest): BodyChecks {
    const { req, endpoint, facts, cookies } = context;
    const { params, auth, transport, counts } = request;
    const { rateLimit, sentNothing } = endpoint;
    const done = new Set<string>();
    const messages: string[] = [];
    const isNew = (check: string): boolean => !done.has(check) && done.add(check) !== undefined;

    /** Not counted by account, as other invalid passwords are not. */
    async function refuseBlockedPassword(body: Body): Promise<void> {
      const password: unknown = endpoint.newPassword?.(body);
      if (typeof password !== 'string' || passwords === undefined || !isNew(`password ${password}`)) return;
      // The blocklist may call another service, which a client over its limit must not reach.
      refuseIf(await counts.count());
      await passwords.refuseBlocked(password, requestIdOf(req));
    }

    async function limitAccount(body: Body): Promise<void> {
      const named = endpoint.accounts?.(body) ?? [];
      facts.account = named[0];
      const stricter = endpoint.accountLimit?.(body);
      const bucketOf = (account: string): string =>
        transport === 'cookie' && knownBrowsers ? knownBrowsers.bucketOf(cookies, account) : account;
      const accounts = facts.auth
        ? [facts.auth.sub]
        : withoutAlias(named, endpoint, body.session).map(bucketOf);
      // What turns out to be no message must count as a sign-in.
      const classes = stricter === undefined || sentNothing ? [rateLimit, stricter] : [stricter];
      for (const limitClass of classes) {
        if (limitClass === undefined) continue;
        const uncounted = accounts.filter((account) => isNew(`${limitClass} ${foldName(account)}`));
        counts.addAccounts(limitClass, uncounted);
        if (limitClass === 'code') messages.push(...uncounted);
      }
      const attempt = endpoint.attempt?.(body);
      if (attempt !== undefined && isNew(`attempt ${attempt}`)) counts.addAttempt(attempt);
      refuseIf(await counts.count());
    }

    return {
      async run(body) {
        requireRecent(endpoint, { body, params, auth });
        await refuseBlockedPassword(body);
        await limitAccount(body);
      },
      uncount: () => counts.uncountAccounts('code', messages),
    };
  };

  /** Replaces the name that the client has chosen by the account of its session. */
  function withoutAlias(
    [named, ...others]: readonly string[],
    { cookies }: Endpoint,
    session: unknown,
  ): readonly string[] {
    if (named === undefined) return [];
    // Elsewhere, the call is about the name, and the session of another account would hide it.
    const isChecked = cookies?.session === 'challenge' && typeof session === 'string';
    const owner = isChecked ? limits.accountOf(session) : undefined;
    return [owner ?? named, ...others];
  }
}
