import type { IncomingMessage } from 'node:http';
import type { UserPool } from '../model/pool.ts';
import { type Answer, internalError, OAUTH_PREFLIGHT, oauthAnswer } from '../wire/answer.ts';
import { authorize, RefusedAuthorization } from './authorize.ts';
import { handleChallenge, showChallenge } from './challenge-page.ts';
import { OAuthError } from './client-authentication.ts';
import { confirmUser } from './confirm-link.ts';
import { errorPage, RefusedRequest, showError, toErrorPage } from './error-page.ts';
import { logout } from './logout.ts';
import { handleForm, showPage } from './page-context.ts';
import {
  handleForgotPassword,
  handleNewPassword,
  showForgotPassword,
  showNewPassword,
} from './password-pages.ts';
import { handleProvider, showProvider } from './provider-page.ts';
import { type HostedRequest, RefusedPage, redirect } from './request.ts';
import { revokeEndpoint } from './revoke-endpoint.ts';
import { handleSignIn, showSignIn } from './sign-in-page.ts';
import { handleConfirm, handleSignUp, showConfirm, showSignUp } from './sign-up-pages.ts';
import { tokenEndpoint } from './token-endpoint.ts';
import { userInfo } from './user-info.ts';

type Handler = (request: HostedRequest) => Answer | Promise<Answer>;

/** The endpoints below a pool's domain. A new one needs a row. */
const ENDPOINTS: Readonly<Record<string, { readonly GET?: Handler; readonly POST?: Handler }>> = {
  'oauth2/authorize': { GET: authorize },
  'oauth2/token': { POST: tokenEndpoint },
  'oauth2/userInfo': { GET: userInfo },
  'oauth2/revoke': { POST: revokeEndpoint },
  login: { GET: showPage(showSignIn), POST: handleForm(showSignIn, handleSignIn) },
  signup: { GET: showPage(showSignUp), POST: handleForm(showSignUp, handleSignUp) },
  confirmUser: { GET: confirmUser },
  confirm: { GET: showPage(showConfirm), POST: handleForm(showConfirm, handleConfirm) },
  forgotPassword: {
    GET: showPage(showForgotPassword),
    POST: handleForm(showForgotPassword, handleForgotPassword),
  },
  confirmForgotPassword: {
    GET: showPage(showNewPassword),
    POST: handleForm(showNewPassword, handleNewPassword),
  },
  challenge: { GET: showPage(showChallenge), POST: handleForm(showChallenge, handleChallenge) },
  provider: { GET: showPage(showProvider), POST: handleForm(showProvider, handleProvider) },
  logout: { GET: logout },
  error: { GET: showError },
};

/** The names of the endpoints, for faults. */
export const HOSTED_ENDPOINTS: readonly string[] = Object.keys(ENDPOINTS);

/** The endpoints that pages of any origin can call. Browsers open the others as pages. */
const CROSS_ORIGIN = ['oauth2/token', 'oauth2/userInfo', 'oauth2/revoke'];

const FORM = /^application\/x-www-form-urlencoded *(?:;|$)/i;

export function isHostedEndpoint(name: string): boolean {
  return Object.hasOwn(ENDPOINTS, name);
}

/** Answers a request to an endpoint of managed login. */
export async function answerHosted(
  pool: UserPool,
  { name, base }: { readonly name: string; readonly base: string },
  { method = '', url = '', headers }: IncomingMessage,
  body: string | undefined,
): Promise<Answer> {
  if (method === 'OPTIONS' && CROSS_ORIGIN.includes(name)) return OAUTH_PREFLIGHT;
  const endpoint = ENDPOINTS[name] ?? {};
  const handler = method === 'GET' || method === 'POST' ? endpoint[method] : undefined;
  if (!handler) {
    return oauthAnswer(405, { error: 'invalid_request' }, { allow: Object.keys(endpoint).join(', ') });
  }
  const isForm = FORM.test(headers['content-type'] ?? '');
  const request = {
    pool,
    base,
    headers,
    query: new URLSearchParams(url.split('?').slice(1).join('?')),
    form: new URLSearchParams(isForm ? body : ''),
  };
  try {
    return await handler(request);
  } catch (error) {
    return refusal(request, error);
  }
}

function refusal(request: HostedRequest, error: unknown): Answer {
  if (error instanceof RefusedAuthorization) return { ...redirect(error.location), error: error.code };
  if (error instanceof OAuthError) {
    const { message, status, description } = error;
    const told = description === undefined ? {} : { error_description: description };
    return { ...oauthAnswer(status, { error: message, ...told }), error: message };
  }
  if (error instanceof RefusedRequest) return { ...toErrorPage(request, error.code), error: error.code };
  if (error instanceof RefusedPage) return errorPage(error.code, error.message);
  return errorPage('server_error', internalError(error).message, 500);
}

/** Managed login in OpenID Connect Discovery. Like AWS, it omits the supported PKCE methods. */
export function hostedMetadata(domain: string): Readonly<Record<string, string>> {
  return {
    authorization_endpoint: `${domain}/oauth2/authorize`,
    end_session_endpoint: `${domain}/logout`,
    revocation_endpoint: `${domain}/oauth2/revoke`,
    token_endpoint: `${domain}/oauth2/token`,
    userinfo_endpoint: `${domain}/oauth2/userInfo`,
  };
}
