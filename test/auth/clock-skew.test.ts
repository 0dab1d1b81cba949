import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'chai';
import express from 'express';
import supertest from 'supertest';
import { CognitoClock } from '../../src/cognito/cognito-clock.ts';
import type { Config } from '../../src/config/options.ts';
import { requireAuth } from '../../src/require-auth.ts';
import { createCognitoRouter } from '../../src/router.ts';
import { expectProblem, expectStatus, type Kit, PASSWORD, startKit } from '../support/helpers.ts';

const SIGN_IN = { email: 'ada@example.com', password: PASSWORD };

/** A kit whose own clock is this many seconds ahead of Cognito's. */
function startAhead(seconds: number, config: Config = {}): Promise<Kit> {
  return startKit({
    pool: {
      clock: () => Date.now() - seconds * 1000,
      users: [{ username: SIGN_IN.email, password: PASSWORD }],
      appClient: {
        AccessTokenValidity: 5,
        IdTokenValidity: 5,
        TokenValidityUnits: { AccessToken: 'minutes', IdToken: 'minutes' },
      },
    },
    config,
    app: (auth) =>
      express()
        .use('/auth', auth)
        .get('/x', auth.requireAuth(), (_req, res) => void res.json({}))
        .get('/recent', auth.requireAuth({ maxAge: 10 }), (_req, res) => void res.json({})),
  });
}

async function signIn(kit: Kit): Promise<string> {
  return expectStatus(await kit.post('/sign-in', SIGN_IN), 200).body.tokens.accessToken;
}

const get = (kit: Kit, path: string, token: string) =>
  kit.request.get(path).set('Authorization', `Bearer ${token}`);

describe('clockToleranceSeconds of the router', () => {
  let kit: Kit;
  afterEach(() => kit.close());

  it('accepts new tokens of 5 minutes while the clock is 320 seconds ahead (case B8)', async () => {
    kit = await startAhead(320, { clockToleranceSeconds: 60 });
    const token = await signIn(kit);
    expectStatus(await get(kit, '/x', token), 200);
    expectStatus(await kit.get('/me', token), 200);
  });

  it('is 0 by default, so that such tokens have expired', async () => {
    kit = await startAhead(320);
    expectProblem(await get(kit, '/x', await signIn(kit)), 'token_expired');
  });

  it('extends maxAge, in a route and in requireAuth without a router', async () => {
    kit = await startAhead(60, { clockToleranceSeconds: 60 });
    const token = await signIn(kit);
    expectStatus(await get(kit, '/recent', token), 200);
    const alone = (clockToleranceSeconds: number) =>
      supertest(
        express().get(
          '/x',
          requireAuth({ ...kit.pool.config, maxAge: 10, clockToleranceSeconds }),
          (_req, res) => void res.json({}),
        ),
      )
        .get('/x')
        .set('Authorization', `Bearer ${token}`);
    expectStatus(await alone(60), 200);
    expectProblem(await alone(0), 'insufficient_user_authentication');
  });

  it('is a number of seconds up to 300', () => {
    const create = (clockToleranceSeconds: number) => () =>
      createCognitoRouter({ userPoolId: 'us-east-1_x', clientId: 'x', clockToleranceSeconds });
    expect(create(301)).to.throw(
      TypeError,
      'clockToleranceSeconds is 301; write a number of seconds from 0 to 300',
    );
  });
});

describe('A sign-out everywhere', () => {
  let kit: Kit;
  afterEach(() => kit.close());

  it('lets the next sign-in pass while the clock is 30 seconds ahead (case B8)', async () => {
    kit = await startAhead(30);
    const first = await signIn(kit);
    expectStatus(await kit.post('/sign-out', { everywhere: true }, first), 200);
    // Tokens of the same second are refused.
    await sleep(1_100);
    expectProblem(await get(kit, '/x', first), 'invalid_token');
    expectStatus(await get(kit, '/x', await signIn(kit)), 200);
  });

  it('revokes a session that began a moment ago while the clock is 30 seconds behind', async () => {
    kit = await startAhead(-30);
    const first = await signIn(kit);
    await sleep(1_100);
    const other = await signIn(kit);
    expectStatus(await kit.post('/sign-out', { everywhere: true }, first), 200);
    expectProblem(await get(kit, '/x', other), 'invalid_token');
  });
});

describe("Cognito's clock", () => {
  it('is that of the server until a response shows a difference', () => {
    const clock = new CognitoClock();
    const off = (): number => Math.round((clock.now() - Date.now()) / 1000);
    expect(off()).to.equal(0);
    clock.observe(new Date(Date.now() - 500).toUTCString());
    clock.observe('no date');
    clock.observe(undefined);
    expect(Math.abs(off())).to.be.at.most(0);
    clock.observe(new Date(Math.floor(Date.now() / 1000) * 1000 - 60_000).toUTCString());
    expect(off()).to.be.within(-61, -60);
  });
});
