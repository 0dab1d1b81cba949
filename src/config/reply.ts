import { validateHeaderName, validateHeaderValue } from 'node:http';
import { isObject, quote, unknownName } from '../shared/option-errors.ts';

/** A response of a hook, with one of `json`, `html`, `text` and `redirect`, or with an empty body. */
export interface ReplyOptions {
  /** 200 to 299. A redirect is a 303, and an error is a `ProblemError`. Default: 200, or 204 without a body. */
  status?: number | undefined;
  /** Further headers. The kit sends cookies, `Cache-Control: no-store` and the length itself. Default: none. */
  headers?: Readonly<Record<string, string>> | undefined;
  /** A JSON body. */
  json?: unknown;
  /** An HTML page. Escape values of the request in it. */
  html?: string | undefined;
  /** A body of plain text. */
  text?: string | undefined;
  /** The location of a redirect: a path or an http(s) URL, percent-encoded. Do not take it from the request. */
  redirect?: string | undefined;
}

/** The ESM and CommonJS builds each have this module, and a hook may call either of them. */
const REPLY: unique symbol = Symbol.for('express-cognito-kit reply');

/** A response that a hook has made with `reply()`. */
export interface Reply {
  /** The HTTP status. */
  readonly status: number;
  /** The response headers. */
  readonly headers: Readonly<Record<string, string>>;
  /** The body as text. */
  readonly body: string;
  readonly [REPLY]: true;
}

const CONTENT_TYPES = {
  json: 'application/json; charset=utf-8',
  html: 'text/html; charset=utf-8',
  text: 'text/plain; charset=utf-8',
} as const;
type BodyKind = keyof typeof CONTENT_TYPES;

const KINDS = ['json', 'html', 'text', 'redirect'] as const;
const NAMES = ['status', 'headers', ...KINDS];

/** Other redirects may repeat the request, password included, at the new location (RFC 9110 15.4). */
const SEE_OTHER = 303;
const WITHOUT_BODY: readonly number[] = [204, 205];

/** They frame the message, hold cookies, or let a cache keep a response with tokens. */
const OWN_HEADERS: Readonly<Record<string, string>> = {
  'set-cookie': 'the cookies of the endpoint are sent all the same, and req.res.cookie() adds others',
  'cache-control': 'the response is never cached',
  location: 'write redirect',
  'content-length': 'it is computed',
  'transfer-encoding': 'Node sets it',
  connection: 'Node sets it',
};

/**
 * Returns a response for a hook of `hooks.response` to return. The cookies of the endpoint are sent with it.
 *
 * @throws TypeError for an invalid member; the message says how to fix it
 * @example
 * createCognitoRouter({ hooks: { response: { signIn: () => reply({ redirect: '/dashboard' }) } } });
 */
export function reply(options: ReplyOptions): Reply {
  if (!isObject(options)) throw wrong(`reply was called with ${quote(options)}; pass an object`);
  const unknown = unknownName('reply', Object.keys(options), NAMES);
  if (unknown !== undefined) throw wrong(unknown);
  const { headers = {}, status } = options as ReplyOptions;
  const given = KINDS.filter((kind) => options[kind] !== undefined);
  if (given.length > 1) throw wrong(`reply has ${given.join(' and ')}; leave all but one of them out`);
  const [kind] = given;
  checkHeaders(headers);
  if (kind === 'redirect') {
    if (status !== undefined && status !== SEE_OTHER) {
      throw wrong('reply.status is set with redirect; leave it out, because a redirect is a 303');
    }
    return replyOf(SEE_OTHER, { ...headers, Location: location(options.redirect) }, '');
  }
  checkStatus(status, kind);
  if (kind === undefined) return replyOf(status ?? 204, headers, '');
  const own = { 'Content-Type': CONTENT_TYPES[kind], 'X-Content-Type-Options': 'nosniff' };
  return replyOf(status ?? 200, { ...own, ...headers }, text(kind, options[kind]));
}

export function isReply(value: object): value is Reply {
  return REPLY in value;
}

function replyOf(status: number, headers: Readonly<Record<string, string>>, body: string): Reply {
  return Object.freeze({ status, headers, body, [REPLY]: true } as const);
}

function checkStatus(status: number | undefined, kind: BodyKind | undefined): void {
  if (status === undefined) return;
  if (!Number.isInteger(status) || status < 200 || status > 299) {
    throw wrong(`reply.status is ${quote(status)}; write 200 to 299, or throw a ProblemError for an error`);
  }
  if (kind !== undefined && WITHOUT_BODY.includes(status)) {
    throw wrong(`reply.status is ${status}, which has no body; leave ${kind} out, or write another status`);
  }
}

/** Not quoted, because the body may have tokens. */
function text(kind: BodyKind, value: unknown): string {
  const body: unknown = kind === 'json' ? JSON.stringify(value) : value;
  if (typeof body === 'string') return body;
  throw wrong(`reply.${kind} is not ${kind === 'json' ? 'a JSON value' : 'a string'}; write one`);
}

const LOCATION = /^(https?:\/\/[\x21-\x7e]+|(?![a-z][a-z0-9+.-]*:)[\x21-\x7e]+)$/i;

function location(redirect: unknown): string {
  if (typeof redirect === 'string' && LOCATION.test(redirect)) return redirect;
  throw wrong('reply.redirect is not a location; write a path or an http(s) URL, encoded with encodeURI()');
}

function checkHeaders(headers: unknown): void {
  if (!isObject(headers)) throw wrong('reply.headers is not an object; write { name: value }');
  for (const [name, value] of Object.entries(headers)) {
    const reason = OWN_HEADERS[name.toLowerCase()];
    if (reason !== undefined) throw wrong(`reply.headers has ${quote(name)}; leave it out: ${reason}`);
    if (!isHeader(name, value)) {
      throw wrong(
        `reply.headers has an invalid ${quote(name)}; write a header name, and a string without line breaks`,
      );
    }
  }
}

function isHeader(name: string, value: unknown): boolean {
  try {
    validateHeaderName(name);
    validateHeaderValue(name, value as string);
    return typeof value === 'string';
  } catch {
    return false;
  }
}

function wrong(message: string): TypeError {
  return new TypeError(`express-cognito-kit: ${message}. See docs/customize.md#responses`);
}
