/** The public API. Anything that no entry point exports is private and may change. */

export type { AuthMiddleware, AuthRules, CustomCheck } from './auth/auth-middleware.ts';
export { findAuth, getAuth } from './auth/request-auth.ts';
export { getProfile } from './auth/request-profile.ts';
export type { SessionControl, SessionReference, UserReference } from './auth/session-control.ts';
export type { EndWatchOptions, Verification } from './auth/verification.ts';
export {
  type CallStats,
  COGNITO_CALL_CHANNEL,
  type CognitoCall,
  type LatencyBucket,
} from './cognito/call-meter.ts';
export type { CacheStats } from './cognito/token-cache.ts';
export type { KeyStats, TokenStats } from './cognito/token-verifier.ts';
export type { BodyOptions, ExtraField, ExtraFields, MapBody } from './config/body-options.ts';
export type { AppClientIds, ClientSecretSource } from './config/client-secret.ts';
export type { CognitoRequestsPerSecond } from './config/cognito-quotas.ts';
export type { CookieSecretOptions } from './config/cookie-secret.ts';
export type { EndpointName, RateLimitClass } from './config/endpoint-names.ts';
export { type AuthEvent, EVENT_CHANNEL, type EventType, type OnEvent } from './config/events.ts';
export type {
  BeforeHook,
  BeforeHookContext,
  BeforeHookResult,
  ConfirmedContext,
  FactorsChangedContext,
  Hooks,
  PasswordChangedContext,
  ProfileChangedContext,
  ResponseHook,
  ResponseHookContext,
  SignedInContext,
  SignedOutContext,
  SignedUpContext,
  UserDeletedContext,
} from './config/hooks.ts';
export type { ImportSessionsOptions } from './config/import-sessions.ts';
export type { IntrospectOptions } from './config/introspection.ts';
export type { ManagedLoginConfig, ManagedLoginOptions } from './config/managed-login.ts';
export type {
  AuthFlow,
  Config,
  PasswordPolicy,
  RateLimit,
  RateLimitsConfig,
  SignInName,
} from './config/options.ts';
export type { PasswordBlocklistOptions } from './config/password-blocklist.ts';
export type { ProfileOptions } from './config/profile-claims.ts';
export type { RefreshClaim, RefreshOptions, RefreshStore } from './config/refresh.ts';
export type { RememberDevices } from './config/remember-devices.ts';
export { type Reply, type ReplyOptions, reply } from './config/reply.ts';
export type { RevocationOptions, RevocationStore } from './config/revocation.ts';
export { type SecretsManagerOptions, secretsManagerSecret } from './config/secrets-manager.ts';
export type { CookieOptions, Transport, TransportOptions } from './config/transport.ts';
export type { Challenge, SignInResult, Tokens } from './endpoints/sign-in-types.ts';
export type { CloseOptions } from './pipeline/closing.ts';
export type { ChallengeStats, FlowStats, RefreshStats, SignInStats } from './pipeline/flow-counts.ts';
export type { RouterStats } from './pipeline/router-stats.ts';
export type { StoreStats } from './pipeline/store-monitor.ts';
export { type CacheOptions, type PoolOptions, type RequireAuthOptions, requireAuth } from './require-auth.ts';
export { type CognitoRouter, createCognitoRouter, type RouterAuthRules, type VerifyRules } from './router.ts';
export {
  type FieldError,
  type OnProblem,
  type Problem,
  type ProblemBody,
  type ProblemCode,
  ProblemError,
  type ProblemOptions,
  problem,
  sendProblem,
} from './shared/problem.ts';
export { safeReturnTo } from './shared/same-origin-path.ts';
export type { Auth } from './tokens/auth.ts';
export type { Profile } from './tokens/profile.ts';
