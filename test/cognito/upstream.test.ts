import { execFile } from 'node:child_process';
import { createServer as createHttpServer, request as httpRequest } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { CognitoIdentityProviderClient } from '@aws-sdk/client-cognito-identity-provider';
import { expect } from 'chai';
import express from 'express';
import { pino } from 'pino';
import type { EndpointName } from '../../src/config/endpoint-names.ts';
import type { Config } from '../../src/config/options.ts';
import { ENDPOINTS } from '../../src/endpoints/table.ts';
import { operationsOf } from '../../src/openapi/document.ts';
import { createCognitoRouter } from '../../src/router.ts';
import { atLeast } from '../support/at-least.ts';
import {
  answerWith,
  type FakeAnswer,
  type FakeCognito,
  fail,
  startFakeCognito,
  succeed,
} from '../support/fake-cognito.ts';
import { UNREACHABLE } from '../support/free-port.ts';
import { expectProblem, expectStatus, listen } from '../support/helpers.ts';
import { captureLog } from '../support/log-capture.ts';
import { breakOff, drip, FAULTS, flood, HEAD, hang, html, MIB, respond } from '../support/upstream-faults.ts';

/** Endpoints that call Cognito, and the read-only ones of them. */
const CALLING_COGNITO = atLeast(
  30,
  ENDPOINTS.filter((endpoint) => operationsOf(endpoint).length > 0).map(({ name }) => name),
);
const READ_ONLY: readonly EndpointName[] = atLeast(
  6,
  ENDPOINTS.filter((endpoint) => endpoint.rateLimit === 'read' && operationsOf(endpoint).length > 0).map(
    ({ name }) => name,
  ),
);

/** Invalid messages that a server in place of Cognito could send. */
const INVALID_MESSAGES: typeof FAULTS = {
  'sends an error whose message is not a string': [
    respond(400, '{"__type":"NotAuthorizedException","message":{"a":1}}'),
    'invalid_credentials',
  ],
  'refuses a password with a message that is not a string': [
    respond(400, '{"__type":"InvalidPasswordException","message":["a"]}'),
    'invalid_credentials',
  ],
};

describe('Request to a faulty Cognito', () => {
  let fake: FakeCognito;

  before(async () => {
    fake = await startFakeCognito();
  });
  after(() => fake.close());
  beforeEach(() => {
    fake.requests.length = 0;
  });

  for (const [fault, [answer, code]] of Object.entries({ ...FAULTS, ...INVALID_MESSAGES })) {
    it(`answers ${code} if Cognito ${fault}`, async () => {
      // A short deadline for the faults that end by it.
      const app = fake.app(code === 'upstream_timeout' ? { timeouts: { call: 300 } } : {});
      fake.answer = answer;
      const startedAt = performance.now();
      const response = expectProblem(await app.call('signIn'), code);
      // The default is 5,000.
      expect(performance.now() - startedAt).to.be.below(4500);
      expect(JSON.stringify([response.headers, response.body])).to.not.match(/secret|gateway|127\.0\.0\.1/i);
      expect(fake.requests).to.have.length(1);
    });
  }

  it('answers 502 to an empty answer of Cognito only if the endpoint reads it', async () => {
    const app = fake.app();
    for (const answer of [respond(200, ''), respond(200, '{}'), respond(200, 'null')]) {
      fake.answer = answer;
      for (const name of ['signUp', 'signIn', 'respondToChallenge', 'refresh', 'getMe'] as const) {
        expectProblem(await app.call(name), 'upstream_error');
      }
      for (const name of ['confirmSignUp', 'confirmForgotPassword', 'changePassword', 'signOut'] as const) {
        expectStatus(await app.call(name), 200);
      }
    }
  });

  it('answers 503 at every endpoint if Cognito refuses the connection', async () => {
    const app = fake.app({ endpoint: UNREACHABLE });
    for (const name of CALLING_COGNITO) expectProblem(await app.call(name), 'upstream_unavailable');
  });

  it('answers 502 if the HTTPS endpoint does not support TLS', async () => {
    const app = fake.app({ endpoint: fake.url.replace('http:', 'https:') });
    expectProblem(await app.call('signIn'), 'upstream_error');
  });

  it('answers upstream_error or upstream_timeout at every endpoint if Cognito answers HTML or hangs', async () => {
    const app = fake.app();
    const impatient = fake.app({ timeouts: { call: 200 } });
    for (const name of CALLING_COGNITO) {
      fake.answer = html(502);
      expectProblem(await app.call(name), 'upstream_error');
      fake.answer = hang;
      expectProblem(await impatient.call(name), 'upstream_timeout');
    }
  });
});

describe('Failed call to Cognito', () => {
  let fake: FakeCognito;

  before(async () => {
    fake = await startFakeCognito();
  });
  after(() => fake.close());
  beforeEach(() => {
    fake.requests.length = 0;
  });

  const faults: Readonly<Record<string, FakeAnswer>> = {
    'with 500': fail('InternalErrorException', '', 500),
    'with 503': html(503),
    'because of throttling': fail('TooManyRequestsException', ''),
    'because the connection was reset': breakOff((socket) => socket.resetAndDestroy()),
    'because the answer broke off': breakOff((socket) => socket.write(HEAD, () => socket.destroy())),
  };

  for (const [how, answer] of Object.entries(faults)) {
    it(`${how} is not repeated if the operation changes data`, async () => {
      fake.answer = answer;
      const app = fake.app();
      for (const name of atLeast(
        20,
        CALLING_COGNITO.filter((each) => !READ_ONLY.includes(each)),
      )) {
        fake.requests.length = 0;
        const { status } = await app.call(name);
        expect(status, name).to.be.oneOf([429, 502, 503]);
        expect(fake.requests, name).to.have.length(1);
      }
    });
  }

  it('is repeated once if the operation is read-only', async () => {
    const app = fake.app();
    for (const name of READ_ONLY) {
      fake.requests.length = 0;
      fake.answer = faults['with 500'] as FakeAnswer;
      expectProblem(await app.call(name), 'upstream_error');
      expect(fake.requests).to.have.length(2);
    }
  });

  it('is answered with the result of a successful repetition', async () => {
    const app = fake.app();
    fake.answer = (request, res) =>
      (fake.requests.length === 1 ? breakOff((socket) => socket.resetAndDestroy()) : succeed)(request, res);
    expectStatus(await app.call('getMe'), 200);
    expect(fake.requests).to.have.length(2);
  });
});

describe('Call timeout', () => {
  let fake: FakeCognito;

  before(async () => {
    fake = await startFakeCognito();
  });
  after(() => fake.close());
  beforeEach(() => {
    fake.requests.length = 0;
  });

  for (const [fault, answer] of Object.entries({ 'does not answer': hang, drips: drip })) {
    it(`is taken from the options, and closes the socket if Cognito ${fault}`, async () => {
      fake.answer = answer;
      const app = fake.app({ timeouts: { call: 250 } });
      await app.call('health');
      const startedAt = performance.now();
      expectProblem(await app.call('signIn'), 'upstream_timeout');
      expect(performance.now() - startedAt).to.be.within(240, 4500);
      await fake.requests[0]?.closed;
    });
  }

  it('covers all calls of a request together', async () => {
    // Each call alone is in time.
    fake.answer = (request, res) => {
      const answer = request.operation === 'InitiateAuth' ? succeed : fail('UnknownOperationException', '');
      setTimeout(() => answer(request, res), 700);
    };
    expectProblem(await fake.app({ timeouts: { call: 1200 } }).call('refresh'), 'upstream_timeout');
    expect(fake.requests).to.have.length(2);
  });

  it('does not include the time in a before hook', async () => {
    fake.answer = succeed;
    const hooks = { before: { signIn: () => sleep(1200) } };
    expectStatus(await fake.app({ timeouts: { call: 1000 }, hooks }).call('signIn'), 200);
  });

  it('does not end a slow call that is in time', async () => {
    fake.answer = (request, res) => void setTimeout(() => succeed(request, res), 200);
    expectStatus(await fake.app({ timeouts: { call: 2000 } }).call('signIn'), 200);
  });
});

describe('Large answer of Cognito', () => {
  let fake: FakeCognito;

  before(async () => {
    fake = await startFakeCognito();
  });
  after(() => fake.close());
  beforeEach(() => {
    fake.requests.length = 0;
  });

  it('is accepted if it is the largest profile, 67 attributes of 2,048 characters', async () => {
    const values = Array.from({ length: 67 }, (_, i) => ({
      Name: `custom:${i}`,
      Value: '\u540d'.repeat(2048),
    }));
    fake.answer = answerWith({
      Username: 'name',
      UserAttributes: [{ Name: 'sub', Value: 'sub' }, ...values],
    });
    const { body } = expectStatus(await fake.app().call('getMe'), 200);
    expect(Object.keys(body.attributes)).to.have.length(68);
  });

  it('over 1 MiB closes the socket without a repetition and logs a hint', async () => {
    const log = captureLog();
    const app = fake.app({ logger: log.logger });
    let sent = 0;
    fake.answer = (request, res) => {
      flood(200)(request, res);
      res.socket?.once('close', () => {
        sent += res.socket?.bytesWritten ?? 0;
      });
    };
    const closed = (): Promise<unknown> => Promise.all(fake.requests.map((request) => request.closed));
    const answers = await Promise.all(Array.from({ length: 4 }, () => app.call('getMe')));
    for (const answer of answers) expectProblem(answer, 'upstream_error');
    await closed();
    expect(fake.requests).to.have.length(4);
    // The socket buffers hold some megabytes.
    expect(sent).to.be.below(4 * 16 * MIB);
    const line = log.lines().find(({ code }) => code === 'upstream_error');
    expect(line).to.include({ exception: 'AnswerTooLarge', level: 50 });
    expect(line?.hint).to.be.a('string').that.includes('endpoint');
  });

  // Regression: each one blocked the process for seconds.
  const slow: Readonly<Record<string, FakeAnswer>> = {
    'a JSON string of a megabyte': respond(200, `"${'x'.repeat(1e6)}"`),
    'an error that is a JSON string of a megabyte': respond(400, ` "${'x'.repeat(1e6)}"`),
    'an exception whose message repeats a word of the error map': fail(
      'NotAuthorizedException',
      'session'.repeat(140_000),
    ),
  };
  for (const [fault, answer] of Object.entries(slow)) {
    it(`costs less than two seconds of CPU time in three requests (${fault})`, async () => {
      const app = fake.app();
      await app.call('getMe');
      fake.answer = answer;
      const before = process.cpuUsage();
      for (let i = 0; i < 3; i++) await app.call('respondToChallenge');
      const { user, system } = process.cpuUsage(before);
      expect((user + system) / 1e6).to.be.below(2);
    });
  }

  it('does not lengthen the log line of an exception', async () => {
    const log = captureLog();
    const app = fake.app({ logger: log.logger });
    for (const text of ['x'.repeat(1e6), 'A secret\nof the gateway']) {
      for (const body of [{ __type: text }, { __type: 'FooException', code: text }]) {
        fake.answer = respond(400, JSON.stringify(body));
        expectProblem(await app.call('signIn'), 'upstream_error');
      }
    }
    const names = log.lines().map(({ exception }) => exception);
    expect(new Set(names)).to.deep.equal(new Set(['UnknownError', 'FooException']));
    expect(log.text()).to.not.include('secret');
  });
});

describe('Disconnected client', () => {
  let fake: FakeCognito;

  before(async () => {
    fake = await startFakeCognito();
  });
  after(() => fake.close());
  beforeEach(() => {
    fake.requests.length = 0;
  });

  /** Signs in over a separate socket, and closes it after `leave`. */
  async function signInAndLeave(
    config: Config,
    leave: () => Promise<unknown>,
  ): Promise<Record<string, unknown>> {
    let answered = false;
    const logged = new Promise<Record<string, unknown>>((resolve) => {
      const logger = pino({}, { write: (line: string) => resolve(JSON.parse(line)) });
      const onError = (): void => {
        answered = true;
      };
      Object.assign(config, { logger, onError });
    });
    const auth = createCognitoRouter({
      ...fake.issuer.config,
      endpoint: fake.url,
      rateLimits: false,
      ...config,
    });
    const server = await listen(createHttpServer(express().use('/auth', auth)));
    const headers = { 'content-type': 'application/json' };
    const client = httpRequest(`${server.url}/auth/sign-in`, { method: 'POST', headers });
    client.on('error', () => undefined);
    client.end(JSON.stringify({ email: 'ada@example.com', password: 'x' }));
    await leave();
    client.destroy();
    const line = await logged;
    await auth.close();
    await server.close();
    expect(answered).to.equal(false);
    return line;
  }

  const untilAsked = async (): Promise<void> => {
    while (fake.requests.length === 0) await sleep(5);
  };

  for (const [when, answer] of Object.entries({
    'before Cognito answers': hang,
    "during Cognito's slow answer": drip,
  })) {
    it(`${when} ends the call, gets no response and is logged as info`, async () => {
      fake.answer = answer;
      const line = await signInAndLeave({}, async () => {
        await untilAsked();
        await sleep(50);
      });
      expect(line).to.include({ level: 30, status: 499, code: 'client_gone', operation: 'InitiateAuth' });
      await Promise.race([fake.requests[0]?.closed, sleep(1000).then(() => expect.fail('still open'))]);
    });
  }

  it('in a before hook causes no call to Cognito', async () => {
    fake.answer = succeed;
    let entered = (): void => undefined;
    const inHook = new Promise<void>((resolve) => {
      entered = resolve;
    });
    const hooks = {
      before: {
        signIn: async () => {
          entered();
          await sleep(200);
        },
      },
    };
    const line = await signInAndLeave({ hooks }, () => inHook);
    expect(line).to.include({ code: 'client_gone' });
    expect(fake.requests).to.deep.equal([]);
  });
});

describe('AWS SDK', () => {
  it('is not loaded before its first use', async () => {
    const script = `
      import { Session } from 'node:inspector';
      import { createCognitoRouter } from './src/index.ts';
      import { createTestIssuer } from './src/testing/index.ts';
      const isLoaded = () => {
        const session = new Session();
        session.connect();
        let found = false;
        session.on('Debugger.scriptParsed', ({ params }) => {
          if (params.url.includes('client-cognito-identity-provider')) found = true;
        });
        session.post('Debugger.enable');
        session.disconnect();
        return found;
      };
      const { config } = await createTestIssuer();
      const auth = createCognitoRouter(config);
      const before = isLoaded();
      await auth.ready();
      console.log(before, isLoaded());
      auth.close();
    `;
    const args = ['--import', 'tsx', '--input-type=module', '--eval', script];
    const { stdout } = await promisify(execFile)(process.execPath, args, {
      cwd: new URL('../..', import.meta.url),
    });
    expect(stdout).to.equal('false true\n');
  });
});

describe('Calls with a shared SDK client', () => {
  let fake: FakeCognito;
  before(async () => {
    fake = await startFakeCognito();
  });
  after(() => fake.close());

  it('leave no password in their commands', async () => {
    const { prototype } = CognitoIdentityProviderClient;
    const { send } = prototype;
    const commands: { input: object }[] = [];
    prototype.send = function (this: never, ...args: [{ input: object }]) {
      commands.push(args[0]);
      return send.apply(this, args as never) as never;
    } as never;
    try {
      const app = fake.app();
      fake.answer = succeed;
      expectStatus(await app.call('signIn'), 200);
      fake.answer = fail('NotAuthorizedException', 'Incorrect username or password.');
      expectProblem(await app.call('signIn'), 'invalid_credentials');
    } finally {
      prototype.send = send;
    }
    expect(commands.map(({ input }) => input)).to.deep.equal([{}, {}]);
  });

  it('time out independently of each other', async () => {
    const app = fake.app({ timeouts: { call: 1000 } });
    fake.answer = succeed;
    expectStatus(await app.call('signIn'), 200);
    fake.requests.length = 0;
    // The first call hangs. The second call starts meanwhile and is answered after the first one's deadline.
    fake.answer = (request, res) => {
      if (fake.requests.indexOf(request) > 0) setTimeout(() => succeed(request, res), 600);
    };
    const first = app.call('signIn').then((response) => response);
    while (fake.requests.length === 0) await sleep(5);
    await sleep(600);
    const second = app.call('signIn').then((response) => response);
    expectProblem(await first, 'upstream_timeout');
    expectStatus(await second, 200);
  });
});

describe("The app's cognitoClient", () => {
  let fake: FakeCognito;
  let other: FakeCognito;

  before(async () => {
    [fake, other] = [await startFakeCognito(), await startFakeCognito()];
  });
  after(() => Promise.all([fake.close(), other.close()]));
  beforeEach(() => {
    fake.requests.length = 0;
    other.requests.length = 0;
  });

  it('keeps its endpoint, retries and middleware, and is not destroyed with the router', async () => {
    const client = new CognitoIdentityProviderClient({
      region: 'eu-west-1',
      endpoint: other.url,
      maxAttempts: 2,
    });
    const middleware = client.middlewareStack.identify().join();
    const app = fake.app({ cognitoClient: client });
    expectStatus(await app.call('signIn'), 200);
    other.answer = fail('InternalErrorException', '', 500);
    expectProblem(await app.call('signIn'), 'upstream_error');
    expect(other.requests).to.have.length(3);
    expect(fake.requests).to.deep.equal([]);
    expect(client.middlewareStack.identify().join()).to.equal(middleware);

    let destroyed = false;
    const destroy = client.destroy.bind(client);
    client.destroy = () => {
      destroyed = true;
      destroy();
    };
    app.close();
    await sleep(0);
    expect(destroyed).to.equal(false);
    client.destroy();
  });

  it('is subject to the call timeout', async () => {
    other.answer = hang;
    const client = new CognitoIdentityProviderClient({ region: 'eu-west-1', endpoint: other.url });
    expectProblem(
      await fake.app({ cognitoClient: client, timeouts: { call: 200 } }).call('signIn'),
      'upstream_timeout',
    );
    client.destroy();
  });

  it('can be a stub that only has send()', async () => {
    const sent: unknown[] = [];
    const client = {
      send: async (command: { input: unknown }) => {
        sent.push(command.input);
        return { UserSub: 'x' };
      },
    } as unknown as CognitoIdentityProviderClient;
    expectStatus(await fake.app({ cognitoClient: client }).call('signUp'), 200);
    expect(sent).to.have.length(1);
    const stuck = { send: () => new Promise(() => undefined) } as unknown as CognitoIdentityProviderClient;
    const app = fake.app({ cognitoClient: stuck, timeouts: { call: 100 } });
    expectProblem(await app.call('signUp'), 'upstream_timeout');
  });
});

describe('Connections to Cognito', () => {
  it('are kept alive, reused by later requests, and closed with the router', async () => {
    const fake = await startFakeCognito();
    const app = fake.app();
    for (let i = 0; i < 5; i++) expectStatus(await app.call('signIn'), 200);
    expect(new Set(fake.requests.map(({ closed }) => closed)).size).to.equal(1);
    app.close();
    await Promise.all(fake.requests.map(({ closed }) => closed));
    await fake.close();
  });

  it('serve concurrent requests without mixing their answers', async () => {
    const fake = await startFakeCognito();
    fake.answer = (request, res) => {
      const { USERNAME = '' } = request.input.AuthParameters as Record<string, string>;
      const tokens = { AccessToken: USERNAME, IdToken: USERNAME };
      setTimeout(() => answerWith({ AuthenticationResult: tokens })(request, res), Math.random() * 50);
    };
    const app = fake.app();
    const users = Array.from({ length: 40 }, (_, i) => `user-${i}@example.com`);
    const responses = await Promise.all(users.map((email) => app.call('signIn', { email })));
    expect(responses.map(({ body }) => body.tokens.accessToken)).to.deep.equal(users);
    await fake.close();
  });
});
