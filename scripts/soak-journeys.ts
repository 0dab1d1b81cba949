import { randomBytes, randomInt } from 'node:crypto';
import type { Fault } from '../src/local/http/faults.ts';
import type { LocalUserPool } from '../src/local/local-user-pool.ts';
import type { SoakClient } from './soak-client.ts';

export interface World {
  readonly pool: LocalUserPool;
  newClient(): SoakClient;
  /** Names of users that are there. */
  readonly users: readonly string[];
  /** Access tokens that Cognito is asked about again and again. */
  readonly asked: readonly string[];
}

export const PASSWORD = 'Correct-horse-7';

type Journey = (world: World) => Promise<void>;

const OK = [200] as const;

function pick<T>(list: readonly T[]): T {
  return list[randomInt(list.length)] as T;
}

function bearer(accessToken: string): { authorization: string } {
  return { authorization: `Bearer ${accessToken}` };
}

let names = 0;

async function signUpToSignOut({ pool, newClient }: World): Promise<void> {
  const client = newClient();
  const email = `soak-${++names}@example.com`;
  await client.send('/auth/sign-up', { body: { email, password: PASSWORD }, expect: OK });
  const { code } = await pool.inbox.waitFor({ to: email, kind: 'sign_up' });
  await client.send('/auth/confirm-sign-up', { body: { email, confirmationCode: code }, expect: OK });
  const { body } = await client.send('/auth/sign-in', { body: { email, password: PASSWORD }, expect: OK });
  const { accessToken, refreshToken } = body.tokens;
  const headers = bearer(accessToken);
  await client.send('/auth/me', { headers, expect: OK });
  for (const path of ['/route', '/alone']) await client.send(path, { headers, expect: OK });
  // In two tabs at once.
  const refreshed = await Promise.all(
    [1, 2].map(() => client.send('/auth/refresh', { body: { refreshToken }, expect: OK })),
  );
  await client.send('/route', { headers: bearer(refreshed[0]?.body.tokens.accessToken), expect: OK });
  await client.send('/auth/sign-out', { body: { refreshToken }, headers, expect: OK });
  await client.send('/route', { headers, expect: [401] });
}

async function browserSession({ newClient, users }: World): Promise<void> {
  const client = newClient();
  const email = pick(users);
  client.cookies.set('theme', 'dark');
  const body = { email, password: PASSWORD, transport: 'cookie' };
  const signedIn = await client.send('/auth/sign-in', { body, expect: [200, 429] });
  if (signedIn.status !== 200) return;
  await client.send('/route', { expect: OK });
  client.cookies.delete('soak-access');
  await Promise.all(
    ['/route', '/auth/me/auth-factors', '/auth/me'].map((path) => client.send(path, { expect: OK })),
  );
  await client.send('/auth/sign-out', { method: 'POST', expect: OK });
}

let isProving = false;

/** One at a time: the proof is work for the pool, whose process is that of the clients. */
async function provenPassword({ newClient, users }: World): Promise<void> {
  if (isProving) return;
  isProving = true;
  const body = { email: pick(users), password: PASSWORD };
  await newClient()
    .send('/srp/sign-in', { body, expect: [200, 429] })
    .finally(() => {
      isProving = false;
    });
}

async function askedAbout({ newClient, asked }: World): Promise<void> {
  await newClient().send('/asked', { headers: bearer(pick(asked)), expect: OK });
}

async function floodOfNames({ newClient }: World): Promise<void> {
  const client = newClient();
  const email = `${randomBytes(8).toString('hex')}@example.com`;
  await client.send('/auth/sign-in', { body: { email, password: 'Wrong-horse-8' }, expect: [401] });
  await client.send('/auth/forgot-password', { body: { email }, expect: OK });
}

async function badTokens({ pool, newClient, users }: World): Promise<void> {
  const client = newClient();
  const { accessToken } = pool.tokensFor(pick(users));
  const [, payload = '', signature = ''] = accessToken.split('.');
  const kid = randomBytes(32).toString('base64url');
  const header = Buffer.from(JSON.stringify({ alg: 'RS256', kid })).toString('base64url');
  // An unknown key can be a new one while no keys may be fetched: 503.
  const tokens = [`${header}.${payload}.${signature}`, `${accessToken.slice(0, -9)}AAAAAAAAA`, 'a.b.c', 'x'];
  for (const path of ['/route', '/alone', '/auth/me']) {
    await client.send(path, { headers: bearer(pick(tokens)), expect: [400, 401, 503] });
  }
}

async function garbage({ newClient }: World): Promise<void> {
  const client = newClient();
  const size = randomInt(1, 40_000);
  const bodies = ['{', '[]', '"', randomBytes(32).toString('latin1'), `{"email":"${'x'.repeat(size)}"}`];
  await client.send('/auth/sign-in', { body: pick(bodies), expect: [400, 413] });
  const headers = { cookie: `soak-access=${'x'.repeat(20_000)}` };
  await client.send('/route', { headers, expect: [431] });
  await client.send('/auth/me', { headers: { cookie: 'soak-access=a; soak-access=b' }, expect: [400, 401] });
}

function rawSignIn(email: string): string {
  const body = JSON.stringify({ email, password: PASSWORD });
  const head = `POST /auth/sign-in HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n`;
  return head + body;
}

async function gone({ newClient, users }: World): Promise<void> {
  const whole = rawSignIn(pick(users));
  const cut = randomInt(whole.length + 1);
  await newClient().sendAndLeave([whole.slice(0, cut)], randomInt(60));
}

async function slow({ newClient, users }: World): Promise<void> {
  const whole = rawSignIn(pick(users));
  await newClient().sendAndLeave(whole.match(/[\s\S]{1,40}/g) ?? [], 1500);
}

async function goneFromRefresh({ pool, newClient, users }: World): Promise<void> {
  const { refreshToken } = pool.tokensFor(pick(users));
  const body = JSON.stringify({ refreshToken });
  const head = `POST /auth/refresh HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n`;
  await newClient().sendAndLeave([head + body], randomInt(30));
}

const FAULTS: readonly Fault['kind'][] = [
  'internalError',
  'reset',
  'truncate',
  'nonJson',
  'throttle',
  'hang',
  'drip',
];
let isFaulty = false;

async function faultOfCognito({ pool, newClient, users }: World): Promise<void> {
  if (isFaulty) return;
  isFaulty = true;
  // Nothing else asks for it.
  const clear = pool.faults.inject({ kind: pick(FAULTS), on: 'ListDevices' } as Fault);
  try {
    const headers = bearer(pool.tokensFor(pick(users)).accessToken);
    await newClient().send('/auth/devices', { headers, expect: [429, 502, 503, 504] });
  } finally {
    clear();
    isFaulty = false;
  }
}

/** Each as often as it stands here. */
export const JOURNEYS: readonly Journey[] = [
  provenPassword,
  signUpToSignOut,
  signUpToSignOut,
  browserSession,
  browserSession,
  askedAbout,
  askedAbout,
  floodOfNames,
  badTokens,
  badTokens,
  garbage,
  gone,
  gone,
  goneFromRefresh,
  slow,
  faultOfCognito,
];
