import type { OperationName, Operations } from '../cognito/operations.ts';
import { faultOf } from '../cognito/upstream-fault.ts';
import { type UpstreamFault, UpstreamRefusal } from '../cognito/upstream-refusal.ts';
import type { Settings } from '../config/config.ts';
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
  /** New tokens, or a rejection with a `RefreshError`. It goes on when whoever asked does not wait for it. */
  refresh(request: RefreshRequest, asker: RefreshAsker): Promise<Tokens>;
  /**
   * Ends what a refresh token that was signed out has led to: what is remembered of it, what is being refreshed with it
   * at this moment, and the session that goes on under another one, if it was used up. Never rejects.
   */
  signOut(refreshToken: string, asker: Pick<RefreshAsker, 'send'>): Promise<void>;
  /** For the operator: notices about the stores. */
  readonly sources: readonly StoreSource[];
}

/** On whose behalf Cognito is asked. */
export interface RefreshAsker {
  readonly clientMetadata: Record<string, string> | undefined;
  /** Is asked before Cognito is, and not by those who share what came of it. Throws a `ProblemError` to refuse. */
  admit?(): Promise<void>;
  send<O extends OperationName>(
    operation: O,
    input: Operations[O]['input'],
    deadline: Deadline,
  ): Promise<Operations[O]['output']>;
  /** Is told that somebody came with a refresh token that was used up; whose it was, if that is known. */
  reused(sub: string | undefined, exception: string): void;
}

/** What is left for those who come with the same refresh token. */
type RefreshRecord =
  /** `at`: milliseconds since 1970. */
  | { readonly tokens: Tokens; readonly at: number }
  /** The answer, and what the log is told of it. */
  | { readonly refused: Pick<UpstreamFault, 'problem' | 'exception'>; readonly certain: boolean };

/** What is remembered of a refresh token that was exchanged for another one. */
interface UsedUp {
  readonly next: string;
  /** The claims that tell its session, where they could be read. */
  readonly session?: OfSession['payload'];
}

/** Only these say that a session is over. Everything else may be different next time. */
const SESSION_OVER = ['NotAuthorizedException', 'RefreshTokenReuseException', 'UserNotFoundException'];
const REUSED = 'RefreshTokenReuseException';

/** How long a token that was used up is known again. Each takes some 2.5 kB. */
const USED_UP_MS = 6 * 3_600_000;
/** More than can be refreshed in that time, with the shortest life that Cognito gives a token. */
const MAX_SUCCESSORS = 100;

/** A browser that was not told to forget a used-up token comes with it again and again: Cognito is not asked each time. */
const REFUSED_MS = 60_000;

/** To end at Cognito what has ended here may take so long, in milliseconds: the answer waits for it. */
const REVOKE_MS = 2000;

export function createRefreshes(
  settings: Settings,
  revocations: Revocations,
  onStoreFault: (error: unknown) => void,
): Refreshes {
  const { userPoolId, clientId, refresh: options, timeouts } = settings;
  const flights = createSingleFlight({
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
      return await landed(request, tokens, asker);
    } catch (error) {
      const fault = faultBehind(error, asked, deadline);
      if (!SESSION_OVER.includes(fault.exception) || fault.problem.status >= 500) {
        throw new RefreshError(fault, false);
      }
      return await refused(request, fault, asker);
    } finally {
      deadline.stop();
    }
  }

  async function landed(
    { refreshToken }: RefreshRequest,
    tokens: Tokens,
    asker: RefreshAsker,
  ): Promise<RefreshOutcome> {
    const session = sessionOf(tokens.accessToken);
    const next = tokens.refreshToken;
    // Whoever signed out has signed out, also while this was on its way, and where Cognito has not heard of it.
    if ((await wasSignedOut(refreshToken)) || (session !== undefined && (await hasEnded(session)))) {
      await revoke(next ?? refreshToken, asker);
      const refused = { problem: problem('invalid_refresh_token'), exception: 'SignedOut' };
      return { record: { refused, certain: true } satisfies RefreshRecord, rememberMs: 0 };
    }
    if (next !== undefined && next !== refreshToken) {
      const usedUp: UsedUp = { next, ...(session && { session }) };
      await flights.remember(refreshToken, keyOf('used up', refreshToken), usedUp, USED_UP_MS);
    } else if (session !== undefined) {
      // Whoever signs out with the refresh token alone ends these tokens as well, wherever they are.
      const left = session.exp * 1000 - Date.now();
      if (left > 0) await flights.remember(refreshToken, keyOf('session', refreshToken), { session }, left);
    }
    const record: RefreshRecord = { tokens, at: Date.now() };
    return { record, rememberMs: options.reuseWindowMs };
  }

  async function refused(
    { refreshToken }: RefreshRequest,
    { problem: answer, exception }: UpstreamFault,
    asker: RefreshAsker,
  ): Promise<RefreshOutcome> {
    const usedUp = await successorOf(refreshToken);
    const signedOut = usedUp?.session !== undefined && (await hasEnded(usedUp.session));
    const known = usedUp !== undefined && !signedOut && answer.code === 'invalid_refresh_token';
    if (known || exception === REUSED) asker.reused(usedUp?.session?.sub, exception);
    // Two have the same session now, and nobody knows which of them is the thief.
    if (known) await endSession(usedUp, asker);
    // Unseen by us, it may have been another instance that used it up, and what it got is good.
    const certain = usedUp !== undefined || exception !== REUSED;
    const record: RefreshRecord = { refused: { problem: answer, exception }, certain };
    // Only that is the same for ever, whatever the user does.
    return { record, rememberMs: exception === REUSED ? REFUSED_MS : 0 };
  }

  async function endSession({ session, next }: UsedUp, asker: Pick<RefreshAsker, 'send'>): Promise<void> {
    let newest = next;
    for (let hops = 0; hops < MAX_SUCCESSORS; hops++) {
      const after = await successorOf(newest);
      if (after === undefined) break;
      newest = after.next;
    }
    await Promise.all([
      // Whoever is told of the store that failed has been told: the refusal stands without it.
      session && revocations.endSession({ payload: session }).catch(() => undefined),
      revoke(newest, asker),
    ]);
  }

  /** Best effort: here, the session has ended already. */
  async function revoke(token: string, asker: Pick<RefreshAsker, 'send'>): Promise<void> {
    const deadline = createDeadline(undefined, Math.min(REVOKE_MS, timeouts.call));
    deadline.start();
    await asker.send('RevokeToken', { Token: token, ClientId: clientId }, deadline).catch(() => undefined);
    deadline.stop();
  }

  async function wasSignedOut(token: string): Promise<boolean> {
    return (await flights.recall(token, keyOf('signed out', token))) !== undefined;
  }

  async function successorOf(token: string): Promise<UsedUp | undefined> {
    return (await flights.recall(token, keyOf('used up', token))) as UsedUp | undefined;
  }

  /**
   * While nobody can tell, it has not: a refresh token that is used up is lost with its answer, and each use of the new
   * tokens is checked again.
   */
  async function hasEnded(payload: TokenPayload): Promise<boolean> {
    return (await revocations.check({ payload }))?.code === 'invalid_token';
  }

  return {
    sources: flights.sources,
    async refresh(request, asker) {
      const { refreshToken, username = '', device } = request;
      // What Cognito may refuse to one, it may grant to another who names the device.
      const key = keyOf('refresh', refreshToken, device?.deviceKey ?? '', username);
      const flight = await flights.once(refreshToken, key, () => ask(request, asker));
      const record = flight.record as RefreshRecord;
      if ('refused' in record) {
        const { refused, certain } = record;
        const fault = { ...refused, sameForAll: true };
        throw new RefreshError(fault, certain && flight.certain);
      }
      const { accessToken, refreshToken: next } = record.tokens;
      const session = sessionOf(accessToken);
      // What is remembered may be older than a sign-out.
      const signedOut = await Promise.all([
        wasSignedOut(refreshToken),
        next !== undefined && wasSignedOut(next),
        session !== undefined && hasEnded(session),
      ]);
      if (signedOut.includes(true)) {
        const ended = problem('invalid_refresh_token');
        throw new RefreshError({ problem: ended, exception: 'SignedOut', sameForAll: true }, true);
      }
      return aged(record.tokens, record.at);
    },
    async signOut(refreshToken, asker) {
      const key = keyOf('signed out', refreshToken);
      await flights.remember(refreshToken, key, {}, options.reuseWindowMs + 2 * timeouts.call);
      // Not before that: of a refresh and a sign-out at the same moment, one has to see the other.
      const [usedUp, going] = await Promise.all([
        successorOf(refreshToken),
        flights.recall(refreshToken, keyOf('session', refreshToken)),
      ]);
      if (usedUp !== undefined) await endSession(usedUp, asker);
      // Whoever is told of the store that failed has been told.
      else if (going !== undefined) {
        await revocations
          .endSession({ payload: (going as { session: TokenPayload }).session })
          .catch(() => undefined);
      }
    },
  };
}

function faultBehind(error: unknown, operation: OperationName, deadline: Deadline): UpstreamFault {
  if (error instanceof UpstreamRefusal) return error.fault;
  if (!(error instanceof ProblemError)) return faultOf(error, operation, deadline);
  const { problem, cause } = error;
  return { problem, exception: cause instanceof Error ? cause.name : problem.code, sameForAll: true };
}

/** Claims from Cognito's own answer: nobody else could have put them there. Other servers have tokens of other kinds. */
function sessionOf(accessToken: string): TokenPayload | undefined {
  const decoded = decodeToken(accessToken);
  if ('status' in decoded || !hasTokenClaims(decoded.payload)) return undefined;
  const { iss, sub, token_use, exp, iat, jti, origin_jti } = decoded.payload;
  return { iss, sub, token_use, exp, ...(iat && { iat }), ...(jti && { jti }), origin_jti };
}

/** They were good for so long when they came. */
function aged(tokens: Tokens, at: number): Tokens {
  const seconds = Math.max(0, Math.floor((Date.now() - at) / 1000));
  return { ...tokens, expiresIn: Math.max(1, tokens.expiresIn - seconds) };
}
