import { CognitoError } from '../model/errors.ts';
import type { AppClient, Grant, SsoSession, UserPool } from '../model/pool.ts';
import { NEEDS_OPENID } from '../tokens/scopes.ts';
import type { Answer } from '../wire/answer.ts';
import { issueCode } from './authorization-codes.ts';
import { findSession, signedInUser } from './browser-sessions.ts';
import { type HostedRequest, hasRepeats, RefusedPage, redirect, single, withParameters } from './request.ts';
import { reusable } from './sso-lifetime.ts';
import { hostedTokens } from './tokens.ts';

/** A checked authorization request. */
export interface AuthorizationRequest {
  readonly client: AppClient;
  readonly redirectUri: string;
  readonly responseType: 'code' | 'token';
  readonly scopes: readonly string[];
  readonly state: string | undefined;
  readonly nonce: string | undefined;
  readonly challenge: string | undefined;
  readonly prompt: readonly string[];
  /** `COGNITO` or the name of an identity provider; undefined lets the user choose. */
  readonly provider: string | undefined;
  /** Age in seconds from which an SSO session needs a new authentication. */
  readonly maxAge: number | undefined;
  readonly loginHint: string | undefined;
  /** URL of the resource that the access token is for (RFC 8707). */
  readonly resource: string | undefined;
}

/** A refusal that redirects the browser to the app. */
export class RefusedAuthorization extends Error {
  readonly code: string;
  readonly location: string;

  constructor(
    request: Pick<AuthorizationRequest, 'redirectUri' | 'state'>,
    code: string,
    description?: string,
  ) {
    super(description ?? code);
    this.code = code;
    const { redirectUri, state } = request;
    this.location = withParameters(redirectUri, { error: code, error_description: description, state });
  }
}

const PROMPTS = ['none', 'login', 'select_account', 'consent'];
const FLOWS = { code: 'code', token: 'implicit' } as const;

/**
 * Checks the parameters of /oauth2/authorize, which all pages keep in their URL. Throws RefusedPage for an unknown client
 * or an unregistered redirect_uri, and RefusedAuthorization for other errors.
 */
export function readAuthorizationRequest({ pool, query }: HostedRequest): AuthorizationRequest {
  const client = clientOf(pool, query);
  const redirectUri = redirectUriOf(client, query);
  const state = single(query, 'state');
  const refuse = (code: string): never => {
    throw new RefusedAuthorization({ redirectUri, state }, code);
  };
  if (hasRepeats(query)) refuse('invalid_request');
  const responseType = single(query, 'response_type');
  if (responseType !== 'code' && responseType !== 'token') return refuse('invalid_request');
  if (!client.settings.AllowedOAuthFlows?.includes(FLOWS[responseType])) refuse('unauthorized_client');

  const challenge = single(query, 'code_challenge');
  const method = single(query, 'code_challenge_method');
  const wellFormed = challenge !== undefined && method === 'S256' && /^[\w.~-]{43,128}$/.test(challenge);
  if (!wellFormed && (challenge !== undefined || method !== undefined)) refuse('invalid_request');

  const prompt = single(query, 'prompt')?.split(' ') ?? [];
  const alone = !prompt.includes('none') || prompt.length === 1;
  if (!alone || prompt.some((value) => !PROMPTS.includes(value))) refuse('invalid_request');

  const maxAge = single(query, 'max_age');
  if (maxAge !== undefined && !/^\d{1,9}$/.test(maxAge)) refuse('invalid_request');

  const provider = providerIn(pool, query);
  if (provider !== undefined && !providersOf(client).includes(provider)) refuse('invalid_request');

  const resource = single(query, 'resource');
  if (resource !== undefined && !isResource(resource)) refuse('invalid_request');

  const scopes = scopesOf(client, query);
  if (!scopes) return refuse('invalid_scope');
  return {
    client,
    redirectUri,
    responseType,
    scopes,
    state,
    nonce: single(query, 'nonce'),
    challenge,
    prompt,
    provider,
    maxAge: maxAge === undefined ? undefined : Number(maxAge),
    loginHint: single(query, 'login_hint'),
    resource,
  };
}

/** GET /oauth2/authorize: redirects to the app if the browser is signed in, else to the pages. */
export function authorize(request: HostedRequest): Answer | Promise<Answer> {
  const authorization = readAuthorizationRequest(request);
  const { pool, query } = request;
  const { prompt, maxAge = Number.POSITIVE_INFINITY } = authorization;
  const signedIn = reusable(authorization.client, signedInUser(pool, findSession(request)));
  const asksAnew = prompt.includes('login') || prompt.includes('select_account');
  const accepted = providersOf(authorization.client).filter(
    (name) => name === (authorization.provider ?? name),
  );
  const isRecent = signedIn && pool.now() - signedIn.at <= maxAge * 1000;
  if (isRecent && !asksAnew && accepted.includes(signedIn.provider)) {
    return finishAuthorization(authorization, signedIn);
  }
  if (prompt.includes('none')) throw new RefusedAuthorization(authorization, 'login_required');
  const [only, ...others] = providersOf(authorization.client);
  const provider = authorization.provider ?? (others.length === 0 ? only : undefined);
  if (provider === undefined || provider === 'COGNITO') return redirect(`${request.base}/login?${query}`);
  const parameters = new URLSearchParams(query);
  parameters.delete('idp_identifier');
  parameters.set('identity_provider', provider);
  return redirect(`${request.base}/provider?${parameters}`);
}

/** Redirects the browser to the app with a code or tokens. */
export async function finishAuthorization(
  authorization: AuthorizationRequest,
  { user, at: authTime, ssoSessionId }: SsoSession,
): Promise<Answer> {
  const { client, redirectUri, state, challenge, scopes, nonce, resource } = authorization;
  const grant: Grant = { client, user, scopes, nonce, authTime, ssoSessionId, resource };
  if (authorization.responseType === 'code') {
    const code = issueCode(client.pool, { ...grant, redirectUri, challenge });
    return redirect(withParameters(redirectUri, { code, state }));
  }
  try {
    // RFC 6749, section 4.2.2: the implicit grant has no refresh token.
    const { refresh_token: _kept, expires_in, ...tokens } = await hostedTokens(grant);
    return redirect(
      withParameters(redirectUri, { ...tokens, expires_in: String(expires_in), state }, 'fragment'),
    );
  } catch (error) {
    throw refusalOf(authorization, error);
  }
}

/** Converts an exception of the pool or a trigger to an OAuth error. */
export function refusalOf(authorization: AuthorizationRequest, error: unknown): unknown {
  if (error instanceof CognitoError)
    return new RefusedAuthorization(authorization, 'invalid_request', error.message);
  return error;
}

/** Returns the client's available SupportedIdentityProviders. */
export function providersOf({ pool, settings }: AppClient): readonly string[] {
  const names = settings.SupportedIdentityProviders ?? ['COGNITO'];
  return names.filter((name) => name === 'COGNITO' || pool.identityProviders.has(name));
}

export function clientOf(pool: UserPool, query: URLSearchParams): AppClient {
  const client = pool.service.clients.get(single(query, 'client_id') ?? '');
  if (!client || client.pool !== pool || query.getAll('client_id').length > 1) {
    throw new RefusedPage('invalid_request', 'The app client was not found in this user pool.');
  }
  if (!client.settings.AllowedOAuthFlowsUserPoolClient || providersOf(client).length === 0) {
    throw new RefusedPage('unauthorized_client', 'This app client is not set up for managed login.');
  }
  return client;
}

function redirectUriOf(client: AppClient, query: URLSearchParams): string {
  const [given, ...others] = query.getAll('redirect_uri');
  const { CallbackURLs = [], DefaultRedirectURI } = client.settings;
  const uri = given ?? (providersOf(client).length === 1 ? DefaultRedirectURI : undefined);
  if (uri !== undefined && others.length === 0 && CallbackURLs.includes(uri)) return uri;
  throw new RefusedPage(
    'redirect_mismatch',
    'The redirect_uri is not among the CallbackURLs of the app client.',
  );
}

/** Returns the requested provider's name; empty, which matches none, for an unknown identifier. */
function providerIn({ identityProviders }: UserPool, query: URLSearchParams): string | undefined {
  const identifier = single(query, 'idp_identifier');
  if (identifier === undefined) return single(query, 'identity_provider');
  return [...identityProviders.values()].find((each) => each.identifiers.includes(identifier))?.name ?? '';
}

/** Cognito takes URLs with https, with http on localhost, and with a scheme of an app. */
function isResource(resource: string): boolean {
  if (!/^[a-z][\w.+-]*:\/\//i.test(resource) || !URL.canParse(resource) || resource.includes('#'))
    return false;
  const { protocol, hostname } = new URL(resource);
  return protocol !== 'http:' || hostname === 'localhost';
}

/** Returns the requested scopes; all of the client's if none was requested, undefined if one is not allowed. */
function scopesOf({ settings }: AppClient, query: URLSearchParams): readonly string[] | undefined {
  const allowed = settings.AllowedOAuthScopes ?? [];
  const requested =
    single(query, 'scope')
      ?.split(' ')
      .filter((scope) => scope !== '') ?? [];
  if (requested.length === 0) return allowed;
  if (requested.some((scope) => !allowed.includes(scope))) return undefined;
  if (!requested.includes('openid') && requested.some((scope) => NEEDS_OPENID.includes(scope)))
    return undefined;
  return [...new Set(requested)];
}
