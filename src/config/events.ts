import type { StoreName } from '../stores/store-source.ts';
import type { EndpointName } from './endpoint-names.ts';

/** What happened, as `<endpoint>.<outcome>`; the README has a line for each. */
export type EventType =
  | `${EventSubject}.succeeded`
  | `${EventSubject}.failed`
  | 'sign_in.challenged'
  | 'sign_up.existing_account'
  | 'refresh.reuse'
  | 'rate_limit.hit'
  | 'rate_limit.store_failed'
  | StoreEventType;

/** News about stores, and about no request. */
export type StoreEventType = 'store.unavailable' | 'store.available' | 'store.full';

/** The name of an endpoint in snake case, as in `sign_in.succeeded`. Endpoints that only read have no events. */
export type EventSubject = SnakeCase<EndpointName>;

type SnakeCase<Name extends string> = Name extends `${infer First}${infer Rest}`
  ? `${First extends Lowercase<First> ? First : `_${Lowercase<First>}`}${SnakeCase<Rest>}`
  : '';

export function eventSubject<Name extends EndpointName>(name: Name): SnakeCase<Name> {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`) as SnakeCase<Name>;
}

/** One entry of an audit trail. It never holds a password, code, token or session. */
export interface AuthEvent {
  readonly type: EventType;
  /** Milliseconds since 1970. */
  readonly at: number;
  /** Undefined in `store.*` events, as are all members below but `stores` and `evicted`. */
  readonly endpoint: EndpointName | undefined;
  readonly requestId: string | undefined;
  /** The client's address as Express sees it (`trust proxy` decides). */
  readonly ip: string | undefined;
  /** The name the request was about, as it was given: personal data. */
  readonly account: string | undefined;
  /** The user, where a token says who it is. */
  readonly sub: string | undefined;
  /** The problem code the client got, or would have got but for `concealUserExistence`. */
  readonly code: string | undefined;
  /** Cognito's exception, if there was one. */
  readonly exception: string | undefined;
  /** In `store.*` events only: the stores that the event is about. */
  readonly stores?: readonly StoreName[];
  /** In `store.full` events only: unexpired entries evicted since the last such event. */
  readonly evicted?: number;
}

export type OnEvent = (event: AuthEvent) => void;

/** The name of the `node:diagnostics_channel` on which every event is published too. */
export const EVENT_CHANNEL = 'express-cognito-kit:event';
