import type { Socket } from 'node:net';
import type { Fault, FaultList } from '../http/faults.ts';
import type { Requests } from '../http/request-log.ts';
import type { Inbox, InboxFilter } from '../messages/inbox.ts';
import type { PoolClock } from '../model/clock.ts';
import type { ClientSettings } from '../model/settings.ts';
import type { TokenOverrides } from '../model/sign-in-state.ts';
import { checkOption, localOptionError } from '../option-values.ts';
import type { NewUser } from '../users/seed.ts';
import type { Answer } from '../wire/answer.ts';
import { flag, type InputOf, integer, oneOf, required, type Shape, structure, text } from '../wire/input.ts';
import { json, NO_CONTENT, problem } from './control-answer.ts';

/** The part of the pool's JavaScript API that control mirrors. */
export interface ControlledPool {
  readonly config: object;
  readonly issuer: string;
  readonly jwksUri: string;
  readonly domain: string;
  readonly clientSecretArn: string | undefined;
  readonly inbox: Inbox;
  readonly clock: PoolClock;
  readonly requests: Requests;
  addUser(user: NewUser): object;
  addClient(settings: ClientSettings): object;
  exportSeed(options: { withSecrets?: boolean }): Promise<object>;
  tokensFor(username: string, options: TokenOverrides): object;
  authenticatorCodes(username?: string): readonly object[];
  rotateClientSecret(clientId?: string): void;
  rotateKeys(options: { dropOld?: boolean }): Promise<void>;
}

export interface Controlled {
  readonly pool: ControlledPool;
  readonly faults: FaultList;
}

/** A request to an endpoint of control. */
export interface ControlRequest {
  /** The last segment of a path with `:id`. */
  readonly id: string;
  /** The checked query. */
  readonly query: Readonly<Record<string, unknown>>;
  /** The JSON object of a POST, unchecked. */
  readonly body: Readonly<Record<string, unknown>>;
  readonly socket: Socket;
}

export interface ControlEndpoint {
  readonly method: 'GET' | 'POST' | 'DELETE';
  readonly path: string;
  /** Parameters of the query. Default: none. */
  readonly query?: Shape;
  readonly run: (controlled: Controlled, request: ControlRequest) => Answer | Promise<Answer>;
}

export const CONTROL_PAGE = 'local-user-pool.md#control-over-http';

const MAX_WAIT_SECONDS = 60;
const TEN_YEARS_SECONDS = 315_360_000;
const ISO_TIME = /\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d{1,3})?)?(?:Z|[+-]\d\d:\d\d)/;

/** The inbox checks `kind`. */
const INBOX_QUERY = { to: text(), username: text(), kind: text(), wait: integer(0, MAX_WAIT_SECONDS) };
const CLOCK = {
  advanceSeconds: integer(-TEN_YEARS_SECONDS, TEN_YEARS_SECONDS),
  now: text({ pattern: ISO_TIME }),
};

/** The endpoints of control. docs/local-user-pool.md has a row for each. */
export const CONTROL_ENDPOINTS: readonly ControlEndpoint[] = [
  {
    method: 'GET',
    path: '/_kit',
    run({ pool: { config, issuer, jwksUri, domain, clientSecretArn } }) {
      const endpoints = CONTROL_ENDPOINTS.map(({ method, path }) => `${method} ${path}`);
      return json(200, { ...config, issuer, jwksUri, domain, clientSecretArn, endpoints });
    },
  },
  {
    method: 'GET',
    path: '/_kit/inbox',
    query: INBOX_QUERY,
    async run({ pool: { inbox } }, { query, socket }) {
      const { wait, ...filter } = query as InputOf<typeof INBOX_QUERY>;
      await arrival(inbox, filter as InboxFilter, wait, socket);
      return json(200, { messages: inbox.list(filter as InboxFilter) });
    },
  },
  {
    method: 'GET',
    path: '/_kit/inbox/latest',
    query: INBOX_QUERY,
    async run({ pool: { inbox } }, { query, socket }) {
      const { wait = 0, ...filter } = query as InputOf<typeof INBOX_QUERY>;
      await arrival(inbox, filter as InboxFilter, wait, socket);
      const message = inbox.latest(filter as InboxFilter);
      if (message) return json(200, message);
      return problem(404, `No message for ${JSON.stringify(filter)} arrived within ${wait} s.`);
    },
  },
  {
    method: 'DELETE',
    path: '/_kit/inbox',
    run({ pool }) {
      pool.inbox.clear();
      return NO_CONTENT;
    },
  },
  {
    method: 'GET',
    path: '/_kit/authenticator-codes',
    query: { username: text({ min: 1 }) },
    run({ pool }, { query }) {
      const { username } = query as { readonly username?: string };
      return json(200, { codes: pool.authenticatorCodes(username) });
    },
  },
  { method: 'GET', path: '/_kit/faults', run: ({ faults }) => json(200, { faults: faults.list() }) },
  {
    method: 'POST',
    path: '/_kit/faults',
    run: ({ faults }, { body }) => json(201, { id: faults.add(body as unknown as Fault) }),
  },
  {
    method: 'DELETE',
    path: '/_kit/faults',
    run({ faults }) {
      faults.clear();
      return NO_CONTENT;
    },
  },
  {
    method: 'DELETE',
    path: '/_kit/faults/:id',
    run: ({ faults }, { id }) =>
      faults.remove(Number(id)) ? NO_CONTENT : problem(404, `There is no active fault "${id}".`),
  },
  { method: 'GET', path: '/_kit/clock', run: ({ pool }) => timeOf(pool.clock) },
  {
    method: 'POST',
    path: '/_kit/clock',
    run({ pool: { clock } }, { body }) {
      const { advanceSeconds = 0, now } = checked('clock', CLOCK, body);
      if (Object.keys(body).length === 0)
        throw localOptionError('clock is empty; write advanceSeconds or now', CONTROL_PAGE);
      if (now !== undefined) clock.set(new Date(now));
      clock.advance(advanceSeconds * 1000);
      return timeOf(clock);
    },
  },
  {
    method: 'GET',
    path: '/_kit/requests',
    query: { name: text() },
    run({ pool }, { query: { name } }) {
      const requests = pool.requests.list().filter((each) => name === undefined || each.name === name);
      return json(200, { count: requests.length, requests });
    },
  },
  {
    method: 'DELETE',
    path: '/_kit/requests',
    run({ pool }) {
      pool.requests.clear();
      return NO_CONTENT;
    },
  },
  {
    method: 'GET',
    path: '/_kit/seed',
    query: { withSecrets: oneOf('true', 'false') },
    run: async ({ pool }, { query }) =>
      json(200, await pool.exportSeed({ withSecrets: query.withSecrets === 'true' })),
  },
  {
    method: 'POST',
    path: '/_kit/users',
    run: ({ pool }, { body }) => json(201, pool.addUser(body as unknown as NewUser)),
  },
  {
    method: 'POST',
    path: '/_kit/clients',
    run: ({ pool }, { body }) => json(201, pool.addClient(body as ClientSettings)),
  },
  {
    method: 'POST',
    path: '/_kit/tokens',
    run({ pool }, { body: { username, ...overrides } }) {
      const of = checked('tokens', { username: required(text({ min: 1 })) }, { username });
      return json(201, pool.tokensFor(of.username, withNullsRemoved(overrides)));
    },
  },
  {
    method: 'POST',
    path: '/_kit/keys',
    async run({ pool }, { body }) {
      await pool.rotateKeys(checked('keys', { dropOld: flag() }, body));
      return NO_CONTENT;
    },
  },
  {
    method: 'POST',
    path: '/_kit/client-secrets',
    run({ pool }, { body }) {
      pool.rotateClientSecret(checked('client-secrets', { clientId: text() }, body).clientId);
      return NO_CONTENT;
    },
  },
];

function checked<S extends Shape>(of: string, shape: S, value: unknown): InputOf<S> {
  checkOption(of, structure(shape), value, CONTROL_PAGE);
  return value as InputOf<S>;
}

function timeOf(clock: PoolClock): Answer {
  const epochMs = clock.now();
  return json(200, { now: new Date(epochMs), epochMs });
}

/** JSON has no `undefined`, which removes a claim in the JavaScript API. */
function withNullsRemoved(overrides: Readonly<Record<string, unknown>>): TokenOverrides {
  const cleared = { ...overrides };
  for (const name of ['accessClaims', 'idClaims']) {
    const claims = cleared[name];
    if (typeof claims !== 'object' || claims === null) continue;
    const entries = Object.entries(claims).map(([claim, value]) => [claim, value ?? undefined]);
    cleared[name] = Array.isArray(claims) ? claims : Object.fromEntries(entries);
  }
  return cleared;
}

/** Waits until a message matches, `seconds` have passed, or the client has closed the connection. */
async function arrival(inbox: Inbox, filter: InboxFilter, seconds = 0, socket: Socket): Promise<void> {
  if (inbox.latest(filter) !== undefined || seconds === 0) return;
  await new Promise<void>((resolve) => {
    const stop = (): void => {
      unsubscribe();
      clearTimeout(timer);
      socket.off('close', stop);
      resolve();
    };
    const unsubscribe = inbox.subscribe(() => {
      if (inbox.latest(filter) !== undefined) stop();
    });
    const timer = setTimeout(stop, seconds * 1000);
    socket.once('close', stop);
  });
}
