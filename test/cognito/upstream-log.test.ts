import { expect } from 'chai';
import express from 'express';
import supertest, { type Response } from 'supertest';
import type { EndpointName } from '../../src/config/endpoint-names.ts';
import type { Config } from '../../src/config/options.ts';
import { ENDPOINTS } from '../../src/endpoints/table.ts';
import { errorsOf, operationsOf } from '../../src/openapi/document.ts';
import { createCognitoRouter } from '../../src/router.ts';
import { PROBLEMS, type ProblemCode } from '../../src/shared/problem.ts';
import { atLeast } from '../support/at-least.ts';
import { SAME_ORIGIN } from '../support/cookie-client.ts';
import {
  answerWith,
  endpointOf,
  type FakeAnswer,
  type FakeCognito,
  fail,
  startFakeCognito,
} from '../support/fake-cognito.ts';
import { UNREACHABLE } from '../support/free-port.ts';
import { expectProblem } from '../support/helpers.ts';
import { captureLog } from '../support/log-capture.ts';
import { FAULTS } from '../support/upstream-faults.ts';

const CALLING_COGNITO = atLeast(
  30,
  ENDPOINTS.filter((endpoint) => operationsOf(endpoint).length > 0).map(({ name }) => name),
);

const VERIFIER = answerWith({
  ChallengeName: 'PASSWORD_VERIFIER',
  ChallengeParameters: { USER_ID_FOR_SRP: 'ada', SALT: 'abcd', SRP_B: 'abcd', SECRET_BLOCK: 'AAAA' },
});
const DEVICE = { deviceKey: 'us-east-1_0123-abcd', deviceGroupKey: 'group', devicePassword: 'password' };

/** Requests that need a second call of Cognito, and the answer to the first one. */
const SECOND_CALLS: readonly (readonly [EndpointName, object, FakeAnswer, Config?])[] = [
  ['signIn', {}, VERIFIER, { authFlow: 'USER_SRP_AUTH' }],
  ['signIn', { device: DEVICE }, answerWith({ ChallengeName: 'DEVICE_SRP_AUTH', Session: 's' })],
  [
    'respondToChallenge',
    { name: 'PASSWORD_SRP', password: 'x', confirmationCode: undefined },
    VERIFIER,
    { authFlow: 'USER_AUTH' },
  ],
  ['stepUp', { acr: undefined, maxAge: undefined }, VERIFIER, { authFlow: 'USER_SRP_AUTH' }],
  ['refresh', {}, fail('UnknownOperationException', '')],
  ['confirmDevice', { remember: true }, answerWith({ UserConfirmationNecessary: true })],
];

describe('Log line of a request that fails at Cognito', () => {
  const log = captureLog();
  let fake: FakeCognito;

  before(async () => {
    fake = await startFakeCognito();
  });
  after(() => fake.close());
  beforeEach(() => log.clear());

  /** A short deadline for the faults that end by it. */
  const configFor = (code: ProblemCode): Config => ({
    logger: log.logger,
    ...(code === 'upstream_timeout' && { timeouts: { call: 250 } }),
  });

  function expectLogged(name: EndpointName, response: Response, code: ProblemCode): void {
    expectProblem(response, code);
    expect(errorsOf(endpointOf(name))).to.include(code);
    const line = log.lines().find(({ requestId }) => requestId === response.body.requestId);
    const [status] = PROBLEMS[code];
    expect(line, name).to.include({
      endpoint: name,
      code,
      status,
      level: status >= 500 ? 50 : line?.hint ? 40 : 30,
    });
    expect(line?.exception, `${name}: ${JSON.stringify(line)}`).to.match(/^[\w ]+$/);
    expect(line?.operation, name).to.be.oneOf([...operationsOf(endpointOf(name))]);
    // Exceptions that Cognito documents need no hint.
    const documented = ['InternalErrorException', 'TooManyRequestsException'].includes(
      String(line?.exception),
    );
    if (status >= 500 && !documented) expect(line?.hint, `${name} ${line?.exception}`).to.be.a('string');
  }

  for (const [fault, [answer, code]] of Object.entries(FAULTS)) {
    // The SDK reads it as an empty object, the valid answer of half of the operations.
    if (fault === 'sends a JSON string') continue;
    it(`names the exception at every endpoint when Cognito ${fault}`, async () => {
      fake.answer = answer;
      const app = fake.app(configFor(code));
      const responses = await Promise.all(CALLING_COGNITO.map((name) => app.call(name)));
      for (const [i, name] of CALLING_COGNITO.entries()) expectLogged(name, responses[i] as Response, code);
    });

    it(`names the exception when Cognito ${fault} at the second call of a request`, async () => {
      for (const [name, body, first, config] of SECOND_CALLS) {
        fake.requests.length = 0;
        fake.answer = (request, res) => (fake.requests.length === 1 ? first : answer)(request, res);
        expectLogged(name, await fake.app({ ...configFor(code), ...config }).call(name, body), code);
      }
    });

    it(`names the exception with tokens in cookies when Cognito ${fault}`, async () => {
      fake.answer = answer;
      const auth = createCognitoRouter({
        ...fake.issuer.config,
        ...configFor(code),
        endpoint: fake.url,
        transport: 'cookie',
        rateLimits: false,
      });
      const request = supertest(express().use('/auth', auth));
      const Cookie = `__Host-auth-refresh=refresh-of-${Date.now()}; __Host-auth-access=${fake.issuer.accessToken()}`;
      for (const [name, path, body] of [
        ['refresh', '/auth/refresh', {}],
        ['signOut', '/auth/sign-out', {}],
        ['signOut', '/auth/sign-out', { everywhere: true }],
      ] as const) {
        expectLogged(
          name,
          await request
            .post(path)
            .set({ ...SAME_ORIGIN, Cookie })
            .send(body),
          code,
        );
      }
      await auth.close();
    });
  }

  it('names the exception at every endpoint when Cognito is unreachable', async () => {
    const app = fake.app({ ...configFor('upstream_unavailable'), endpoint: UNREACHABLE });
    for (const name of CALLING_COGNITO) expectLogged(name, await app.call(name), 'upstream_unavailable');
  });

  it('names KeysUnavailable at every endpoint with an access token when the keys cannot be fetched', async () => {
    const withoutKeys = { jwks: undefined } as object as Config;
    const app = fake.app({ ...withoutKeys, logger: log.logger, endpoint: UNREACHABLE });
    for (const { name, auth } of ENDPOINTS) {
      if (auth !== 'access') continue;
      log.clear();
      expectProblem(await app.call(name), 'upstream_unavailable');
      expect(log.lines().at(-1), name).to.include({
        code: 'upstream_unavailable',
        exception: 'KeysUnavailable',
      });
      expect(log.lines().at(-1)?.hint, name).to.be.a('string');
    }
  });

  it('names the deadline of an automatic refresh when Cognito does not answer', async () => {
    fake.answer = () => undefined;
    const auth = createCognitoRouter({
      ...fake.issuer.config,
      ...configFor('upstream_timeout'),
      endpoint: fake.url,
      transport: 'cookie',
      autoRefresh: true,
    });
    const request = supertest(express().get('/', auth.requireAuth()));
    const Cookie = '__Host-auth-refresh=a-refresh-token';
    expectProblem(await request.get('/').set({ ...SAME_ORIGIN, Cookie }), 'upstream_timeout');
    expect(log.lines().at(-1)).to.include({ code: 'upstream_timeout', exception: 'Deadline' });
    expect(log.lines().at(-1)?.hint).to.be.a('string');
    await auth.close();
  });

  it('names the exception behind a problem code of the kit', async () => {
    fake.answer = ({ input }, res) =>
      (input.AuthFlow === undefined
        ? fail('NotAuthorizedException', 'Incorrect username or password.')
        : answerWith({ ChallengeName: 'DEVICE_SRP_AUTH', Session: 's' }))({} as never, res);
    const app = fake.app({ logger: log.logger });
    const body = { name: 'DEVICE_SRP_AUTH', confirmationCode: undefined, device: DEVICE };
    expectProblem(await app.call('respondToChallenge', body), 'invalid_device');
    expect(log.lines().at(-1)).to.include({ code: 'invalid_device', exception: 'NotAuthorizedException' });
  });

  it('names no exception when the client disconnects', async () => {
    fake.answer = () => undefined;
    const app = fake.app({ logger: log.logger });
    for (const name of ['signIn', 'refresh'] as const) {
      log.clear();
      await app
        .call(name)
        .timeout(100)
        .then(
          () => expect.fail('answered'),
          () => undefined,
        );
      while (log.lines().length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
      expect(log.lines().at(-1))
        .to.include({ code: 'client_gone', status: 499 })
        .and.not.have.any.keys('exception', 'hint');
    }
  });
});
