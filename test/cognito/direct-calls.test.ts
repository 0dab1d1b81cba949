import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import * as sdk from '@aws-sdk/client-cognito-identity-provider';
import { expect } from 'chai';
import { createCognitoClient } from '../../src/cognito/client.ts';
import { EXCEPTION_NAMES } from '../../src/cognito/error-map.ts';
import type { OperationName } from '../../src/cognito/operations.ts';
import { parseConfig } from '../../src/config/settings.ts';
import { ENDPOINTS } from '../../src/endpoints/table.ts';
import { operationsOf } from '../../src/openapi/document.ts';
import { StopSignal } from '../../src/shared/deadline.ts';
import { atLeast } from '../support/at-least.ts';
import { listen } from '../support/helpers.ts';
import { type Sample, sampleOf } from '../support/sdk-samples.ts';

const POOL = { userPoolId: 'us-east-1_AbCdEfGhI', clientId: '1example23456789' };

/** Operations that the kit sends unsigned. */
const OPERATIONS = atLeast(
  30,
  [...new Set(ENDPOINTS.flatMap(operationsOf))].filter((name) => !name.startsWith('Admin')),
) as readonly OperationName[];

interface Recorded {
  readonly method: string | undefined;
  readonly path: string | undefined;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

type Answer = { $metadata: object; Unknown?: number };
type Respond = (res: ServerResponse, attempt: number) => void;

interface Outcome {
  readonly requests: readonly Recorded[];
  readonly answer?: unknown;
  readonly error?: unknown;
}

const json =
  (status: number, body: unknown, headers: Record<string, string> = {}): Respond =>
  (res) =>
    res
      .writeHead(status, {
        'content-type': 'application/x-amz-json-1.1',
        'x-amzn-requestid': 'id-1',
        ...headers,
      })
      .end(typeof body === 'string' ? body : JSON.stringify(body));

/** A server that records the requests of both ways. */
async function startRecorder() {
  let respond: Respond = json(200, {});
  const requests: Recorded[] = [];
  const server = await listen(
    createServer(async (req, res) => {
      const chunks: Buffer[] = [];
      for await (const chunk of req as AsyncIterable<Buffer>) chunks.push(chunk);
      requests.push({
        method: req.method,
        path: req.url,
        headers: req.headers,
        body: Buffer.concat(chunks).toString(),
      });
      respond(res, requests.length);
    }),
  );
  const warnings: string[] = [];
  const clientOf = (sdkMiddleware: boolean) =>
    createCognitoClient(parseConfig({ ...POOL, endpoint: server.url, sdkMiddleware }), {
      onMiddleware: (hint) => warnings.push(hint),
    });
  const clients = { direct: clientOf(false), middleware: clientOf(true) };

  async function call(
    way: keyof typeof clients,
    operation: OperationName,
    input: object,
    safeToRepeat: boolean,
  ): Promise<Outcome> {
    requests.length = 0;
    const options = { signal: new StopSignal(), safeToRepeat };
    const outcome = await clients[way].send(operation, input as never, options).then(
      (answer) => ({ answer }),
      (error: unknown) => ({ error }),
    );
    return { requests: [...requests], ...outcome };
  }

  return {
    url: server.url,
    warnings,
    /** Makes a call in both ways. */
    async both(
      operation: OperationName,
      input: object,
      { answer, safeToRepeat = false }: { answer: Respond; safeToRepeat?: boolean },
    ): Promise<Record<keyof typeof clients, Outcome>> {
      respond = answer;
      return {
        direct: await call('direct', operation, input, safeToRepeat),
        middleware: await call('middleware', operation, input, safeToRepeat),
      };
    },
    close: async () => {
      clients.direct.close();
      clients.middleware.close();
      await server.close();
    },
  };
}

/** The members of an error that the kit, or an app, can see. */
function seen(error: unknown): object | undefined {
  if (error === undefined) return undefined;
  const {
    name,
    message,
    constructor: thrown,
    $response,
  } = error as Error & { $response?: { statusCode: number } };
  return { ...(error as object), name, message, thrown, status: $response?.statusCode };
}

/** Compares all but the ID of the invocation, which must differ, and the time that a retry waits. */
function expectSame({ direct, middleware }: Record<'direct' | 'middleware', Outcome>, what: string): void {
  const [ids, wire] = [new Set<unknown>(), [] as object[]];
  for (const { requests } of [direct, middleware]) {
    const own = new Set(requests.map(({ headers }) => headers['amz-sdk-invocation-id']));
    expect(own.size, what).to.equal(1);
    for (const id of own) ids.add(id);
    wire.push(
      requests.map(({ headers, ...rest }) => ({
        ...rest,
        headers: Object.entries(headers).filter(([name]) => name !== 'amz-sdk-invocation-id'),
      })),
    );
  }
  expect(ids.size, what).to.equal(2);
  expect(wire[0], what).to.deep.equal(wire[1]);
  for (const { answer, error } of [direct, middleware]) {
    const { $metadata } = (answer ?? error) as { $metadata?: { totalRetryDelay?: number } };
    if ($metadata?.totalRetryDelay !== undefined) $metadata.totalRetryDelay = 1;
  }
  expect(direct.answer, what).to.deep.equal(middleware.answer);
  expect(seen(direct.error), what).to.deep.equal(seen(middleware.error));
}

describe('A direct call to Cognito and one through the SDK', () => {
  let recorder: Awaited<ReturnType<typeof startRecorder>>;
  before(async () => {
    recorder = await startRecorder();
  });
  after(() => recorder.close());
  afterEach(() => {
    expect(recorder.warnings).to.deep.equal([]);
  });

  for (const operation of OPERATIONS) {
    it(`send the same request and return the same answer: ${operation}`, async () => {
      const input: Sample = sampleOf(operation, 'input');
      const output: Sample = sampleOf(operation, 'output');
      const outcome = await recorder.both(operation, input.value, {
        answer: json(200, { ...output.wire, Unknown: 1 }),
      });
      expectSame(outcome, operation);
      const [request] = outcome.direct.requests;
      expect(JSON.parse(request?.body ?? '')).to.deep.equal(input.wire);
      expect(request?.headers).to.include({
        'x-amz-target': `AWSCognitoIdentityProviderService.${operation}`,
        'content-type': 'application/x-amz-json-1.1',
        'amz-sdk-request': 'attempt=1; max=1',
      });
      expect(request?.headers).to.not.have.property('authorization');
      // An operation without an output passes on unknown members.
      const { $metadata, Unknown: _, ...members } = outcome.direct.answer as Answer;
      expect(members).to.deep.equal(output.value);
      expect($metadata).to.include({ httpStatusCode: 200, requestId: 'id-1', attempts: 1 });
    });

    it(`throw the same exceptions: ${operation}`, async () => {
      const { value } = sampleOf(operation, 'input');
      for (const answer of [
        json(400, { __type: 'NotAuthorizedException', message: 'Access Token has expired' }),
        json(500, { __type: 'InternalErrorException', message: '' }),
        json(502, '<html>'),
      ]) {
        const outcome = await recorder.both(operation, value, { answer });
        expect(outcome.direct.error).to.be.an('error');
        expectSame(outcome, operation);
      }
    });
  }

  for (const name of atLeast(30, EXCEPTION_NAMES)) {
    it(`throw the same exception: ${name}`, async () => {
      const { direct, middleware } = await recorder.both(
        'InitiateAuth',
        { AuthFlow: 'USER_PASSWORD_AUTH', ClientId: 'x' },
        { answer: json(400, { message: 'words' }, { 'x-amzn-errortype': `${name}:http://x` }) },
      );
      expectSame({ direct, middleware }, name);
      expect(direct.error).to.include({ name, message: 'words' });
      const known = (sdk as Record<string, unknown>)[name];
      expect(direct.error).to.be.instanceOf((known as never) ?? sdk.CognitoIdentityProviderServiceException);
      expect((direct.error as sdk.NotAuthorizedException).$metadata).to.include({
        httpStatusCode: 400,
        requestId: 'id-1',
      });
    });
  }

  const ODD: Readonly<Record<string, Respond>> = {
    'an empty answer': json(200, ''),
    'an answer of null': json(200, 'null'),
    'an answer that is a list': json(200, '[1]'),
    'an answer of HTML': json(200, '<html>'),
    'members of another type': json(200, { AuthenticationResult: 'x', ChallengeParameters: 7 }),
    'an exception without a name': json(400, {}),
    'an exception with a namespace': json(400, { __type: 'com.amazonaws#UserNotFoundException' }),
    'an unknown exception': json(400, { __type: 'FooException', message: 'words', extra: { a: 1 } }),
    'a redirect': json(302, '', { location: 'http://127.0.0.1:1/' }),
    'a reset connection': (res) => void res.socket?.resetAndDestroy(),
    'an answer that breaks off': (res) => {
      res.writeHead(200, { 'content-length': 100 }).write('{', () => res.destroy());
    },
    'an answer that is too large': json(200, JSON.stringify({ Session: 'x'.repeat(1_100_000) })),
  };
  for (const [what, answer] of Object.entries(ODD)) {
    it(`end in the same way after ${what}`, async () => {
      const input = { AuthFlow: 'USER_PASSWORD_AUTH', ClientId: 'x' };
      expectSame(await recorder.both('InitiateAuth', input, { answer }), what);
    });
  }

  it('refuse an input that the SDK cannot write in the same way, without a request', async () => {
    const circle: Record<string, unknown> = {};
    circle.circle = circle;
    const input = { ClientId: 'x', ClientMetadata: circle };
    const { direct, middleware } = await recorder.both('InitiateAuth', input, { answer: json(200, {}) });
    expect(direct.requests).to.deep.equal([]);
    expect(direct.error).to.be.an('error');
    expect(seen(direct.error)).to.deep.equal(seen(middleware.error));
  });

  const RETRIED: Readonly<Record<string, readonly [requests: number, Respond]>> = {
    'an internal error': [2, json(500, { __type: 'InternalErrorException' })],
    throttling: [2, json(400, { __type: 'TooManyRequestsException' })],
    'a reset connection': [2, (res) => void res.socket?.resetAndDestroy()],
    'an internal error before an answer': [
      2,
      (res, attempt) => json(attempt === 1 ? 500 : 200, { Username: 'ada' })(res, attempt),
    ],
    'a refusal': [1, json(400, { __type: 'NotAuthorizedException' })],
  };
  for (const [what, [requests, answer]] of Object.entries(RETRIED)) {
    it(`make the same attempts of a call that may be retried after ${what}`, async () => {
      const outcome = await recorder.both('GetUser', { AccessToken: 'x' }, { answer, safeToRepeat: true });
      expect(outcome.direct.requests).to.have.length(requests);
      expectSame(outcome, what);
    });
  }
});
