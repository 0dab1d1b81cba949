import type { CallMeter } from '../cognito/call-meter.ts';
import type { TokenVerifier } from '../cognito/token-verifier.ts';
import type { EndpointName, RateLimitClass } from '../config/endpoint-names.ts';
import type { Settings } from '../config/settings.ts';
import type { Endpoint } from '../endpoints/endpoint.ts';
import { endpointsFor, MANAGED_LOGIN_ENDPOINTS } from '../endpoints/table.ts';
import type { StoreName } from '../stores/store-source.ts';
import { deniesWithoutStore } from './rate-limits.ts';
import type { StoreMonitor } from './store-monitor.ts';

/** The answer of `GET /health?deep`. Its words are fixed, because any client may read it. */
export interface DeepHealth {
  readonly status: 'ok' | 'degraded';
  readonly dependencies: Readonly<Record<DependencyName, Dependency>>;
}

type DependencyName = 'cognito' | 'signingKeys' | StoreName;

interface Dependency {
  readonly status: 'ok' | 'unavailable';
  /** The endpoints that fail while it is unavailable. `requireAuth` stands for the routes of the app. */
  readonly affects: readonly (EndpointName | 'requireAuth')[];
}

interface DeepHealthParts {
  readonly settings: Settings;
  readonly verifier: Pick<TokenVerifier, 'probe' | 'stats'>;
  readonly meter: CallMeter;
  readonly monitor: Pick<StoreMonitor, 'probe'>;
}

/** Lifetime of an answer, in milliseconds. A flood of requests causes one check in this time. */
const ANSWER_MS = 5_000;

/** Returns a function that checks all dependencies, single-flight. Every check has a time limit of three seconds or less. */
export function createDeepHealth({
  settings,
  verifier,
  meter,
  monitor,
}: DeepHealthParts): () => Promise<DeepHealth> {
  const affects = affectedBy(settings);
  let last: { readonly until: number; readonly answer: Promise<DeepHealth> } | undefined;

  async function check(): Promise<DeepHealth> {
    const [isReachable, stores] = await Promise.all([verifier.probe(), monitor.probe()]);
    const dependencies = {
      cognito: dependency(isReachable && meter.isAnswering(), affects.cognito),
      signingKeys: dependency(
        verifier.stats().keys.every(({ keys }) => keys > 0),
        affects.signingKeys,
      ),
      revocation: dependency(stores.revocation, affects.revocation),
      refresh: dependency(stores.refresh, affects.refresh),
      rateLimits: dependency(stores.rateLimits, affects.rateLimits),
    };
    const isOk = Object.values(dependencies).every(({ status }) => status === 'ok');
    return { status: isOk ? 'ok' : 'degraded', dependencies };
  }

  return () => {
    const now = performance.now();
    if (last === undefined || now >= last.until) {
      // A slow check is shared until it ends.
      const answer = check();
      last = { until: Number.POSITIVE_INFINITY, answer };
      void answer.finally(() => {
        last = { until: performance.now() + ANSWER_MS, answer };
      });
    }
    return last.answer;
  };
}

/** A store that is not used is available. */
function dependency(isAvailable = true, affects: Dependency['affects']): Dependency {
  return { status: isAvailable ? 'ok' : 'unavailable', affects };
}

function affectedBy(settings: Settings): Readonly<Record<DependencyName, Dependency['affects']>> {
  const served = endpointsFor(settings);
  const namesOf = (isAffected: (endpoint: Endpoint) => boolean): readonly EndpointName[] =>
    served.filter(isAffected).map(({ name }) => name);
  const protectedOnes = ['requireAuth', ...namesOf(({ auth }) => auth === 'access')] as const;
  const { revocation, rateLimits } = settings;
  const denies = (limitClass: RateLimitClass | undefined): boolean =>
    limitClass !== undefined && deniesWithoutStore(limitClass, settings);
  return {
    cognito: namesOf(asksCognito),
    signingKeys: protectedOnes,
    revocation: revocation !== false && revocation.onUnavailable !== 'allow' ? protectedOnes : [],
    // Each instance then refreshes sessions on its own.
    refresh: [],
    rateLimits: namesOf(({ name, rateLimit }) =>
      rateLimits.enabled ? denies(rateLimit) : name === 'respondToChallenge' && denies(rateLimit),
    ),
  };
}

/** Managed login asks Cognito's OAuth server. */
function asksCognito(endpoint: Endpoint): boolean {
  const isManagedLogin = MANAGED_LOGIN_ENDPOINTS.includes(endpoint);
  return isManagedLogin || 'command' in endpoint || endpoint.operations.length > 0;
}
