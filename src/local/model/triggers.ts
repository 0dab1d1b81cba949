/**
 * The events of Cognito's Lambda triggers, as AWS documents them: a handler that is written for one of them,
 * typed with `@types/aws-lambda` or not, is given to the local user pool as it is.
 *
 * @see https://docs.aws.amazon.com/cognito/latest/developerguide/cognito-user-identity-pools-working-with-aws-lambda-triggers.html
 */

type Texts = Readonly<Record<string, string>>;

/** What every event has. */
export interface TriggerEvent<Source extends string, Request, Response> {
  readonly version: string;
  readonly triggerSource: Source;
  readonly region: string;
  readonly userPoolId: string;
  /** The user's name in the pool; for one who does not exist, the name that was sent. */
  readonly userName: string;
  readonly callerContext: { readonly awsSdkVersion: string; readonly clientId: string };
  readonly request: Readonly<Request>;
  /** To be filled in. Everything in it is null before. */
  readonly response: Response;
}

interface AboutUser {
  readonly userAttributes: Texts;
  readonly clientMetadata?: Texts;
}

/** A challenge of this sign-in that was answered, and how. */
export interface ChallengeResult {
  readonly challengeName: string;
  readonly challengeResult: boolean;
  /** What the trigger that created the challenge called it. */
  readonly challengeMetadata?: string;
}

interface OfCustomAuth extends AboutUser {
  /** There is no such user, and the app client's PreventUserExistenceErrors is ENABLED. */
  readonly userNotFound: boolean;
}

export type PreSignUpEvent = TriggerEvent<
  'PreSignUp_SignUp' | 'PreSignUp_AdminCreateUser' | 'PreSignUp_ExternalProvider',
  AboutUser & { readonly validationData?: Texts },
  { autoConfirmUser: boolean; autoVerifyEmail: boolean; autoVerifyPhone: boolean }
>;

export type PostConfirmationEvent = TriggerEvent<
  'PostConfirmation_ConfirmSignUp' | 'PostConfirmation_ConfirmForgotPassword',
  AboutUser,
  Record<string, never>
>;

export type PreAuthenticationEvent = TriggerEvent<
  'PreAuthentication_Authentication',
  {
    readonly userAttributes: Texts;
    /** The ClientMetadata of InitiateAuth. */
    readonly validationData?: Texts;
    /** There is no such user, and the app client's PreventUserExistenceErrors is ENABLED. */
    readonly userNotFound: boolean;
  },
  Record<string, never>
>;

export type PostAuthenticationEvent = TriggerEvent<
  'PostAuthentication_Authentication',
  AboutUser & {
    /** The pool tracks devices, and the sign-in is on none that it knows. */
    readonly newDeviceUsed: boolean;
  },
  Record<string, never>
>;

export type DefineAuthChallengeEvent = TriggerEvent<
  'DefineAuthChallenge_Authentication',
  OfCustomAuth & { readonly session: ChallengeResult[] },
  {
    challengeName: string | null;
    issueTokens: boolean | null;
    failAuthentication: boolean | null;
  }
>;

export type CreateAuthChallengeEvent = TriggerEvent<
  'CreateAuthChallenge_Authentication',
  OfCustomAuth & { readonly challengeName: string; readonly session: ChallengeResult[] },
  {
    publicChallengeParameters: Record<string, string> | null;
    privateChallengeParameters: Record<string, string> | null;
    challengeMetadata: string | null;
  }
>;

export type VerifyAuthChallengeResponseEvent = TriggerEvent<
  'VerifyAuthChallengeResponse_Authentication',
  OfCustomAuth & {
    readonly privateChallengeParameters: Texts;
    readonly challengeAnswer: string;
  },
  { answerCorrect: boolean | null }
>;

/** What the tokens are issued for. */
export type TokenSource =
  | 'TokenGeneration_HostedAuth'
  | 'TokenGeneration_Authentication'
  | 'TokenGeneration_NewPasswordChallenge'
  | 'TokenGeneration_RefreshTokens';

interface GroupOverride {
  groupsToOverride?: string[];
  iamRolesToOverride?: string[];
  preferredRole?: string;
}

interface OfTokens extends AboutUser {
  readonly groupConfiguration: Readonly<GroupOverride>;
}

/** Version 1 of the event: the ID token, with claims that are text. */
export type PreTokenGenerationEvent = TriggerEvent<
  TokenSource,
  OfTokens,
  {
    claimsOverrideDetails: {
      claimsToAddOrOverride?: Record<string, string>;
      claimsToSuppress?: string[];
      groupOverrideDetails?: GroupOverride;
    } | null;
  }
>;

interface ClaimsOverride {
  claimsToAddOrOverride?: Record<string, unknown>;
  claimsToSuppress?: string[];
}

/** Version 2 of the event: both tokens, with claims of any kind, and the scopes of the access token. */
export type PreTokenGenerationV2Event = TriggerEvent<
  TokenSource,
  OfTokens & { readonly scopes: string[] },
  {
    claimsAndScopeOverrideDetails: {
      idTokenGeneration?: ClaimsOverride;
      accessTokenGeneration?: ClaimsOverride & { scopesToAdd?: string[]; scopesToSuppress?: string[] };
      groupOverrideDetails?: GroupOverride;
    } | null;
  }
>;

export type CustomMessageEvent = TriggerEvent<
  | 'CustomMessage_SignUp'
  | 'CustomMessage_ResendCode'
  | 'CustomMessage_ForgotPassword'
  | 'CustomMessage_UpdateUserAttribute'
  | 'CustomMessage_VerifyUserAttribute'
  | 'CustomMessage_Authentication'
  | 'CustomMessage_AdminCreateUser',
  AboutUser & {
    /** Stands for the code, or the temporary password. A message has to have it in it. */
    readonly codeParameter: string;
    /** Stands for the user's name, which an invitation has to have in it. */
    readonly usernameParameter: string | null;
  },
  { smsMessage: string | null; emailMessage: string | null; emailSubject: string | null }
>;

/** The event of each trigger. */
export interface TriggerEvents {
  readonly preSignUp: PreSignUpEvent;
  readonly customMessage: CustomMessageEvent;
  readonly postConfirmation: PostConfirmationEvent;
  readonly preAuthentication: PreAuthenticationEvent;
  readonly postAuthentication: PostAuthenticationEvent;
  readonly defineAuthChallenge: DefineAuthChallengeEvent;
  readonly createAuthChallenge: CreateAuthChallengeEvent;
  readonly verifyAuthChallengeResponse: VerifyAuthChallengeResponseEvent;
  readonly preTokenGeneration: PreTokenGenerationEvent;
  /** In place of `preTokenGeneration`. */
  readonly preTokenGenerationV2: PreTokenGenerationV2Event;
}

/**
 * A Lambda handler: it gets the event and returns it, or a promise of it, or hands it to the callback. What it throws
 * refuses what the user asked for, with UserLambdaValidationException `<Trigger> failed with error <message>.`
 */
// A method's parameters may be narrower than they are declared: the event as some other package types it.
export type Trigger<Event> = {
  handle(event: Event, context: never, callback: never): unknown;
}['handle'];

/** Functions in place of a pool's Lambda triggers. */
export type Triggers = {
  readonly [Name in keyof TriggerEvents]?: Trigger<TriggerEvents[Name]> | undefined;
};
