import { createServer, IncomingMessage, ServerResponse } from 'node:http';
import { type AddressInfo, Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import express, { type Request, type Response } from 'express';
import type { Config } from '../src/config/options.ts';
import { MemoryStore } from '../src/pipeline/memory-store.ts';
import { requireAuth } from '../src/require-auth.ts';
import { createCognitoRouter } from '../src/router.ts';
import { MemoryRefreshStore } from '../src/session/refresh-store.ts';
import { MemoryRevocationStore } from '../src/session/revocation.ts';

/** What the app tells `soak.ts`, whose process it is a child of. */
export type FromApp =
  | { readonly kind: 'listening'; readonly url: string }
  | { readonly kind: 'sample'; readonly heap: number; readonly rss: number; readonly handles: number }
  | { readonly kind: 'filled' }
  | { readonly kind: 'warning'; readonly text: string }
  /** Closed. `left` should be the channel to the parent and the standard streams. */
  | { readonly kind: 'closed'; readonly left: readonly string[] };

/** What `soak.ts` tells the app: tokens to remember, or to take a sample. */
export type ToApp = { readonly fill: readonly string[] } | 'sample';

const tell = (message: FromApp): void => void process.send?.(message);

process.on('warning', ({ name, message }) => {
  // The AWS SDK's word on Node 20 is no fault of the kit's.
  if (!message.startsWith('NodeVersionSupportWarning')) {
    tell({ kind: 'warning', text: `${name}: ${message.split('\n', 1)[0]}` });
  }
});

/** Stores that are full within the first minute: from then on, memory that grows is lost. */
const window = { limit: 1_000_000, windowMs: 10_000 };
const SMALL: Config = {
  rateLimits: {
    store: () => new MemoryStore(500),
    secret: 'a secret for the soak alone',
    address: { signIn: window, code: window, write: window, read: window },
    account: { signIn: { limit: 10, windowMs: 10_000 }, code: window, write: window, read: window },
  },
  revocation: { store: new MemoryRevocationStore(500) },
  refresh: { reuseWindowSeconds: 2, store: new MemoryRefreshStore(500_000) },
  timeouts: { connect: 2000, call: 2000 },
  logger: false,
};

const auth = createCognitoRouter({
  ...SMALL,
  transport: 'both',
  cookies: { dangerouslyAllowHttp: true, name: 'soak' },
  autoRefresh: true,
  introspect: { cacheSeconds: 2 },
});
const srp = createCognitoRouter({ ...SMALL, authFlow: 'USER_SRP_AUTH', timeouts: { call: 10_000 } });
const alone = requireAuth({ cache: { maxEntries: 200 } });

const app = express().disable('x-powered-by').set('env', 'test');
app.use('/auth', auth).use('/srp', srp);
app.get('/asked', auth.requireAuth(), (_req, res) => void res.json({}));
app.get('/route', auth.requireAuth({ introspect: false }), (_req, res) => void res.json({}));
app.get('/alone', alone, (_req, res) => void res.json({}));

const server = createServer(app).listen(0, '127.0.0.1', () => {
  tell({ kind: 'listening', url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` });
});

process.on('message', (message: ToApp) => {
  if (message === 'sample') sample();
  else for (const token of message.fill) remember(token);
  if (message !== 'sample') tell({ kind: 'filled' });
});

/** How many tokens the router remembers is no option, and to send it so many requests would take the time of the soak. */
const verify = auth.requireAuth({ introspect: false });
function remember(token: string): void {
  const req = new IncomingMessage(new Socket());
  req.headers.authorization = `Bearer ${token}`;
  verify(req as Request, new ServerResponse(req) as Response, () => undefined);
}

function sample(): void {
  // The second time for what the first one has let go of.
  for (let times = 0; times < 2; times++) globalThis.gc?.();
  const { heapUsed, rss } = process.memoryUsage();
  tell({ kind: 'sample', heap: heapUsed, rss, handles: process.getActiveResourcesInfo().length });
}

const stop = async (): Promise<void> => {
  process.off('SIGTERM', stop).off('SIGINT', stop);
  await Promise.all([auth, srp].map((router) => router.close({ server })));
  // A handle takes a moment to close.
  await sleep(100);
  tell({ kind: 'closed', left: process.getActiveResourcesInfo() });
  // Nothing else may keep the process.
  process.disconnect();
};
process.on('SIGTERM', stop);
// Ctrl+C is for soak.ts, which stops the app then.
process.on('SIGINT', () => undefined);
