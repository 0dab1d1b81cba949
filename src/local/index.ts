export { type CopyUserPoolOptions, copyUserPool } from './copy/copy-user-pool.ts';
export type { CopiedClient, CopiedSettings, PoolCopy } from './copy/pool-copy.ts';
export type { Fault, FaultScope, Faults } from './http/faults.ts';
export type { LoggedRequest, Requests } from './http/request-log.ts';
export type { TlsOption } from './http/tls.ts';
export {
  type LocalConfig,
  type LocalTokens,
  type LocalUserPool,
  type LocalUserPoolOptions,
  startLocalUserPool,
  type TokensForOptions,
} from './local-user-pool.ts';
export type { Inbox, InboxFilter } from './messages/inbox.ts';
export type { PoolClock } from './model/clock.ts';
export type { InboxMessage, MessageKind } from './model/messages.ts';
export type { ClientSettings, HourlyLimits, PoolSettings } from './model/settings.ts';
export type {
  ChallengeResult,
  CreateAuthChallengeEvent,
  CustomEmailSenderEvent,
  CustomMessageEvent,
  CustomSmsSenderEvent,
  DefineAuthChallengeEvent,
  InboundFederationEvent,
  PostAuthenticationEvent,
  PostConfirmationEvent,
  PreAuthenticationEvent,
  PreSignUpEvent,
  PreTokenGenerationEvent,
  PreTokenGenerationV2Event,
  PreTokenGenerationV3Event,
  TokenSource,
  Trigger,
  TriggerEvent,
  TriggerEvents,
  Triggers,
  UserMigrationEvent,
  VerifyAuthChallengeResponseEvent,
} from './model/triggers.ts';
export type { ExportOptions } from './seed/export-seed.ts';
export type { LocalSeed, SeedClient, SeedPool } from './seed/seed.ts';
export type { AuthenticatorCode } from './users/authenticator-codes.ts';
export type { NewUser } from './users/seed.ts';
export { totpCode } from './users/totp.ts';
