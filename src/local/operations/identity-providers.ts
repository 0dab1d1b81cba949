import { CognitoError, resourceNotFound } from '../model/errors.ts';
import type { UserPool } from '../model/pool.ts';
import { type IdentityProvider, SOCIAL } from '../model/pool-resources.ts';
import { checkMapping, checkProvider, completeDetails, completeMapping } from '../users/provider-rules.ts';
import { createSigningCertificate } from '../users/signing-certificate.ts';
import { entryMap } from '../wire/entry-map.ts';
import { integer, list, oneOf, required, stringMap, text } from '../wire/input.ts';
import { pageToken, providerReference } from '../wire/members.ts';
import { pageOf } from '../wire/pagination.ts';
import { limited } from './limitations.ts';
import { type OperationTable, poolOperation } from './operation.ts';

const LARGEST_PAGE = 60;
const STAND_IN =
  'A page of the pool stands in for the provider, and accepts any identity. AcrMapping has no effect.';
const providerName = text({ min: 1, max: 32, pattern: /[^_\p{Z}][\p{L}\p{M}\p{S}\p{N}\p{P}][^_\p{Z}]+/u });
const idpIdentifier = text({ min: 1, max: 40, pattern: /[\w\s+=.@-]+/ });
const attributeMapping = entryMap({ key: text({ min: 1, max: 32 }) });
const acrMapping = entryMap({
  key: text({ pattern: /Level[1-4]/ }),
  value: text({ min: 1, max: 64, pattern: /[\x21\x23-\x5B\x5D-\x7E]+/ }),
});

export const identityProviderOperations: OperationTable = {
  CreateIdentityProvider: limited(
    STAND_IN,
    poolOperation(
      {
        ProviderName: required(providerName),
        ProviderType: required(oneOf(...SOCIAL, 'OIDC', 'SAML')),
        ProviderDetails: required(stringMap()),
        AttributeMapping: attributeMapping,
        IdpIdentifiers: list(idpIdentifier, { max: 50 }),
        AcrMapping: acrMapping,
      },
      async (pool, input) => {
        const { ProviderName: name, ProviderType: type, ProviderDetails: details } = input;
        refuseTaken(pool, name);
        checkProvider({ name, type, details });
        checkMapping(pool, input.AttributeMapping ?? {});
        const certificate = await encryptionCertificate(pool, type);
        // A concurrent request can take the name meanwhile.
        refuseTaken(pool, name);
        const provider = addProvider(pool, name, {
          type,
          details: { ...details, ...certificate },
          attributeMapping: input.AttributeMapping ?? {},
          identifiers: input.IdpIdentifiers ?? [],
          acrMapping: input.AcrMapping,
        });
        return { IdentityProvider: providerOut(pool, provider) };
      },
    ),
  ),

  DescribeIdentityProvider: poolOperation({ ProviderName: required(providerReference) }, (pool, input) => ({
    IdentityProvider: providerOut(pool, findProvider(pool, input.ProviderName)),
  })),

  GetIdentityProviderByIdentifier: poolOperation(
    { IdpIdentifier: required(idpIdentifier) },
    (pool, input) => {
      const provider = [...pool.identityProviders.values()].find(({ identifiers }) =>
        identifiers.includes(input.IdpIdentifier),
      );
      if (!provider) throw resourceNotFound(`Identity provider ${input.IdpIdentifier} does not exist.`);
      return { IdentityProvider: providerOut(pool, provider) };
    },
  ),

  // Absent members keep their values.
  UpdateIdentityProvider: limited(
    STAND_IN,
    poolOperation(
      {
        ProviderName: required(providerReference),
        ProviderDetails: stringMap(),
        AttributeMapping: attributeMapping,
        IdpIdentifiers: list(idpIdentifier, { max: 50 }),
        AcrMapping: acrMapping,
      },
      (pool, input) => {
        const provider = findProvider(pool, input.ProviderName);
        // Answers leave the private key out, so a details map from one has none.
        const { private_key, ActiveEncryptionCertificate } = provider.details;
        const details = input.ProviderDetails
          ? {
              ...(private_key !== undefined && { private_key }),
              ...input.ProviderDetails,
              ...(ActiveEncryptionCertificate !== undefined && { ActiveEncryptionCertificate }),
            }
          : provider.details;
        checkProvider({ ...provider, details });
        checkMapping(pool, input.AttributeMapping ?? {});
        const updated = addProvider(pool, provider.name, {
          ...provider,
          details,
          attributeMapping: input.AttributeMapping ?? provider.attributeMapping,
          identifiers: input.IdpIdentifiers ?? provider.identifiers,
          acrMapping: input.AcrMapping ?? provider.acrMapping,
          modifiedAt: pool.now(),
        });
        return { IdentityProvider: providerOut(pool, updated) };
      },
    ),
  ),

  DeleteIdentityProvider: poolOperation({ ProviderName: required(providerReference) }, (pool, input) => {
    const { name } = findProvider(pool, input.ProviderName);
    pool.identityProviders.delete(name);
    for (const client of pool.clients()) {
      const { SupportedIdentityProviders: supported, ...settings } = client.settings;
      if (!supported) continue;
      client.settings = {
        ...settings,
        SupportedIdentityProviders: supported.filter((each) => each !== name),
      };
    }
    return {};
  }),

  ListIdentityProviders: poolOperation(
    { MaxResults: integer(0, LARGEST_PAGE), NextToken: pageToken },
    (pool, input) => {
      const all = [...pool.identityProviders.values()];
      const { items, next } = pageOf(all, input.MaxResults || LARGEST_PAGE, input.NextToken);
      const Providers = items.map(({ name, type, createdAt, modifiedAt }) => ({
        ProviderName: name,
        ProviderType: type,
        CreationDate: createdAt / 1000,
        LastModifiedDate: modifiedAt / 1000,
      }));
      return { Providers, NextToken: next };
    },
  ),
};

/** The certificate that Cognito adds to the details of a SAML provider. */
async function encryptionCertificate(
  pool: UserPool,
  type: IdentityProvider['type'],
): Promise<Record<string, string>> {
  if (type !== 'SAML') return {};
  return { ActiveEncryptionCertificate: await createSigningCertificate(pool.id, pool.now()) };
}

function refuseTaken({ id, identityProviders }: UserPool, name: string): void {
  if (identityProviders.has(name))
    throw new CognitoError('DuplicateProviderException', `${name} already exists in user pool ${id}`);
}

function findProvider(pool: UserPool, name: string): IdentityProvider {
  const provider = pool.identityProviders.get(name);
  if (!provider) throw resourceNotFound(`Identity provider ${name} does not exist.`);
  return provider;
}

export function addProvider(
  pool: UserPool,
  name: string,
  given: Partial<Omit<IdentityProvider, 'name'>> = {},
): IdentityProvider {
  const type = given.type ?? SOCIAL.find((social) => social === name) ?? 'OIDC';
  const provider: IdentityProvider = {
    identifiers: [],
    acrMapping: undefined,
    createdAt: pool.now(),
    modifiedAt: pool.now(),
    ...given,
    name,
    type,
    details: completeDetails(type, given.details ?? {}),
    attributeMapping: completeMapping(type, given.attributeMapping ?? {}),
  };
  pool.identityProviders.set(name, provider);
  return provider;
}

function providerOut(pool: UserPool, provider: IdentityProvider): object {
  const { private_key: _notTold, ...details } = provider.details;
  return {
    UserPoolId: pool.id,
    ProviderName: provider.name,
    ProviderType: provider.type,
    ProviderDetails: details,
    AttributeMapping: provider.attributeMapping,
    IdpIdentifiers: provider.identifiers,
    CreationDate: provider.createdAt / 1000,
    AcrMapping: provider.acrMapping,
    LastModifiedDate: provider.modifiedAt / 1000,
  };
}
