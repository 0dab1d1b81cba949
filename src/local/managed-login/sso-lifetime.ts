import type { AppClient, UserPool } from '../model/pool.ts';
import { DEFAULT_SSO_MINUTES, tracksSessions } from '../model/settings-rules.ts';

/** Returns whether a client accepts an SSO session, counted from the last authentication. */
export function reusesSession(client: AppClient, authenticatedAt: number): boolean {
  return client.pool.now() < authenticatedAt + minutesOf(client) * 60_000;
}

/** Returns the lifetime of a browser's session: that of the client that reuses it longest, at least the default. */
export function sessionSeconds(pool: UserPool): number {
  return Math.max(DEFAULT_SSO_MINUTES, ...pool.clients().map(minutesOf)) * 60;
}

function minutesOf({ pool, ssoMinutes = DEFAULT_SSO_MINUTES }: AppClient): number {
  return tracksSessions(pool.settings) ? ssoMinutes : DEFAULT_SSO_MINUTES;
}
