import { isAwsRegion, regionOf } from '../config/user-pool-id.ts';
import { optionError, quote, stringList, wrongOption } from '../shared/option-errors.ts';

/** A JSON Web Key Set (RFC 7517 5), as `<issuer>/.well-known/jwks.json` serves it. */
export interface Jwks {
  readonly keys: readonly object[];
}

/** Where a pool is and how its tokens look; every member but the id has a default. */
export interface PoolSource {
  readonly userPoolId: string;
  /** App clients whose tokens are accepted; `null` accepts those of every client of the pool. */
  readonly clientIds: readonly string[] | null;
  readonly endpoint?: string | undefined;
  readonly issuer?: string | readonly string[] | undefined;
  readonly jwksUri?: string | undefined;
  readonly jwks?: Jwks | undefined;
}

/** A pool whose tokens are accepted, with everything that decides about them. Plain data. */
export interface TrustedPool {
  readonly userPoolId: string;
  readonly clientIds: readonly string[] | null;
  /** The values of `iss` that are accepted, each with the place of its keys. */
  readonly issuers: readonly TrustedIssuer[];
  /** The keys themselves; none are fetched then. */
  readonly jwks: Jwks | undefined;
}

export interface TrustedIssuer {
  readonly issuer: string;
  readonly jwksUri: string;
}

/**
 * Derives the issuers and the places of their keys. Throws a `TypeError` for a URL that is malformed or
 * not safe to fetch keys from, and for a pool id without an AWS region where AWS is to be asked.
 */
export function trustedPool(source: PoolSource): TrustedPool {
  const { userPoolId, clientIds, endpoint, jwksUri, jwks } = source;
  if (endpoint !== undefined) checkUrl('endpoint', endpoint);
  if (jwksUri !== undefined) checkUrl('jwksUri', jwksUri);
  if (jwks !== undefined && jwksUri !== undefined) {
    throw optionError('jwks and jwksUri are both set; leave one of them out');
  }
  const issuers = acceptedIssuers(source).map((issuer) => {
    // Where the keys come from elsewhere, the issuer is a name to compare with, and no more.
    if (jwks === undefined && jwksUri === undefined) checkUrl('issuer', issuer);
    return { issuer, jwksUri: jwksUri ?? `${withoutTrailingSlash(issuer)}/.well-known/jwks.json` };
  });
  return { userPoolId, clientIds, issuers, jwks };
}

function acceptedIssuers({ userPoolId, endpoint, issuer }: PoolSource): readonly string[] {
  if (issuer !== undefined) return stringList('issuer', issuer, /./, 'write one URL or a list of them');
  if (endpoint !== undefined) return [`${withoutTrailingSlash(endpoint)}/${userPoolId}`];
  checkAwsRegion(userPoolId);
  // A pool's IssuerConfiguration is ORIGINAL or UPDATED, and both may be met while it is being changed.
  return [
    originalIssuer(userPoolId),
    `https://issuer-cognito-idp.${regionOf(userPoolId)}.amazonaws.com/${userPoolId}`,
  ];
}

/** The issuer of a pool in AWS that is not set to have the newer one. */
export function originalIssuer(userPoolId: string): string {
  return `https://cognito-idp.${regionOf(userPoolId)}.amazonaws.com/${userPoolId}`;
}

function checkAwsRegion(userPoolId: string): void {
  const region = regionOf(userPoolId);
  if (isAwsRegion(region)) return;
  throw optionError(
    `userPoolId is ${quote(userPoolId)}, and ${quote(region)} is no AWS region; write the "User pool ID" as the AWS console shows it, or set endpoint (or COGNITO_ENDPOINT) if the pool is not in AWS`,
  );
}

export function withoutTrailingSlash(url: string): string {
  return url.replace(/\/+$/, '');
}

/** Whoever can change the keys on their way can make tokens, so plain HTTP must not leave the private network. */
function checkUrl(name: string, value: unknown): void {
  const url = typeof value === 'string' ? parseUrl(value) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol) || url.search !== '' || url.hash !== '') {
    throw wrongOption(
      name,
      value,
      'write a whole URL without query or fragment, such as "https://id.example.com"',
    );
  }
  if (url.username !== '' || url.password !== '') {
    throw optionError(`${name} holds a user name or password; leave it out of the URL`);
  }
  if (url.protocol === 'http:' && !isPrivateHost(url.hostname)) {
    throw wrongOption(name, value, 'write https://, since http:// is for loopback and private hosts only');
  }
}

function parseUrl(value: string): URL | undefined {
  return URL.canParse(value) ? new URL(value) : undefined;
}

/**
 * Loopback, private addresses (RFC 1918, RFC 4193) and names that the public DNS does not have:
 * those of one label, such as a Compose service, and the reserved ones (RFC 6761, RFC 6762, `.internal`).
 */
function isPrivateHost(host: string): boolean {
  if (/^\[(::1|f[cd][0-9a-f]{2}:.*)\]$/.test(host)) return true;
  if (/^\d+\.\d+\.\d+\.\d+$/.test(host)) {
    return /^(127|10)\.|^192\.168\.|^172\.(1[6-9]|2\d|3[01])\./.test(host);
  }
  return /^[^.:[\]]+$/.test(host) || /\.(localhost|local|internal|test)$/.test(host);
}
