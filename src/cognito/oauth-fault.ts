import type { Hint } from '../shared/hint.ts';
import { isObject } from '../shared/option-errors.ts';
import { type ProblemCode, problem } from '../shared/problem.ts';
import { upstreamFault } from './classify-error.ts';
import { hostIn } from './connection-fault.ts';
import { TRIGGER_WRAPPING } from './error-map.ts';
import type { UpstreamFault } from './upstream-fault.ts';
import { MAX_MESSAGE_LENGTH, redactedMessage } from './upstream-message.ts';

interface Meaning {
  readonly code: ProblemCode;
  readonly hint?: Hint;
}

const CLIENT_HINT =
  'the app client refuses clientId and clientSecret: compare both with the AWS console, and check that the client allows the authorization code grant. See docs/managed-login.md#in-the-aws-console';
const REDIRECT_HINT =
  'the app client does not allow the authorization code grant, or managedLogin.redirectUri is not among its callback URLs. See docs/managed-login.md#in-the-aws-console';
const DOMAIN_HINT =
  'the user pool has no domain for managed login: add one in the AWS console. See docs/managed-login.md#in-the-aws-console';
const ISSUER_HINT =
  'the OpenID configuration belongs to another issuer: check the option issuer. See docs/troubleshooting.md#connection-to-cognito';
const SCOPES_HINT =
  'the app client does not allow all of managedLogin.scopes. See docs/managed-login.md#in-the-aws-console';

/**
 * Errors of the token endpoint (RFC 6749 5.2) and of the authorization endpoint (4.1.2.1, OpenID Connect Core
 * 3.1.2.6).
 */
const OAUTH_ERRORS: Readonly<Record<string, Meaning>> = {
  invalid_grant: { code: 'invalid_session' },
  invalid_client: { code: 'server_misconfigured', hint: CLIENT_HINT },
  unauthorized_client: { code: 'server_misconfigured', hint: REDIRECT_HINT },
  unsupported_grant_type: { code: 'server_misconfigured', hint: REDIRECT_HINT },
  unsupported_response_type: { code: 'server_misconfigured', hint: REDIRECT_HINT },
  invalid_scope: { code: 'server_misconfigured', hint: SCOPES_HINT },
  access_denied: { code: 'access_denied' },
  login_required: { code: 'login_required' },
  interaction_required: { code: 'login_required' },
  consent_required: { code: 'login_required' },
  account_selection_required: { code: 'login_required' },
  temporarily_unavailable: { code: 'upstream_unavailable' },
  server_error: { code: 'upstream_error' },
};

/** Error codes of openid-client. */
const CLIENT_ERRORS: Readonly<Record<string, Meaning>> = {
  OAUTH_WWW_AUTHENTICATE_CHALLENGE: { code: 'server_misconfigured', hint: CLIENT_HINT },
  OAUTH_MISSING_SERVER_METADATA: { code: 'server_misconfigured', hint: DOMAIN_HINT },
  OAUTH_JSON_ATTRIBUTE_COMPARISON_FAILED: { code: 'server_misconfigured', hint: ISSUER_HINT },
};

const STATUSES: Readonly<Record<number, ProblemCode>> = {
  429: 'rate_limited',
  503: 'upstream_unavailable',
  504: 'upstream_timeout',
};

const IN_PAGE = 'See docs/managed-login.md#failures';

/** Log hints by Cognito's description of an authorization error. */
const DESCRIBED: readonly (readonly [RegExp, Hint])[] = [
  [
    /attributes required/i,
    `the identity provider does not send an attribute that the user pool requires: map it in the provider's settings. ${IN_PAGE}`,
  ],
  [
    /attribute cannot be updated/i,
    `a mapped attribute is not mutable, or the app client may not write it: correct the attribute mapping. ${IN_PAGE}`,
  ],
  [
    /already found an entry for username/i,
    `a trigger has linked the account during this sign-in, which Cognito refuses once: the next sign-in succeeds. ${IN_PAGE}`,
  ],
  [
    /saml|error getting token|exception processing authorization code|\berror - /i,
    `the identity provider refused Cognito: check the client id, the secret and the attribute mapping in its settings. ${IN_PAGE}`,
  ],
];

const TRIGGER_REFUSAL = /^\w+ failed with error /;

/** Codes that Cognito sends as the description of `invalid_request`. */
const DESCRIBED_CODES = ['invalid_scope', 'unauthorized_client'];

/**
 * Maps the `error` of an authorization response. Cognito sends `invalid_request` if a trigger or the identity provider
 * refuses the user. Only the words of a trigger are meant for the user.
 */
export function authorizationFault(error: string, description = ''): UpstreamFault {
  const named = error === 'invalid_request' && DESCRIBED_CODES.includes(description) ? description : error;
  const { code, hint } = OAUTH_ERRORS[named] ?? { code: 'rejected_by_pool' };
  const [, described = hint] = DESCRIBED.find(([text]) => text.test(description)) ?? [];
  const fault = faultOf(error, { code, ...(described && { hint: described }) }, description);
  if (code !== 'rejected_by_pool' || !TRIGGER_REFUSAL.test(description)) return fault;
  const detail = description.slice(0, MAX_MESSAGE_LENGTH).replace(TRIGGER_WRAPPING, '');
  return detail === '' ? fault : { ...fault, problem: problem(code, { detail }) };
}

/**
 * Maps an error of openid-client. Its own messages are dropped, because they may quote secrets. The server's description
 * is kept without the values of the request.
 */
export function oauthFault(thrown: unknown, request: object = {}): UpstreamFault {
  const { code, error, error_description: description, cause } = (thrown ?? {}) as Record<string, unknown>;
  // Network errors have no code of openid-client.
  if (typeof code !== 'string') return upstreamFault(thrown, 'OAuth');
  if (typeof error === 'string') {
    const text = typeof description === 'string' ? description : '';
    return faultOf(error, OAUTH_ERRORS[error] ?? { code: 'upstream_error' }, text, request);
  }
  if (code === 'OAUTH_RESPONSE_IS_NOT_CONFORM') {
    const { status = 0 } = (cause ?? {}) as { status?: number };
    return faultOf(`HTTP ${status}`, { code: STATUSES[status] ?? 'upstream_error' });
  }
  const { claim, parameters } = detailsOf(cause);
  if (claim === 'auth_time') return faultOf(code, { code: 'insufficient_user_authentication' });
  if (parameters !== undefined) return faultOf(code, { code: 'invalid_request' });
  return code === 'OAUTH_TIMEOUT' ? timeoutFault(hostIn(thrown)) : clientFault(code);
}

function timeoutFault(host = 'the server of managed login'): UpstreamFault {
  const hint: Hint = `${host} did not respond within timeouts.call: check the options endpoint and issuer, and any proxy. See docs/troubleshooting.md#connection-to-cognito`;
  return faultOf('OAUTH_TIMEOUT', { code: 'upstream_timeout', hint });
}

export function clientFault(code: string): UpstreamFault {
  return faultOf(code, CLIENT_ERRORS[code] ?? { code: 'upstream_error' });
}

/** Whether the token endpoint refuses the app client's secret. */
export function isRefusedClient(thrown: unknown): boolean {
  const { code, error } = (thrown ?? {}) as { code?: unknown; error?: unknown };
  return error === 'invalid_client' || code === 'OAUTH_WWW_AUTHENTICATE_CHALLENGE';
}

/** Whether the server that answered belongs to another issuer. */
export function isOtherIssuer(thrown: unknown): boolean {
  const { code } = (thrown ?? {}) as { code?: unknown };
  return code === 'OAUTH_JSON_ATTRIBUTE_COMPARISON_FAILED' || code === 'OAUTH_RESPONSE_IS_NOT_CONFORM';
}

/** Returns the failed check: the `claim` of the ID token, or the `parameters` of the authorization response. */
function detailsOf(cause: unknown): { claim?: unknown; parameters?: unknown } {
  const { cause: details } = (cause ?? {}) as { cause?: unknown };
  return isObject(details) ? details : {};
}

function faultOf(
  exception: string,
  { code, hint }: Meaning,
  description = '',
  request: object = {},
): UpstreamFault {
  const message = redactedMessage(description, request);
  return {
    problem: problem(code),
    // An identity provider may send any text.
    exception: /^[\w ]{1,64}$/.test(exception) ? exception : 'OAuthError',
    ...(message !== '' && { message }),
    ...(hint !== undefined && { hint }),
    sameForAll: true,
  };
}
