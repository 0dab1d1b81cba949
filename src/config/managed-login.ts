import { type Check, check, listOf, object, oneOrMore, text } from '../shared/checks.ts';
import { optionError } from '../shared/option-errors.ts';
import { sameOriginPath } from '../shared/same-origin-path.ts';
import { isPrivateWay } from './loopback.ts';

export interface ManagedLoginConfig {
  /**
   * Where the browser comes back to: the whole URL of `/callback`, or of a page that fetches it, exactly as it stands
   * among the app client's callback URLs. `http://` is for loopback only. It never comes from a request.
   */
  redirectUri: string;
  /**
   * Where Cognito sends the browser after `/logout`: one of the app client's sign-out URLs. Default: only the session
   * here is ended.
   */
  logoutUri?: string;
  /**
   * What the access token is to be good for; the app client has to allow each. Without `aws.cognito.signin.user.admin`
   * Cognito refuses it at the endpoints that need a token.
   * Default: `['openid', 'email', 'profile', 'aws.cognito.signin.user.admin']`.
   */
  scopes?: readonly string[];
  /** The identity providers that `/login` may be asked to go to at once. Default: any. */
  identityProviders?: readonly string[];
  /** A path of the app that shows why a log-in failed: it gets `?error=<code>`. Default: the answer is a problem. */
  errorPath?: string;
}

export interface ManagedLoginOptions {
  /**
   * Lets users sign in at the pool's own pages, and at the identity providers behind them: adds `/login`,
   * `/callback` and `/logout`. Needs `cookieSecret`. Default: none of it.
   */
  managedLogin?: ManagedLoginConfig;
  /**
   * Seals what managed login keeps in cookies: 32 random characters or more, the same on every instance. To replace
   * it, write a list: the first seals, and all open. Default: none.
   */
  cookieSecret?: string | readonly string[] | undefined;
}

/** The same, checked and complete. */
export interface ManagedLoginSettings {
  readonly managedLogin:
    | {
        readonly redirectUri: string;
        readonly logoutUri: string | undefined;
        readonly scopes: readonly string[];
        readonly identityProviders: readonly string[] | undefined;
        readonly errorPath: string | undefined;
      }
    | undefined;
  readonly cookieSecret: readonly [string, ...string[]] | undefined;
}

const REDIRECT_FIX =
  'write one of the app client\'s "Allowed callback URLs", such as "https://app.example.com/auth/callback": https://, or http:// on loopback, without query or fragment';
const SCOPES_FIX = 'write a list of scopes that the app client allows, with "openid" among them';
const PROVIDERS_FIX = 'write a list of names of identity providers, such as "Google"';
const SECRET_FIX = 'write a random string of 32 characters or more, or a list of them with the newest first';

export const MANAGED_LOGIN_CHECKS: Readonly<Record<keyof ManagedLoginOptions, Check>> = {
  managedLogin: object(
    {
      redirectUri: { required: text((value) => isWebAddress(value) && !value.includes('?'), REDIRECT_FIX) },
      logoutUri: text(
        isWebAddress,
        'write one of the app client\'s "Allowed sign-out URLs", such as "https://app.example.com/": https://, or http:// on loopback',
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
    },
    'write { redirectUri, logoutUri, scopes, identityProviders, errorPath }',
  ),
  cookieSecret: oneOrMore(
    text((value) => value.length >= 32, SECRET_FIX),
    SECRET_FIX,
  ),
};

/** Cognito compares the characters, so the URL must be spelled as a browser normalizes it. */
function isWebAddress(value: string): boolean {
  const url = URL.canParse(value) ? new URL(value) : undefined;
  return url?.href === value && isPrivateWay(url) && url.username === '' && url.hash === '';
}

function scopeList(name: string, value: unknown): void {
  const scope = text((each) => /^[\x21\x23-\x5b\x5d-\x7e]{1,256}$/.test(each), SCOPES_FIX);
  listOf(scope, [1, 1000], SCOPES_FIX)(name, value);
  check((scopes) => (scopes as unknown[]).includes('openid'), SCOPES_FIX)(name, value);
}

/** The last is for the endpoints of the profile, the factors and the devices, which Cognito refuses without. */
const DEFAULT_SCOPES: readonly string[] = ['openid', 'email', 'profile', 'aws.cognito.signin.user.admin'];

/** Completes checked options. */
export function parseManagedLogin({ managedLogin, cookieSecret }: ManagedLoginOptions): ManagedLoginSettings {
  const secrets = cookieSecret === undefined ? [] : [cookieSecret].flat();
  const [newest, ...older] = secrets;
  if (managedLogin !== undefined && newest === undefined) {
    throw optionError(
      'cookieSecret is missing; managedLogin needs one, the same on every instance: write a random string of 32 characters or more',
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
      }),
    cookieSecret: newest === undefined ? undefined : Object.freeze([newest, ...older] as const),
  };
}
