/** Where the user pool is. */
export interface PoolConfig {
  readonly userPoolId: string;
  readonly clientId: string;
  readonly endpoint: string;
  readonly issuer: string;
  readonly jwksUri: string;
}

/** A contender that is made with the kit. */
interface KitContender {
  readonly config: PoolConfig;
  /** The URL of the Redis that holds the stores. Default: memory. */
  readonly redis?: string;
  /** The folder of another checkout, with its `dist`. Default: this one. */
  readonly checkout?: string | undefined;
}

export interface RequireAuthContender extends KitContender {
  readonly kind: 'require-auth';
  readonly cache?: false;
  readonly transport?: 'cookie';
  /** Seconds for which an answer of the Redis store is remembered. */
  readonly cacheSeconds?: number;
}

export interface RouterContender extends KitContender {
  readonly kind: 'router';
  readonly limits: boolean;
  readonly log: boolean;
  readonly sdkMiddleware?: boolean;
}

export interface SignInByHandContender {
  readonly kind: 'sign-in-by-hand';
  readonly config: PoolConfig;
  /** Sockets to Cognito at most; else the SDK's default. */
  readonly sockets?: number;
}

/** A library of `bench/compare/`, which is installed there. */
export interface OtherLibraryContender {
  readonly kind: 'other-library';
  readonly program: string;
  readonly config: PoolConfig;
}

/** What a server under test is. */
export type Contender =
  | { readonly kind: 'bare' }
  | { readonly kind: 'empty-middleware' }
  /** A middleware that sets `req.auth` and a symbol, as every middleware that hands something on must do. */
  | { readonly kind: 'property-middleware' }
  | { readonly kind: 'verify-by-hand'; readonly config: PoolConfig }
  | { readonly kind: 'http-call-only'; readonly config: PoolConfig }
  | { readonly kind: 'same-libraries'; readonly config: PoolConfig }
  | RequireAuthContender
  | SignInByHandContender
  | RouterContender
  | OtherLibraryContender;
