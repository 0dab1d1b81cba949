import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'chai';
import express from 'express';
import { createClient } from 'redis';
import { redisStores } from '../../src/redis/index.ts';
import { ROOT, tableRows } from '../support/documentation.ts';
import { expectStatus, type Kit, PASSWORD, startKit } from '../support/helpers.ts';
import { RedisServer } from '../support/redis-server.ts';

const ADA = 'ada@example.com';
const PREFIX = 'express-cognito-kit:';
/** MEMORY USAGE differs between versions of Redis and of its allocator. */
const TOLERANCE = 0.3;

/** A key of Redis: its name without the hash, its bytes, and the seconds until it expires. */
interface Key {
  readonly kind: string;
  readonly bytes: number;
  readonly seconds: number;
}

describe('Redis under the kit', () => {
  let redis: RedisServer;
  let client: ReturnType<typeof createClient>;
  let kit: Kit;
  let page: string;

  before(async function () {
    redis = await RedisServer.startFor(this);
    page = await readFile(new URL('docs/scaling.md', ROOT), 'utf8');
    client = createClient({ url: redis.url });
    await client.connect();
    const stores = redisStores(client);
    kit = await startKit({
      pool: {
        users: [{ username: ADA, password: PASSWORD }],
        appClient: {
          ExplicitAuthFlows: ['ALLOW_USER_PASSWORD_AUTH'],
          RefreshTokenRotation: { Feature: 'ENABLED', RetryGracePeriodSeconds: 0 },
        },
      },
      config: {
        rateLimits: { store: stores.rateLimit, secret: 'a secret for all instances' },
        revocation: { store: stores.revocation },
        refresh: { store: stores.refresh },
      },
      app: (auth) =>
        express()
          .use('/auth', auth)
          .get('/reports', auth.requireAuth(), (_req, res) => void res.json({})),
    });
  });
  after(async () => {
    client?.destroy();
    await redis?.stop();
  });

  const signIn = async (): Promise<{ accessToken: string; refreshToken: string }> =>
    expectStatus(await kit.post('/sign-in', { email: ADA, password: PASSWORD }), 200).body.tokens;
  const read = async (accessToken: string): Promise<unknown> =>
    expectStatus(await kit.request.get('/reports').set('Authorization', `Bearer ${accessToken}`), 200);

  /** Returns the commands that the work sends, without those that Redis' scripts call. */
  async function commandsOf(work: () => Promise<unknown>): Promise<string[]> {
    const monitor = client.duplicate();
    await monitor.connect();
    const lines: string[] = [];
    await monitor.monitor((line) => void lines.push(String(line)));
    await work();
    // A refresh tells the store once more when its answer is on the way.
    await sleep(200);
    // MONITOR tells in order: once it has told of this one, it has told of all.
    await client.sendCommand(['ECHO', 'the end']);
    while (!lines.some((line) => line.includes('the end'))) await new Promise(setImmediate);
    monitor.destroy();
    return lines
      .filter((line) => !/ lua\]/.test(line) && !line.includes('the end'))
      .map((line) => /"([A-Za-z]+)"/.exec(line)?.[1]?.toUpperCase() ?? line);
  }

  it('gets as many commands for each request as docs/scaling.md says', async () => {
    const { accessToken, refreshToken } = await signIn();
    let refreshed = { accessToken, refreshToken };
    const work: Readonly<Record<string, () => Promise<unknown>>> = {
      '`requireAuth`': () => read(accessToken),
      '`/sign-in`': signIn,
      '`/refresh`': async () => {
        const { tokens } = expectStatus(await kit.post('/refresh', { refreshToken }), 200).body;
        refreshed = { ...refreshed, ...tokens };
      },
      '`GET /me`': async () => expectStatus(await kit.get('/me', refreshed.accessToken), 200),
      '`/forgot-password`': async () => expectStatus(await kit.post('/forgot-password', { email: ADA }), 200),
      '`/sign-out`': async () =>
        expectStatus(
          await kit.post('/sign-out', { refreshToken: refreshed.refreshToken }, refreshed.accessToken),
          200,
        ),
    };
    const rows = [];
    for (const [name, run] of Object.entries(work)) {
      const commands = await commandsOf(run);
      rows.push([name, String(commands.length)]);
    }
    const documented = tableRows(page, '### Commands for each request').map(([name, count]) => [name, count]);
    expect(documented).to.deep.equal(rows);
  });

  it('holds the bytes for each key, and as long, as docs/scaling.md says', async () => {
    await client.flushAll();
    const { refreshToken, accessToken } = await signIn();
    const { tokens } = expectStatus(await kit.post('/refresh', { refreshToken }), 200).body;
    await kit.post('/sign-out', { refreshToken: tokens.refreshToken ?? refreshToken }, accessToken);
    const names = (await client.sendCommand(['KEYS', '*'])) as unknown as string[];
    const keys: Key[] = [];
    for (const name of names) {
      const bytes = Number(await client.sendCommand(['MEMORY', 'USAGE', name]));
      keys.push({ kind: kindOf(name), bytes, seconds: await client.ttl(name) });
    }
    const rows = tableRows(page, '### Keys').map(([kind, , bytes, seconds]) => ({
      kind: kind?.replaceAll('`', ''),
      bytes: Number(bytes),
      seconds: seconds === 'none' ? -1 : Number(seconds),
    }));
    const isOf = (key: Key, row: (typeof rows)[number]): boolean =>
      key.kind === row.kind &&
      Math.abs(key.bytes - row.bytes) <= row.bytes * TOLERANCE &&
      (row.seconds === -1 ? key.seconds === -1 : key.seconds > 0 && key.seconds <= row.seconds);
    for (const key of keys) {
      expect(
        rows.some((row) => isOf(key, row)),
        JSON.stringify(key),
      ).to.equal(true);
    }
    for (const row of rows) {
      expect(
        keys.some((key) => isOf(key, row)),
        JSON.stringify(row),
      ).to.equal(true);
    }
  });
});

function kindOf(name: string): string {
  return name.slice(PREFIX.length).replace(/:.*/s, '');
}
