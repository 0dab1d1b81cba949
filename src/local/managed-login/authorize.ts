import { CognitoError } from '../model/errors.ts';
import type { AppClient, Grant, SsoSession, UserPool } from '../model/pool.ts';
import { NEEDS_OPENID } from '../tokens/scopes.ts';
import type { Answer } from '../wire/answer.ts';
import { issueCode } from './authorization-codes.ts';
import { findSession, signedInUser } from './browser-sessions.ts';
import { RefusedRequest } from './error-page.ts';
import { type HostedRequest, hasRepeats, redirect, single, withParameters } from './request.ts';
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

/** A refusal that redirects the browser to the app. The order of the parameters is that of captures. */
export class RefusedAuthorization extends Error {
  readonly code: string;
  readonly location: string;

  constructor(
    request: Pick<AuthorizationRequest, 'redirectUri' | 'state'> & {
      readonly responseType?: string | undefined;
    },
    code: string,
    description?: string,
  ) {
    super(description ?? code);
    this.code = code;
    const { redirectUri, state, responseType } = request;
    const parameters = { error_description: description, state, error: code };
    this.location = withParameters(redirectUri, parameters, responseType === 'token' ? 'fragment' : 'query');
  }
}

const PROMPTS = ['none', 'login', 'select_account', 'consent'];
const FLOWS = { code: 'code', token: 'implicit' } as const;

/**
 * Checks the parameters of /oauth2/authorize, which all pages keep in their URL. Throws RefusedRequest for an unknown client
 * or an unregistered redirect_uri, and RefusedAuthorization for other errors.
 */
export function readAuthorizationRequest({ pool, query }: HostedRequest): AuthorizationRequest {
  const client = clientOf(pool, query);
  const redirectUri = redirectUriOf(client, query);
  const state = single(query, 'state');
  const responseType = single(query, 'response_type');
  const refuse = (code: string, description?: string): never => {
    throw new RefusedAuthorization({ redirectUri, state, responseType }, code, description);
  };
  if (hasRepeats(query)) refuse('invalid_request');
  if (responseType !== 'code' && responseType !== 'token') return refuse('invalid_request');
  // Unlike RFC 6749, Cognito has these two codes as the description.
  if (!client.settings.AllowedOAuthFlows?.includes(FLOWS[responseType]))
    refuse('invalid_request', 'unauthorized_client');

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
  if (!scopes) return refuse('invalid_request', 'invalid_scope');
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
  const id = single(query, 'client_id');
  if (id === undefined) throw new RefusedRequest({ missing: 'client_id' });
  const client = pool.service.clients.get(id);
  if (!client || client.pool !== pool || query.getAll('client_id').length > 1)
    throw new RefusedRequest('invalid_request');
  if (!client.settings.AllowedOAuthFlowsUserPoolClient || providersOf(client).length === 0)
    throw new RefusedRequest('unauthorized_client');
  return client;
}

function redirectUriOf(client: AppClient, query: URLSearchParams): string {
  const [given, ...others] = query.getAll('redirect_uri');
  const { CallbackURLs = [], DefaultRedirectURI } = client.settings;
  const uri = given ?? (providersOf(client).length === 1 ? DefaultRedirectURI : undefined);
  if (uri === undefined) throw new RefusedRequest({ missing: 'redirect_uri' });
  if (others.length === 0 && CallbackURLs.includes(uri)) return uri;
  throw new RefusedRequest('redirect_mismatch');
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
