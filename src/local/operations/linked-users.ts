import { invalidParameter, userNotFound } from '../model/errors.ts';
import type { UserPool } from '../model/pool.ts';
import { type IdentityProvider, SOCIAL } from '../model/pool-resources.ts';
import type { User } from '../model/user.ts';
import { revokeAll } from '../tokens/tokens.ts';
import { existingUser } from '../users/find-user.ts';
import { addIdentity, findFederated, identitiesOf, removeIdentity } from '../users/identities.ts';
import { required, structure, text } from '../wire/input.ts';
import { providerReference } from '../wire/members.ts';
import { type OperationTable, poolOperation } from './operation.ts';

const LINKS_PER_USER = 5;
/** Name of the user's id at a provider. */
const SUBJECT = 'Cognito_Subject';

const providerUser = structure({
  ProviderName: required(providerReference),
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
      if (isSocial(provider) && SourceUser.ProviderAttributeName !== SUBJECT)
        throw invalidParameter(`ProviderAttributeName must be ${SUBJECT}.`);
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

  AdminDisableProviderForUser: poolOperation({ User: required(providerUser) }, (pool, { User: given }) => {
    const { ProviderName, ProviderAttributeName, ProviderAttributeValue: id } = given;
    const isOwn = ProviderName === 'Cognito';
    const provider = pool.identityProviders.get(ProviderName);
    if (!isOwn && !provider) throw invalidParameter(`The provider ${ProviderName} does not exist.`);
    if ((!provider || isSocial(provider)) && ProviderAttributeName !== SUBJECT)
      throw invalidParameter(`ProviderAttributeName must be ${SUBJECT}.`);
    if (provider) disableIdentity(pool, provider, id);
    else disablePassword(pool, existingUser(pool, id));
    return {};
  }),
};

function isSocial({ type }: IdentityProvider): boolean {
  return SOCIAL.some((social) => social === type);
}

/** Removes a link, so the identity gets an account of its own. Disables an account that belongs to the identity. */
function disableIdentity(pool: UserPool, provider: IdentityProvider, id: string): void {
  const user = findFederated(pool, provider, id);
  if (!user) throw userNotFound();
  if (user.status === 'EXTERNAL_PROVIDER' && user.username === `${provider.name}_${id}`) {
    user.enabled = false;
    revokeAll(pool, user);
  } else removeIdentity(user, provider, id);
  user.modifiedAt = pool.now();
}

function disablePassword(pool: UserPool, user: User): void {
  user.password = undefined;
  user.srp = undefined;
  user.modifiedAt = pool.now();
}
