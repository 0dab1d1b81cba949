import { AsyncLocalStorage } from 'node:async_hooks';
import diagnosticsChannel from 'node:diagnostics_channel';
import { CognitoIdentityProviderClient } from '@aws-sdk/client-cognito-identity-provider';
import { expect } from 'chai';
import { COGNITO_CALL_CHANNEL, type CognitoCall } from '../../src/cognito/call-meter.ts';
import type { Config } from '../../src/config/options.ts';
import {
  expectProblem,
  expectStatus,
  type Kit,
  OTHER_PASSWORD,
  PASSWORD,
  startKit,
} from '../support/helpers.ts';

const ADA = { email: 'ada@example.com', password: PASSWORD };
const STEPS = ['start', 'end', 'error', 'asyncStart', 'asyncEnd'] as const;

const WAYS: Readonly<Record<string, (endpoint: string) => Config>> = {
  'a direct call': () => ({}),
  "a call through the SDK's middleware": () => ({ sdkMiddleware: true }),
  "a call of the app's own client": (endpoint) => ({
    cognitoClient: new CognitoIdentityProviderClient({ region: 'us-east-1', endpoint }),
  }),
};

for (const [way, configOf] of Object.entries(WAYS)) {
  describe(`The channel for calls to Cognito, with ${way}`, () => {
    const published: [string, CognitoCall][] = [];
    const traces = new AsyncLocalStorage<CognitoCall>();
    const channel = diagnosticsChannel.tracingChannel<unknown, CognitoCall>(COGNITO_CALL_CHANNEL);
    const subscribers = Object.fromEntries(
      STEPS.map((step) => [step, (call: CognitoCall) => published.push([step, { ...call }])]),
    ) as never;
    let kit: Kit;
    let stores: (CognitoCall | undefined)[];

    before(async () => {
      const probe = await startKit({ pool: { users: [{ username: ADA.email, password: PASSWORD }] } });
      stores = [];
      kit = await startKit({
        pool: probe.pool,
        config: {
          ...configOf(probe.pool.config.endpoint),
          timeouts: { call: 300 },
        },
      });
      channel.subscribe(subscribers);
      channel.start.bindStore(traces, (call) => call);
    });
    beforeEach(() => {
      published.length = 0;
    });
    after(() => {
      channel.unsubscribe(subscribers);
      channel.start.unbindStore(traces);
      return kit.close();
    });

    const steps = (): string[] => published.map(([step]) => step);
    const last = (): CognitoCall | undefined => published.at(-1)?.[1];

    it('publishes the operation and its seconds, and nothing of the input or the answer', async () => {
      expectStatus(await kit.post('/sign-in', ADA), 200);
      expect(steps()).to.deep.equal(['start', 'end', 'asyncStart', 'asyncEnd']);
      expect(published[0]?.[1]).to.deep.equal({ operation: 'InitiateAuth' });
      expect(last()).to.have.all.keys('operation', 'seconds');
      expect(last()?.seconds).to.be.within(0, 5);
      expect(stores).to.deep.equal([]);
    });

    it("publishes the name of Cognito's exception", async () => {
      expectProblem(await kit.post('/sign-in', { ...ADA, password: OTHER_PASSWORD }), 'invalid_credentials');
      expect(steps()).to.deep.equal(['start', 'end', 'error', 'asyncStart', 'asyncEnd']);
      expect(last()).to.include({ operation: 'InitiateAuth', error: 'NotAuthorizedException' });
      expect(last()).to.have.all.keys('operation', 'seconds', 'error');
    });

    it('publishes Deadline after timeouts.call', async () => {
      kit.pool.faults.inject({ kind: 'hang', times: 1 });
      expectProblem(await kit.post('/sign-in', ADA), 'upstream_timeout');
      expect(last()).to.include({ error: 'Deadline' });
      expect(last()?.seconds).to.be.within(0.25, 5);
    });

    it('publishes the code of an error of the network', async () => {
      // The app's own client retries.
      kit.pool.faults.inject({ kind: 'reset' });
      expectStatus(await kit.post('/sign-in', ADA), 502);
      expect(last()).to.include({ error: 'ECONNRESET' });
      kit.pool.faults.clear();
    });

    it('gives the request to Cognito the store that a subscriber has bound to the start', async () => {
      const outgoing = 'http.client.request.start';
      const seen: (CognitoCall | undefined)[] = [];
      const look = (): void => void seen.push(traces.getStore());
      diagnosticsChannel.subscribe(outgoing, look);
      expectStatus(await kit.post('/sign-in', ADA), 200);
      diagnosticsChannel.unsubscribe(outgoing, look);
      expect(seen.map((call) => call?.operation)).to.include('InitiateAuth');
    });
  });
}

describe('The counts of calls to Cognito', () => {
  it('have each operation with its errors and a histogram of its seconds', async () => {
    const kit = await startKit({
      pool: { users: [{ username: ADA.email, password: PASSWORD }] },
      config: { timeouts: { call: 300 } },
    });
    await kit.auth.ready();
    expectStatus(await kit.post('/sign-in', ADA), 200);
    expectStatus(await kit.post('/sign-in', { ...ADA, password: OTHER_PASSWORD }), 401);
    kit.pool.faults.inject({ kind: 'hang', times: 1 });
    const hanging = kit.post('/sign-in', ADA).then((response) => response);
    while (kit.auth.stats().cognito.InitiateAuth?.inFlight !== 1) await new Promise(setImmediate);
    expectProblem(await hanging, 'upstream_timeout');
    const { InitiateAuth } = kit.auth.stats().cognito;
    expect(InitiateAuth).to.deep.include({
      count: 3,
      inFlight: 0,
      errors: { NotAuthorizedException: 1, Deadline: 1 },
    });
    const { sum = 0, max = 0, buckets = [] } = InitiateAuth?.seconds ?? {};
    expect(max).to.be.within(0.25, sum);
    expect(buckets.map(({ le }) => le)).to.include.members([0.005, 0.1, 1, 10, '+Inf']);
    const upTo = (le: number | '+Inf'): number | undefined => buckets.find((each) => each.le === le)?.count;
    expect([upTo(0.1), upTo(10), upTo('+Inf')]).to.deep.equal([2, 3, 3]);
    await kit.close();
  });

  it('name a client that disconnects', async () => {
    const kit = await startKit({ pool: { users: [{ username: ADA.email, password: PASSWORD }] } });
    await kit.auth.ready();
    kit.pool.faults.inject({ kind: 'hang', times: 1 });
    const leaving = new AbortController();
    const request = fetch(`${kit.url}/auth/sign-in`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(ADA),
      signal: leaving.signal,
    }).catch(() => undefined);
    while (kit.auth.stats().cognito.InitiateAuth?.inFlight !== 1) await new Promise(setImmediate);
    leaving.abort();
    await request;
    while (kit.auth.stats().cognito.InitiateAuth?.inFlight !== 0) await new Promise(setImmediate);
    expect(kit.auth.stats().cognito.InitiateAuth?.errors).to.deep.equal({ ClientDisconnected: 1 });
    await kit.close();
  });
});
