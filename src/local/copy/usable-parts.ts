import type { UserPool } from '../model/pool.ts';
import { tracksSessions } from '../model/settings-rules.ts';
import type { ClientPartList, CopiedSettings } from './pool-copy.ts';

type Parts = Readonly<Partial<Record<ClientPartList, readonly CopiedSettings[]>>>;

/** Leaves out the parts of features that the pool does not have. Cognito refuses them. */
export function usableParts({ settings, domains }: UserPool, parts: Parts): Parts {
  const { UserPoolTier, UserPoolAddOns: { AdvancedSecurityMode = 'OFF' } = {} } = settings;
  return {
    clientSessions: tracksSessions(settings) ? (parts.clientSessions ?? []) : [],
    riskConfigurations: AdvancedSecurityMode === 'OFF' ? [] : (parts.riskConfigurations ?? []),
    uiCustomizations: domains.size === 0 ? [] : (parts.uiCustomizations ?? []),
    terms: UserPoolTier === 'LITE' ? [] : (parts.terms ?? []),
  };
}
