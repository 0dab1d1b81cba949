import type {
  CognitoIdentityProviderClient,
  SchemaAttributeType,
  UserPoolClientType,
} from '@aws-sdk/client-cognito-identity-provider';
import { schemaOf } from '../model/schema.ts';
import type { SchemaAttribute } from '../model/settings.ts';
import {
  type ClientPartList,
  type CopiedClient,
  type CopiedSettings,
  copiedClient,
  copiedPart,
  copiedPool,
  knownPart,
  type PoolCopy,
  type ResourceList,
} from './pool-copy.ts';
import { detailsWithoutSecrets } from './provider-details.ts';
import { readClientParts } from './read-client-parts.ts';
import { RefusedRead, readFailure } from './read-failure.ts';

const LARGEST_PAGE = 60;
const LARGEST_SERVER_PAGE = 50;
const CUSTOM = /^(?:dev:)?custom:/;

/** Options of `copyUserPool`. */
export interface CopyUserPoolOptions {
  /** Client of the AWS SDK. Default: a new one, with the region of the ID and the credentials that the SDK finds. */
  readonly cognitoClient?: CognitoIdentityProviderClient;
}

/**
 * Reads the settings of a user pool at AWS, for the option `like` of `startLocalUserPool`: the pool, its app clients, groups,
 * identity providers, resource servers and domains. It reads no users, and keeps no secrets. The result is plain JSON.
 *
 * @param userPoolId - ID of the user pool, such as `us-east-1_AbCdEfGhI`
 * @throws Error if the credentials are missing or may not call an operation (the message names the IAM action), or if
 * there is no such pool
 * @example
 * const pool = await startLocalUserPool({ like: await copyUserPool('us-east-1_AbCdEfGhI') });
 */
export async function copyUserPool(userPoolId: string, options: CopyUserPoolOptions = {}): Promise<PoolCopy> {
  if (!/^[a-z]{2,}(?:-[a-z]+)+-\d+_[0-9a-zA-Z]{1,14}$/.test(userPoolId))
    throw new RefusedRead(
      `A user pool ID is a region, "_" and letters or digits, such as us-east-1_AbCdEfGhI, not "${userPoolId}".`,
    );
  const sdk = await import('@aws-sdk/client-cognito-identity-provider');
  const [region = ''] = userPoolId.split('_');
  const client = options.cognitoClient ?? new sdk.CognitoIdentityProviderClient({ region });
  const omitted: string[] = [];

  const read = async <T>(action: string, answer: Promise<T>): Promise<T> => {
    try {
      return await answer;
    } catch (error) {
      throw readFailure(error, { action, userPoolId, region });
    }
  };
  const UserPoolId = userPoolId;
  try {
    const { UserPool = {} } = await read(
      'DescribeUserPool',
      client.send(new sdk.DescribeUserPoolCommand({ UserPoolId })),
    );
    const mfa = await read(
      'GetUserPoolMfaConfig',
      client.send(new sdk.GetUserPoolMfaConfigCommand({ UserPoolId })),
    );
    const session = await read(
      'GetUserPoolSessionConfiguration',
      client.send(new sdk.GetUserPoolSessionConfigurationCommand({ UserPoolId })),
    );
    const clients = await all(async (NextToken) => {
      const page = { UserPoolId, MaxResults: LARGEST_PAGE, NextToken };
      const answer = await read('ListUserPoolClients', client.send(new sdk.ListUserPoolClientsCommand(page)));
      return { items: answer.UserPoolClients, next: answer.NextToken };
    });
    const appClients: CopiedClient[] = [];
    for (const { ClientId = '' } of clients) {
      const { UserPoolClient = {} } = await read(
        'DescribeUserPoolClient',
        client.send(new sdk.DescribeUserPoolClientCommand({ UserPoolId, ClientId })),
      );
      // Secrets Manager keeps a secret that is listed and not described: the SDK has no member for its ARN.
      const { ClientSecrets = [] } =
        UserPoolClient.ClientSecret === undefined
          ? await read(
              'ListUserPoolClientSecrets',
              client.send(new sdk.ListUserPoolClientSecretsCommand({ UserPoolId, ClientId })),
            )
          : {};
      const isPublished = ClientSecrets.length > 0;
      appClients.push({ clientId: ClientId, settings: clientSettings(UserPoolClient, isPublished, omitted) });
    }
    const providers = await all(async (NextToken) => {
      const page = { UserPoolId, MaxResults: LARGEST_PAGE, NextToken };
      const answer = await read(
        'ListIdentityProviders',
        client.send(new sdk.ListIdentityProvidersCommand(page)),
      );
      return { items: answer.Providers, next: answer.NextToken };
    });
    const identityProviders: object[] = [];
    for (const { ProviderName } of providers) {
      const { IdentityProvider = {} } = await read(
        'DescribeIdentityProvider',
        client.send(new sdk.DescribeIdentityProviderCommand({ UserPoolId, ProviderName })),
      );
      const { ProviderDetails, ProviderType } = IdentityProvider;
      const withoutSecrets = detailsWithoutSecrets(ProviderDetails, ProviderType);
      identityProviders.push({ ...IdentityProvider, ProviderDetails: withoutSecrets });
    }
    const resourceServers = await all(async (NextToken) => {
      const page = { UserPoolId, MaxResults: LARGEST_SERVER_PAGE, NextToken };
      const answer = await read('ListResourceServers', client.send(new sdk.ListResourceServersCommand(page)));
      return { items: answer.ResourceServers, next: answer.NextToken };
    });
    const groups = await all(async (NextToken) => {
      const page = { UserPoolId, Limit: LARGEST_PAGE, NextToken };
      const answer = await read('ListGroups', client.send(new sdk.ListGroupsCommand(page)));
      return { items: answer.Groups, next: answer.NextToken };
    });
    const domains: object[] = [];
    for (const Domain of [UserPool.Domain, UserPool.CustomDomain]) {
      if (Domain === undefined) continue;
      const { DomainDescription = {} } = await read(
        'DescribeUserPoolDomain',
        client.send(new sdk.DescribeUserPoolDomainCommand({ Domain })),
      );
      const { CustomDomainConfig: custom, ManagedLoginVersion, Routing } = DomainDescription;
      const isCustom = custom?.CertificateArn !== undefined;
      domains.push({ Domain, ManagedLoginVersion, Routing, ...(isCustom && { CustomDomainConfig: custom }) });
    }
    const parts = await readClientParts(
      { sdk, client, read, readAll: all, UserPoolId, clientIds: appClients.map(({ clientId }) => clientId) },
      {
        tracksSessions: session.UserSessionTracking === 'ENABLED',
        hasThreatProtection: (UserPool.UserPoolAddOns?.AdvancedSecurityMode ?? 'OFF') !== 'OFF',
        hasDomain: domains.length > 0,
        hasTerms: UserPool.UserPoolTier !== 'LITE',
      },
    );
    return {
      userPoolId,
      pool: poolSettings(UserPool, { ...mfa, ...session }, omitted),
      appClients,
      identityProviders: resources('identityProviders', identityProviders, omitted),
      resourceServers: resources('resourceServers', resourceServers, omitted),
      groups: resources('groups', groups, omitted),
      domains: resources('domains', domains, omitted),
      clientSessions: resources('clientSessions', parts.clientSessions, omitted),
      riskConfigurations: resources('riskConfigurations', parts.riskConfigurations, omitted),
      uiCustomizations: resources('uiCustomizations', parts.uiCustomizations, omitted),
      terms: resources('terms', parts.terms, omitted),
      omitted,
    };
  } finally {
    if (!options.cognitoClient) client.destroy();
  }
}

async function all<T>(
  pageAt: (token: string | undefined) => Promise<{ items: T[] | undefined; next: string | undefined }>,
): Promise<T[]> {
  const items: T[] = [];
  let token: string | undefined;
  do {
    const page = await pageAt(token);
    items.push(...(page.items ?? []));
    token = page.next;
  } while (token !== undefined);
  return items;
}

/** The members of DescribeUserPool that are no settings, or have another name in CreateUserPool. */
const NO_SETTINGS = [
  ...['Id', 'Arn', 'Status', 'CreationDate', 'LastModifiedDate', 'EstimatedNumberOfUsers'],
  ...['Domain', 'CustomDomain', 'SmsConfigurationFailure', 'EmailConfigurationFailure'],
  ...['Name', 'SchemaAttributes', 'UserPoolId', '$metadata'],
];
const NO_CLIENT_SETTINGS = [
  ...['UserPoolId', 'ClientId', 'ClientSecret', 'ClientSecretArn', 'CreationDate', 'LastModifiedDate'],
];
const NO_RESOURCE = ['UserPoolId', 'CreationDate', 'LastModifiedDate'];

function poolSettings(
  described: {
    readonly Name?: string | undefined;
    readonly SchemaAttributes?: SchemaAttributeType[] | undefined;
  },
  configured: object,
  omitted: string[],
): CopiedSettings {
  const { Name, SchemaAttributes = [] } = described;
  const settings = {
    ...without(NO_SETTINGS, { ...described, ...configured }),
    PoolName: Name,
    Schema: changedAttributes(SchemaAttributes),
  };
  return knownPart(copiedPool, settings, 'pool', omitted) as CopiedSettings;
}

/** Returns the custom attributes, and the standard ones that differ from their defaults. */
function changedAttributes(attributes: readonly SchemaAttributeType[]): SchemaAttribute[] {
  const defaults = new Map(schemaOf({}).map((each) => [each.Name, each]));
  return attributes
    .filter(({ Name = '' }) => CUSTOM.test(Name) || defaults.has(Name))
    .filter((each) => each.Name !== 'sub' && !isSame(each, defaults.get(each.Name ?? '')))
    .map((each) => ({ ...each, Name: each.Name?.replace(CUSTOM, '') }) as SchemaAttribute);
}

function isSame(a: object, b: object | undefined): boolean {
  const sorted = (value: object): string =>
    JSON.stringify(value, (_name, entry) =>
      typeof entry === 'object' && entry !== null
        ? Object.fromEntries(Object.entries(entry).sort(([x], [y]) => (x < y ? -1 : 1)))
        : entry,
    );
  return b !== undefined && sorted(a) === sorted(b);
}

function clientSettings(
  described: UserPoolClientType,
  isPublished: boolean,
  omitted: string[],
): CopiedSettings {
  const settings = {
    ...without(NO_CLIENT_SETTINGS, described),
    ...((isPublished || described.ClientSecret !== undefined) && { GenerateSecret: true }),
    ...(isPublished && { PublishSecretsInAWSSecretsManager: true }),
  };
  return knownPart(copiedClient, settings, 'appClient', omitted) as CopiedSettings;
}

function resources(
  name: ResourceList | ClientPartList,
  described: readonly object[],
  omitted: string[],
): CopiedSettings[] {
  return described.map(
    (each) => knownPart(copiedPart(name), without(NO_RESOURCE, each), name, omitted) as CopiedSettings,
  );
}

function without(names: readonly string[], value: object): object {
  return Object.fromEntries(Object.entries(value).filter(([name]) => !names.includes(name)));
}
