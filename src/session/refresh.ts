import { faultOf, messageOf } from '../cognito/classify-error.ts';
import type { OperationName, Operations } from '../cognito/operations.ts';
import { type UpstreamFault, UpstreamRefusal } from '../cognito/upstream-fault.ts';
import type { Settings } from '../config/settings.ts';
import type { RefreshRequest } from '../endpoints/endpoint.ts';
import { RefreshError, refreshTokens } from '../endpoints/refresh-tokens.ts';
import type { Tokens } from '../endpoints/sign-in-types.ts';
import { createDeadline, type Deadline } from '../shared/deadline.ts';
import { ProblemError, problem } from '../shared/problem.ts';
import type { StoreSource } from '../stores/store-source.ts';
import { hasTokenClaims, type TokenPayload } from '../tokens/claims.ts';
import { decodeToken } from '../tokens/decode.ts';
import { recordKey } from './refresh-record.ts';
import type { OfSession, Revocations } from './revocation.ts';
import { createSingleFlight, type RefreshOutcome } from './single-flight.ts';

/** Refreshes the sessions of one router. */
export interface Refreshes {
  /** Returns new tokens, or rejects with a `RefreshError`. It continues after the client disconnects. */
  refresh(request: RefreshRequest, asker: RefreshAsker): Promise<Tokens>;
  /**
   * Revokes the session of a refresh token that was signed out: remembered outcomes, concurrent refreshes, and the
   * successors of a rotated token. Never rejects.
   */
  signOut(refreshToken: string, asker: Pick<RefreshAsker, 'send'>): Promise<void>;
  /** Sources of store notices for the operator. */
  readonly sources: readonly StoreSource[];
}

/** The request that causes a refresh. */
export interface RefreshAsker {
  readonly clientMetadata: Record<string, string> | undefined;
  /** Runs before the call to Cognito, but not for requests that share an outcome. Throws a `ProblemError` to refuse. */
  admit?(): Promise<void>;
  send<O extends OperationName>(
    operation: O,
    input: Operations[O]['input'],
    deadline: Deadline,
  ): Promise<Operations[O]['output']>;
  /** Reports the reuse of a rotated refresh token, with its user if known. */
  reused(sub: string | undefined, exception: string): void;
}

/** The stored outcome of a refresh, for requests with the same refresh token. */
type RefreshRecord =
  /** `at`: milliseconds since 1970. */
  | { readonly tokens: Tokens; readonly at: number }
  | { readonly refused: Omit<UpstreamFault, 'sameForAll'>; readonly certain: boolean };

/** The record of a refresh token that was replaced by a rotation. */
interface Rotated {
  readonly next: string;
  /** The claims that identify its session, if the access token could be decoded. */
  readonly session?: OfSession['payload'];
}

/** Exceptions that end a session for good. All others may be temporary. */
const REVOKED_EXCEPTIONS = ['NotAuthorizedException', 'RefreshTokenReuseException', 'UserNotFoundException'];
const REUSED = 'RefreshTokenReuseException';

/** Lifetime of the record of a rotated token, about 2.5 kB each. */
const ROTATED_MS = 6 * 3_600_000;
/** More than the rotations in that time, at Cognito's shortest token lifetime. */
const MAX_SUCCESSORS = 100;

/** Browsers may repeat a reused token many times. Cognito is asked once in this time. */
const REFUSED_MS = 60_000;

/** Timeout of a revocation at Cognito in milliseconds. The response waits for it. */
const REVOKE_MS = 2000;

export function createRefreshes(
  settings: Settings,
  revocations: Revocations,
  onStoreFault: (error: unknown) => void,
): Refreshes {
  const { userPoolId, clientId, refresh: options, timeouts } = settings;
  const singleFlight = createSingleFlight({
    store: options.store,
    callMs: timeouts.call,
    onFault: onStoreFault,
  });
  const keyOf = (kind: string, ...about: string[]): string => recordKey(kind, userPoolId, clientId, ...about);

  async function ask(request: RefreshRequest, asker: RefreshAsker): Promise<RefreshOutcome> {
    const deadline = createDeadline(undefined, timeouts.call);
    let asked: OperationName = 'GetTokensFromRefreshToken';
    try {
      await asker.admit?.();
      const { clientMetadata } = asker;
      const tokens = await refreshTokens(request, {
        settings,
        clientMetadata,
        send: (operation, input) => {
          asked = operation;
          deadline.start();
          return asker.send(operation, input, deadline);
        },
      });
      return await refreshed(request, tokens, asker);
    } catch (error) {
      const fault = faultBehind(error, asked, deadline);
      if (!REVOKED_EXCEPTIONS.includes(fault.exception) || fault.problem.status >= 500) {
        throw new RefreshError(fault, false);
      }
      return await refused(request, fault, asker);
    } finally {
      deadline.stop();
    }
  }

  async function refreshed(
    { refreshToken }: RefreshRequest,
    tokens: Tokens,
    asker: RefreshAsker,
  ): Promise<RefreshOutcome> {
    const session = sessionOf(tokens.accessToken);
    const next = tokens.refreshToken;
    // A sign-out during the refresh takes precedence, even if Cognito has not been told of it.
    if ((await wasSignedOut(refreshToken)) || (session !== undefined && (await isRevoked(session)))) {
      await revoke(next ?? refreshToken, asker);
      const refused = { problem: problem('invalid_refresh_token'), exception: 'SignedOut' };
      return { record: { refused, certain: true } satisfies RefreshRecord, rememberMs: 0 };
    }
    if (next !== undefined && next !== refreshToken) {
      const rotated: Rotated = { next, ...(session && { session }) };
      await singleFlight.remember(refreshToken, keyOf('used up', refreshToken), rotated, ROTATED_MS);
    } else if (session !== undefined) {
      // Lets a sign-out with the refresh token alone revoke these access tokens too.
      const leftMs = session.exp * 1000 - Date.now();
      if (leftMs > 0)
        await singleFlight.remember(refreshToken, keyOf('session', refreshToken), { session }, leftMs);
    }
    const record: RefreshRecord = { tokens, at: Date.now() };
    return { record, rememberMs: options.reuseWindowMs };
  }

  async function refused(
    { refreshToken }: RefreshRequest,
    { sameForAll: _same, ...fault }: UpstreamFault,
    asker: RefreshAsker,
  ): Promise<RefreshOutcome> {
    const { problem: answer, exception } = fault;
    const rotated = await successorOf(refreshToken);
    const signedOut = rotated?.session !== undefined && (await isRevoked(rotated.session));
    const known = rotated !== undefined && !signedOut && answer.code === 'invalid_refresh_token';
    if (known || exception === REUSED) asker.reused(rotated?.session?.sub, exception);
    // Two parties hold the session, and either may be an attacker.
    if (known) await revokeSession(rotated, asker);
    // Without a record, another instance may have rotated the token, and its new tokens are valid.
    const certain = rotated !== undefined || exception !== REUSED;
    const record: RefreshRecord = { refused: fault, certain };
    // Only a reused token stays refused. The user can cure other refusals.
    return { record, rememberMs: exception === REUSED ? REFUSED_MS : 0 };
  }

  async function revokeSession({ session, next }: Rotated, asker: Pick<RefreshAsker, 'send'>): Promise<void> {
    let newest = next;
    for (let hops = 0; hops < MAX_SUCCESSORS; hops++) {
      const after = await successorOf(newest);
      if (after === undefined) break;
      newest = after.next;
    }
    await Promise.all([
      // The store has reported its fault, and the refusal does not depend on it.
      session && revocations.endSession({ payload: session }).catch(() => undefined),
      revoke(newest, asker),
    ]);
  }

  /** Best effort, because the kit has already revoked the session. */
  async function revoke(token: string, asker: Pick<RefreshAsker, 'send'>): Promise<void> {
    const deadline = createDeadline(undefined, Math.min(REVOKE_MS, timeouts.call));
    deadline.start();
    await asker.send('RevokeToken', { Token: token, ClientId: clientId }, deadline).catch(() => undefined);
    deadline.stop();
  }

  async function wasSignedOut(token: string): Promise<boolean> {
    return (await singleFlight.recall(token, keyOf('signed out', token))) !== undefined;
  }

  async function successorOf(token: string): Promise<Rotated | undefined> {
    return (await singleFlight.recall(token, keyOf('used up', token))) as Rotated | undefined;
  }

  /**
   * Returns false if the store is unavailable. A refusal would lose the rotated refresh token, and each use of the new
   * tokens is checked again.
   */
  async function isRevoked(payload: TokenPayload): Promise<boolean> {
    return (await revocations.check({ payload }))?.code === 'invalid_token';
  }

  return {
    sources: singleFlight.sources,
    async refresh(request, asker) {
      const { refreshToken, username = '', device } = request;
      // Cognito may refuse a refresh without the device and accept one with it.
      const key = keyOf('refresh', refreshToken, device?.deviceKey ?? '', username);
      const outcome = await singleFlight.once(refreshToken, key, () => ask(request, asker));
      const record = outcome.record as RefreshRecord;
      if ('refused' in record) {
        const { refused, certain } = record;
        const fault = { ...refused, sameForAll: true };
        throw new RefreshError(fault, certain && outcome.certain);
      }
      const { accessToken, refreshToken: next } = record.tokens;
      const session = sessionOf(accessToken);
      // The record may be older than a sign-out.
      const signedOut = await Promise.all([
        wasSignedOut(refreshToken),
        next !== undefined && wasSignedOut(next),
        session !== undefined && isRevoked(session),
      ]);
      if (signedOut.includes(true)) {
        const revoked = problem('invalid_refresh_token');
        throw new RefreshError({ problem: revoked, exception: 'SignedOut', sameForAll: true }, true);
      }
      return aged(record.tokens, record.at);
    },
    async signOut(refreshToken, asker) {
      const key = keyOf('signed out', refreshToken);
      await singleFlight.remember(refreshToken, key, {}, options.reuseWindowMs + 2 * timeouts.call);
      // The order matters: of a concurrent refresh and sign-out, one must see the other's record.
      const [rotated, current] = await Promise.all([
        successorOf(refreshToken),
        singleFlight.recall(refreshToken, keyOf('session', refreshToken)),
      ]);
      if (rotated !== undefined) await revokeSession(rotated, asker);
      // The store has reported its fault.
      else if (current !== undefined) {
        await revocations
          .endSession({ payload: (current as { session: TokenPayload }).session })
          .catch(() => undefined);
      }
    },
  };
}

function faultBehind(error: unknown, operation: OperationName, deadline: Deadline): UpstreamFault {
  if (error instanceof UpstreamRefusal) return error.fault;
  if (!(error instanceof ProblemError)) return faultOf(error, operation, deadline);
  const { problem, cause } = error;
  const exception = cause instanceof Error ? cause.name : problem.code;
  return { problem, exception, ...messageOf(cause), sameForAll: true };
}

/**
 * Reads the claims without verification, because they come from Cognito itself. Other servers may use opaque tokens.
 */
function sessionOf(accessToken: string): TokenPayload | undefined {
  const decoded = decodeToken(accessToken);
  if ('status' in decoded || !hasTokenClaims(decoded.payload)) return undefined;
  const { iss, sub, token_use, exp, iat, jti, origin_jti } = decoded.payload;
  return { iss, sub, token_use, exp, ...(iat && { iat }), ...(jti && { jti }), origin_jti };
}

/** Reduces `expiresIn` by the age of the record. */
function aged(tokens: Tokens, at: number): Tokens {
  const seconds = Math.max(0, Math.floor((Date.now() - at) / 1000));
  return { ...tokens, expiresIn: Math.max(1, tokens.expiresIn - seconds) };
}
