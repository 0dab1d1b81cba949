import type Joi from 'joi';
import { authorizationFault } from '../cognito/oauth-fault.ts';
import { UpstreamRefusal } from '../cognito/upstream-fault.ts';
import type { Settings } from '../config/settings.ts';
import { isPrefetch, navigationTarget } from '../cookies/navigation.ts';
import { lifetimeIn } from '../cookies/session-lifetime.ts';
import { PROBLEMS, type Problem, type ProblemCode, ProblemError, problem } from '../shared/problem.ts';
import { redirectTarget, redirectTargetPattern } from '../shared/redirect-target.ts';
import { MAX_PATH_LENGTH } from '../shared/same-origin-path.ts';
import type { HandlerContext, HandlerEndpoint, Refused } from './endpoint.ts';
import { acrValues, documentedAs, NAME_CHARACTER, rememberMeMember, transportMember } from './fields.ts';
import { joi } from './joi.ts';
import { Redirect, RefusedNavigation } from './redirect.ts';
import { noteSignOut, signOutBrowser } from './session.ts';
import { COMPLETE_EXAMPLE } from './sign-in-result.ts';

/** Parameters of the authorization response (RFC 6749 4.1.2, RFC 9207). Others are ignored. */
const STATE = /^[A-Za-z0-9_-]{1,128}$/;
const VISIBLE = /^[\x20-\x7e]*$/;
/** `en`, `pt-BR`, `zh-Hans-CN` (RFC 5646). */
const LOCALE = /^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8}){0,3}$/;
/** Names and identifiers that Cognito accepts (CreateIdentityProvider). */
const PROVIDER_NAME = /^[\p{L}\p{M}\p{S}\p{N}\p{P}]{1,32}$/u;
const PROVIDER_IDENTIFIER = /^[A-Za-z0-9_ +=.@-]{1,40}$/;

/** Proxies limit the length of a header. */
const MAX_DESCRIPTION = 1000;

const UPSTREAM_ERRORS = [
  'server_misconfigured',
  'upstream_error',
  'upstream_unavailable',
  'upstream_timeout',
] as const;

export const startManagedLogin: HandlerEndpoint<undefined> = {
  name: 'startManagedLogin',
  method: 'get',
  path: '/login',
  summary: 'Redirect the browser to the managed login pages of the user pool.',
  description:
    'Open it as a page, for example with a link. The browser returns with a code, which the callback takes.',
  tag: 'sign-in',
  auth: 'none',
  navigation: 'anywhere',
  startsSession: true,
  rateLimit: 'write',
  query: (settings) =>
    joi.object({
      returnTo: returnTo(settings),
      ...identityProviders(settings),
      loginHint: joi
        .string()
        .max(256)
        .pattern(/^[^\x00-\x1f\x7f-\x9f]*$/)
        .description('The name to prefill.'),
      locale: joi.string().pattern(LOCALE).description('The language of the pages, such as `pt-BR`.'),
      prompt: joi
        .valid('none', 'login', 'select_account', 'consent')
        .description(
          'The pages to show: none, the sign-in even for a signed-in user, an account selection, or a consent.',
        ),
      maxAge: joi
        .string()
        .pattern(/^[0-9]{1,9}$/)
        .description('Maximum age of the sign-in in seconds: the `max_age` of a refusal.'),
      acr: acrValues(),
      ...transportMember(settings),
      ...rememberMeMember(settings, joi.valid('true', 'false')),
    }),
  operations: [],
  refusedTo: errorPage,
  async handle(_body, call) {
    const { oauth, transactions } = call.managedLogin();
    const { returnTo = '/', maxAge: seconds, rememberMe: _wish, ...wishes } = call.query;
    const maxAge = seconds === undefined ? undefined : Number(seconds);
    const { transport, cookies } = call;
    const wish = { returnTo, maxAge, transport, rememberMe: wishedLifetime(call) };
    const begun = transactions.begin(cookies, wish);
    return new Redirect(await oauth.authorizationUrl({ ...wishes, ...begun }));
  },
  errors: ['invalid_request', ...UPSTREAM_ERRORS],
  redirects: 'always',
  response: {},
  example: { response: {} },
};

/** A step-up keeps the lifetime of the session, unless the request says otherwise. */
function wishedLifetime({
  query: { rememberMe, maxAge, acr },
  cookies,
}: HandlerContext): boolean | undefined {
  if (rememberMe !== undefined) return rememberMe === 'true';
  const refresh = (maxAge ?? acr) === undefined ? undefined : cookies.read('refresh');
  return typeof refresh === 'string' ? lifetimeIn(refresh) === 'tokens' : undefined;
}

export const completeManagedLogin: HandlerEndpoint<undefined> = {
  name: 'completeManagedLogin',
  method: 'get',
  path: '/callback',
  summary: 'Complete the sign-in of a browser that returns from the managed login pages.',
  description:
    'The user pool redirects the browser here. The code is exchanged for tokens once, by the browser that started the sign-in.',
  tag: 'sign-in',
  auth: 'none',
  navigation: 'anywhere',
  rateLimit: 'write',
  query: ({ managedLogin }) =>
    joi
      .object({
        state: joi
          .string()
          .pattern(STATE)
          .presence(managedLogin?.idpInitiated ? 'optional' : 'required')
          .description('The state of the sign-in.'),
        code: joi.string().max(2048).pattern(VISIBLE).description('The authorization code.'),
        iss: joi.string().max(2048).pattern(VISIBLE).description('The issuer of the response (RFC 9207).'),
        error: joi.string().max(128).pattern(VISIBLE).description('The error code, in place of a code.'),
        error_description: joi.string().allow('').description('The reason for the error code.'),
      })
      .or('code', 'error'),
  operations: [],
  refusedTo: errorPage,
  handle: comeBack,
  errors: [
    'invalid_request',
    'invalid_session',
    'login_required',
    'access_denied',
    'insufficient_user_authentication',
    'rejected_by_pool',
    ...UPSTREAM_ERRORS,
  ],
  redirects: 'with-cookies',
  response: { $ref: '#/components/schemas/ManagedLoginResult' },
  example: {
    response: { ...COMPLETE_EXAMPLE, returnTo: '/reports' },
  },
};

const FRAMED: Problem = problem('invalid_request', {
  detail: 'Tokens are not sent to a frame. Fetch this URL from a page of yours, or use cookies.',
});

const NO_STATE: Problem = problem('validation_failed', {
  errors: [{ path: '/state', message: 'is required' }],
});

/**
 * Returns the refusal of a callback that belongs to no pending sign-in of this browser: after the back button, a bookmark
 * or a long break, or from an attacker. Its code is never used. A page goes on to a sign-in of its own, or to the app.
 */
async function refuseStray({
  query: { state = '', code },
  settings,
  cookies,
  navigationTarget,
  managedLogin,
}: HandlerContext): Promise<ProblemError> {
  const refusal = state === '' ? NO_STATE : problem('invalid_session');
  if (navigationTarget !== 'page' || settings.transport === 'bearer') return new ProblemError(refusal);
  const { oauth, transactions } = managedLogin();
  const isSignedIn = ['access', 'refresh'].some((name) => typeof cookies.read(name) === 'string');
  const known = transactions.returnToOf(state);
  if (isSignedIn && known !== undefined) return new RefusedNavigation(refusal, known);
  if (code !== undefined && !transactions.isReplacement(state)) {
    const wish = { returnTo: known ?? '/', transport: 'cookie', replaces: true } as const;
    const begun = transactions.begin(cookies, wish);
    return new RefusedNavigation(refusal, await oauth.authorizationUrl(begun));
  }
  return isSignedIn ? new RefusedNavigation(refusal, '/') : new ProblemError(refusal);
}

async function comeBack(_body: undefined, call: HandlerContext): Promise<object> {
  const { query, cookies } = call;
  const { transactions, signIn } = call.managedLogin();
  const { state = '', code = '', iss, error, error_description: description } = query;
  // Before any call to Cognito, because a code that this browser did not request may be an attacker's.
  const transaction = transactions.end(cookies, state);
  if (!transaction) throw await refuseStray(call);
  const { transport, returnTo, rememberMe } = transaction;
  // A page of another site can open a frame, with `prompt=none`.
  if (transport === 'bearer' && call.navigationTarget === 'frame') throw new ProblemError(FRAMED);
  if (error !== undefined) throw new UpstreamRefusal(authorizationFault(error, description));
  const { auth, tokens } = await signIn({ code, state, iss }, { ...transaction, state });
  call.identify(auth);
  if (transport === 'bearer') return { status: 'complete', tokens, returnTo };
  return new Redirect(returnTo, { tokens, rememberMe });
}

export const managedLogout: HandlerEndpoint<{ readonly refreshToken?: string }> = {
  name: 'managedLogout',
  method: 'get',
  path: '/logout',
  summary: "Revoke the browser's session, and redirect it to the sign-out of the user pool.",
  description:
    'Open it as a page, for example with a link. The cookies are cleared even if Cognito is unavailable.',
  tag: 'session',
  auth: 'optional',
  navigation: 'own-pages',
  acceptsRevoked: true,
  cookies: { refreshToken: 'refresh' },
  rateLimit: 'write',
  query: (settings) => joi.object({ returnTo: returnTo(settings, settings.managedLogin?.logoutUris) }),
  operations: ['RevokeToken'],
  async handle(body, call) {
    const { managedLogin } = call.settings;
    // The cookies are cleared even after a failure, and only the log can show it.
    if (call.transport === 'cookie') {
      await signOutBrowser(body, call).catch(call.logFault);
      noteSignOut(body, call);
    }
    const { returnTo = '/' } = call.query;
    const [first, ...others] = managedLogin?.logoutUris ?? [];
    if (first === undefined) return new Redirect(returnTo);
    const logoutUri = others.find((uri) => uri === returnTo) ?? first;
    return new Redirect(await call.managedLogin().oauth.logoutUrl(logoutUri));
  },
  errors: ['invalid_request', 'cross_site_request', ...UPSTREAM_ERRORS],
  redirects: 'always',
  response: {},
  example: { response: {} },
};

/** Cognito compares sign-out URLs character by character, so they are not normalized. */
function returnTo(settings: Settings, exactly: readonly string[] = []): Joi.StringSchema {
  const { trustedOrigins } = settings;
  const loops = isOwnPage(settings);
  return joi
    .string()
    .custom((value: string, helpers) => {
      if (exactly.includes(value)) return value;
      const target = redirectTarget(value, trustedOrigins);
      return target === undefined || loops(target) ? helpers.error('string.returnTo') : target;
    })
    .meta({
      jsonSchema: {
        maxLength: MAX_PATH_LENGTH,
        pattern: redirectTargetPattern([...trustedOrigins, ...exactly.map((uri) => new URL(uri).origin)]),
      },
    })
    .description(
      'The page to redirect to afterwards: a path of the same origin, or a URL on a trusted origin. Default: `/`.',
    );
}

/** Returns whether a redirect target is one of these endpoints, which would log the user in or out again. */
function isOwnPage(settings: Settings): (target: string) => boolean {
  const paths = ownPaths(settings);
  const { redirectUri = 'https://app.invalid' } = settings.managedLogin ?? {};
  return (target) => {
    const { origin } = new URL(target, redirectUri);
    return origin === new URL(redirectUri).origin && paths.includes(pathOnly(target));
  };
}

/** Returns the paths of these endpoints. The redirect URI reveals the mount path. */
function ownPaths({ managedLogin, routes }: Settings): readonly string[] {
  if (!managedLogin) return [];
  const back = pathOnly(managedLogin.redirectUri);
  const suffix = String(routes.completeManagedLogin ?? completeManagedLogin.path).toLowerCase();
  if (!back.endsWith(suffix)) return [back];
  const mount = back.slice(0, -suffix.length);
  const others = [
    routes.startManagedLogin ?? startManagedLogin.path,
    routes.managedLogout ?? managedLogout.path,
  ];
  return [back, ...others.map((path) => `${mount}${path}`.toLowerCase())];
}

/** Normalizes a path as Express does. */
function pathOnly(url: string): string {
  return new URL(url, 'https://app.invalid').pathname.toLowerCase().replace(/\/$/, '');
}

function identityProviders({ managedLogin }: Settings): Joi.PartialSchemaMap {
  const allowed = managedLogin?.identityProviders;
  const identityProvider = allowed
    ? joi.valid(...allowed)
    : joi
        .string()
        .pattern(PROVIDER_NAME)
        .meta(documentedAs(`^${NAME_CHARACTER}{1,32}$`));
  return {
    identityProvider: identityProvider.description(
      'The name of the identity provider, to skip the sign-in page.',
    ),
    // An identifier could select a provider outside the list.
    ...(!allowed && {
      idpIdentifier: joi
        .string()
        .pattern(PROVIDER_IDENTIFIER)
        .description('An identifier of the identity provider, such as an e-mail domain.'),
    }),
  };
}

/** Returns the error page for a navigation. A script gets the problem itself. */
function errorPage(
  { code, detail }: Problem,
  { req, settings: { managedLogin } }: Refused,
): string | undefined {
  if (managedLogin?.errorPage === undefined || isPrefetch(req)) return undefined;
  if (navigationTarget(req) === undefined) return undefined;
  const [path = '', fragment] = managedLogin.errorPage.split('#');
  const mark = path.includes('?') ? '&' : '?';
  // The page has its own words for each code of the kit, but not for those of a trigger or a hook.
  const isOwn = Object.hasOwn(PROBLEMS, code) && PROBLEMS[code as ProblemCode][2] === detail;
  const reason = { error: code, ...(!isOwn && { error_description: detail.slice(0, MAX_DESCRIPTION) }) };
  return `${path}${mark}${new URLSearchParams(reason)}${fragment === undefined ? '' : `#${fragment}`}`;
}
