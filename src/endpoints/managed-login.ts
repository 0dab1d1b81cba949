import Joi from 'joi';
import { authorizationFault } from '../cognito/oauth-fault.ts';
import { UpstreamRefusal } from '../cognito/upstream-refusal.ts';
import type { Settings } from '../config/settings.ts';
import { isPrefetch } from '../cookies/navigation.ts';
import { type Problem, ProblemError, problem } from '../shared/problem.ts';
import { MAX_PATH_LENGTH, SAME_ORIGIN_PATTERN, sameOriginPath } from '../shared/same-origin-path.ts';
import type { HandlerContext, HandlerEndpoint, Refused } from './endpoint.ts';
import { acrValues, documentedAs, NAME_CHARACTER, transportMember } from './fields.ts';
import { Redirect } from './redirect.ts';
import { signOutBrowser } from './session.ts';
import { COMPLETE_EXAMPLE } from './sign-in-result.ts';

/** Where managed login comes back to, as RFC 6749 4.1.2 and RFC 9207 have it. What else it brings is left alone. */
const STATE = /^[A-Za-z0-9_-]{1,128}$/;
const VISIBLE = /^[\x20-\x7e]*$/;
/** `en`, `pt-BR`, `zh-Hans-CN` (RFC 5646). */
const LOCALE = /^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8}){0,3}$/;
/** The names and identifiers that Cognito takes (CreateIdentityProvider). */
const PROVIDER_NAME = /^[\p{L}\p{M}\p{S}\p{N}\p{P}]{1,32}$/u;
const PROVIDER_IDENTIFIER = /^[A-Za-z0-9_ +=.@-]{1,40}$/;

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
  summary: 'Send the browser to the managed login pages of the user pool.',
  description:
    'Open it as a page, for example with a link. The browser comes back with a code, which the callback takes.',
  tag: 'sign-in',
  auth: 'none',
  navigation: 'anywhere',
  startsSession: true,
  rateLimit: 'write',
  query: (settings) =>
    Joi.object({
      returnTo: returnTo(settings),
      ...identityProviders(settings),
      loginHint: Joi.string()
        .max(256)
        .pattern(/^[^\x00-\x1f\x7f-\x9f]*$/)
        .description('The name to fill in.'),
      locale: Joi.string().pattern(LOCALE).description('The language of the pages, such as `pt-BR`.'),
      prompt: Joi.valid('none', 'login', 'select_account', 'consent').description(
        'What to show: nothing, the sign-in even to whoever is signed in, a choice of accounts, or a consent.',
      ),
      maxAge: Joi.string()
        .pattern(/^[0-9]{1,9}$/)
        .description('Seconds that the sign-in may be ago: the `max_age` of a refusal.'),
      acr: acrValues(),
      ...transportMember(settings),
    }),
  operations: [],
  refusedTo: errorPage,
  async handle(_body, call) {
    const { oauth, transactions } = call.managedLogin();
    const { returnTo = '/', maxAge: seconds, ...wishes } = call.query;
    const maxAge = seconds === undefined ? undefined : Number(seconds);
    const { transport, cookies } = call;
    const begun = transactions.begin(cookies, { returnTo, maxAge, transport });
    return new Redirect(await oauth.authorizationUrl({ ...wishes, ...begun }));
  },
  errors: ['invalid_request', ...UPSTREAM_ERRORS],
  redirects: 'always',
  response: {},
  example: { response: {} },
};

export const completeManagedLogin: HandlerEndpoint<undefined> = {
  name: 'completeManagedLogin',
  method: 'get',
  path: '/callback',
  summary: 'Sign in whoever comes back from the managed login pages.',
  description:
    'The user pool sends the browser here. The code is exchanged for tokens once, within the sign-in that the same browser began.',
  tag: 'sign-in',
  auth: 'none',
  navigation: 'anywhere',
  rateLimit: 'write',
  query: () =>
    Joi.object({
      state: Joi.string().pattern(STATE).required().description('The log-in that this is the end of.'),
      code: Joi.string().max(2048).pattern(VISIBLE).description('What the tokens are got for.'),
      iss: Joi.string().max(2048).pattern(VISIBLE).description('The issuer that it comes from (RFC 9207).'),
      error: Joi.string().max(128).pattern(VISIBLE).description('Why there is no code.'),
    })
      .or('code', 'error')
      .unknown(),
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

async function comeBack(_body: undefined, call: HandlerContext): Promise<object> {
  const { query, cookies } = call;
  const { transactions, signIn } = call.managedLogin();
  const { state = '', code = '', iss, error } = query;
  // Before anything is asked of Cognito: a code that this browser has not asked for is not this user's to use.
  const transaction = transactions.end(cookies, state);
  if (!transaction) throw new ProblemError(problem('invalid_session'));
  if (error !== undefined) throw new UpstreamRefusal(authorizationFault(error));
  const { auth, tokens } = await signIn({ code, state, iss }, { ...transaction, state });
  call.identify(auth);
  const { transport, returnTo } = transaction;
  if (transport === 'bearer') return { status: 'complete', tokens, returnTo };
  return new Redirect(returnTo, tokens);
}

export const managedLogout: HandlerEndpoint<{ readonly refreshToken?: string }> = {
  name: 'managedLogout',
  method: 'get',
  path: '/logout',
  summary: 'End the session in the browser, and send it to the user pool for the same.',
  description:
    'Open it as a page, for example with a link. The browser forgets its cookies even if Cognito is unreachable.',
  tag: 'session',
  auth: 'optional',
  navigation: 'own-pages',
  acceptsRevoked: true,
  cookies: { refreshToken: 'refresh' },
  rateLimit: 'write',
  query: (settings) => Joi.object({ returnTo: returnTo(settings) }),
  operations: ['RevokeToken'],
  async handle(body, call) {
    const { managedLogin } = call.settings;
    // The browser forgets its session whoever can be told of it; and what is said of it here, nobody reads.
    if (call.transport === 'cookie') await signOutBrowser(body, call).catch(() => undefined);
    if (managedLogin?.logoutUri === undefined) return new Redirect(call.query.returnTo ?? '/');
    return new Redirect(await call.managedLogin().oauth.logoutUrl(managedLogin.logoutUri));
  },
  errors: ['invalid_request', 'cross_site_request', ...UPSTREAM_ERRORS],
  redirects: 'always',
  response: {},
  example: { response: {} },
};

function returnTo(settings: Settings): Joi.StringSchema {
  const own = ownPaths(settings);
  return Joi.string()
    .custom((value: string, helpers) => {
      const path = sameOriginPath(value);
      if (path === undefined || own.includes(pathOnly(path))) return helpers.error('string.returnTo');
      return path;
    })
    .meta({ jsonSchema: { maxLength: MAX_PATH_LENGTH, pattern: SAME_ORIGIN_PATTERN } })
    .description('The path to go to afterwards, of the same origin: 512 characters at most. Default: `/`.');
}

/** What would log in or out whoever has just done so. The redirect URI tells where browsers find these. */
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

/** As Express compares it. */
function pathOnly(url: string): string {
  return new URL(url, 'https://app.invalid').pathname.toLowerCase().replace(/\/$/, '');
}

function identityProviders({ managedLogin }: Settings): Joi.PartialSchemaMap {
  const allowed = managedLogin?.identityProviders;
  const identityProvider = allowed
    ? Joi.valid(...allowed)
    : Joi.string()
        .pattern(PROVIDER_NAME)
        .meta(documentedAs(`^${NAME_CHARACTER}{1,32}$`));
  return {
    identityProvider: identityProvider.description('The name of the identity provider to go to at once.'),
    // An identifier could stand for a provider that is not in the list.
    ...(!allowed && {
      idpIdentifier: Joi.string()
        .pattern(PROVIDER_IDENTIFIER)
        .description('The same by one of its identifiers, such as a domain of e-mail addresses.'),
    }),
  };
}

/** A browser that shows an answer is sent to a page that a user can read; a script gets the problem itself. */
function errorPage({ code }: Problem, { req, settings: { managedLogin } }: Refused): string | undefined {
  if (managedLogin?.errorPath === undefined || isPrefetch(req)) return undefined;
  if ((req.headers['sec-fetch-mode'] ?? 'navigate') !== 'navigate') return undefined;
  const [path = '', fragment] = managedLogin.errorPath.split('#');
  const mark = path.includes('?') ? '&' : '?';
  return `${path}${mark}error=${encodeURIComponent(code)}${fragment === undefined ? '' : `#${fragment}`}`;
}
