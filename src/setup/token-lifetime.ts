import type { TimeUnitsType, UserPoolClientType } from '@aws-sdk/client-cognito-identity-provider';

const SECONDS: Readonly<Record<TimeUnitsType, number>> = {
  seconds: 1,
  minutes: 60,
  hours: 3600,
  days: 86_400,
};
/** Cognito's defaults: their unit, and the number for a member that is absent or 0. */
const DEFAULTS = {
  AccessToken: { unit: 'hours', number: 1 },
  IdToken: { unit: 'hours', number: 1 },
  RefreshToken: { unit: 'days', number: 30 },
} as const;

/** Returns the lifetime of an app client's tokens in seconds. */
export function tokenLifetime(client: UserPoolClientType, token: keyof typeof DEFAULTS): number {
  const { unit, number } = DEFAULTS[token];
  const given = client[`${token}Validity`];
  return given ? given * SECONDS[client.TokenValidityUnits?.[token] ?? unit] : number * SECONDS[unit];
}
