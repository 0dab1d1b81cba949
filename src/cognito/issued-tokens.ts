import type { Logger } from 'pino';
import { MAX_CLOCK_TOLERANCE_SECONDS } from '../config/clock-tolerance.ts';
import type { Hint } from '../shared/hint.ts';
import { problem } from '../shared/problem.ts';
import type { TokenPayload } from '../tokens/claims.ts';
import { decodeToken, MAX_TOKEN_LENGTH } from '../tokens/decode.ts';
import { EXPIRED, NOT_YET_VALID, TOO_LONG, WRONG_CLIENT, WRONG_ISSUER } from '../tokens/refusals.ts';
import type { CognitoClient } from './client.ts';
import type { TokenVerifier } from './token-verifier.ts';
import { UpstreamRefusal } from './upstream-fault.ts';

/** Longer than a call may take, and than clocks that are synchronized with NTP differ. */
const MAX_SKEW_SECONDS = 30;

const CLOCK_PAGE = 'See docs/protect-routes.md#clocks-and-caches';

/** Limit of nginx for one header, `Authorization: Bearer ` included. */
const LONG_TOKEN = 8_000;
const REFUSED_HINT: Hint =
  'the access tokens of the user pool server are not those of Cognito, and requireAuth refuses them. See docs/customize.md#another-server-than-aws';

/**
 * Wraps a client to compare each new access token with the settings. Protected routes would refuse a token of another
 * user pool or app client, and no log line would say why. Everything else is a warning, once for each router.
 */
export function withTokenChecks(
  client: CognitoClient,
  {
    verifier,
    logger,
    clockToleranceSeconds,
  }: { verifier: TokenVerifier; logger: Logger; clockToleranceSeconds: number },
): CognitoClient {
  const warned = new Set<string>();
  const warn = (code: string, hint: Hint): void => {
    if (warned.has(code)) return;
    warned.add(code);
    logger.warn({ code, hint }, 'the access tokens do not fit this server');
  };

  function check(accessToken: string): void {
    const { length } = accessToken;
    if (length > LONG_TOKEN) {
      warn(
        'tokens_long',
        `an access token has ${length} characters: Node takes ${MAX_TOKEN_LENGTH} for all headers, and proxies may take 8,000 for one: put the user into fewer groups, or raise these limits. See docs/protect-routes.md#long-tokens`,
      );
    }
    const inspected = verifier.inspect(accessToken, 'access');
    if (!('status' in inspected)) warnOfClock(inspected.payload);
    else if (inspected === WRONG_ISSUER || inspected === WRONG_CLIENT) throw foreignToken(accessToken);
    else if (inspected === EXPIRED || inspected === NOT_YET_VALID) warnOfClock(claimsIn(accessToken));
    else if (inspected !== TOO_LONG) warn('tokens_refused', REFUSED_HINT);
  }

  function warnOfClock({ iat }: Partial<TokenPayload>): void {
    if (iat === undefined) return;
    const ahead = Math.round(Date.now() / 1000 - iat);
    const skew = Math.abs(ahead);
    if (skew <= Math.max(MAX_SKEW_SECONDS, clockToleranceSeconds)) return;
    // A clock that is behind refuses no token, and a larger tolerance is not allowed.
    const bridge =
      ahead > 0 && skew < MAX_CLOCK_TOLERANCE_SECONDS
        ? `, and set clockToleranceSeconds to more than ${skew} until then`
        : '';
    warn(
      'clock_skew',
      `the clock of the server is ${duration(skew)} ${ahead > 0 ? 'ahead of' : 'behind'} Cognito's: synchronize it with NTP${bridge}. ${CLOCK_PAGE}`,
    );
  }

  return {
    ...client,
    async send(operation, input, options) {
      const output = await client.send(operation, input, options);
      const { AuthenticationResult } = output as { AuthenticationResult?: { AccessToken?: string } };
      if (AuthenticationResult?.AccessToken !== undefined) check(AuthenticationResult.AccessToken);
      return output;
    },
  };
}

/** A wrong time zone shows as hours. */
function duration(seconds: number): string {
  if (seconds < 7200) return `${seconds} seconds`;
  return `${seconds} seconds (about ${Math.round(seconds / 3600)} hours)`;
}

/** Issuers of Cognito and of other servers. The log shows the issuer. */
const ISSUER = /^https?:\/\/[\w.:/[\]-]{1,200}$/;

function foreignToken(accessToken: string): UpstreamRefusal {
  const { iss = '', client_id: client = '' } = claimsIn(accessToken);
  const issuer = ISSUER.test(iss) ? iss : 'an unexpected issuer';
  const app = /^[\w+]{1,128}$/.test(client) ? `app client ${client}` : 'no app client';
  return new UpstreamRefusal({
    problem: problem('server_misconfigured'),
    exception: 'ForeignToken',
    hint: `the tokens are from ${issuer} and name ${app}: check that userPoolId is the pool of clientId, and the options endpoint and issuer. See docs/troubleshooting.md#sign-in`,
    sameForAll: true,
  });
}

/** Not verified: Cognito itself has just sent the token. */
function claimsIn(accessToken: string): Partial<TokenPayload> {
  const decoded = decodeToken(accessToken);
  return 'payload' in decoded ? (decoded.payload as Partial<TokenPayload>) : {};
}
