import type { NextFunction, RequestHandler } from 'express';
import { faultOf } from '../cognito/classify-error.ts';
import { untilAborted } from '../cognito/client.ts';
import { createKnownBrowsers } from '../cookies/known-browser.ts';
import { navigationProblem } from '../cookies/navigation.ts';
import { withoutExtraFields } from '../endpoints/body-schema.ts';
import type { Endpoint, HandlerContext } from '../endpoints/endpoint.ts';
import { loadJoi } from '../endpoints/joi.ts';
import { Redirect } from '../endpoints/redirect.ts';
import { answerProblem, ProblemError, refuseIf } from '../shared/problem.ts';
import type { AuditTrail } from './audit-trail.ts';
import { type AuthenticationParts, createAuthentication } from './authentication.ts';
import { createCallLater } from './background-calls.ts';
import { createBodyChecks } from './body-checks.ts';
import { type Closing, SHUTTING_DOWN } from './closing.ts';
import { createCookieDomainWarning } from './cookie-domain-warning.ts';
import type { FlowCounts } from './flow-counts.ts';
import {
  createHandlerContext,
  type HandlerCallbacks,
  type HandlerContextParts,
  type HandlerInput,
} from './handler-context.ts';
import { HookError, runBeforeHook, runResponseHook } from './hooks.ts';
import { createDeviceConfirmation } from './new-devices.ts';
import { lastingOutcome, maskErrors, type Outcome, refusalOf } from './outcome.ts';
import { createOutcomeHooks } from './outcome-hooks.ts';
import type { PasswordBlocklist } from './password-blocklist.ts';
import { createProxyWarning } from './proxy-warning.ts';
import type { RateLimits, RequestLimits } from './rate-limits.ts';
import { createSessionReplacement } from './replaced-session.ts';
import { isForm } from './request-body.ts';
import { type Body, createRequestContext, type RequestContext } from './request-context.ts';
import { checkCsrf, cookieLifetime, leaveCookies, takeCookies } from './request-cookies.ts';
import { createInputReader } from './request-input.ts';
import { createResponder } from './responder.ts';
import type { SessionProfiles } from './session-profiles.ts';
import { type CompletedSignIn, createSignedInHook, newTokens, tokensIn } from './signed-in-hook.ts';

/** Turns an endpoint definition into a request handler. */
export type Pipeline = (endpoint: Endpoint) => RequestHandler;

/** The parts that the handlers of one router share. */
export interface PipelineParts extends HandlerContextParts, AuthenticationParts {
  readonly limits: RateLimits;
  readonly audit: AuditTrail;
  readonly closing: Closing;
  readonly flows: FlowCounts;
  /** Undefined without `profileClaims`, or without cookies. */
  readonly profiles: SessionProfiles | undefined;
  /** Undefined without the option `passwordBlocklist`. */
  readonly passwords: PasswordBlocklist | undefined;
}

/**
 * Every request takes these steps, in this order:
 *
 * 1. warnings about the proxy and the cookies' domain
 * 2. navigation check, for a `GET` that changes something
 * 3. rate limit by address, which a shared store counts with those of step 10
 * 4. authentication
 * 5. CSRF check
 * 6. URL and body
 * 7. cookies into the body
 * 8. recent sign-in, for a sensitive request
 * 9. blocklist, for a new password
 * 10. rate limits by account and by challenge session
 * 11. before hook; 8 to 10 again, as far as it changed the body
 * 12. Cognito, and before it the rate limit by session for a refresh
 * 13. outcome hooks
 * 14. confirmation of a new device, with tokens in cookies
 * 15. tokens into cookies
 * 16. `onSignedIn`, for a complete sign-in
 * 17. response hook
 * 18. audit event, log line, answer
 *
 * Authentication comes before the body: an anonymous caller costs no parsing, and learns nothing of the schema.
 */
export function createPipeline(parts: PipelineParts): Pipeline {
  const { settings, logger, limits, audit, closing, profiles, flows } = parts;
  const read = createInputReader(settings);
  const authenticate = createAuthentication(parts);
  const endReplacedSession = createSessionReplacement(parts);
  const confirmNewDevice = createDeviceConfirmation(parts);
  const knownBrowsers = settings.rateLimits.enabled ? createKnownBrowsers(settings) : undefined;
  const bodyChecks = createBodyChecks({ ...parts, knownBrowsers });
  const warnOfProxy = createProxyWarning(logger);
  const warnOfDomain = createCookieDomainWarning(settings.cookies, logger);
  const callLater = createCallLater(parts);
  const responder = createResponder(parts);
  const signedIn = createSignedInHook({ ...parts, callLater });
  const outcomeHooks = createOutcomeHooks(parts);

  async function serve(context: RequestContext): Promise<Outcome> {
    const { req, endpoint, cookies, facts } = context;
    warnOfProxy(req);
    warnOfDomain?.(req);
    if (endpoint.navigation) {
      refuseIf(navigationProblem(req, endpoint.navigation, settings.trustedOrigins));
    }
    const counts = limits.of(endpoint.name, req, context.res);
    if (endpoint.rateLimit) refuseIf(await counts.countAddress(endpoint.rateLimit));
    const { body, url, transport, auth, tokenRefusal, checks } = await readRequest(context, counts);
    const hookContext = { endpoint: endpoint.name, req, params: url.params, auth };
    const input = await runBeforeHook(settings, { ...hookContext, body });
    // The checks are for the body that goes to Cognito, and a hook may return another one.
    if (input.body !== body) await checks.run(input.body);
    const own = withoutExtraFields(input.body, endpoint, settings);
    const asked = { ...url, ...input, body: own, auth, tokenRefusal, transport };
    const outcome = await askCognito(context, asked, counts);
    if (endpoint.sentNothing?.(outcome)) checks.uncount();
    if ('problem' in outcome) return outcome;
    // A masked answer takes the same steps as any other, or a client could tell them apart.
    const undo = cookies.checkpoint();
    const tokens = newTokens(endpoint, outcome.response);
    let signIn = tokens && { tokens, auth };
    try {
      const confirmed = await confirmNewDevice(context, { response: outcome.response, transport });
      const leaving = { response: confirmed, body: input.body, transport, signIn, undo };
      const { response, answer } = await leave(context, leaving);
      if (response !== confirmed) signIn = undefined;
      // A sign-in has identified the user by now.
      const shaped = { ...hookContext, auth: facts.auth, body: input.body, response: answer };
      const concealed = outcome.fault !== undefined;
      const sent = await runResponseHook(settings, { ...shaped, concealed });
      await endReplacedSession(context, response);
      // An import is none: a migration would look like a wave of sign-ins.
      if (signIn && !endpoint.importsSession) flows.countSignIn();
      return { ...outcome, sent };
    } catch (error) {
      // Cookies that the handler itself has cleared stay cleared.
      undo();
      if (signIn) signedIn.discard(context, signIn);
      facts.lasting = lastingOutcome(endpoint, outcome, facts.happenings);
      throw error;
    }
  }

  /** Takes the steps from the authentication to the limits by account. */
  async function readRequest(context: RequestContext, counts: RequestLimits) {
    const { req, endpoint, facts } = context;
    try {
      const { auth: presented, tokenRefusal } = await authenticate(context);
      facts.auth = presented;
      // With `transport: 'both'` only the body tells whether the request uses cookies.
      if (settings.transport === 'cookie' || isForm(req, settings)) checkCsrf(context, presented, settings);
      await loadJoi();
      const url = read.url(req, endpoint);
      const given = await untilAborted(read.body(req, endpoint), closing.bodies);
      const { body, transport, auth } = takeCookies(
        context,
        { body: given, query: url.query, auth: presented },
        settings,
      );
      facts.auth = auth;
      const checks = bodyChecks(context, { params: url.params, auth, transport, counts });
      await checks.run(body);
      return { body, url, transport, auth, tokenRefusal, checks };
    } catch (error) {
      // A client over its limit learns of nothing else.
      refuseIf(await counts.count());
      throw error;
    }
  }

  /** Moves tokens into cookies, once the hook for sign-ins has accepted them. */
  async function leave(
    context: RequestContext,
    { response, body, transport, signIn, undo }: LeavingSignIn,
  ): Promise<{ readonly response: object; readonly answer: object }> {
    const { endpoint, facts } = context;
    const answer = leaveCookies(context, { response, body, transport, knownBrowsers }, settings);
    // A redirect has its tokens in cookies with any transport.
    if (transport === 'cookie' || response instanceof Redirect) await keepProfile(context, response, body);
    if (!signIn) return { response, answer };
    facts.issued = signIn.tokens.accessToken;
    try {
      await signedIn.run(context, signIn);
      return { response, answer };
    } catch (error) {
      const rest = endpoint.withoutSignIn;
      if (rest === undefined) throw error;
      // The account is confirmed, or the password has changed, and only the sign-in is refused.
      undo();
      signedIn.discard(context, signIn);
      outcomeHooks.reportFault(context, 'onSignedIn', error);
      return {
        response: rest,
        answer: leaveCookies(context, { response: rest, body, transport, knownBrowsers }, settings),
      };
    }
  }

  async function keepProfile(context: RequestContext, response: object, body: Body): Promise<void> {
    if (profiles === undefined) return;
    const { auth, happenings } = context.facts;
    const tokens = tokensIn(response);
    const isChanged = happenings?.some(({ name }) => name === 'onProfileChanged');
    const lifetime = cookieLifetime(context, { response, body }, settings);
    if (tokens) await profiles.keep(context.cookies, tokens, lifetime);
    else if (auth && isChanged) await profiles.renew(context, auth, lifetime);
  }

  /** Each step of a sign-in has a new session. */
  function followSession({ session: given }: Body, { challenge, session }: SessionSteps): void {
    if (challenge?.session !== undefined) limits.linkSession(challenge.session, challenge.username);
    const owner = typeof given === 'string' ? limits.accountOf(given) : undefined;
    if (session !== undefined && owner !== undefined) limits.linkSession(session, owner);
  }

  /** A sign-out also refreshes, and is never refused for the refreshes of its session. */
  function admissionOf(
    { endpoint }: RequestContext,
    counts: RequestLimits,
  ): HandlerCallbacks['admitRefresh'] {
    const isLimited = endpoint.name === 'refresh' || endpoint.importsSession;
    if (!settings.rateLimits.enabled || !isLimited) return undefined;
    return async (session) => refuseIf(await counts.countSession(session));
  }

  async function askCognito(
    context: RequestContext,
    input: HandlerInput,
    counts: RequestLimits,
  ): Promise<Outcome> {
    const { req, endpoint, deadline, facts } = context;
    const answered = endpoint.name === 'respondToChallenge' ? String(input.body.name) : undefined;
    try {
      const handlerContext = createHandlerContext(parts, context, input, {
        onReuse: (sub, exception) =>
          audit.report(req, 'refresh.reuse', 'invalid_refresh_token', { sub, exception }),
        callLater,
        admitRefresh: admissionOf(context, counts),
      });
      const response = await run(endpoint, input.body, handlerContext);
      followSession(input.body, response as SessionSteps);
      const { challenge } = response as SessionSteps;
      if (answered !== undefined) flows.countChallenge(answered, 'passed');
      if (challenge !== undefined) flows.countChallenge(challenge.name, 'posed');
      return { response };
    } catch (error) {
      if (answered !== undefined) flows.countChallenge(answered, 'failed');
      if (error instanceof ProblemError || facts.operation === undefined) throw error;
      const masked = [endpoint.maskedErrors, endpoint.maskedErrorsOf?.(input.body, settings)];
      const plain = faultOf(error, facts.operation, deadline, settings.cognitoHost);
      const fault = endpoint.explain?.(plain, input.body, settings) ?? plain;
      return maskErrors(masked, { body: input.body, settings, fault });
    } finally {
      await outcomeHooks.run(context);
    }
  }

  /** Serves a request to its end. */
  async function handle(context: RequestContext, next: NextFunction): Promise<void> {
    try {
      await responder.respond(context, await outcomeOf(context), next);
    } catch (error) {
      if (error instanceof HookError) responder.reportHookError(context, error);
      // The app's error handler answers, and a user who has signed out is signed out all the same.
      if (!context.res.headersSent) context.cookies.apply(context.res);
      next(error instanceof HookError ? error.cause : error);
    } finally {
      context.deadline.stop();
    }
  }

  async function outcomeOf(context: RequestContext): Promise<Outcome> {
    try {
      return await serve(context);
    } catch (error) {
      return refusalOf(error);
    }
  }

  return function handler(endpoint) {
    return function cognitoEndpoint(req, res, next) {
      if (closing.begun) {
        answerProblem(settings.onError, SHUTTING_DOWN.problem, req, res, next);
        return;
      }
      const release = closing.hold();
      // Now, because emulations of a response on Lambda emit `close` with its last byte.
      if (!res.closed) res.once('close', closing.hold());
      const context = createRequestContext(req, res, endpoint, settings);
      audit.add(context);
      void handle(context, next).finally(release);
    };
  };
}

/** The response of a handler, and its tokens if it completes a sign-in. */
interface LeavingSignIn {
  readonly response: object;
  /** The body of the request, after the before hook. */
  readonly body: Body;
  readonly transport: 'bearer' | 'cookie';
  readonly signIn: CompletedSignIn | undefined;
  /** Takes the cookies of the response back. */
  undo(): void;
}

/** The sessions in a response. */
interface SessionSteps {
  readonly challenge?: { readonly name: string; readonly session?: string; readonly username: string };
  readonly session?: string;
}

async function run(endpoint: Endpoint<Body>, body: Body, context: HandlerContext): Promise<object> {
  if ('handle' in endpoint) return endpoint.handle(body, context);
  const output = await context.send(endpoint.command, endpoint.toInput(body, context));
  return endpoint.toResponse(output, context, body);
}
