import { hash } from 'node:crypto';
import type { RevocationCheck } from '../auth/resolve-auth.ts';
import { upstreamFault } from '../cognito/classify-error.ts';
import type { CognitoClient } from '../cognito/client.ts';
import { deadlineFault, type UpstreamFault } from '../cognito/upstream-fault.ts';
import { DEFAULT_CACHE_SECONDS, type IntrospectOptions } from '../config/introspection.ts';
import { StopSignal } from '../shared/deadline.ts';
import type { Problem } from '../shared/problem.ts';
import { REVOKED, refusal } from '../tokens/refusals.ts';

/** GetUser requires this scope. */
const SCOPE = 'aws.cognito.signin.user.admin';

const MISSING_SCOPE: Problem = refusal({
  code: 'insufficient_scope',
  error: 'insufficient_scope',
  scope: SCOPE,
});

/** Codes of Cognito's answers that make a token invalid. */
const REVOKED_CODES: readonly string[] = [
  'invalid_token',
  'token_expired',
  'user_not_found',
  'user_disabled',
  'user_not_confirmed',
  'password_reset_required',
];

/** Cached answers, about 200 bytes each. */
const MAX_ENTRIES = 10_000;

interface Entry {
  readonly refusal: Problem | undefined;
  readonly until: number;
}

export interface IntrospectionParts {
  readonly cognito: CognitoClient;
  /** Timeout of one call to Cognito, in milliseconds. */
  readonly timeoutMs: number;
  /** Cognito's host, for log hints. */
  readonly host?: string | undefined;
  /** Receives the fault when Cognito is unavailable. */
  onFault(fault: UpstreamFault): void;
}

/** Creates the introspection of a router. All its routes share one cache. */
export function createIntrospection(
  options: IntrospectOptions,
  { cognito, timeoutMs, host, onFault }: IntrospectionParts,
  maxEntries: number = MAX_ENTRIES,
): RevocationCheck {
  const { cacheSeconds = DEFAULT_CACHE_SECONDS, onUnavailable = 'deny' } = options;
  const known = new Map<string, Entry>();
  const asking = new Map<string, Promise<Problem | undefined>>();

  async function ask(token: string, key: string): Promise<Problem | undefined> {
    // Not a request's own signal, because several requests may wait for this answer.
    const signal = new StopSignal();
    const timer = setTimeout(() => signal.abort(new Error(`No answer within ${timeoutMs} ms.`)), timeoutMs);
    try {
      await cognito.send('GetUser', { AccessToken: token }, { signal, safeToRepeat: true });
      return remember(key, undefined);
    } catch (error) {
      const fault = signal.aborted ? deadlineFault(host) : upstreamFault(error, 'GetUser', host);
      if (REVOKED_CODES.includes(fault.problem.code)) return remember(key, REVOKED);
      onFault(fault);
      if (onUnavailable === 'allow') return undefined;
      return fault.problem;
    } finally {
      clearTimeout(timer);
      asking.delete(key);
    }
  }

  function remember(key: string, refusal: Problem | undefined): Problem | undefined {
    const now = Date.now();
    known.delete(key);
    known.set(key, { refusal, until: now + cacheSeconds * 1000 });
    // All entries have the same lifetime, so they are in order of expiry.
    for (const [oldest, { until }] of known) {
      if (until > now && known.size <= maxEntries) break;
      known.delete(oldest);
    }
    return refusal;
  }

  return {
    check(auth) {
      if (!auth.scopes.includes(SCOPE)) return MISSING_SCOPE;
      const key = keyOf(auth.token);
      const entry = known.get(key);
      if (entry && entry.until > Date.now()) return entry.refusal;
      const pending = asking.get(key);
      if (pending !== undefined) return pending;
      const answer = ask(auth.token, key);
      asking.set(key, answer);
      return answer;
    },
  };
}

/** Hashes the token, which may be 8 kB long. */
function keyOf(token: string): string {
  return hash('sha256', token, 'base64url');
}

/** Combines two checks. The second runs if the first accepts. */
export function bothChecks(first: RevocationCheck, second: RevocationCheck): RevocationCheck {
  return {
    check(auth) {
      const refusal = first.check(auth);
      return refusal instanceof Promise
        ? refusal.then((later) => later ?? second.check(auth))
        : (refusal ?? second.check(auth));
    },
  };
}
