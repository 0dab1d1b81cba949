import { isUtf8 } from 'node:buffer';
import type { Request } from 'express';
import { type Problem, problem } from '../shared/problem.ts';

/** Maximum size of a body in bytes. */
export const MAX_BODY_BYTES: number = 16 * 1024;

/** A parsed body, or the reason why it was refused. */
export type ReadBody = { readonly body: unknown } | { readonly problem: Problem };

const MEDIA_TYPE = /^application\/json\s*(?:;\s*charset\s*=\s*(?:utf-8|"utf-8")\s*)?$/i;

/**
 * Reads a JSON body, or takes the one that the app's own parser has read. It does not use `express.json`: its
 * errors carry the raw body with the password in it, and it answers an oversized body only after its last
 * byte. The body is removed from `req.body`, where a logger could find it.
 */
export async function readJsonBody(req: Request): Promise<ReadBody> {
  const refused = refusedByHeaders(req);
  if (refused) return { problem: refused };
  if (!hasBody(req)) return { body: {} };
  const given: unknown = req.body;
  if (given !== undefined && req.readableEnded) return takeParsed(given, req);
  const bytes = await readBytes(req);
  return Buffer.isBuffer(bytes) ? parse(bytes) : { problem: bytes };
}

function hasBody(req: Request): boolean {
  const length = req.headers['content-length'];
  return req.headers['transfer-encoding'] !== undefined || (length !== undefined && Number(length) > 0);
}

function refusedByHeaders(req: Request): Problem | undefined {
  if (!hasBody(req)) return undefined;
  if (!MEDIA_TYPE.test(req.headers['content-type'] ?? '')) return problem('unsupported_media_type');
  const encoding = req.headers['content-encoding'];
  if (encoding !== undefined && encoding.toLowerCase() !== 'identity') {
    return problem('unsupported_media_type', { detail: 'The body must not be compressed.' });
  }
  if (Number(req.headers['content-length'] ?? 0) > MAX_BODY_BYTES) return problem('body_too_large');
  return undefined;
}

function takeParsed(body: unknown, req: Request): ReadBody {
  if (typeof body === 'string') return parse(Buffer.from(body));
  if (Buffer.isBuffer(body)) return parse(body);
  // The declared length was checked above. A chunked body that the app has parsed can only be measured again.
  if (req.headers['content-length'] === undefined && byteLength(body) > MAX_BODY_BYTES) {
    return { problem: problem('body_too_large') };
  }
  return { body };
}

function byteLength(value: unknown): number {
  try {
    return Buffer.byteLength(JSON.stringify(value) ?? '');
  } catch {
    return Number.POSITIVE_INFINITY;
  }
}

/** Returns the bytes, or a problem as soon as there is one: an endless body is not awaited. */
function readBytes(req: Request): Promise<Buffer | Problem> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    let length = 0;
    const onData = (chunk: Buffer | string): void => {
      const bytes = Buffer.from(chunk);
      length += bytes.length;
      if (length > MAX_BODY_BYTES) settle(problem('body_too_large'));
      else chunks.push(bytes);
    };
    const onEnd = (): void => settle(Buffer.concat(chunks));
    const onFault = (): void => settle(problem('invalid_request', { detail: 'The body could not be read.' }));
    const settle = (result: Buffer | Problem): void => {
      // The stream keeps flowing, so that a client that is still sending can read the response. The error
      // listener stays: a connection that breaks later must not end the process.
      req.off('data', onData).off('end', onEnd).off('close', onFault);
      resolve(result);
    };
    if (req.readableEnded || req.destroyed) onFault();
    else req.on('data', onData).on('end', onEnd).on('close', onFault).on('error', onFault);
  });
}

function parse(bytes: Buffer): ReadBody {
  if (bytes.length === 0) return { body: {} };
  if (bytes.length > MAX_BODY_BYTES) return { problem: problem('body_too_large') };
  if (!isUtf8(bytes)) return { problem: problem('invalid_json') };
  try {
    return { body: JSON.parse(bytes.toString()) as unknown };
  } catch {
    return { problem: problem('invalid_json') };
  }
}
