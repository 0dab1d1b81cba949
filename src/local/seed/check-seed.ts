import { clientPartLists, copiedClient, copiedPart, copiedPool } from '../copy/pool-copy.ts';
import { NEW_USER } from '../option-checks.ts';
import { checkOption, localOptionError } from '../option-values.ts';
import { list, type Member, oneOf, required, sensitive, structure, text } from '../wire/input.ts';
import { clientId } from '../wire/members.ts';
import { type LocalSeed, SEED_PAGE } from './seed.ts';

const client = sensitive(
  structure(
    {
      clientId,
      clientSecret: text({ min: 1, max: 128, sensitive: true }),
      settings: copiedClient,
    },
    { id: ['clientId'], secret: ['clientSecret'], callbackurls: 'write settings: { CallbackURLs }' },
  ),
);

const pool = sensitive(
  structure(
    {
      userPoolId: text({ pattern: /[\w-]{1,40}_[0-9a-zA-Z]{1,14}/ }),
      defaults: oneOf('local', 'cognito'),
      pool: copiedPool,
      appClients: sensitive(list(client)),
      identityProviders: list(copiedPart('identityProviders')),
      resourceServers: list(copiedPart('resourceServers')),
      groups: list(copiedPart('groups')),
      domains: list(copiedPart('domains')),
      ...clientPartLists(),
      users: sensitive(list(sensitive(NEW_USER))),
      omitted: list(text()),
    },
    { id: ['userPoolId'], clients: ['appClients'], providers: ['identityProviders'], settings: ['pool'] },
  ),
);

/** The form of a seed. Values around passwords are sensitive, so that no message quotes one. */
export const SEED: Member<unknown> = sensitive(structure({ pools: required(sensitive(list(pool))) }));

/** Returns the seed. Throws a TypeError that names the path of the first fault, such as `seed.pools[0].users[2].username`. */
export function checkedSeed(value: unknown): LocalSeed {
  checkOption('seed', SEED, value, SEED_PAGE);
  const seed = value as LocalSeed;
  if (seed.pools.length > 0) return seed;
  throw localOptionError('seed.pools is empty; write a pool, such as {}', SEED_PAGE);
}
