import type { AppClient, UserPool } from '../model/pool.ts';
import { DEFAULT_SSO_MINUTES, tracksSessions } from '../model/settings-rules.ts';

/** Returns the SSO session of a browser, unless its authentication is too old for the client. */
export function reusable<T extends { readonly at: number }>(
  client: AppClient,
  session: T | undefined,
): T | undefined {
  return session && client.pool.now() < session.at + minutesOf(client) * 60_000 ? session : undefined;
}

/** Returns the lifetime of a browser's session: that of the client that reuses it longest, at least the default. */
export function sessionSeconds(pool: UserPool): number {
  return Math.max(DEFAULT_SSO_MINUTES, ...pool.clients().map(minutesOf)) * 60;
}

function minutesOf({ pool, ssoMinutes = DEFAULT_SSO_MINUTES }: AppClient): number {
  return tracksSessions(pool.settings) ? ssoMinutes : DEFAULT_SSO_MINUTES;
}
