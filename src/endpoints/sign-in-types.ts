import { InvalidAnswer } from '../cognito/answer-shapes.ts';

/** The tokens of a completed sign-in or refresh. */
export interface Tokens {
  /** The access token, a JWT. */
  readonly accessToken: string;
  /** The ID token, a JWT. */
  readonly idToken: string;
  /** The refresh token. Absent if a refresh does not replace it. */
  readonly refreshToken?: string;
  /** Seconds until the access token expires. */
  readonly expiresIn: number;
  /** The token type of OAuth. */
  readonly tokenType: 'Bearer';
}

/** The result of a sign-in step: tokens or a challenge. */
export type SignInResult = (
  | { readonly status: 'complete'; readonly tokens: Tokens; readonly newDevice?: NewDevice }
  | { readonly status: 'challenge'; readonly challenge: Challenge }
) & {
  /** Set if the device is unknown or its secret is wrong. The step was performed without the device. */
  readonly deviceRefused?: true;
};

/** A new device, to be confirmed with `POST /devices`. */
export interface NewDevice {
  readonly deviceKey: string;
  readonly deviceGroupKey: string;
}

/** A challenge of a sign-in. The client answers it with `POST /challenge`. */
export interface Challenge {
  /** Cognito's name of the challenge, such as `SOFTWARE_TOKEN_MFA`. */
  readonly name: string;
  /** The session to send back. Absent for challenges without one. */
  readonly session?: string;
  /** The user name to send back. It can differ from the name that the user typed. */
  readonly username: string;
  /** Data for the challenge, such as the masked destination of a code. */
  readonly parameters: Readonly<Record<string, unknown>>;
}

/** A 200 response of Cognito that lacks a required member. */
export class IncompleteAnswer extends InvalidAnswer {
  override readonly name = 'IncompleteAnswer';
}
