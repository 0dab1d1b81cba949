import { CognitoError, invalidParameter } from '../model/errors.ts';
import type { UserPool } from '../model/pool.ts';
import type { OAuthSettings } from '../model/settings.ts';
import { RESERVED_SCOPES } from '../tokens/scopes.ts';

const LOOPBACK = ['localhost', '127.0.0.1', '[::1]'];

/** Throws the exceptions of CreateUserPoolClient for invalid settings. */
export function checkOAuthSettings(
  pool: UserPool,
  settings: OAuthSettings,
  secret: string | undefined,
): void {
  const { AllowedOAuthFlows = [], AllowedOAuthScopes = [], CallbackURLs = [], LogoutURLs = [] } = settings;
  // While AllowedOAuthFlowsUserPoolClient is false, the other settings are kept, and checked, but have no effect.
  if (settings.AllowedOAuthFlowsUserPoolClient && !(AllowedOAuthFlows.length && AllowedOAuthScopes.length)) {
    throw invalidFlow(
      'AllowedOAuthFlows and AllowedOAuthScopes are required if user pool client is allowed to use OAuth flows.',
    );
  }
  checkFlows(AllowedOAuthFlows, AllowedOAuthScopes, secret);
  const redirects = AllowedOAuthFlows.some((flow) => flow !== 'client_credentials');
  if (redirects && CallbackURLs.length === 0) {
    throw invalidFlow('CallbackUrls can not be empty when code flow or implicit flow is selected');
  }
  for (const scope of AllowedOAuthScopes) {
    if (!RESERVED_SCOPES.includes(scope) && !customScopes(pool).includes(scope)) {
      throw new CognitoError('ScopeDoesNotExistException', `Invalid scope requested: ${scope}`);
    }
  }
  for (const url of [...CallbackURLs, ...LogoutURLs]) checkUrl(url);
  const fallback = settings.DefaultRedirectURI;
  if (fallback !== undefined && !CallbackURLs.includes(fallback)) {
    throw invalidParameter(`The default redirect URI ${fallback} is not in the callback URIs list.`);
  }
  for (const name of settings.SupportedIdentityProviders ?? []) {
    if (name === 'COGNITO' || pool.identityProviders.has(name)) continue;
    throw invalidParameter(`The provider ${name} does not exist for User Pool ${pool.id}.`);
  }
}

function customScopes({ resourceServers }: UserPool): string[] {
  return [...resourceServers.values()].flatMap(({ identifier, scopes }) =>
    scopes.map((scope) => `${identifier}/${scope.ScopeName}`),
  );
}

function checkFlows(flows: readonly string[], scopes: readonly string[], secret: string | undefined): void {
  if (!flows.includes('client_credentials')) return;
  if (flows.length > 1) {
    throw invalidFlow('client_credentials flow can not be selected along with code flow or implicit flow.');
  }
  if (secret === undefined) {
    throw invalidFlow('client_credentials flow can not be selected if client does not have a client secret.');
  }
  const userScope = scopes.find((scope) => RESERVED_SCOPES.includes(scope));
  if (userScope !== undefined)
    throw invalidFlow(`${userScope} is not supported with client_credentials flow`);
}

function checkUrl(url: string): void {
  if (!URL.canParse(url)) throw invalidParameter(`${url} is not an absolute URL.`);
  if (url.includes('#')) throw invalidParameter(`${url} cannot use fragment`);
  const { protocol, hostname } = new URL(url);
  if (protocol === 'http:' && !LOOPBACK.includes(hostname)) {
    throw invalidParameter(`${url} cannot use the HTTP protocol.`);
  }
}

function invalidFlow(message: string): CognitoError {
  return new CognitoError('InvalidOAuthFlowException', message);
}
