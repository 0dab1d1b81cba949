import { copyUserPool } from '../local/copy/copy-user-pool.ts';
import type { PoolCopy } from '../local/copy/pool-copy.ts';
import type { LocalUserPool } from '../local/local-user-pool.ts';
import type { ClientSettings } from '../local/model/settings.ts';
import type { SeedPool } from '../local/seed/seed.ts';

export const LIKE_HELP = `
  --like <user pool id> Copy the settings of a pool at AWS, with your AWS credentials: no users, no
                        secrets. --client-id selects the app client that is printed first`;

export const LIKE_OPTIONS = { like: { type: 'string' } } as const;

/** Reads the pool of `--like`. Undefined without that option. */
export function likeOf({ like }: { readonly like?: string | undefined }): Promise<PoolCopy> | undefined {
  return like === undefined ? undefined : copyUserPool(like);
}

/** Returns the changes of an app client of a copy or a seed: URLs are added, and a setting that is off keeps the value of the copy. */
export function changesOf(
  { appClients = [] }: Pick<SeedPool, 'appClients'>,
  clientId: string | undefined,
  given: ClientSettings,
): ClientSettings {
  const copied = appClients.find((each) => each.clientId === clientId) ?? appClients[0];
  if (!copied) return given;
  const { CallbackURLs, LogoutURLs = [], ...flags } = given;
  const settings: ClientSettings = copied.settings ?? {};
  return {
    ...Object.fromEntries(Object.entries(flags).filter(([, value]) => value !== false)),
    ...(CallbackURLs && {
      CallbackURLs: [...(settings.CallbackURLs ?? []), ...CallbackURLs],
      LogoutURLs: [...(settings.LogoutURLs ?? []), ...LogoutURLs],
    }),
  };
}

/** The lines about a copy: its parts, all of its app clients with their new secrets, and the settings that it lacks. */
export function likeHelp(like: PoolCopy, pool: LocalUserPool): string {
  const { groups, identityProviders, resourceServers, domains, omitted } = like;
  const counts = [
    [like.appClients.length, 'app client'],
    [groups.length, 'group'],
    [identityProviders.length, 'identity provider'],
    [resourceServers.length, 'resource server'],
    [domains.length, 'domain'],
  ] as const;
  const clients = like.appClients.map(({ clientId, settings }) => {
    const { clientSecret } = pool.configOf(clientId);
    return `  ${clientId}  ${settings.ClientName ?? ''}${clientSecret === undefined ? '' : `  secret: ${clientSecret}`}`;
  });
  return [
    `\nSettings are those of ${like.userPoolId}: ${counts.map(([count, of]) => `${count} ${of}${count === 1 ? '' : 's'}`).join(', ')}.`,
    'Users and secrets were not copied. App clients have new secrets.',
    ...(omitted.length > 0 ? [`Not known to the local pool: ${omitted.join(', ')}.`] : []),
    'App clients:',
    ...clients,
  ].join('\n');
}
