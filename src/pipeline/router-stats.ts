import type { CallMeter, CallStats } from '../cognito/call-meter.ts';
import type { TokenStats, TokenVerifier } from '../cognito/token-verifier.ts';
import type { StoreName } from '../stores/store-source.ts';
import type { FlowCounts, FlowStats } from './flow-counts.ts';
import type { StoreMonitor, StoreStats } from './store-monitor.ts';

/**
 * The counts of one router in this process. All of them start at zero with the router and only grow, except those that describe
 * a state: `inFlight`, `cache.entries`, `cache.bytes`, `keys` and `stores`. The object is plain JSON without personal data.
 */
export interface RouterStats extends FlowStats {
  /** When the counts started, in milliseconds since 1970. */
  readonly since: number;
  /** Verified tokens, their cache and the signing keys. */
  readonly tokens: TokenStats;
  /** Calls to Cognito by operation. */
  readonly cognito: Readonly<Record<string, CallStats>>;
  /** The stores by option. */
  readonly stores: Readonly<Partial<Record<StoreName, StoreStats>>>;
}

/** Returns a function that takes a snapshot of all counts of a router. */
export function createRouterStats({
  flows,
  verifier,
  meter,
  monitor,
}: {
  readonly flows: FlowCounts;
  readonly verifier: Pick<TokenVerifier, 'stats'>;
  readonly meter: CallMeter;
  readonly monitor: Pick<StoreMonitor, 'stats'>;
}): () => RouterStats {
  const since = Date.now();
  return () => ({
    since,
    ...flows.stats(),
    tokens: verifier.stats(),
    cognito: meter.stats(),
    stores: monitor.stats(),
  });
}
