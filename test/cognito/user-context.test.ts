import * as sdk from '@aws-sdk/client-cognito-identity-provider';
import { expect } from 'chai';
import express from 'express';
import supertest from 'supertest';
import type { OperationName } from '../../src/cognito/operations.ts';
import { TAKES_CONTEXT, TAKES_USER_CONTEXT } from '../../src/cognito/user-context.ts';
import type { EndpointName } from '../../src/config/endpoint-names.ts';
import type { Config } from '../../src/config/options.ts';
import { parseConfig } from '../../src/config/settings.ts';
import { ENDPOINTS } from '../../src/endpoints/table.ts';
import { operationsOf } from '../../src/openapi/document.ts';
import { createCognitoRouter } from '../../src/router.ts';
import { atLeast } from '../support/at-least.ts';
import { endpointOf, type FakeCognito, fail, startFakeCognito, succeed } from '../support/fake-cognito.ts';
import { expectProblem, expectStatus, startKit } from '../support/helpers.ts';
import { captureLog } from '../support/log-capture.ts';
import { pathOf, SAMPLE_REQUESTS } from '../support/requests.ts';

const CLIENT_SECRET = 'aVerySecretClientSecret0123456789';
const ENCODED_DATA = 'eyJwYXlsb2FkIjoibWFya2VkIn0=';

let fake: FakeCognito;
const routers: ReturnType<typeof createCognitoRouter>[] = [];

before(async () => {
  fake = await startFakeCognito();
});
after(async () => {
  for (const router of routers) router.close();
  await fake.close();
});
beforeEach(() => {
  fake.answer = succeed;
  fake.requests.length = 0;
});

function appWith(config: Config, trustProxy?: unknown): ReturnType<typeof supertest> {
  const app = express();
  if (trustProxy !== undefined) app.set('trust proxy', trustProxy);
  const router = createCognitoRouter({
    ...fake.issuer.config,
    endpoint: fake.url,
    clientSecret: CLIENT_SECRET,
    logger: false,
    rateLimits: false,
    ...config,
  });
  routers.push(router);
  return supertest(app.use('/auth', router));
}

/** Calls an endpoint with its example, and returns the UserContextData that Cognito received. */
async function contextOf(
  app: ReturnType<typeof supertest>,
  name: EndpointName,
  { body = {}, headers = {} }: { body?: object; headers?: Record<string, string> } = {},
): Promise<unknown> {
  const endpoint = endpointOf(name);
  const session = endpoint.attempt ? { session: crypto.randomUUID().repeat(2) } : {};
  fake.requests.length = 0;
  const test = app[endpoint.method](`/auth${pathOf(endpoint)}`).set(headers);
  if (endpoint.auth !== 'none') test.set('Authorization', `Bearer ${fake.issuer.accessToken()}`);
  expectStatus(await test.send({ ...endpoint.example.request, ...session, ...body }), 200);
  return fake.requests[0]?.input.UserContextData;
}

/** Endpoints without authentication whose operation takes UserContextData. */
const PUBLIC = atLeast(
  7,
  ENDPOINTS.filter(
    (endpoint) =>
      endpoint.auth === 'none' &&
      endpoint.name !== 'refresh' &&
      operationsOf(endpoint).some((operation) => TAKES_USER_CONTEXT.has(operation as OperationName)),
  ),
);

describe('Context data for threat protection', () => {
  it('is sent as UserContextData with every operation that takes it in the installed SDK', () => {
    const shapes = Object.entries(sdk).filter(([name]) => name.endsWith('Request$'));
    const takers = shapes
      .filter(([, shape]) => (shape as unknown[]).flat().includes('UserContextData'))
      .map(([name]) => name.replace(/Request\$$/, ''));
    expect(takers).to.have.length.greaterThan(5);
    expect([...TAKES_USER_CONTEXT]).to.have.members(takers);
  });

  it('is sent as ContextData with the administrator operations that take it in the installed SDK', () => {
    for (const operation of atLeast(2, [...TAKES_CONTEXT])) {
      const shape: unknown = (sdk as Record<string, unknown>)[`${operation}Request$`];
      expect((shape as unknown[]).flat(), operation).to.include('ContextData');
    }
  });

  it('has the address, path and headers in administrator operations, without cookies and tokens', async () => {
    const client = new sdk.CognitoIdentityProviderClient({
      region: 'us-east-1',
      endpoint: fake.url,
      credentials: { accessKeyId: 'AKIATEST', secretAccessKey: 'test' },
    });
    const app = appWith({ authFlow: 'ADMIN_USER_PASSWORD_AUTH', sendIpAddress: true, cognitoClient: client });
    const headers = { 'User-Agent': 'Mosaic/1.0', Cookie: 'a=b', Host: 'www.example.com:8443' };
    const context = {
      IpAddress: '127.0.0.1',
      ServerName: 'www.example.com',
      HttpHeaders: [{ headerName: 'User-Agent', headerValue: 'Mosaic/1.0' }],
      EncodedData: ENCODED_DATA,
    };
    for (const [name, path] of [
      ['signIn', '/auth/sign-in'],
      ['respondToChallenge', '/auth/challenge'],
    ] as const) {
      expect(await contextOf(app, name, { body: { encodedData: ENCODED_DATA }, headers })).to.equal(
        undefined,
      );
      expect(fake.requests[0]?.input.ContextData).to.deep.equal({ ...context, ServerPath: path });
    }
    const withoutAddress = appWith({ authFlow: 'ADMIN_USER_PASSWORD_AUTH', cognitoClient: client });
    await contextOf(withoutAddress, 'signIn', { body: { encodedData: ENCODED_DATA } });
    expect(fake.requests[0]?.input).to.not.have.any.keys('ContextData', 'UserContextData');
    client.destroy();
  });

  it("has the client's address and the device data at every public endpoint that takes it", async () => {
    expect(PUBLIC.map(({ name }) => name)).to.include.members(['signUp', 'signIn', 'respondToChallenge']);
    const app = appWith({ sendIpAddress: true });
    for (const { name } of PUBLIC) {
      const context = await contextOf(app, name, { body: { encodedData: ENCODED_DATA } });
      expect(context, name).to.deep.equal({ IpAddress: '127.0.0.1', EncodedData: ENCODED_DATA });
    }
  });

  it('is not sent by default', async () => {
    expect(await contextOf(appWith({}), 'signIn')).to.equal(undefined);
  });

  it('has the device data without the address if sendIpAddress is not set', async () => {
    const context = await contextOf(appWith({}), 'signIn', { body: { encodedData: ENCODED_DATA } });
    expect(context).to.deep.equal({ EncodedData: ENCODED_DATA });
  });

  it('is not sent with an operation that does not take it', async () => {
    const app = appWith({ sendIpAddress: true });
    for (const name of ['refresh', 'getMe', 'changePassword'] as const)
      expect(await contextOf(app, name), name).to.equal(undefined);
  });

  it('is sent with both calls of a sign-in by SRP', async () => {
    const kit = await startKit({ pool: { clientSecret: CLIENT_SECRET } });
    const seen: [string, unknown][] = [];
    const client = new sdk.CognitoIdentityProviderClient({
      region: 'us-east-1',
      endpoint: kit.pool.url,
      maxAttempts: 1,
    });
    client.middlewareStack.add(
      (next, context) => (args) => {
        const { UserContextData } = args.input as { UserContextData?: unknown };
        seen.push([String(context.commandName), UserContextData]);
        return next(args);
      },
      { step: 'initialize' },
    );
    const { email, password } = await kit.signUpAndIn();
    const srp = await startKit({
      pool: kit.pool,
      config: { cognitoClient: client, authFlow: 'USER_SRP_AUTH', sendIpAddress: true },
    });
    expectStatus(await srp.post('/sign-in', { email, password, encodedData: ENCODED_DATA }), 200);
    const context = { IpAddress: '127.0.0.1', EncodedData: ENCODED_DATA };
    expect(seen).to.deep.equal([
      ['InitiateAuthCommand', context],
      ['RespondToAuthChallengeCommand', context],
    ]);
    client.destroy();
    await srp.close();
  });
});

describe("The client's IP address", () => {
  const spoofed = { headers: { 'X-Forwarded-For': '203.0.113.9' } };

  it('is not taken from X-Forwarded-For without trust proxy', async () => {
    const app = appWith({ sendIpAddress: true });
    expect(await contextOf(app, 'signIn', spoofed)).to.deep.equal({ IpAddress: '127.0.0.1' });
  });

  it('is taken from X-Forwarded-For with trust proxy', async () => {
    const app = appWith({ sendIpAddress: true }, 1);
    expect(await contextOf(app, 'signIn', spoofed)).to.deep.equal({ IpAddress: '203.0.113.9' });
    const headers = { 'X-Forwarded-For': '198.51.100.66, 203.0.113.9' };
    expect(await contextOf(app, 'signIn', { headers })).to.deep.equal({ IpAddress: '203.0.113.9' });
    const ipv6 = { headers: { 'X-Forwarded-For': '2001:db8::7' } };
    expect(await contextOf(app, 'signIn', ipv6)).to.deep.equal({ IpAddress: '2001:db8::7' });
  });

  it('cannot be sent without a client secret, and the message states the fix', () => {
    const pool = { userPoolId: 'us-east-1_AbCdEfGhI', clientId: '1example23456789' };
    expect(() => parseConfig({ ...pool, sendIpAddress: true }, {})).to.throw(
      TypeError,
      /sendIpAddress is true without clientSecret; .*EnablePropagateAdditionalUserContextData: set clientSecret, or remove sendIpAddress/,
    );
    const env = { COGNITO_CLIENT_SECRET: CLIENT_SECRET };
    expect(parseConfig({ ...pool, sendIpAddress: true }, env).sendIpAddress).to.equal(true);
    expect(parseConfig({ ...pool, sendIpAddress: false }, {}).sendIpAddress).to.equal(false);
  });
});

describe('Device data', () => {
  it('is refused if it is too long or malformed', async () => {
    const app = appWith({});
    for (const encodedData of ['', 'x'.repeat(8193), 'a b', 'a\0', 'é', 1, {}, ['x'], null]) {
      const body = { ...endpointOf('signIn').example.request, encodedData };
      const response = expectProblem(await app.post('/auth/sign-in').send(body), 'validation_failed');
      expect(response.body.errors[0].path).to.equal('/encodedData');
    }
    expect(await contextOf(app, 'signIn', { body: { encodedData: 'x'.repeat(8192) } })).to.be.an('object');
  });

  it('is in no log line and no response, even if Cognito quotes it', async () => {
    const log = captureLog();
    const app = appWith({ logger: log.logger, sendIpAddress: true }, 1);
    const body = { ...endpointOf('signIn').example.request, encodedData: ENCODED_DATA };
    const send = () => app.post('/auth/sign-in').set('X-Forwarded-For', '203.0.113.9').send(body);
    const answers = [await send()];
    for (const exception of [
      'InvalidParameterException',
      'NotAuthorizedException',
      'InternalErrorException',
    ]) {
      fake.answer = fail(exception, `Value '${ENCODED_DATA}' at 'userContextData.encodedData' failed`);
      answers.push(await send());
    }
    expect(log.lines().filter(({ endpoint }) => endpoint === 'signIn')).to.have.length(4);
    const output = log.text() + answers.map(({ text }) => text).join();
    expect(output).to.not.include(ENCODED_DATA).and.not.include('203.0.113.9');
  });
});

describe('ClientMetadata', () => {
  /** Requests with a body whose operation takes ClientMetadata. */
  const TAKERS = atLeast(
    9,
    SAMPLE_REQUESTS.filter(
      ({ endpoint: { name }, body }) =>
        body && (PUBLIC.some((each) => each.name === name) || ['refresh', 'updateMe'].includes(name)),
    ),
  );

  it('is refused in a body if allowedClientMetadata is not set', async () => {
    const app = appWith({});
    expect(TAKERS.length).to.be.greaterThan(10);
    for (const { method, path, body, title } of TAKERS) {
      const response = await app[method](path)
        .set('Authorization', `Bearer ${fake.issuer.accessToken()}`)
        .send({ ...body, clientMetadata: { campaign: 'x' } });
      expectProblem(response, 'validation_failed');
      expect(response.body.errors[0].path, title).to.equal('/clientMetadata');
    }
    expect(fake.requests).to.deep.equal([]);
  });

  it('is taken from a body with the keys in allowedClientMetadata only', async () => {
    const app = appWith({ allowedClientMetadata: ['campaign', 'app.version'] });
    for (const { method, path, body, title } of TAKERS) {
      const send = (clientMetadata: object) =>
        app[method](path)
          .set('Authorization', `Bearer ${fake.issuer.accessToken()}`)
          .send({
            ...body,
            ...('session' in (body ?? {}) && { session: crypto.randomUUID() }),
            clientMetadata,
          });
      fake.requests.length = 0;
      expectStatus(await send({ campaign: 'spring', 'app.version': '2' }), 200);
      const [request] = fake.requests;
      expect(request?.input.ClientMetadata, title).to.deep.equal({ campaign: 'spring', 'app.version': '2' });
      expectProblem(await send({ campaign: 'spring', other: 'x' }), 'validation_failed');
      for (const campaign of ['', 'x'.repeat(2049), 1, { a: 'b' }])
        expectProblem(await send({ campaign }), 'validation_failed');
    }
  });

  it('of a hook takes precedence over the body', async () => {
    const app = appWith({
      allowedClientMetadata: ['campaign', 'tenant'],
      hooks: { before: { signIn: () => ({ clientMetadata: { tenant: 'ours' } }) } },
    });
    const body = { clientMetadata: { campaign: 'spring', tenant: 'theirs' } };
    await contextOf(app, 'signIn', { body });
    expect(fake.requests[0]?.input.ClientMetadata).to.deep.equal({ campaign: 'spring', tenant: 'ours' });
  });

  it('reaches the Lambda trigger of the pool', async () => {
    const seen: object[] = [];
    const kit = await startKit({
      pool: {
        triggers: {
          preSignUp: (event) => {
            seen.push({ ...event.request.clientMetadata });
            return event;
          },
        },
      },
      config: { allowedClientMetadata: ['campaign'] },
    });
    const clientMetadata = { campaign: 'spring' };
    const body = { email: 'ada@example.com', password: 'Correct-horse-7', clientMetadata };
    expectStatus(await kit.post('/sign-up', body), 200);
    expect(seen).to.deep.equal([clientMetadata]);
  });
});
