import type { ChallengeResult } from './triggers.ts';
import type { Device, MfaMethod, User } from './user.ts';

/** A sign-in on its way to a level, between its steps. */
export interface StepUp {
  readonly level: number;
  /** What has been proven so far, in the words of the claim `amr`. */
  readonly amr: readonly string[];
}

export type Texts = Readonly<Record<string, string>>;

/** What InitiateAuth and RespondToAuthChallenge answer. */
export interface SignInStep {
  readonly ChallengeName?: SessionPurpose | 'PASSWORD_VERIFIER';
  readonly Session?: string;
  /** The first factors to choose from. */
  readonly AvailableChallenges?: readonly FirstFactorName[];
  readonly ChallengeParameters: Texts;
  readonly AuthenticationResult?: AuthenticationResult;
  /** In place of tokens, at the pool's own pages: who has signed in. */
  readonly signedIn?: User;
}

/** What a sign-in has with it, beside its user. */
export interface SignInContext {
  /** The device that it has named. */
  readonly device?: Device | undefined;
  /** The challenges of the app's own, which come when Cognito has no more. */
  readonly custom?: CustomFlow | undefined;
  /** It goes on at the pool's own pages. */
  readonly hosted?: true | undefined;
  /** For the triggers. */
  readonly clientMetadata?: Texts | undefined;
}

/** A sign-in whose challenges are the app's own, as far as it has come. */
export interface CustomFlow {
  /** Where there is no such user: one made up, whom the pool does not have. */
  readonly user: User;
  readonly userNotFound: boolean;
  /** The name as it was sent. */
  readonly username: string;
  /** What was answered so far. */
  readonly session: readonly ChallengeResult[];
}

/** What the challenge that is open has to remember. */
export interface PosedCustomChallenge {
  readonly flow: CustomFlow;
  readonly privateParameters: Texts;
  readonly metadata: string | undefined;
}

/** A challenge that comes after the first factor. */
export type ChallengeName =
  | 'NEW_PASSWORD_REQUIRED'
  | 'SELECT_MFA_TYPE'
  | 'MFA_SETUP'
  | DeviceStep
  | MfaMethod;

/** The two steps in which a remembered device proves its secret. */
export type DeviceStep = 'DEVICE_SRP_AUTH' | 'DEVICE_PASSWORD_VERIFIER';

/** A first factor, by the name of its challenge. */
export type FirstFactorName = 'PASSWORD_SRP' | 'PASSWORD' | 'EMAIL_OTP' | 'SMS_OTP' | 'WEB_AUTHN';

/** What a session is for: a challenge, or one of the two steps from a sign-up to the first sign-in. */
export type SessionPurpose =
  | ChallengeName
  | FirstFactorName
  | 'SELECT_CHALLENGE'
  // Posed by the app's own triggers.
  | 'CUSTOM_CHALLENGE'
  | 'SIGN_UP'
  | 'CONFIRMED_SIGN_UP';

/** What a challenge has to remember of itself. */
export interface SessionState {
  /** In MFA_SETUP: the user has verified an authenticator. */
  readonly setUp?: boolean;
  /** The code that was sent. It lives as long as the session. */
  readonly code?: string;
  /** What a passkey has to sign. */
  readonly passkeyChallenge?: string;
  /** The address that it was sent to, where it is to become the user's own. */
  readonly newEmail?: string;
  /** The challenge that the app's triggers have made up. */
  readonly posedChallenge?: PosedCustomChallenge;
  /** The sign-in with challenges of the app's own that goes on afterwards. */
  readonly custom?: CustomFlow;
  /** Nothing is proven yet: the challenge is a first factor, or the choice of one. */
  readonly first?: true;
  /** The name that somebody wants to sign in with and that belongs to nobody: all that follows is simulated. */
  readonly simulated?: string;
  /** The device that the sign-in has named. */
  readonly deviceKey?: string;
  /** In DEVICE_PASSWORD_VERIFIER: what its proof is checked with. */
  readonly deviceProof?: { readonly secretBlock: string; readonly key: Buffer };
}

/** AuthenticationResult, as the API answers it. */
export interface AuthenticationResult {
  readonly AccessToken: string;
  readonly ExpiresIn: number;
  readonly TokenType: 'Bearer';
  readonly RefreshToken?: string;
  readonly IdToken: string;
  /** Where devices are tracked, and the sign-in named none that is known. */
  readonly NewDeviceMetadata?: { readonly DeviceKey: string; readonly DeviceGroupKey: string };
}

/** What tests may want different in the tokens they make. */
export interface TokenOverrides {
  /** Seconds that the access token is valid; negative for one that has expired. Default: as the client says. */
  readonly accessExpiresIn?: number;
  /** Seconds that the ID token is valid. Default: as the client says. */
  readonly idExpiresIn?: number;
  /** Claims to add or replace; undefined removes one. */
  readonly accessClaims?: Readonly<Record<string, unknown>>;
  readonly idClaims?: Readonly<Record<string, unknown>>;
}
