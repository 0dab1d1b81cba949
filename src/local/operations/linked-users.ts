import { invalidParameter } from '../model/errors.ts';
import type { UserPool } from '../model/pool.ts';
import type { User } from '../model/user.ts';
import { existingUser } from '../users/find-user.ts';
import { required, structure, text } from '../wire/input.ts';
import type { IdentityProvider } from './identity-providers.ts';
import { type OperationTable, poolOperation } from './operation.ts';

const LINKS_PER_USER = 5;

const providerUser = structure({
  ProviderName: required(text({ min: 1, max: 32 })),
  ProviderAttributeName: text(),
  ProviderAttributeValue: required(text({ min: 1, max: 95 })),
});

export const linkedUserOperations: OperationTable = {
  AdminLinkProviderForUser: poolOperation(
    { DestinationUser: required(providerUser), SourceUser: required(providerUser) },
    (pool, { DestinationUser, SourceUser }) => {
      const { ProviderName, ProviderAttributeValue: id } = SourceUser;
      const provider = pool.identityProviders.get(ProviderName);
      if (!provider) throw invalidParameter(`The provider ${ProviderName} does not exist.`);
      const user = existingUser(pool, DestinationUser.ProviderAttributeValue);
      const links = identitiesOf(user).length;
      if (links >= LINKS_PER_USER) throw invalidParameter('The user is linked to five identities already.');
      if (findFederated(pool, provider, id)) {
        throw invalidParameter(
          'Merging is not currently supported, provide a SourceUser that has not been signed up in order to link',
        );
      }
      addIdentity(pool, user, { provider, id, primary: false });
      return {};
    },
  ),
};

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

function identitiesOf(user: User): Identity[] {
  return JSON.parse(user.attributes.get('identities') ?? '[]') as Identity[];
}
