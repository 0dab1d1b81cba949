import express, { type Express, type RequestHandler } from 'express';
import type { Contender, RouterContender } from './contenders.ts';

/** Makes the app. What one contender alone uses is loaded for it alone. */
export async function appOf(contender: Contender): Promise<Express> {
  switch (contender.kind) {
    case 'bare':
      return protectedRoute();
    case 'empty-middleware':
      return protectedRoute((_req, _res, next) => next());
    case 'require-auth': {
      const { requireAuth } = await import('express-cognito-kit/require-auth');
      return protectedRoute(requireAuth({ ...contender.config, cache: contender.cache }));
    }
    case 'by-hand':
      return (await import('./sign-in-by-hand.ts')).signInByHand(contender);
    case 'router':
      return signInByRouter(contender);
  }
}

function protectedRoute(...guards: RequestHandler[]): Express {
  const app = express();
  app.get('/reports', ...guards, (_req, res) => {
    res.json({ reports: [] });
  });
  return app;
}

async function signInByRouter({
  config,
  limits,
  log,
  sdkMiddleware = false,
}: RouterContender): Promise<Express> {
  const { createCognitoRouter } = await import('express-cognito-kit');
  const endless = { limit: 1_000_000_000, windowMs: 60_000 };
  const auth = createCognitoRouter({
    ...config,
    rateLimits: limits && { address: { signIn: endless }, account: { signIn: endless } },
    ...(!log && { logger: false }),
    sdkMiddleware,
  });
  await auth.ready();
  const app = express();
  app.use('/auth', auth);
  return app;
}
