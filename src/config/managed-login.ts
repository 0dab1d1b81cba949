import { type Check, check, flag, listOf, object, oneOrMore, text } from '../shared/checks.ts';
import { wrongOption } from '../shared/option-errors.ts';
import { redirectTarget } from '../shared/redirect-target.ts';
import { sameOriginPath } from '../shared/same-origin-path.ts';
import {
  type CookieSecretOptions,
  type CookieSecrets,
  cookieSecretCheck,
  missingCookieSecret,
  parseCookieSecret,
} from './cookie-secret.ts';
import { isPrivateWay } from './loopback.ts';

/** The options of managed login. */
export interface ManagedLoginConfig {
  /**
   * The absolute URL of `/callback`, or of a page that fetches it. It must match one of the app client's callback URLs
   * exactly. `http://` is allowed on loopback only. A request cannot override it.
   */
  redirectUri: string;
  /**
   * The URL that Cognito redirects to after `/logout`, one of the app client's sign-out URLs. With a list, the
   * `returnTo` of `/logout` selects one of them, and the first is the default. Default: none; `/logout` then revokes only
   * the app's session, and the browser stays signed in at Cognito.
   */
  logoutUri?: string | readonly string[];
  /**
   * The scopes of the access token. The app client must allow each of them. Without `aws.cognito.signin.user.admin`,
   * endpoints that need a token refuse it.
   * Default: `['openid', 'email', 'profile', 'aws.cognito.signin.user.admin']`.
   */
  scopes?: readonly string[];
  /** The identity providers that a request to `/login` may select. Default: any. */
  identityProviders?: readonly string[];
  /**
   * The page that failed sign-ins redirect to, with `?error=<code>`: a path of the app, or a URL on one of
   * `trustedOrigins`. The words of a Lambda trigger are in `error_description`. Default: none; a browser gets a short
   * page, and a script the problem.
   */
  errorPage?: string;
  /**
   * Whether users can start at their identity provider (SAML IdP-initiated sign-in). The callback then has a code and no
   * state. The code is dropped, and a new sign-in is started, which the user's session at the pool completes without a
   * prompt. Requires cookies. Default: false; such a callback is refused.
   */
  idpInitiated?: boolean;
}

/** The options of `createCognitoRouter` that concern managed login. */
export interface ManagedLoginOptions extends CookieSecretOptions {
  /**
   * Enables sign-in at the user pool's hosted pages and their identity providers: adds `/login`, `/callback` and
   * `/logout`. Requires `cookieSecret`. Default: disabled.
   */
  managedLogin?: ManagedLoginConfig;
}

/** The parsed managed login options. */
export interface ManagedLoginSettings {
  readonly managedLogin:
    | {
        readonly redirectUri: string;
        /** The default comes first. Empty without the option. */
        readonly logoutUris: readonly string[];
        readonly scopes: readonly string[];
        readonly identityProviders: readonly string[] | undefined;
        readonly errorPage: string | undefined;
        readonly idpInitiated: boolean;
      }
    | undefined;
  readonly cookieSecret: CookieSecrets | undefined;
}

const REDIRECT_FIX =
  'write one of the app client\'s "Allowed callback URLs", such as "https://app.example.com/auth/callback": https://, or http:// on loopback, with a path, without query or fragment';
const LOGOUT_FIX =
  'write one or more of the app client\'s "Allowed sign-out URLs" exactly as they stand there, such as "https://app.example.com": https://, or http:// on loopback';
const ERROR_PAGE_FIX =
  'write a path of your app, such as "/sign-in-failed", or a URL on one of trustedOrigins';
const SCOPES_FIX = 'write a list of scopes that the app client allows, including "openid"';
const PROVIDERS_FIX = 'write a list of identity provider names, such as "Google"';

export const MANAGED_LOGIN_CHECKS: Readonly<Record<keyof ManagedLoginOptions, Check>> = {
  managedLogin: object(
    {
      redirectUri: {
        required: text((value) => webAddress(value)?.href === value && !value.includes('?'), REDIRECT_FIX),
      },
      logoutUri: oneOrMore(
        text((value) => webAddress(value) !== undefined, LOGOUT_FIX),
        LOGOUT_FIX,
      ),
      scopes: scopeList,
      identityProviders: listOf(
        text((value) => value.length <= 32, PROVIDERS_FIX),
        [1, 1000],
        PROVIDERS_FIX,
      ),
      // Whether its origin is trusted is checked when the options are parsed.
      errorPage: text((value) => sameOriginPath(value) === value || URL.canParse(value), ERROR_PAGE_FIX),
      idpInitiated: flag,
    },
    'write { redirectUri: "https://app.example.com/auth/callback" }, and logoutUri, scopes, identityProviders, errorPage or idpInitiated as needed',
  ),
  cookieSecret: cookieSecretCheck,
};

/**
 * Returns the URL, unless it is unsafe. Cognito compares it with the app client's character by character.
 * `redirectUri` also has to be in the form that browsers serialize, because openid-client sends it in that form.
 */
function webAddress(value: string): URL | undefined {
  if (!URL.canParse(value) || /[^\x21-\x7e]|#/.test(value)) return undefined;
  const url = new URL(value);
  return isPrivateWay(url) && url.username === '' && url.password === '' ? url : undefined;
}

function scopeList(name: string, value: unknown): void {
  const scope = text((each) => /^[\x21\x23-\x5b\x5d-\x7e]{1,256}$/.test(each), SCOPES_FIX);
  listOf(scope, [1, 1000], SCOPES_FIX)(name, value);
  check((scopes) => (scopes as unknown[]).includes('openid'), SCOPES_FIX)(name, value);
}

/** Cognito requires the last one for operations on profiles, factors and devices. */
export const DEFAULT_SCOPES: readonly string[] = [
  'openid',
  'email',
  'profile',
  'aws.cognito.signin.user.admin',
];

/** Parses checked options. Throws a `TypeError` if `cookieSecret` is missing, or `errorPage` is on an unknown origin. */
export function parseManagedLogin(
  { managedLogin, ...secret }: ManagedLoginOptions,
  trustedOrigins: readonly string[],
): ManagedLoginSettings {
  const cookieSecret = parseCookieSecret(secret);
  if (managedLogin !== undefined && cookieSecret === undefined) throw missingCookieSecret('managedLogin');
  const errorPage = managedLogin?.errorPage;
  if (errorPage !== undefined && redirectTarget(errorPage, trustedOrigins) !== errorPage) {
    throw wrongOption('managedLogin.errorPage', errorPage, ERROR_PAGE_FIX);
  }
  return {
    managedLogin:
      managedLogin &&
      Object.freeze({
        redirectUri: managedLogin.redirectUri,
        logoutUris: Object.freeze([managedLogin.logoutUri ?? []].flat()),
        scopes: Object.freeze([...(managedLogin.scopes ?? DEFAULT_SCOPES)]),
        identityProviders:
          managedLogin.identityProviders && Object.freeze([...managedLogin.identityProviders]),
        errorPage,
        idpInitiated: managedLogin.idpInitiated ?? false,
      }),
    cookieSecret,
  };
}
