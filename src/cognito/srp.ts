import { createHash, createHmac, hkdfSync, randomBytes } from 'node:crypto';
import { G, N, padded, power } from './srp-group.ts';

/**
 * Cognito's variant of the Secure Remote Password protocol (RFC 5054 with SHA-256 and HKDF). The client proves the
 * password without sending it. The kit is the client, and the local user pool is the server.
 */

const K = hashToInt(padded(N), padded(G));

/** Bytes of the secret exponents. RFC 5054 2.5.4 requires at least 256 bits. */
const EXPONENT_BYTES = 32;

const HKDF_INFO = 'Caldera Derived Key';
const KEY_BYTES = 16;

/** A user with a password (pool name and user name), or a remembered device with a secret (device group and key). */
export interface SrpIdentity {
  readonly group: string;
  readonly name: string;
  readonly password: string;
}

/** The ephemeral key pair of one side. `secret` is kept, and `shared` is sent in hex. */
export interface SrpKeyPair {
  readonly secret: bigint;
  readonly shared: bigint;
}

/** Creates the client's key pair. Its `shared` is sent as `SRP_A`. */
export function clientKeyPair(secret: bigint = randomExponent()): SrpKeyPair {
  return { secret, shared: power(G, secret) };
}

/** Returns the verifier g^x, which the server stores in place of the password. */
export function verifierOf(
  identity: SrpIdentity,
  salt: bigint,
  powerOfG: (exponent: bigint) => bigint = (exponent) => power(G, exponent),
): bigint {
  return powerOfG(privateExponent(identity, salt));
}

/** Creates the server's key pair. Its `shared` is sent as `SRP_B`. */
export function serverKeyPair(verifier: bigint, secret: bigint = randomExponent()): SrpKeyPair {
  return { secret, shared: (K * verifier + power(G, secret)) % N };
}

/** Derives the shared key on the client. Throws a `RangeError` for an invalid `B`. */
export function clientKey(
  identity: SrpIdentity,
  salt: bigint,
  client: SrpKeyPair,
  serverShared: bigint,
): Buffer {
  refuseZero(serverShared);
  const u = scrambler(client.shared, serverShared);
  const x = privateExponent(identity, salt);
  const base = (serverShared - ((K * power(G, x)) % N) + N) % N;
  return deriveKey(power(base, client.secret + u * x), u);
}

/** Derives the shared key on the server. Throws a `RangeError` for an invalid `A`. */
export function serverKey(verifier: bigint, server: SrpKeyPair, clientShared: bigint): Buffer {
  refuseZero(clientShared);
  const u = scrambler(clientShared, server.shared);
  return deriveKey(power((clientShared * power(verifier, u)) % N, server.secret), u);
}

/** Returns `PASSWORD_CLAIM_SIGNATURE`, the proof that the client has the key, in base64. */
export function claimSignature(
  key: Buffer,
  identity: Pick<SrpIdentity, 'group' | 'name'>,
  secretBlock: string,
  timestamp: string,
): string {
  return createHmac('sha256', key)
    .update(identity.group)
    .update(identity.name)
    .update(Buffer.from(secretBlock, 'base64'))
    .update(timestamp)
    .digest('base64');
}

const DAYS = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'];
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** Returns `TIMESTAMP`, such as `Sun Nov 1 01:02:03 UTC 2026`. Cognito refuses a zero-padded day, such as `01`. */
export function claimTimestamp(date: Date): string {
  const time = date.toISOString().slice(11, 19);
  return `${DAYS[date.getUTCDay()]} ${MONTHS[date.getUTCMonth()]} ${date.getUTCDate()} ${time} UTC ${date.getUTCFullYear()}`;
}

/** Parses a number in hex, with or without leading zeros. Throws a `RangeError` for other text. */
export function parseHex(hex: string): bigint {
  if (!/^[0-9a-f]{1,2048}$/i.test(hex)) throw new RangeError('Not a number in hex.');
  return BigInt(`0x${hex}`);
}

/** Returns the part of a user pool ID that Cognito hashes. */
export function srpPoolName(userPoolId: string): string {
  return userPoolId.slice(userPoolId.indexOf('_') + 1);
}

function randomExponent(): bigint {
  return BigInt(`0x${randomBytes(EXPONENT_BYTES).toString('hex')}`);
}

function refuseZero(shared: bigint): void {
  if (shared % N === 0n) throw new RangeError('An SRP key is zero.');
}

function scrambler(clientShared: bigint, serverShared: bigint): bigint {
  return hashToInt(padded(clientShared), padded(serverShared));
}

function privateExponent({ group, name, password }: SrpIdentity, salt: bigint): bigint {
  const inner = createHash('sha256').update(`${group}${name}:${password}`).digest();
  return hashToInt(padded(salt), inner);
}

function deriveKey(secret: bigint, u: bigint): Buffer {
  return Buffer.from(hkdfSync('sha256', padded(secret), padded(u), HKDF_INFO, KEY_BYTES));
}

function hashToInt(...parts: readonly Buffer[]): bigint {
  return BigInt(`0x${createHash('sha256').update(Buffer.concat(parts)).digest('hex')}`);
}
