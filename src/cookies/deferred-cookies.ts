import type { OutgoingHttpHeader, ServerResponse } from 'node:http';

const DEFERRED: unique symbol = Symbol('express-cognito-kit late cookies');

/** `Set-Cookie` lines by the name of the cookie. */
type Lines = Map<string, string>;

/**
 * Puts cookies on an answer that is the app's own, at the last moment: whatever the app does with `Set-Cookie` and
 * `Cache-Control` until then, the cookies are on it, and no cache keeps it (RFC 9111 5.2.2.5). A cookie of the same name
 * that was set since is the newer one, and stays.
 */
export function deferCookies(res: ServerResponse & { [DEFERRED]?: Lines }, lines: readonly string[]): void {
  if (lines.length === 0) return;
  const known = res[DEFERRED];
  const late: Lines = known ?? new Map();
  for (const line of lines) late.set(nameOf(line), line);
  if (known !== undefined) return;
  res[DEFERRED] = late;
  const writeHead = res.writeHead as (...args: unknown[]) => ServerResponse;
  res.writeHead = function writeHeadWithCookies(this: ServerResponse, ...args: unknown[]): ServerResponse {
    // With arguments of its own, `writeHead` would write over what is set before it.
    const [status, ...rest] = takeHeaders(this, args);
    addCookies(this, late);
    return writeHead.call(this, status, ...rest);
  } as ServerResponse['writeHead'];
}

function addCookies(res: ServerResponse, late: Lines): void {
  const set = asList(res.getHeader('Set-Cookie'));
  const newer = new Set(set.map(nameOf));
  const missing = [...late].filter(([name]) => !newer.has(name)).map(([, line]) => line);
  // It may come to this twice: where two wrap `writeHead`, and where it throws and an error handler answers instead.
  if (missing.length > 0) res.setHeader('Set-Cookie', [...missing, ...set]);
  res.setHeader('Cache-Control', 'no-store');
}

/** The arguments of `writeHead`, less the headers among them, which are set. */
function takeHeaders(res: ServerResponse, args: readonly unknown[]): readonly unknown[] {
  const at = typeof args[1] === 'string' ? 2 : 1;
  const headers = args[at] ?? args[2];
  if (Array.isArray(headers)) setFromList(res, headers);
  else if (typeof headers === 'object' && headers !== null) {
    for (const [name, value] of Object.entries(headers)) {
      if (value !== undefined) res.setHeader(name, value as string | string[]);
    }
  }
  return args.slice(0, at);
}

/** Names and values by turns, or in pairs; one name can be there several times. */
function setFromList(res: ServerResponse, headers: readonly unknown[]): void {
  const flat = headers.flatMap((item) =>
    Array.isArray(item) && headers.every(Array.isArray) ? (item as unknown[]) : [item],
  );
  const names = flat.filter((_, index) => index % 2 === 0).map(String);
  for (const name of names) res.removeHeader(name);
  for (const [index, name] of names.entries()) {
    const value = flat[index * 2 + 1] as string | readonly string[];
    const known = res.getHeader(name);
    // What wraps the answer, such as compression, expects text in a header that is there once.
    res.setHeader(name, known === undefined ? value : [...asList(known), ...asList(value)]);
  }
}

function asList(header: OutgoingHttpHeader | readonly string[] | undefined): readonly string[] {
  if (header === undefined) return [];
  return typeof header === 'object' ? header : [String(header)];
}

function nameOf(line: string): string {
  return line.slice(0, line.indexOf('='));
}
