import express, { type Express, type RequestHandler } from 'express';
import type { Contender, OtherLibraryContender, RequireAuthContender, RouterContender } from './contender.ts';
import { importKit, importRequireAuth } from './kit.ts';

/** An app under test, and the headers of a request that it accepts, if it makes its own sessions. */
export interface ContenderApp {
  readonly app: Express;
  readonly headers?: Readonly<Record<string, string>>;
  /** Waits for what a server would load before it listens. */
  readonly ready?: () => Promise<void>;
}

/** Makes the app. What one contender alone uses is loaded for it alone. */
export async function appOf(contender: Contender): Promise<ContenderApp> {
  switch (contender.kind) {
    case 'bare':
      return protectedRoute();
    case 'empty-middleware':
      return protectedRoute((_req, _res, next) => next());
    case 'property-middleware':
      return protectedRoute(propertyMiddleware);
    case 'require-auth':
      return protectedRoute(await requireAuthOf(contender));
    case 'verify-by-hand':
      return protectedRoute((await import('./verify-by-hand.ts')).verifyByHand(contender.config));
    case 'sign-in-by-hand':
      return { app: (await import('./sign-in-by-hand.ts')).signInByHand(contender) };
    case 'http-call-only':
      return { app: (await import('./http-call-only.ts')).httpCallOnly(contender.config) };
    case 'same-libraries':
      return { app: (await import('./same-libraries.ts')).sameLibraries(contender.config) };
    case 'router':
      return signInByRouter(contender);
    case 'other-library':
      return withOtherLibrary(contender);
  }
}

const AUTH = Object.freeze({ sub: 'ada' });
const VERIFIED = Symbol('verified');

const propertyMiddleware: RequestHandler = (req, _res, next) => {
  const holder = req as unknown as Record<PropertyKey, unknown>;
  holder[VERIFIED] = AUTH;
  holder.auth = AUTH;
  next();
};

function protectedRoute(...guards: RequestHandler[]): ContenderApp {
  const app = express();
  app.get('/reports', ...guards, (_req, res) => {
    res.json({ reports: [] });
  });
  return { app };
}

async function requireAuthOf({
  config,
  cache,
  transport,
  cacheSeconds,
  redis,
  checkout,
}: RequireAuthContender): Promise<RequestHandler> {
  const { requireAuth } = await importRequireAuth(checkout);
  const stores = redis === undefined ? undefined : await (await import('./redis-stores.ts')).storesIn(redis);
  return requireAuth({
    ...config,
    cache,
    transport,
    ...(stores && {
      revocation: { store: stores.revocation, ...(cacheSeconds !== undefined && { cacheSeconds }) },
    }),
  });
}

async function signInByRouter({
  config,
  limits,
  log,
  redis,
  checkout,
  sdkMiddleware,
}: RouterContender): Promise<ContenderApp> {
  const { createCognitoRouter } = await importKit(checkout);
  const stores = redis === undefined ? undefined : await (await import('./redis-stores.ts')).storesIn(redis);
  const endless = { limit: 1_000_000_000, windowMs: 60_000 };
  const auth = createCognitoRouter({
    ...config,
    rateLimits: limits && {
      address: { signIn: endless },
      account: { signIn: endless },
      ...(stores && { store: stores.rateLimit, secret: 'The secret of the benchmark, never another' }),
    },
    ...(stores && { revocation: { store: stores.revocation }, refresh: { store: stores.refresh } }),
    ...(!log && { logger: false }),
    // Older checkouts do not have this option.
    ...(sdkMiddleware && { sdkMiddleware }),
  });
  const app = express();
  app.use('/auth', auth);
  return { app, ready: () => auth.ready() };
}

/** What each program of `bench/compare/` exports. */
interface OtherLibrary {
  contender(
    config: OtherLibraryContender['config'],
  ): Promise<{ guards: RequestHandler[]; headers?: Readonly<Record<string, string>> }>;
}

async function withOtherLibrary({ program, config }: OtherLibraryContender): Promise<ContenderApp> {
  const { contender } = (await import(program)) as OtherLibrary;
  const { guards, headers } = await contender(config);
  return { ...protectedRoute(...guards), ...(headers && { headers }) };
}
