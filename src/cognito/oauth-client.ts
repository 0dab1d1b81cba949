import type { Configuration, CustomFetch } from 'openid-client';
import { isPrivateWay } from '../config/loopback.ts';
import { optionError, quote } from '../shared/option-errors.ts';
import type { CallMeter } from './call-meter.ts';
import { type ClientSecret, withSecret } from './client-secret.ts';
import { clientFault, isOtherIssuer, isRefusedClient, oauthFault } from './oauth-fault.ts';
import { loadOpenIdClient, type OpenIdClient } from './openid-client.ts';
import { UpstreamRefusal } from './upstream-fault.ts';

export interface OAuthClientOptions {
  /** Candidates for the issuer. The first with its own OpenID configuration is used. */
  readonly issuers: readonly string[];
  readonly clientId: string;
  /** `undefined` for an app client without a secret. */
  readonly clientSecret: ClientSecret | undefined;
  /** One of the app client's callback URLs, as serialized by a URL parser. */
  readonly redirectUri: string;
  /** Tolerated clock skew for the ID token, in seconds. */
  readonly clockToleranceSeconds?: number;
  readonly scopes: readonly string[];
  /** Measures the requests to the pool. */
  readonly meter: CallMeter;
  /** Timeout of one request to the pool in milliseconds, including the response. */
  readonly timeout: number;
}

/** A new sign-in: its secrets, and the parameters for the managed login pages. */
export interface AuthorizationRequest {
  readonly state: string;
  readonly nonce: string;
  readonly codeVerifier: string;
  /** The name of an identity provider, to skip the sign-in page. */
  readonly identityProvider?: string | undefined;
  /** A configured identifier of an identity provider, such as an e-mail domain. */
  readonly idpIdentifier?: string | undefined;
  readonly loginHint?: string | undefined;
  /** The language of the pages, such as `de` or `pt-BR`. */
  readonly locale?: string | undefined;
  readonly prompt?: string | undefined;
  /** Maximum age of the sign-in, in seconds. */
  readonly maxAge?: number | undefined;
  /** The accepted levels, separated by spaces. */
  readonly acr?: string | undefined;
}

/** The authorization response, which the browser brings to the app. */
export interface AuthorizationAnswer {
  readonly code: string;
  readonly state: string;
  /** The issuer of the response (RFC 9207), if the pool sends it. */
  readonly iss?: string | undefined;
}

export interface OAuthTokens {
  readonly accessToken: string;
  readonly idToken: string;
  readonly refreshToken: string | undefined;
}

/** A client of the pool's OAuth endpoints, from its OpenID configuration. Failures reject with an `UpstreamRefusal`. */
export interface OAuthClient {
  /** Returns the URL of the sign-in page, with PKCE (RFC 7636). */
  authorizationUrl(request: AuthorizationRequest): Promise<string>;
  /** Exchanges a code for tokens. `expected` is the request that the response belongs to. */
  exchange(answer: AuthorizationAnswer, expected: AuthorizationRequest): Promise<OAuthTokens>;
  /** Returns the URL that signs the browser out at the pool. It takes Cognito's `logout_uri`, unlike OpenID Connect. */
  logoutUrl(logoutUri: string): Promise<string>;
}

/** Waits in milliseconds. */
export interface BackOff {
  /** The wait after a first failed discovery. It doubles with each further failure. */
  readonly first: number;
  readonly max: number;
}

const BACK_OFF: BackOff = { first: 1_000, max: 30_000 };
const MAX_ANSWER_BYTES = 256 * 1024;

type Granted = Awaited<ReturnType<OpenIdClient['authorizationCodeGrant']>>;

interface Found {
  readonly openid: OpenIdClient;
  readonly endpoints: Configuration;
}

/** Throws a `TypeError` for an issuer without TLS outside loopback. openid-client is loaded on first use. */
export function createOAuthClient(options: OAuthClientOptions, backOff: BackOff = BACK_OFF): OAuthClient {
  for (const issuer of options.issuers) {
    if (isPrivateWay(new URL(issuer))) continue;
    throw optionError(
      'managedLogin',
      `managedLogin cannot be used with the issuer ${quote(issuer)}; write https://, because http:// is allowed on loopback only`,
    );
  }
  const { redirectUri, scopes, clientSecret, meter } = options;
  // openid-client reads the secret with each request, so concurrent requests use the newer one after a rotation.
  const authentication: ClientSecretInUse = { secret: undefined };
  const find = keeping(
    () => discover(options, authentication).catch((error: unknown) => rethrow(error)),
    backOff,
  );

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
      const granted = (): Promise<Granted> =>
        clientSecret
          ? withSecret(clientSecret, isRefusedClient, (secret) => {
              authentication.secret = secret;
              return grant();
            })
          : grant();
      const tokens = await meter.measureOAuth('oauth2/token', () =>
        granted().catch((error: unknown) =>
          rethrow(error, { code, state, nonce, codeVerifier, secret: authentication.secret }),
        ),
      );
      // openid-client requires an ID token with the nonce.
      const { access_token: accessToken, id_token: idToken = '', refresh_token: refreshToken } = tokens;
      return { accessToken, idToken, refreshToken };
    },

    async logoutUrl(logoutUri) {
      const { openid, endpoints } = await find();
      return openid.buildEndSessionUrl(endpoints, { logout_uri: logoutUri }).href;
    },
  };
}

/** Caches the first success. Attempts are single-flight, with a back-off after failures. */
function keeping<T>(attempt: () => Promise<T>, { first, max }: BackOff): () => Promise<T> {
  let kept: Promise<T> | undefined;
  let failures = 0;
  let forgetAt = Number.POSITIVE_INFINITY;
  return () => {
    if (kept === undefined || performance.now() >= forgetAt) {
      forgetAt = Number.POSITIVE_INFINITY;
      kept = attempt();
      kept.catch(() => {
        forgetAt = performance.now() + Math.min(first * 2 ** failures, max);
        failures++;
      });
    }
    return kept;
  };
}

/** `secret` is `undefined` for an app client without one. */
interface ClientSecretInUse {
  secret: string | undefined;
}

async function discover(options: OAuthClientOptions, authentication: ClientSecretInUse): Promise<Found> {
  const openid = await loadOpenIdClient();
  const endpoints = await options.meter.measureOAuth('openid-configuration', () =>
    firstOf(options.issuers, (issuer) => configurationOf(openid, issuer, options, authentication)).catch(
      (error: unknown) => rethrow(error),
    ),
  );
  const { authorization_endpoint, token_endpoint, end_session_endpoint } = endpoints.serverMetadata();
  for (const endpoint of [authorization_endpoint, token_endpoint, end_session_endpoint]) {
    // A pool without a domain has a configuration without these endpoints.
    if (endpoint === undefined) throw new UpstreamRefusal(clientFault('OAUTH_MISSING_SERVER_METADATA'));
    if (!isPrivateWay(new URL(endpoint)))
      throw new UpstreamRefusal(clientFault('OAUTH_HTTP_REQUEST_FORBIDDEN'));
  }
  return { openid, endpoints };
}

function configurationOf(
  openid: OpenIdClient,
  issuer: string,
  { clientId, timeout, clockToleranceSeconds = 0 }: OAuthClientOptions,
  authentication: ClientSecretInUse,
): Promise<Configuration> {
  const url = new URL(issuer);
  return openid.discovery(
    url,
    clientId,
    { [openid.clockTolerance]: clockToleranceSeconds },
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

/** Tries the next issuer if the server that answered belongs to another one. */
async function firstOf<T>(issuers: readonly string[], ask: (issuer: string) => Promise<T>): Promise<T> {
  const [issuer = '', ...others] = issuers;
  try {
    return await ask(issuer);
  } catch (error) {
    if (others.length === 0 || !isOtherIssuer(error)) throw error;
    return firstOf(others, ask).catch(() => Promise.reject(error));
  }
}

/** Limits `fetch` in time and size, including the body. openid-client's own timeout has a resolution of a second. */
function boundedFetch(timeout: number): CustomFetch {
  return async (url, { body, ...init }) => {
    try {
      const signal = AbortSignal.timeout(timeout);
      const response = await fetch(url, { ...init, body: body ?? null, signal });
      const chunks: Uint8Array[] = [];
      let size = 0;
      for await (const chunk of (response.body ?? []) as AsyncIterable<Uint8Array>) {
        size += chunk.length;
        if (size > MAX_ANSWER_BYTES) throw new Error(`The answer is larger than ${MAX_ANSWER_BYTES} bytes.`);
        chunks.push(chunk);
      }
      const { status, headers: received } = response;
      return new Response(size === 0 ? null : Buffer.concat(chunks), { status, headers: received });
    } catch (error) {
      throw withHost(error, new URL(url));
    }
  };
}

/** Node's error names the host of some faults only. The class of the error stays, which openid-client looks at. */
function withHost(error: unknown, { hostname, port }: URL): unknown {
  const host = { hostname: hostname.replace(/^\[|\]$/g, ''), ...(port !== '' && { port: Number(port) }) };
  return typeof error === 'object' && error !== null ? Object.assign(error, host) : error;
}

/** `secrets` are the values of the request, which the server's answer may quote. */
function rethrow(error: unknown, secrets: object = {}): never {
  throw error instanceof UpstreamRefusal ? error : new UpstreamRefusal(oauthFault(error, secrets));
}
