import { request as httpRequest, type IncomingHttpHeaders } from 'node:http';
import { expect } from 'chai';
import type { Response } from 'supertest';
import type { Kit } from './helpers.ts';

/** The header of a same-origin request in a browser. */
export const SAME_ORIGIN = { 'Sec-Fetch-Site': 'same-origin' };

/** A parsed `Set-Cookie` header. */
export interface SetCookie {
  readonly name: string;
  readonly value: string;
  readonly maxAge: number;
  /** Attributes other than Max-Age. */
  readonly attributes: string;
}

/** Returns the cookies that a response sets and clears. Fails if one is malformed or duplicated. */
export function cookiesOf(response: { headers: object }): SetCookie[] {
  const { 'set-cookie': lines = [] } = response.headers as IncomingHttpHeaders;
  const cookies = lines.map((line) => {
    const [, name = '', value = '', age = '', attributes = ''] =
      /^([^=;\s]+)=([^;\s]*); Max-Age=(\d+)(; .*)$/.exec(line) ?? [];
    expect(name, line).to.not.equal('');
    return { name, value, maxAge: Number(age), attributes };
  });
  expect(new Set(cookies.map(({ name }) => name)).size).to.equal(cookies.length);
  return cookies;
}

/** A page in a browser, which stores cookies and sends them back. */
export class CookieClient {
  readonly kit: Kit;
  /** Values by full name. */
  readonly cookies = new Map<string, string>();

  constructor(kit: Kit) {
    this.kit = kit;
  }

  get header(): string {
    return [...this.cookies].map(([name, value]) => `${name}=${value}`).join('; ');
  }

  /** The short names of the cookies, sorted. */
  get names(): string[] {
    return [...this.cookies.keys()].map((name) => name.replace(/^(__Host-)?auth-/, '')).sort();
  }

  value(name: string): string | undefined {
    return this.cookies.get(`__Host-auth-${name}`);
  }

  post(path: string, body: object = {}, headers: object = {}): Promise<Response> {
    return this.send('post', `/auth${path}`, body, headers);
  }

  get(path: string): Promise<Response> {
    return this.send('get', `/auth${path}`);
  }

  async send(
    method: 'get' | 'post' | 'put' | 'patch' | 'delete',
    path: string,
    body?: object,
    headers: object = {},
  ): Promise<Response> {
    const request = this.kit.request[method](path).set({ ...SAME_ORIGIN, ...headers });
    if (this.cookies.size > 0) request.set('Cookie', this.header);
    const response = await (body ? request.send(body) : request);
    this.keep(response);
    return response;
  }

  keep(response: { headers: object }): void {
    for (const { name, value, maxAge } of cookiesOf(response)) {
      if (maxAge === 0) this.cookies.delete(name);
      else this.cookies.set(name, value);
    }
  }

  copy(): CookieClient {
    const copy = new CookieClient(this.kit);
    for (const [name, value] of this.cookies) copy.cookies.set(name, value);
    return copy;
  }
}

export interface PlainAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** Sends a request with any method and headers. A header with a list of values is sent once for each. */
export function ask(
  url: string,
  method: string,
  headers: Readonly<Record<string, string | readonly string[] | undefined>>,
  body = '',
): Promise<PlainAnswer> {
  // Node sets no Content-Length for methods that rarely have a body.
  const length = body === '' ? undefined : String(Buffer.byteLength(body));
  const all = { ...headers, 'Content-Length': length };
  const given = Object.entries(all).filter(([, value]) => value !== undefined);
  return new Promise((resolve, reject) => {
    const request = httpRequest(url, { method, headers: Object.fromEntries(given) as never }, (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => {
        text += chunk;
      });
      response.on('end', () =>
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body: text }),
      );
    });
    request.on('error', reject);
    request.end(body);
  });
}
