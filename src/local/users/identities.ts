import type { UserPool } from '../model/pool.ts';
import type { IdentityProvider } from '../model/pool-resources.ts';
import type { User } from '../model/user.ts';

/** Whose account somebody has who comes from a provider: one that came with them, or one that they are linked to. */
export function findFederated(pool: UserPool, { name }: IdentityProvider, id: string): User | undefined {
  return pool.users
    .all()
    .find((user) => identitiesOf(user).some((each) => each.providerName === name && each.userId === id));
}

/** Notes on a user where they come from; the ID token tells it. */
export function addIdentity(
  pool: UserPool,
  user: User,
  added: { readonly provider: IdentityProvider; readonly id: string; readonly primary: boolean },
): void {
  const identity: Identity = {
    userId: added.id,
    providerName: added.provider.name,
    providerType: added.provider.type,
    issuer: null,
    primary: String(added.primary),
    dateCreated: String(pool.now()),
  };
  user.attributes.set('identities', JSON.stringify([...identitiesOf(user), identity]));
}

/** As the claim has it, where all but the issuer is text. */
interface Identity {
  readonly userId: string;
  readonly providerName: string;
  readonly providerType: string;
  readonly issuer: null;
  readonly primary: string;
  readonly dateCreated: string;
}

export function identitiesOf(user: User): Identity[] {
  return JSON.parse(user.attributes.get('identities') ?? '[]') as Identity[];
}
