import { execFile } from 'node:child_process';
import { setImmediate } from 'node:timers/promises';
import { promisify } from 'node:util';
import * as sdk from '@aws-sdk/client-cognito-identity-provider';
import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { expect } from 'chai';
import type { Test } from 'supertest';
import { CLIENT_PROOFS } from '../../src/cognito/client-authentication.ts';
import { secretHash } from '../../src/cognito/secret-hash.ts';
import type { ClientSecretSource } from '../../src/config/client-secret.ts';
import type { Config } from '../../src/config/options.ts';
import { secretsManagerSecret } from '../../src/config/secrets-manager.ts';
import { type LocalUserPool, startLocalUserPool } from '../../src/local/local-user-pool.ts';
import type { ClientSettings } from '../../src/local/model/settings.ts';
import { type FakeApp, type FakeCognito, fail, startFakeCognito, succeed } from '../support/fake-cognito.ts';
import { expectProblem, expectStatus, type Kit, PASSWORD, startKit } from '../support/helpers.ts';
import { captureLog, type LogCapture } from '../support/log-capture.ts';
import { Browser, signInAtPages } from '../support/login-pages.ts';
import { type Stop, TOUR_POOL, TOUR_USERS, takeTour } from '../support/tour.ts';

const PUBLISHED: ClientSettings = { GenerateSecret: true, PublishSecretsInAWSSecretsManager: true };
const SIGNED = { 'content-type': 'application/x-amz-json-1.1', authorization: 'AWS4-HMAC-SHA256 none' };
const ADA = { username: 'ada@example.com', password: PASSWORD };

/** The `clientSecret` option that reads from the local pool's Secrets Manager. */
function publishedSecret(pool: LocalUserPool): ClientSecretSource {
  return secretsManagerSecret(pool.clientSecretArn ?? '', { endpoint: pool.url });
}

/** Makes Cognito refuse both earlier secrets. */
function rotateTwice(pool: LocalUserPool): void {
  pool.rotateClientSecret();
  pool.rotateClientSecret();
}

/** Advances the monotonic clock. */
function skipSeconds(seconds: number): void {
  const now = performance.now.bind(performance);
  performance.now = () => now() + seconds * 1000;
}

describe('A client secret in Secrets Manager', () => {
  const { now } = performance;
  const pools: LocalUserPool[] = [];
  const kits: Kit[] = [];

  afterEach(async () => {
    performance.now = now;
    for (const kit of kits.splice(0)) await kit.close();
    for (const pool of pools.splice(0)) await pool.close();
  });

  async function start(
    options: { pool?: Parameters<typeof startLocalUserPool>[0]; config?: Config } = {},
  ): Promise<Kit> {
    const pool = await startLocalUserPool({
      quiet: true,
      users: [ADA],
      ...options.pool,
      appClient: { ...PUBLISHED, ...options.pool?.appClient },
    });
    pools.push(pool);
    const kit = await startKit({ pool, config: { clientSecret: publishedSecret(pool), ...options.config } });
    kits.push(kit);
    return kit;
  }

  const signIn = (kit: Kit): Test => kit.post('/sign-in', { email: ADA.username, password: PASSWORD });
  const reads = (kit: Kit): number => kit.pool.requests.count('GetSecretValue');

  it('is read once for concurrent first requests', async () => {
    const kit = await start();
    const answers = await Promise.all(Array.from({ length: 10 }, () => signIn(kit)));
    expect(answers.map(({ status }) => status)).to.deep.equal(Array(10).fill(200));
    expect(reads(kit)).to.equal(1);
  });

  it('is read by ready() before the first request', async () => {
    const kit = await start();
    await kit.auth.ready();
    expect(reads(kit)).to.equal(1);
    expectStatus(await signIn(kit), 200);
    expect(reads(kit)).to.equal(1);
  });

  it('is not read again while the cached secret is one of the two valid ones', async () => {
    const kit = await start();
    expectStatus(await signIn(kit), 200);
    kit.pool.rotateClientSecret();
    expectStatus(await signIn(kit), 200);
    expect(reads(kit)).to.equal(1);
    expect(kit.pool.requests.count('InitiateAuth')).to.equal(2);
  });

  it('is read once more when Cognito refuses it in concurrent requests', async () => {
    const kit = await start();
    expectStatus(await signIn(kit), 200);
    rotateTwice(kit.pool);
    skipSeconds(11);
    const answers = await Promise.all(Array.from({ length: 10 }, () => signIn(kit)));
    expect(answers.map(({ status }) => status)).to.deep.equal(Array(10).fill(200));
    expect(reads(kit)).to.equal(2);
  });

  it('stays usable during two months of rotations', async () => {
    const kit = await start();
    for (let week = 0; week < 9; week++) {
      expectStatus(await signIn(kit), 200);
      kit.pool.clock.advance(7 * 86_400_000);
      skipSeconds(11);
    }
    expect(reads(kit)).to.be.within(5, 9);
  });

  it('gives the same responses as a fixed secret at every endpoint, even if it rotates before each request', async function () {
    this.timeout(60_000);
    const options = { users: TOUR_USERS, pool: TOUR_POOL, limits: false } as const;
    const config: Config = { concealUserExistence: false };
    const kit = await start({ pool: options, config });
    const rotate = (): void => {
      rotateTwice(kit.pool);
      skipSeconds(11);
    };
    const request = new Proxy(kit.request, {
      get: (target, method: 'post') => {
        rotate();
        return target[method].bind(target);
      },
    });
    const rotating: Kit = {
      ...kit,
      request,
      post: (...args) => {
        rotate();
        return kit.post(...args);
      },
      get: (...args) => {
        rotate();
        return kit.get(...args);
      },
    };
    const fixed = await startKit({ pool: { ...options, appClient: { GenerateSecret: true } }, config });
    kits.push(fixed);
    const outcomes = (stops: readonly Stop[]) =>
      stops.map(({ title, endpoint, response }) => [endpoint, title, response.status, response.body.code]);
    expect(outcomes((await takeTour(rotating)).stops)).to.deep.equal(outcomes((await takeTour(fixed)).stops));
  });

  for (const authFlow of ['USER_SRP_AUTH', 'USER_AUTH'] as const) {
    it(`can rotate between the two calls of a sign-in by SRP (${authFlow})`, async () => {
      const flows = [`ALLOW_${authFlow}`, 'ALLOW_REFRESH_TOKEN_AUTH'] as const;
      const kit = await start({ pool: { appClient: { ExplicitAuthFlows: flows } }, config: { authFlow } });
      const body = { email: ADA.username, password: PASSWORD };
      const preferred = authFlow === 'USER_AUTH' && { preferredChallenge: 'PASSWORD_SRP' };
      expectStatus(await kit.post('/sign-in', { ...body, ...preferred }), 200);
      skipSeconds(11);
      kit.pool.requests.clear();
      kit.pool.faults.inject({ kind: 'delay', on: 'InitiateAuth', ms: 500, afterwards: true });
      const answer = kit.post('/sign-in', { ...body, ...preferred }).then((response) => response);
      // The first call carries the old secret, which the second call finds refused.
      while (kit.pool.requests.count('InitiateAuth') === 0) await setImmediate();
      rotateTwice(kit.pool);
      expectStatus(await answer, 200);
      expect(kit.pool.requests.count('RespondToAuthChallenge')).to.equal(2);
    });
  }

  it('works with the administrator flow, before and after a rotation', async () => {
    const authFlow = 'ADMIN_USER_PASSWORD_AUTH';
    const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
    const flows = [`ALLOW_${authFlow}`, 'ALLOW_REFRESH_TOKEN_AUTH'] as const;
    const kit = await start({ pool: { appClient: { ExplicitAuthFlows: flows } } });
    const client = new sdk.CognitoIdentityProviderClient({
      region: 'us-east-1',
      endpoint: kit.pool.url,
      credentials,
      maxAttempts: 1,
    });
    const admin = await startKit({
      pool: kit.pool,
      config: { authFlow, cognitoClient: client, clientSecret: publishedSecret(kit.pool) },
    });
    kits.push(admin);
    expectStatus(await signIn(admin), 200);
    rotateTwice(kit.pool);
    skipSeconds(11);
    expectStatus(await signIn(admin), 200);
    client.destroy();
  });

  it('works with managed login when it rotates between the redirect and the callback', async () => {
    const redirectUri = 'http://localhost:3000/auth/callback';
    const kit = await start({
      pool: { appClient: { CallbackURLs: [redirectUri], LogoutURLs: ['http://localhost:3000/'] } },
      config: {
        transport: 'cookie',
        managedLogin: { redirectUri, logoutUri: 'http://localhost:3000/' },
        cookieSecret: 'a secret for cookies, of 32 characters',
      },
    });
    for (let logIn = 0; logIn < 3; logIn++) {
      const browser = new Browser(kit.url);
      const headers = { 'Sec-Fetch-Site': 'same-origin', 'Sec-Fetch-Mode': 'navigate' };
      const begun = await browser.request(`${kit.url}/auth/login`, { headers });
      const back = await signInAtPages(begun.headers.get('location') ?? '', ADA);
      rotateTwice(kit.pool);
      skipSeconds(11);
      const response = await browser.request(`${kit.url}/auth/callback${back.search}`, { headers });
      expect(response.status, await response.text()).to.equal(303);
      expect(response.headers.get('location')).to.equal('/');
    }
    expect(reads(kit)).to.equal(3);
  });

  it('refreshes and signs out a session after each rotation', async () => {
    const kit = await start();
    const { tokens } = (await signIn(kit)).body;
    rotateTwice(kit.pool);
    skipSeconds(11);
    expectStatus(await kit.post('/refresh', { refreshToken: tokens.refreshToken }), 200);
    rotateTwice(kit.pool);
    skipSeconds(11);
    expectStatus(await kit.post('/sign-out', { refreshToken: tokens.refreshToken }), 200);
    expectProblem(await kit.post('/refresh', { refreshToken: tokens.refreshToken }), 'invalid_refresh_token');
  });

  it('is read by its ARN in COGNITO_CLIENT_SECRET_ARN, from the local pool at COGNITO_ENDPOINT', async () => {
    const { pool } = await start();
    const { userPoolId, clientId, endpoint } = pool.config;
    const script = `
      import express from 'express';
      import { createCognitoRouter } from 'express-cognito-kit';
      const auth = createCognitoRouter({ logger: false });
      const server = express().use('/auth', auth).listen(0, '127.0.0.1', async () => {
        const response = await fetch('http://127.0.0.1:' + server.address().port + '/auth/sign-in', {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify({ email: 'ada@example.com', password: '${PASSWORD}' }),
        });
        console.log((await response.json()).status);
        await auth.close();
        server.close();
        server.closeAllConnections();
      });`;
    const { stdout } = await promisify(execFile)(
      process.execPath,
      ['--import', 'tsx', '--input-type=module', '--eval', script],
      {
        env: {
          ...process.env,
          COGNITO_USER_POOL_ID: userPoolId,
          COGNITO_CLIENT_ID: clientId,
          COGNITO_CLIENT_SECRET: undefined,
          COGNITO_CLIENT_SECRET_ARN: pool.clientSecretArn,
          COGNITO_ENDPOINT: endpoint,
          AWS_ACCESS_KEY_ID: undefined,
        },
      },
    );
    expect(stdout.trim()).to.equal('complete');
  });
});

describe('A clientSecret function', () => {
  const { now } = performance;
  let fake: FakeCognito;
  let log: LogCapture;
  let secret = 'the-first-secret';
  let calls = 0;
  const source: ClientSecretSource = async () => {
    calls++;
    return secret;
  };
  const REFUSED = 'Unable to verify secret hash for client 1';

  before(async () => {
    fake = await startFakeCognito();
  });
  after(() => fake.close());
  beforeEach(() => {
    log = captureLog();
    fake.answer = succeed;
    fake.requests.length = 0;
    secret = 'the-first-secret';
    calls = 0;
  });
  afterEach(() => {
    performance.now = now;
  });

  const appWith = (clientSecret: ClientSecretSource, config: Config = {}): FakeApp =>
    fake.app({ clientSecret, logger: log.logger, ...config });
  const hashOf = (clientSecret: string): string =>
    secretHash({ clientId: fake.issuer.config.clientId, clientSecret }, 'ada@example.com');
  const signUp = (app: FakeApp): Test => app.call('signUp', { email: 'ada@example.com' });

  /** Makes Cognito refuse the first secret. */
  function refuseFirstSecret(): void {
    fake.answer = (request, res) => {
      const refused = JSON.stringify(request.input).includes(hashOf('the-first-secret'));
      (refused ? fail('NotAuthorizedException', REFUSED) : succeed)(request, res);
    };
  }

  it('receives the user pool ID and the client ID, and is called once', async () => {
    const asked: unknown[] = [];
    const app = appWith((client) => {
      asked.push(client);
      return 'the-first-secret';
    });
    await signUp(app);
    await signUp(app);
    const { userPoolId, clientId } = fake.issuer.config;
    expect(asked).to.deep.equal([{ userPoolId, clientId }]);
    expect(fake.requests.map(({ input }) => input.SecretHash)).to.deep.equal(
      Array(2).fill(hashOf('the-first-secret')),
    );
  });

  it('is called again when Cognito refuses the secret, and the call to Cognito is repeated once', async () => {
    const app = appWith(source);
    expectStatus(await signUp(app), 200);
    refuseFirstSecret();
    secret = 'the-second-secret';
    skipSeconds(11);
    expectStatus(await signUp(app), 200);
    expect(fake.requests.map(({ input }) => input.SecretHash)).to.deep.equal([
      hashOf('the-first-secret'),
      hashOf('the-first-secret'),
      hashOf('the-second-secret'),
    ]);
    expect(calls).to.equal(2);
    expect(log.lines().some(({ msg }) => msg === 'client secret rotated')).to.equal(true);
  });

  it('causes no repeated call to Cognito if it returns the refused secret again', async () => {
    const app = appWith(source);
    fake.answer = fail('NotAuthorizedException', REFUSED);
    skipSeconds(11);
    expectProblem(await signUp(app), 'server_misconfigured');
    skipSeconds(11);
    expectProblem(await signUp(app), 'server_misconfigured');
    expect(fake.requests).to.have.length(2);
  });

  it('is not called again for each invalid username that a client sends with a challenge', async () => {
    const app = appWith(source);
    fake.answer = fail('NotAuthorizedException', REFUSED);
    for (let attempt = 0; attempt < 5; attempt++) {
      expectProblem(
        await app.call('respondToChallenge', { username: `unknown-${attempt}` }),
        'invalid_session',
      );
    }
    expect(calls).to.equal(1);
  });

  it('answers 503 when it throws, without the message of the error, and logs a hint that names clientSecret', async () => {
    const app = appWith(() => {
      throw new Error('could not read the-first-secret');
    });
    expectProblem(await signUp(app), 'upstream_unavailable');
    expect(log.text()).to.not.include('the-first-secret');
    expect(log.lines().map(({ hint }) => String(hint))).to.satisfy((hints: string[]) =>
      hints.every((hint) => hint.includes('clientSecret')),
    );
    expect(fake.requests).to.have.length(0);
  });

  it('is not called within a second after it threw, and is called again later', async () => {
    let attempts = 0;
    const app = appWith(() => {
      if (++attempts === 1) throw new Error('not now');
      return 'the-first-secret';
    });
    expectProblem(await signUp(app), 'upstream_unavailable');
    expectProblem(await signUp(app), 'upstream_unavailable');
    expect(attempts).to.equal(1);
    skipSeconds(2);
    expectStatus(await signUp(app), 200);
  });

  it('leaves the cached secret in use while it throws', async () => {
    let fails = false;
    const app = appWith(() => {
      if (fails) throw new Error('not now');
      return 'the-first-secret';
    });
    expectStatus(await signUp(app), 200);
    fails = true;
    skipSeconds(11);
    fake.answer = fail('NotAuthorizedException', REFUSED);
    expectProblem(await signUp(app), 'server_misconfigured');
    fake.answer = succeed;
    expectStatus(await signUp(app), 200);
  });

  it('is abandoned at the call timeout if it never returns', async () => {
    const app = appWith(() => new Promise(() => {}), { timeouts: { call: 300 } });
    const response = await signUp(app);
    expect(response.status).to.be.oneOf([503, 504]);
    expect(log.text()).to.include('did not return in time');
  });

  for (const [kind, value] of [
    ['undefined', undefined],
    ['a number', 7],
    ['an empty string', ''],
    ['a string with a line break', 'a\nb'],
    ['a string of more than 256 characters', 'x'.repeat(257)],
  ] as const) {
    it(`causes server_misconfigured if it returns ${kind}`, async () => {
      const app = appWith((() => value) as unknown as ClientSecretSource);
      expectProblem(await signUp(app), 'server_misconfigured');
      expect(log.text()).to.include('must return');
    });
  }

  it('makes ready() reject if it rejects', async () => {
    const { createCognitoRouter } = await import('../../src/router.ts');
    const auth = createCognitoRouter({
      ...fake.issuer.config,
      endpoint: fake.url,
      logger: false,
      clientSecret: () => Promise.reject(new Error('not now')),
    });
    const error: unknown = await auth.ready().catch((thrown: unknown) => thrown);
    await auth.close();
    expect(error).to.be.instanceOf(Error);
  });
});

describe('secretsManagerSecret()', () => {
  const ARN = 'arn:aws:secretsmanager:eu-west-1:123456789012:secret:my-app-client-a1b2c3';
  const app = { userPoolId: 'eu-west-1_Example', clientId: 'theclient' };
  const secret = { userPoolId: app.userPoolId, userPoolClientId: app.clientId, clientSecretValue: 'itself' };
  const clientWith = (SecretString: unknown) => ({ send: async () => ({ SecretString }) });

  it('refuses every argument except the ARN of a secret', () => {
    for (const wrong of [
      '',
      'my-secret',
      'arn:aws:s3:::bucket',
      undefined,
      ARN.replace('secretsmanager', 'ssm'),
    ]) {
      expect(() => secretsManagerSecret(wrong as string), String(wrong))
        .to.throw(TypeError, 'secretsManagerSecret was called with')
        .with.property('message')
        .that.includes('pass the ARN');
    }
  });

  it('refuses an endpoint with plain HTTP on another host, and one that is not a URL', () => {
    expect(() => secretsManagerSecret(ARN, { endpoint: 'http://secrets.example.com' })).to.throw(
      TypeError,
      'https://',
    );
    expect(() => secretsManagerSecret(ARN, { endpoint: 'nonsense' })).to.throw(
      TypeError,
      'endpoint is "nonsense"',
    );
  });

  it('requests the secret by its ARN and reads the JSON that Cognito writes', async () => {
    const sent: unknown[] = [];
    const client = {
      async send(command: { input: unknown }) {
        sent.push(command.input);
        return { SecretString: JSON.stringify(secret) };
      },
    };
    expect(await secretsManagerSecret(ARN, { client })(app)).to.equal('itself');
    expect(sent).to.deep.equal([{ SecretId: ARN }]);
  });

  for (const [kind, text] of [
    ['a missing SecretString', undefined],
    ['text that is not JSON', 'itself'],
    ['JSON with other members', '{"password":"itself"}'],
    ['null', 'null'],
    ['a secret that is not a string', JSON.stringify({ ...secret, clientSecretValue: 7 })],
  ] as const) {
    it(`refuses ${kind} without quoting it`, async () => {
      const source = secretsManagerSecret(ARN, { client: clientWith(text) });
      const error: unknown = await Promise.resolve(source(app)).catch((thrown: unknown) => thrown);
      expect(error).to.be.instanceOf(Error).with.property('message').that.includes('did not write');
      expect(String((error as Error).stack)).to.not.include('itself');
    });
  }

  it('refuses the secret of another app client', async () => {
    const source = secretsManagerSecret(ARN, {
      client: clientWith(JSON.stringify({ ...secret, userPoolClientId: 'another' })),
    });
    const error: unknown = await Promise.resolve(source(app)).catch((thrown: unknown) => thrown);
    expect(error).to.be.instanceOf(Error).with.property('message').that.includes('another app client');
  });

  it('names the package to install if the Secrets Manager client is missing', async () => {
    const script = `
      import { register } from 'node:module';
      const hooks = \`export function resolve(specifier, context, next) {
        if (specifier !== '@aws-sdk/client-secrets-manager') return next(specifier, context);
        throw Object.assign(new Error('Cannot find package'), { code: 'ERR_MODULE_NOT_FOUND' });
      }\`;
      register('data:text/javascript,' + encodeURIComponent(hooks));
      const { secretsManagerSecret } = await import('express-cognito-kit');
      await secretsManagerSecret('${ARN}')({ userPoolId: 'p', clientId: 'c' }).catch((error) => console.log(error.message));`;
    const { stdout } = await promisify(execFile)(process.execPath, [
      '--import',
      'tsx',
      '--input-type=module',
      '--eval',
      script,
    ]);
    expect(stdout).to.include('install it beside express-cognito-kit');
  });
});

describe('CLIENT_PROOFS', () => {
  it('lists every operation of the SDK that takes a secret hash or the client secret', () => {
    const taking = Object.values(sdk)
      .map((schema) => (Array.isArray(schema) && schema[0] === 3 ? (schema as unknown[]) : undefined))
      .filter((schema) => schema !== undefined)
      .filter((schema) => {
        const members = schema[4] as readonly string[] | undefined;
        return members?.includes('SecretHash') || members?.includes('ClientSecret');
      })
      .map((schema) => String(schema[2]))
      .filter((name) => name.endsWith('Request'))
      .map((name) => name.replace(/Request$/, ''));
    // Administrator operations that assign a secret.
    const others = ['AddUserPoolClientSecret', 'CreateUserPoolClient'];
    expect(taking).to.include('SignUp');
    const inParameters = ['InitiateAuth', 'RespondToAuthChallenge'].flatMap((name) => [name, `Admin${name}`]);
    const expected = [...taking.filter((name) => !others.includes(name)), ...inParameters];
    expect(Object.keys(CLIENT_PROOFS).sort()).to.deep.equal(expected.sort());
  });
});

describe('Client secrets of the local user pool', () => {
  let pool: LocalUserPool;
  let cognito: sdk.CognitoIdentityProvider;
  let secrets: SecretsManagerClient;

  before(async () => {
    pool = await startLocalUserPool({ quiet: true, users: [ADA] });
    const client = {
      region: 'us-east-1',
      endpoint: pool.url,
      credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
      maxAttempts: 1,
    };
    cognito = new sdk.CognitoIdentityProvider(client);
    secrets = new SecretsManagerClient(client);
  });
  after(async () => {
    cognito.destroy();
    secrets.destroy();
    await pool.close();
  });

  const call = async (
    target: string,
    body: object,
  ): Promise<{ status: number; body: Record<string, never> }> => {
    const response = await fetch(pool.url, {
      method: 'POST',
      headers: { ...SIGNED, 'x-amz-target': target },
      body: JSON.stringify(body),
    });
    return { status: response.status, body: (await response.json()) as Record<string, never> };
  };
  const createClient = async (settings: object): Promise<Record<string, never>> => {
    const { status, body } = await call('AWSCognitoIdentityProviderService.CreateUserPoolClient', {
      UserPoolId: pool.config.userPoolId,
      ClientName: 'another',
      ...settings,
    });
    expect(status, JSON.stringify(body)).to.equal(200);
    return body.UserPoolClient ?? {};
  };
  const signsIn = async (ClientId: string, clientSecret: string): Promise<boolean> => {
    const SECRET_HASH = secretHash({ clientId: ClientId, clientSecret }, ADA.username);
    const attempt = cognito.initiateAuth({
      ClientId,
      AuthFlow: 'USER_PASSWORD_AUTH',
      AuthParameters: { USERNAME: ADA.username, PASSWORD, SECRET_HASH },
    });
    return attempt.then(
      () => true,
      (error: Error) => {
        expect(error.message).to.equal(`Unable to verify secret hash for client ${ClientId}`);
        return false;
      },
    );
  };
  const ExplicitAuthFlows = ['ALLOW_USER_PASSWORD_AUTH'];

  it('appear only by their ARN if Secrets Manager keeps them', async () => {
    const client = await createClient({ ...PUBLISHED, ExplicitAuthFlows });
    expect(client)
      .to.have.property('ClientSecretArn')
      .that.matches(/^arn:aws:secretsmanager:us-east-1:/);
    expect(client).to.not.have.property('ClientSecret');
    const { body } = await call('AWSCognitoIdentityProviderService.DescribeUserPoolClient', {
      UserPoolId: pool.config.userPoolId,
      ClientId: client.ClientId,
    });
    expect(body.UserPoolClient).to.deep.include({ ClientSecretArn: client.ClientSecretArn });
    expect(body.UserPoolClient).to.not.have.property('ClientSecret');
    const secret = await secrets.send(new GetSecretValueCommand({ SecretId: client.ClientSecretArn }));
    const { clientSecretValue, ...ids } = JSON.parse(secret.SecretString ?? '');
    expect(ids).to.deep.equal({ userPoolId: pool.config.userPoolId, userPoolClientId: client.ClientId });
    expect(await signsIn(client.ClientId ?? '', clientSecretValue)).to.equal(true);
  });

  it('stay valid until the second rotation after their creation', async () => {
    const { ClientId = '', ClientSecretArn: SecretId } = await createClient({
      ...PUBLISHED,
      ExplicitAuthFlows,
    });
    const read = async (VersionStage?: string): Promise<string> => {
      const { SecretString = '{}' } = await secrets.send(
        new GetSecretValueCommand({ SecretId, VersionStage }),
      );
      return JSON.parse(SecretString).clientSecretValue;
    };
    const first = await read();
    expect((await call('secretsmanager.RotateSecret', { SecretId })).status).to.equal(200);
    const second = await read();
    expect(await read('AWSPREVIOUS')).to.equal(first);
    expect([await signsIn(ClientId, first), await signsIn(ClientId, second)]).to.deep.equal([true, true]);
    await call('secretsmanager.RotateSecret', { SecretId });
    expect([await signsIn(ClientId, first), await signsIn(ClientId, second)]).to.deep.equal([false, true]);
  });

  it('can be added, listed and deleted; a client has at least one and at most two', async () => {
    const { ClientId = '', ClientSecret: first = '' } = await createClient({
      GenerateSecret: true,
      ExplicitAuthFlows,
    });
    const UserPoolId = pool.config.userPoolId;
    const added = await cognito.addUserPoolClientSecret({ UserPoolId, ClientId });
    const { ClientSecretId = '', ClientSecretValue: second = '' } = added.ClientSecretDescriptor ?? {};
    expect(ClientSecretId).to.match(new RegExp(`^${ClientId}--\\d+$`));
    expect([await signsIn(ClientId, first), await signsIn(ClientId, second)]).to.deep.equal([true, true]);
    const refusal = await cognito
      .addUserPoolClientSecret({ UserPoolId, ClientId })
      .catch((error: Error) => error);
    expect(refusal).to.have.property('name', 'LimitExceededException');
    const { ClientSecrets = [] } = await cognito.listUserPoolClientSecrets({ UserPoolId, ClientId });
    expect(ClientSecrets).to.have.length(2);
    expect(JSON.stringify(ClientSecrets)).to.not.include(first).and.not.to.include(second);
    const [, oldest] = ClientSecrets.map(({ ClientSecretId: id }) => id);
    await cognito.deleteUserPoolClientSecret({ UserPoolId, ClientId, ClientSecretId: oldest });
    expect([await signsIn(ClientId, first), await signsIn(ClientId, second)]).to.deep.equal([false, true]);
    const last = await cognito
      .deleteUserPoolClientSecret({ UserPoolId, ClientId, ClientSecretId })
      .catch((error: Error) => error);
    expect(last).to.have.property('name', 'InvalidParameterException');
    const gone = await cognito
      .deleteUserPoolClientSecret({ UserPoolId, ClientId, ClientSecretId: oldest })
      .catch((error: Error) => error);
    expect(gone).to.have.property('name', 'ResourceNotFoundException');
    const own = 'aVerySecretClientSecret0123456789';
    const { ClientSecretDescriptor } = await cognito.addUserPoolClientSecret({
      UserPoolId,
      ClientId,
      ClientSecret: own,
    });
    expect(ClientSecretDescriptor).to.not.have.property('ClientSecretValue');
    expect(await signsIn(ClientId, own)).to.equal(true);
  });

  it('can be chosen by the caller, but not together with GenerateSecret', async () => {
    const own = 'aVerySecretClientSecret0123456789';
    const UserPoolId = pool.config.userPoolId;
    const { UserPoolClient: { ClientId = '' } = {} } = await cognito.createUserPoolClient({
      UserPoolId,
      ClientName: 'own',
      ClientSecret: own,
      ExplicitAuthFlows: ['ALLOW_USER_PASSWORD_AUTH'],
    });
    expect(await signsIn(ClientId, own)).to.equal(true);
    const both = cognito.createUserPoolClient({
      UserPoolId,
      ClientName: 'both',
      ClientSecret: own,
      GenerateSecret: true,
    });
    expect(await both.catch((error: Error) => error)).to.have.property('name', 'InvalidParameterException');
  });

  it('cannot be added to, rotated for or published by a public app client', async () => {
    const { ClientId } = await createClient({});
    const UserPoolId = pool.config.userPoolId;
    const refusal = await cognito
      .addUserPoolClientSecret({ UserPoolId, ClientId })
      .catch((error: Error) => error);
    expect(refusal).to.have.property('name', 'InvalidParameterException');
    expect(() => pool.rotateClientSecret(ClientId)).to.throw('has no secret to rotate');
    const { status } = await call('AWSCognitoIdentityProviderService.CreateUserPoolClient', {
      UserPoolId,
      ClientName: 'public',
      PublishSecretsInAWSSecretsManager: true,
    });
    expect(status).to.equal(400);
  });

  it('are rotated as soon as an update publishes them in Secrets Manager', async () => {
    const { ClientId = '', ClientSecret: first = '' } = await createClient({
      GenerateSecret: true,
      ExplicitAuthFlows,
    });
    const UserPoolId = pool.config.userPoolId;
    const { ClientSecretDescriptor } = await cognito.addUserPoolClientSecret({ UserPoolId, ClientId });
    await call('AWSCognitoIdentityProviderService.UpdateUserPoolClient', {
      UserPoolId,
      ClientId,
      ExplicitAuthFlows,
      PublishSecretsInAWSSecretsManager: true,
    });
    const second = ClientSecretDescriptor?.ClientSecretValue ?? '';
    expect([await signsIn(ClientId, first), await signsIn(ClientId, second)]).to.deep.equal([false, true]);
  });

  it('are not found in Secrets Manager under another ID', async () => {
    const { status, body } = await call('secretsmanager.GetSecretValue', { SecretId: 'another' });
    expect([status, body.__type]).to.deep.equal([400, 'ResourceNotFoundException']);
  });

  it('support no other operation of Secrets Manager', async () => {
    const { status, body } = await call('secretsmanager.ListSecrets', {});
    expect([status, body.__type]).to.deep.equal([400, 'UnknownOperationException']);
  });
});
