import { randomBytes } from 'node:crypto';
import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import express, { type Express } from 'express';
import {
  type CloseOptions,
  type CognitoRouter,
  type Config,
  createCognitoRouter,
  getAuth,
} from 'express-cognito-kit';
import helmet from 'helmet';
import { DEMO_CONFIG, type DemoPool, IDENTITY_PROVIDERS } from './demo-pool.ts';
import { createDoctorRouter } from './doctor.ts';
import { createInboxRouter } from './inbox.ts';

export interface ExampleAppOptions {
  /** What the router is made with. Default: the local pool's settings if there is one, else the COGNITO_* variables. */
  readonly config?: Config;
  /** The local pool to show the inbox and the accounts of. Leave it out for a real user pool. */
  readonly demo?: DemoPool;
  /**
   * Where browsers find this server, such as `http://localhost:3000`: has users sign in at the pages of the user pool,
   * too, whose app client has to know `<origin>/auth/callback` and `<origin>/`. Default: no managed login.
   */
  readonly origin?: string;
}

export interface ExampleApp {
  readonly app: Express;
  readonly auth: CognitoRouter;
  /** Finishes the requests under way, and ends what would keep the process alive: the server too, if it is given. */
  close(options?: CloseOptions): Promise<void>;
}

const CONFIG: Config = {
  // Each sign-in says whether it wants its tokens in the page or in cookies.
  transport: 'both',
  importSessions: true,
  // This server speaks plain HTTP on loopback, where a host's cookies are those of all of its ports: hence the name.
  cookies: { name: 'console', dangerouslyAllowHttp: true },
  // A session that its user ends from another place is over here, too, before its access token expires.
  introspect: { cacheSeconds: 5 },
};

function managedLogin(origin: string): Config {
  return {
    managedLogin: {
      redirectUri: `${origin}/auth/callback`,
      logoutUri: `${origin}/`,
      errorPage: '/?in=cookies',
    },
    // Several instances would have to share one.
    cookieSecret: randomBytes(32).toString('base64url'),
  };
}

const SESSION_COOKIE = /-(?:access|refresh)=/;
const PUBLIC_FOLDER = fileURLToPath(new URL('public', import.meta.url));
/** The page draws QR codes with a package that this server hands out, not another host. */
const QR_CODE_FOLDER = dirname(createRequire(import.meta.url).resolve('uqr'));

/** The example app: the auth router, two protected routes, and the console page to try them on. */
export function createExampleApp({ config, demo, origin }: ExampleAppOptions = {}): ExampleApp {
  const settings: Config = {
    ...CONFIG,
    ...(origin && managedLogin(origin)),
    ...(demo && DEMO_CONFIG),
    ...demo?.pool.config,
    ...config,
  };
  const auth = createCognitoRouter(settings);
  const inbox = demo && createInboxRouter(demo);
  const app = express();
  app.disable('x-powered-by');
  app.use(securityHeaders());

  app.use('/auth', auth);

  app.use('/api', (_req, res, next) => {
    res.set('Cache-Control', 'no-store');
    next();
  });
  app.get('/api/profile', auth.requireAuth(), (req, res) => {
    const { sub, username, groups, scopes, payload } = getAuth(req);
    const expiresAt = new Date(payload.exp * 1000).toISOString();
    res.json({ message: 'Any signed-in user may read this.', sub, username, groups, scopes, expiresAt });
  });
  app.get('/api/admin', auth.requireAuth({ groups: 'admin' }), (req, res) => {
    const { username, groups } = getAuth(req);
    res.json({ message: 'Only members of the group admin may read this.', username, groups });
  });

  if (inbox) app.use('/inbox', inbox);
  app.use('/doctor', createDoctorRouter({ config: settings, demo, trustProxy: app.get('trust proxy') }));
  app.get('/console.json', (req, res) => {
    // The page cannot see the cookies, and would have to make requests in vain without them.
    const hasSession = SESSION_COOKIE.test(req.headers.cookie ?? '');
    res.set('Cache-Control', 'no-store').json({ ...consoleConfig(settings, demo, origin), hasSession });
  });
  app.use('/vendor/uqr', express.static(QR_CODE_FOLDER, { cacheControl: false }));
  app.use(express.static(PUBLIC_FOLDER, { cacheControl: false }));

  return {
    app,
    auth,
    close(options) {
      inbox?.close();
      return auth.close(options);
    },
  };
}

/** What the page has to know about the server it talks to. */
function consoleConfig(
  { userPoolId, clientId, transport, signInWith = 'email' }: Config,
  demo: DemoPool | undefined,
  origin: string | undefined,
): object {
  return {
    mode: demo ? 'local' : 'cognito',
    userPoolId: userPoolId ?? process.env.COGNITO_USER_POOL_ID,
    clientId: clientId ?? process.env.COGNITO_CLIENT_ID,
    transport,
    managedLogin: origin && { origin, identityProviders: demo ? IDENTITY_PROVIDERS : [] },
    signInWith: typeof signInWith === 'string' ? signInWith : signInWith[0],
    users: demo?.users.map(({ email, password, about }) => ({ email, password, about })) ?? [],
  };
}

/** The page's own scripts and styles and nothing else: no inline code, no other host, no HTML out of strings. */
function securityHeaders(): ReturnType<typeof helmet> {
  return helmet({
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        defaultSrc: ["'none'"],
        scriptSrc: ["'self'"],
        styleSrc: ["'self'"],
        imgSrc: ["'self'"],
        connectSrc: ["'self'"],
        formAction: ["'self'"],
        baseUri: ["'none'"],
        frameAncestors: ["'none'"],
        requireTrustedTypesFor: ["'script'"],
        trustedTypes: ["'none'"],
      },
    },
    referrerPolicy: { policy: 'no-referrer' },
    // This server speaks plain HTTP on loopback. Behind TLS, leave helmet's default in place.
    strictTransportSecurity: false,
  });
}
