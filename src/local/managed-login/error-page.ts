import type { Answer } from '../wire/answer.ts';
import { html } from './html.ts';
import { sendPage } from './page-layout.ts';
import { type HostedRequest, redirect, single } from './request.ts';

const missing = (name: string): string => `Required String parameter '${name}' is not present`;

/** The errors of requests that name no client, or no URL of it, with the texts of their page. */
const TEXTS = {
  invalid_request: 'The app client was not found in this user pool.',
  unauthorized_client: 'This app client is not set up for managed login.',
  redirect_mismatch: 'The redirect_uri is not among the CallbackURLs of the app client.',
  [missing('client_id')]: missing('client_id'),
  [missing('redirect_uri')]: missing('redirect_uri'),
} as const satisfies Readonly<Record<string, string>>;

/** A refusal at the page /error, because a redirect to an unverified URI is unsafe. */
export class RefusedRequest extends Error {
  readonly code: string;

  constructor(code: 'invalid_request' | 'unauthorized_client' | 'redirect_mismatch' | { missing: string }) {
    super('The request is refused.');
    this.code = typeof code === 'string' ? code : missing(code.missing);
  }
}

/** Redirects the browser to /error, as Cognito does. */
export function toErrorPage({ base, query }: HostedRequest, error: string): Answer {
  const client = single(query, 'client_id');
  const parameters = new URLSearchParams({ error, ...(client !== undefined && { client_id: client }) });
  return redirect(`${base}/error?${parameters}`);
}

/** GET /error: answers 400, with a text of its own for a known error. Never shows text of the URL. */
export function showError({ query }: HostedRequest): Answer {
  const error = single(query, 'error') ?? '';
  const known = Object.entries(TEXTS).find(([code]) => code === error);
  return errorPage(
    known?.[0] ?? 'invalid_request',
    known?.[1] ?? 'An error was encountered with the requested page.',
  );
}

/** The page of a refusal. */
export function errorPage(code: string, message: string, status = 400): Answer {
  const content = html`<p>Go back to the app and try again.</p>`;
  return { ...sendPage({ title: 'Request failed', error: message, status, content }), error: code };
}
