import type { IncomingMessage, ServerResponse } from 'node:http';
import type { CookieSettings } from '../config/transport.ts';
import { isProblem, type Problem, ProblemError } from '../shared/problem.ts';
import { AMBIGUOUS_COOKIE } from '../tokens/refusals.ts';

/** The cookies of one request, and of its answer. Their names are the short ones: `access` for `__Host-auth-access`. */
export interface CookieJar {
  /** The value, or the refusal of a request in which it cannot be told which one is meant. */
  read(name: string): string | Problem | undefined;
  /** The same. Throws a `ProblemError` for the refusal. */
  get(name: string): string | undefined;
  /** The names that begin like this, of the request. */
  names(prefix: string): readonly string[];
  /** Has the browser keep it for so many seconds. Throws a `CookiesTooLong` for more than a browser could send back. */
  set(name: string, value: string, maxAge: number): void;
  clear(name: string): void;
  /** Returns what takes back all that is set and cleared from here on. */
  checkpoint(): () => void;
  /** Writes what was set and cleared to the answer, which nobody may keep then. Once. */
  apply(res: ServerResponse): void;
  /** What was set and cleared, as `Set-Cookie` has it. From now on the request itself has these cookies. Once. */
  adopt(): readonly string[];
}

/** Browsers take 4,096 bytes of name, value and attributes together (RFC 6265bis 5.7). */
const CHUNK_LENGTH = 3800;
/** Of all values in one answer together: Node takes no request with headers over 16 KiB, and others are in there too. */
const MAX_CHARACTERS = 12 * 1024;
/** As many as a value of that length comes to. */
const MAX_CHUNKS = 4;

/** How many there are stands in the first: `3~eyJ...`, and the others are `name.1` and `name.2`. No token has a `~`. */
const CHUNKED = /^([2-4])~/;
const CHUNK_NAME = /^(.*)\.[1-3]$/;

/** What has to be kept would come back in no request: the browser had better have none of it. */
export class CookiesTooLong extends Error {
  override readonly name = 'CookiesTooLong';
}

interface Written {
  readonly value: string;
  /** As `Set-Cookie` has it. */
  readonly line: string;
}

type Received = ReadonlyMap<string, string> | Problem;

export function createCookieJar(req: IncomingMessage, settings: CookieSettings): CookieJar {
  const { prefix, attributes } = settings;
  let received: Received | undefined;
  let parsedHeader: string | undefined;
  /** By short name. */
  const written = new Map<string, Written>();
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

  /** A log-in comes back from another site, which a cookie that is strict would not see. */
  const attributesOf = (name: string): string =>
    name.startsWith('login-') ? attributes.replace('SameSite=Strict', 'SameSite=Lax') : attributes;

  function write(name: string, value: string, maxAge: number): void {
    const age = Math.max(0, Math.floor(maxAge));
    written.set(name, { value, line: `${prefix}${name}=${value}; Max-Age=${age}${attributesOf(name)}` });
    const characters = [...written.values()].reduce((sum, { value }) => sum + value.length, 0);
    if (characters > MAX_CHARACTERS) throw new CookiesTooLong('The cookies are too long.');
  }

  /** What an earlier, longer value has left behind. */
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
    names(beginning) {
      const found = inRequest();
      if (isProblem(found)) return [];
      return [...found.keys()].filter((name) => name.startsWith(beginning) && !CHUNK_NAME.test(name));
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
    apply(res) {
      if (written.size === 0) return;
      res.appendHeader('Set-Cookie', setCookies());
      res.setHeader('Cache-Control', 'no-store');
      written.clear();
    },
    adopt() {
      const lines = setCookies();
      req.headers.cookie = renewed(req.headers.cookie, lines);
      written.clear();
      return lines;
    },
  };
}

/** The header as a browser would send it after these lines of `Set-Cookie`. */
function renewed(header: string | undefined, lines: readonly string[]): string {
  const names = lines.map((line) => line.slice(0, line.indexOf('=') + 1));
  const pairs = (header ?? '').split(';').map((pair) => pair.trim());
  const others = pairs.filter((pair) => pair !== '' && !names.some((name) => pair.startsWith(name)));
  const kept = lines.filter((line) => !line.includes('; Max-Age=0;'));
  return [...others, ...kept.map((line) => line.slice(0, line.indexOf(';')))].join('; ');
}

/** What is a token and more besides comes through any cookie parser unchanged; anything else is escaped. */
function encoded(value: string): string {
  // It leaves the mark of a value in chunks as it is.
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
 * The cookies whose names begin with the prefix, which is taken off. A browser never sends one of these twice, nor
 * with white space in its name: somebody else has set one of the two, and parsers differ on which counts.
 *
 * @see https://portswigger.net/research/cookie-chaos-how-to-bypass-host-and-secure-cookie-prefixes
 */
function parseCookies(header: string, prefix: string): Received {
  const found = new Map<string, string>();
  // The usual case of an app without any.
  if (!header.includes(prefix)) return found;
  for (const pair of header.split(';')) {
    const at = pair.indexOf('=');
    // RFC 6265 5.4 parts them with a semicolon and one space.
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

/** Less whatever some parser takes for white space, and would take off. */
function visible(name: string): string {
  return name.replace(/[^\x21-\x7e]/g, '');
}
