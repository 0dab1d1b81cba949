/** Where the user pool is. */
export interface PoolConfig {
  readonly userPoolId: string;
  readonly clientId: string;
  readonly endpoint: string;
  readonly issuer: string;
  readonly jwksUri: string;
}

export interface RequireAuthContender {
  readonly kind: 'require-auth';
  readonly config: PoolConfig;
  readonly cache?: false;
}

export interface RouterContender {
  readonly kind: 'router';
  readonly config: PoolConfig;
  readonly limits: boolean;
  readonly log: boolean;
  readonly sdkMiddleware?: boolean;
}

export interface ByHandContender {
  readonly kind: 'by-hand';
  readonly config: PoolConfig;
  /** Sockets to Cognito at most; else the SDK's default. */
  readonly sockets?: number;
}

/** What a server under test is. */
export type Contender =
  | { readonly kind: 'bare' }
  | { readonly kind: 'empty-middleware' }
  | RequireAuthContender
  | ByHandContender
  | RouterContender;
