import Joi from 'joi';
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
  /** A path of the app that failed log-ins redirect to, with `?error=<code>`. Default: none; a problem is sent. */
  errorPath?: string;
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
      }
    | undefined;
  readonly cookieSecret: readonly [string, ...string[]] | undefined;
}

/** Requires the form that browsers serialize, because Cognito compares the URLs character by character. */
const webAddress = Joi.string().custom((value: string, helpers) => {
  const written = URL.canParse(value) ? new URL(value) : undefined;
  if (written?.href !== value || !isPrivateWay(written) || written.username !== '' || written.hash !== '') {
    return helpers.error('any.invalid');
  }
  return value;
});

const secret = Joi.string().min(32);

export const MANAGED_LOGIN_SCHEMAS: Joi.PartialSchemaMap = {
  managedLogin: Joi.object({
    redirectUri: webAddress
      .custom((value: string, helpers) => (value.includes('?') ? helpers.error('any.invalid') : value))
      .required(),
    logoutUri: webAddress,
    scopes: Joi.array()
      .items(Joi.string().pattern(/^[\x21\x23-\x5b\x5d-\x7e]{1,256}$/))
      .unique()
      .has(Joi.valid('openid')),
    identityProviders: Joi.array().items(Joi.string().max(32)).min(1).unique(),
    errorPath: Joi.string().custom((value: string, helpers) =>
      sameOriginPath(value) === value ? value : helpers.error('any.invalid'),
    ),
  }),
  cookieSecret: Joi.alternatives(secret, Joi.array().items(secret).min(1).unique()),
};

/** How to fix an option, by its path. */
export const MANAGED_LOGIN_HINTS: Readonly<Record<string, string>> = {
  managedLogin: 'write { redirectUri, logoutUri, scopes, identityProviders, errorPath }',
  'managedLogin.redirectUri':
    'write one of the app client\'s "Allowed callback URLs", such as "https://app.example.com/auth/callback": https://, or http:// on loopback, without query or fragment',
  'managedLogin.logoutUri':
    'write one of the app client\'s "Allowed sign-out URLs", such as "https://app.example.com/": https://, or http:// on loopback',
  'managedLogin.scopes': 'write a list of scopes that the app client allows, including "openid"',
  'managedLogin.identityProviders': 'write a list of identity provider names, such as "Google"',
  'managedLogin.errorPath': 'write a path of your app, such as "/sign-in-failed"',
  cookieSecret:
    'write a random string of 32 characters or more, or a list of such strings with the newest first',
};

/** Cognito requires the last one for operations on profiles, factors and devices. */
const DEFAULT_SCOPES: readonly string[] = ['openid', 'email', 'profile', 'aws.cognito.signin.user.admin'];

/** Parses options that the schema has accepted. Throws a `TypeError` if `cookieSecret` is missing. */
export function parseManagedLogin({ managedLogin, cookieSecret }: ManagedLoginOptions): ManagedLoginSettings {
  const secrets = cookieSecret === undefined ? [] : [cookieSecret].flat();
  const [newest, ...older] = secrets;
  if (managedLogin !== undefined && newest === undefined) {
    throw optionError(
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
      }),
    cookieSecret: newest === undefined ? undefined : Object.freeze([newest, ...older] as const),
  };
}
