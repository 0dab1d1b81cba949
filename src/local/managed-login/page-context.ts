import { withOutbox } from '../messages/outbox.ts';
import { CognitoError } from '../model/errors.ts';
import type { BrowserSession, Flow } from '../model/pool.ts';
import type { Answer } from '../wire/answer.ts';
import { type AuthorizationRequest, readAuthorizationRequest } from './authorize.ts';
import { keepFlow, sessionCookies, sessionOf, sessionOfForm } from './browser-sessions.ts';
import { type Page, sendPage } from './page-layout.ts';
import { pageStyleOf } from './page-style.ts';
import { type HostedRequest, redirect, single } from './request.ts';

/** A request to a page, with its authorization request and browser session. */
export interface PageContext {
  readonly request: HostedRequest;
  readonly authorization: AuthorizationRequest;
  readonly session: BrowserSession;
  /** The sign-in in progress in this tab, if the URL names it. */
  readonly flow: Flow | undefined;
}

export type ShowPage = (
  context: PageContext,
  messages?: Pick<Page, 'error' | 'notice'>,
) => Page | Promise<Page>;

/** Handles GET of a page. */
export function showPage(show: ShowPage): (request: HostedRequest) => Promise<Answer> {
  return async (request) => {
    const authorization = readAuthorizationRequest(request);
    const context = contextOf(request, authorization, sessionOf(request));
    return answer(context, await show(context, { notice: context.flow?.notice }));
  };
}

/** Handles POST of a page's form. The page shows exceptions of the pool, with the form to retry. */
export function handleForm(
  show: ShowPage,
  handle: (context: PageContext) => Promise<Answer>,
): (request: HostedRequest) => Promise<Answer> {
  return async (request) => {
    const authorization = readAuthorizationRequest(request);
    const context = contextOf(request, authorization, sessionOfForm(request));
    try {
      return await handle(context);
    } catch (error) {
      if (!(error instanceof CognitoError)) throw error;
      const page = { ...(await show(context, { error: error.message })), error: error.message };
      return { ...answer(context, page), error: error.name };
    }
  };
}

/** Returns the URL of another page, with the authorization request. */
export function pageUrl(
  { request }: PageContext,
  name: string,
  changes: Readonly<Record<string, string>> = {},
): string {
  const query = new URLSearchParams(request.query);
  query.delete('flow');
  if (changes.identity_provider) query.delete('idp_identifier');
  for (const [key, value] of Object.entries(changes)) query.set(key, value);
  return `${request.base}/${name}?${query}`;
}

/** Redirects to another page in the same tab. */
export function goTo(context: PageContext, name: string, flow: Flow): Answer {
  const location = pageUrl(context, name, { flow: keepFlow(context.session, flow) });
  return { ...redirect(location), cookies: sessionCookies(context.request, context.session) };
}

/** Runs the logic of an operation, and sends its messages. */
export function runWithOutbox<T>(
  operation: string,
  { authorization }: PageContext,
  run: () => T | Promise<T>,
): Promise<Awaited<T>> {
  return withOutbox(operation, { ClientId: authorization.client.id }, run);
}

/** Returns a form value without surrounding spaces. Passwords must not be trimmed. */
export function formValue({ request: { form } }: PageContext, name: string): string {
  return (single(form, name) ?? '').trim();
}

function contextOf(
  request: HostedRequest,
  authorization: AuthorizationRequest,
  session: BrowserSession,
): PageContext {
  const flow = session.flows.get(single(request.query, 'flow') ?? '');
  return { request, authorization, session, flow: flow?.client === authorization.client ? flow : undefined };
}

function answer({ request, authorization, session }: PageContext, page: Page): Answer {
  const { redirectUri: target, client } = authorization;
  return {
    ...sendPage({ target, style: pageStyleOf(client), ...page }),
    cookies: sessionCookies(request, session),
  };
}
