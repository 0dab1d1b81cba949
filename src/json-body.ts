import { isUtf8 } from 'node:buffer';
import express, { type Request, type RequestHandler, type Response } from 'express';
import { type Problem, problem } from './problem.ts';

/** The largest body that is read, in bytes. */
export const MAX_BODY_BYTES = 16 * 1024;

const MEDIA_TYPE = /^application\/json\s*(?:;\s*charset\s*=\s*"?utf-8"?\s*)?$/i;

const NOT_UTF8 = 'not UTF-8';

const parse: RequestHandler = express.json({
  limit: MAX_BODY_BYTES,
  inflate: false,
  strict: false,
  // The media type was looked at before; the parser must not skip a body that it finds odd.
  type: () => true,
  verify: (_req, _res, bytes) => {
    if (!isUtf8(bytes)) throw new Error(NOT_UTF8);
  },
});

/**
 * Reads a JSON body, or takes the one that a parser of the app's has read already. Every fault becomes a
 * problem here: the parser's own errors carry the raw body, with the password in it, and must go no further.
 */
export function readJsonBody(req: Request, res: Response): Promise<{ body: unknown } | { problem: Problem }> {
  const refused = refusedByHeaders(req);
  if (refused) return Promise.resolve({ problem: refused });
  const given: unknown = req.body;
  if (given !== undefined && req.readableEnded) return Promise.resolve(takeParsed(given, req));
  if (!hasBody(req)) return Promise.resolve({ body: {} });
  return new Promise((resolve) => {
    void parse(req, res, (error?: unknown) => {
      if (error !== undefined && error !== null) resolve({ problem: parserProblem(error) });
      else resolve(takeParsed(req.body, req));
    });
  });
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

function takeParsed(body: unknown, req: Request): { body: unknown } | { problem: Problem } {
  if (body === undefined) return { body: {} };
  if (typeof body === 'string' || Buffer.isBuffer(body)) return parseText(body);
  // A length was checked above; a chunked body that the app has parsed can only be measured again.
  if (req.headers['content-length'] === undefined && byteLength(body) > MAX_BODY_BYTES) {
    return { problem: problem('body_too_large') };
  }
  return { body };
}

function parseText(text: string | Buffer): { body: unknown } | { problem: Problem } {
  if (Buffer.byteLength(text) > MAX_BODY_BYTES) return { problem: problem('body_too_large') };
  if (Buffer.isBuffer(text) && !isUtf8(text)) return { problem: problem('invalid_json') };
  try {
    return { body: JSON.parse(text.toString()) as unknown };
  } catch {
    return { problem: problem('invalid_json') };
  }
}

function byteLength(value: unknown): number {
  try {
    return Buffer.byteLength(JSON.stringify(value) ?? '');
  } catch {
    return Number.POSITIVE_INFINITY;
  }
}

function parserProblem(error: unknown): Problem {
  const type = (error as { type?: unknown }).type;
  if (type === 'entity.too.large') return problem('body_too_large');
  if (type === 'charset.unsupported' || type === 'encoding.unsupported')
    return problem('unsupported_media_type');
  if (type === 'entity.parse.failed' || type === 'entity.verify.failed') return problem('invalid_json');
  return problem('invalid_request', { detail: 'The body could not be read.' });
}
