import type { AppNeeds, ManagedLoginNeeds } from './app-needs.ts';
import type { SettingOf } from './setting.ts';

const LOGIN = 'App clients → Login pages';
const CALLBACKS = `${LOGIN} → Allowed callback URLs`;
const SIGN_OUTS = `${LOGIN} → Allowed sign-out URLs`;

/** Settings of CreateUserPoolClient for managed login, of CreateUserPoolDomain and CreateManagedLoginBranding. */
export const LOGIN_SETTINGS: readonly (
  | SettingOf<'appClient'>
  | SettingOf<'domain'>
  | SettingOf<'branding'>
)[] = [
  {
    id: 'client-managed-login',
    resource: 'appClient',
    member: 'AllowedOAuthFlowsUserPoolClient',
    console: LOGIN,
    choose: 'edit them, for [managed login](managed-login.md) only',
    why: 'Without it, the domain refuses sign-ins of this app client.',
    severity: 'error',
    value: ({ managedLogin }) => (managedLogin ? true : undefined),
    rule: {
      find: ({ AllowedOAuthFlowsUserPoolClient, AllowedOAuthFlows = [] }, { managedLogin }) =>
        managedLogin && !(AllowedOAuthFlowsUserPoolClient && AllowedOAuthFlows.includes('code'))
          ? 'managedLogin is set, and the app client does not allow the authorization code grant.'
          : undefined,
      fix: () => 'Allow the authorization code grant.',
      set: (client, { managedLogin }) => ({
        AllowedOAuthFlowsUserPoolClient: true,
        AllowedOAuthFlows: ['code'],
        AllowedOAuthScopes: orElse(client.AllowedOAuthScopes, managedLogin?.scopes),
        SupportedIdentityProviders: orElse(client.SupportedIdentityProviders, ['COGNITO']),
        CallbackURLs: orElse(client.CallbackURLs, managedLogin?.callbackUrls),
      }),
    },
  },
  {
    id: 'client-implicit-grant',
    resource: 'appClient',
    member: 'AllowedOAuthFlows',
    console: `${LOGIN} → OAuth 2.0 grant types`,
    choose: '*Authorization code grant* only',
    why: 'The implicit grant puts tokens into URLs, which browsers and proxies log (RFC 9700 2.1.2).',
    severity: 'warning',
    value: ({ managedLogin }) => managedLogin && ['code'],
    rule: {
      find: ({ AllowedOAuthFlows }) =>
        AllowedOAuthFlows?.includes('implicit') ? 'The app client allows the implicit grant.' : undefined,
      fix: () => 'Allow the authorization code grant only.',
      set: () => ({ AllowedOAuthFlows: ['code'] }),
    },
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
    rule: {
      find: ({ AllowedOAuthScopes }, app) =>
        sentence(
          missing(app, 'scopes', AllowedOAuthScopes),
          (names) => `The app client does not allow the scopes ${names}.`,
        ),
      fix: () => 'Allow them, or name others in managedLogin.scopes.',
      set: ({ AllowedOAuthScopes = [] }, app) => ({
        AllowedOAuthScopes: [...AllowedOAuthScopes, ...missing(app, 'scopes', AllowedOAuthScopes)],
      }),
    },
  },
  {
    id: 'client-callback-url',
    resource: 'appClient',
    member: 'CallbackURLs',
    console: CALLBACKS,
    choose: 'the `redirectUri` of the option `managedLogin`',
    why: 'Cognito compares the callback URL character by character.',
    severity: 'error',
    value: ({ managedLogin }) => managedLogin?.callbackUrls,
    rule: {
      find: ({ CallbackURLs }, app) =>
        sentence(
          missing(app, 'callbackUrls', CallbackURLs),
          (urls) => `redirectUri ${urls} is not an allowed callback URL.${difference(urls, CallbackURLs)}`,
        ),
      fix: () => 'Add it to the allowed callback URLs, or correct redirectUri.',
      set: ({ CallbackURLs = [] }, app) => ({
        CallbackURLs: [...CallbackURLs, ...missing(app, 'callbackUrls', CallbackURLs)],
      }),
    },
  },
  {
    id: 'client-sign-out-url',
    resource: 'appClient',
    member: 'LogoutURLs',
    console: SIGN_OUTS,
    choose: 'the `logoutUri` of the option `managedLogin`',
    why: 'Cognito compares the sign-out URL character by character.',
    severity: 'error',
    value: ({ managedLogin }) => (managedLogin?.logoutUrls.length ? managedLogin.logoutUrls : undefined),
    rule: {
      find: ({ LogoutURLs }, app) =>
        sentence(
          missing(app, 'logoutUrls', LogoutURLs),
          (urls) => `logoutUri ${urls} is not an allowed sign-out URL.${difference(urls, LogoutURLs)}`,
        ),
      fix: () => 'Add it to the allowed sign-out URLs, or correct logoutUri.',
      set: ({ LogoutURLs = [] }, app) => ({
        LogoutURLs: [...LogoutURLs, ...missing(app, 'logoutUrls', LogoutURLs)],
      }),
    },
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
    rule: {
      find: ({ SupportedIdentityProviders }, app) =>
        sentence(
          missing(app, 'identityProviders', SupportedIdentityProviders),
          (names) => `The app client does not support ${names}.`,
        ),
      fix: () => 'Add the provider to the app client, or remove it from managedLogin.identityProviders.',
      set: ({ SupportedIdentityProviders: known = [] }, app) => ({
        SupportedIdentityProviders: [...known, ...missing(app, 'identityProviders', known)],
      }),
    },
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
    rule: {
      find: ({ Domain }, { managedLogin }) =>
        managedLogin && Domain === undefined
          ? 'managedLogin is set, and the user pool has no domain.'
          : undefined,
      fix: () => 'Create a domain with a free prefix.',
      command: (_domain, { region, userPoolId }) =>
        `aws cognito-idp create-user-pool-domain --region ${region} --user-pool-id ${userPoolId} --managed-login-version 2 --domain <prefix>`,
    },
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
    rule: {
      find: ({ ManagedLoginVersion }, { managedLogin }) =>
        managedLogin && ManagedLoginVersion === 1 ? 'The domain shows the classic hosted UI.' : undefined,
      fix: () => 'Create a style for the app client, then choose managed login as the branding version.',
      command: ({ Domain }, { region, userPoolId }) =>
        `aws cognito-idp update-user-pool-domain --region ${region} --user-pool-id ${userPoolId} --domain ${Domain} --managed-login-version 2`,
    },
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
    rule: {
      find: ({ ManagedLoginBrandingId }, { managedLogin }) =>
        managedLogin && ManagedLoginBrandingId === undefined
          ? 'The app client has no style for managed login.'
          : undefined,
      fix: () => 'Create a style.',
      command: (_style, { region, userPoolId, clientId }) =>
        `aws cognito-idp create-managed-login-branding --region ${region} --user-pool-id ${userPoolId} --client-id ${clientId} --use-cognito-provided-values`,
    },
  },
];

/** Returns the entries that the app uses, and the app client does not have. */
function missing(
  { managedLogin }: AppNeeds,
  list: Exclude<keyof ManagedLoginNeeds, 'domainPrefix'>,
  known: readonly string[] = [],
): string[] {
  return (managedLogin?.[list] ?? []).filter((each) => !known.includes(each));
}

function sentence(names: readonly string[], write: (names: string) => string): string | undefined {
  return names.length === 0 ? undefined : write(names.join(', '));
}

function orElse(present: string[] | undefined, needed: readonly string[] = []): string[] {
  return present?.length ? present : [...needed];
}

/** Compares the first of the URLs with the allowed one that has the longest equal start. */
function difference(listed: string, allowed: readonly string[] = []): string {
  const [wanted = ''] = listed.split(', ', 1);
  const equal = (url: string): number => {
    let at = 0;
    while (at < wanted.length && wanted[at] === url[at]) at += 1;
    return at;
  };
  const [nearest] = [...allowed].sort((a, b) => equal(b) - equal(a));
  if (nearest === undefined) return '';
  const at = equal(nearest);
  return ` It differs from ${nearest} at character ${at + 1}: ${shown(wanted[at])}, not ${shown(nearest[at])}.`;
}

function shown(character: string | undefined): string {
  return character === undefined ? 'the end' : `"${character}"`;
}
