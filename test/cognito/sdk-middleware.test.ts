import { Readable } from 'node:stream';
import * as sdk from '@aws-sdk/client-cognito-identity-provider';
import {
  CognitoIdentityProviderClient,
  type CognitoIdentityProviderClientConfig,
} from '@aws-sdk/client-cognito-identity-provider';
import { expect } from 'chai';
import { CognitoClock } from '../../src/cognito/cognito-clock.ts';
import { createDirectCalls } from '../../src/cognito/direct-calls.ts';
import { type Clients, type HttpRequest, prepareClients } from '../../src/cognito/sdk-calls.ts';
import { parseConfig } from '../../src/config/settings.ts';
import { StopSignal } from '../../src/shared/deadline.ts';
import { type FakeCognito, startFakeCognito } from '../support/fake-cognito.ts';
import { expectStatus } from '../support/helpers.ts';
import { captureLog } from '../support/log-capture.ts';

const POOL = { userPoolId: 'us-east-1_AbCdEfGhI', clientId: '1example23456789' };

/** Clients whose requests are recorded, and answered without a network. */
function recordingClients(
  config: CognitoIdentityProviderClientConfig = {},
): Clients & { sent: HttpRequest[] } {
  const sent: HttpRequest[] = [];
  const requestHandler = {
    metadata: { handlerProtocol: 'http/1.1' },
    handle: async (request: HttpRequest) => {
      sent.push({ ...request });
      const body = Object.assign(Readable.from([Buffer.from('{"Session":"x"}')]), { headers: {} });
      return { response: { statusCode: 200, headers: {}, body } };
    },
  };
  const all = { region: 'eu-west-1', cacheMiddleware: true, ...config, requestHandler } as never;
  const [once, twice] = [1, 2].map(
    (maxAttempts) => new CognitoIdentityProviderClient(Object.assign({ maxAttempts }, all)),
  ) as [CognitoIdentityProviderClient, CognitoIdentityProviderClient];
  prepareClients([once, twice], new CognitoClock());
  return { sdk, once, twice, sent };
}

const CALL = [
  'InitiateAuth',
  { AuthFlow: 'USER_PASSWORD_AUTH', ClientId: 'x' },
  { signal: new StopSignal(), safeToRepeat: false },
] as const;

/** Sends a call directly and one through the middleware, and returns both requests. */
async function bothRequests(clients: ReturnType<typeof recordingClients>): Promise<HttpRequest[]> {
  const direct = await createDirectCalls(clients);
  await direct.send(...CALL);
  const [, input] = CALL;
  await clients.once.send(new sdk.InitiateAuthCommand(input as never));
  for (const { headers } of clients.sent) headers['amz-sdk-invocation-id'] = '';
  // Without the kit's own symbol.
  return clients.sent.map((request) => Object.fromEntries(Object.entries(request)) as unknown as HttpRequest);
}

describe('Direct call to Cognito', () => {
  const HOSTS: Readonly<Record<string, [CognitoIdentityProviderClientConfig, string]>> = {
    'the region': [{}, 'https://cognito-idp.eu-west-1.amazonaws.com:undefined/'],
    FIPS: [
      { region: 'us-west-2', useFipsEndpoint: true },
      'https://cognito-idp-fips.us-west-2.amazonaws.com:undefined/',
    ],
    'dual-stack': [{ useDualstackEndpoint: true }, 'https://cognito-idp.eu-west-1.amazonaws.com:undefined/'],
    'an endpoint with a path': [{ endpoint: 'http://127.0.0.1:9/a/b' }, 'http://127.0.0.1:9/a/b/'],
  };
  for (const [what, [config, expected]] of Object.entries(HOSTS)) {
    it(`goes where the SDK would send it, with its headers: ${what}`, async () => {
      const [direct, middleware] = await bothRequests(recordingClients(config));
      expect(direct).to.deep.equal(middleware);
      const { protocol, hostname, port, path } = direct as HttpRequest;
      expect(`${protocol}//${hostname}:${port}${path}`).to.equal(expected);
    });
  }

  it("has the SDK's user agent, with the app ID of the environment", async () => {
    const [direct] = await bothRequests(recordingClients({ userAgentAppId: async () => 'shop' }));
    expect(direct?.headers['user-agent']).to.match(/^aws-sdk-js\/.* app\/shop$/);
  });

  describe('in Lambda', () => {
    beforeEach(() => {
      process.env.AWS_LAMBDA_FUNCTION_NAME = 'shop';
      process.env._X_AMZN_TRACE_ID = 'Root=1-2-3';
    });
    afterEach(() => {
      delete process.env.AWS_LAMBDA_FUNCTION_NAME;
      delete process.env._X_AMZN_TRACE_ID;
    });

    it('has the trace ID of the environment', async () => {
      const [direct, middleware] = await bothRequests(recordingClients());
      expect(direct?.headers['X-Amzn-Trace-Id']).to.equal('Root=1-2-3');
      expect(direct?.headers).to.deep.equal(middleware?.headers);
    });

    it('has the trace of the invocation', async () => {
      const clients = recordingClients();
      await bothRequests(clients);
      clients.sent.length = 0;
      const direct = await createDirectCalls(clients);
      const trace = Object.fromEntries(
        ['X_RAY_TRACE_ID', 'TRACEPARENT', 'TRACESTATE', 'BAGGAGE'].map((name) => [
          Symbol.for(`_AWS_LAMBDA_${name}`),
          `of the invocation: ${name}`,
        ]),
      );
      const { InvokeStore } = (globalThis as unknown as { awslambda: { InvokeStore: Store } }).awslambda;
      await InvokeStore.run(trace, async () => {
        await direct.send(...CALL);
        await clients.once.send(new sdk.InitiateAuthCommand(CALL[1] as never));
      });
      await InvokeStore.run({}, async () => direct.send(...CALL));
      for (const { headers } of clients.sent) headers['amz-sdk-invocation-id'] = '';
      const [inside, middleware, outside] = clients.sent.map(({ headers }) => headers);
      expect(inside).to.include({
        'X-Amzn-Trace-Id': 'of the invocation: X_RAY_TRACE_ID',
        traceparent: 'of the invocation: TRACEPARENT',
        tracestate: 'of the invocation: TRACESTATE',
        baggage: 'of the invocation: BAGGAGE',
      });
      expect(inside).to.deep.equal(middleware);
      expect(outside).to.not.have.any.keys('traceparent', 'tracestate', 'baggage');
    });
  });

  it('is tried without the network', async () => {
    const clients = recordingClients();
    await createDirectCalls(clients);
    expect(clients.sent).to.deep.equal([]);
  });

  it('is not made for an operation that AWS credentials sign', async () => {
    const direct = await createDirectCalls(recordingClients());
    expect(direct.canSend('InitiateAuth')).to.equal(true);
    expect(direct.canSend('AdminInitiateAuth')).to.equal(false);
  });

  it("is not made while the SDK's send() is wrapped", async () => {
    const clients = recordingClients();
    const direct = await createDirectCalls(clients);
    const { prototype } = CognitoIdentityProviderClient;
    const { send } = prototype;
    prototype.send = function wrapped(this: never, ...args: never[]) {
      return send.apply(this, args as never) as never;
    } as never;
    try {
      expect(direct.canSend('InitiateAuth')).to.equal(false);
    } finally {
      prototype.send = send;
    }
    expect(direct.canSend('InitiateAuth')).to.equal(true);
  });

  it('lets retries recover after many failures, as the SDK does', async () => {
    const clients = recordingClients();
    const direct = await createDirectCalls(clients);
    const strategy = (await clients.twice.config.retryStrategy()) as unknown as { capacity: number };
    strategy.capacity = 10;
    await direct.send('GetUser', { AccessToken: 'x' }, { signal: new StopSignal(), safeToRepeat: true });
    expect(strategy.capacity).to.equal(11);
  });
});

interface Store {
  run<T>(context: object, work: () => Promise<T>): Promise<T>;
}

type Parts = {
  config: Record<string, unknown> & { protocol: Record<string, unknown> };
  middlewareStack: CognitoIdentityProviderClient['middlewareStack'];
  send: unknown;
};

/** Differences of an SDK to come. */
const DIFFERENT: Readonly<Record<string, readonly [why: RegExp, change: (client: Parts) => void]>> = {
  'has no protocol': [/./, ({ config }) => Object.assign(config, { protocol: undefined })],
  'serializes in another way': [
    /requests differ/,
    ({ config: { protocol } }) => {
      const serialize = protocol.serializeRequest as (...args: object[]) => Promise<HttpRequest>;
      protocol.serializeRequest = async (...args: object[]) => {
        const request = await serialize.apply(protocol, args);
        if (isDirect(args)) request.headers['x-amz-target'] = 'other';
        return request;
      };
    },
  ],
  'parses in another way': [
    /answers differ/,
    ({ config: { protocol } }) => {
      const parse = protocol.deserializeResponse as (...args: object[]) => Promise<object>;
      protocol.deserializeResponse = async (...args: object[]) => ({
        ...(await parse.apply(protocol, args)),
        ...(isDirect([{}, ...args]) && { Session: 'other' }),
      });
    },
  ],
  'has other exceptions': [
    /exceptions differ/,
    ({ config: { protocol } }) => {
      protocol.handleError = async () => {
        throw new Error('other');
      };
    },
  ],
  'has other middleware': [
    /the middleware signSomething/,
    ({ middlewareStack }) => {
      middlewareStack.add((next) => (args) => next(args), { step: 'build', name: 'signSomething' });
    },
  ],
  'sends other headers': [
    /the header x-new/,
    ({ middlewareStack }) => {
      middlewareStack.add(
        (next) => (args) => {
          (args.request as HttpRequest).headers['x-new'] = '1';
          return next(args);
        },
        { step: 'build', priority: 'low', name: 'getUserAgentMiddleware', override: true },
      );
    },
  ],
  'retries in another way': [
    /retry mode is adaptive/,
    ({ config }) => Object.assign(config, { retryStrategy: async () => ({ mode: 'adaptive' }) }),
  ],
  'has a wrapped send()': [
    /send\(\) is wrapped/,
    (client) => Object.assign(client, { send: () => undefined }),
  ],
};

describe('An AWS SDK', () => {
  for (const [what, [why, change]] of Object.entries(DIFFERENT)) {
    it(`that ${what} gets no direct calls`, async () => {
      const clients = recordingClients();
      change(clients.once as unknown as Parts);
      const error = await createDirectCalls(clients).then(
        () => expect.fail('direct calls'),
        (reason: Error) => reason,
      );
      expect(error.message).to.match(why);
      expect(clients.sent).to.deep.equal([]);
    });
  }
});

describe('The option sdkMiddleware', () => {
  let fake: FakeCognito;
  before(async () => {
    fake = await startFakeCognito();
  });
  after(() => fake.close());

  /** Returns the way of each request that is serialized meanwhile, those of the trial included. */
  async function waysOf(work: () => Promise<void>): Promise<('direct' | 'middleware')[]> {
    const prototype = protocolPrototype();
    const { serializeRequest } = prototype;
    const ways: ('direct' | 'middleware')[] = [];
    prototype.serializeRequest = function noting(...args) {
      ways.push(isDirect(args) ? 'direct' : 'middleware');
      return serializeRequest.apply(this, args);
    };
    await work().finally(() => Object.assign(prototype, { serializeRequest }));
    return ways;
  }

  it('sends every call through the middleware if true, without a warning', async () => {
    const log = captureLog();
    const ways = await waysOf(async () => {
      const app = fake.app({ sdkMiddleware: true, logger: log.logger });
      for (let i = 0; i < 2; i++) expectStatus(await app.call('signIn'), 200);
    });
    expect(ways).to.deep.equal(['middleware', 'middleware']);
    expect(warningsOf(log)).to.deep.equal([]);
  });

  it('lets unsigned calls go directly if false, after a trial', async () => {
    const log = captureLog();
    const ways = await waysOf(async () => {
      const app = fake.app({ sdkMiddleware: false, logger: log.logger });
      for (let i = 0; i < 2; i++) expectStatus(await app.call('signIn'), 200);
    });
    expect(ways).to.deep.equal(['middleware', 'direct', 'direct', 'direct']);
    expect(warningsOf(log)).to.deep.equal([]);
  });

  it('is read from COGNITO_SDK_MIDDLEWARE', () => {
    const parse = (value: string | undefined, given = {}) =>
      parseConfig({ ...POOL, ...given }, { COGNITO_SDK_MIDDLEWARE: value }).sdkMiddleware;
    expect([undefined, '', 'false', 'true'].map((value) => parse(value))).to.deep.equal([
      false,
      false,
      false,
      true,
    ]);
    expect(parse('true', { sdkMiddleware: false })).to.equal(false);
    expect(() => parse('yes')).to.throw(TypeError, 'COGNITO_SDK_MIDDLEWARE is "yes"; write true or false');
  });

  it('is implied, with one warning, if the SDK has another inner interface', async () => {
    const prototype = protocolPrototype();
    const { serializeRequest } = prototype;
    prototype.serializeRequest = async function other(...args) {
      if (isDirect(args)) throw new Error('The context has no commandName.');
      return serializeRequest.apply(this, args);
    };
    const log = captureLog();
    try {
      const app = fake.app({ sdkMiddleware: false, logger: log.logger });
      for (let i = 0; i < 3; i++) expectStatus(await app.call('signIn'), 200);
    } finally {
      Object.assign(prototype, { serializeRequest });
    }
    const warnings = warningsOf(log);
    expect(warnings).to.have.length(1);
    expect(warnings[0]?.level).to.equal(40);
    expect(warnings[0]?.hint).to.match(/a trial call failed.*sdkMiddleware: true/);
  });
});

interface ProtocolPrototype {
  serializeRequest(...args: object[]): Promise<HttpRequest>;
}

/** The SDK's own serializer, which all clients share. */
function protocolPrototype(): ProtocolPrototype {
  const { config } = new CognitoIdentityProviderClient({ region: 'us-east-1' });
  return Object.getPrototypeOf((config as unknown as { protocol: object }).protocol) as ProtocolPrototype;
}

/** Whether the arguments come from the kit. The middleware adds its own context. */
function isDirect([, , context]: readonly object[]): boolean {
  return !('commandName' in (context ?? {}));
}

function warningsOf(log: ReturnType<typeof captureLog>) {
  return log.lines().filter(({ code }) => code === 'sdk_middleware');
}
