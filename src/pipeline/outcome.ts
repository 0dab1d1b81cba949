import { messageOf } from '../cognito/classify-error.ts';
import { type UpstreamFault, UpstreamRefusal } from '../cognito/upstream-fault.ts';
import { type EventType, eventSubject } from '../config/events.ts';
import type { Settings } from '../config/settings.ts';
import { CookiesTooLong } from '../cookies/cookie-jar.ts';
import { type Endpoint, isAudited, isMaskedBy, type MaskedErrors } from '../endpoints/endpoint.ts';
import { Redirect, RefusedNavigation } from '../endpoints/redirect.ts';
import { type Problem, ProblemError, problem } from '../shared/problem.ts';

/** The outcome of a request. `fault` is the cause of a problem, or of a masked answer. */
export type Outcome =
  | {
      /** The response by the endpoint definition: events and the log tell of this one. */
      readonly response: object;
      /** The response for the client, after cookies and hooks. Default: `response`. */
      readonly sent?: object;
      readonly fault?: UpstreamFault;
    }
  | {
      readonly problem: Problem;
      readonly fault?: UpstreamFault;
      /** The place that a refused navigation goes to. */
      readonly location?: string;
    };

/** Replaces an exception that only some accounts cause by an answer that every account gets. */
export function maskErrors(
  masked: readonly (MaskedErrors | undefined)[],
  { body, settings, fault }: { body: object; settings: Settings; fault: UpstreamFault },
): Outcome {
  const rule = masked.find((each) => each !== undefined && isMaskedBy(each, fault));
  if (!settings.concealUserExistence || !rule) return { problem: fault.problem, fault };
  const { answer } = rule;
  if (typeof answer === 'string') return { problem: problem(answer), fault };
  return { response: typeof answer === 'function' ? answer(body, settings) : answer, fault };
}

/**
 * Turns a refusal into an outcome. Throws the app's own errors, such as those of hooks, and faults of the
 * kit.
 */
export function refusalOf(error: unknown): Outcome {
  if (error instanceof UpstreamRefusal) return { problem: error.problem, fault: error.fault };
  if (error instanceof RefusedNavigation) return { problem: error.problem, location: error.location };
  if (error instanceof ProblemError) return { problem: error.problem, ...causeOf(error) };
  if (error instanceof CookiesTooLong) return tooLong(error);
  throw error;
}

/** The exception behind the refusal, for the log. */
function causeOf({ problem, cause }: ProblemError): { fault?: UpstreamFault } {
  if (!(cause instanceof Error)) return {};
  return { fault: { problem, exception: cause.name, ...messageOf(cause), sameForAll: true } };
}

function tooLong({ name }: CookiesTooLong): Outcome {
  const refusal = problem('server_misconfigured', {
    detail: 'The tokens are too long for cookies. See the server log.',
  });
  const hint =
    'the tokens are too long for cookies: reduce the groups of the user, or the claims in the access token. See docs/cookies.md#the-cookies';
  return { problem: refusal, fault: { problem: refusal, exception: name, hint, sameForAll: true } };
}

/** Returns the type of the audit event, or undefined for an endpoint that only reads. */
export function eventType(endpoint: Endpoint, outcome: Outcome): EventType | undefined {
  if (!isAudited(endpoint)) return undefined;
  const subject = eventSubject(endpoint.name);
  if (endpoint.name === 'signUp' && outcome.fault?.exception === 'UsernameExistsException') {
    return 'sign_up.existing_account';
  }
  if ('problem' in outcome || outcome.fault) return `${subject}.failed`;
  const { status } = outcome.response as { status?: unknown };
  return status === 'challenge' ? 'sign_in.challenged' : `${subject}.succeeded`;
}

/** Returns the code of the audit event. */
export function codeOf(outcome: Outcome): string {
  return outcome.fault?.problem.code ?? ('problem' in outcome ? outcome.problem.code : 'ok');
}

/** Returns the part of the outcome at Cognito that stays if a hook refuses the response. */
export function lastingOutcome(
  { withoutSignIn }: Endpoint,
  outcome: Outcome & { readonly response: object },
  happenings: readonly object[] | undefined,
): Outcome | undefined {
  const { response } = outcome;
  if (withoutSignIn) return { response: withoutSignIn };
  // Without them, the client has no part of the session.
  if ('tokens' in response || 'challenge' in response) return undefined;
  return response instanceof Redirect && (response.session || !happenings) ? undefined : outcome;
}
