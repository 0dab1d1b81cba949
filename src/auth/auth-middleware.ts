import type { IncomingMessage, ServerResponse } from 'node:http';
import type { NextFunction, Request, RequestHandler, Response } from 'express';
import type { TokenStats, TokenVerifier } from '../cognito/token-verifier.ts';
import { REQUIRE_AUTH_OTHER_NAMES } from '../config/other-names.ts';
import {
  booleanOption,
  checkOptionNames,
  functionOption,
  optionError,
  stringList,
  wrongOption,
} from '../shared/option-errors.ts';
import { answerProblem, type OnProblem, ProblemError } from '../shared/problem.ts';
import { sendSeeOther } from '../shared/see-other.ts';
import { type Auth, isRefusal, type Verdict } from '../tokens/auth.ts';
import { bearerToken, type ReadToken } from '../tokens/bearer.ts';
import type { TokenUse } from '../tokens/claims.ts';
import { signInCheck } from '../tokens/recent-sign-in.ts';
import { FORBIDDEN, INSUFFICIENT_GROUP, missingToken, REVOKED, refusal } from '../tokens/refusals.ts';
import { forgetAuth, rememberAuth } from './request-auth.ts';
import { type FindProfile, forgetProfile } from './request-profile.ts';
import { type AuthSources, createAuthResolver, createTokenJudge } from './resolve-auth.ts';
import type { SessionControl } from './session-control.ts';
import { parseSignInPage } from './sign-in-page.ts';
import { createVerification, type Verification } from './verification.ts';

/** Rules that a valid token must satisfy. */
export interface AuthRules {
  /** The kind of token. APIs accept access tokens; ID tokens are meant for the client. Default: `'access'`. */
  tokenUse?: TokenUse | undefined;
  /**
   * A group, or groups of which the user must be in one. Otherwise 403 `insufficient_group`. Default: none
   * required.
   */
  groups?: string | readonly string[] | undefined;
  /**
   * A scope or scopes that the access token must all have. Otherwise 403 `insufficient_scope`. Tokens of the
   * sign-in endpoints only have `aws.cognito.signin.user.admin`; managed login issues others. Default: none
   * required.
   */
  scopes?: string | readonly string[] | undefined;
  /**
   * The accepted values of the claim `acr`, the level of the sign-in. Name every accepted level, the one to
   * ask for first. Otherwise 401 `insufficient_user_authentication` (RFC 9470), which names it. Default: any,
   * or none.
   */
  acr?: string | readonly string[] | undefined;
  /**
   * Maximum age of the sign-in in seconds, by the claim `auth_time`; a refresh is not a sign-in. Otherwise
   * 401 `insufficient_user_authentication` (RFC 9470). Default: unlimited.
   */
  maxAge?: number | undefined;
  /**
   * Accepts a request without a token, with `req.auth` undefined. A token, if present, must be valid.
   * Exception: the cookie of a revoked session counts as no token, because scripts cannot delete it. Default:
   * `false`.
   */
  optional?: boolean | undefined;
  /**
   * A rule of the app, evaluated last. Any result but `true` is answered with 403 `forbidden`. A thrown
   * `ProblemError` is answered with its problem; any other error goes to `next`. Default: none.
   */
  customCheck?: CustomCheck | undefined;
  /**
   * The path of the sign-in page, such as `'/sign-in'`. A browser that opens a page without a session is sent there, with the
   * path of the page as `?returnTo=`; read it with `safeReturnTo`. Every other request gets its refusal. Requires cookies.
   * Default: none.
   */
  signInPage?: string | undefined;
  /** Handles every refusal. Default: `application/problem+json` (RFC 9457). */
  onError?: OnProblem | undefined;
}

/** Returns whether the request is allowed. */
export type CustomCheck = (context: { auth: Auth; req: Request }) => boolean | Promise<boolean>;

/**
 * Express middleware for routes of any kind, and the same rules elsewhere. With a plain `RequestHandler` among its handlers, a
 * route would lose the types of its `req.params`.
 */
export interface AuthMiddleware extends Verification, SessionControl {
  /**
   * Returns the counts of tokens since the process started. Middleware with the same pools and cache shares them, and so does all
   * middleware of one router.
   *
   * @example
   * const { accepted, refused, cache } = protect.stats();
   */
  stats(): TokenStats;
  (req: IncomingMessage, res: ServerResponse, next: (error?: unknown) => void): void;
}

export const AUTH_RULES = [
  'tokenUse',
  'groups',
  'scopes',
  'acr',
  'maxAge',
  'optional',
  'customCheck',
  'signInPage',
  'onError',
] as const;

/** The parts of the middleware that the router shares with its routes. */
export interface AuthMiddlewareParts extends Omit<AuthSources, 'verify' | 'counts'> {
  readonly verifier: Pick<TokenVerifier, 'verify' | 'counts' | 'stats'>;
  /** Default: reads the `Authorization` header. */
  readonly readToken?: ReadToken;
  /** Tolerated clock skew for `maxAge`, in seconds. */
  readonly clockToleranceSeconds: number;
  /** Receives each request without a token. */
  readonly onMissing?: (req: IncomingMessage) => void;
  /** Default: none, without `profileClaims`. */
  readonly findProfile?: FindProfile | undefined;
  readonly sessionControl: SessionControl;
}

/** Throws a `TypeError` for invalid rules. */
export function createRequireAuth(
  {
    verifier,
    readToken = bearerToken,
    clockToleranceSeconds,
    onMissing,
    findProfile,
    sessionControl,
    ...sources
  }: AuthMiddlewareParts,
  rules: AuthRules = {},
): AuthMiddleware {
  const { tokenUse, checkRights, optional, customCheck, onError } = parseRules(rules, clockToleranceSeconds);
  const verify: AuthSources['verify'] = (token) => verifier.verify(token, tokenUse);
  const { counts } = verifier;
  const resolveAuth = createAuthResolver({ ...sources, verify, counts });
  const { revocation } = sources;
  const signInLocation = parseSignInPage(rules.signInPage, readToken);

  function requireAuthMiddleware(req: Request, res: Response, next: NextFunction): void {
    const verdict = resolveAuth(readToken(req), req, res);
    if (verdict instanceof Promise) verdict.then((late) => requireToken(late, req, res, next)).catch(next);
    else requireToken(verdict, req, res, next);
  }

  function requireToken(verdict: Verdict | undefined, req: Request, res: Response, next: NextFunction): void {
    // Scripts cannot delete the cookie of a revoked session, so it counts as no token.
    const isRevokedCookie = optional && verdict === REVOKED && bearerToken(req) === undefined;
    if (verdict === undefined) onMissing?.(req);
    if (verdict !== undefined && !isRevokedCookie) authorize(verdict, req, res, next);
    else if (!optional) respond(missingToken(req, tokenUse), req, res, next);
    else {
      forgetAuth(req);
      forgetProfile(req, findProfile);
      next();
    }
  }

  function authorize(verdict: Verdict, req: Request, res: Response, next: NextFunction): void {
    const checked = isRefusal(verdict) ? verdict : checkRights(verdict);
    const admitted = isRefusal(checked) || findProfile === undefined ? checked : findProfile(checked, req);
    if (admitted instanceof Promise) admitted.then((late) => conclude(late, req, res, next)).catch(next);
    else conclude(admitted, req, res, next);
  }

  function conclude(verdict: Verdict, req: Request, res: Response, next: NextFunction): void {
    if (customCheck === undefined || isRefusal(verdict)) {
      respond(verdict, req, res, next);
    } else {
      forgetAuth(req);
      askCustomCheck(customCheck, verdict, req)
        .then((last) => respond(last, req, res, next))
        .catch(next);
    }
  }

  function respond(verdict: Verdict, req: Request, res: Response, next: NextFunction): void {
    if (!isRefusal(verdict)) {
      rememberAuth(verdict, req);
      next();
    } else {
      forgetAuth(req);
      forgetProfile(req);
      const signIn = signInLocation?.(verdict, req);
      if (signIn === undefined) answerProblem(onError, verdict, req, res, next);
      else sendSeeOther(res, signIn);
    }
  }

  return Object.assign(requireAuthMiddleware as RequestHandler, {
    ...createVerification({
      judge: createTokenJudge({ verify, revocation, counts }),
      readToken,
      tokenUse,
      onMissing,
      checkRights,
      findProfile,
      askCustomCheck: customCheck && ((auth, req) => askCustomCheck(customCheck, auth, req as Request)),
      revocation,
      clockToleranceSeconds,
    }),
    ...sessionControl,
    stats: () => verifier.stats(),
  }) as AuthMiddleware;
}

async function askCustomCheck(check: CustomCheck, auth: Auth, req: Request): Promise<Verdict> {
  try {
    // A check without a result must not allow the request.
    return (await check({ auth, req })) === true ? auth : FORBIDDEN;
  } catch (error) {
    if (error instanceof ProblemError) return error.problem;
    throw error;
  }
}

interface ParsedRules {
  readonly tokenUse: TokenUse;
  readonly checkRights: (auth: Auth) => Verdict;
  readonly optional: boolean;
  readonly customCheck: CustomCheck | undefined;
  readonly onError: OnProblem | undefined;
}

const GROUP = /^[\p{L}\p{M}\p{S}\p{N}\p{P}]{1,128}$/u;
/** RFC 6749 3.3. */
const SCOPE = /^[\x21\x23-\x5b\x5d-\x7e]+$/;
/** The characters that Cognito allows are also valid in a quoted header value. */
const ACR = /^[\x21\x23-\x5b\x5d-\x7e]{1,64}$/;

function parseRules(rules: AuthRules, clockToleranceSeconds: number): ParsedRules {
  checkOptionNames('requireAuth', rules, AUTH_RULES, REQUIRE_AUTH_OTHER_NAMES);
  const { tokenUse = 'access', customCheck, onError } = rules;
  if (tokenUse !== 'access' && tokenUse !== 'id') {
    throw wrongOption('tokenUse', tokenUse, "write 'access' or 'id', or leave it out for 'access'");
  }
  const groups = namesIn(rules, 'groups', GROUP, 'write the name of a group, or a list of them');
  const scopes = namesIn(rules, 'scopes', SCOPE, "write a scope such as 'orders/read', or a list of them");
  if (scopes !== undefined && tokenUse === 'id') {
    throw optionError(
      'scopes',
      "scopes is set with tokenUse 'id'; leave one of them out, since ID tokens have no scopes",
    );
  }
  const acr = namesIn(
    rules,
    'acr',
    ACR,
    "write a level such as 'urn:cognito:loa:3', or a list of all that will do",
  );
  const checkSignIn = signInCheck({ acr, maxAge: parseMaxAge(rules.maxAge), clockToleranceSeconds });
  const checkRights = rightsCheck(groups, scopes);
  return {
    tokenUse,
    // A new sign-in does not give a user more rights.
    checkRights: (auth) => {
      const verdict = checkRights(auth);
      return isRefusal(verdict) ? verdict : (checkSignIn(auth) ?? auth);
    },
    optional: booleanOption('optional', rules.optional),
    customCheck: functionOption(
      'customCheck',
      customCheck,
      'write a function ({ auth, req }) that returns true or false',
    ),
    onError: functionOption('onError', onError, 'write a function (problem, req, res, next)'),
  };
}

function namesIn(
  rules: AuthRules,
  option: 'groups' | 'scopes' | 'acr',
  pattern: RegExp,
  fix: string,
): readonly string[] | undefined {
  return rules[option] === undefined ? undefined : stringList(option, rules[option], pattern, fix);
}

function parseMaxAge(maxAge: unknown): number | undefined {
  if (maxAge === undefined || (Number.isSafeInteger(maxAge) && Number(maxAge) > 0))
    return maxAge as number | undefined;
  throw wrongOption('maxAge', maxAge, 'write a whole number of seconds, such as 300, or leave it out');
}

function rightsCheck(groups?: readonly string[], scopes?: readonly string[]): (auth: Auth) => Verdict {
  const insufficientScope = refusal({
    code: 'insufficient_scope',
    error: 'insufficient_scope',
    scope: scopes?.join(' '),
  });
  return (auth) => {
    if (scopes?.every((scope) => auth.scopes.includes(scope)) === false) return insufficientScope;
    if (groups?.some((group) => auth.groups.includes(group)) === false) return INSUFFICIENT_GROUP;
    return auth;
  };
}
