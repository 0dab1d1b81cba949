import express, { type Request, type RequestHandler } from 'express';
import {
  type Auth,
  type AuthEvent,
  type BeforeHook,
  COGNITO_CALL_CHANNEL,
  type CognitoRouter,
  type Config,
  createCognitoRouter,
  findAuth,
  getAuth,
  type OnProblem,
  ProblemError,
  problem,
  type ResponseHook,
  type RouterStats,
  reply,
  requireAuth,
  type TokenStats,
} from 'express-cognito-kit';
import type {} from 'express-cognito-kit/augment';
import { type LocalUserPool, startLocalUserPool } from 'express-cognito-kit/local';
import { type RedisStores, redisStores } from 'express-cognito-kit/redis';
import { requireAuth as requireAuthAlone } from 'express-cognito-kit/require-auth';
import { createTestIssuer, type TestIssuer } from 'express-cognito-kit/testing';

const userPoolId = 'us-east-1_AbCdEfGhI';
const clientId = '1example23456789';
const app = express();

// The two lines.
app.use('/auth', createCognitoRouter({ userPoolId, clientId }));
app.get('/reports', requireAuth({ userPoolId, clientId, groups: 'admin' }), (req, res) => {
  const sub: string = getAuth(req).sub;
  const optional: Auth | undefined = req.auth;
  const found: Auth | undefined = findAuth(req);
  res.json({ sub, username: optional?.username, groups: found?.groups.join() });
});

// All settings from the environment.
const router: CognitoRouter = createCognitoRouter();
const bound: RequestHandler = router.requireAuth({ scopes: ['orders/read', 'orders/write'] });
app.use(bound, requireAuth(), requireAuthAlone({ optional: true }));
const ready: Promise<void> = router.ready();
const closed: Promise<void> = router.close({ timeoutMs: 10_000 });

// What several instances share, around any client that sends commands.
const stores: RedisStores = redisStores({
  sendCommand: async (command: readonly string[]) => command.length,
});
createCognitoRouter({ rateLimits: { store: stores.rateLimit }, revocation: { store: stores.revocation } });

// One name, a list, or null where null means something.
requireAuth({ userPoolId, clientId: null });
requireAuth({ userPoolId, clientId: [clientId, 'another'] as const, tokenUse: 'id' });
requireAuth([
  { userPoolId, clientId },
  { userPoolId: 'eu-west-1_AbCdEfGhI', clientId: null },
]);
requireAuth({ userPoolId, clientId, cache: { maxEntries: 100 }, clockToleranceSeconds: 5 });
requireAuth({ userPoolId, clientId, cache: { maxBytes: 8_000_000 } });
requireAuth({
  userPoolId,
  clientId,
  customCheck: ({ auth, req }) => auth.payload['custom:tenant'] === req.hostname,
});
requireAuth({ userPoolId, clientId, customCheck: async ({ auth }) => auth.groups.includes('staff') });

// Options that are not set may be written as undefined, as settings from elsewhere are.
const fromEnvironment: string | undefined = process.env.POOL;
requireAuth({ userPoolId: fromEnvironment, clientId, groups: undefined });

const before: BeforeHook = ({ body, req }) => {
  if (body.email === 'eve@example.com') throw new ProblemError(problem('forbidden'));
  return { clientMetadata: { agent: String(req.get('user-agent')) } };
};
const shape: ResponseHook = ({ response, concealed }) =>
  concealed ? undefined : reply({ status: 201, json: { ...response, welcome: true } });
const onError: OnProblem = (refused, req: Request, res) => {
  res.status(refused.status).set(refused.headers).json({ code: refused.code, path: req.path });
};
const config: Config = {
  userPoolId,
  clientId,
  signInWith: ['email', 'phoneNumber'],
  routes: { signUp: false, signIn: '/login' },
  rateLimits: { address: { signIn: { limit: 10, windowMs: 60_000 } }, onUnavailable: 'deny' },
  timeouts: { call: 3000 },
  hooks: {
    before: { signUp: before },
    response: { signIn: shape },
    onSignedIn: async ({ sub, claims }) => [sub, claims.email],
  },
  onEvent: (event: AuthEvent) => event.type === 'sign_in.failed' && event.ip,
  onError,
  logger: false,
};
app.use(createCognitoRouter(config));
app.use(createCognitoRouter({ rateLimits: false, signInWith: 'username', concealUserExistence: false }));

const stats: RouterStats = createCognitoRouter(config).stats();
const { accepted, refused }: TokenStats = requireAuth().stats();
const counted: (number | undefined)[] = [
  stats.signIns.completed,
  stats.cognito.InitiateAuth?.count,
  accepted,
  refused.expired,
];
const told: string = `${COGNITO_CALL_CHANNEL} ${counted.length}`;
void told;

async function inTests(): Promise<string[]> {
  await ready;
  await closed;
  const pool: LocalUserPool = await startLocalUserPool({ users: [{ username: 'ada@example.com' }] });
  createCognitoRouter(pool.config);
  const code: string = (await pool.inbox.waitFor({ to: 'ada@example.com' })).code;
  const local: string = pool.tokensFor('ada@example.com').accessToken;
  await pool.close();

  const issuer: TestIssuer = await createTestIssuer();
  app.use(requireAuth({ ...issuer.config, groups: 'admin' }));
  createCognitoRouter(issuer.config);
  return [code, local, issuer.accessToken({ groups: ['admin'] }), issuer.forge(issuer.idToken())];
}

void inTests();
