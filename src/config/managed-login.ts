import Joi from 'joi';
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

/** As a browser writes it, and as the app client has to have it: Cognito compares the characters. */
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

/** What to write instead, by the option that is wrong. */
export const MANAGED_LOGIN_HINTS: Readonly<Record<string, string>> = {
  managedLogin: 'write { redirectUri, logoutUri, scopes, identityProviders, errorPath }',
  'managedLogin.redirectUri':
    'write one of the app client\'s "Allowed callback URLs", such as "https://app.example.com/auth/callback": https://, or http:// on loopback, without query or fragment',
  'managedLogin.logoutUri':
    'write one of the app client\'s "Allowed sign-out URLs", such as "https://app.example.com/": https://, or http:// on loopback',
  'managedLogin.scopes': 'write a list of scopes that the app client allows, with "openid" among them',
  'managedLogin.identityProviders': 'write a list of names of identity providers, such as "Google"',
  'managedLogin.errorPath': 'write a path of your app, such as "/sign-in-failed"',
  cookieSecret: 'write a random string of 32 characters or more, or a list of them with the newest first',
};

/** The last is for the endpoints of the profile, the factors and the devices, which Cognito refuses without. */
const DEFAULT_SCOPES: readonly string[] = ['openid', 'email', 'profile', 'aws.cognito.signin.user.admin'];

/** Completes what the schema has let through. */
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
