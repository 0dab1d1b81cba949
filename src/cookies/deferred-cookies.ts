import type { OutgoingHttpHeader, ServerResponse } from 'node:http';

const DEFERRED: unique symbol = Symbol('express-cognito-kit deferred cookies');

interface Deferred {
  /** A `Set-Cookie` line. */
  readonly line: string;
  /** Whether a newer session has replaced the one of the cookie. */
  isOvertaken(): boolean;
}

/** By the name of the cookie. */
type Lines = Map<string, Deferred>;

/**
 * Adds cookies to the app's own response when its headers are sent, regardless of the app's changes to `Set-Cookie`
 * and `Cache-Control`. The response is not cached (RFC 9111 5.2.2.5). A cookie of the same name that the app sets
 * later wins. A cookie is left out if its session is overtaken by then: the app's response can take long.
 */
export function deferCookies(
  res: ServerResponse & { [DEFERRED]?: Lines },
  lines: readonly string[],
  isOvertaken: () => boolean = () => false,
): void {
  if (lines.length === 0) return;
  const known = res[DEFERRED];
  const deferred: Lines = known ?? new Map();
  for (const line of lines) deferred.set(nameOf(line), { line, isOvertaken });
  if (known !== undefined) return;
  res[DEFERRED] = deferred;
  const writeHead = res.writeHead as (...args: unknown[]) => ServerResponse;
  res.writeHead = function writeHeadWithCookies(this: ServerResponse, ...args: unknown[]): ServerResponse {
    // Headers passed to `writeHead` would override those that are set before it.
    const [status, ...rest] = takeHeaders(this, args);
    addCookies(this, deferred);
    return writeHead.call(this, status, ...rest);
  } as ServerResponse['writeHead'];
}

function addCookies(res: ServerResponse, deferred: Lines): void {
  const set = asList(res.getHeader('Set-Cookie'));
  const newer = new Set(set.map(nameOf));
  const missing = [...deferred]
    .filter(([name, { isOvertaken }]) => !newer.has(name) && !isOvertaken())
    .map(([, { line }]) => line);
  // Runs twice if several wrappers call `writeHead`, or if it throws and an error handler answers.
  if (missing.length > 0) res.setHeader('Set-Cookie', [...missing, ...set]);
  res.setHeader('Cache-Control', 'no-store');
}

/** Sets the headers among the arguments of `writeHead`, and returns the other arguments. */
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

/** Sets headers from a flat list or from pairs. A name may occur several times. */
function setFromList(res: ServerResponse, headers: readonly unknown[]): void {
  const flat = headers.flatMap((item) =>
    Array.isArray(item) && headers.every(Array.isArray) ? (item as unknown[]) : [item],
  );
  const names = flat.filter((_, index) => index % 2 === 0).map(String);
  for (const name of names) res.removeHeader(name);
  for (const [index, name] of names.entries()) {
    const value = flat[index * 2 + 1] as string | readonly string[];
    const known = res.getHeader(name);
    // Wrappers such as compression expect a string for a single header.
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
