import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { TestUser } from '../browser-tests/tested-app.ts';
import type { LocalConfig, LocalUserPool, LocalUserPoolOptions } from '../local/local-user-pool.ts';
import { checkOptionNames, isObject } from '../shared/option-errors.ts';
import type { TestAgent } from './browser-agent.ts';
import { type SignedInAs, type SignInAsOptions, signInAs } from './sign-in-as.ts';
import { createTestClock, type TestClock } from './test-clock.ts';

/** Options for `createCognitoRouter` in a test: the local pool, no rate limits and no log. */
export interface TestAppConfig extends LocalConfig {
  readonly rateLimits: false;
  readonly logger: false;
}

/** The part of a router that a test app closes. */
export interface ClosableRouter {
  close(options?: { readonly server?: Server }): Promise<void>;
}

/** The result of `createApp`: an Express app, alone or with its router. */
export type CreatedApp<App extends RequestListener> =
  | App
  | { readonly app: App; readonly auth?: ClosableRouter };

/** Options of `startTestApp`. */
export interface TestAppOptions<App extends RequestListener = RequestListener> {
  /**
   * Creates the app with the options of the local pool. Return the router too, so that `close()` ends it. An app without a
   * router takes `pool.config` for `requireAuth`.
   */
  readonly createApp: (
    config: TestAppConfig,
    pool: LocalUserPool,
  ) => CreatedApp<App> | Promise<CreatedApp<App>>;
  /** Path of the router in the app. `null` for an app without one, such as an API behind `requireAuth`. Default: `/auth`. */
  readonly authPath?: string | null;
  /** Options of the local pool, such as `users`. Default: a quiet pool without limits per user. */
  readonly pool?: Omit<LocalUserPoolOptions, 'clock'>;
}

/** An app under test, with a local user pool of its own. */
export interface TestApp<App extends RequestListener = RequestListener> {
  /** The app, for `request(app)` and `request.agent(app)` of supertest. */
  readonly app: App;
  /** Base URL of the app, such as `http://127.0.0.1:54321`. */
  readonly url: string;
  /** The local user pool, with its `inbox`, `faults` and `addUser`. */
  readonly pool: LocalUserPool;
  /** The time of the pool and of `Date.now()`. */
  readonly clock: TestClock;
  /**
   * Signs an agent of supertest in, by the transport of the app. With a name, no sign-in takes place: second factors are
   * skipped and no hook runs. With a name and a password, the agent uses the sign-in endpoint.
   *
   * @example
   * const agent = request.agent(test.app);
   * await test.signInAs(agent, 'ada@example.com', { groups: ['admin'] });
   * await agent.get('/reports').expect(200);
   * @throws TypeError for a value that is not an agent with an app, or an unknown option
   * @throws Error for an unknown user, a refused sign-in or a closed test app
   */
  signInAs(agent: TestAgent, user: TestUser | string, options?: SignInAsOptions): Promise<SignedInAs>;
  /** Closes the router, the server and the pool, and resets the clock. A second call returns the promise of the first. */
  close(): Promise<void>;
  /** Closes the test app at the end of a block with `await using`. */
  [Symbol.asyncDispose](): Promise<void>;
}

const PAGE = 'See docs/testing.md#an-app-and-its-pool-together';

/**
 * Starts an app and a local user pool of its own, both on free ports of loopback.
 *
 * @example
 * const test = await startTestApp({ createApp, pool: { users: [{ username: 'ada@example.com' }] } });
 * const agent = request.agent(test.app);
 * await test.signInAs(agent, 'ada@example.com');
 * await agent.get('/reports').expect(200);
 * await test.close();
 * @throws TypeError for invalid options
 * @throws Error for options that the local pool refuses
 */
export async function startTestApp<App extends RequestListener>(
  options: TestAppOptions<App>,
): Promise<TestApp<App>> {
  checkOptions(options);
  const { startLocalUserPool } = await import('../local/local-user-pool.ts');
  const clock = createTestClock();
  // The option `clock` reads the function anew, because a test may replace it.
  const pool = await startLocalUserPool({
    quiet: true,
    limits: false,
    ...options.pool,
    clock: () => Date.now(),
  });
  try {
    return await startApp(options, pool, clock);
  } catch (error) {
    await pool.close();
    throw error;
  }
}

async function startApp<App extends RequestListener>(
  { createApp, authPath = '/auth' }: TestAppOptions<App>,
  pool: LocalUserPool,
  clock: ReturnType<typeof createTestClock>,
): Promise<TestApp<App>> {
  const { app, auth } = partsOf(await createApp({ ...pool.config, rateLimits: false, logger: false }, pool));
  const server = createServer(app);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  let closed: Promise<void> | undefined;

  async function end(): Promise<void> {
    clock.restore();
    const ended = once(server, 'close');
    server.close();
    server.closeAllConnections();
    await Promise.all([auth?.close(), ended]);
    await pool.close();
  }

  const close = (): Promise<void> => {
    closed ??= end();
    return closed;
  };

  return {
    app,
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    pool,
    clock,
    async signInAs(agent, user, signInOptions) {
      if (closed !== undefined)
        throw new Error(`The test app is closed. Sign users in before close(). ${PAGE}`);
      return signInAs({ pool, authPath }, agent, user, signInOptions);
    },
    close,
    [Symbol.asyncDispose]: close,
  };
}

function checkOptions<App extends RequestListener>(options: TestAppOptions<App>): void {
  checkOptionNames('startTestApp', options, ['createApp', 'authPath', 'pool']);
  const { createApp, authPath, pool } = options;
  if (typeof createApp !== 'function')
    throw new TypeError(
      `express-cognito-kit: createApp is missing: pass a function that returns your Express app. ${PAGE}`,
    );
  if (authPath !== undefined && authPath !== null && !/^(?:\/[^/?#]+)*$/.test(authPath))
    throw new TypeError(
      `express-cognito-kit: authPath is a path without a slash at its end, such as "/auth", or null. ${PAGE}`,
    );
  if (isObject(pool) && 'clock' in pool)
    throw new TypeError(
      `express-cognito-kit: pool.clock is set, and a test app has a clock of its own: remove it. ${PAGE}`,
    );
}

function partsOf<App extends RequestListener>(
  created: CreatedApp<App>,
): { readonly app: App; readonly auth?: ClosableRouter } {
  if (typeof created === 'function') return { app: created };
  if (isObject(created) && typeof created.app === 'function') return created;
  throw new TypeError(`express-cognito-kit: createApp must return an Express app, or { app, auth }. ${PAGE}`);
}
