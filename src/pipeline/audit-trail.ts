import type { Request } from 'express';
import type { Logger } from 'pino';
import type { EventType } from '../config/events.ts';
import { requestIdOf } from '../shared/problem.ts';
import { StoreUnavailable } from '../stores/store-guard.ts';
import type { Reporter } from './event-reporter.ts';
import type { FlowCounts } from './flow-counts.ts';
import type { RateLimitListener } from './limiter.ts';
import type { RequestContext } from './request-context.ts';

/** Reports the audit events of requests, each with the facts that are known of its request by then. */
export interface AuditTrail {
  add(context: RequestContext): void;
  report(req: Request, type: EventType, code: string, details?: AuditDetails): void;
}

export interface AuditDetails {
  /** Default: the `sub` of the request's token, or of Cognito's answer. */
  readonly sub?: string | undefined;
  readonly exception?: string | undefined;
  readonly upstreamMessage?: string | undefined;
  readonly hook?: string;
}

/** One for each router: a request may pass through two of them. */
export function createAuditTrail(report: Reporter): AuditTrail {
  // A property of the request, because a WeakMap costs several times as much.
  const CONTEXT = Symbol('request context');
  return {
    add(context) {
      (context.req as { [CONTEXT]?: RequestContext })[CONTEXT] = context;
    },
    report(req, type, code, { sub, exception, upstreamMessage, hook } = {}) {
      const context = (req as { [CONTEXT]?: RequestContext })[CONTEXT];
      if (!context) return;
      const { endpoint, facts } = context;
      report(req, {
        type,
        endpoint: endpoint.name,
        account: facts.account,
        sub: sub ?? facts.auth?.sub ?? facts.sub,
        issued: facts.issued,
        code,
        exception,
        upstreamMessage,
        ...(hook !== undefined && { hook }),
      });
    },
  };
}

/** Counts, logs and reports what the rate limits do. */
export function limitListener(
  audit: AuditTrail,
  { logger, flows }: { readonly logger: Logger; readonly flows: FlowCounts },
): RateLimitListener {
  return {
    hit(limiter, req) {
      flows.countLimit(limiter);
      logger.warn({ requestId: requestIdOf(req), limiter }, 'rate limit hit');
      audit.report(req, 'rate_limit.hit', 'rate_limited');
    },
    storeFailed(limiter, error, req) {
      // The store monitor has logged the outage.
      const isKnown = error instanceof Error && error.cause instanceof StoreUnavailable;
      if (!isKnown)
        logger.error({ requestId: requestIdOf(req), limiter, err: error }, 'rate limit store failed');
      audit.report(req, 'rate_limit.store_failed', 'store_unavailable');
    },
    misused: (fault) => logger.warn({ err: fault }, 'rate limit misconfigured'),
  };
}
