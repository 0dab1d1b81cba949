import { ALL_ENDPOINTS } from '../src/endpoints/table.ts';
import { errorsOf } from '../src/openapi/document.ts';
import { PROBLEMS, type ProblemCode } from '../src/shared/problem.ts';
import { code, GENERATED, kebabCase, page, table } from './docs-markdown.ts';

interface ErrorTexts {
  /** When the code is sent. */
  readonly cause: string;
  /** The next step for the client, or for the operator where only the server can be at fault. */
  readonly fix: string;
}

/** A new code does not compile until it has its texts here. */
export const ERROR_TEXTS: Readonly<Record<ProblemCode, ErrorTexts>> = {
  invalid_request: {
    cause:
      'The request is malformed in a way that no single member explains: two `Authorization` headers, a token in a header and another in a cookie, a body that breaks off or is nested too deeply, a malformed path, or a prefetch of a page that changes something.',
    fix: 'Read `detail`. Send one token, a complete body, and no `HEAD` or prefetch to the endpoints of managed login.',
  },
  invalid_json: {
    cause: 'The body is not JSON, or not encoded in UTF-8.',
    fix: 'Send the output of `JSON.stringify`, with `Content-Type: application/json`.',
  },
  validation_failed: {
    cause:
      'A member of the body, the path or the query is missing, unknown or outside of its constraints, or the user pool refuses an attribute by its schema.',
    fix: 'Read `errors`: each entry has the JSON Pointer of a member and what is wrong with it. [Endpoints](endpoints.md) lists the constraints.',
  },
  invalid_code: {
    cause:
      'The code is wrong or expired, or the account does not exist. The kit does not say which, to prevent account enumeration.',
    fix: 'Ask the user for the code again, or request a new one. With `concealUserExistence: false` the answer is `code_mismatch`, `code_expired` or `user_not_found` instead.',
  },
  code_mismatch: {
    cause: 'The code is not the one that Cognito sent or that the authenticator app shows.',
    fix: 'Ask the user for the code again. For an authenticator app, check that the clock of the device is right.',
  },
  code_expired: {
    cause: 'The code is too old, was used already, or was replaced by a newer one.',
    fix: 'Request a new code and use the latest message.',
  },
  invalid_password: {
    cause: 'The new password does not meet the password policy of the user pool.',
    fix: 'Show `detail`, which names the rule. Set [`passwordPolicy`](options.md#passwordpolicy) to report all violations at once, before Cognito is asked.',
  },
  wrong_password: {
    cause: 'The previous password in a password change is wrong.',
    fix: 'Ask the user for the current password again. A user without a password sends none.',
  },
  password_reused: {
    cause: 'The password history of the user pool contains the new password.',
    fix: 'Ask the user for a password that was not used before.',
  },
  rejected_by_pool: {
    cause:
      'The user pool refuses a value: a Lambda trigger refused the request, the app client may not write an attribute, an attribute is malformed, or a passkey is for another site.',
    fix: 'Show `detail`: the text of a Lambda trigger is meant for the user. For attributes, check the write permissions of the app client.',
  },
  operation_not_available: {
    cause:
      'The user pool or its feature plan does not allow the operation: self-service sign-up is disabled, passkeys or a second factor are not enabled, or the plan lacks the feature.',
    fix: 'Enable the feature in the user pool ([set up the user pool](../user-pool-setup.md)), or switch the endpoint off with [`routes`](options.md#routes).',
  },
  password_blocked: {
    cause: 'A list of [`passwordBlocklist`](options.md#passwordblocklist) has the new password.',
    fix: 'Ask the user for another password. The same password is refused for every account.',
  },
  missing_token: {
    cause: 'The request carries no access token, neither in the `Authorization` header nor in a cookie.',
    fix: 'Send `Authorization: Bearer <access token>`. With cookies, check that `fetch` sends credentials and that [`transport`](options.md#transport) is `cookie` or `both` in `requireAuth` too.',
  },
  invalid_token: {
    cause:
      'The token is malformed, is signed by another key, comes from another user pool or app client, has the wrong `token_use`, or belongs to a revoked session.',
    fix: 'Read `detail`. Send the access token, not the ID token. Compare `userPoolId` and `clientId` with the claims `iss` and `client_id`. After a sign-out, sign in again.',
  },
  token_expired: {
    cause: 'The access token is past its `exp`.',
    fix: 'Call [`POST /refresh`](endpoints.md#refresh) and repeat the request. If fresh tokens are refused, correct the clock of the server.',
  },
  invalid_credentials: {
    cause:
      'The name or the password is wrong, or the account does not exist, is not confirmed, or has to reset its password. The kit does not say which, to prevent account enumeration.',
    fix: 'Ask the user for both again, and offer to reset the password and to resend the confirmation code.',
  },
  invalid_session: {
    cause:
      'The `session` of a challenge has expired (3 minutes by default), was used already, or belongs to another user. At managed login, the browser came back without the cookie that started the sign-in.',
    fix: 'Start the sign-in again. If it happens often, raise the authentication flow session duration of the app client (3 to 15 minutes).',
  },
  invalid_device: {
    cause: 'Cognito does not know the device key, or the device password is wrong.',
    fix: 'Delete the stored device and sign in without it. With cookies the kit deletes it.',
  },
  invalid_refresh_token: {
    cause:
      'The refresh token has expired, was revoked, was replaced by rotation, or belongs to another app client.',
    fix: 'Sign in again. If every refresh fails, compare `clientId` and `clientSecret` with the app client that issued the token.',
  },
  login_required: {
    cause:
      'Managed login was started with `prompt=none`, and the browser has no session there, or the user has to consent.',
    fix: 'Start managed login without `prompt=none`.',
  },
  insufficient_user_authentication: {
    cause:
      'The route requires a more recent sign-in (`maxAge`, [`sensitiveMaxAge`](options.md#sensitivemaxage)) or a stronger one (`acr`) than that of the token (RFC 9470).',
    fix: 'Sign the user in again with [`POST /step-up`](endpoints.md#step-up) or managed login. The `WWW-Authenticate` header names `max_age` and `acr_values`.',
  },
  insufficient_scope: {
    cause: 'The access token lacks a scope that the route or the operation requires.',
    fix: 'Request the scope at managed login ([`managedLogin.scopes`](options.md#managedloginscopes)). Tokens of `POST /sign-in` have `aws.cognito.signin.user.admin` only.',
  },
  insufficient_group: {
    cause: 'The user is in none of the groups that the route requires.',
    fix: 'Add the user to the group, then refresh: groups are in the token.',
  },
  forbidden: {
    cause:
      'A `customCheck` returned something other than `true`, a hook refused the request, or AWS WAF or Cognito refused it.',
    fix: 'Check your rule. If no rule of yours applies, look at the web ACL of the user pool and at the log line of the request.',
  },
  not_allowed_for_user: {
    cause:
      'The access token is valid, but the user pool refuses the operation for its user. A user of an identity provider has no password to change, for example.',
    fix: 'Read `detail`, and do not offer the operation to these users. The log line has the words of Cognito in `upstreamMessage`.',
  },
  access_denied: {
    cause: 'The user cancelled at managed login, or the identity provider refused the sign-in.',
    fix: 'Offer the sign-in again. Set [`managedLogin.errorPage`](options.md#managedloginerrorpage) to show a page of yours.',
  },
  cross_site_request: {
    cause:
      'The CSRF check failed: a request that changes something carries cookies and comes from a page of another origin, or does not say where it comes from.',
    fix: 'Add the origin of the page to [`trustedOrigins`](options.md#trustedorigins). A program that is no browser sends the token in the `Authorization` header.',
  },
  user_not_confirmed: {
    cause:
      'The account was not confirmed with a code yet. Sent only with `concealUserExistence: false`, or with a valid token.',
    fix: 'Call [`POST /resend-confirmation-code`](endpoints.md#resend-confirmation-code), then [`POST /confirm-sign-up`](endpoints.md#confirm-sign-up).',
  },
  user_disabled: {
    cause: 'An administrator disabled the account.',
    fix: 'Enable the user in the user pool.',
  },
  password_reset_required: {
    cause: 'An administrator reset the password, or the temporary password has expired.',
    fix: 'Call [`POST /forgot-password`](endpoints.md#forgot-password). After an expired temporary password, an administrator has to send a new invitation.',
  },
  user_not_found: {
    cause: 'The account does not exist, or was deleted while its tokens were valid.',
    fix: 'Sign in with another name, or sign up.',
  },
  not_found: {
    cause:
      'The device, session, passkey, attribute or sign-in event does not exist, or belongs to another user.',
    fix: 'Read the list again, and use an id from it.',
  },
  method_not_allowed: {
    cause: 'The path exists, but not with this method.',
    fix: 'Use a method of the `Allow` header.',
  },
  user_exists: {
    cause: 'An account with this name exists. Sent only with `concealUserExistence: false`.',
    fix: 'Offer to sign in or to reset the password.',
  },
  alias_exists: {
    cause:
      'Another account has verified this e-mail address or phone number, or has this preferred user name.',
    fix: 'Read `errors`: its entry names the attribute, if Cognito says which. Ask the user for another value, or to sign in to the other account.',
  },
  conflict: {
    cause:
      'The state of the account does not allow the request: it is confirmed already, has no verified address to send a code to, or changed at the same time.',
    fix: 'Read `detail`. Read the state again, for example with [`GET /me`](endpoints.md#get-me), before the next try.',
  },
  body_too_large: {
    cause: 'The body is larger than 16 KiB.',
    fix: 'Send the members of the endpoint only.',
  },
  unsupported_media_type: {
    cause:
      'The request has a body whose `Content-Type` is not `application/json`, or one with a content encoding.',
    fix: 'Send `Content-Type: application/json`, uncompressed. Forms have to be sent by a script.',
  },
  rate_limited: {
    cause:
      "The client address, the account or the session of a refresh exceeded the rate limit of the endpoint class, or all calls together reached Cognito's request quota or `cognitoRequestsPerSecond`.",
    fix: 'Wait for the seconds in `Retry-After`. If every user meets it, check `trust proxy`: behind a proxy that Express does not trust, all clients share one address. Limits: [`rateLimits`](options.md#ratelimits).',
  },
  too_many_attempts: {
    cause:
      'The challenge session had too many answers, or Cognito locked the account or its codes after too many failures.',
    fix: 'Wait for the seconds in `Retry-After`, then start again. Cognito counts codes by the hour.',
  },
  server_misconfigured: {
    cause: 'The options do not match the user pool or the app client, or the server lacks AWS permissions.',
    fix: 'Read the `hint` in the log line with the same `requestId`: it names the setting to change. See [troubleshooting](../troubleshooting.md).',
  },
  upstream_error: {
    cause: 'Cognito or a Lambda trigger failed, or answered something that is not valid.',
    fix: 'Retry once. If it stays, look at the log line with the same `requestId` and at the log of the Lambda trigger.',
  },
  upstream_unavailable: {
    cause: 'Cognito, or the endpoint with the signing keys, cannot be reached.',
    fix: 'Retry after the seconds in `Retry-After`. If it stays, check DNS, proxy and firewall from the server to `cognito-idp.<region>.amazonaws.com`.',
  },
  message_not_sent: {
    cause:
      'Cognito could not send a message: a quota is exhausted, Amazon SES or Amazon SNS refused it, or the trigger that sends it failed.',
    fix: 'Ask the user to try again later. The log line has a `hint`, and the event `message_delivery.failed` tells the operator. See [If messages stop](../user-pool-setup.md#if-messages-stop).',
  },
  pool_read_only: {
    cause:
      'The user pool is a replica in another region, or its point-in-time recovery is in progress. Sign-up, password resets and changes of a profile fail, and so do some second factors. Other sign-ins continue.',
    fix: 'Try again after the seconds in `Retry-After`. [Set up the user pool](../user-pool-setup.md) tells the operator what to do.',
  },
  store_unavailable: {
    cause: 'The store of rate limits or revocations does not answer, and `onUnavailable` is `deny`.',
    fix: 'Restore the store. To serve requests meanwhile, set `onUnavailable` to `allow` ([`rateLimits.onUnavailable`](options.md#ratelimitsonunavailable), [`revocation.onUnavailable`](options.md#revocationonunavailable)).',
  },
  shutting_down: {
    cause: '`router.close()` was called: the instance finishes its requests and takes no new ones.',
    fix: 'Retry. The load balancer sends the request to another instance.',
  },
  upstream_timeout: {
    cause: 'Cognito did not answer within [`timeouts.call`](options.md#timeoutscall).',
    fix: 'Retry what is safe to repeat. If it stays, look at the duration of the Lambda triggers: Cognito waits 5 seconds for each.',
  },
};

/** `docs/reference/errors.md`. */
export function errorsPage(): string {
  const codes = Object.keys(PROBLEMS) as ProblemCode[];
  return page([
    GENERATED,
    '# Error codes',
    `Every refusal is \`application/problem+json\` (RFC 9457) with \`type\`, \`title\`, \`status\`, \`detail\`, \`code\` and
\`requestId\`; \`validation_failed\` has \`errors\` as well. Decide by \`code\`, which is stable within a major version.
\`detail\` may be more specific than here. The log line of the request has the same \`requestId\`, and a \`hint\` where the
operator can act.`,
    table(
      ['code', 'status', 'detail'],
      codes.map((name) => [`[\`${name}\`](#${name})`, String(PROBLEMS[name][0]), PROBLEMS[name][2]]),
    ),
    ...codes.flatMap(section),
  ]);
}

function section(name: ProblemCode): string[] {
  const [status, title, detail] = PROBLEMS[name];
  const { cause, fix } = ERROR_TEXTS[name];
  return [
    `## ${name}`,
    `**${status} ${title}**: ${detail}`,
    [`- Cause: ${cause}`, `- Fix: ${fix}`, `- Endpoints: ${senders(name)}`].join('\n'),
  ];
}

/** Codes that nearly every endpoint can send are not worth a list. */
const FEW = 8;

function senders(name: ProblemCode): string {
  const sending = ALL_ENDPOINTS.filter((endpoint) => errorsOf(endpoint, 'both').includes(name));
  if (sending.length === 0) return 'none; `requireAuth` sends it';
  if (sending.length === ALL_ENDPOINTS.length) return '[all](endpoints.md)';
  if (sending.length > FEW) return `${sending.length} of [${ALL_ENDPOINTS.length}](endpoints.md)`;
  return sending
    .map(
      (endpoint) =>
        `[${code(`${endpoint.method.toUpperCase()} ${endpoint.path}`)}](endpoints.md#${kebabCase(endpoint.name)})`,
    )
    .join(', ');
}
