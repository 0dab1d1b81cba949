import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';

export type EncryptionContext = Readonly<Record<string, string>>;

/** A data key for one message. */
interface DataKey {
  readonly plain: Buffer;
  /** The key as KMS encrypts it, which `unwrapDataKey` reads. */
  readonly wrapped: Buffer;
}

export const KMS_KEY_BYTES = 32;
const IV_BYTES = 12;
const TAG_BYTES = 16;

/** Creates a data key that belongs to a KMS key and an encryption context, as GenerateDataKey does. */
export function newDataKey(kmsKey: Buffer, keyArn: string, context: EncryptionContext): DataKey {
  const plain = randomBytes(32);
  const iv = randomBytes(IV_BYTES);
  const cipher = createCipheriv('aes-256-gcm', kmsKey, iv, { authTagLength: TAG_BYTES });
  cipher.setAAD(canonical(keyArn, context));
  const sealed = Buffer.concat([cipher.update(plain), cipher.final()]);
  return { plain, wrapped: Buffer.concat([iv, cipher.getAuthTag(), sealed, Buffer.from(keyArn)]) };
}

/** Returns a data key and the ARN of its KMS key, or undefined for other bytes or another encryption context. */
export function unwrapDataKey(
  kmsKey: Buffer,
  wrapped: Buffer,
  context: EncryptionContext,
): { readonly plain: Buffer; readonly keyArn: string } | undefined {
  const afterTag = IV_BYTES + TAG_BYTES;
  const afterKey = afterTag + 32;
  if (wrapped.length < afterKey) return undefined;
  const keyArn = wrapped.toString('utf8', afterKey);
  const iv = wrapped.subarray(0, IV_BYTES);
  const decipher = createDecipheriv('aes-256-gcm', kmsKey, iv, { authTagLength: TAG_BYTES });
  decipher.setAuthTag(wrapped.subarray(IV_BYTES, afterTag));
  decipher.setAAD(canonical(keyArn, context));
  try {
    const plain = Buffer.concat([decipher.update(wrapped.subarray(afterTag, afterKey)), decipher.final()]);
    return { plain, keyArn };
  } catch {
    return undefined;
  }
}

function canonical(keyArn: string, context: EncryptionContext): Buffer {
  const entries = Object.entries(context).sort(([a], [b]) => (a < b ? -1 : 1));
  return Buffer.from(JSON.stringify([keyArn, entries]));
}
