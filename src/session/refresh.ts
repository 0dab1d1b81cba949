import { randomBytes } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import { faultOf, messageOf } from '../cognito/classify-error.ts';
import type { OperationName, Operations } from '../cognito/operations.ts';
import { type UpstreamFault, UpstreamRefusal } from '../cognito/upstream-fault.ts';
import type { Settings } from '../config/settings.ts';
import type { RefreshRequest } from '../endpoints/endpoint.ts';
import { RefreshError, refreshTokens, type SessionState } from '../endpoints/refresh-tokens.ts';
import type { Tokens } from '../endpoints/sign-in-types.ts';
import { createDeadline, type Deadline } from '../shared/deadline.ts';
import { isObject } from '../shared/option-errors.ts';
import { ProblemError, problem } from '../shared/problem.ts';
import type { StoreSource } from '../stores/store-source.ts';
import type { TokenPayload } from '../tokens/claims.ts';
import { issuedClaims } from '../tokens/issued-claims.ts';
import { RecentSignOuts } from './recent-sign-outs.ts';
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
  /** Does the same for a session that a new sign-in in the same browser replaces. */
  replace(refreshToken: string, asker: Pick<RefreshAsker, 'send'>): Promise<void>;
  /** Whether one of the refresh tokens was signed out in the last minutes by a request to this instance. */
  isSignedOut(...refreshTokens: readonly (string | undefined)[]): boolean;
  /** Sources of store notices for the operator. */
  readonly sources: readonly StoreSource[];
}

/** The request that causes a refresh. */
export interface RefreshAsker {
  readonly clientMetadata: Record<string, string> | undefined;
  /** The response that carries the new tokens to the client, if one does. */
  readonly response?: ServerResponse | undefined;
  /**
   * Runs before the call to Cognito, but not for requests that share an outcome. Throws a `ProblemError` to refuse.
   * `session` is the same text after each rotation of the refresh token, from the second refresh on.
   */
  readonly admit?: ((session: string) => Promise<void>) | undefined;
  send<O extends OperationName>(
    operation: O,
    input: Operations[O]['input'],
    deadline: Deadline,
  ): Promise<Operations[O]['output']>;
  /** Reports the reuse of a rotated refresh token, with its user if known. */
  onReuse(sub: string | undefined, exception: string): void;
}

interface Refreshed {
  readonly tokens: Tokens;
  /** Milliseconds since 1970. */
  readonly at: number;
  /** Whether a response has carried the tokens to a client. */
  readonly delivered?: true;
}

/** The stored outcome of a refresh, for requests with the same refresh token. */
type RefreshRecord =
  | Refreshed
  | { readonly refused: Omit<UpstreamFault, 'sameForAll'>; readonly certain: boolean };

/**
 * The record of a refresh token in a session with rotation. It is small, because each rotation adds one. The newest token
 * is stored once for the session.
 */
interface Member {
  /** A random key, which opens the record of the newest token. */
  readonly family: string;
  /** Whether a rotation has replaced the token. */
  readonly rotated?: true;
  /** The claims that identify its session, if the access token could be decoded. */
  readonly session?: OfSession['payload'];
}

/** A refresh token that was replaced by a rotation. */
interface Rotated extends Pick<Member, 'session'> {
  /** Undefined if memory was too short to keep it. */
  readonly newest: string | undefined;
}

/** Exceptions that end a session for good. All others may be temporary. */
const REVOKED_EXCEPTIONS = ['NotAuthorizedException', 'RefreshTokenReuseException', 'UserNotFoundException'];
const REUSED = 'RefreshTokenReuseException';

/** Lifetime of the record of a rotated token, about 500 bytes each. */
const ROTATED_MS = 6 * 3_600_000;
const FAMILY_KEY_BYTES = 16;

/** Lifetime of rotated tokens that no client has received, below Cognito's shortest token lifetime of 5 minutes. */
const UNDELIVERED_MS = 4 * 60_000;

/** More than a slow response takes, whose cookies must not replace those of a newer session. */
const RECENT_MS = 5 * 60_000;

/** Browsers may repeat a reused token many times. Cognito is asked once in this time. */
const REFUSED_MS = 60_000;

/** Timeout of a revocation at Cognito in milliseconds. The response waits for it. */
const REVOKE_MS = 2000;

/** Receives faults that no response reports. */
export interface RefreshListeners {
  onStoreFault(error: unknown): void;
  /** Receives the fault of a revocation at Cognito: its session has ended in the kit only. */
  onRevokeFault(fault: UpstreamFault): void;
}

export function createRefreshes(
  settings: Settings,
  revocations: Revocations,
  { onStoreFault, onRevokeFault }: RefreshListeners,
): Refreshes {
  const { userPoolId, clientId, refresh: options, timeouts } = settings;
  const singleFlight = createSingleFlight({
    store: options.store,
    callMs: timeouts.call,
    onFault: onStoreFault,
  });
  const delivered = new WeakSet<Refreshed>();
  const recent = new RecentSignOuts(RECENT_MS);
  const keyOf = (kind: string, ...about: string[]): string => recordKey(kind, userPoolId, clientId, ...about);

  async function ask(request: RefreshRequest, asker: RefreshAsker): Promise<RefreshOutcome> {
    const { refreshToken } = request;
    const member = asker.admit && (await memberOf(refreshToken));
    await asker.admit?.(member?.family ?? refreshToken);
    const deadline = createDeadline(undefined, timeouts.call);
    let asked: OperationName = 'GetTokensFromRefreshToken';
    try {
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
      return await refreshed(request, { tokens, member }, asker);
    } catch (error) {
      const fault = faultBehind(error, asked, deadline, settings.cognitoHost);
      if (!REVOKED_EXCEPTIONS.includes(fault.exception) || fault.problem.status >= 500) {
        throw new RefreshError(fault, 'unknown');
      }
      return await refused(request, fault, asker);
    } finally {
      deadline.stop();
    }
  }

  async function refreshed(
    { refreshToken }: RefreshRequest,
    { tokens, member }: { readonly tokens: Tokens; readonly member: Member | undefined },
    asker: RefreshAsker,
  ): Promise<RefreshOutcome> {
    const session = issuedClaims(tokens.accessToken);
    const next = tokens.refreshToken;
    // A sign-out during the refresh takes precedence, even if Cognito has not been told of it.
    if ((await wasSignedOut(refreshToken)) || (session !== undefined && (await isRevoked(session)))) {
      await revoke(next ?? refreshToken, asker);
      const refused = { problem: problem('invalid_refresh_token'), exception: 'SignedOut' };
      return { record: { refused, certain: true } satisfies RefreshRecord, rememberMs: 0 };
    }
    if (next !== undefined && next !== refreshToken) {
      await rememberRotation(refreshToken, next, { session, member });
    } else if (session !== undefined) {
      // Lets a sign-out with the refresh token alone revoke these access tokens too.
      const leftMs = session.exp * 1000 - Date.now();
      if (leftMs > 0)
        await singleFlight.remember(refreshToken, keyOf('session', refreshToken), { session }, leftMs);
    }
    const record: RefreshRecord = { tokens, at: Date.now() };
    if (next === undefined) return { record, rememberMs: options.reuseWindowMs };
    // The old token is invalid now. Its holder needs the answer until a response has delivered it.
    const rememberMs = Math.max(UNDELIVERED_MS, options.reuseWindowMs);
    return { record, rememberMs, copyMs: options.reuseWindowMs };
  }

  /** Starts the reuse window of rotated tokens when their first response is sent completely. */
  function awaitDelivery(
    { refreshToken, key, record }: { refreshToken: string; key: string; record: Refreshed },
    { response }: RefreshAsker,
  ): void {
    if (record.tokens.refreshToken === undefined || record.delivered) return;
    response?.once('finish', () => {
      const isLate = Date.now() - record.at > UNDELIVERED_MS;
      if (response.destroyed || isLate || delivered.has(record)) return;
      delivered.add(record);
      const rest = { record: { ...record, delivered: true }, rememberMs: options.reuseWindowMs };
      void singleFlight.replace(refreshToken, key, rest);
    });
  }

  async function refused(
    { refreshToken }: RefreshRequest,
    { sameForAll: _same, ...fault }: UpstreamFault,
    asker: RefreshAsker,
  ): Promise<RefreshOutcome> {
    const { problem: answer, exception } = fault;
    const rotated = await rotationOf(await memberOf(refreshToken));
    const signedOut = rotated?.session !== undefined && (await isRevoked(rotated.session));
    const isReuse = rotated !== undefined && !signedOut && answer.code === 'invalid_refresh_token';
    if (isReuse || exception === REUSED) asker.onReuse(rotated?.session?.sub, exception);
    // Two parties hold the session, and either may be an attacker.
    if (isReuse) await revokeSession(rotated, refreshToken, asker);
    // Without a record, another instance may have rotated the token, and its new tokens are valid.
    const certain = rotated !== undefined || exception !== REUSED;
    const record: RefreshRecord = { refused: fault, certain };
    // Only a reused token stays refused. The user can cure other refusals.
    return { record, rememberMs: exception === REUSED ? REFUSED_MS : 0 };
  }

  async function revokeSession(
    { session, newest }: Rotated,
    reused: string,
    asker: Pick<RefreshAsker, 'send'>,
  ): Promise<void> {
    await Promise.all([
      // The store has reported its fault, and the refusal does not depend on it.
      session && revocations.endSession({ payload: session }).catch(() => undefined),
      // AWS does not document whether a rotated token still names its session.
      revoke(newest ?? reused, asker),
    ]);
  }

  /** Best effort, because the kit has already revoked the session. */
  async function revoke(token: string, asker: Pick<RefreshAsker, 'send'>): Promise<void> {
    const deadline = createDeadline(undefined, Math.min(REVOKE_MS, timeouts.call));
    deadline.start();
    try {
      await asker.send('RevokeToken', { Token: token, ClientId: clientId }, deadline);
    } catch (error) {
      const fault = faultOf(error, 'RevokeToken', deadline, settings.cognitoHost);
      // The session had ended at Cognito before.
      if (fault.problem.code !== 'invalid_refresh_token') onRevokeFault(fault);
    } finally {
      deadline.stop();
    }
  }

  async function end(refreshToken: string, mark: object, asker: Pick<RefreshAsker, 'send'>): Promise<void> {
    recent.add(refreshToken);
    await singleFlight.remember(refreshToken, keyOf('signed out', refreshToken), mark, ROTATED_MS);
    // The order matters: of a concurrent refresh and sign-out, one must see the other's record.
    const [member, current] = await Promise.all([
      memberOf(refreshToken),
      singleFlight.recall(refreshToken, keyOf('session', refreshToken)),
    ]);
    const rotated = await rotationOf(member);
    if (rotated !== undefined) return revokeSession(rotated, refreshToken, asker);
    const session = member?.session ?? (current as { session: TokenPayload } | undefined)?.session;
    // The store has reported its fault.
    if (session) await revocations.endSession({ payload: session }).catch(() => undefined);
  }

  async function wasSignedOut(token: string): Promise<boolean> {
    return (await singleFlight.recall(token, keyOf('signed out', token))) !== undefined;
  }

  /** A session that a newer one, or a concurrent sign-out, has ended has no cookies in the browser any more. */
  async function stateOfEnded(
    startedAt: number,
    ...tokens: readonly (string | undefined)[]
  ): Promise<SessionState> {
    const ends = await Promise.all(
      tokens.map((token) => token && singleFlight.recall(token, keyOf('signed out', token))),
    );
    const isOvertaken = ends.some((end) => {
      if (!isObject(end)) return false;
      return Number(end.at) >= (end.replaced ? startedAt - RECENT_MS : startedAt);
    });
    return isOvertaken ? 'replaced' : 'over';
  }

  async function rememberRotation(
    old: string,
    newest: string,
    { session, member }: { readonly session: TokenPayload | undefined; readonly member: Member | undefined },
  ): Promise<void> {
    const family =
      (member ?? (await memberOf(old)))?.family ?? randomBytes(FAMILY_KEY_BYTES).toString('base64url');
    const remember = (token: string, member: Member): Promise<void> =>
      singleFlight.remember(token, keyOf('member', token), member, ROTATED_MS);
    await Promise.all([
      singleFlight.rememberTokens(family, keyOf('family', family), { newest }, ROTATED_MS),
      remember(newest, { family, ...(session && { session }) }),
      remember(old, { family, rotated: true, ...(session && { session }) }),
    ]);
  }

  async function memberOf(token: string): Promise<Member | undefined> {
    return (await singleFlight.recall(token, keyOf('member', token))) as Member | undefined;
  }

  async function rotationOf(member: Member | undefined): Promise<Rotated | undefined> {
    if (!member?.rotated) return undefined;
    const { family, session } = member;
    const { newest } = (await singleFlight.recall(family, keyOf('family', family))) ?? {};
    return { newest: typeof newest === 'string' ? newest : undefined, ...(session && { session }) };
  }

  /**
   * Returns false if the store is unavailable. A refusal would lose the rotated refresh token, and each use of the new
   * tokens is checked again.
   */
  async function isRevoked(payload: TokenPayload): Promise<boolean> {
    return (await revocations.checkRefreshed({ payload }))?.code === 'invalid_token';
  }

  return {
    sources: singleFlight.sources,
    isSignedOut: (...tokens) => tokens.some((token) => token !== undefined && recent.has(token)),
    async refresh(request, asker) {
      const startedAt = Date.now();
      const { refreshToken, username = '', device } = request;
      // Cognito may refuse a refresh without the device and accept one with it.
      const key = keyOf('refresh', refreshToken, device?.deviceKey ?? '', username);
      const outcome = await singleFlight.once(refreshToken, key, () => ask(request, asker));
      const record = outcome.record as RefreshRecord;
      if ('refused' in record) {
        const { refused, certain } = record;
        const fault = { ...refused, sameForAll: true };
        const isCertain = certain && outcome.certain;
        throw new RefreshError(fault, isCertain ? await stateOfEnded(startedAt, refreshToken) : 'unknown');
      }
      const { accessToken, refreshToken: next } = record.tokens;
      const session = issuedClaims(accessToken);
      // The record may be older than a sign-out.
      const signedOut = await Promise.all([
        wasSignedOut(refreshToken),
        next !== undefined && wasSignedOut(next),
        session !== undefined && isRevoked(session),
      ]);
      if (signedOut.includes(true)) {
        const revoked = problem('invalid_refresh_token');
        const state = await stateOfEnded(startedAt, refreshToken, next);
        throw new RefreshError({ problem: revoked, exception: 'SignedOut', sameForAll: true }, state);
      }
      awaitDelivery({ refreshToken, key, record }, asker);
      return aged(record.tokens, record.at);
    },
    signOut: (refreshToken, asker) => end(refreshToken, { at: Date.now() }, asker),
    replace: (refreshToken, asker) => end(refreshToken, { at: Date.now(), replaced: true }, asker),
  };
}

function faultBehind(
  error: unknown,
  operation: OperationName,
  deadline: Deadline,
  host: string | undefined,
): UpstreamFault {
  if (error instanceof UpstreamRefusal) return error.fault;
  if (!(error instanceof ProblemError)) return faultOf(error, operation, deadline, host);
  const { problem, cause } = error;
  const exception = cause instanceof Error ? cause.name : problem.code;
  return { problem, exception, ...messageOf(cause), sameForAll: true };
}

/** Reduces `expiresIn` by the age of the record. */
function aged(tokens: Tokens, at: number): Tokens {
  const seconds = Math.max(0, Math.floor((Date.now() - at) / 1000));
  return { ...tokens, expiresIn: Math.max(1, tokens.expiresIn - seconds) };
}
