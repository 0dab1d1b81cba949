/** The public API. What is not exported from an entry point is private, and can change. */

export type { AppClientIds, ClientSecretSource } from './cognito/client-secret.ts';
export type {
  AuthFlow,
  Config,
  PasswordPolicy,
  RateLimit,
  RateLimitsConfig,
  SignInName,
} from './config/config.ts';
export type { ManagedLoginConfig, ManagedLoginOptions } from './config/managed-login.ts';
export type { SecretsManagerOptions } from './config/secrets-manager.ts';
export { secretsManagerSecret } from './config/secrets-manager.ts';
export type { EndpointName, RateLimitClass } from './endpoints/endpoint.ts';
export type { Challenge, SignInResult, Tokens } from './endpoints/sign-in-result.ts';
export type { CloseOptions } from './pipeline/closing.ts';
export type { AuthEvent, EventType, OnEvent } from './pipeline/events.ts';
export { EVENT_CHANNEL } from './pipeline/events.ts';
export type {
  AfterHook,
  AfterHookContext,
  BeforeHook,
  BeforeHookContext,
  BeforeHookResult,
  Hooks,
} from './pipeline/hooks.ts';
export type {
  Auth,
  AuthMiddleware,
  AuthRules,
  CacheOptions,
  CookieOptions,
  CustomCheck,
  PoolOptions,
  RequireAuthOptions,
  RevocationOptions,
  RevocationStore,
  Transport,
  TransportOptions,
} from './require-auth.ts';
export { findAuth, getAuth, requireAuth } from './require-auth.ts';
export type { CognitoRouter, RouterAuthRules } from './router.ts';
export { createCognitoRouter } from './router.ts';
export type { IntrospectOptions } from './session/introspection.ts';
export type { RefreshClaim, RefreshOptions, RefreshStore } from './session/refresh-store.ts';
export type {
  FieldError,
  OnProblem,
  Problem,
  ProblemBody,
  ProblemCode,
  ProblemOptions,
} from './shared/problem.ts';
export { ProblemError, problem, sendProblem } from './shared/problem.ts';
