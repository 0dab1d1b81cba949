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

/** The endpoints that change or prove something, in snake case. */
export type EventSubject =
  | 'sign_up'
  | 'confirm_sign_up'
  | 'resend_confirmation_code'
  | 'sign_in'
  | 'challenge'
  | 'forgot_password'
  | 'confirm_forgot_password'
  | 'change_password'
  | 'refresh'
  | 'sign_out'
  | 'update_me'
  | 'delete_me'
  | 'delete_attribute'
  | 'send_attribute_code'
  | 'verify_attribute'
  | 'start_totp'
  | 'verify_totp'
  | 'set_mfa_preference'
  | 'revoke_session'
  | 'step_up'
  | 'auth_event_feedback'
  | 'confirm_device'
  | 'update_device'
  | 'forget_device'
  | 'start_passkey'
  | 'add_passkey'
  | 'delete_passkey'
  | 'start_managed_login'
  | 'managed_login'
  | 'managed_logout';

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
