import { totpCode } from 'express-cognito-kit/local';

/** What an authenticator app shows for one account. */
export interface AuthenticatorCode {
  readonly account: string;
  readonly code: string;
  /** When the next code takes its place: ISO 8601. */
  readonly until: string;
}

export const STEP_MS = 30_000;

/** Stands in for the phone of a demo user (RFC 6238). */
export function authenticatorCode(account: string, secret: string, now: number): AuthenticatorCode {
  const step = Math.floor(now / STEP_MS);
  return {
    account,
    code: totpCode(secret, now),
    until: new Date((step + 1) * STEP_MS).toISOString(),
  };
}
