import { isAwsRegion, isEmulator, regionOf } from '../config/user-pool-id.ts';
import { optionError, quote, stringList, wrongOption } from '../shared/option-errors.ts';

/** A JSON Web Key Set (RFC 7517 5), as served at `<issuer>/.well-known/jwks.json`. */
export interface Jwks {
  /** The keys, each a JSON Web Key. */
  readonly keys: readonly object[];
}

/** The options that describe a trusted pool. */
export interface PoolSource {
  readonly userPoolId: string;
  /** App clients whose tokens are accepted. `null` accepts those of all clients. */
  readonly clientIds: readonly string[] | null;
  readonly endpoint?: string | undefined;
  readonly issuer?: string | readonly string[] | undefined;
  readonly jwksUri?: string | undefined;
  readonly jwks?: Jwks | undefined;
}

/** A user pool whose tokens are accepted. Plain data. */
export interface TrustedPool {
  readonly userPoolId: string;
  readonly clientIds: readonly string[] | null;
  /** The accepted values of `iss`, each with the URL of its keys. */
  readonly issuers: readonly TrustedIssuer[];
  /** Configured keys. With them, no keys are fetched. */
  readonly jwks: Jwks | undefined;
}

export interface TrustedIssuer {
  readonly issuer: string;
  readonly jwksUri: string;
}

/**
 * Derives the issuers and the URLs of their keys. Throws a `TypeError` for a malformed or unsafe URL, and for a pool ID
 * without an AWS region if no other server is configured.
 */
export function trustedPool(source: PoolSource): TrustedPool {
  const { userPoolId, clientIds, endpoint, jwksUri, jwks } = source;
  if (endpoint !== undefined) checkUrl('endpoint', endpoint);
  if (jwksUri !== undefined) checkUrl('jwksUri', jwksUri);
  if (jwks !== undefined && jwksUri !== undefined) {
    throw optionError('jwks', 'jwks and jwksUri are both set; remove one of them');
  }
  const issuers = acceptedIssuers(source).map((issuer) => {
    // With keys from elsewhere, the issuer is only compared.
    if (jwks === undefined && jwksUri === undefined) checkUrl('issuer', issuer);
    return { issuer, jwksUri: jwksUri ?? `${withoutTrailingSlash(issuer)}/.well-known/jwks.json` };
  });
  return { userPoolId, clientIds, issuers, jwks };
}

function acceptedIssuers({ userPoolId, endpoint, issuer }: PoolSource): readonly string[] {
  if (issuer !== undefined) return stringList('issuer', issuer, /./, 'write one URL or a list of them');
  // AWS issues the same tokens whichever of its names an API call uses.
  if (isEmulator(endpoint)) {
    return [`${withoutTrailingSlash(endpoint)}/${userPoolId}`];
  }
  checkAwsRegion(userPoolId);
  // A pool's IssuerConfiguration is ORIGINAL or UPDATED. During a change, both kinds of tokens are valid.
  return [
    originalIssuer(userPoolId),
    `https://issuer-cognito-idp.${regionOf(userPoolId)}.amazonaws.com/${userPoolId}`,
  ];
}

/** Returns the issuer of a pool with the IssuerConfiguration ORIGINAL. */
export function originalIssuer(userPoolId: string): string {
  return `https://cognito-idp.${regionOf(userPoolId)}.amazonaws.com/${userPoolId}`;
}

function checkAwsRegion(userPoolId: string): void {
  const region = regionOf(userPoolId);
  if (isAwsRegion(region)) return;
  throw optionError(
    'userPoolId',
    `userPoolId is ${quote(userPoolId)}, and ${quote(region)} is not an AWS region; write the "User pool ID" as the AWS console shows it, or set endpoint (or COGNITO_ENDPOINT) if the pool is not in AWS`,
  );
}

export function withoutTrailingSlash(url: string): string {
  return url.replace(/\/+$/, '');
}

/**
 * Refuses http:// outside private networks, because an attacker who can change the keys in transit can forge tokens.
 */
function checkUrl(name: string, value: unknown): void {
  const url = typeof value === 'string' ? parseUrl(value) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol) || url.search !== '' || url.hash !== '') {
    throw wrongOption(
      name,
      value,
      'write an absolute URL without query or fragment, such as "https://id.example.com"',
    );
  }
  if (url.username !== '' || url.password !== '') {
    throw optionError(name, `${name} contains a user name or password; remove it from the URL`);
  }
  if (url.protocol === 'http:' && !isPrivateHost(url.hostname)) {
    throw wrongOption(
      name,
      value,
      'write https://, because http:// is allowed for loopback and private hosts only',
    );
  }
}

function parseUrl(value: string): URL | undefined {
  return URL.canParse(value) ? new URL(value) : undefined;
}

/**
 * Accepts loopback, private addresses (RFC 1918, RFC 4193), and names outside the public DNS. Such names are single
 * labels, such as a Compose service, and reserved ones (RFC 6761, RFC 6762, `.internal`).
 */
function isPrivateHost(host: string): boolean {
  if (/^\[(::1|f[cd][0-9a-f]{2}:.*)\]$/.test(host)) return true;
  if (/^\d+\.\d+\.\d+\.\d+$/.test(host)) {
    return /^(127|10)\.|^192\.168\.|^172\.(1[6-9]|2\d|3[01])\./.test(host);
  }
  return /^[^.:[\]]+$/.test(host) || /\.(localhost|local|internal|test)$/.test(host);
}
