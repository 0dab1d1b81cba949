import diagnosticsChannel from 'node:diagnostics_channel';
import { Counts } from '../shared/counts.ts';
import { ClientDisconnected, type StopSignal } from '../shared/deadline.ts';
import { ERROR_NAME, errorCode } from './connection-fault.ts';
import type { OperationName } from './operations.ts';
import { UpstreamRefusal } from './upstream-fault.ts';

/**
 * The name of the `node:diagnostics_channel` tracing channel that publishes each call to Cognito: subscribe with
 * `tracingChannel(COGNITO_CALL_CHANNEL).subscribe({ start, end, asyncStart, asyncEnd, error })`. The five handlers get the same
 * `CognitoCall`. Without a subscriber, a call costs nothing more.
 *
 * @example
 * tracingChannel(COGNITO_CALL_CHANNEL).asyncEnd.subscribe((call) => record(call as CognitoCall));
 */
export const COGNITO_CALL_CHANNEL = 'express-cognito-kit:cognito-call';

/** A call to Cognito, as the tracing channel publishes it. It has no input, no answer and no message. */
export interface CognitoCall {
  /** Cognito's operation, such as `InitiateAuth`; of managed login `oauth2/token` or `openid-configuration`. */
  readonly operation: string;
  /** Seconds from the call to its end, with a retry by the SDK. Set in `error`, `asyncStart` and `asyncEnd`. */
  seconds?: number;
  /**
   * The name of Cognito's exception, or the code of the network's error. `Deadline` after `timeouts.call`,
   * `ClientDisconnected` if the client left. Set in `error`, and then in `asyncStart` and `asyncEnd`.
   */
  error?: string;
}

/** Counts of the calls of one operation. */
export interface CallStats {
  /** Finished calls, failed ones included. */
  readonly count: number;
  /** Calls in progress. */
  readonly inFlight: number;
  /** Failed calls by the `error` of `CognitoCall`. A wrong password is one, too. */
  readonly errors: Readonly<Record<string, number>>;
  /** Duration of the finished calls, in seconds. */
  readonly seconds: {
    readonly sum: number;
    readonly max: number;
    /** Calls that took `le` seconds or less, as in a histogram of Prometheus. The last `le` is `+Inf`. */
    readonly buckets: readonly LatencyBucket[];
  };
}

/** A bucket of a cumulative histogram. */
export interface LatencyBucket {
  readonly le: number | '+Inf';
  readonly count: number;
}

/**
 * Upper bounds in seconds.
 *
 * @see https://opentelemetry.io/docs/specs/semconv/http/http-metrics/#metric-httpclientrequestduration
 */
const BOUNDS = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10];

interface Meter {
  count: number;
  inFlight: number;
  sum: number;
  max: number;
  /** Calls of each bucket alone, and of those above all bounds. */
  readonly buckets: number[];
  readonly errors: Counts;
}

const channel = diagnosticsChannel.tracingChannel<unknown, CognitoCall>(COGNITO_CALL_CHANNEL);

/** Consecutive calls without an answer that count as an outage, and the milliseconds for which they do. */
const MAX_OUTAGES = 3;
const OUTAGE_MS = 60_000;

const INTERNAL_ERRORS: readonly string[] = ['InternalErrorException', 'InternalServerException'];

/** Requests to the server of managed login. */
type OAuthRequest = 'oauth2/token' | 'openid-configuration';

/** Measures the calls of one router, and publishes them. */
export class CallMeter {
  readonly #meters = new Map<string, Meter>();
  #outages = 0;
  #outageAt = 0;

  /** Calls an operation of Cognito, and returns its answer. */
  async measure<T>(operation: OperationName, signal: StopSignal, call: () => Promise<T>): Promise<T> {
    const nameOf = (error: unknown): string => errorName(error, signal);
    try {
      const answer = await this.#run(operation, call, nameOf);
      this.#outages = 0;
      return answer;
    } catch (error) {
      this.#judge(nameOf(error));
      throw error;
    }
  }

  /** Asks the server of managed login, which is another host than that of the operations. */
  measureOAuth<T>(request: OAuthRequest, call: () => Promise<T>): Promise<T> {
    return this.#run(request, call, (error) =>
      error instanceof UpstreamRefusal ? error.fault.exception : 'UnknownError',
    );
  }

  async #run<T>(
    operation: OperationName | OAuthRequest,
    call: () => Promise<T>,
    nameOf: (error: unknown) => string,
  ): Promise<T> {
    const meter = this.#meterOf(operation);
    const traced: CognitoCall | undefined = channel.hasSubscribers ? { operation } : undefined;
    const startedAt = performance.now();
    meter.inFlight++;
    try {
      const answer = await (traced ? begin(traced, call) : call());
      const seconds = finish(meter, startedAt);
      if (traced) publish(Object.assign(traced, { seconds }));
      return answer;
    } catch (thrown) {
      const error = nameOf(thrown);
      meter.errors.add(error);
      const seconds = finish(meter, startedAt);
      if (traced) publish(Object.assign(traced, { seconds, error }));
      throw thrown;
    }
  }

  /** Whether Cognito answers, as far as the last calls tell. */
  isAnswering(): boolean {
    return this.#outages < MAX_OUTAGES || performance.now() - this.#outageAt > OUTAGE_MS;
  }

  /** A refusal is an answer. A client that left tells nothing of Cognito. */
  #judge(error: string): void {
    if (error === 'ClientDisconnected') return;
    if (error.endsWith('Exception') && !INTERNAL_ERRORS.includes(error)) {
      this.#outages = 0;
      return;
    }
    this.#outages++;
    this.#outageAt = performance.now();
  }

  stats(): Readonly<Record<string, CallStats>> {
    return Object.fromEntries([...this.#meters].map(([operation, meter]) => [operation, statsOf(meter)]));
  }

  #meterOf(operation: string): Meter {
    const known = this.#meters.get(operation);
    if (known !== undefined) return known;
    const buckets = [...BOUNDS, Number.POSITIVE_INFINITY].map(() => 0);
    const meter = { count: 0, inFlight: 0, sum: 0, max: 0, buckets, errors: new Counts() };
    this.#meters.set(operation, meter);
    return meter;
  }
}

/** Runs the call in the context that a subscriber has bound to the channel, such as that of a span. */
function begin<T>(traced: CognitoCall, call: () => Promise<T>): Promise<T> {
  const answer = channel.start.runStores(traced, call);
  channel.end.publish(traced);
  return answer;
}

function publish(traced: CognitoCall): void {
  if (traced.error !== undefined) channel.error.publish(traced);
  channel.asyncStart.publish(traced);
  channel.asyncEnd.publish(traced);
}

/** Returns the seconds that the call took. */
function finish(meter: Meter, startedAt: number): number {
  const seconds = (performance.now() - startedAt) / 1000;
  const index = BOUNDS.findIndex((bound) => seconds <= bound);
  const bucket = index < 0 ? BOUNDS.length : index;
  meter.buckets[bucket] = (meter.buckets[bucket] ?? 0) + 1;
  meter.inFlight--;
  meter.count++;
  meter.sum += seconds;
  meter.max = Math.max(meter.max, seconds);
  return seconds;
}

/** An aborted call fails with the reason of the signal, whatever the SDK makes of it. */
function errorName(error: unknown, { aborted, reason }: StopSignal): string {
  if (aborted) return reason instanceof ClientDisconnected ? 'ClientDisconnected' : 'Deadline';
  const { name } = (error ?? {}) as { name?: unknown };
  if (typeof name === 'string' && /^\w{1,55}Exception$/.test(name)) return name;
  const code = errorCode(error);
  return code ?? (typeof name === 'string' && ERROR_NAME.test(name) ? name : 'UnknownError');
}

function statsOf({ count, inFlight, sum, max, buckets, errors }: Meter): CallStats {
  let total = 0;
  const cumulative = buckets.map((calls, index): LatencyBucket => {
    total += calls;
    return { le: BOUNDS[index] ?? '+Inf', count: total };
  });
  return { count, inFlight, errors: errors.snapshot(), seconds: { sum, max, buckets: cumulative } };
}
