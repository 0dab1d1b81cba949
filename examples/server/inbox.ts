import { type RequestHandler, type Response, Router } from 'express';
import type { InboxMessage } from 'express-cognito-kit/local';
import { type AuthenticatorCode, authenticatorCode, STEP_MS } from './authenticator.ts';
import type { DemoPool } from './demo-pool.ts';

export interface InboxRouter extends Router {
  /** Ends the open event streams, which would keep a server from closing. */
  close(): void;
}

/** A message as the console shows it. */
interface ShownMessage {
  readonly id: string;
  readonly kind: string;
  readonly medium: string;
  readonly to: string;
  readonly code: string;
  /** ISO 8601. */
  readonly sentAt: string;
}

interface Snapshot {
  /** Newest last. */
  readonly messages: readonly ShownMessage[];
  readonly authenticators: readonly AuthenticatorCode[];
}

const SHOWN = 50;

/**
 * The codes that the local pool has sent: GET / once, GET /events live, as server-sent events.
 * There is no such thing in production: there, only the owner of the address reads them.
 */
export function createInboxRouter({ pool, users }: DemoPool): InboxRouter {
  const ids = new WeakMap<InboxMessage, string>();
  const streams = new Set<Response>();
  const startedAt = Date.now().toString(36);
  let count = 0;

  function idOf(message: InboxMessage): string {
    const id = ids.get(message) ?? `${startedAt}-${++count}`;
    ids.set(message, id);
    return id;
  }

  function snapshot(): Snapshot {
    return {
      messages: pool.inbox
        .list()
        .slice(-SHOWN)
        .map((message) => ({
          id: idOf(message),
          kind: message.kind,
          medium: message.medium,
          to: message.to,
          code: message.code,
          sentAt: new Date(message.at).toISOString(),
        })),
      authenticators: users.flatMap(({ email, totpSecret }) =>
        totpSecret === undefined ? [] : [authenticatorCode(email, totpSecret, pool.clock.now())],
      ),
    };
  }

  const event = (): string => `data: ${JSON.stringify(snapshot())}\n\n`;
  const broadcast = (): void => {
    if (streams.size === 0) return;
    const text = event();
    for (const stream of streams) stream.write(text);
  };
  const unsubscribe = pool.inbox.subscribe(broadcast);
  // New authenticator codes; it also keeps quiet connections open.
  let timer: NodeJS.Timeout;
  const waitForNextStep = (): void => {
    timer = setTimeout(
      () => {
        broadcast();
        waitForNextStep();
      },
      STEP_MS - (pool.clock.now() % STEP_MS),
    ).unref();
  };
  waitForNextStep();

  const router = Router();
  router.use(loopbackNamesOnly);
  router.get('/', (_req, res) => {
    res.set('Cache-Control', 'no-store').json(snapshot());
  });
  router.get('/events', (_req, res) => {
    res.set({ 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-store' }).write(event());
    streams.add(res);
    res.on('close', () => streams.delete(res));
  });
  return Object.assign(router, {
    close() {
      unsubscribe();
      clearTimeout(timer);
      for (const stream of streams) stream.end();
    },
  });
}

const LOOPBACK_NAMES = ['localhost', '127.0.0.1', '[::1]'];

/**
 * A web site can point a name of its own at 127.0.0.1 and have its visitors' browsers read from there
 * (DNS rebinding); such a request carries that name.
 */
const loopbackNamesOnly: RequestHandler = (req, res, next) => {
  if (LOOPBACK_NAMES.includes(req.hostname)) next();
  else res.status(403).json({ message: 'The inbox is only read through localhost.' });
};
