import { EMAIL_TEXT } from '../model/message-rules.ts';
import type { PoolSettings } from '../model/settings.ts';
import { entryMap } from './entry-map.ts';
import {
  flag,
  integer,
  list,
  type Member,
  oneOf,
  required,
  structure,
  type TextConstraints,
  text,
} from './input.ts';

const ARN: TextConstraints = {
  min: 20,
  max: 2048,
  pattern:
    /arn:[\w+=/,.@-]+:[\w+=/,.@-]+:([\w+=/,.@-]*)?:[0-9]+:[\w+=/,.@-]+(:[\w+=/,.@-]+)?(:[\w+=/,.@-]+)?/,
};
export const arn: Member<string, false> = text(ARN);

const OPTIONAL_ARN: TextConstraints = { max: 2048, pattern: new RegExp(`(${ARN.pattern?.source})?`) };
const region = text({ min: 5, max: 32 });
export const tags: Member<Readonly<Record<string, string>>, false> = entryMap({
  key: text({ min: 1, max: 128 }),
  value: text({ max: 256 }),
});

/** Name of a user pool or of an app client. */
export const resourceName: Member<string, false> = text({ min: 1, max: 128, pattern: /[\w\s+=,.@-]+/ });

/** Form of the ids of branding styles and terms: a UUID of version 4. */
export const resourceId: RegExp =
  /^[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[4][0-9a-fA-F]{3}-[89abAB][0-9a-fA-F]{3}-[0-9a-fA-F]{12}$/;

// Written without the nested quantifiers of Cognito's own patterns, which backtrack.
const smsMessage = text({ min: 6, max: 140, pattern: /.*\{####\}.*/s });
const emailText = (told: string, placeholder = '') =>
  text({ min: 6, max: 20_000, pattern: new RegExp(`${placeholder}${EMAIL_TEXT}`, 'su'), told });
const emailMessage = emailText(String.raw`${EMAIL_TEXT}\{####\}${EMAIL_TEXT}`, String.raw`(?=.*\{####\})`);
const emailMessageByLink = emailText(
  String.raw`${EMAIL_TEXT}\{##${EMAIL_TEXT}##\}${EMAIL_TEXT}`,
  String.raw`(?=.*\{##.*##\})`,
);
/** Subject of an e-mail. */
export const emailSubject: Member<string, false> = text({
  min: 1,
  max: 140,
  pattern: /[\p{L}\p{M}\p{S}\p{N}\p{P}\s]+/u,
});

const lambda = <V extends string>(...versions: readonly V[]) =>
  structure({ LambdaVersion: required(oneOf(...versions)), LambdaArn: required(arn) });
const oauthFlow = oneOf('code', 'implicit', 'client_credentials');
/** Scope of OAuth in a list. */
export const scopeName: Member<string, false> = text({
  min: 1,
  max: 256,
  pattern: /[\x21\x23-\x5B\x5D-\x7E]+/,
});

type Members<Names extends keyof PoolSettings> = {
  readonly [Name in Names]: Member<NonNullable<PoolSettings[Name]>, false>;
};

const smsConfiguration = structure({
  SnsCallerArn: text(OPTIONAL_ARN),
  ExternalId: text(),
  SnsRegion: region,
  EumsSms: structure({
    CallerArn: required(arn),
    ExternalId: text(),
    OriginationIdentity: text(),
    ConfigurationSetName: text(),
    InEntityId: text(),
    InTemplateId: text(),
    Region: region,
  }),
});

/** Members of CreateUserPool and UpdateUserPool for messages, triggers and the pool as a resource. */
export const poolResourceShape: Members<
  | 'LambdaConfig'
  | 'DeletionProtection'
  | 'UserPoolTags'
  | 'UserPoolTier'
  | 'SmsConfiguration'
  | 'EmailConfiguration'
  | 'SmsVerificationMessage'
  | 'SmsAuthenticationMessage'
  | 'EmailVerificationMessage'
  | 'EmailVerificationSubject'
  | 'VerificationMessageTemplate'
  | 'AdminCreateUserConfig'
  | 'UserPoolAddOns'
  | 'DcrConfiguration'
  | 'KeyConfiguration'
  | 'IssuerConfiguration'
> = {
  LambdaConfig: structure({
    PreSignUp: arn,
    CustomMessage: arn,
    PostConfirmation: arn,
    PreAuthentication: arn,
    PostAuthentication: arn,
    DefineAuthChallenge: arn,
    CreateAuthChallenge: arn,
    VerifyAuthChallengeResponse: arn,
    PreTokenGeneration: arn,
    UserMigration: arn,
    PreTokenGenerationConfig: lambda('V1_0', 'V2_0', 'V3_0'),
    CustomSMSSender: lambda('V1_0'),
    CustomEmailSender: lambda('V1_0'),
    InboundFederation: lambda('V1_0'),
    KMSKeyID: arn,
  }),
  DeletionProtection: oneOf('ACTIVE', 'INACTIVE'),
  UserPoolTags: tags,
  UserPoolTier: oneOf('LITE', 'ESSENTIALS', 'PLUS'),
  SmsConfiguration: smsConfiguration,
  EmailConfiguration: structure({
    SourceArn: arn,
    ReplyToEmailAddress: text({ pattern: /[\p{L}\p{M}\p{S}\p{N}\p{P}]+@[\p{L}\p{M}\p{S}\p{N}\p{P}]+/u }),
    EmailSendingAccount: oneOf('COGNITO_DEFAULT', 'DEVELOPER'),
    From: text(),
    ConfigurationSet: text({ min: 1, max: 64, pattern: /^[a-zA-Z0-9_-]+$/ }),
  }),
  SmsVerificationMessage: smsMessage,
  SmsAuthenticationMessage: smsMessage,
  EmailVerificationMessage: emailMessage,
  EmailVerificationSubject: emailSubject,
  VerificationMessageTemplate: structure({
    SmsMessage: smsMessage,
    EmailMessage: emailMessage,
    EmailSubject: emailSubject,
    EmailMessageByLink: emailMessageByLink,
    EmailSubjectByLink: emailSubject,
    DefaultEmailOption: oneOf('CONFIRM_WITH_LINK', 'CONFIRM_WITH_CODE'),
  }),
  AdminCreateUserConfig: structure({
    AllowAdminCreateUserOnly: flag(),
    UnusedAccountValidityDays: integer(0, 365),
    InviteMessageTemplate: structure({
      SMSMessage: text({ min: 6, max: 140 }),
      EmailMessage: emailText(EMAIL_TEXT),
      EmailSubject: emailSubject,
    }),
  }),
  UserPoolAddOns: structure({
    AdvancedSecurityMode: required(oneOf('OFF', 'AUDIT', 'ENFORCED')),
    AdvancedSecurityAdditionalFlows: structure({ CustomAuthMode: oneOf('AUDIT', 'ENFORCED') }),
  }),
  DcrConfiguration: structure({
    EnableStatus: oneOf('Enabled', 'Disabled'),
    OpenDcrEnabled: flag(),
    AuthenticatedGrantTypes: list(oauthFlow, { max: 3 }),
    OpenDcrGrantTypes: list(oauthFlow, { max: 3 }),
    AllowedScopes: list(scopeName, { max: 50 }),
  }),
  KeyConfiguration: structure({
    KeyType: oneOf('AWS_OWNED_KEY', 'CUSTOMER_MANAGED_KEY'),
    KmsKeyArn: arn,
  }),
  IssuerConfiguration: structure({ Type: oneOf('ORIGINAL', 'UPDATED') }),
};

/** Members of SetUserPoolSessionConfiguration. */
export const sessionConfigShape: Members<'UserSessionTracking' | 'TokenSession'> = {
  UserSessionTracking: oneOf('ENABLED', 'DISABLED'),
  TokenSession: structure({ MaxPerUser: required(integer(1, 100)) }),
};

/** Members of SetUserPoolMfaConfig. */
export const mfaConfigShape: Members<
  | 'SoftwareTokenMfaConfiguration'
  | 'SmsMfaConfiguration'
  | 'EmailMfaConfiguration'
  | 'WebAuthnConfiguration'
  | 'MfaConfiguration'
> = {
  SoftwareTokenMfaConfiguration: structure({ Enabled: flag() }),
  SmsMfaConfiguration: structure({
    SmsAuthenticationMessage: smsMessage,
    SmsConfiguration: smsConfiguration,
  }),
  EmailMfaConfiguration: structure({ Message: emailMessage, Subject: emailSubject }),
  WebAuthnConfiguration: structure({
    RelyingPartyId: text({ min: 1, max: 127 }),
    UserVerification: oneOf('required', 'preferred'),
    FactorConfiguration: oneOf('SINGLE_FACTOR', 'MULTI_FACTOR_WITH_USER_VERIFICATION'),
  }),
  MfaConfiguration: oneOf('OFF', 'ON', 'OPTIONAL'),
};
