import { createHash } from 'node:crypto';
import type { LocalUserPoolOptions } from '../../src/local/local-user-pool.ts';
import { totpCode } from '../../src/local/users/totp.ts';
import { ANA, type Local, PASSWORD, startLocal } from './local-sdk.ts';
import { Browser, type PageOrRedirect, signInAtPages } from './login-pages.ts';

export const CALLBACK = 'http://localhost:3000/auth/callback';
export const GOODBYE = 'http://localhost:3000/goodbye';
export const VERIFIER = 'a-verifier-of-43-characters-or-more-is-long-enough';
export const CHALLENGE = createHash('sha256').update(VERIFIER).digest('base64url');
export const TOTP_SECRET = 'JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP';

/** Starts a user pool with managed login and the user Ana. */
export function startLogin({ appClient: client, ...options }: LocalUserPoolOptions = {}): Promise<Local> {
  return startLocal({
    users: [{ username: ANA, password: PASSWORD, attributes: { name: 'Ana', phone_number: '+15550100' } }],
    appClient: { CallbackURLs: [CALLBACK], LogoutURLs: [GOODBYE], ...client },
    ...options,
  });
}

/** Returns the URL of an endpoint, without undefined parameters. */
export function urlOf(
  { pool }: Local,
  endpoint: string,
  parameters: Readonly<Record<string, string | undefined>> = {},
): string {
  const given = Object.entries(parameters).filter(
    (entry): entry is [string, string] => entry[1] !== undefined,
  );
  return `${pool.domain}/${endpoint}?${new URLSearchParams(given)}`;
}

export function authorizeUrl(
  local: Local,
  parameters: Readonly<Record<string, string | undefined>> = {},
): string {
  return urlOf(local, 'oauth2/authorize', {
    response_type: 'code',
    client_id: local.ClientId,
    redirect_uri: CALLBACK,
    state: 'the state',
    ...parameters,
  });
}

/** Opens the sign-in page in a new browser, unless one is given. */
export async function openLogin(
  local: Local,
  parameters: Readonly<Record<string, string | undefined>> = {},
  browser: Browser = new Browser(local.pool.url),
): Promise<{ browser: Browser; page: PageOrRedirect }> {
  return { browser, page: await browser.open(authorizeUrl(local, parameters)) };
}

/** Signs Ana in and returns the authorization code. */
export async function codeOf(
  local: Local,
  parameters: Readonly<Record<string, string | undefined>> = {},
): Promise<string> {
  const back = await signInAtPages(authorizeUrl(local, parameters), {
    username: ANA,
    password: PASSWORD,
    code: () => totpCode(TOTP_SECRET, local.pool.clock.now()),
  });
  return back.searchParams.get('code') ?? '';
}

export interface OAuthAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Record<string, string>;
}

/** Posts a form to an OAuth endpoint. */
export async function postForm(
  { pool }: Local,
  endpoint: string,
  form: Readonly<Record<string, string | undefined>> | string,
  headers: Record<string, string> = {},
): Promise<OAuthAnswer> {
  const given = typeof form === 'string' ? form : new URLSearchParams(JSON.parse(JSON.stringify(form)));
  const response = await fetch(`${pool.domain}/${endpoint}`, {
    method: 'POST',
    body: given.toString(),
    headers: { 'content-type': 'application/x-www-form-urlencoded', ...headers },
  });
  const text = await response.text();
  return { status: response.status, headers: response.headers, body: text === '' ? {} : JSON.parse(text) };
}

/** Redeems a code as the default public app client. */
export function redeem(
  local: Local,
  code: string,
  form: Readonly<Record<string, string | undefined>> = {},
): Promise<OAuthAnswer> {
  return postForm(local, 'oauth2/token', {
    grant_type: 'authorization_code',
    client_id: local.ClientId,
    redirect_uri: CALLBACK,
    code,
    ...form,
  });
}

/** Signs Ana in and returns the tokens. */
export async function tokensAt(
  local: Local,
  parameters: Readonly<Record<string, string | undefined>> = {},
): Promise<Record<string, string>> {
  const { status, body } = await redeem(local, await codeOf(local, parameters));
  if (status !== 200) throw new Error(`no tokens: ${JSON.stringify(body)}`);
  return body;
}
