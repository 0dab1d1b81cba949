/** The public API. What is not exported from an entry point is private, and can change. */

export type { CloseOptions } from './closing.ts';
export type { AppClientIds, ClientSecretSource } from './cognito/client-secret.ts';
export type { SecretsManagerOptions } from './cognito/secrets-manager.ts';
export { secretsManagerSecret } from './cognito/secrets-manager.ts';
export type {
  AuthFlow,
  Config,
  PasswordPolicy,
  RateLimit,
  RateLimitsConfig,
  SignInName,
} from './config.ts';
export type { EndpointName, RateLimitClass } from './endpoints/endpoint.ts';
export type { Challenge, SignInResult, Tokens } from './endpoints/sign-in-result.ts';
export type { AuthEvent, EventType, OnEvent } from './events.ts';
export { EVENT_CHANNEL } from './events.ts';
export type {
  AfterHook,
  AfterHookContext,
  BeforeHook,
  BeforeHookContext,
  BeforeHookResult,
  Hooks,
} from './hooks.ts';
export type { ManagedLoginConfig, ManagedLoginOptions } from './managed-login-config.ts';
export type { FieldError, OnProblem, Problem, ProblemBody, ProblemCode, ProblemOptions } from './problem.ts';
export { ProblemError, problem, sendProblem } from './problem.ts';
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
