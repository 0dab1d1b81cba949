import type { Logger } from 'pino';
import type { CognitoRequestsPerSecond, QuotaCategory } from '../config/cognito-quotas.ts';
import type { StopSignal } from '../shared/deadline.ts';
import type { Hint } from '../shared/hint.ts';
import { problem } from '../shared/problem.ts';
import type { CognitoClient } from './client.ts';
import { type Quota, quotaOf } from './operation-quotas.ts';
import { BucketEmpty, type Scheduler, TokenBucket } from './token-bucket.ts';
import { UpstreamRefusal } from './upstream-fault.ts';

/** Keeps the calls to Cognito below its quotas. A call over the rate waits for a second at most, or is refused. */
export interface RequestQuotas {
  /** Resolves when a call of the quota may be sent. Undefined if it may be sent at once. */
  admit(quota: Quota, signal?: StopSignal): Promise<void> | undefined;
  /** Wraps a client: all its calls are admitted by their operation. */
  limit(client: CognitoClient): CognitoClient;
}

/** Tokens that an answer of Cognito's own throttle costs, besides that of its call. */
const THROTTLE_COST = 4;

/** Milliseconds between two lines of the log. An overload refuses thousands of calls per second. */
const NOTICE_MS = 60_000;

export interface RequestQuotaParts {
  readonly logger: Logger;
  /** Counts a refused call by its limiter, such as `cognito-userAuthentication`. */
  readonly onRefused: (limiter: string) => void;
  /** Default: the time and the timers of the system. */
  readonly scheduler?: Scheduler;
}

/** Returns undefined without the option `cognitoRequestsPerSecond`. */
export function createRequestQuotas(
  rates: CognitoRequestsPerSecond | undefined,
  parts: RequestQuotaParts,
): RequestQuotas | undefined {
  if (rates === undefined) return undefined;
  const buckets = new Map<Quota, Bucket>();
  const add = (quota: Quota, category: QuotaCategory, perSecond: number | undefined): void => {
    if (perSecond !== undefined) buckets.set(quota, new Bucket(category, perSecond, parts));
  };
  for (const [category, perSecond] of Object.entries(rates) as [QuotaCategory, number | undefined][]) {
    add(category, category, perSecond);
  }
  const { userAuthentication: rate } = rates;
  add('challengeAnswers', 'userAuthentication', rate && rate * 3);
  add('codeExchanges', 'userAuthentication', rate);

  return {
    admit: (quota, signal) => buckets.get(quota)?.admit(signal),
    limit: (client) => ({
      ...client,
      async send(operation, input, options) {
        const quota = quotaOf(operation, input);
        const bucket = quota && buckets.get(quota);
        if (bucket === undefined) return client.send(operation, input, options);
        await bucket.admit(options.signal);
        try {
          const answer = await client.send(operation, input, options);
          bucket.observe(answer);
          return answer;
        } catch (error) {
          bucket.observe(error);
          throw error;
        }
      },
    }),
  };
}

/** An answer or an error of the SDK. */
interface Answered {
  readonly name?: unknown;
  readonly $metadata?: { readonly attempts?: number; readonly httpStatusCode?: number };
}

/** The tokens of one quota, and the log of the calls that found none. */
class Bucket {
  readonly #category: QuotaCategory;
  readonly #parts: RequestQuotaParts;
  readonly #tokens: TokenBucket;
  #refused = 0;
  #told = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(category: QuotaCategory, perSecond: number, parts: RequestQuotaParts) {
    this.#category = category;
    this.#parts = parts;
    this.#tokens = new TokenBucket(perSecond, parts.scheduler);
  }

  admit(signal?: StopSignal): Promise<void> | undefined {
    try {
      return this.#tokens.take(signal)?.catch((error: unknown) => this.#refuse(error));
    } catch (error) {
      return this.#refuse(error);
    }
  }

  /** Counts what the SDK has sent again, and slows down if Cognito itself has throttled the call. */
  observe(answer: unknown): void {
    const { name, $metadata: { attempts = 1, httpStatusCode } = {} } = (answer ?? {}) as Answered;
    const isThrottled = name === 'TooManyRequestsException' || httpStatusCode === 429;
    const tokens = attempts - 1 + (isThrottled ? THROTTLE_COST : 0);
    if (tokens > 0) this.#tokens.spend(tokens);
  }

  #refuse(error: unknown): never {
    if (!(error instanceof BucketEmpty)) throw error;
    this.#refused++;
    this.#parts.onRefused(`cognito-${this.#category}`);
    if (this.#timer === undefined) this.#tell();
    const headers = { 'Retry-After': String(Math.ceil(error.waitMs / 1000)) };
    throw new UpstreamRefusal({
      problem: problem('rate_limited', { headers }),
      exception: 'QuotaReached',
      hint: this.#hint(),
      sameForAll: true,
    });
  }

  #tell(): void {
    const line = {
      code: 'cognito_quota',
      category: this.#category,
      refused: this.#refused - this.#told,
      refusedTotal: this.#refused,
      hint: this.#hint(),
    };
    this.#told = this.#refused;
    this.#parts.logger.warn(line, 'calls to Cognito were refused, to stay below its quota');
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      if (this.#refused > this.#told) this.#tell();
    }, NOTICE_MS).unref();
  }

  #hint(): Hint {
    return `cognitoRequestsPerSecond.${this.#category} is reached: buy a higher quota and raise the option, or make fewer calls. See docs/scaling.md#if-the-quota-is-too-low`;
  }
}
