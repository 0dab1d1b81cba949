import express, { type Express, type RequestHandler } from 'express';

/** Where the user pool is. */
export interface PoolConfig {
  readonly userPoolId: string;
  readonly clientId: string;
  readonly endpoint: string;
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
}

/** What a server under test is. */
export type Contender =
  | { readonly kind: 'bare' }
  | RequireAuthContender
  | { readonly kind: 'by-hand'; readonly config: PoolConfig }
  | RouterContender;

/** Makes the app. What one contender alone uses is loaded for it alone. */
export async function appOf(contender: Contender): Promise<Express> {
  switch (contender.kind) {
    case 'bare':
      return protectedRoute();
    case 'require-auth':
      return protectedRoute(contender);
    case 'by-hand':
      return (await import('./sign-in-by-hand.ts')).signInByHand(contender.config);
    case 'router':
      return signInByRouter(contender);
  }
}

async function protectedRoute(contender?: RequireAuthContender): Promise<Express> {
  const guards: RequestHandler[] = [];
  if (contender) {
    const { requireAuth } = await import('express-cognito-kit/require-auth');
    guards.push(requireAuth({ ...contender.config, cache: contender.cache }));
  }
  const app = express();
  app.get('/reports', ...guards, (_req, res) => {
    res.json({ reports: [] });
  });
  return app;
}

async function signInByRouter({ config, limits, log }: RouterContender): Promise<Express> {
  const { createCognitoRouter } = await import('express-cognito-kit');
  const endless = { limit: 1_000_000_000, windowMs: 60_000 };
  const auth = createCognitoRouter({
    ...config,
    rateLimits: limits && { address: { signIn: endless }, account: { signIn: endless } },
    ...(!log && { logger: false }),
  });
  await auth.ready();
  const app = express();
  app.use('/auth', auth);
  return app;
}
