import type { SetupAnswers } from './answers.ts';
import type { Described, Setting } from './setting.ts';

const CLIENT = 'App clients → Edit';
const LOGIN = 'App clients → Login pages';
const SECONDS: Readonly<Record<string, number>> = { seconds: 1, minutes: 60, hours: 3600, days: 86_400 };

function flows({ authFlow }: SetupAnswers): string[] {
  return [`ALLOW_${authFlow}`];
}

/** Lifetime in seconds. Cognito counts in hours without a unit. */
function seconds(
  actual: unknown,
  unit: 'AccessToken' | 'IdToken',
  { TokenValidityUnits }: Described,
): number {
  const units = (TokenValidityUnits ?? {}) as Readonly<Record<string, string>>;
  return typeof actual === 'number' && actual > 0 ? actual * (SECONDS[units[unit] ?? 'hours'] ?? 3600) : 3600;
}

/** Settings of CreateUserPoolClient, CreateUserPoolDomain and CreateManagedLoginBranding. */
export const CLIENT_SETTINGS: readonly Setting[] = [
  {
    id: 'client-secret',
    resource: 'appClient',
    member: 'GenerateSecret',
    console: 'Create user pool → Application type',
    choose: '*Traditional web application*',
    why: 'With a secret, only your server can call Cognito for this app client.',
    severity: 'warning',
    lasting: true,
    value: ({ clientSecret }) => clientSecret === 'fixed',
    accepts: (_actual, { clientSecret }, { ClientSecret }) =>
      (clientSecret === 'fixed') === (ClientSecret !== undefined),
  },
  {
    id: 'client-auth-flow',
    resource: 'appClient',
    member: 'ExplicitAuthFlows',
    console: `${CLIENT} → Authentication flows`,
    choose:
      '`ALLOW_` and your [`authFlow`](reference/options.md#authflow); no ALLOW_REFRESH_TOKEN_AUTH with rotation',
    why: 'POST /sign-in uses this flow; rotation excludes ALLOW_REFRESH_TOKEN_AUTH, and the kit refreshes without it.',
    severity: 'error',
    value: flows,
    accepts: (actual, answers) =>
      Array.isArray(actual) && flows(answers).every((flow) => actual.includes(flow)),
  },
  {
    id: 'client-user-existence-errors',
    resource: 'appClient',
    member: 'PreventUserExistenceErrors',
    console: CLIENT,
    choose: 'Prevent user existence errors: *on*',
    why: 'Otherwise Cognito tells attackers which accounts exist.',
    severity: 'warning',
    value: () => 'ENABLED',
    accepts: (actual) => actual === 'ENABLED',
  },
  {
    id: 'client-token-revocation',
    resource: 'appClient',
    member: 'EnableTokenRevocation',
    console: CLIENT,
    choose: 'Token revocation: *on*',
    why: 'POST /sign-out revokes the refresh token.',
    severity: 'error',
    value: () => true,
    accepts: (actual) => actual === true,
  },
  {
    id: 'client-refresh-rotation',
    resource: 'appClient',
    member: 'RefreshTokenRotation.Feature',
    console: CLIENT,
    choose: 'Refresh token rotation: *on*',
    why: 'Rotation reveals the use of a stolen refresh token.',
    severity: 'warning',
    value: () => 'ENABLED',
    accepts: (actual) => actual === 'ENABLED',
  },
  {
    id: 'client-rotation-grace',
    resource: 'appClient',
    member: 'RefreshTokenRotation.RetryGracePeriodSeconds',
    console: CLIENT,
    choose: 'grace period 10 to 60 s',
    why: 'The grace period tolerates two tabs and a lost response.',
    severity: 'warning',
    value: () => 30,
    accepts: (actual, _answers, { RefreshTokenRotation }) =>
      (RefreshTokenRotation as { Feature?: unknown } | undefined)?.Feature !== 'ENABLED' ||
      (typeof actual === 'number' && actual >= 10),
  },
  {
    id: 'client-access-token-lifetime',
    resource: 'appClient',
    member: 'AccessTokenValidity',
    console: CLIENT,
    choose: 'Access token expiration: 5 to 15 minutes',
    why: 'A short lifetime limits how long a token stays valid elsewhere after a sign-out.',
    severity: 'warning',
    value: () => 15,
    accepts: (actual, _answers, described) => seconds(actual, 'AccessToken', described) <= 3600,
  },
  {
    id: 'client-id-token-lifetime',
    resource: 'appClient',
    member: 'IdTokenValidity',
    console: CLIENT,
    choose: 'ID token expiration: as the access token',
    why: 'The claims of a user are as old as the ID token.',
    severity: 'advice',
    value: () => 15,
    accepts: (actual, _answers, described) => seconds(actual, 'IdToken', described) <= 3600,
  },
  {
    id: 'client-refresh-token-lifetime',
    resource: 'appClient',
    member: 'RefreshTokenValidity',
    console: CLIENT,
    choose: 'Refresh token expiration: 30 days, or less',
    why: 'The session ends with the refresh token, because rotation does not extend it.',
    severity: 'advice',
    value: () => 30,
    accepts: () => true,
  },
  {
    id: 'client-token-units',
    resource: 'appClient',
    member: 'TokenValidityUnits',
    console: CLIENT,
    choose: 'the units of the expirations',
    why: 'Without units, Cognito counts access and ID tokens in hours.',
    severity: 'advice',
    value: () => ({ AccessToken: 'minutes', IdToken: 'minutes', RefreshToken: 'days' }),
    accepts: () => true,
  },
  {
    id: 'client-challenge-lifetime',
    resource: 'appClient',
    member: 'AuthSessionValidity',
    console: CLIENT,
    choose: 'Authentication flow session duration: 5 minutes',
    why: 'Users need time to open a mailbox or an authenticator app.',
    severity: 'advice',
    value: () => 5,
    accepts: () => true,
  },
  {
    id: 'client-write-attributes',
    resource: 'appClient',
    member: 'WriteAttributes',
    console: 'App clients → Attribute permissions',
    choose: 'write: only the attributes that users may change',
    why: "The pool's own check behind writableAttributes, for clients that call Cognito past the kit.",
    severity: 'error',
    value: ({ writableAttributes }) => [...writableAttributes],
    // Cognito describes a client without a list by its default, all attributes.
    accepts: (actual, { writableAttributes }) =>
      !Array.isArray(actual) || writableAttributes.every((name) => actual.includes(name)),
  },
  {
    id: 'client-managed-login',
    resource: 'appClient',
    member: 'AllowedOAuthFlowsUserPoolClient',
    console: LOGIN,
    choose: 'edit them, for [managed login](managed-login.md) only',
    why: 'Without it, the domain refuses sign-ins of this app client.',
    severity: 'error',
    value: ({ managedLogin }) => (managedLogin ? true : undefined),
    accepts: (actual, { managedLogin }) => !managedLogin || actual === true,
  },
  {
    id: 'client-implicit-grant',
    resource: 'appClient',
    member: 'AllowedOAuthFlows',
    console: `${LOGIN} → OAuth 2.0 grant types`,
    choose: '*Authorization code grant* only',
    why: 'The implicit grant puts tokens into URLs, which browsers and proxies log (RFC 9700).',
    severity: 'warning',
    value: ({ managedLogin }) => managedLogin && ['code'],
    accepts: (actual, { managedLogin }) =>
      !(Array.isArray(actual) && actual.includes('implicit')) &&
      (!managedLogin || (Array.isArray(actual) && actual.includes('code'))),
  },
  {
    id: 'client-scopes',
    resource: 'appClient',
    member: 'AllowedOAuthScopes',
    console: `${LOGIN} → OpenID Connect scopes`,
    choose: 'the `scopes` of the option `managedLogin`',
    why: 'Cognito refuses a sign-in with a scope that the app client does not allow.',
    severity: 'error',
    value: ({ managedLogin }) => managedLogin?.scopes,
    accepts: (actual, { managedLogin }) => includesAll(actual, managedLogin?.scopes),
  },
  {
    id: 'client-callback-url',
    resource: 'appClient',
    member: 'CallbackURLs',
    console: `${LOGIN} → Allowed callback URLs`,
    choose: 'the `redirectUri` of the option `managedLogin`',
    why: 'Cognito compares the callback URL character by character.',
    severity: 'error',
    value: ({ managedLogin }) => managedLogin?.callbackUrls,
    accepts: (actual, { managedLogin }) => includesAll(actual, managedLogin?.callbackUrls),
  },
  {
    id: 'client-sign-out-url',
    resource: 'appClient',
    member: 'LogoutURLs',
    console: `${LOGIN} → Allowed sign-out URLs`,
    choose: 'the `logoutUri` of the option `managedLogin`',
    why: 'Cognito compares the sign-out URL character by character.',
    severity: 'error',
    value: ({ managedLogin }) => (managedLogin?.logoutUrls.length ? managedLogin.logoutUrls : undefined),
    accepts: (actual, { managedLogin }) => includesAll(actual, managedLogin?.logoutUrls),
  },
  {
    id: 'client-identity-providers',
    resource: 'appClient',
    member: 'SupportedIdentityProviders',
    console: `${LOGIN} → Identity providers`,
    choose: '*Cognito user pool*, and your providers',
    why: 'The login pages offer these identity providers; COGNITO is the user pool itself.',
    severity: 'error',
    value: ({ managedLogin }) => managedLogin && ['COGNITO'],
    accepts: (actual, { managedLogin }) => !managedLogin || (Array.isArray(actual) && actual.length > 0),
  },
  {
    id: 'pool-domain',
    resource: 'domain',
    member: 'Domain',
    console: 'Branding → Domain',
    choose: 'a free prefix, for managed login only',
    why: 'The login pages are at this domain.',
    severity: 'error',
    value: ({ managedLogin }) => managedLogin?.domainPrefix,
    accepts: (actual, { managedLogin }) => !managedLogin || typeof actual === 'string',
  },
  {
    id: 'pool-domain-version',
    resource: 'domain',
    member: 'ManagedLoginVersion',
    console: 'Branding → Domain',
    choose: 'Branding version: *Managed login*',
    why: 'The older version of the login pages has no passkeys.',
    severity: 'advice',
    value: ({ managedLogin }) => managedLogin && 2,
    accepts: (actual, { managedLogin }) => !managedLogin?.domainPrefix || actual === 2,
  },
  {
    id: 'pool-login-style',
    resource: 'branding',
    member: 'UseCognitoProvidedValues',
    console: 'Branding → Managed login',
    choose: 'a style for the app client',
    why: 'Without a style, managed login shows an error in place of its pages.',
    severity: 'error',
    value: ({ managedLogin }) => (managedLogin ? true : undefined),
    // Any style is good.
    accepts: (_actual, { managedLogin }, { ManagedLoginBrandingId }) =>
      !managedLogin || ManagedLoginBrandingId !== undefined,
  },
];

function includesAll(actual: unknown, wanted: readonly string[] = []): boolean {
  return wanted.every((each) => Array.isArray(actual) && actual.includes(each));
}
