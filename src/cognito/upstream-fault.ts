import type { SignInName } from '../config/options.ts';
import type { Hint } from '../shared/hint.ts';
import { type Problem, ProblemError, problem } from '../shared/problem.ts';

/** A failed call to Cognito: the problem for the client, and details for the log. */
export interface UpstreamFault {
  readonly problem: Problem;
  /** The exception's name, or the transport's error code. Unlike a message, it is safe to log. */
  readonly exception: string;
  /** Cognito's own words without secrets and personal data, for the log and the audit event. */
  readonly message?: string;
  /** AWS's ID of the failed call, for the log. AWS Support asks for it. */
  readonly awsRequestId?: string;
  /** Log hint for a misconfigured server or user pool. */
  readonly hint?: Hint;
  /** The sign-in names of the pool, if it refused the form of a new user's name. */
  readonly wantsName?: readonly SignInName[];
  /** Whether the fault is the same for every account, and needs no protection against account enumeration. */
  readonly sameForAll: boolean;
  /** Set if Cognito could not send a message. The event `message_delivery.failed` reports it. */
  readonly undelivered?: true;
}

/** A refusal with its upstream fault, for the log. */
export class UpstreamRefusal extends ProblemError {
  readonly fault: UpstreamFault;

  constructor(fault: UpstreamFault, options?: ErrorOptions) {
    super(fault.problem, options);
    this.fault = fault;
  }
}

/** Returns the fault of a call that exceeded `timeouts.call`. */
export function deadlineFault(host = 'Cognito'): UpstreamFault {
  const hint: Hint = `${host} did not respond within timeouts.call: check the option endpoint, and any proxy. See docs/troubleshooting.md#connection-to-cognito`;
  return { problem: problem('upstream_timeout'), exception: 'Deadline', hint, sameForAll: true };
}

/** Returns the refusal of a token, with a log hint if the signing keys are unavailable. */
export function tokenRefusal(refusal: Problem): ProblemError {
  if (refusal.code !== 'upstream_unavailable') return new ProblemError(refusal);
  const hint =
    'the signing keys of the user pool cannot be fetched: another line of the log names their URL and the error. See docs/troubleshooting.md#connection-to-cognito';
  return new UpstreamRefusal({ problem: refusal, exception: 'KeysUnavailable', hint, sameForAll: true });
}
