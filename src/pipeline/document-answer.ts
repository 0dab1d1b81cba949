import { createHash } from 'node:crypto';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import type { Request, Response } from 'express';

interface Rendering {
  readonly json: Buffer;
  readonly etag: string;
  compressed?: Promise<Buffer>;
}

const compress = promisify(gzip);
const renderings = new WeakMap<object, Rendering>();

/** Sends a large document that rarely changes. It is serialized and compressed once, and has an ETag. */
export async function sendDocument(document: object, req: Request, res: Response): Promise<void> {
  const rendering = renderings.get(document) ?? render(document);
  renderings.set(document, rendering);
  res.setHeader('Content-Type', 'application/json; charset=utf-8');
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
    res.end(rendering.json);
    return;
  }
  rendering.compressed ??= compress(rendering.json);
  const compressed = await rendering.compressed;
  res.setHeader('Content-Encoding', 'gzip');
  res.end(compressed);
}

function render(document: object): Rendering {
  const json = Buffer.from(JSON.stringify(document));
  const hash = createHash('sha256').update(json).digest('base64url').slice(0, 22);
  // Weak, because it is the same for the compressed form.
  return { json, etag: `W/"${hash}"` };
}
