import { invalidParameter } from '../model/errors.ts';
import type { UserPool } from '../model/pool.ts';
import type { PoolDomain } from '../model/pool-resources.ts';
import { requireTier } from '../model/settings-rules.ts';
import { poolOfDomain } from '../users/pools.ts';
import { integer, oneOf, required, structure, text } from '../wire/input.ts';
import { arn } from '../wire/pool-members.ts';
import { limited } from './limitations.ts';
import { adminOperation, type OperationTable, poolOperation } from './operation.ts';

const PREFIX = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;
const RESERVED = ['aws', 'amazon', 'cognito'];
const LOCAL_ADDRESS = 'Managed login answers below the path of that name at the local address, too.';
const CLOUD_FRONT = 'd111111abcdef8.cloudfront.net';

const domainShape = {
  Domain: required(text({ min: 1, max: 63 })),
  ManagedLoginVersion: integer(1, 2),
  CustomDomainConfig: structure({
    CertificateArn: required(arn),
    SecurityPolicy: oneOf('TLS_V1', 'TLS_V1_2_2021', 'TLS_V1_3_2025'),
  }),
  Routing: structure({
    Failover: structure({
      SecondaryRegion: required(text({ min: 5, max: 32 })),
      PrimaryRoute53HealthCheckId: required(text({ max: 64 })),
    }),
  }),
};

/** The domains of managed login. Its pages answer below the path of that name. */
export const domainOperations: OperationTable = {
  CreateUserPoolDomain: limited(
    LOCAL_ADDRESS,
    poolOperation(domainShape, (pool, input) => {
      const { Domain: name, CustomDomainConfig: customDomainConfig, Routing: routing } = input;
      if (!customDomainConfig) checkPrefix(name);
      checkVersion(pool, input.ManagedLoginVersion);
      if (poolOfDomain(pool.service, name)) {
        throw invalidParameter('Domain already associated with another user pool.');
      }
      const isCustom = customDomainConfig !== undefined;
      if (has(pool, (each) => (each.customDomainConfig !== undefined) === isCustom)) {
        throw invalidParameter('User pool already has a domain configured.');
      }
      const domain: PoolDomain = {
        name,
        managedLoginVersion: input.ManagedLoginVersion ?? 1,
        ...(customDomainConfig && { customDomainConfig }),
        ...(routing && { routing }),
      };
      pool.domains.set(name, domain);
      return changedOut(domain);
    }),
  ),

  DescribeUserPoolDomain: adminOperation({ Domain: domainShape.Domain }, (service, input) => {
    const pool = poolOfDomain(service, input.Domain);
    const domain = pool?.domains.get(input.Domain);
    // AWS describes an unknown domain with an empty structure.
    if (!pool || !domain) return { DomainDescription: {} };
    return {
      DomainDescription: {
        UserPoolId: pool.id,
        AWSAccountId: '000000000000',
        Domain: domain.name,
        S3Bucket: 'local',
        CloudFrontDistribution: CLOUD_FRONT,
        Version: '1',
        Status: 'ACTIVE',
        CustomDomainConfig: domain.customDomainConfig ?? {},
        ManagedLoginVersion: domain.managedLoginVersion,
        Routing: domain.routing,
      },
    };
  }),

  UpdateUserPoolDomain: limited(
    LOCAL_ADDRESS,
    poolOperation(domainShape, (pool, input) => {
      const domain = findDomain(pool, input.Domain);
      if (input.CustomDomainConfig && !domain.customDomainConfig) {
        throw invalidParameter('CustomDomainConfig can only be set for a custom domain.');
      }
      checkVersion(pool, input.ManagedLoginVersion);
      const updated: PoolDomain = {
        ...domain,
        managedLoginVersion: input.ManagedLoginVersion ?? domain.managedLoginVersion,
        ...(input.CustomDomainConfig && { customDomainConfig: input.CustomDomainConfig }),
        ...(input.Routing && { routing: input.Routing }),
      };
      pool.domains.set(domain.name, updated);
      return changedOut(updated);
    }),
  ),

  DeleteUserPoolDomain: poolOperation({ Domain: domainShape.Domain }, (pool, input) => {
    pool.domains.delete(findDomain(pool, input.Domain).name);
    return {};
  }),
};

/** The members of DescribeUserPool that name the pool's domains. */
export function domainsOf({ domains }: UserPool): { Domain?: string; CustomDomain?: string } {
  const all = [...domains.values()];
  const prefix = all.find(({ customDomainConfig }) => !customDomainConfig);
  const custom = all.find(({ customDomainConfig }) => customDomainConfig);
  return { ...(prefix && { Domain: prefix.name }), ...(custom && { CustomDomain: custom.name }) };
}

function checkPrefix(name: string): void {
  if (!PREFIX.test(name)) {
    throw invalidParameter(
      'The domain name contains an invalid character. Domain names can only contain lower-case letters, numbers, and hyphens. ' +
        'Please enter a different name that follows this format: ^[a-z0-9](?:[a-z0-9\\-]{0,61}[a-z0-9])?$',
    );
  }
  const parts = name.split('-');
  const reserved = RESERVED.find((word) => parts.includes(word));
  if (reserved) throw invalidParameter(`Domain cannot contain reserved word: ${reserved}`);
}

function checkVersion({ settings }: UserPool, version: number | undefined): void {
  if (version === 2) requireTier(settings, 'ESSENTIALS', 'Managed Login Version 2');
}

function has({ domains }: UserPool, test: (domain: PoolDomain) => boolean): boolean {
  return [...domains.values()].some(test);
}

function findDomain(pool: UserPool, name: string): PoolDomain {
  const domain = pool.domains.get(name);
  if (!domain) throw invalidParameter('No such domain or user pool exists.');
  return domain;
}

function changedOut({ customDomainConfig, managedLoginVersion, routing }: PoolDomain): object {
  return {
    ManagedLoginVersion: managedLoginVersion,
    ...(customDomainConfig && { CloudFrontDomain: CLOUD_FRONT }),
    ...(routing && { Routing: routing }),
  };
}
