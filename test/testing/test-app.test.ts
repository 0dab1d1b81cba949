import { expect } from 'chai';
import express, { type Express } from 'express';
import request from 'supertest';
import { getAuth } from '../../src/auth/request-auth.ts';
import type { Config } from '../../src/config/options.ts';
import { totpCode } from '../../src/local/index.ts';
import { requireAuth } from '../../src/require-auth.ts';
import { type CognitoRouter, createCognitoRouter } from '../../src/router.ts';
import { asBrowser, startTestApp, type TestApp, type TestAppConfig } from '../../src/testing/index.ts';
import { PASSWORD } from '../support/helpers.ts';

const ADA = 'ada@example.com';
const GRACE = 'grace@example.com';
const SECRET = 'GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ';
const USERS = [
  { username: ADA, password: PASSWORD, groups: ['admin'] },
  { username: GRACE, password: PASSWORD, totpSecret: SECRET },
];

function createApp(config: Config): { app: Express; auth: CognitoRouter } {
  const app = express();
  const auth = createCognitoRouter(config);
  app.use('/auth', auth);
  app.get('/reports', auth.requireAuth({ groups: 'admin' }), (req, res) => res.json(getAuth(req)));
  app.post('/reports', auth.requireAuth(), (req, res) => res.json(getAuth(req)));
  return { app, auth };
}

const start = (own: Config = {}): Promise<TestApp<Express>> =>
  startTestApp({
    createApp: (config: TestAppConfig) => createApp({ ...config, ...own }),
    pool: { users: USERS },
  });

async function rejection(promise: Promise<unknown>): Promise<Error> {
  return promise.then(
    () => expect.fail('it resolved'),
    (error: Error) => error,
  );
}

for (const transport of ['bearer', 'cookie'] as const) {
  describe(`startTestApp() with transport ${transport}`, () => {
    let test: TestApp<Express>;
    before(async () => {
      test = await start({ transport });
    });
    after(() => test.close());

    it('signs an agent in by the name of a user, for reading and for writing', async () => {
      const agent = request.agent(test.app);
      const signedIn = await test.signInAs(agent, ADA);
      expect(signedIn.transport).to.equal(transport);
      const { body } = await agent.get('/reports').expect(200);
      expect(body.sub).to.equal(signedIn.sub);
      await agent.post('/reports').expect(200);
      await agent.get('/auth/me').expect(200);
    });

    it('signs an agent in by name and password at the endpoint', async () => {
      const agent = request.agent(test.url);
      const { sub } = await test.signInAs(agent, { username: ADA, password: PASSWORD });
      const { body } = await agent.get('/reports').expect(200);
      expect(body.sub).to.equal(sub);
    });

    it('skips the second factor of a user who is given by name alone', async () => {
      const agent = request.agent(test.app);
      await test.signInAs(agent, GRACE);
      await agent.get('/reports').expect(403);
      const refused = await rejection(test.signInAs(agent, { username: GRACE, password: PASSWORD }));
      expect(refused.message).to.match(/"grace@example.com" needs another step \(SOFTWARE_TOKEN_MFA\)/);
      expect(refused.message).to.not.include(PASSWORD);
    });

    it('lets a second user take over the agent', async () => {
      const agent = request.agent(test.app);
      await test.signInAs(agent, ADA);
      await test.signInAs(agent, GRACE);
      await agent.get('/reports').expect(403);
      await test.signInAs(agent, { username: ADA, password: PASSWORD });
      await agent.get('/reports').expect(200);
    });

    it('issues an access token with the groups, scopes and claims of the test', async () => {
      const agent = request.agent(test.app);
      await test.signInAs(agent, GRACE, {
        groups: ['admin', 'dev'],
        scopes: ['a/b'],
        claims: { plan: 'pro' },
      });
      const { body } = await agent.get('/reports').expect(200);
      expect(body).to.deep.include({ groups: ['admin', 'dev'], scopes: ['a/b'] });
      expect(body.payload.plan).to.equal('pro');
      await test.signInAs(agent, ADA, { groups: [] });
      await agent.get('/reports').expect(403);
    });

    it('names the user for the end of the sessions, which revokes the token of the agent', async () => {
      let auth: CognitoRouter | undefined;
      await using own = await startTestApp({
        createApp: (config) => {
          const created = createApp({ ...config, transport });
          auth = created.auth;
          return created;
        },
        pool: { users: USERS },
      });
      const agent = request.agent(own.app);
      const { sub } = await own.signInAs(agent, ADA);
      await auth?.endUser(sub);
      await agent.get('/reports').expect(401);
    });

    it('refuses the name of an unknown user', async () => {
      const refused = await rejection(test.signInAs(request.agent(test.app), 'alan@example.com'));
      expect(refused.message).to.equal(
        'The local user pool has no user "alan@example.com". Add one with addUser().',
      );
    });

    it('refuses a wrong password without repeating it', async () => {
      const user = { username: ADA, password: 'Wrong-password-1' };
      const refused = await rejection(test.signInAs(request.agent(test.app), user));
      expect(refused.message).to.match(/refused POST \/auth\/sign-in for "ada@example.com" \(401\)/);
      expect(refused.message).to.not.include('Wrong-password-1');
    });

    it('has no rate limit and no lockout after many wrong passwords', async () => {
      for (let attempt = 0; attempt < 12; attempt++)
        await request(test.app)
          .post('/auth/sign-in')
          .set('Sec-Fetch-Site', 'same-origin')
          .send({ email: ADA, password: 'Wrong-password-1' })
          .expect(401);
      await test.signInAs(request.agent(test.app), { username: ADA, password: PASSWORD });
    });
  });
}

describe('asBrowser()', () => {
  let test: TestApp<Express>;
  before(async () => {
    test = await start({ transport: 'cookie' });
  });
  after(() => test.close());

  it('keeps the cookies of a sign-in with a code, and forgets those that a sign-out clears', async () => {
    const agent = asBrowser(asBrowser(request.agent(test.app)));
    await agent.post('/auth/sign-in').send({ email: GRACE, password: PASSWORD }).expect(200);
    const { body } = await agent
      .post('/auth/challenge')
      .send({ name: 'SOFTWARE_TOKEN_MFA', username: GRACE, confirmationCode: totpCode(SECRET) });
    expect(body.status, JSON.stringify(body)).to.equal('complete');
    await agent.get('/auth/me').expect(200);
    await agent.post('/auth/sign-out').expect(200);
    const { body: refused } = await agent.get('/auth/me').expect(401);
    expect(refused.code).to.equal('missing_token');
  });

  it('refuses a request in place of an agent, and an agent without an app', () => {
    expect(() => asBrowser(request(test.app) as never)).to.throw(TypeError, 'request.agent(app) in place of');
    expect(() => asBrowser(request.agent())).to.throw(TypeError, 'the agent has no app');
    expect(() => asBrowser(undefined as never)).to.throw(TypeError, 'no agent of supertest');
  });
});

describe('The clock of a test app', () => {
  it('moves the pool and the checks of the kit, until the app closes', async () => {
    const before = Date.now();
    const test = await start();
    const agent = request.agent(test.app);
    await test.signInAs(agent, ADA);
    test.clock.advance(2 * 3600_000);
    expect(Math.abs(test.pool.clock.now() - test.clock.now())).to.be.below(1_000);
    const { body } = await agent.get('/reports').expect(401);
    expect(body.code).to.equal('token_expired');
    await test.signInAs(agent, ADA);
    await agent.get('/reports').expect(200);
    test.clock.set(before + 86_400_000);
    expect(Math.abs(test.pool.clock.now() - before - 86_400_000)).to.be.below(60_000);
    expect(() => test.clock.advance(Number.NaN)).to.throw(TypeError, 'clock.advance takes milliseconds');
    expect(() => test.clock.set(Number.NaN)).to.throw(TypeError, 'clock.set takes a Date');
    await test.close();
    expect(Math.abs(Date.now() - before)).to.be.below(60_000);
  });

  it('keeps the time of the process moved for another test app after one has closed', async () => {
    const real = Date.now;
    const one = await start();
    const other = await start();
    one.clock.advance(3_600_000);
    other.clock.advance(7_200_000);
    await one.close();
    expect(Math.abs(Date.now() - real() - 7_200_000)).to.be.below(1_000);
    await other.close();
    expect(Date.now).to.equal(real);
  });

  it('follows another replacement of Date.now()', async () => {
    await using test = await start();
    const { now } = Date;
    Date.now = () => 86_400_000;
    try {
      expect(test.pool.clock.now()).to.equal(86_400_000);
    } finally {
      Date.now = now;
    }
  });

  it('ends a session of cookies after the lifetime of the refresh token', async () => {
    await using test = await start({ transport: 'cookie', autoRefresh: true });
    const agent = request.agent(test.app);
    await test.signInAs(agent, ADA);
    test.clock.advance(2 * 3600_000);
    await agent.get('/reports').expect(200);
    test.clock.advance(31 * 86_400_000);
    await agent.get('/reports').expect(401);
  });
});

describe('startTestApp()', () => {
  it('signs in to an app without a router', async () => {
    await using test = await startTestApp({
      authPath: null,
      pool: { users: USERS },
      createApp: (_config, pool) =>
        express().get('/reports', requireAuth({ ...pool.config, groups: 'admin' }), (_req, res) => {
          res.json({ ok: true });
        }),
    });
    const agent = request.agent(test.app);
    await test.signInAs(agent, { username: ADA, password: PASSWORD });
    await agent.get('/reports').expect(200);
    await test.signInAs(agent, GRACE);
    await agent.get('/reports').expect(403);
  });

  it('signs in with cookies to a router with both transports by a password only', async () => {
    await using test = await start({ transport: 'both' });
    const agent = request.agent(test.app);
    const user = { username: ADA, password: PASSWORD };
    expect((await test.signInAs(agent, user, { transport: 'cookie' })).transport).to.equal('cookie');
    await agent.get('/reports').expect(200);
    const refused = await rejection(test.signInAs(request.agent(test.app), ADA, { transport: 'cookie' }));
    expect(refused.message).to.include('pass { username, password }');
  });

  it('refuses wrong uses with the fix', async () => {
    expect((await rejection(startTestApp({} as never))).message).to.include('createApp is missing');
    expect((await rejection(startTestApp({ createApp, users: [] } as never))).message).to.include('users');
    const wrong = startTestApp({ createApp: (() => undefined) as never });
    expect((await rejection(wrong)).message).to.include('must return an Express app');
    const slash = startTestApp({ createApp, authPath: '/auth/' });
    expect((await rejection(slash)).message).to.include('authPath is a path');
    const clock = startTestApp({ createApp, pool: { clock: Date.now } as never });
    expect((await rejection(clock)).message).to.include('pool.clock is set');

    const test = await startTestApp({ createApp, authPath: '/api/auth', pool: { users: USERS } });
    const agent = request.agent(test.app);
    expect((await rejection(test.signInAs(agent, ADA))).message).to.include('no POST /api/auth/sign-out');
    expect((await rejection(test.signInAs(agent, 7 as never))).message).to.include('takes an agent, then');
    const options = test.signInAs(agent, { username: ADA, password: PASSWORD }, { groups: ['x'] });
    expect((await rejection(options)).message).to.include('pass the name alone');
    const misspelled = test.signInAs(agent, ADA, { group: 'admin' } as never);
    expect((await rejection(misspelled)).message).to.include('group');
    await test.close();
    await test.close();
    expect((await rejection(test.signInAs(agent, ADA))).message).to.include('The test app is closed');
  });

  it('refuses an agent of another test app', async () => {
    await using one = await start({ transport: 'cookie' });
    await using other = await start({ transport: 'cookie' });
    const refused = await rejection(one.signInAs(request.agent(other.app), ADA));
    expect(refused.message).to.include('Check that the agent was made with this test app');
  });
});
