import { SAME_ORIGIN } from './cookie-client.ts';

export interface Visit {
  readonly method?: string;
  readonly body?: object;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface Answer {
  readonly status: number;
  // biome-ignore lint/suspicious/noExplicitAny: the type that supertest has
  readonly body: any;
  readonly headers: Headers;
  /** The names of the cookies that were set, and of those that were cleared. */
  readonly set: readonly string[];
  readonly cleared: readonly string[];
}

/** A browser with cookies of one host, which all its tabs share. */
export class Browser {
  readonly cookies: Map<string, string> = new Map();
  readonly #url: string;

  constructor(url: string) {
    this.#url = url;
  }

  /** Returns a browser with a copy of the cookies, for a tab with concurrent requests. */
  clone(url: string = this.#url): Browser {
    const other = new Browser(url);
    for (const [name, value] of this.cookies) other.cookies.set(name, value);
    return other;
  }

  /** Deletes an expired cookie, as browsers do. */
  expire(name: string): void {
    this.cookies.delete(`__Host-auth-${name}`);
  }

  get(name: string): string | undefined {
    return this.cookies.get(`__Host-auth-${name}`);
  }

  async fetch(path: string, { method = 'GET', body, headers = SAME_ORIGIN }: Visit = {}): Promise<Answer> {
    const cookie = [...this.cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    const response = await fetch(`${this.#url}${path}`, {
      method,
      headers: {
        ...(cookie && { cookie }),
        ...(body && { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body && { body: JSON.stringify(body) }),
      redirect: 'manual',
    });
    const set: string[] = [];
    const cleared: string[] = [];
    for (const line of response.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
      if (/; Max-Age=0(;|$)/.test(line)) {
        this.cookies.delete(name);
        cleared.push(name.replace('__Host-auth-', ''));
      } else {
        this.cookies.set(name, value);
        set.push(name.replace('__Host-auth-', ''));
      }
    }
    const text = await response.text();
    const isJson = response.headers.get('content-type')?.includes('json') === true;
    return {
      status: response.status,
      body: isJson ? JSON.parse(text) : text,
      headers: response.headers,
      set,
      cleared,
    };
  }

  post(path: string, body: object = {}): Promise<Answer> {
    return this.fetch(path, { method: 'POST', body });
  }
}
