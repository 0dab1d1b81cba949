import { invalidParameter } from '../model/errors.ts';
import { existingUser } from '../users/find-user.ts';
import { addIdentity, findFederated, identitiesOf } from '../users/identities.ts';
import { required, structure, text } from '../wire/input.ts';
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
