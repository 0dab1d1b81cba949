import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect } from 'chai';
import express, { type Express } from 'express';
import type { CognitoClient } from '../../src/cognito/client.ts';
import type { Config } from '../../src/config/options.ts';
import { type CognitoRouter, createCognitoRouter, type RouterAuthRules } from '../../src/router.ts';
import { createIntrospection } from '../../src/session/introspection.ts';
import type { Auth } from '../../src/tokens/auth.ts';
import { expectProblem, expectStatus, type Kit, type SignedIn, startKit } from '../support/helpers.ts';
import { sdkFor } from '../support/local-sdk.ts';
import { captureLog } from '../support/log-capture.ts';

async function startRoute(config: Config = {}, rules: RouterAuthRules = {}): Promise<Kit> {
  const app = (auth: CognitoRouter): Express =>
    express()
      .use('/auth', auth)
      .get('/route', auth.requireAuth(rules), (_req, res) => res.json({}));
  return startKit({ config: { introspect: { cacheSeconds: 1 }, ...config }, app });
}

const call = (kit: Kit, token: string) => kit.request.get('/route').set('Authorization', `Bearer ${token}`);
const getUserCalls = (kit: Kit): number => kit.pool.requests.count('GetUser');
const secondsPass = (seconds: number): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve, seconds * 1000 + 50));

describe('requireAuth with introspection', () => {
  let kit: Kit;
  let user: SignedIn;

  before(async () => {
    kit = await startRoute();
  });
  after(() => kit.close());
  beforeEach(async () => {
    user = await kit.signUpAndIn();
    kit.pool.requests.clear();
    kit.pool.faults.clear();
  });

  const elsewhere = (): ReturnType<typeof sdkFor> => sdkFor(kit.pool.url);
  const names = (): { UserPoolId: string; Username: string } => ({
    UserPoolId: kit.pool.config.userPoolId,
    Username: user.email,
  });

  it('concurrent and repeated requests with one token make one call to Cognito', async () => {
    const patient = await startRoute({ introspect: true });
    const { accessToken } = (await patient.signUpAndIn()).tokens;
    patient.pool.requests.clear();
    const answers = await Promise.all(Array.from({ length: 20 }, () => call(patient, accessToken)));
    for (const answer of answers) expectStatus(answer, 200);
    expectStatus(await call(patient, accessToken), 200);
    expect(getUserCalls(patient)).to.equal(1);
    await patient.close();
  });

  it('a result is cached for exactly cacheSeconds', async () => {
    const { now } = Date;
    let calls = 0;
    const cognito = {
      send: async () => {
        calls++;
        return {};
      },
    } as unknown as CognitoClient;
    const parts = { cognito, timeoutMs: 5000, onFault: () => undefined };
    const auth = { scopes: ['aws.cognito.signin.user.admin'], token: 'a' } as unknown as Auth;
    const startedAt = now();
    const introspection = createIntrospection({ cacheSeconds: 2 }, parts);
    try {
      for (const [ms, expected] of [
        [0, 1],
        [1999, 1],
        [2000, 2],
        [3999, 2],
        [4000, 3],
      ] as const) {
        Date.now = () => startedAt + ms;
        expect(await introspection.check(auth)).to.equal(undefined);
        expect(calls, `after ${ms} ms`).to.equal(expected);
      }
    } finally {
      Date.now = now;
    }
  });

  it('a token is checked again after cacheSeconds', async () => {
    expectStatus(await call(kit, user.tokens.accessToken), 200);
    await secondsPass(1);
    expectStatus(await call(kit, user.tokens.accessToken), 200);
    expect(getUserCalls(kit)).to.equal(2);
  });

  it('a token is refused after an administrator signs its user out', async () => {
    const { accessToken } = user.tokens;
    expectStatus(await call(kit, accessToken), 200);
    await elsewhere().adminUserGlobalSignOut(names());
    await secondsPass(1);
    const refused = expectProblem(await call(kit, accessToken), 'invalid_token');
    expect(refused.headers['www-authenticate']).to.include('error="invalid_token"');
  });

  it('a token that is revoked before its first request is refused, and the refusal is cached', async () => {
    const patient = await startRoute({ introspect: true });
    const { email, tokens } = await patient.signUpAndIn();
    const { userPoolId } = patient.pool.config;
    await sdkFor(patient.pool.url).adminUserGlobalSignOut({ UserPoolId: userPoolId, Username: email });
    patient.pool.requests.clear();
    expectProblem(await call(patient, tokens.accessToken), 'invalid_token');
    expectProblem(await call(patient, tokens.accessToken), 'invalid_token');
    expect(getUserCalls(patient)).to.equal(1);
    await patient.close();
  });

  it('a token is refused after its user is disabled or deleted', async () => {
    await elsewhere().adminDisableUser(names());
    expectProblem(await call(kit, user.tokens.accessToken), 'invalid_token');
    const other = await kit.signUpAndIn();
    await elsewhere().adminDeleteUser({ ...names(), Username: other.email });
    expectProblem(await call(kit, other.tokens.accessToken), 'invalid_token');
  });

  it('a token is refused while Cognito is unavailable or throttles, and accepted afterwards', async () => {
    const { accessToken } = user.tokens;
    const clear = kit.pool.faults.inject({ kind: 'status', status: 503, on: 'GetUser' });
    expectProblem(await call(kit, accessToken), 'upstream_unavailable');
    clear();
    expectStatus(await call(kit, accessToken), 200);
    await secondsPass(1);
    kit.pool.faults.inject({ kind: 'throttle', on: 'GetUser' });
    expectProblem(await call(kit, accessToken), 'rate_limited');
  });

  it('an invalid token makes no call to Cognito', async () => {
    expectProblem(await call(kit, `${user.tokens.accessToken.slice(0, -4)}AAAA`), 'invalid_token');
    expectProblem(await call(kit, 'a.b.c'), 'invalid_token');
    expect(getUserCalls(kit)).to.equal(0);
  });

  it('a token without the scope of GetUser is refused, and the refusal names the scope', async () => {
    const { accessToken } = kit.pool.tokensFor(user.email, { accessClaims: { scope: 'openid email' } });
    const refused = expectProblem(await call(kit, accessToken), 'insufficient_scope');
    expect(refused.headers['www-authenticate']).to.include('scope="aws.cognito.signin.user.admin"');
    expect(getUserCalls(kit)).to.equal(0);
  });
});

describe('Introspection cache', () => {
  const scopes = ['aws.cognito.signin.user.admin'];

  function start(seconds: number, maxEntries?: number) {
    const calls: string[] = [];
    const cognito = {
      send: async (_operation: string, { AccessToken }: { AccessToken: string }) => {
        calls.push(AccessToken);
        return {};
      },
    } as unknown as CognitoClient;
    const parts = { cognito, timeoutMs: 5000, onFault: () => undefined };
    const introspection = createIntrospection({ cacheSeconds: seconds }, parts, maxEntries);
    const check = (token: string) => introspection.check({ token, scopes } as unknown as Auth);
    return { calls, check };
  }

  it('evicts the oldest token if it is full', async () => {
    const { calls, check } = start(300, 2);
    for (const token of ['a', 'b', 'b', 'c', 'c', 'b', 'a']) expect(await check(token)).to.equal(undefined);
    expect(calls).to.deep.equal(['a', 'b', 'c', 'a']);
  });

  it('does not grow with the length of the tokens, and frees expired entries', async function () {
    this.timeout(30_000);
    const script = `
      import { randomBytes } from 'node:crypto';
      import { createIntrospection } from './src/session/introspection.ts';
      const parts = { cognito: { send: async () => ({}) }, timeoutMs: 5000, onFault: () => undefined };
      const introspection = createIntrospection({ cacheSeconds: 1 }, parts);
      const check = () =>
        introspection.check({ token: randomBytes(2500).toString('hex'), scopes: ${JSON.stringify(scopes)} });
      const heap = () => {
        gc();
        gc();
        return process.memoryUsage().heapUsed;
      };
      await check();
      const before = heap();
      for (let i = 0; i < 5000; i++) await check();
      const full = heap() - before;
      await new Promise((resolve) => setTimeout(resolve, 1100));
      await check();
      console.log(JSON.stringify([full, heap() - before]));
    `;
    const args = ['--expose-gc', '--import', 'tsx', '--input-type=module', '--eval', script];
    const cwd = new URL('../..', import.meta.url);
    const { stdout } = await promisify(execFile)(process.execPath, args, { cwd });
    const [full, expired] = JSON.parse(stdout) as [number, number];
    // The tokens themselves are 25 MB.
    expect(full).to.be.below(3_000_000);
    expect(expired).to.be.below(500_000);
  });
});

describe('The introspect option', () => {
  it("accepts tokens without an answer of Cognito with onUnavailable: 'allow', and logs the failure", async () => {
    const log = captureLog();
    const introspect = { cacheSeconds: 1, onUnavailable: 'allow' } as const;
    const kit = await startRoute({ introspect, logger: log.logger, timeouts: { call: 1000 } });
    const { tokens } = await kit.signUpAndIn();
    kit.pool.faults.inject({ kind: 'hang', on: 'GetUser' });
    expectStatus(await call(kit, tokens.accessToken), 200);
    const line = log.lines().find(({ msg }) => msg === 'introspection failed');
    expect(line).to.include({ exception: 'Deadline', level: 50 });
    expect(log.text()).not.to.include(tokens.accessToken);
    await kit.close();
  });

  it('answers 504 if Cognito does not answer in time', async () => {
    const kit = await startRoute({ timeouts: { call: 1000 } });
    const { tokens } = await kit.signUpAndIn();
    kit.pool.faults.inject({ kind: 'hang', on: 'GetUser' });
    expectProblem(await call(kit, tokens.accessToken), 'upstream_timeout');
    await kit.close();
  });

  it('applies to every route, and each route can override it', async () => {
    for (const [config, rules, calls] of [
      [{ introspect: false }, {}, 0],
      [{ introspect: true }, {}, 1],
      [{ introspect: true }, { introspect: false }, 0],
      [{ introspect: false }, { introspect: true }, 1],
    ] as const) {
      const kit = await startRoute(config, rules);
      const { tokens } = await kit.signUpAndIn();
      kit.pool.requests.clear();
      expectStatus(await call(kit, tokens.accessToken), 200);
      expect(getUserCalls(kit), JSON.stringify([config, rules])).to.equal(calls);
      await kit.close();
    }
  });

  it('is an invalid option together with ID tokens', async () => {
    const auth = createCognitoRouter({
      userPoolId: 'us-east-1_AbCdEfGhI',
      clientId: 'abc',
      introspect: true,
    });
    expect(() => auth.requireAuth({ tokenUse: 'id' })).to.throw(
      TypeError,
      "introspect is set with tokenUse 'id'",
    );
    auth.requireAuth({ tokenUse: 'id', introspect: false });
    await auth.close();
  });
});
