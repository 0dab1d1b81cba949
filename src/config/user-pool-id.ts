import { optionError, quote } from '../shared/option-errors.ts';

/**
 * AWS's pattern (API reference, UserPoolType). It is wider than the pool ids of AWS, and admits those of local pools.
 */
const USER_POOL_ID = /^[\w-]+_[0-9A-Za-z]+$/;
const MAX_USER_POOL_ID_LENGTH = 55;

const AWS_REGION = /^[a-z]{2,4}(-[a-z]+)+-\d+$/;

/** Returns the error text for an invalid user pool id, or `undefined` for a well-formed one. */
export function userPoolIdError(value: unknown): string | undefined {
  if (value === undefined) {
    return 'userPoolId is missing; set the option, or COGNITO_USER_POOL_ID, to the "User pool ID", such as "us-east-1_AbCdEfGhI"';
  }
  if (typeof value === 'string' && value.length <= MAX_USER_POOL_ID_LENGTH && USER_POOL_ID.test(value))
    return;
  return `userPoolId is ${quote(value)}; write the "User pool ID" as the AWS console shows it, such as "us-east-1_AbCdEfGhI"`;
}

/** Returns a well-formed user pool id. Throws a `TypeError` for any other value. */
export function parseUserPoolId(value: unknown): string {
  const fault = userPoolIdError(value);
  if (fault !== undefined) throw optionError('userPoolId', fault);
  return value as string;
}

/** Returns the part of the id before the underscore: the AWS region, or the region name of a local pool. */
export function regionOf(userPoolId: string): string {
  return userPoolId.slice(0, userPoolId.lastIndexOf('_'));
}

/** Returns the host of Cognito's API. The European Sovereign Cloud has a suffix of its own. */
export function apiHost(region: string): string {
  const suffix = region.startsWith('eusc-') ? 'amazonaws.eu' : 'amazonaws.com';
  return `cognito-idp.${region}.${region.startsWith('cn-') ? 'amazonaws.com.cn' : suffix}`;
}

/** Cognito's API at AWS: its usual, FIPS and dual-stack names, and those of a VPC endpoint. The group is the region. */
const AWS_API =
  /^https:\/\/(?:vpce-[\w-]+\.)?cognito-idp(?:-fips)?\.([a-z\d-]+)(?:\.vpce)?\.(?:amazonaws\.(?:com|eu)|api\.aws)(?::443)?\/*$/i;

/** Returns the region of an endpoint at AWS, which may be that of a replica, or `undefined` for another server. */
export function awsRegionOf(endpoint: string): string | undefined {
  return AWS_API.exec(endpoint)?.[1]?.toLowerCase();
}

/** Whether the endpoint is another server than AWS, such as a local user pool. */
export function isEmulator(endpoint: string | undefined): endpoint is string {
  return endpoint !== undefined && awsRegionOf(endpoint) === undefined;
}

export function isAwsRegion(region: string): boolean {
  return AWS_REGION.test(region);
}
