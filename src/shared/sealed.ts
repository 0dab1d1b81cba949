import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto';

const CIPHER = 'aes-256-gcm';
const KEY_BYTES = 32;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
/** Milliseconds since 1970, as a double. */
const EXPIRY_BYTES = 8;

/** Encrypts and authenticates content that passes through a browser and expires. */
export interface Seal {
  /** Seals the content. It opens for the same `purpose` only. `expiresAt` is in milliseconds since 1970. */
  seal(content: string, purpose: string, expiresAt: number): string;
  /** Returns the content, or `undefined` if it is forged, expired or sealed for another purpose. */
  open(sealed: string, purpose: string, now?: number): string | undefined;
}

/** Creates a seal. The first secret seals, and any of them opens, to allow rotation. */
export function createSeal(secrets: readonly [string, ...string[]], clientId: string): Seal {
  const [newest, ...older] = secrets;
  const keyOf = (secret: string): Buffer => sealingKey(secret, clientId, 'express-cognito-kit cookie');
  const sealing = keyOf(newest);
  const opening = [sealing, ...older.map(keyOf)];
  return {
    seal(content, purpose, expiresAt) {
      const expiry = Buffer.alloc(EXPIRY_BYTES);
      expiry.writeDoubleBE(expiresAt);
      return sealBytes(sealing, Buffer.concat([expiry, Buffer.from(content)]), purpose);
    },
    open(sealed, purpose, now = Date.now()) {
      for (const key of opening) {
        const bytes = openBytes(key, sealed, purpose);
        if (bytes) return now < bytes.readDoubleBE() ? bytes.toString('utf8', EXPIRY_BYTES) : undefined;
      }
      return;
    },
  };
}

/** Derives a key for one use of a secret (HKDF with SHA-256, RFC 5869). */
export function sealingKey(secret: string | Buffer, clientId: string, use: string): Buffer {
  return Buffer.from(hkdfSync('sha256', secret, clientId, use, KEY_BYTES));
}

/** Encrypts with AES-256-GCM, in base64url. `openBytes` needs the same `context`. */
export function sealBytes(key: Buffer, content: Buffer, context: string): string {
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv(CIPHER, key, nonce).setAAD(Buffer.from(context));
  const sealed = Buffer.concat([cipher.update(content), cipher.final()]);
  return Buffer.concat([nonce, sealed, cipher.getAuthTag()]).toString('base64url');
}

export function openBytes(key: Buffer, sealed: string, context: string): Buffer | undefined {
  const bytes = Buffer.from(sealed, 'base64url');
  if (bytes.length < NONCE_BYTES + TAG_BYTES || bytes.toString('base64url') !== sealed) return undefined;
  const decipher = createDecipheriv(CIPHER, key, bytes.subarray(0, NONCE_BYTES), { authTagLength: TAG_BYTES })
    .setAAD(Buffer.from(context))
    .setAuthTag(bytes.subarray(-TAG_BYTES));
  try {
    return Buffer.concat([decipher.update(bytes.subarray(NONCE_BYTES, -TAG_BYTES)), decipher.final()]);
  } catch {
    return undefined;
  }
}
