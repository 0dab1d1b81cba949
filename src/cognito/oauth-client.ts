import type { Configuration, CustomFetch } from 'openid-client';
import { isPrivateWay } from '../config/loopback.ts';
import { optionError, quote } from '../shared/option-errors.ts';
import { type ClientSecret, withSecret } from './client-secret.ts';
import { clientFault, isOtherIssuer, isRefusedClient, oauthFault } from './oauth-fault.ts';
import { loadOpenIdClient, type OpenIdClient } from './openid-client.ts';
import { UpstreamRefusal } from './upstream-refusal.ts';

export interface OAuthClientOptions {
  /** Where the OpenID configuration may be; the first that has one of its own is taken. */
  readonly issuers: readonly string[];
  readonly clientId: string;
  /** Undefined for an app client without one. */
  readonly clientSecret: ClientSecret | undefined;
  /** One of the app client's callback URLs, as a URL parser writes it. */
  readonly redirectUri: string;
  readonly scopes: readonly string[];
  /** Milliseconds for one request to the pool, its answer included. */
  readonly timeout: number;
}

/** A log-in that begins: its secrets, and what may be asked of the managed login pages. */
export interface AuthorizationRequest {
  readonly state: string;
  readonly nonce: string;
  readonly codeVerifier: string;
  /** The name of the identity provider to go to at once. */
  readonly identityProvider?: string | undefined;
  /** The same by an identifier that was given to it, such as a domain of e-mail addresses. */
  readonly idpIdentifier?: string | undefined;
  readonly loginHint?: string | undefined;
  /** The language of the pages, such as `de` or `pt-BR`. */
  readonly locale?: string | undefined;
  readonly prompt?: string | undefined;
  /** Seconds that the sign-in may be ago. */
  readonly maxAge?: number | undefined;
  /** The levels that will do, separated by spaces. */
  readonly acr?: string | undefined;
}

/** What the pool sent the browser back with. */
export interface AuthorizationAnswer {
  readonly code: string;
  readonly state: string;
  /** The issuer that it comes from (RFC 9207), where the pool says so. */
  readonly iss?: string | undefined;
}

export interface OAuthTokens {
  readonly accessToken: string;
  readonly idToken: string;
  readonly refreshToken: string | undefined;
}

/** The pool's OAuth endpoints, found by its OpenID configuration. What fails is thrown as an `UpstreamRefusal`. */
export interface OAuthClient {
  /** Where to send a browser for it to log in, with PKCE (RFC 7636). */
  authorizationUrl(request: AuthorizationRequest): Promise<string>;
  /** Gets the tokens for a code. `expected` is the request that the answer is to. */
  exchange(answer: AuthorizationAnswer, expected: AuthorizationRequest): Promise<OAuthTokens>;
  /** Where to send a browser for the pool to forget it. Cognito goes by `logout_uri`, not as OpenID Connect does. */
  logoutUrl(logoutUri: string): Promise<string>;
}

/** Milliseconds. */
export interface BackOff {
  /** The wait after a first failure to find the endpoints; it doubles with each further one. */
  readonly first: number;
  readonly longest: number;
}

const BACK_OFF: BackOff = { first: 1_000, longest: 30_000 };
const LARGEST_ANSWER = 256 * 1024;

interface Found {
  readonly openid: OpenIdClient;
  readonly endpoints: Configuration;
}

/** Throws a `TypeError` for an issuer that neither TLS nor loopback protects. openid-client is loaded by the first use. */
export function createOAuthClient(options: OAuthClientOptions, backOff: BackOff = BACK_OFF): OAuthClient {
  for (const issuer of options.issuers) {
    if (isPrivateWay(new URL(issuer))) continue;
    throw optionError(
      `managedLogin cannot be used with the issuer ${quote(issuer)}; only on loopback may it be without https://`,
    );
  }
  const { redirectUri, scopes, clientSecret } = options;
  // The client reads it with each request: of two that a rotation falls between, both go out with the newer secret.
  const authentication: ClientSecretInUse = { secret: undefined };
  const find = keeping(() => discover(options, authentication).catch(rethrow), backOff);

  return {
    async authorizationUrl(request) {
      const { openid, endpoints } = await find();
      const parameters = {
        redirect_uri: redirectUri,
        scope: scopes.join(' '),
        state: request.state,
        nonce: request.nonce,
        code_challenge: await openid.calculatePKCECodeChallenge(request.codeVerifier),
        code_challenge_method: 'S256',
        identity_provider: request.identityProvider,
        idp_identifier: request.idpIdentifier,
        login_hint: request.loginHint,
        lang: request.locale,
        prompt: request.prompt,
        max_age: request.maxAge?.toString(),
        acr_values: request.acr,
      };
      const given = Object.entries(parameters).filter((each): each is [string, string] => Boolean(each[1]));
      return openid.buildAuthorizationUrl(endpoints, new URLSearchParams(given)).href;
    },

    async exchange({ code, state, iss }, { state: expectedState, nonce, codeVerifier, maxAge }) {
      const { openid, endpoints } = await find();
      const answer = new URL(redirectUri);
      const given = { code, state, ...(iss !== undefined && { iss }) };
      answer.search = new URLSearchParams(given).toString();
      const grant = () =>
        openid.authorizationCodeGrant(endpoints, answer, {
          expectedState,
          expectedNonce: nonce,
          pkceCodeVerifier: codeVerifier,
          ...(maxAge !== undefined && { maxAge }),
        });
      const granted = clientSecret
        ? withSecret(clientSecret, isRefusedClient, (secret) => {
            authentication.secret = secret;
            return grant();
          })
        : grant();
      const tokens = await granted.catch(rethrow);
      // The client does not let an answer pass that has no ID token with the nonce in it.
      const { access_token: accessToken, id_token: idToken = '', refresh_token: refreshToken } = tokens;
      return { accessToken, idToken, refreshToken };
    },

    async logoutUrl(logoutUri) {
      const { openid, endpoints } = await find();
      return openid.buildEndSessionUrl(endpoints, { logout_uri: logoutUri }).href;
    },
  };
}

/** Does something until it works, once at a time and not again too soon, and keeps what came of it. */
function keeping<T>(attempt: () => Promise<T>, { first, longest }: BackOff): () => Promise<T> {
  let kept: Promise<T> | undefined;
  let failures = 0;
  let forgetAt = Number.POSITIVE_INFINITY;
  return () => {
    if (kept === undefined || performance.now() >= forgetAt) {
      forgetAt = Number.POSITIVE_INFINITY;
      kept = attempt();
      kept.catch(() => {
        forgetAt = performance.now() + Math.min(first * 2 ** failures, longest);
        failures++;
      });
    }
    return kept;
  };
}

/** Undefined for an app client without a secret. */
interface ClientSecretInUse {
  secret: string | undefined;
}

async function discover(options: OAuthClientOptions, authentication: ClientSecretInUse): Promise<Found> {
  const openid = await loadOpenIdClient();
  const endpoints = await firstOf(options.issuers, (issuer) =>
    configurationOf(openid, issuer, options, authentication),
  );
  const { authorization_endpoint, token_endpoint, end_session_endpoint } = endpoints.serverMetadata();
  for (const endpoint of [authorization_endpoint, token_endpoint, end_session_endpoint]) {
    // A pool without a domain has a configuration, and nothing in it to log in at.
    if (endpoint === undefined) throw new UpstreamRefusal(clientFault('OAUTH_MISSING_SERVER_METADATA'));
    if (!isPrivateWay(new URL(endpoint)))
      throw new UpstreamRefusal(clientFault('OAUTH_HTTP_REQUEST_FORBIDDEN'));
  }
  return { openid, endpoints };
}

function configurationOf(
  openid: OpenIdClient,
  issuer: string,
  { clientId, timeout }: OAuthClientOptions,
  authentication: ClientSecretInUse,
): Promise<Configuration> {
  const url = new URL(issuer);
  return openid.discovery(
    url,
    clientId,
    undefined,
    (...request) => {
      const { secret } = authentication;
      const authenticate = secret === undefined ? openid.None() : openid.ClientSecretPost(secret);
      return authenticate(...request);
    },
    {
      [openid.customFetch]: boundedFetch(timeout),
      execute: url.protocol === 'http:' ? [openid.allowInsecureRequests] : [],
    },
  );
}

/** The next issuer is asked where a server answers, and not for this one. */
async function firstOf<T>(issuers: readonly string[], ask: (issuer: string) => Promise<T>): Promise<T> {
  const [issuer = '', ...others] = issuers;
  try {
    return await ask(issuer);
  } catch (error) {
    if (others.length === 0 || !isOtherIssuer(error)) throw error;
    return firstOf(others, ask).catch(() => Promise.reject(error));
  }
}

/** `fetch` within a time and a size, which take in the body. openid-client's own time-out is in whole seconds. */
function boundedFetch(timeout: number): CustomFetch {
  return async (url, { body, ...init }) => {
    const signal = AbortSignal.timeout(timeout);
    const response = await fetch(url, { ...init, body: body ?? null, signal });
    const chunks: Uint8Array[] = [];
    let size = 0;
    for await (const chunk of (response.body ?? []) as AsyncIterable<Uint8Array>) {
      size += chunk.length;
      if (size > LARGEST_ANSWER) throw new Error(`The answer is larger than ${LARGEST_ANSWER} bytes.`);
      chunks.push(chunk);
    }
    const { status, headers: received } = response;
    return new Response(size === 0 ? null : Buffer.concat(chunks), { status, headers: received });
  };
}

function rethrow(error: unknown): never {
  throw error instanceof UpstreamRefusal ? error : new UpstreamRefusal(oauthFault(error));
}
