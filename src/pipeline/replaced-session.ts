import { upstreamFault } from '../cognito/classify-error.ts';
import type { CognitoClient } from '../cognito/client.ts';
import type { TokenVerifier } from '../cognito/token-verifier.ts';
import type { Settings } from '../config/settings.ts';
import { withoutLifetime } from '../cookies/session-lifetime.ts';
import type { Refreshes } from '../session/refresh.ts';
import type { Revocations } from '../session/revocation.ts';
import { createDeadline } from '../shared/deadline.ts';
import { type Auth, isRefusal } from '../tokens/auth.ts';
import { issuedClaims } from '../tokens/issued-claims.ts';
import type { RequestContext } from './request-context.ts';
import { tokensIn } from './signed-in-hook.ts';

export interface ReplacedSessionParts {
  readonly settings: Settings;
  readonly cognito: CognitoClient;
  readonly verifier: TokenVerifier;
  readonly revocations: Revocations;
  readonly refreshes: Refreshes;
}

/** Timeout of the revocation at Cognito in milliseconds. The response to the sign-in waits for it. */
const REVOKE_MS = 2000;

/**
 * Ends the session of the request's cookies if the response replaces it by another one: the browser has no other copy
 * of its refresh token. A failure does not fail the sign-in, and is in its log line.
 */
export function createSessionReplacement({
  settings,
  cognito,
  verifier,
  revocations,
  refreshes,
}: ReplacedSessionParts): (context: RequestContext, response: object) => Promise<void> {
  const { clientId, timeouts } = settings;

  const send: Parameters<Refreshes['signOut']>[1]['send'] = (operation, input, { signal, start }) => {
    start();
    return cognito.send(operation, input, { signal, safeToRepeat: false });
  };

  async function revoke(Token: string): Promise<void> {
    const deadline = createDeadline(undefined, Math.min(REVOKE_MS, timeouts.call));
    try {
      await send('RevokeToken', { Token, ClientId: clientId }, deadline);
    } finally {
      deadline.stop();
    }
  }

  async function accessOf({ cookies }: RequestContext): Promise<Auth | undefined> {
    const token = cookies.read('access');
    const verdict = typeof token === 'string' ? await verifier.verify(token, 'access') : undefined;
    return verdict === undefined || isRefusal(verdict) ? undefined : verdict;
  }

  return async function endReplacedSession(context, response) {
    const { endpoint, cookies, facts } = context;
    const cookie = cookies.changes('refresh') ? cookies.read('refresh') : undefined;
    const { challenge } = response as { challenge?: object };
    const tokens = tokensIn(response);
    const isRefresh = endpoint.cookies?.refreshToken !== undefined;
    if (typeof cookie !== 'string' || isRefresh || !(tokens ?? challenge)) return;
    const old = withoutLifetime(cookie);
    const access = await accessOf(context);
    // The tokens of a step-up may be those of the same session.
    const session = tokens && issuedClaims(tokens.accessToken)?.origin_jti;
    if (old === tokens?.refreshToken || (session && access?.payload.origin_jti === session)) return;
    const done = await Promise.allSettled([
      refreshes.replace(old, { send }),
      access && revocations.endSession(access),
      revoke(old),
    ]);
    const failed = done.find(({ status }) => status === 'rejected') as PromiseRejectedResult | undefined;
    if (failed === undefined) return;
    const fault = upstreamFault(failed.reason, 'RevokeToken', settings.cognitoHost);
    // The session had expired, or was revoked before.
    if (fault.problem.code !== 'invalid_refresh_token') facts.silentFault = fault;
  };
}
