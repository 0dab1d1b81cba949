import { type Check, check, flag, listOf, object, oneOrMore, text } from '../shared/checks.ts';
import { optionError } from '../shared/option-errors.ts';
import { sameOriginPath } from '../shared/same-origin-path.ts';
import { isPrivateWay } from './loopback.ts';

/** The options of managed login. */
export interface ManagedLoginConfig {
  /**
   * The absolute URL of `/callback`, or of a page that fetches it. It must match one of the app client's callback URLs
   * exactly. `http://` is allowed on loopback only. A request cannot override it.
   */
  redirectUri: string;
  /**
   * The URL that Cognito redirects to after `/logout`, one of the app client's sign-out URLs. Default: none; `/logout`
   * then revokes only the app's session, and the browser stays signed in at Cognito.
   */
  logoutUri?: string;
  /**
   * The scopes of the access token. The app client must allow each of them. Without `aws.cognito.signin.user.admin`,
   * endpoints that need a token refuse it.
   * Default: `['openid', 'email', 'profile', 'aws.cognito.signin.user.admin']`.
   */
  scopes?: readonly string[];
  /** The identity providers that a request to `/login` may select. Default: any. */
  identityProviders?: readonly string[];
  /**
   * A path of the app that failed sign-ins redirect to, with `?error=<code>`. The words of a Lambda trigger are in
   * `error_description`. Default: none; a browser gets a short page, and a script the problem.
   */
  errorPath?: string;
  /**
   * Whether users can start at their identity provider (SAML IdP-initiated sign-in). The callback then has a code and no
   * state. The code is dropped, and a new sign-in is started, which the user's session at the pool completes without a
   * prompt. Requires cookies. Default: false; such a callback is refused.
   */
  idpInitiated?: boolean;
}

/** The options of `createCognitoRouter` that concern managed login. */
export interface ManagedLoginOptions {
  /**
   * Enables sign-in at the user pool's hosted pages and their identity providers: adds `/login`, `/callback` and
   * `/logout`. Requires `cookieSecret`. Default: disabled.
   */
  managedLogin?: ManagedLoginConfig;
  /**
   * The secret that seals the cookies of managed login: 32 random characters or more, the same on every instance.
   * For a rotation, write a list: the first seals, and all of them open. Default: none.
   */
  cookieSecret?: string | readonly string[] | undefined;
}

/** The parsed managed login options. */
export interface ManagedLoginSettings {
  readonly managedLogin:
    | {
        readonly redirectUri: string;
        readonly logoutUri: string | undefined;
        readonly scopes: readonly string[];
        readonly identityProviders: readonly string[] | undefined;
        readonly errorPath: string | undefined;
        readonly idpInitiated: boolean;
      }
    | undefined;
  readonly cookieSecret: readonly [string, ...string[]] | undefined;
}

const REDIRECT_FIX =
  'write one of the app client\'s "Allowed callback URLs", such as "https://app.example.com/auth/callback": https://, or http:// on loopback, with a path, without query or fragment';
const SCOPES_FIX = 'write a list of scopes that the app client allows, including "openid"';
const PROVIDERS_FIX = 'write a list of identity provider names, such as "Google"';
const SECRET_FIX =
  'write a random string of 32 characters or more, or a list of such strings with the newest first';

export const MANAGED_LOGIN_CHECKS: Readonly<Record<keyof ManagedLoginOptions, Check>> = {
  managedLogin: object(
    {
      redirectUri: {
        required: text((value) => webAddress(value)?.href === value && !value.includes('?'), REDIRECT_FIX),
      },
      logoutUri: text(
        (value) => webAddress(value) !== undefined,
        'write one of the app client\'s "Allowed sign-out URLs" exactly as it stands there, such as "https://app.example.com": https://, or http:// on loopback',
      ),
      scopes: scopeList,
      identityProviders: listOf(
        text((value) => value.length <= 32, PROVIDERS_FIX),
        [1, 1000],
        PROVIDERS_FIX,
      ),
      errorPath: text(
        (value) => sameOriginPath(value) === value,
        'write a path of your app, such as "/sign-in-failed"',
      ),
      idpInitiated: flag,
    },
    'write { redirectUri: "https://app.example.com/auth/callback" }, and logoutUri, scopes, identityProviders, errorPath or idpInitiated as needed',
  ),
  cookieSecret: oneOrMore(
    text((value) => value.length >= 32, SECRET_FIX),
    SECRET_FIX,
  ),
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
const DEFAULT_SCOPES: readonly string[] = ['openid', 'email', 'profile', 'aws.cognito.signin.user.admin'];

/** Parses checked options. Throws a `TypeError` if `cookieSecret` is missing. */
export function parseManagedLogin({ managedLogin, cookieSecret }: ManagedLoginOptions): ManagedLoginSettings {
  const secrets = cookieSecret === undefined ? [] : [cookieSecret].flat();
  const [newest, ...older] = secrets;
  if (managedLogin !== undefined && newest === undefined) {
    throw optionError(
      'cookieSecret',
      'cookieSecret is missing; managedLogin requires it: write a random string of 32 characters or more, the same on every instance',
    );
  }
  return {
    managedLogin:
      managedLogin &&
      Object.freeze({
        redirectUri: managedLogin.redirectUri,
        logoutUri: managedLogin.logoutUri,
        scopes: Object.freeze([...(managedLogin.scopes ?? DEFAULT_SCOPES)]),
        identityProviders:
          managedLogin.identityProviders && Object.freeze([...managedLogin.identityProviders]),
        errorPath: managedLogin.errorPath,
        idpInitiated: managedLogin.idpInitiated ?? false,
      }),
    cookieSecret: newest === undefined ? undefined : Object.freeze([newest, ...older] as const),
  };
}
