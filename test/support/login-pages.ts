/** A browser without scripts, which stores cookies, follows redirects and submits forms. */
export class Browser {
  readonly #cookies = new Map<string, { value: string; path: string; host: string }>();
  /** The browser requests only this origin, and stops at a redirect to another one. */
  readonly #origin: string;

  constructor(origin: string) {
    this.#origin = origin;
  }

  /** Follows redirects to a page, or to a redirect to another origin. */
  async open(url: string, init: RequestInit = {}): Promise<PageOrRedirect> {
    let next = { url, init };
    for (let hop = 0; hop < 10; hop++) {
      const response = await this.request(next.url, next.init);
      const location = response.headers.get('location');
      if (location === null) return { response, url: next.url, text: await response.text() };
      const target = new URL(location, next.url).href;
      if (new URL(target).origin !== this.#origin)
        return { response, url: next.url, text: '', away: location };
      next = { url: target, init: {} };
    }
    throw new Error(`too many redirects from ${url}`);
  }

  /** Sends one request with its cookies. */
  async request(url: string, init: RequestInit = {}): Promise<Response> {
    const { pathname, hostname } = new URL(url);
    const cookie = [...this.#cookies]
      .filter(
        ([, { path, host }]) => host === hostname && `${pathname}/`.startsWith(`${path.replace(/\/$/, '')}/`),
      )
      .map(([name, { value }]) => `${name}=${value}`)
      .join('; ');
    const headers = new Headers(init.headers);
    if (cookie) headers.set('cookie', cookie);
    const response = await fetch(url, { ...init, headers, redirect: 'manual' });
    this.keep(response.headers.getSetCookie(), hostname);
    return response;
  }

  /** Keeps the cookies of a response that another client got. */
  keep(setCookies: readonly string[], hostname: string): void {
    for (const header of setCookies) this.#keep(header, hostname);
  }

  /** Submits the form that has all these fields, with its first button or the one of `action`. */
  async submit(
    page: PageOrRedirect,
    fields: Readonly<Record<string, string>>,
    action?: string,
  ): Promise<PageOrRedirect> {
    const form = formsOf(page.text).find(
      ({ names, actions }) =>
        Object.keys(fields).every((name) => names.includes(name)) &&
        (action === undefined || actions.includes(action)),
    );
    if (!form) {
      throw new Error(`no form at ${page.url} has ${Object.keys(fields)} ${action ?? ''}: ${page.text}`);
    }
    const body = new URLSearchParams({ ...form.hidden, ...fields, ...(action && { action }) });
    return this.open(page.url, { method: 'POST', body });
  }

  /** Follows a link by its text. */
  async follow(page: PageOrRedirect, text: string): Promise<PageOrRedirect> {
    const link = [...page.text.matchAll(/<a [^>]*href="([^"]*)"[^>]*>([^<]*)<\/a>/g)].find(
      ([, , label = '']) => unescaped(label) === text,
    );
    if (!link) throw new Error(`no link "${text}" at ${page.url}: ${page.text}`);
    return this.open(new URL(unescaped(link[1] ?? ''), page.url).href);
  }

  /** Returns the cookies as `name=value`. */
  cookies(): string[] {
    return [...this.#cookies].map(([name, { value }]) => `${name}=${value}`);
  }

  #keep(header: string, host: string): void {
    const [pair = '', ...attributes] = header.split(/; */);
    const name = pair.slice(0, pair.indexOf('='));
    const value = pair.slice(pair.indexOf('=') + 1);
    const attribute = (wanted: string) =>
      attributes.find((each) => each.toLowerCase().startsWith(`${wanted}=`))?.slice(wanted.length + 1);
    if (attribute('max-age') === '0') this.#cookies.delete(name);
    else this.#cookies.set(name, { value, path: attribute('path') ?? '/', host });
  }
}

/** The page of a browser, or the redirect to another origin (`away`). */
export interface PageOrRedirect {
  readonly response: Response;
  readonly url: string;
  readonly text: string;
  /** The `Location` of a redirect to another origin. */
  readonly away?: string;
}

/** Returns the error message of a page, or undefined. */
export function alertOf({ text }: PageOrRedirect): string | undefined {
  const alert = /<p role="alert">([^<]*)<\/p>/.exec(text)?.[1];
  return alert && unescaped(alert);
}

export function titleOf({ text }: PageOrRedirect): string {
  return unescaped(/<h1>([^<]*)<\/h1>/.exec(text)?.[1] ?? '');
}

/** Returns the URL of the app that the browser is redirected to. Throws the error of the page if there is none. */
export function leftFor(page: PageOrRedirect): URL {
  if (page.away === undefined) throw new Error(`still at ${page.url}: ${alertOf(page) ?? page.text}`);
  return new URL(page.away);
}

/**
 * Signs in at the pages of a local user pool with a password and, if the page requires it, a code.
 *
 * @param authorizeUrl - URL of `/oauth2/authorize`, or one of the same origin that redirects there
 * @param code - the code, or a function that returns it when the page requires it
 * @returns the URL of the app that the browser is redirected to
 */
export async function signInAtPages(
  authorizeUrl: string | URL,
  { username, password, code }: { username: string; password: string; code?: string | (() => string) },
  browser: Browser = new Browser(new URL(authorizeUrl).origin),
): Promise<URL> {
  let page = await browser.open(String(authorizeUrl));
  if (page.away === undefined) page = await browser.submit(page, { username, password });
  if (page.away === undefined && code !== undefined) {
    page = await browser.submit(page, { code: typeof code === 'string' ? code : code() });
  }
  return leftFor(page);
}

interface Form {
  readonly names: readonly string[];
  /** Values of the buttons with the name `action`. */
  readonly actions: readonly string[];
  readonly hidden: Readonly<Record<string, string>>;
}

function formsOf(text: string): Form[] {
  return [...text.matchAll(/<form [^>]*>(.*?)<\/form>/gs)].map(([, content = '']) => {
    const inputs = [...content.matchAll(/<input ([^>]*)>/g)].map(([, attributes = '']) => ({
      name: attributeOf(attributes, 'name'),
      type: attributeOf(attributes, 'type'),
      value: attributeOf(attributes, 'value'),
    }));
    const hidden = inputs.filter(({ type }) => type === 'hidden');
    return {
      names: inputs.map(({ name }) => name),
      actions: [...content.matchAll(/<button [^>]*name="action" value="([^"]*)"/g)].map(
        ([, value = '']) => value,
      ),
      hidden: Object.fromEntries(hidden.map(({ name, value }) => [name, value])),
    };
  });
}

function attributeOf(attributes: string, name: string): string {
  return unescaped(new RegExp(`\\b${name}="([^"]*)"`).exec(attributes)?.[1] ?? '');
}

export function unescaped(text: string): string {
  return text.replace(/&#(\d+);/g, (_whole, code: string) => String.fromCharCode(Number(code)));
}
