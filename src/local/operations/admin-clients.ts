import { isPublished, publishedArn, rotateSecret, secretsOf } from '../model/client-secrets.ts';
import { invalidParameter } from '../model/errors.ts';
import type { AppClient } from '../model/pool.ts';
import type { ClientSettings } from '../model/settings.ts';
import { checkClientSettings } from '../model/settings-rules.ts';
import { checkClientAttributes } from '../users/client-attributes.ts';
import { checkOAuthSettings } from '../users/oauth-settings.ts';
import { createClient, deleteClient } from '../users/pools.ts';
import {
  flag,
  integer,
  list,
  oneOf,
  onlyMembersOf,
  required,
  type Shape,
  structure,
  text,
} from '../wire/input.ts';
import { clientId, clientSecret, pageToken, providerReference } from '../wire/members.ts';
import { pageOf } from '../wire/pagination.ts';
import { arn, resourceName, scopeName } from '../wire/pool-members.ts';
import { withoutEffect } from './limitations.ts';
import { findClient, type OperationTable, poolOperation } from './operation.ts';

const LARGEST_PAGE = 60;
const CLIENT_LIMITATION = 'AnalyticsConfiguration has no effect.';
const WITHOUT_EFFECT = ['AnalyticsConfiguration'];
const units = oneOf('seconds', 'minutes', 'hours', 'days');
const url = text({ min: 1, max: 1024, pattern: /[\p{L}\p{M}\p{S}\p{N}\p{P}]+/u });

const clientShape = {
  ClientName: resourceName,
  ExplicitAuthFlows: list(
    oneOf(
      'ADMIN_NO_SRP_AUTH',
      'CUSTOM_AUTH_FLOW_ONLY',
      'USER_PASSWORD_AUTH',
      'ALLOW_ADMIN_USER_PASSWORD_AUTH',
      'ALLOW_CUSTOM_AUTH',
      'ALLOW_USER_PASSWORD_AUTH',
      'ALLOW_USER_SRP_AUTH',
      'ALLOW_REFRESH_TOKEN_AUTH',
      'ALLOW_USER_AUTH',
      'ALLOW_CLIENT_TOKEN_AUTH',
    ),
  ),
  PublishSecretsInAWSSecretsManager: flag(),
  PreventUserExistenceErrors: oneOf('LEGACY', 'ENABLED'),
  EnableTokenRevocation: flag(),
  EnablePropagateAdditionalUserContextData: flag(),
  AccessTokenValidity: integer(1, 86_400),
  IdTokenValidity: integer(1, 86_400),
  RefreshTokenValidity: integer(0, 315_360_000),
  TokenValidityUnits: structure({ AccessToken: units, IdToken: units, RefreshToken: units }),
  AuthSessionValidity: integer(3, 15),
  RefreshTokenRotation: structure({
    Feature: required(oneOf('ENABLED', 'DISABLED')),
    RetryGracePeriodSeconds: integer(0, 60),
  }),
  AnalyticsConfiguration: structure({
    ApplicationId: text({ pattern: /^[0-9a-fA-F]+$/ }),
    ApplicationArn: arn,
    RoleArn: arn,
    ExternalId: text(),
    UserDataShared: flag(),
  }),
  ReadAttributes: list(text({ min: 1, max: 2048 })),
  WriteAttributes: list(text({ min: 1, max: 2048 })),
  AllowedOAuthFlowsUserPoolClient: flag(),
  AllowedOAuthFlows: list(oneOf('code', 'implicit', 'client_credentials'), { max: 3 }),
  AllowedOAuthScopes: list(scopeName, { max: 50 }),
  CallbackURLs: list(url, { max: 100 }),
  LogoutURLs: list(url, { max: 100 }),
  DefaultRedirectURI: url,
  SupportedIdentityProviders: list(providerReference),
};

/** The settings that the options of the local pool take. */
export const clientSettingsShape: Shape = { ...clientShape, GenerateSecret: flag() };

export const adminClientOperations: OperationTable = {
  CreateUserPoolClient: withoutEffect(
    CLIENT_LIMITATION,
    poolOperation(
      {
        ...clientShape,
        ClientName: required(resourceName),
        GenerateSecret: flag(),
        ClientSecret: clientSecret,
      },
      (pool, input) => {
        if (input.GenerateSecret && input.ClientSecret !== undefined) {
          throw invalidParameter('GenerateSecret and ClientSecret cannot both be set.');
        }
        const settings = onlyMembersOf({ ...clientShape, GenerateSecret: flag() }, input);
        return { UserPoolClient: clientOut(createClient(pool, settings, { secret: input.ClientSecret })) };
      },
    ),
    WITHOUT_EFFECT,
  ),

  DescribeUserPoolClient: poolOperation({ ClientId: required(clientId) }, (pool, input) => ({
    UserPoolClient: clientOut(findClient(pool.service, input.ClientId, pool)),
  })),

  // Absent members are reset to their defaults, as on AWS.
  UpdateUserPoolClient: withoutEffect(
    CLIENT_LIMITATION,
    poolOperation({ ...clientShape, ClientId: required(clientId) }, (pool, input) => {
      const client = findClient(pool.service, input.ClientId, pool);
      const settings: ClientSettings = onlyMembersOf(clientShape, input);
      const secret = secretsOf(client)[0]?.value;
      checkClientSettings(pool.settings, settings, secret);
      checkOAuthSettings(pool, settings, secret);
      checkClientAttributes(pool, settings, 'updating');
      const wasPublished = isPublished(client);
      client.settings = { ...settings, ClientName: settings.ClientName ?? client.settings.ClientName ?? '' };
      if (isPublished(client) && !wasPublished) rotateSecret(client);
      client.modifiedAt = pool.now();
      return { UserPoolClient: clientOut(client) };
    }),
    WITHOUT_EFFECT,
  ),

  DeleteUserPoolClient: poolOperation({ ClientId: required(clientId) }, (pool, input) => {
    deleteClient(findClient(pool.service, input.ClientId, pool));
    return {};
  }),

  ListUserPoolClients: poolOperation(
    { MaxResults: integer(1, LARGEST_PAGE), NextToken: pageToken, ClientType: oneOf('REGULAR', 'DCR') },
    (pool, input) => {
      const { items, next } = pageOf(pool.clients(), input.MaxResults ?? LARGEST_PAGE, input.NextToken);
      // No client registers itself here. As on AWS, the filter makes pages shorter, and not fewer.
      const found = input.ClientType === 'DCR' ? [] : items;
      const UserPoolClients = found.map((client) => ({
        ClientId: client.id,
        UserPoolId: pool.id,
        ClientName: client.settings.ClientName,
      }));
      return { UserPoolClients, NextToken: next };
    },
  ),
};

/** Cognito leaves out the flows and PreventUserExistenceErrors if they have their defaults because they were not set. */
function clientOut(client: AppClient): object {
  const { id, pool, settings, createdAt, modifiedAt } = client;
  const { GenerateSecret: _notTold, ...rest } = settings;
  return {
    EnableTokenRevocation: true,
    RefreshTokenValidity: 30,
    TokenValidityUnits: {},
    AuthSessionValidity: 3,
    AllowedOAuthFlowsUserPoolClient: false,
    EnablePropagateAdditionalUserContextData: false,
    ...rest,
    UserPoolId: pool.id,
    ClientId: id,
    ...(isPublished(client)
      ? { ClientSecretArn: publishedArn(client) }
      : { ClientSecret: secretsOf(client)[0]?.value }),
    CreationDate: createdAt / 1000,
    LastModifiedDate: modifiedAt / 1000,
  };
}
