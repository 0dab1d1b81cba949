import { createHash } from 'node:crypto';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import type { Request, Response } from 'express';

/** A body that is the same for every client, with its ETag. */
export interface Rendering {
  readonly body: Buffer;
  readonly type: string;
  readonly etag: string;
  compressed?: Promise<Buffer>;
}

const compress = promisify(gzip);
const renderings = new WeakMap<object, Rendering>();

/** Sends a large document that rarely changes. It is serialized and compressed once, and has an ETag. */
export async function sendDocument(document: object, req: Request, res: Response): Promise<void> {
  const rendering =
    renderings.get(document) ?? render(JSON.stringify(document), 'application/json; charset=utf-8');
  renderings.set(document, rendering);
  await sendRendering(rendering, req, res);
}

/** Sends a body that is compressed once, or 304 to a client that has it. */
export async function sendRendering(rendering: Rendering, req: Request, res: Response): Promise<void> {
  res.setHeader('Content-Type', rendering.type);
  res.setHeader('Cache-Control', 'no-cache');
  res.setHeader('ETag', rendering.etag);
  res.vary('Accept-Encoding');
  res.statusCode = 200;
  if (req.fresh) {
    res.statusCode = 304;
    res.removeHeader('Content-Type');
    res.end();
    return;
  }
  if (req.acceptsEncodings('gzip', 'identity') !== 'gzip') {
    res.end(rendering.body);
    return;
  }
  rendering.compressed ??= compress(rendering.body);
  const compressed = await rendering.compressed;
  res.setHeader('Content-Encoding', 'gzip');
  res.end(compressed);
}

/** Returns the body with its ETag. */
export function render(content: string | Buffer, type: string): Rendering {
  const body = Buffer.from(content);
  const hash = createHash('sha256').update(body).digest('base64url').slice(0, 22);
  // Weak, because it is the same for the compressed form.
  return { body, type, etag: `W/"${hash}"` };
}
