import { randomUUID } from 'node:crypto';
import type { AppClient } from '../model/pool.ts';
import { tokenLifetimes } from '../model/settings-rules.ts';
import { signJwt } from './jwt.ts';
import { runForClientCredentials } from './pre-token-generation.ts';
import { RESERVED_SCOPES } from './scopes.ts';

/** Returns the scopes of a client's own tokens: those of resource servers. */
export function clientScopes({ settings }: AppClient): readonly string[] {
  return (settings.AllowedOAuthScopes ?? []).filter((scope) => !RESERVED_SCOPES.includes(scope));
}

/** Issues an access token for the app client itself, without a user. `expiresIn` is in seconds. */
export async function issueClientToken(
  client: AppClient,
  scopes: readonly string[],
  clientMetadata: Readonly<Record<string, string>> | undefined,
): Promise<{ accessToken: string; expiresIn: number }> {
  const { id, pool, settings } = client;
  const claims = await runForClientCredentials(client, scopes, clientMetadata);
  const issuedAt = Math.floor(pool.now() / 1000);
  const { access: expiresIn } = tokenLifetimes(settings);
  const accessToken = signJwt(pool.keys.access, {
    sub: id,
    token_use: 'access',
    scope: scopes.join(' '),
    auth_time: issuedAt,
    iss: pool.issuer,
    exp: issuedAt + expiresIn,
    iat: issuedAt,
    version: 2,
    jti: randomUUID(),
    client_id: id,
    ...claims,
  });
  return { accessToken, expiresIn };
}
