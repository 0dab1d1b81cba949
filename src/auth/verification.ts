import type { IncomingMessage } from 'node:http';
import { isObject, quote } from '../shared/option-errors.ts';
import { type Problem, ProblemError } from '../shared/problem.ts';
import { type Auth, isRefusal, type Verdict } from '../tokens/auth.ts';
import type { ReadToken } from '../tokens/bearer.ts';
import type { TokenUse } from '../tokens/claims.ts';
import { EXPIRED, MALFORMED, MISSING, missingToken } from '../tokens/refusals.ts';
import { forgetAuth, rememberAuth } from './request-auth.ts';
import { type FindProfile, forgetProfile } from './request-profile.ts';
import type { RevocationCheck } from './resolve-auth.ts';

/** Verifies tokens without a response: for sockets, queues, GraphQL subscriptions and guards. */
export interface Verification {
  /**
   * Verifies a token, or the token of a request, by the same rules as the middleware. The request may be the handshake of a
   * WebSocket. For a request, `getAuth(req)` returns the same result afterwards.
   *
   * It requires a token also with `optional`, and refreshes no session: there is no response for the cookies.
   *
   * @throws ProblemError with the code, the status and the headers that the middleware would answer
   * @throws TypeError for another kind of value, and for `customCheck` without a request
   * @example
   * const { sub } = await auth.verify(message.token);
   */
  verify(from: string | IncomingMessage | undefined): Promise<Auth>;
  /**
   * Calls the listener once, when the token expires or its session is revoked, for example to close a socket. It asks the
   * revocation store every `checkSeconds`. An unavailable store is no end. Returns a function that stops it.
   *
   * @throws TypeError for invalid arguments
   * @example
   * const stop = auth.onEnded(user, () => socket.close(4001));
   * socket.once('close', stop);
   */
  onEnded(auth: Auth, listener: (reason: Problem) => void, options?: EndWatchOptions): () => void;
}

/** The options of `onEnded`. */
export interface EndWatchOptions {
  /** Seconds between two checks, 1 to 300. Default: 5. */
  checkSeconds?: number | undefined;
}

export interface VerificationParts {
  /** Verifies a token and checks its revocation. */
  judge(token: string): Verdict | Promise<Verdict>;
  readonly readToken: ReadToken;
  /** The kind of token that the rules ask for. */
  readonly tokenUse: TokenUse;
  readonly onMissing: ((req: IncomingMessage) => void) | undefined;
  /** The rules but the app's own. */
  checkRights(auth: Auth): Verdict;
  readonly findProfile: FindProfile | undefined;
  /** The app's own rule. */
  readonly askCustomCheck: ((auth: Auth, req: IncomingMessage) => Promise<Verdict>) | undefined;
  readonly revocation: RevocationCheck | undefined;
  readonly clockToleranceSeconds: number;
}

export function createVerification(parts: VerificationParts): Verification {
  const { judge, readToken, tokenUse, onMissing, checkRights, findProfile, askCustomCheck } = parts;

  async function judgeRequest(req: IncomingMessage): Promise<Verdict> {
    const presented = readToken(req);
    if (presented === undefined) onMissing?.(req);
    const verdict = typeof presented === 'string' ? await judge(presented) : presented;
    const checked = verdict === undefined || isRefusal(verdict) ? verdict : checkRights(verdict);
    if (checked === undefined) return missingToken(req, tokenUse);
    const admitted =
      isRefusal(checked) || findProfile === undefined ? checked : await findProfile(checked, req);
    return askCustomCheck === undefined || isRefusal(admitted) ? admitted : askCustomCheck(admitted, req);
  }

  async function judgeToken(token: string): Promise<Verdict> {
    if (askCustomCheck !== undefined) {
      throw wrongCall(
        'customCheck needs a request, and verify was given a token; pass the request, or apply the rule to the result of verify',
      );
    }
    const verdict = await judge(token);
    return isRefusal(verdict) ? verdict : checkRights(verdict);
  }

  return {
    async verify(from: unknown) {
      if (!isRequest(from))
        return orThrow(
          typeof from === 'string' && from !== '' ? await judgeToken(from) : noToken(from, tokenUse),
        );
      forgetAuth(from);
      forgetProfile(from);
      const verdict = await judgeRequest(from);
      // The app's own rule is the last, and has read the profile.
      if (isRefusal(verdict)) forgetProfile(from);
      const auth = orThrow(verdict);
      rememberAuth(auth, from);
      return auth;
    },
    onEnded: (auth, listener, options = {}) =>
      watch(auth, listener, { ...parts, ...checkWatch(auth, listener, options) }),
  };
}

function orThrow(verdict: Verdict): Auth {
  if (isRefusal(verdict)) throw new ProblemError(verdict);
  return verdict;
}

function isRequest(from: unknown): from is IncomingMessage {
  return isObject(from) && isObject(from.headers);
}

/** Clients of a socket send values of any kind in place of a token. */
function noToken(from: unknown, tokenUse: TokenUse): Problem {
  if (from === undefined || from === null || from === '') return MISSING[tokenUse];
  if (typeof from !== 'object' && typeof from !== 'function') return MALFORMED;
  throw wrongCall(
    'verify was called with an object that is no request; pass a token, or a request of node:http',
  );
}

const DEFAULT_CHECK_SECONDS = 5;
const MAX_CHECK_SECONDS = 300;

function checkWatch(
  auth: unknown,
  listener: unknown,
  options: EndWatchOptions,
): { readonly checkMs: number } {
  const { checkSeconds = DEFAULT_CHECK_SECONDS } = options;
  if (!(isObject(auth) && isObject(auth.payload) && typeof auth.payload.exp === 'number')) {
    throw wrongCall('onEnded needs the result of verify or getAuth as its first argument');
  }
  if (typeof listener !== 'function') throw wrongCall('onEnded needs a function as its second argument');
  if (!Number.isInteger(checkSeconds) || checkSeconds < 1 || checkSeconds > MAX_CHECK_SECONDS) {
    throw wrongCall(
      `checkSeconds is ${quote(checkSeconds)}; write a whole number from 1 to ${MAX_CHECK_SECONDS}`,
    );
  }
  return { checkMs: checkSeconds * 1000 };
}

interface WatchParts extends Pick<VerificationParts, 'revocation' | 'clockToleranceSeconds'> {
  readonly checkMs: number;
}

function watch(
  auth: Auth,
  listener: (reason: Problem) => void,
  { revocation, clockToleranceSeconds, checkMs }: WatchParts,
): () => void {
  const expiresAt = (auth.payload.exp + clockToleranceSeconds) * 1000;
  let timer: NodeJS.Timeout | undefined;
  let isStopped = false;

  function stop(): void {
    isStopped = true;
    clearTimeout(timer);
  }

  function end(reason: Problem): void {
    stop();
    listener(reason);
  }

  function wait(): void {
    const leftMs = Math.max(0, expiresAt - Date.now());
    timer = setTimeout(look, Math.min(checkMs, leftMs)).unref();
  }

  function look(): void {
    if (Date.now() >= expiresAt) return end(EXPIRED);
    const refusal = revocation?.check(auth);
    if (refusal instanceof Promise) void refusal.then(conclude);
    else conclude(refusal);
  }

  function conclude(refusal: Problem | undefined): void {
    if (isStopped) return;
    if (refusal !== undefined && isFinal(refusal)) end(refusal);
    else wait();
  }

  wait();
  return stop;
}

/** Otherwise the store or Cognito is unavailable, and a later check has the answer. */
function isFinal({ status }: Problem): boolean {
  return status < 500 && status !== 429;
}

function wrongCall(message: string): TypeError {
  return new TypeError(`express-cognito-kit: ${message}. See docs/sockets-and-queues.md`);
}
