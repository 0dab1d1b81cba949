export type { PoolClock } from './clock.ts';
export type { Fault, FaultScope, Faults } from './faults.ts';
export type { Inbox, InboxFilter, InboxMessage, MessageKind } from './inbox.ts';
export type { HourlyLimits } from './limits.ts';
export {
  type LocalConfig,
  type LocalTokens,
  type LocalUserPool,
  type LocalUserPoolOptions,
  startLocalUserPool,
  type TokensForOptions,
} from './local-user-pool.ts';
export type { LoggedRequest, Requests } from './request-log.ts';
export type { NewUser } from './seed.ts';
export type { ClientSettings, PoolSettings } from './settings.ts';
export { totpCode } from './totp.ts';
export type {
  ChallengeResult,
  CreateAuthChallengeEvent,
  CustomMessageEvent,
  DefineAuthChallengeEvent,
  PostAuthenticationEvent,
  PostConfirmationEvent,
  PreAuthenticationEvent,
  PreSignUpEvent,
  PreTokenGenerationEvent,
  PreTokenGenerationV2Event,
  TokenSource,
  Trigger,
  TriggerEvent,
  TriggerEvents,
  Triggers,
  VerifyAuthChallengeResponseEvent,
} from './triggers.ts';
