import { startLocalUserPool } from 'express-cognito-kit/local';
import { tellParent } from './child.ts';
import type { PoolConfig } from './contenders.ts';

/** What the benchmark is told about the user pool, which runs in a process of its own. */
export interface PoolFacts {
  readonly config: PoolConfig;
  readonly users: readonly { readonly email: string; readonly password: string }[];
  readonly tokens: readonly string[];
  readonly expired: string;
}

const USERS = 100;

const users = Array.from({ length: USERS }, (_, index) => ({
  email: `user-${index}@example.com`,
  password: 'Correct-horse-7',
}));
const pool = await startLocalUserPool({
  limits: false,
  quiet: true,
  users: users.map(({ email, password }) => ({ username: email, password })),
});
const { userPoolId, clientId, endpoint } = pool.config;
tellParent({
  config: { userPoolId, clientId, endpoint, issuer: pool.issuer, jwksUri: pool.jwksUri },
  users,
  tokens: users.map(({ email }) => pool.tokensFor(email).accessToken),
  expired: pool.tokensFor('user-0@example.com', { accessExpiresIn: -60 }).accessToken,
} satisfies PoolFacts);
