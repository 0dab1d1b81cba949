import { BlockList, isIP } from 'node:net';
import type { AppClient } from '../model/pool.ts';
import { type RiskAction, type RiskSettings, WHOLE_POOL } from '../model/risk-configuration.ts';

/** Cognito's default: warn the user. */
const DEFAULT_ACTION: RiskAction = { Notify: true, EventAction: 'NO_ACTION' };
const NO_ACTION: RiskAction = { Notify: false, EventAction: 'NO_ACTION' };

/** Returns the risk settings of an app client, or else those of its pool. */
function riskSettingsOf({ id, pool }: AppClient): RiskSettings {
  return (pool.riskConfigurations.get(id) ?? pool.riskConfigurations.get(WHOLE_POOL))?.settings ?? {};
}

/** Returns the response to a low risk, the only level that the pool finds. */
export function lowRiskAction(client: AppClient): RiskAction {
  const { AccountTakeoverRiskConfiguration: given } = riskSettingsOf(client);
  return given ? (given.Actions.LowAction ?? NO_ACTION) : DEFAULT_ACTION;
}

/** Returns whether the settings name an address as always or as never risky. */
export function exceptionFor(client: AppClient, address: string): 'blocked' | 'skipped' | undefined {
  const { BlockedIPRangeList, SkippedIPRangeList } = riskSettingsOf(client).RiskExceptionConfiguration ?? {};
  if (includes(BlockedIPRangeList, address)) return 'blocked';
  return includes(SkippedIPRangeList, address) ? 'skipped' : undefined;
}

function includes(ranges: readonly string[] = [], address: string): boolean {
  if (ranges.length === 0 || isIP(address) === 0) return false;
  const list = new BlockList();
  for (const range of ranges) {
    const [network = '', prefix = ''] = range.split('/');
    list.addSubnet(network, Number(prefix), familyOf(network));
  }
  return list.check(address, familyOf(address));
}

function familyOf(address: string): 'ipv4' | 'ipv6' {
  return isIP(address) === 4 ? 'ipv4' : 'ipv6';
}
