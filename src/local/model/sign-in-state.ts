import type { ChallengeResult } from './triggers.ts';
import type { Device, MfaMethod, User } from './user.ts';

/** State between two steps of a step-up sign-in. */
export interface StepUp {
  readonly level: number;
  /** The factors proven so far, as values of the claim `amr`. */
  readonly amr: readonly string[];
}

export type Texts = Readonly<Record<string, string>>;

/** The answer of InitiateAuth and RespondToAuthChallenge. */
export interface SignInStep {
  readonly ChallengeName?: SessionPurpose | 'PASSWORD_VERIFIER';
  readonly Session?: string;
  /** The available first factors. */
  readonly AvailableChallenges?: readonly FirstFactorName[];
  readonly ChallengeParameters: Texts;
  readonly AuthenticationResult?: AuthenticationResult;
  /** The signed-in user, in place of tokens at managed login. */
  readonly signedIn?: User;
}

/** Context of a sign-in, beside its user. */
export interface SignInContext {
  /** The device named by the sign-in. */
  readonly device?: Device | undefined;
  /** The custom challenges, which follow Cognito's own. */
  readonly custom?: CustomFlow | undefined;
  /** True for managed login. */
  readonly hosted?: true | undefined;
  /** ClientMetadata for the triggers. */
  readonly clientMetadata?: Texts | undefined;
}

/** State of a sign-in with custom challenges. */
export interface CustomFlow {
  /** For an unknown username, a made-up user outside the pool. */
  readonly user: User;
  readonly userNotFound: boolean;
  /** The username in the request. */
  readonly username: string;
  /** The answered challenges. */
  readonly session: readonly ChallengeResult[];
}

/** State of an open custom challenge. */
export interface PosedCustomChallenge {
  readonly flow: CustomFlow;
  readonly privateParameters: Texts;
  readonly metadata: string | undefined;
}

/** A challenge after the first factor. */
export type ChallengeName =
  | 'NEW_PASSWORD_REQUIRED'
  | 'SELECT_MFA_TYPE'
  | 'MFA_SETUP'
  | DeviceStep
  | MfaMethod;

/** The two steps of a remembered device's proof. */
export type DeviceStep = 'DEVICE_SRP_AUTH' | 'DEVICE_PASSWORD_VERIFIER';

/** A first factor, by the name of its challenge. */
export type FirstFactorName = 'PASSWORD_SRP' | 'PASSWORD' | 'EMAIL_OTP' | 'SMS_OTP' | 'WEB_AUTHN';

/** Purpose of a session: a challenge, or one of the two steps from a sign-up to the first sign-in. */
export type SessionPurpose =
  | ChallengeName
  | FirstFactorName
  | 'SELECT_CHALLENGE'
  // Created by the app's triggers.
  | 'CUSTOM_CHALLENGE'
  | 'SIGN_UP'
  | 'CONFIRMED_SIGN_UP';

/** State of a challenge. */
export interface SessionState {
  /** MFA_SETUP: true after the user verified an authenticator. */
  readonly setUp?: boolean;
  /** The code of the message. Its lifetime is that of the session. */
  readonly code?: string;
  /** The challenge for the passkey to sign. */
  readonly passkeyChallenge?: string;
  /** The recipient's address, if it becomes an attribute of the user. */
  readonly newEmail?: string;
  /** The open custom challenge. */
  readonly posedChallenge?: PosedCustomChallenge;
  /** The custom authentication flow that continues afterwards. */
  readonly custom?: CustomFlow;
  /** True if the challenge is a first factor or the choice of one, so nothing is proven yet. */
  readonly first?: true;
  /** The unknown username of a simulated sign-in. */
  readonly simulated?: string;
  /** Key of the device named by the sign-in. */
  readonly deviceKey?: string;
  /** DEVICE_PASSWORD_VERIFIER: the data to verify the proof with. */
  readonly deviceProof?: { readonly secretBlock: string; readonly key: Buffer };
}

/** AuthenticationResult of the API. */
export interface AuthenticationResult {
  readonly AccessToken: string;
  readonly ExpiresIn: number;
  readonly TokenType: 'Bearer';
  readonly RefreshToken?: string;
  readonly IdToken: string;
  /** Present if the pool tracks devices and the sign-in named no known device. */
  readonly NewDeviceMetadata?: { readonly DeviceKey: string; readonly DeviceGroupKey: string };
}

/** Token overrides for tests. */
export interface TokenOverrides {
  /** Lifetime of the access token in seconds; negative for an expired token. Default: the app client's setting. */
  readonly accessExpiresIn?: number;
  /** Lifetime of the ID token in seconds; negative for an expired token. Default: the app client's setting. */
  readonly idExpiresIn?: number;
  /** Claims to add or replace in the access token; undefined removes a claim. Default: none. */
  readonly accessClaims?: Readonly<Record<string, unknown>>;
  /** Claims to add or replace in the ID token; undefined removes a claim. Default: none. */
  readonly idClaims?: Readonly<Record<string, unknown>>;
}
