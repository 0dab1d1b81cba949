import { type Response, Router } from 'express';
import type { AuthenticatorCode, InboxMessage } from 'express-cognito-kit/local';
import type { DemoPool } from './demo-pool.ts';
import { loopbackNamesOnly } from './loopback-names.ts';

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
  /** The codes that the phones of the users would show. */
  readonly authenticators: readonly AuthenticatorCode[];
}

const SHOWN = 50;
/** No event tells of a new authenticator app or of its next code. */
const LOOK_MS = 500;

/**
 * The codes that the local pool has sent, and those of authenticator apps: GET / once, GET /events live, as server-sent
 * events. There is no such thing in production: there, only the owner of the address or of the phone reads them.
 */
export function createInboxRouter({ pool }: DemoPool): InboxRouter {
  const ids = new WeakMap<InboxMessage, string>();
  const streams = new Set<Response>();
  const startedAt = Date.now().toString(36);
  let count = 0;
  /** The event that the streams had last. */
  let told = '';

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
      authenticators: pool.authenticatorCodes(),
    };
  }

  const event = (): string => `data: ${JSON.stringify(snapshot())}\n\n`;
  const broadcast = (): void => {
    if (streams.size === 0) return;
    told = event();
    for (const stream of streams) stream.write(told);
  };
  const look = (): void => {
    // The page counts the seconds itself.
    if (streams.size > 0 && withoutSeconds(event()) !== withoutSeconds(told)) broadcast();
  };
  const unsubscribe = pool.inbox.subscribe(broadcast);
  const timer = setInterval(look, LOOK_MS).unref();

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
      clearInterval(timer);
      for (const stream of streams) stream.end();
    },
  });
}

function withoutSeconds(event: string): string {
  return event.replaceAll(/"secondsLeft":\d+/g, '');
}
