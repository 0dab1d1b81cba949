import { InvalidAnswer } from '../cognito/answer-shapes.ts';

/** The tokens of a finished sign-in. */
export interface Tokens {
  readonly accessToken: string;
  readonly idToken: string;
  /** Not there where a refresh leaves the old one in force. */
  readonly refreshToken?: string;
  /** Seconds until the access token expires. */
  readonly expiresIn: number;
  readonly tokenType: 'Bearer';
}

/** What a sign-in step leads to. */
export type SignInResult = (
  | { readonly status: 'complete'; readonly tokens: Tokens; readonly newDevice?: NewDevice }
  | { readonly status: 'challenge'; readonly challenge: Challenge }
) & {
  /** The device that was sent is none of the user's, or its secret is wrong: the step was taken without it. */
  readonly deviceRefused?: true;
};

/** A device that Cognito does not know yet, to be confirmed with `POST /devices`. */
export interface NewDevice {
  readonly deviceKey: string;
  readonly deviceGroupKey: string;
}

/** A further proof that Cognito wants. The client answers with `POST /challenge`. */
export interface Challenge {
  readonly name: string;
  /** Not there for the few challenges that carry their state themselves. */
  readonly session?: string;
  /** Send it back as it is: it can differ from the name the user typed. */
  readonly username: string;
  readonly parameters: Readonly<Record<string, unknown>>;
}

/** An answer with a 200 that lacks a necessary member. */
export class IncompleteAnswer extends InvalidAnswer {
  override readonly name = 'IncompleteAnswer';
}
