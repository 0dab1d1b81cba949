import { withOutbox } from '../messages/outbox.ts';
import { CognitoError } from '../model/errors.ts';
import type { BrowserSession, Flow } from '../model/pool.ts';
import type { Answer } from '../wire/answer.ts';
import { type AuthorizationRequest, readAuthorizationRequest } from './authorize.ts';
import { keepFlow, sessionOf, sessionOfForm, setCookie } from './browser-sessions.ts';
import { type Page, sendPage } from './page-layout.ts';
import { type HostedRequest, redirect, single } from './request.ts';

/** A request to one of the pages: what the app asks for, and the browser that asks. */
export interface PageContext {
  readonly request: HostedRequest;
  readonly authorization: AuthorizationRequest;
  readonly session: BrowserSession;
  /** What the tab has come to, if its address says so. */
  readonly flow: Flow | undefined;
}

export type ShowPage = (
  context: PageContext,
  messages?: Pick<Page, 'error' | 'notice'>,
) => Page | Promise<Page>;

/** GET of a page. */
export function showPage(show: ShowPage): (request: HostedRequest) => Promise<Answer> {
  return async (request) => {
    const authorization = readAuthorizationRequest(request);
    const context = contextOf(request, authorization, sessionOf(request));
    return answer(context, await show(context, { notice: context.flow?.notice }));
  };
}

/** POST of its form. What the pool refuses is said on the page, with the form to try again. */
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

/** The address of another page, with what the app asks for. */
export function pageUrl(
  { request }: PageContext,
  name: string,
  changes: Readonly<Record<string, string>> = {},
): string {
  const query = new URLSearchParams(request.query);
  query.delete('flow');
  if (changes.identity_provider) query.delete('idp_identifier');
  for (const [key, value] of Object.entries(changes)) query.set(key, value);
  return `/${request.pool.id}/${name}?${query}`;
}

/** On to another page of the same tab. */
export function goTo(context: PageContext, name: string, flow: Flow): Answer {
  return redirect(pageUrl(context, name, { flow: keepFlow(context.session, flow) }), {
    'set-cookie': setCookie(context.request.pool, context.session),
  });
}

/** Runs what an operation does, and sends what it has to send. */
export function runWithOutbox<T>(
  operation: string,
  { authorization }: PageContext,
  run: () => T | Promise<T>,
): Promise<Awaited<T>> {
  return withOutbox(operation, { ClientId: authorization.client.id }, run);
}

/** What a form says. Spaces around it are of the keyboard's making, except in a password. */
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

function answer({ request: { pool }, authorization, session }: PageContext, page: Page): Answer {
  return sendPage({ target: authorization.redirectUri, ...page }, { 'set-cookie': setCookie(pool, session) });
}
