/** Why a message was sent. */
export type MessageKind =
  | 'sign_up'
  | 'sign_in'
  | 'forgot_password'
  | 'verify_attribute'
  | 'temporary_password'
  | 'risky_sign_in';

/** A message that Cognito would have sent by e-mail or SMS. */
export interface InboxMessage {
  /** The address or phone number, in full. */
  readonly to: string;
  readonly medium: 'EMAIL' | 'SMS';
  readonly kind: MessageKind;
  /** The code, the temporary password of an invitation, or the feedback token of a warning. */
  readonly code: string;
  /** Of an e-mail. */
  readonly subject?: string;
  /** What it says: in the pool's own words, or in those of the trigger `customMessage`. */
  readonly text: string;
  /** In a warning of a risky sign-in: the event that it is about. */
  readonly eventId?: string;
  /** The user's name in the pool: the `sub` where people sign up with an address. */
  readonly username: string;
  readonly userPoolId: string;
  /** When it was sent, in the pool's time: milliseconds since the epoch. */
  readonly at: number;
}
