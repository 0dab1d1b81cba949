import { CognitoError, resourceNotFound } from '../model/errors.ts';
import type { UserPool } from '../model/pool.ts';
import { type IdentityProvider, SOCIAL } from '../model/pool-resources.ts';
import { integer, list, oneOf, required, stringMap, text } from '../wire/input.ts';
import { pageToken } from '../wire/members.ts';
import { pageOf } from '../wire/pagination.ts';
import { type OperationTable, poolOperation } from './operation.ts';

const LARGEST_PAGE = 60;
const providerName = text({ min: 1, max: 32, pattern: /[^_\p{Z}][\p{L}\p{M}\p{S}\p{N}\p{P}][^_\p{Z}]+/u });

export const identityProviderOperations: OperationTable = {
  CreateIdentityProvider: poolOperation(
    {
      ProviderName: required(providerName),
      ProviderType: required(oneOf(...SOCIAL, 'OIDC', 'SAML')),
      ProviderDetails: required(stringMap()),
      AttributeMapping: stringMap(),
      IdpIdentifiers: list(text({ min: 1, max: 40, pattern: /[\w\s+=.@-]+/ }), { max: 50 }),
    },
    (pool, input) => {
      if (pool.identityProviders.has(input.ProviderName)) {
        throw new CognitoError('DuplicateProviderException', 'A provider with the name already exists.');
      }
      const provider = addProvider(pool, input.ProviderName, {
        type: input.ProviderType,
        details: input.ProviderDetails,
        attributeMapping: input.AttributeMapping ?? {},
        identifiers: input.IdpIdentifiers ?? [],
      });
      return { IdentityProvider: providerOut(pool, provider) };
    },
  ),

  DescribeIdentityProvider: poolOperation({ ProviderName: required(providerName) }, (pool, input) => {
    const provider = pool.identityProviders.get(input.ProviderName);
    if (!provider) throw resourceNotFound(`Identity provider ${input.ProviderName} does not exist.`);
    return { IdentityProvider: providerOut(pool, provider) };
  }),

  ListIdentityProviders: poolOperation(
    { MaxResults: integer(0, LARGEST_PAGE), NextToken: pageToken },
    (pool, input) => {
      const all = [...pool.identityProviders.values()];
      const { items, next } = pageOf(all, input.MaxResults || LARGEST_PAGE, input.NextToken);
      const Providers = items.map(({ name, type, createdAt }) => ({
        ProviderName: name,
        ProviderType: type,
        CreationDate: createdAt / 1000,
        LastModifiedDate: createdAt / 1000,
      }));
      return { Providers, NextToken: next };
    },
  ),
};

export function addProvider(
  pool: UserPool,
  name: string,
  given: Partial<Pick<IdentityProvider, 'type' | 'details' | 'attributeMapping' | 'identifiers'>> = {},
): IdentityProvider {
  const provider: IdentityProvider = {
    name,
    type: SOCIAL.find((social) => social === name) ?? 'OIDC',
    details: {},
    attributeMapping: {},
    identifiers: [],
    createdAt: pool.now(),
    ...given,
  };
  pool.identityProviders.set(name, provider);
  return provider;
}

function providerOut(pool: UserPool, provider: IdentityProvider): object {
  return {
    UserPoolId: pool.id,
    ProviderName: provider.name,
    ProviderType: provider.type,
    ProviderDetails: provider.details,
    AttributeMapping: provider.attributeMapping,
    IdpIdentifiers: provider.identifiers,
    CreationDate: provider.createdAt / 1000,
    LastModifiedDate: provider.createdAt / 1000,
  };
}
