import { type Problem, ProblemError, problem } from '../shared/problem.ts';

/** What went wrong with a call to Cognito: the answer it means, and what may be logged about it. */
export interface UpstreamFault {
  readonly problem: Problem;
  /** The exception's name, or the transport's error code: safe to log, unlike a message. */
  readonly exception: string;
  /** What to look at, where the fault is in how the server or the pool is set up. */
  readonly hint?: string;
  /** Whether every account meets it alike, so that there is nothing to conceal. */
  readonly sameForAll: boolean;
}

/** A refusal with what lies behind it, for the log. */
export class UpstreamRefusal extends ProblemError {
  readonly fault: UpstreamFault;

  constructor(fault: UpstreamFault, options?: ErrorOptions) {
    super(fault.problem, options);
    this.fault = fault;
  }
}

/** Cognito took longer than `timeouts.call`. */
export function deadlineFault(): UpstreamFault {
  const hint =
    'Cognito did not answer within timeouts.call: check the option endpoint, and any proxy on the way';
  return { problem: problem('upstream_timeout'), exception: 'Deadline', hint, sameForAll: true };
}

/** The refusal of a token. If the keys to verify it with are out of reach, the log says so. */
export function tokenRefusal(refusal: Problem): ProblemError {
  if (refusal.code !== 'upstream_unavailable') return new ProblemError(refusal);
  const hint =
    'the signing keys of the user pool cannot be fetched: check the options endpoint and issuer, DNS and the firewall';
  return new UpstreamRefusal({ problem: refusal, exception: 'KeysUnavailable', hint, sameForAll: true });
}
