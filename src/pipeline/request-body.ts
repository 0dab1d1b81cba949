import { isUtf8 } from 'node:buffer';
import type { Request } from 'express';
import type { Hint } from '../shared/hint.ts';
import { type Problem, problem } from '../shared/problem.ts';
import { frozen } from '../tokens/refusals.ts';
import type { BodyFormat, ReadBody } from './body-format.ts';

/** Maximum size of a body in bytes. */
export const MAX_BODY_BYTES: number = 16 * 1024;

interface BodySettings {
  readonly forms: boolean;
}

const UTF8 = '\\s*(?:;\\s*charset\\s*=\\s*(?:utf-8|"utf-8")\\s*)?$';
const JSON_TYPE = new RegExp(`^application/json${UTF8}`, 'i');
const FORM_TYPE = new RegExp(`^application/x-www-form-urlencoded${UTF8}`, 'i');
const ANY_FORM = /^(?:application\/x-www-form-urlencoded|multipart\/form-data)\b/i;

const FORM_REFUSED: Problem = frozen(problem('unsupported_media_type'));
const MULTIPART_REFUSED: Problem = frozen(
  problem('unsupported_media_type', {
    detail: 'A form must be application/x-www-form-urlencoded in UTF-8, and not multipart/form-data.',
  }),
);
const FORM_OR_JSON: Problem = frozen(
  problem('unsupported_media_type', {
    detail: 'The body must be application/json or application/x-www-form-urlencoded in UTF-8.',
  }),
);
const FORM_HINT: Hint =
  'the body is that of an HTML form: set forms: true to accept such bodies, or send JSON. See docs/customize.md#forms';

/** Returns the log hint for a refused media type. */
export function bodyHint(refusal: Problem | undefined): Hint | undefined {
  return refusal === FORM_REFUSED ? FORM_HINT : undefined;
}

/** Whether the body is that of an HTML form, which a page of another site can send without a preflight. */
export function isForm(req: Request, { forms }: BodySettings): boolean {
  return forms && FORM_TYPE.test(req.headers['content-type'] ?? '');
}

/**
 * Reads the body, or takes the one that the app's own parser has read. It does not use `express.json`: its
 * errors carry the raw body with the password in it, and it answers an oversized body only after its last
 * byte. The body is removed from `req.body`, where a logger could find it.
 */
export async function readBody(req: Request, settings: BodySettings): Promise<ReadBody> {
  const refused = refusedByHeaders(req, settings);
  if (refused) return { problem: refused };
  if (!hasBody(req)) return { body: {}, format: 'json' };
  const format = isForm(req, settings) ? await loadForm() : JSON_FORMAT;
  const given: unknown = req.body;
  if (given !== undefined && req.readableEnded) return takeParsed(given, req, format);
  const bytes = await readBytes(req);
  return Buffer.isBuffer(bytes) ? parse(bytes, format) : { problem: bytes };
}

const JSON_FORMAT: BodyFormat = {
  parse(text) {
    try {
      return { body: JSON.parse(text) as unknown, format: 'json' };
    } catch {
      return { problem: problem('invalid_json') };
    }
  },
  take: (body) => ({ body, format: 'json' }),
  notUtf8: frozen(problem('invalid_json')),
};

/** Loaded with the first form, so an app without forms does not pay for the parser. */
async function loadForm(): Promise<BodyFormat> {
  return (await import('./form-body.ts')).FORM;
}

function hasBody(req: Request): boolean {
  const length = req.headers['content-length'];
  return req.headers['transfer-encoding'] !== undefined || (length !== undefined && Number(length) > 0);
}

function refusedByHeaders(req: Request, settings: BodySettings): Problem | undefined {
  if (!hasBody(req)) return undefined;
  const mediaType = req.headers['content-type'] ?? '';
  if (!JSON_TYPE.test(mediaType) && !isForm(req, settings)) return refusedType(mediaType, settings);
  const encoding = req.headers['content-encoding'];
  if (encoding !== undefined && encoding.toLowerCase() !== 'identity') {
    return problem('unsupported_media_type', { detail: 'The body must not be compressed.' });
  }
  if (Number(req.headers['content-length'] ?? 0) > MAX_BODY_BYTES) return problem('body_too_large');
  return undefined;
}

function refusedType(mediaType: string, { forms }: BodySettings): Problem {
  if (forms) return ANY_FORM.test(mediaType) ? MULTIPART_REFUSED : FORM_OR_JSON;
  return FORM_TYPE.test(mediaType) ? FORM_REFUSED : problem('unsupported_media_type');
}

function takeParsed(body: unknown, req: Request, format: BodyFormat): ReadBody {
  if (typeof body === 'string') return parse(Buffer.from(body), format);
  if (Buffer.isBuffer(body)) return parse(body, format);
  // The declared length was checked above. A chunked body that the app has parsed can only be measured again.
  if (req.headers['content-length'] === undefined && byteLength(body) > MAX_BODY_BYTES) {
    return { problem: problem('body_too_large') };
  }
  return format.take(body);
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

function parse(bytes: Buffer, format: BodyFormat): ReadBody {
  if (bytes.length === 0) return { body: {}, format: 'json' };
  if (bytes.length > MAX_BODY_BYTES) return { problem: problem('body_too_large') };
  return isUtf8(bytes) ? format.parse(bytes.toString()) : { problem: format.notUtf8 };
}
