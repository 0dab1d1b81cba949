import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import express from 'express';
import supertest, { type Test } from 'supertest';
import type { EndpointName } from '../../src/config/endpoint-names.ts';
import type { Config } from '../../src/config/options.ts';
import type { Endpoint } from '../../src/endpoints/endpoint.ts';
import { ENDPOINTS } from '../../src/endpoints/table.ts';
import { createCognitoRouter } from '../../src/router.ts';
import { createTestIssuer, type TestIssuer } from '../../src/testing/index.ts';
import { listen } from './helpers.ts';
import { pathOf } from './requests.ts';

/** A request that reached the fake. */
export interface FakeRequest {
  readonly operation: string;
  readonly input: Record<string, unknown>;
  /** Resolves when the connection that it came on is closed; the same promise for all that came on it. */
  readonly closed: Promise<void>;
}

export type FakeAnswer = (request: FakeRequest, res: ServerResponse) => void;

/** A server that says whatever a test wants Cognito to say, and an app with the router in front of it. */
export interface FakeCognito {
  readonly url: string;
  readonly requests: FakeRequest[];
  /** How the requests from now on are answered. */
  answer: FakeAnswer;
  readonly issuer: TestIssuer;
  /** Another app in front of the same server. */
  app(config?: Config): FakeApp;
  close(): Promise<void>;
}

export interface FakeApp {
  /** Calls an endpoint with its example, laid over with `body`, and with an access token where it takes one. */
  call(name: EndpointName, body?: object): Test;
  /** The same without a token. */
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
        // What was said before must not count.
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
  const endpoint = ENDPOINTS.find((each) => each.name === name);
  if (!endpoint) throw new Error(`There is no endpoint ${name}.`);
  return endpoint;
}

function callEndpoint(
  request: ReturnType<typeof supertest>,
  endpoint: Endpoint,
  body: object | undefined,
): Test {
  const { method, example } = endpoint;
  const test = request[method](`/auth${pathOf(endpoint)}`);
  if (!endpoint.body) return test;
  // The attempts at one session are bounded, so each call has a session of its own.
  const session = endpoint.attempt ? { session: randomUUID().repeat(2) } : {};
  return test.send({ ...example.request, ...session, ...body });
}

const connections = new WeakMap<Socket, Promise<void>>();

async function receive(req: IncomingMessage): Promise<FakeRequest> {
  const closed =
    connections.get(req.socket) ??
    // Not `once` of node:events, which rejects if the client tears the connection down.
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

/** Answers 200 with this output. */
export function answerWith(output: object): FakeAnswer {
  return (_request, res) => sendJson(res, 200, output);
}

/** Answers with this exception, as the service does unless another status is asked for. */
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

/** What Cognito answers when all goes well. */
const SUCCESS: Readonly<Record<string, object>> = {
  SignUp: { UserConfirmed: false, UserSub: 'sub' },
  InitiateAuth: { ChallengeParameters: {}, AuthenticationResult: TOKENS },
  RespondToAuthChallenge: { ChallengeParameters: {}, AuthenticationResult: TOKENS },
  AdminInitiateAuth: { ChallengeParameters: {}, AuthenticationResult: TOKENS },
  AdminRespondToAuthChallenge: { ChallengeParameters: {}, AuthenticationResult: TOKENS },
  GetTokensFromRefreshToken: { AuthenticationResult: TOKENS },
  StartWebAuthnRegistration: { CredentialCreationOptions: { challenge: 'AAAA' } },
  AssociateSoftwareToken: { SecretCode: 'JBSWY3DPEHPK3PXP' },
  VerifySoftwareToken: { Status: 'SUCCESS' },
  GetDevice: { Device: { DeviceKey: 'us-east-1_0123-abcd' } },
  GetUser: { Username: 'name', UserAttributes: [{ Name: 'sub', Value: 'sub' }] },
};

export const succeed: FakeAnswer = ({ operation }, res) => sendJson(res, 200, SUCCESS[operation] ?? {});
