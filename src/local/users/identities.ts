import type { UserPool } from '../model/pool.ts';
import type { IdentityProvider } from '../model/pool-resources.ts';
import type { User } from '../model/user.ts';

/** Finds the account of a federated identity: its own, or the one that it is linked to. */
export function findFederated(pool: UserPool, { name }: IdentityProvider, id: string): User | undefined {
  return pool.users
    .all()
    .find((user) => identitiesOf(user).some((each) => each.providerName === name && each.userId === id));
}

/** Adds a federated identity to a user, for the claim `identities` of the ID token. */
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

export function removeIdentity(user: User, { name }: IdentityProvider, id: string): void {
  const left = identitiesOf(user).filter((each) => each.providerName !== name || each.userId !== id);
  if (left.length > 0) user.attributes.set('identities', JSON.stringify(left));
  else user.attributes.delete('identities');
}

/** An entry of the claim `identities`. All members but the issuer are strings, as in Cognito. */
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
