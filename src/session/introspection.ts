import { hash } from 'node:crypto';
import type { RevocationCheck } from '../auth/resolve-auth.ts';
import type { CognitoClient } from '../cognito/client.ts';
import { upstreamFault } from '../cognito/upstream-fault.ts';
import { DEFAULT_CACHE_SECONDS, type IntrospectOptions } from '../config/introspection.ts';
import { StopSignal } from '../shared/deadline.ts';
import { type Problem, problem } from '../shared/problem.ts';
import { REVOKED, refusal } from '../tokens/refusals.ts';

/** Without it GetUser takes no token. */
const SCOPE = 'aws.cognito.signin.user.admin';

const CANNOT_BE_ASKED: Problem = refusal({
  code: 'insufficient_scope',
  error: 'insufficient_scope',
  scope: SCOPE,
});

/** What Cognito says of a token, or of its user, that is of no use any more. */
const ENDED: readonly string[] = [
  'invalid_token',
  'token_expired',
  'user_not_found',
  'user_disabled',
  'user_not_confirmed',
  'password_reset_required',
];

/** Tokens whose answers are remembered, at some 200 bytes each. */
const MAX_ENTRIES = 10_000;

interface Entry {
  readonly refusal: Problem | undefined;
  readonly until: number;
}

export interface IntrospectionParts {
  readonly cognito: CognitoClient;
  /** Milliseconds that a question may take. */
  readonly timeoutMs: number;
  /** Is told of a Cognito that does not answer; the exception's name and no more. */
  onFault(exception: string): void;
}

/** One for a router: its routes share what they have asked. */
export function createIntrospection(
  options: IntrospectOptions,
  { cognito, timeoutMs, onFault }: IntrospectionParts,
  maxEntries: number = MAX_ENTRIES,
): RevocationCheck {
  const { cacheSeconds = DEFAULT_CACHE_SECONDS, onUnavailable = 'deny' } = options;
  const known = new Map<string, Entry>();
  const asking = new Map<string, Promise<Problem | undefined>>();

  async function ask(token: string, key: string): Promise<Problem | undefined> {
    // Of its own: many requests can wait for the answer, and none of them is to end it for the others.
    const signal = new StopSignal();
    const timer = setTimeout(() => signal.abort(new Error(`No answer within ${timeoutMs} ms.`)), timeoutMs);
    try {
      await cognito.send('GetUser', { AccessToken: token }, { signal, safeToRepeat: true });
      return remember(key, undefined);
    } catch (error) {
      const fault = upstreamFault(error, 'GetUser');
      if (ENDED.includes(fault.problem.code)) return remember(key, REVOKED);
      onFault(signal.aborted ? 'Deadline' : fault.exception);
      if (onUnavailable === 'allow') return undefined;
      return signal.aborted ? problem('upstream_timeout') : fault.problem;
    } finally {
      clearTimeout(timer);
      asking.delete(key);
    }
  }

  function remember(key: string, refusal: Problem | undefined): Problem | undefined {
    const now = Date.now();
    known.delete(key);
    known.set(key, { refusal, until: now + cacheSeconds * 1000 });
    // All are believed for as long, so the oldest comes first and expires first.
    for (const [oldest, { until }] of known) {
      if (until > now && known.size <= maxEntries) break;
      known.delete(oldest);
    }
    return refusal;
  }

  return {
    check(auth) {
      if (!auth.scopes.includes(SCOPE)) return CANNOT_BE_ASKED;
      const key = keyOf(auth.token);
      const entry = known.get(key);
      if (entry && entry.until > Date.now()) return entry.refusal;
      const underWay = asking.get(key);
      if (underWay !== undefined) return underWay;
      const answer = ask(auth.token, key);
      asking.set(key, answer);
      return answer;
    },
  };
}

/** Stands for a token, which may take 8 kB. */
function keyOf(token: string): string {
  return hash('sha256', token, 'base64url');
}

/** The second is asked where the first has nothing to object to. */
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
