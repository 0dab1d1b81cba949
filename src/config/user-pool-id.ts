import { optionError, quote } from '../shared/option-errors.ts';

/** AWS's own pattern for the id (API reference, UserPoolType), so that the ids of local pools pass too. */
const USER_POOL_ID = /^[\w-]+_[0-9A-Za-z]+$/;
const MAX_USER_POOL_ID_LENGTH = 55;

const AWS_REGION = /^[a-z]{2,4}(-[a-z]+)+-\d+$/;

/** What is wrong with a user pool id and what to write instead, or `undefined` if it is well-formed. */
export function userPoolIdError(value: unknown): string | undefined {
  if (value === undefined) {
    return 'userPoolId is missing; set the option, or COGNITO_USER_POOL_ID, to the "User pool ID", such as "us-east-1_AbCdEfGhI"';
  }
  if (typeof value === 'string' && value.length <= MAX_USER_POOL_ID_LENGTH && USER_POOL_ID.test(value))
    return;
  return `userPoolId is ${quote(value)}; write the "User pool ID" as the AWS console shows it, such as "us-east-1_AbCdEfGhI"`;
}

/** The id, if it is one. Throws a `TypeError` otherwise. */
export function parseUserPoolId(value: unknown): string {
  const fault = userPoolIdError(value);
  if (fault !== undefined) throw optionError(fault);
  return value as string;
}

/** The part of the id before the underscore: the AWS region, or whatever name a local pool has there. */
export function regionOf(userPoolId: string): string {
  return userPoolId.slice(0, userPoolId.lastIndexOf('_'));
}

export function isAwsRegion(region: string): boolean {
  return AWS_REGION.test(region);
}
