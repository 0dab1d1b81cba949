import { type Check, check, mapOf } from '../shared/checks.ts';

/** Cognito's categories of operations that the kit calls. Each has a quota of requests per second. */
export const QUOTA_CATEGORIES = [
  'userAuthentication',
  'userCreation',
  'userAccountRecovery',
  'userRead',
  'userUpdate',
  'userToken',
  'userResourceRead',
  'userResourceUpdate',
] as const;
export type QuotaCategory = (typeof QUOTA_CATEGORIES)[number];

/** Maximum rates of calls to Cognito, in requests per second of one router, by Cognito's categories of operations. */
export interface CognitoRequestsPerSecond {
  /** Sign-ins and refreshes. Answers to challenges may reach three times the rate, as at Cognito. */
  userAuthentication?: number;
  /** Sign-ups and their confirmations. */
  userCreation?: number;
  /** Forgotten, changed and first passwords. */
  userAccountRecovery?: number;
  /** Reads of the profile, such as `GET /me` and `introspect`. */
  userRead?: number;
  /** Changes of the profile, verified addresses, deletions and sign-outs of all sessions. */
  userUpdate?: number;
  /** Revocations of refresh tokens, at sign-outs. */
  userToken?: number;
  /** Reads of devices, and codes that are sent again. */
  userResourceRead?: number;
  /** Second factors, changes of devices and feedback on sign-ins. */
  userResourceUpdate?: number;
}

const MIN_PER_SECOND = 0.1;
const MAX_PER_SECOND = 10_000;
const FIX = `write { ${QUOTA_CATEGORIES.join(', ')} }, each a number of requests per second from ${MIN_PER_SECOND} to ${MAX_PER_SECOND}`;

export const QUOTAS_CHECK: Check = mapOf(
  QUOTA_CATEGORIES,
  check((value) => typeof value === 'number' && value >= MIN_PER_SECOND && value <= MAX_PER_SECOND, FIX),
  FIX,
);
