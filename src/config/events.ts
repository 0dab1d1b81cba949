import type { StoreName } from '../stores/store-source.ts';
import type { EndpointName } from './endpoint-names.ts';

/** The type of an audit event, as `<subject>.<outcome>`. */
export type EventType =
  | `${EventSubject}.succeeded`
  | `${EventSubject}.failed`
  | 'sign_in.challenged'
  | 'sign_up.existing_account'
  | 'message_delivery.failed'
  | 'hook.failed'
  | 'refresh.reuse'
  | 'rate_limit.hit'
  | 'rate_limit.store_failed'
  | StoreEventType;

/** The types of events about stores, which belong to no request. */
export type StoreEventType = 'store.unavailable' | 'store.available' | 'store.full';

/** An endpoint's name in snake case, as in `sign_in.succeeded`. Read-only endpoints have no events. */
export type EventSubject = SnakeCase<EndpointName>;

type SnakeCase<Name extends string> = Name extends `${infer First}${infer Rest}`
  ? `${First extends Lowercase<First> ? First : `_${Lowercase<First>}`}${SnakeCase<Rest>}`
  : '';

const subjects = new Map<EndpointName, EventSubject>();

export function eventSubject(name: EndpointName): EventSubject {
  const known = subjects.get(name);
  if (known !== undefined) return known;
  const subject = name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`) as EventSubject;
  subjects.set(name, subject);
  return subject;
}

/** An entry of the audit trail. It never contains a password, code, token or session. */
export interface AuthEvent {
  /** The type of the event, such as `sign_in.failed`. */
  readonly type: EventType;
  /** Time of the event, in milliseconds since 1970. */
  readonly at: number;
  /** The endpoint. In `store.*` events it is `undefined`, as are all members below except `stores` and `evicted`. */
  readonly endpoint: EndpointName | undefined;
  /** The request ID, which is also in the log and in error responses. */
  readonly requestId: string | undefined;
  /** The client's IP address in `req.ip`, without a port. It depends on Express's `trust proxy`. */
  readonly ip: string | undefined;
  /** The sign-in name of the request, as sent by the client. It is personal data. */
  readonly account: string | undefined;
  /** The user's `sub`, if a token or an answer of Cognito identifies the user. */
  readonly sub: string | undefined;
  /** The problem code before `concealUserExistence` masks it. */
  readonly code: string | undefined;
  /** The name of Cognito's exception, if there was one. */
  readonly exception: string | undefined;
  /** Cognito's own words, without names, codes and secrets, if Cognito or a trigger gave a reason. */
  readonly upstreamMessage: string | undefined;
  /** In `hook.failed` events only: the hook, such as `onSignedIn`. */
  readonly hook?: string;
  /** In `store.*` events only: the stores concerned. */
  readonly stores?: readonly StoreName[];
  /** In `store.full` events only: unexpired entries evicted since the last such event. */
  readonly evicted?: number;
}

/** Receives audit events. An error that it throws is logged and does not affect the request. */
export type OnEvent = (event: AuthEvent) => void;

/** The name of the `node:diagnostics_channel` that also publishes every event. */
export const EVENT_CHANNEL = 'express-cognito-kit:event';
