import { type CognitoError, invalidParameter } from './errors.ts';
import type { ClientSettings, PoolSettings } from './settings.ts';

const ADDRESS = /^[^@\s]+@[^@\s]+$|<[^@\s]+@[^@\s]+>$/;
const PLACEHOLDER = '{####}';
/** The characters of an e-mail, as Cognito's error texts tell them. */
export const EMAIL_TEXT: string = String.raw`[\p{L}\p{M}\p{S}\p{N}\p{P}\s*]*`;
const INVITATIONS = {
  EmailMessage: {
    path: 'adminCreateUserConfig.inviteMessage.emailMessage',
    pattern: String.raw`${EMAIL_TEXT}\{####\}${EMAIL_TEXT}`,
  },
  SMSMessage: {
    path: 'adminCreateUserConfig.inviteMessage.smsMessage',
    pattern: String.raw`(?s).*\{####\}(?s).*`,
  },
} as const;

/** Throws the exceptions of CreateUserPool for the senders of messages and the texts of invitations. */
export function checkMessages({
  EmailConfiguration,
  LambdaConfig = {},
  AdminCreateUserConfig,
}: PoolSettings): void {
  const { EmailSendingAccount, SourceArn, From } = EmailConfiguration ?? {};
  if (EmailSendingAccount === 'DEVELOPER' && SourceArn === undefined)
    throw invalidParameter('Source ARN is required to use DEVELOPER email sending owner');
  if (From !== undefined && !ADDRESS.test(From))
    throw invalidParameter('Provided From email address is invalid');
  const { CustomEmailSender, CustomSMSSender, KMSKeyID } = LambdaConfig;
  if ((CustomEmailSender || CustomSMSSender) && KMSKeyID === undefined) {
    throw invalidParameter('KMSKeyId parameter is required when Custom SMS/Email Lambda trigger is used.');
  }
  const invitation = AdminCreateUserConfig?.InviteMessageTemplate ?? {};
  for (const kind of ['EmailMessage', 'SMSMessage'] as const) {
    const text = invitation[kind];
    if (text !== undefined && !text.includes(PLACEHOLDER)) throw withoutPassword(kind, text);
  }
}

/** The API model has no such constraint; the service behind it has, and its own names. */
function withoutPassword(kind: keyof typeof INVITATIONS, text: string): CognitoError {
  const { path, pattern } = INVITATIONS[kind];
  return invalidParameter(
    `1 validation error detected: Value '${text}' at '${path}' failed to satisfy constraint: ` +
      `Member must satisfy regular expression pattern: ${pattern}`,
  );
}

/** Throws the exception of CreateUserPoolClient for a mixture of the two ways to name a Pinpoint application. */
export function checkAnalytics({ AnalyticsConfiguration }: ClientSettings): void {
  if (!AnalyticsConfiguration) return;
  const { ApplicationArn, ApplicationId, RoleArn, ExternalId } = AnalyticsConfiguration;
  const parts = [ApplicationId, RoleArn, ExternalId];
  const isWhole = ApplicationArn !== undefined ? parts.every(isAbsent) : !parts.some(isAbsent);
  if (isWhole) return;
  throw invalidParameter(
    'Invalid analytics configuration given, either <application arn> or <application id, role arn, external id> are valid',
  );
}

const isAbsent = (value: unknown): boolean => value === undefined;
