import { Ajv2020 } from '@redocly/ajv/dist/2020.js';
import { expect } from 'chai';
import { createClient } from 'redis';
import type { Response } from 'supertest';
import type { Config } from '../../src/config/options.ts';
import type { RevocationStore } from '../../src/config/revocation.ts';
import { MemoryStore } from '../../src/pipeline/memory-store.ts';
import { redisStores } from '../../src/redis/index.ts';
import { expectProblem, expectStatus, type Kit, PASSWORD, startKit } from '../support/helpers.ts';
import { RedisServer } from '../support/redis-server.ts';

const ADA = { email: 'ada@example.com', password: PASSWORD };

interface Answer {
  readonly status: string;
  readonly dependencies: Readonly<
    Record<string, { readonly status: string; readonly affects: readonly string[] }>
  >;
}

describe('GET /health?deep', function () {
  this.timeout(30_000);
  let kit: Kit;
  const start = async (config: Config = {}): Promise<void> => {
    kit = await startKit({
      pool: { users: [{ username: ADA.email, password: PASSWORD }] },
      config: { deepHealth: true, ...config },
    });
  };
  afterEach(() => kit.close());

  const deep = async (query = 'deep'): Promise<Answer> =>
    expectStatus(await kit.get(`/health?${query}`), 200).body;
  const unavailable = ({ dependencies }: Answer): string[] =>
    Object.entries(dependencies).flatMap(([name, { status }]) => (status === 'ok' ? [] : [name]));

  it('answers ok, and lists the endpoints that depend on each service', async () => {
    await start({
      cookieSecret: 'a secret of 32 characters or more',
      managedLogin: { redirectUri: 'https://app.example.com/auth/callback' },
    });
    const answer = await deep();
    expect(answer.status).to.equal('ok');
    expect(unavailable(answer)).to.deep.equal([]);
    const { cognito, signingKeys, revocation, refresh, rateLimits } = answer.dependencies;
    expect(cognito?.affects)
      .to.include.members(['signIn', 'refresh', 'getMe', 'completeManagedLogin'])
      .and.not.include.members(['health']);
    expect(signingKeys?.affects).to.include.members(['requireAuth', 'getMe']).and.not.include('signIn');
    expect(revocation?.affects).to.deep.equal(signingKeys?.affects);
    expect(refresh?.affects).to.deep.equal([]);
    // Rate limits are off, except that of answers to challenges.
    expect(rateLimits?.affects).to.deep.equal(['respondToChallenge']);
  });

  it('answers as the OpenAPI document says, which has the parameter with the option only', async () => {
    await start();
    const document = (await kit.get('/openapi.json')).body;
    const { parameters, responses } = document.paths['/health'].get;
    expect(parameters).to.have.lengthOf(1);
    expect(parameters[0]).to.deep.include({ name: 'deep', in: 'query', required: false });
    const ajv = new Ajv2020({ strict: false });
    ajv.addSchema(document, 'openapi.json');
    const { $ref } = responses['200'].content['application/json'].schema;
    const validate = ajv.compile({ $ref: `openapi.json${$ref}`, unevaluatedProperties: false });
    for (const query of ['deep', ''])
      expect(validate(await deep(query)), JSON.stringify(validate.errors)).to.equal(true);
    expect(validate({ status: 'fine' })).to.equal(false);
    await kit.close();
    await start({ deepHealth: false });
    expect((await kit.get('/openapi.json')).body.paths['/health'].get).to.not.have.property('parameters');
  });

  it('leaves out endpoints that continue without a store, or are switched off', async () => {
    await start({
      rateLimits: { onUnavailable: 'allow' },
      revocation: { onUnavailable: 'allow' },
      routes: { signIn: false },
    });
    const { cognito, revocation, rateLimits } = (await deep()).dependencies;
    expect(cognito?.affects).to.not.include('signIn');
    expect([revocation?.affects, rateLimits?.affects]).to.deep.equal([[], []]);
  });

  it('lists the endpoints of strict rate limits by default', async () => {
    await start({ rateLimits: {} });
    expect((await deep()).dependencies.rateLimits?.affects)
      .to.include.members(['signIn', 'forgotPassword'])
      .and.not.include('getMe');
  });

  it('is the plain answer without the option, and for every other query', async () => {
    await start({ deepHealth: false });
    const plain = { status: 'ok' };
    expect(await deep()).to.deep.equal(plain);
    expect(kit.pool.requests.count()).to.equal(0);
    await kit.close();
    await start();
    for (const query of ['', 'deep=false', 'a=b', 'deeper']) expect(await deep(query)).to.deep.equal(plain);
    expect(kit.pool.requests.count()).to.equal(0);
    expect(await deep('deep=true&a=b')).to.have.property('dependencies');
    expectProblem(await kit.get('/health?deep=1;ls'), 'validation_failed');
    expectProblem(await kit.get('/health?deep&deep'), 'validation_failed');
  });

  for (const kind of ['hang', 'internalError', 'reset', 'html'] as const) {
    it(`reports Cognito and the missing signing keys if the key set fails by ${kind}`, async () => {
      await start();
      kit.pool.faults.inject({ kind, on: 'jwks' });
      const answer = await deep();
      expect(answer.status).to.equal('degraded');
      expect(unavailable(answer)).to.deep.equal(['cognito', 'signingKeys']);
      // A load balancer must not remove every instance.
      expect((await kit.get('/health')).body).to.deep.equal({ status: 'ok' });
    });
  }

  it('reports Cognito alone if the signing keys are known', async () => {
    await start();
    await kit.auth.ready();
    await new Promise((resolve) => setTimeout(resolve, 2100));
    kit.pool.faults.inject({ kind: 'reset', on: 'jwks' });
    expect(unavailable(await deep())).to.deep.equal(['cognito']);
  });

  it('reports Cognito after three calls without an answer, and not after refusals', async () => {
    await start();
    for (let i = 0; i < 3; i++) expectStatus(await kit.post('/sign-in', { ...ADA, password: 'x' }), 401);
    kit.pool.faults.inject({ kind: 'internalError', on: 'InitiateAuth', times: 3 });
    for (let i = 0; i < 3; i++) expectStatus(await kit.post('/sign-in', ADA), 502);
    expect(unavailable(await deep())).to.deep.equal(['cognito']);
  });

  it('recovers from an outage with the next answer of Cognito', async () => {
    await start();
    kit.pool.faults.inject({ kind: 'internalError', on: 'InitiateAuth', times: 3 });
    for (let i = 0; i < 3; i++) expectStatus(await kit.post('/sign-in', ADA), 502);
    expectStatus(await kit.post('/sign-in', ADA), 200);
    expect(unavailable(await deep())).to.deep.equal([]);
  });

  it('reports a store that fails or hangs, by the option that configures it', async () => {
    for (const fault of [
      () => Promise.reject(new Error('redis://secret@10.0.0.7')),
      () => new Promise(() => undefined),
    ]) {
      const store = { revoke: fault, find: fault } as unknown as RevocationStore;
      await start({ revocation: { store } });
      const response = await kit.get('/health?deep');
      expect(unavailable(response.body)).to.deep.equal(['revocation']);
      expect(response.text).to.not.match(/secret|10\.|redis/);
      await kit.close();
    }
    class Silent extends MemoryStore {
      override resetKey(): void {
        throw new Error('down');
      }
    }
    const secret = 'the same on every instance';
    await start({ rateLimits: { store: () => new Silent(), secret } });
    expect(unavailable(await deep())).to.deep.equal(['rateLimits']);
  });

  it('checks once for a flood of requests, and again after some seconds', async () => {
    let lookups = 0;
    const store: RevocationStore = {
      revoke: async () => undefined,
      find: async (keys) => {
        lookups++;
        return keys.map(() => undefined);
      },
    };
    await start({ revocation: { store } });
    const answers: Response[] = await Promise.all(Array.from({ length: 30 }, () => kit.get('/health?deep')));
    for (const answer of answers) expectStatus(answer, 200);
    for (let i = 0; i < 30; i++) await deep();
    expect(lookups).to.equal(1);
    expect(kit.pool.requests.count('jwks')).to.equal(1);
    await new Promise((resolve) => setTimeout(resolve, 5100));
    await deep();
    expect(lookups).to.equal(2);
    expect(kit.pool.requests.count('jwks')).to.equal(2);
  });

  it('can be refused by a hook', async () => {
    const { ProblemError, problem } = await import('../../src/shared/problem.ts');
    await start({
      hooks: {
        before: {
          health: ({ req }) => {
            if ('deep' in req.query && req.get('X-Monitor') !== 'ours')
              throw new ProblemError(problem('forbidden'));
          },
        },
      },
    });
    expectProblem(await kit.get('/health?deep'), 'forbidden');
    expectStatus(await kit.get('/health'), 200);
    expectStatus(await kit.get('/health?deep').set('X-Monitor', 'ours'), 200);
  });

  it('reports the stores of a Redis that has been killed', async function () {
    const redis = await RedisServer.startFor(this);
    const client = createClient({ url: redis.url, disableOfflineQueue: true });
    client.on('error', () => undefined);
    await client.connect();
    try {
      const stores = redisStores(client);
      await start({
        revocation: { store: stores.revocation },
        refresh: { store: stores.refresh },
        rateLimits: { store: stores.rateLimit, secret: 'the same on every instance' },
      });
      expect(unavailable(await deep())).to.deep.equal([]);
      await redis.stop();
      await new Promise((resolve) => setTimeout(resolve, 5100));
      expect(unavailable(await deep())).to.deep.equal(['revocation', 'refresh', 'rateLimits']);
    } finally {
      client.destroy();
      await redis.stop();
    }
  });
});
