import type { IncomingMessage, ServerResponse } from 'node:http';
import type { CookieSettings } from '../config/transport.ts';
import { isProblem, type Problem, ProblemError } from '../shared/problem.ts';
import { AMBIGUOUS_COOKIE } from '../tokens/refusals.ts';

/** The cookies of a request and of its response, by short name: `access` for `__Host-auth-access`. */
export interface CookieJar {
  /** Returns the value, or the problem of a request with ambiguous cookies. */
  read(name: string): string | Problem | undefined;
  /** Returns the value. Throws a `ProblemError` for a request with ambiguous cookies. */
  get(name: string): string | undefined;
  /** Returns the values with this name in a request with ambiguous cookies, 4 at most and none in chunks. */
  ambiguous(name: string): readonly string[];
  /** Returns the names in the request that start with the prefix. */
  names(prefix: string): readonly string[];
  /**
   * Sets a cookie for `maxAge` seconds, or until the browser ends. Throws `CookiesTooLong` if a request could not carry
   * the cookies.
   */
  set(name: string, value: string, maxAge: number | 'session'): void;
  clear(name: string): void;
  /** Returns a function that undoes all later changes. */
  checkpoint(): () => void;
  /** Whether the cookie is set or cleared by the response. */
  changes(name: string): boolean;
  /** Discards the changes if the condition holds when they are applied. */
  applyUnless(condition: () => boolean): void;
  /** Writes the changes to the response, once, with `Cache-Control: no-store`. */
  apply(res: ServerResponse): void;
  /** Applies the changes to the request itself, once, and returns them as `Set-Cookie` lines. */
  adopt(): readonly string[];
}

/** Browsers limit name, value and attributes together to 4,096 bytes (RFC 6265bis 5.7). */
const CHUNK_LENGTH = 3800;
/**
 * Limit of all values in one response. Node limits the headers of a request, which has other headers too, to 16 KiB.
 */
const MAX_CHARACTERS = 12 * 1024;
const MAX_CHUNKS = 4;
/** A sign-out asks Cognito for each of them. */
const MAX_AMBIGUOUS = 4;

/** The first chunk starts with the count: `3~eyJ...`. The others are `name.1` and `name.2`. Tokens contain no `~`. */
const CHUNKED = /^([2-4])~/;
const CHUNK_NAME = /^(.*)\.[1-3]$/;

/** The cookies exceed the size that a request can carry. */
export class CookiesTooLong extends Error {
  override readonly name = 'CookiesTooLong';
}

interface Written {
  readonly value: string;
  /** A `Set-Cookie` line. */
  readonly line: string;
}

type Received = ReadonlyMap<string, string> | Problem;

export function createCookieJar(req: IncomingMessage, settings: CookieSettings): CookieJar {
  const { prefix, attributes } = settings;
  let received: Received | undefined;
  let parsedHeader: string | undefined;
  /** By short name. */
  const written = new Map<string, Written>();
  let isOvertaken = (): boolean => false;
  const setCookies = (): string[] => [...written.values()].map(({ line }) => line);

  const inRequest = (): Received => {
    const header = req.headers.cookie ?? '';
    // An automatic refresh replaces the cookies of the request.
    if (received === undefined || header !== parsedHeader) received = parseCookies(header, prefix);
    parsedHeader = header;
    return received;
  };

  function read(name: string): string | Problem | undefined {
    const found = inRequest();
    if (isProblem(found)) return found;
    const first = found.get(name);
    const count = Number(first === undefined ? 1 : (CHUNKED.exec(first)?.[1] ?? 1));
    if (first === undefined || count === 1) return first === undefined ? undefined : decoded(first);
    const chunks = [first.slice(2)];
    for (let index = 1; index < count; index++) {
      const chunk = found.get(`${name}.${index}`);
      if (chunk === undefined) return undefined;
      chunks.push(chunk);
    }
    return decoded(chunks.join(''));
  }

  /** Managed login redirects from another site, where a browser omits strict cookies. */
  const attributesOf = (name: string): string =>
    name.startsWith('login.') ? attributes.replace('SameSite=Strict', 'SameSite=Lax') : attributes;

  function write(name: string, value: string, maxAge: number | 'session'): void {
    const age = maxAge === 'session' ? '' : `; Max-Age=${Math.max(0, Math.floor(maxAge))}`;
    written.set(name, { value, line: `${prefix}${name}=${value}${age}${attributesOf(name)}` });
    const characters = [...written.values()].reduce((sum, { value }) => sum + value.length, 0);
    if (characters > MAX_CHARACTERS) throw new CookiesTooLong('The cookies are too long.');
  }

  /** Clears the remaining chunks of an earlier, longer value. */
  function clearChunks(name: string, from: number): void {
    const found = inRequest();
    for (let index = from; index < MAX_CHUNKS; index++) {
      const chunk = `${name}.${index}`;
      if (isProblem(found) || found.has(chunk) || written.has(chunk)) write(chunk, '', 0);
    }
  }

  return {
    read,
    get(name) {
      const value = read(name);
      if (isProblem(value)) throw new ProblemError(value);
      return value;
    },
    ambiguous(name) {
      if (!isProblem(inRequest())) return [];
      const start = `${prefix}${name}=`;
      const pairs = (req.headers.cookie ?? '').split(';').map((pair) => pair.trim());
      const values = pairs.filter((pair) => pair.startsWith(start)).map((pair) => pair.slice(start.length));
      const whole = [...new Set(values)].filter((value) => value !== '' && !CHUNKED.test(value));
      return whole.slice(0, MAX_AMBIGUOUS).map(decoded);
    },
    names(start) {
      const found = inRequest();
      if (isProblem(found)) return [];
      return [...found.keys()].filter((name) => name.startsWith(start) && !CHUNK_NAME.test(name));
    },
    set(name, value, maxAge) {
      const text = encoded(value);
      const count = Math.ceil(text.length / CHUNK_LENGTH) || 1;
      for (let index = 0; index < count; index++) {
        const chunk = text.slice(index * CHUNK_LENGTH, (index + 1) * CHUNK_LENGTH);
        const first = count === 1 ? chunk : `${count}~${chunk}`;
        write(index === 0 ? name : `${name}.${index}`, index === 0 ? first : chunk, maxAge);
      }
      clearChunks(name, count);
    },
    clear(name) {
      write(name, '', 0);
      clearChunks(name, 1);
    },
    checkpoint() {
      const before = [...written];
      return () => {
        written.clear();
        for (const [name, cookie] of before) written.set(name, cookie);
      };
    },
    changes: (name) => written.has(name),
    applyUnless(condition) {
      isOvertaken = condition;
    },
    apply(res) {
      if (written.size === 0) return;
      if (!isOvertaken()) res.appendHeader('Set-Cookie', setCookies());
      res.setHeader('Cache-Control', 'no-store');
      written.clear();
    },
    adopt() {
      const lines = setCookies();
      req.headers.cookie = cookieHeaderAfter(lines, req.headers.cookie);
      written.clear();
      return lines;
    },
  };
}

/** Returns the `Cookie` header that a browser would send after these `Set-Cookie` lines. */
function cookieHeaderAfter(lines: readonly string[], header: string | undefined): string {
  const names = lines.map((line) => line.slice(0, line.indexOf('=') + 1));
  const pairs = (header ?? '').split(';').map((pair) => pair.trim());
  const others = pairs.filter((pair) => pair !== '' && !names.some((name) => pair.startsWith(name)));
  const kept = lines.filter((line) => !line.includes('; Max-Age=0;'));
  return [...others, ...kept.map((line) => line.slice(0, line.indexOf(';')))].join('; ');
}

/** Escapes characters that cookie parsers may change. Tokens need no escapes. */
function encoded(value: string): string {
  // `~` is escaped, because it marks a value in chunks.
  return /^[\w.:+/=-]*$/.test(value) ? value : encodeURIComponent(value).replaceAll('~', '%7E');
}

function decoded(value: string): string {
  try {
    return value.includes('%') ? decodeURIComponent(value) : value;
  } catch {
    return value;
  }
}

/**
 * Returns the cookies whose names start with the prefix, by short name. Browsers send none of them twice, nor with
 * white space in the name. In such a request an attacker has set one of the two, and parsers disagree on which one
 * counts.
 *
 * @see https://portswigger.net/research/cookie-chaos-how-to-bypass-host-and-secure-cookie-prefixes
 */
function parseCookies(header: string, prefix: string): Received {
  const found = new Map<string, string>();
  if (!header.includes(prefix)) return found;
  for (const pair of header.split(';')) {
    const at = pair.indexOf('=');
    // RFC 6265 5.4 separates cookies with a semicolon and one space.
    const name = pair.slice(pair.startsWith(' ') ? 1 : 0, at === -1 ? undefined : at);
    if (!name.startsWith(prefix)) {
      if (
        visible(name).startsWith(prefix) ||
        (name === '' &&
          pair
            .slice(at + 1)
            .trimStart()
            .startsWith(prefix))
      ) {
        return AMBIGUOUS_COOKIE;
      }
      continue;
    }
    if (visible(name) !== name) return AMBIGUOUS_COOKIE;
    const short = name.slice(prefix.length);
    if (found.has(short)) return AMBIGUOUS_COOKIE;
    found.set(short, at === -1 ? '' : pair.slice(at + 1));
  }
  return found;
}

/** Removes every character that some parser trims as white space. */
function visible(name: string): string {
  return name.replace(/[^\x21-\x7e]/g, '');
}
