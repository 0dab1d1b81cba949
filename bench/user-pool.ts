import { startLocalUserPool } from 'express-cognito-kit/local';
import { tellParent } from './child.ts';
import type { PoolConfig } from './contenders/contender.ts';

/** What the benchmark is told about the user pool, which runs in a process of its own. */
export interface PoolFacts {
  readonly config: PoolConfig;
  readonly users: readonly { readonly email: string; readonly password: string }[];
  /** An access token of each user. */
  readonly tokens: readonly string[];
  readonly expired: string;
}

const USERS = 100;
/** Longer than any run. */
const LIFETIME_SECONDS = 4 * 3600;
/** The issuer of AWS, because `CognitoJwtVerifier` and cognito-express accept no other. */
const USER_POOL_ID = 'us-east-1_Benchmark';
const ISSUER = `https://cognito-idp.us-east-1.amazonaws.com/${USER_POOL_ID}`;

const users = Array.from({ length: USERS }, (_, index) => ({
  email: `user-${index}@example.com`,
  password: 'Correct-horse-7',
}));
const pool = await startLocalUserPool({
  userPoolId: USER_POOL_ID,
  issuer: ISSUER,
  limits: false,
  quiet: true,
  users: users.map(({ email, password }) => ({ username: email, password })),
});
const { userPoolId, clientId, endpoint } = pool.config;

function accessTokens(count: number): readonly string[] {
  return Array.from({ length: count }, (_, index) => {
    const email = `user-${index % USERS}@example.com`;
    return pool.tokensFor(email, { accessExpiresIn: LIFETIME_SECONDS }).accessToken;
  });
}

/** A question is a number of access tokens. */
process.on('message', (count: string) => tellParent(accessTokens(Number(count))));
tellParent({
  config: { userPoolId, clientId, endpoint, issuer: ISSUER, jwksUri: pool.jwksUri },
  users,
  tokens: accessTokens(USERS),
  expired: pool.tokensFor('user-0@example.com', { accessExpiresIn: -60 }).accessToken,
} satisfies PoolFacts);
