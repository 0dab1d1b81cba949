import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import express from 'express';
import supertest, { type Test } from 'supertest';
import type { EndpointName } from '../../src/config/endpoint-names.ts';
import type { Config } from '../../src/config/options.ts';
import type { Endpoint } from '../../src/endpoints/endpoint.ts';
import { ALL_ENDPOINTS } from '../../src/endpoints/table.ts';
import { createCognitoRouter } from '../../src/router.ts';
import { createTestIssuer, type TestIssuer } from '../../src/testing/index.ts';
import { SAME_ORIGIN } from './cookie-client.ts';
import { listen } from './helpers.ts';
import { pathOf } from './requests.ts';

/** A request to the fake. */
export interface FakeRequest {
  readonly operation: string;
  readonly input: Record<string, unknown>;
  /** Resolves when the connection is closed. All requests of a connection share the promise. */
  readonly closed: Promise<void>;
}

export type FakeAnswer = (request: FakeRequest, res: ServerResponse) => void;

/** A fake Cognito with answers that a test chooses, and apps that use it. */
export interface FakeCognito {
  readonly url: string;
  readonly requests: FakeRequest[];
  /** Answers the next requests. */
  answer: FakeAnswer;
  readonly issuer: TestIssuer;
  /** Starts another app that uses the same server. */
  app(config?: Config): FakeApp;
  close(): Promise<void>;
}

export interface FakeApp {
  /** Calls an endpoint with its example, overridden by `body`, and with an access token if it requires one. */
  call(name: EndpointName, body?: object): Test;
  /** Calls an endpoint without a token. */
  anonymous(name: EndpointName, body?: object): Test;
  close(): void;
}

let sharedIssuer: Promise<TestIssuer> | undefined;

export async function startFakeCognito(answer: FakeAnswer = succeed): Promise<FakeCognito> {
  sharedIssuer ??= createTestIssuer();
  const issuer = await sharedIssuer;
  const apps: FakeApp[] = [];
  const server = await listen(
    createServer((req, res) => {
      void receive(req).then((request) => {
        fake.requests.push(request);
        fake.answer(request, res);
      });
    }),
  );
  const fake: FakeCognito = {
    url: server.url,
    requests: [],
    answer,
    issuer,
    app(config = {}) {
      const auth = createCognitoRouter({
        ...issuer.config,
        endpoint: server.url,
        logger: false,
        rateLimits: false,
        // Earlier answers must not count.
        refresh: { reuseWindowSeconds: 0 },
        ...config,
      });
      const request = supertest(express().use('/auth', auth));
      const app: FakeApp = {
        call: (name, body) => {
          const test = callEndpoint(request, endpointOf(name), body);
          return endpointOf(name).auth === 'none'
            ? test
            : test.set('Authorization', `Bearer ${issuer.accessToken()}`);
        },
        anonymous: (name, body) => callEndpoint(request, endpointOf(name), body),
        close: () => auth.close(),
      };
      apps.push(app);
      return app;
    },
    async close() {
      for (const app of apps) app.close();
      await server.close();
    },
  };
  return fake;
}

export function endpointOf(name: EndpointName): Endpoint {
  const endpoint = ALL_ENDPOINTS.find((each) => each.name === name);
  if (!endpoint) throw new Error(`There is no endpoint ${name}.`);
  return endpoint;
}

function callEndpoint(
  request: ReturnType<typeof supertest>,
  endpoint: Endpoint,
  body: object | undefined,
): Test {
  const { method, example } = endpoint;
  const test = request[method](`/auth${pathOf(endpoint)}`).set(SAME_ORIGIN);
  if (!endpoint.body) return test;
  // Each call has its own challenge session, because the attempts at one are limited.
  const session = endpoint.attempt ? { session: randomUUID().repeat(2) } : {};
  return test.send({ ...example.request, ...session, ...body });
}

const connections = new WeakMap<Socket, Promise<void>>();

async function receive(req: IncomingMessage): Promise<FakeRequest> {
  const closed =
    connections.get(req.socket) ??
    // `once` of node:events would reject if the client resets the connection.
    new Promise<void>((resolve) => req.socket.once('close', () => resolve()));
  connections.set(req.socket, closed);
  const chunks: Buffer[] = [];
  for await (const chunk of req as AsyncIterable<Buffer>) chunks.push(chunk);
  return {
    operation: String(req.headers['x-amz-target']).split('.')[1] ?? '',
    input: JSON.parse(Buffer.concat(chunks).toString()) as Record<string, unknown>,
    closed,
  };
}

/** Returns an answer of 200 with this output. */
export function answerWith(output: object): FakeAnswer {
  return (_request, res) => sendJson(res, 200, output);
}

/** Returns an answer with this exception, and the status of Cognito unless another is given. */
export function fail(name: string, message: string, status = 400): FakeAnswer {
  return (_request, res) => {
    res.setHeader('x-amzn-errortype', `${name}:`);
    sendJson(res, status, { __type: name, message });
  };
}

function sendJson(res: ServerResponse, status: number, body: object): void {
  res.writeHead(status, { 'content-type': 'application/x-amz-json-1.1' }).end(JSON.stringify(body));
}

const TOKENS = {
  AccessToken: 'a.b.c',
  IdToken: 'd.e.f',
  RefreshToken: 'r',
  ExpiresIn: 60,
  TokenType: 'Bearer',
};

/** Outputs of successful operations. */
const SUCCESS: Readonly<Record<string, object>> = {
  SignUp: { UserConfirmed: false, UserSub: 'sub' },
  InitiateAuth: { ChallengeParameters: {}, AuthenticationResult: TOKENS },
  RespondToAuthChallenge: { ChallengeParameters: {}, AuthenticationResult: TOKENS },
  AdminInitiateAuth: { ChallengeParameters: {}, AuthenticationResult: TOKENS },
  AdminRespondToAuthChallenge: { ChallengeParameters: {}, AuthenticationResult: TOKENS },
  GetTokensFromRefreshToken: { AuthenticationResult: TOKENS },
  StartWebAuthnRegistration: {
    CredentialCreationOptions: {
      rp: { id: 'localhost', name: 'localhost' },
      user: { id: 'AAAA', name: 'ana', displayName: 'Ana' },
      challenge: 'AAAA',
      pubKeyCredParams: [{ type: 'public-key', alg: -7 }],
    },
  },
  AssociateSoftwareToken: { SecretCode: 'JBSWY3DPEHPK3PXP' },
  VerifySoftwareToken: { Status: 'SUCCESS' },
  GetDevice: { Device: { DeviceKey: 'us-east-1_0123-abcd' } },
  GetUser: { Username: 'name', UserAttributes: [{ Name: 'sub', Value: 'sub' }] },
};

export const succeed: FakeAnswer = ({ operation }, res) => sendJson(res, 200, SUCCESS[operation] ?? {});
