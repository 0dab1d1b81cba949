import {
  type ClientPartList,
  type CopiedSettings,
  CREATED_AFTER_CLIENTS,
  CREATED_BY,
  copiedClient,
  copiedPool,
  knownPart,
} from '../copy/pool-copy.ts';
import { detailsWithoutSecrets } from '../copy/provider-details.ts';
import { usableParts } from '../copy/usable-parts.ts';
import { isPublished, secretsOf } from '../model/client-secrets.ts';
import type { AppClient, UserPool } from '../model/pool.ts';
import { WHOLE_POOL } from '../model/risk-configuration.ts';
import type { User } from '../model/user.ts';
import { withoutStandIns } from '../triggers/lambda-config.ts';
import { enabledMfa } from '../users/mfa.ts';
import type { NewUser } from '../users/seed.ts';
import type { Member } from '../wire/input.ts';
import type { LocalSeed, SeedClient, SeedPool } from './seed.ts';

/** Options of `exportSeed`. */
export interface ExportOptions {
  /** Includes the client secrets; app clients get new ones from the seed otherwise. Default: false. */
  readonly withSecrets?: boolean;
}

const PARTS = [...Object.keys({ ...CREATED_BY, ...CREATED_AFTER_CLIENTS }), 'users', 'LambdaConfig'];

/** Describes pools as a seed. Passwords, authenticator secrets and secrets of identity providers are not part of it. */
export function seedOf(pools: readonly UserPool[], options: ExportOptions = {}): LocalSeed {
  const seed = { pools: pools.map((pool) => seedPoolOf(pool, options)) };
  return JSON.parse(JSON.stringify(seed, withoutEmptyParts)) as LocalSeed;
}

/** A file for people has no empty lists. That of the app clients means that there is none. */
function withoutEmptyParts(name: string, value: unknown): unknown {
  const isEmpty = typeof value === 'object' && value !== null && Object.keys(value).length === 0;
  return isEmpty && PARTS.includes(name) ? undefined : value;
}

function seedPoolOf(pool: UserPool, options: ExportOptions): SeedPool {
  const { LambdaConfig, ...settings } = pool.settings;
  return {
    userPoolId: pool.id,
    defaults: 'cognito',
    pool: known(copiedPool, { ...settings, LambdaConfig: withoutStandIns(LambdaConfig) }),
    appClients: pool.clients().map((client) => seedClientOf(client, options)),
    identityProviders: [...pool.identityProviders.values()].map((provider) => ({
      ProviderName: provider.name,
      ProviderType: provider.type,
      ProviderDetails: detailsWithoutSecrets(provider.details, provider.type),
      AttributeMapping: provider.attributeMapping,
      IdpIdentifiers: provider.identifiers,
      AcrMapping: provider.acrMapping,
    })),
    resourceServers: [...pool.resourceServers.values()].map(({ identifier, name, scopes }) => ({
      Identifier: identifier,
      Name: name,
      Scopes: scopes,
    })),
    groups: [...pool.groups.values()].map(({ name, description, roleArn, precedence }) => ({
      GroupName: name,
      Description: description,
      RoleArn: roleArn,
      Precedence: precedence,
    })),
    domains: [...pool.domains.values()].map((domain) => ({
      Domain: domain.name,
      ManagedLoginVersion: domain.managedLoginVersion,
      CustomDomainConfig: domain.customDomainConfig,
      Routing: domain.routing,
    })),
    ...usableParts(pool, partsOfClients(pool)),
    users: pool.users.all().flatMap((user) => seedUserOf(pool, user) ?? []),
  };
}

function seedClientOf(client: AppClient, { withSecrets = false }: ExportOptions): SeedClient {
  const [secret] = secretsOf(client);
  return {
    clientId: client.id,
    ...(withSecrets && secret && !isPublished(client) && { clientSecret: secret.value }),
    settings: known(copiedClient, { ...client.settings, ...(secret && { GenerateSecret: true }) }),
  };
}

function partsOfClients(pool: UserPool): Record<ClientPartList, CopiedSettings[]> {
  return {
    clientSessions: pool
      .clients()
      .flatMap(({ id, ssoMinutes }) =>
        ssoMinutes === undefined ? [] : { ClientId: id, SSOSession: { MaxValidityMinutes: ssoMinutes } },
      ),
    riskConfigurations: [...pool.riskConfigurations].map(([id, { settings }]) => ({
      ...(id !== WHOLE_POOL && { ClientId: id }),
      ...settings,
    })),
    uiCustomizations: [...pool.uiCustomizations].map(([id, { css, image }]) => ({
      ClientId: id,
      CSS: css,
      ImageFile: image,
    })),
    terms: [...pool.terms.values()].map((each) => ({
      ClientId: each.clientId,
      TermsName: each.name,
      TermsSource: each.source,
      Enforcement: each.enforcement,
      Links: each.links,
    })),
  };
}

/** Returns undefined for a user without a sign-in name of the pool, such as one of an identity provider. */
function seedUserOf({ settings }: UserPool, user: User): NewUser | undefined {
  const { status, sub, enabled } = user;
  const { identities: _links, ...attributes } = Object.fromEntries(user.attributes);
  const addresses = settings.UsernameAttributes ?? [];
  const address = ['email', 'phone_number'].find(
    (name) => addresses.some((each) => each === name) && attributes[name],
  );
  const username = addresses.length === 0 ? user.username : address && attributes[address];
  if (username === undefined || status === 'EXTERNAL_PROVIDER') return undefined;
  // A seed verifies the addresses that have no flag.
  for (const name of ['email', 'phone_number'])
    if (attributes[name] !== undefined) attributes[`${name}_verified`] ??= 'false';
  const mfa = enabledMfa(user).filter((method) => method !== 'SOFTWARE_TOKEN_MFA');
  return {
    username,
    sub,
    ...(status !== 'CONFIRMED' && { status }),
    ...(!enabled && { enabled }),
    attributes,
    ...(user.groups.size > 0 && { groups: [...user.groups] }),
    ...(mfa.length > 0 && { mfa }),
  };
}

/** Leaves out what CreateUserPool and CreateUserPoolClient do not take. */
function known(member: Member<unknown>, value: object): CopiedSettings {
  return knownPart(member, value, '', []) as CopiedSettings;
}
