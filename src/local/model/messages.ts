/** The reason for a message. */
export type MessageKind =
  | 'sign_up'
  | 'sign_in'
  | 'forgot_password'
  | 'verify_attribute'
  | 'temporary_password'
  | 'risky_sign_in';

/** A message that Cognito would send by e-mail or SMS. */
export interface InboxMessage {
  /** The full e-mail address or phone number. */
  readonly to: string;
  readonly medium: 'EMAIL' | 'SMS';
  readonly kind: MessageKind;
  /** The code, the temporary password of an invitation, or the feedback token of a warning. */
  readonly code: string;
  /** Subject of an e-mail. */
  readonly subject?: string;
  /** Text of the message, from the pool's template or the trigger `customMessage`. */
  readonly text: string;
  /** Id of the sign-in event, in a warning of a risky sign-in. */
  readonly eventId?: string;
  /** The user's name in the pool; the `sub` if users sign in with an address. */
  readonly username: string;
  readonly userPoolId: string;
  /** Time of delivery by the pool's clock, in milliseconds since the epoch. */
  readonly at: number;
}
