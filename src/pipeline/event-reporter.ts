import diagnosticsChannel from 'node:diagnostics_channel';
import type { Request } from 'express';
import type { Logger } from 'pino';
import type { EndpointName } from '../config/endpoint-names.ts';
import { type AuthEvent, EVENT_CHANNEL, type OnEvent, type StoreEventType } from '../config/events.ts';
import { clientAddress } from '../shared/client-address.ts';
import { requestIdOf } from '../shared/problem.ts';
import type { StoreName } from '../stores/store-source.ts';
import { issuedClaims } from '../tokens/issued-claims.ts';
import type { FlowCounts } from './flow-counts.ts';

const channel = diagnosticsChannel.channel(EVENT_CHANNEL);

/** The part of an event that a request contributes. */
export interface Report extends Pick<AuthEvent, 'type' | 'code'> {
  readonly endpoint: EndpointName;
  readonly account?: string | undefined;
  readonly sub?: string | undefined;
  /** An access token that Cognito has just issued, for its `sub`. Default: none. */
  readonly issued?: string | undefined;
  readonly exception?: string | undefined;
  readonly upstreamMessage?: string | undefined;
  readonly hook?: string;
}

/** The part of an event that a store contributes. */
export interface StoreReport extends Pick<AuthEvent, 'evicted'> {
  readonly type: StoreEventType;
  readonly stores: readonly StoreName[];
}

/** Publishes events to `onEvent` and to the diagnostics channel. */
export interface Reporter {
  (req: Request, report: Report): void;
  store(report: StoreReport): void;
}

/**
 * An error of `onEvent` is logged, and does not fail the request. A subscriber of the channel that throws
 * ends the process, as with any `diagnostics_channel`.
 */
export function createReporter(
  onEvent: OnEvent | undefined,
  { logger, flows }: { readonly logger: Logger; readonly flows: FlowCounts },
): Reporter {
  const isHeard = (): boolean => onEvent !== undefined || channel.hasSubscribers;
  function publish(event: AuthEvent): void {
    // All listeners get the same object, so none of them may change it.
    channel.publish(Object.freeze(event));
    if (!onEvent) return;
    const { requestId } = event;
    void (async () => onEvent(event))().catch((error: unknown) =>
      logger.error({ requestId, err: error }, 'onEvent failed'),
    );
  }
  function report(req: Request, { type, endpoint, code, account, issued, ...rest }: Report): void {
    flows.countEvent(type, code);
    if (!isHeard()) return;
    const { exception, upstreamMessage, hook } = rest;
    const sub = rest.sub ?? (issued === undefined ? undefined : issuedClaims(issued)?.sub);
    const about = { endpoint, requestId: requestIdOf(req), ip: clientAddress(req.ip), account, sub };
    const ofHook = hook === undefined ? undefined : { hook };
    publish({ type, at: Date.now(), ...about, code, exception, upstreamMessage, ...ofHook });
  }
  function store({ type, ...about }: StoreReport): void {
    flows.countEvent(type);
    if (isHeard()) publish({ type, at: Date.now(), ...ABOUT_NO_REQUEST, ...about });
  }
  return Object.assign(report, { store });
}

const ABOUT_NO_REQUEST = {
  endpoint: undefined,
  requestId: undefined,
  ip: undefined,
  account: undefined,
  sub: undefined,
  code: undefined,
  exception: undefined,
  upstreamMessage: undefined,
};
