import type { Logger } from 'pino';
import { faultOf } from '../cognito/classify-error.ts';
import type { OperationName, Operations } from '../cognito/operations.ts';
import type { Settings } from '../config/settings.ts';
import { createDeadline, type Deadline } from '../shared/deadline.ts';
import { requestIdOf } from '../shared/problem.ts';
import type { AuditTrail } from './audit-trail.ts';
import type { Closing } from './closing.ts';
import type { RequestContext } from './request-context.ts';

/** A call to Cognito that the response does not wait for. */
export interface BackgroundCall<O extends OperationName> {
  readonly operation: O;
  readonly input: Operations[O]['input'];
}

/** Sends the call with a deadline of its own. */
export type BackgroundSend = <O extends OperationName>(
  call: BackgroundCall<O>,
  deadline: Deadline,
) => Promise<unknown>;

/** Calls Cognito after the response of the request. */
export type CallLater = <O extends OperationName>(
  context: RequestContext,
  call: BackgroundCall<O>,
  send: BackgroundSend,
) => void;

interface BackgroundParts {
  readonly settings: Settings;
  readonly logger: Logger;
  readonly closing: Closing;
  readonly audit: AuditTrail;
}

/** The call starts after the response, so its duration tells the client nothing. Its outcome is logged. */
export function createCallLater({ settings, logger, closing, audit }: BackgroundParts): CallLater {
  return ({ req, res, endpoint }, call, send) => {
    const release = closing.hold();
    const deadline = createDeadline(undefined, settings.timeouts.call);
    const run = async (): Promise<void> => {
      const startedAt = performance.now();
      const { operation } = call;
      const line = { requestId: requestIdOf(req), endpoint: endpoint.name, operation };
      deadline.start();
      const fault = await send(call, deadline).then(
        () => undefined,
        (error: unknown) => faultOf(error, operation, deadline, settings.cognitoHost),
      );
      const { status = 200, code = 'ok' } = fault?.problem ?? {};
      const { exception, message: upstreamMessage, awsRequestId, hint } = fault ?? {};
      if (fault?.undelivered)
        audit.report(req, 'message_delivery.failed', code, { exception, upstreamMessage });
      const durationMs = Math.round(performance.now() - startedAt);
      const outcome = { ...line, status, code, exception, upstreamMessage, awsRequestId, hint, durationMs };
      if (status >= 500) logger.error(outcome, 'call after the response failed');
      else if (hint !== undefined) logger.warn(outcome, 'call after the response');
      else logger.info(outcome, 'call after the response');
    };
    const start = (): void => {
      void run().finally(() => {
        deadline.stop();
        release();
      });
    };
    if (res.closed) start();
    else res.once('close', start);
  };
}
