import { withOutbox } from '../messages/outbox.ts';
import { CognitoError } from '../model/errors.ts';
import type { BrowserSession, Flow } from '../model/pool.ts';
import type { Answer } from '../wire/answer.ts';
import { type AuthorizationRequest, readAuthorizationRequest } from './authorize.ts';
import { keepFlow, sessionOf, sessionOfForm, setCookie } from './browser-sessions.ts';
import { type Page, sendPage } from './page-layout.ts';
import { type HostedRequest, redirect, single } from './request.ts';

/** A request to one of the pages: what the app asks for, and the browser that asks. */
export interface Visit {
  readonly request: HostedRequest;
  readonly asked: AuthorizationRequest;
  readonly session: BrowserSession;
  /** What the tab has come to, if its address says so. */
  readonly flow: Flow | undefined;
}

export type ShowPage = (visit: Visit, said?: Pick<Page, 'error' | 'notice'>) => Page | Promise<Page>;

/** GET of a page. */
export function showing(show: ShowPage): (request: HostedRequest) => Promise<Answer> {
  return async (request) => {
    const asked = readAuthorizationRequest(request);
    const visit = visitOf(request, asked, sessionOf(request));
    return answer(visit, await show(visit, { notice: visit.flow?.notice }));
  };
}

/** POST of its form. What the pool refuses is said on the page, with the form to try again. */
export function handling(
  show: ShowPage,
  handle: (visit: Visit) => Promise<Answer>,
): (request: HostedRequest) => Promise<Answer> {
  return async (request) => {
    const asked = readAuthorizationRequest(request);
    const visit = visitOf(request, asked, sessionOfForm(request));
    try {
      return await handle(visit);
    } catch (error) {
      if (!(error instanceof CognitoError)) throw error;
      const page = { ...(await show(visit, { error: error.message })), error: error.message };
      return { ...answer(visit, page), error: error.name };
    }
  };
}

/** The address of another page, with what the app asks for. */
export function pageUrl(
  { request }: Visit,
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
export function goTo(visit: Visit, name: string, flow: Flow): Answer {
  return redirect(pageUrl(visit, name, { flow: keepFlow(visit.session, flow) }), {
    'set-cookie': setCookie(visit.request.pool, visit.session),
  });
}

/** Runs what an operation does, and sends what it has to send. */
export function during<T>(
  operation: string,
  { asked }: Visit,
  run: () => T | Promise<T>,
): Promise<Awaited<T>> {
  return withOutbox(operation, { ClientId: asked.client.id }, run);
}

/** What a form says. Spaces around it are of the keyboard's making, except in a password. */
export function said({ request: { form } }: Visit, name: string): string {
  return (single(form, name) ?? '').trim();
}

function visitOf(request: HostedRequest, asked: AuthorizationRequest, session: BrowserSession): Visit {
  const flow = session.flows.get(single(request.query, 'flow') ?? '');
  return { request, asked, session, flow: flow?.client === asked.client ? flow : undefined };
}

function answer({ request: { pool }, asked, session }: Visit, page: Page): Answer {
  return sendPage({ target: asked.redirectUri, ...page }, { 'set-cookie': setCookie(pool, session) });
}
