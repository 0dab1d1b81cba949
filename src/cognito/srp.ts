import { createHash, createHmac, hkdfSync, randomBytes } from 'node:crypto';
import { G, N, padded, power } from './srp-group.ts';

/**
 * Cognito's variant of the Secure Remote Password protocol (RFC 5054 with SHA-256 and HKDF): the password is
 * proved and never sent. The kit is the client of it; the local user pool is the server.
 */

const K = hashToInt(padded(N), padded(G));

/** Bytes of the secret exponents; RFC 5054 2.5.4 asks for 256 bits at least. */
const EXPONENT_BYTES = 32;

const HKDF_INFO = 'Caldera Derived Key';
const KEY_BYTES = 16;

/** A user with a password, or a remembered device with its secret: pool name or device group, then name or key. */
export interface SrpIdentity {
  readonly group: string;
  readonly name: string;
  readonly password: string;
}

/** One side's ephemeral key pair: `secret` is kept, `shared` is sent as hex. */
export interface SrpKeyPair {
  readonly secret: bigint;
  readonly shared: bigint;
}

/** A new key pair of the client: `shared` goes out as `SRP_A`. */
export function clientKeyPair(secret: bigint = randomExponent()): SrpKeyPair {
  return { secret, shared: power(G, secret) };
}

/** What the server keeps in place of the password: g^x. */
export function verifierOf(identity: SrpIdentity, salt: bigint): bigint {
  return power(G, privateExponent(identity, salt));
}

/** A new key pair of the server: `shared` goes out as `SRP_B`. */
export function serverKeyPair(verifier: bigint, secret: bigint = randomExponent()): SrpKeyPair {
  return { secret, shared: (K * verifier + power(G, secret)) % N };
}

/** The key that both sides have in the end, as the client finds it. Throws a `RangeError` for a `B` that is no key. */
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

/** The same key, as the server finds it. Throws a `RangeError` for an `A` that is no key. */
export function serverKey(verifier: bigint, server: SrpKeyPair, clientShared: bigint): Buffer {
  refuseZero(clientShared);
  const u = scrambler(clientShared, server.shared);
  return deriveKey(power((clientShared * power(verifier, u)) % N, server.secret), u);
}

/** `PASSWORD_CLAIM_SIGNATURE`: the proof that the client has the key, in base64. */
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

/** `TIMESTAMP`, such as `Sun Nov 1 01:02:03 UTC 2026`. A day of two digits, `01`, is refused by Cognito. */
export function claimTimestamp(date: Date): string {
  const time = date.toISOString().slice(11, 19);
  return `${DAYS[date.getUTCDay()]} ${MONTHS[date.getUTCMonth()]} ${date.getUTCDate()} ${time} UTC ${date.getUTCFullYear()}`;
}

/** Hex as Cognito sends it, with or without leading zeros. Throws a `RangeError` for what is no hex. */
export function parseHex(hex: string): bigint {
  if (!/^[0-9a-f]{1,2048}$/i.test(hex)) throw new RangeError('Not a number in hex.');
  return BigInt(`0x${hex}`);
}

/** The part of a user pool id that Cognito hashes. */
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
