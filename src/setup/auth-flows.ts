import type { ExplicitAuthFlowsType, UserPoolClientType } from '@aws-sdk/client-cognito-identity-provider';

export const REFRESH_FLOW: ExplicitAuthFlowsType = 'ALLOW_REFRESH_TOKEN_AUTH';
const SRP: ExplicitAuthFlowsType = 'ALLOW_USER_SRP_AUTH';
const DEFAULT_FLOWS: readonly ExplicitAuthFlowsType[] = ['ALLOW_CUSTOM_AUTH', SRP, REFRESH_FLOW];
/** The flows of old app clients, which allow SRP and refreshes too, except that CUSTOM_AUTH_FLOW_ONLY allows no SRP. */
const LEGACY_FLOWS: Readonly<Partial<Record<ExplicitAuthFlowsType, ExplicitAuthFlowsType>>> = {
  USER_PASSWORD_AUTH: 'ALLOW_USER_PASSWORD_AUTH',
  ADMIN_NO_SRP_AUTH: 'ALLOW_ADMIN_USER_PASSWORD_AUTH',
  CUSTOM_AUTH_FLOW_ONLY: 'ALLOW_CUSTOM_AUTH',
};

/** Returns the allowed flows in today's names. An app client that names none has Cognito's defaults. */
export function flowsOf({ ExplicitAuthFlows = [] }: UserPoolClientType): ExplicitAuthFlowsType[] {
  if (ExplicitAuthFlows.length === 0) return [...DEFAULT_FLOWS];
  const isLegacy = ExplicitAuthFlows.some((flow) => LEGACY_FLOWS[flow]);
  const flows = ExplicitAuthFlows.map((flow) => LEGACY_FLOWS[flow] ?? flow);
  const srp = flows.includes('ALLOW_CUSTOM_AUTH') ? [] : [SRP];
  return isLegacy ? [...flows, ...srp, REFRESH_FLOW] : flows;
}

export function rotatesTokens({ RefreshTokenRotation }: UserPoolClientType): boolean {
  return RefreshTokenRotation?.Feature === 'ENABLED';
}
