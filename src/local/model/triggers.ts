/**
 * The events of Cognito's Lambda triggers, as AWS documents them. The local user pool takes Lambda handlers unchanged,
 * typed with `@types/aws-lambda` or not.
 *
 * @see https://docs.aws.amazon.com/cognito/latest/developerguide/cognito-user-identity-pools-working-with-aws-lambda-triggers.html
 */

type Texts = Readonly<Record<string, string>>;

/** Members of every event. */
export interface TriggerEvent<Source extends string, Request, Response> {
  readonly version: string;
  readonly triggerSource: Source;
  readonly region: string;
  readonly userPoolId: string;
  /** The user's name in the pool. For an unknown user, the name in the request. */
  readonly userName: string;
  readonly callerContext: { readonly awsSdkVersion: string; readonly clientId: string };
  readonly request: Readonly<Request>;
  /** The handler sets its members, which are null at first. */
  readonly response: Response;
}

interface AboutUser {
  readonly userAttributes: Texts;
  readonly clientMetadata?: Texts;
}

/** An answered challenge of this sign-in. */
export interface ChallengeResult {
  readonly challengeName: string;
  readonly challengeResult: boolean;
  /** The metadata that CreateAuthChallenge gave the challenge. */
  readonly challengeMetadata?: string;
}

interface OfCustomAuth extends AboutUser {
  /** True for an unknown user, if the app client's PreventUserExistenceErrors is ENABLED. */
  readonly userNotFound: boolean;
}

export type PreSignUpEvent = TriggerEvent<
  'PreSignUp_SignUp' | 'PreSignUp_AdminCreateUser' | 'PreSignUp_ExternalProvider',
  /** `validationData` is null if the request has none. */
  AboutUser & { readonly validationData?: Texts | null },
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
    /** The ClientMetadata of InitiateAuth; null if the request has none. */
    readonly validationData?: Texts | null;
    /** True for an unknown user, if the app client's PreventUserExistenceErrors is ENABLED. */
    readonly userNotFound: boolean;
  },
  Record<string, never>
>;

export type PostAuthenticationEvent = TriggerEvent<
  'PostAuthentication_Authentication',
  AboutUser & {
    /** True if the pool tracks devices and the sign-in named no known device. */
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

/** The reason for issuing tokens. */
export type TokenSource =
  | 'TokenGeneration_HostedAuth'
  | 'TokenGeneration_Authentication'
  | 'TokenGeneration_NewPasswordChallenge'
  | 'TokenGeneration_AuthenticateDevice'
  | 'TokenGeneration_RefreshTokens';

interface GroupOverride {
  groupsToOverride?: string[];
  iamRolesToOverride?: string[];
  preferredRole?: string;
}

interface OfTokens extends AboutUser {
  readonly groupConfiguration: Readonly<GroupOverride>;
}

/** Version 1 of the event: claims of the ID token, as strings. */
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

interface TokenOverride {
  claimsAndScopeOverrideDetails: {
    idTokenGeneration?: ClaimsOverride;
    accessTokenGeneration?: ClaimsOverride & { scopesToAdd?: string[]; scopesToSuppress?: string[] };
    groupOverrideDetails?: GroupOverride;
  } | null;
}

/** Version 2 of the event: claims of any type in both tokens, and scopes of the access token. */
export type PreTokenGenerationV2Event = TriggerEvent<
  TokenSource,
  OfTokens & { readonly scopes: string[] },
  TokenOverride
>;

/** Version 3 of the event: version 2, also for the tokens of an app itself, which have no user. */
export type PreTokenGenerationV3Event = TriggerEvent<
  TokenSource | 'TokenGeneration_ClientCredentials',
  OfTokens & { readonly scopes: string[] },
  TokenOverride
>;

/** The reason for a message. */
export type MessagePurpose =
  | 'SignUp'
  | 'ResendCode'
  | 'ForgotPassword'
  | 'UpdateUserAttribute'
  | 'VerifyUserAttribute'
  | 'Authentication'
  | 'AdminCreateUser';

export type CustomMessageEvent = TriggerEvent<
  `CustomMessage_${MessagePurpose}`,
  AboutUser & {
    /** Placeholder of the code or temporary password. A message must contain it. */
    readonly codeParameter: string;
    /** Placeholder of the link, where the pool confirms a sign-up by a link. */
    readonly linkParameter: string;
    /** Placeholder of the user's name. An invitation must contain it. */
    readonly usernameParameter: string | null;
  },
  { smsMessage: string | null; emailMessage: string | null; emailSubject: string | null }
>;

export type UserMigrationEvent = TriggerEvent<
  'UserMigration_Authentication' | 'UserMigration_ForgotPassword',
  {
    /** Absent or null for a forgotten password. `triggerSource` tells. */
    readonly password?: string | null;
    /** The ClientMetadata of InitiateAuth. */
    readonly validationData?: Texts | null;
    /** The ClientMetadata of ForgotPassword. */
    readonly clientMetadata?: Texts | null;
  },
  {
    userAttributes: Record<string, string> | null;
    /** Default: RESET_REQUIRED. */
    finalUserStatus: 'CONFIRMED' | 'RESET_REQUIRED' | 'FORCE_CHANGE_PASSWORD' | null;
    messageAction: 'SUPPRESS' | 'RESEND' | null;
    desiredDeliveryMediums: ('EMAIL' | 'SMS')[] | null;
    forceAliasCreation: boolean | null;
    enableSMSMFA: boolean | null;
  }
>;

interface OfSender<Type extends string> {
  readonly type: Type;
  /** The code or temporary password, in base64, as a message of the AWS Encryption SDK. */
  readonly code: string;
  readonly clientMetadata: Texts | null;
  readonly userAttributes: Texts;
}

/** Has no response: the pool ignores the result. */
export type CustomEmailSenderEvent = Omit<
  TriggerEvent<
    `CustomEmailSender_${MessagePurpose | 'AccountTakeOverNotification'}`,
    OfSender<'customEmailSenderRequestV1'>,
    never
  >,
  'response'
>;

/** Has no response: the pool ignores the result. */
export type CustomSmsSenderEvent = Omit<
  TriggerEvent<`CustomSMSSender_${MessagePurpose}`, OfSender<'customSMSSenderRequestV1'>, never>,
  'response'
>;

export type InboundFederationEvent = TriggerEvent<
  'InboundFederation_ExternalProvider',
  {
    readonly providerName: string;
    readonly providerType: string;
    /** The profile, as `userInfo` and `idToken` of an OpenID provider, or as `samlResponse`. */
    readonly attributes: {
      readonly tokenResponse?: Texts;
      readonly idToken?: Texts;
      readonly userInfo?: Texts;
      readonly samlResponse?: Texts;
    };
  },
  {
    /** Replaces the profile; an empty object keeps it. */
    userAttributesToMap: Record<string, string>;
  }
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
  /** Replaces `preTokenGeneration`. */
  readonly preTokenGenerationV2: PreTokenGenerationV2Event;
  /** Replaces `preTokenGenerationV2`. */
  readonly preTokenGenerationV3: PreTokenGenerationV3Event;
  readonly userMigration: UserMigrationEvent;
  /** Sends e-mails in place of the pool. */
  readonly customEmailSender: CustomEmailSenderEvent;
  /** Sends SMS messages in place of the pool. */
  readonly customSmsSender: CustomSmsSenderEvent;
  readonly inboundFederation: InboundFederationEvent;
}

/**
 * A Lambda handler. It returns the event, returns a promise of it, or passes it to the callback. An error that it throws
 * refuses the request with UserLambdaValidationException `<Trigger> failed with error <message>.`
 */
// A method type is bivariant, so a handler may type the event by another package.
export type Trigger<Event> = {
  handle(event: Event, context: never, callback: never): unknown;
}['handle'];

/** Functions that stand in for a pool's Lambda triggers. */
export type Triggers = {
  readonly [Name in keyof TriggerEvents]?: Trigger<TriggerEvents[Name]> | undefined;
};
