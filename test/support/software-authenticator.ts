import { createHash, generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto';

/** Options of `navigator.credentials.create` that an authenticator needs, as JSON. */
export interface CreationOptions {
  readonly rp: { readonly id: string };
  readonly challenge: string;
}

/** Options of `navigator.credentials.get` that an authenticator needs, as JSON. */
export interface RequestOptions {
  readonly rpId: string;
  readonly challenge: string;
  readonly allowCredentials: readonly { readonly id: string }[];
}

/** Deviations of a forged response. */
export interface Deviations {
  readonly origin?: string;
  readonly rpId?: string;
  readonly challenge?: string;
  readonly type?: string;
  readonly id?: string;
  readonly userVerified?: boolean;
  readonly userPresent?: boolean;
  readonly counter?: number;
}

interface Key {
  readonly privateKey: KeyObject;
  readonly cose: Buffer;
}

/** A browser and an authenticator with one passkey, without any checks. */
export class SoftwareAuthenticator {
  readonly id: string = randomBytes(16).toString('base64url');
  readonly #origin: string;
  readonly #key: Key;
  #counter = 0;

  constructor({ origin = 'http://localhost:3000', algorithm = 'ES256' as keyof typeof KEYS } = {}) {
    this.#origin = origin;
    this.#key = KEYS[algorithm]();
  }

  /** Returns a RegistrationResponseJSON. */
  create(options: CreationOptions, how: Deviations = {}) {
    const id = Buffer.from(this.id, 'base64url');
    const length = Buffer.alloc(2);
    length.writeUInt16BE(id.length);
    const attested = Buffer.concat([Buffer.alloc(16), length, id, this.#key.cose]);
    const authData = Buffer.concat([this.#authenticatorData(options.rp.id, how, ATTESTED), attested]);
    return {
      ...this.#credential(how),
      authenticatorAttachment: 'platform',
      clientExtensionResults: { credProps: { rk: true } },
      response: {
        clientDataJSON: this.#clientData('webauthn.create', options.challenge, how).toString('base64url'),
        attestationObject: map([
          [text('fmt'), text('none')],
          [text('attStmt'), map([])],
          [text('authData'), bytes(authData)],
        ]).toString('base64url'),
        transports: ['internal'],
      },
    };
  }

  /** Returns an AuthenticationResponseJSON. */
  get(options: RequestOptions, how: Deviations = {}) {
    const authData = this.#authenticatorData(options.rpId, how);
    const clientData = this.#clientData('webauthn.get', options.challenge, how);
    const signed = Buffer.concat([authData, createHash('sha256').update(clientData).digest()]);
    return {
      ...this.#credential(how),
      clientExtensionResults: {},
      response: {
        clientDataJSON: clientData.toString('base64url'),
        authenticatorData: authData.toString('base64url'),
        signature: sign('sha256', signed, this.#key.privateKey).toString('base64url'),
      },
    };
  }

  #credential({ id = this.id }: Deviations) {
    return { id, rawId: id, type: 'public-key' };
  }

  #clientData(type: string, challenge: string, how: Deviations): Buffer {
    const data = { type, challenge, origin: this.#origin, crossOrigin: false };
    const { type: otherType = type, challenge: otherChallenge = challenge, origin = data.origin } = how;
    return Buffer.from(JSON.stringify({ ...data, type: otherType, challenge: otherChallenge, origin }));
  }

  #authenticatorData(rpId: string, how: Deviations, more = 0): Buffer {
    const { userPresent = true, userVerified = true, counter = ++this.#counter } = how;
    const rest = Buffer.alloc(5);
    rest.writeUInt8((userPresent ? PRESENT : 0) | (userVerified ? VERIFIED : 0) | more);
    rest.writeUInt32BE(counter, 1);
    return Buffer.concat([
      createHash('sha256')
        .update(how.rpId ?? rpId)
        .digest(),
      rest,
    ]);
  }
}

/** The flags of authenticator data. */
const PRESENT = 0x01;
const VERIFIED = 0x04;
const ATTESTED = 0x40;

/** Keys by algorithm, with the public half as COSE_Key (RFC 9053). */
const KEYS = {
  ES256: (): Key => ecKey('P-256', -7, 1),
  ES384: (): Key => ecKey('P-384', -35, 2),
  RS256: (): Key => {
    const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const { n = '', e = '' } = publicKey.export({ format: 'jwk' });
    const cose = map([
      [integer(1), integer(3)],
      [integer(3), integer(-257)],
      [integer(-1), bytes(Buffer.from(n, 'base64url'))],
      [integer(-2), bytes(Buffer.from(e, 'base64url'))],
    ]);
    return { privateKey, cose };
  },
} as const;

function ecKey(namedCurve: string, algorithm: number, curve: number): Key {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve });
  const { x = '', y = '' } = publicKey.export({ format: 'jwk' });
  const cose = map([
    [integer(1), integer(2)],
    [integer(3), integer(algorithm)],
    [integer(-1), integer(curve)],
    [integer(-2), bytes(Buffer.from(x, 'base64url'))],
    [integer(-3), bytes(Buffer.from(y, 'base64url'))],
  ]);
  return { privateKey, cose };
}

// The part of CBOR (RFC 8949) that a passkey needs.

function head(major: number, value: number): Buffer {
  if (value < 24) return Buffer.from([(major << 5) | value]);
  if (value < 0x100) return Buffer.from([(major << 5) | 24, value]);
  return Buffer.from([(major << 5) | 25, value >> 8, value & 0xff]);
}

function integer(value: number): Buffer {
  return value < 0 ? head(1, -1 - value) : head(0, value);
}

function bytes(value: Buffer): Buffer {
  return Buffer.concat([head(2, value.length), value]);
}

function text(value: string): Buffer {
  return Buffer.concat([head(3, value.length), Buffer.from(value)]);
}

function map(entries: readonly (readonly [Buffer, Buffer])[]): Buffer {
  return Buffer.concat([head(5, entries.length), ...entries.flat()]);
}
