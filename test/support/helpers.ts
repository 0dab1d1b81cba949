import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect } from 'chai';
import express, { type Express } from 'express';
import supertest, { type Response, type Test } from 'supertest';
import type { Config } from '../../src/config/options.ts';
import {
  type LocalUserPool,
  type LocalUserPoolOptions,
  startLocalUserPool,
} from '../../src/local/local-user-pool.ts';
import { type CognitoRouter, createCognitoRouter } from '../../src/router.ts';
import { PROBLEMS, type ProblemCode } from '../../src/shared/problem.ts';

/** A password that meets the default policy. */
export const PASSWORD = 'Correct-horse-7';
export const OTHER_PASSWORD = 'Staple-battery-9';

export interface KitOptions {
  /** A pool to use, or the options of a new one. */
  readonly pool?: LocalUserPool | LocalUserPoolOptions;
  /** Overrides the config of the pool. Rate limits and the log are disabled by default. */
  readonly config?: Config;
  /** Creates the app. Default: the router at `/auth`. */
  readonly app?: (auth: CognitoRouter) => Express;
}

export interface SignedIn {
  readonly email: string;
  readonly password: string;
  readonly sub: string;
  readonly tokens: { accessToken: string; idToken: string; refreshToken: string };
}

/** An app with the router, over real sockets, and its local user pool. */
export interface Kit {
  readonly pool: LocalUserPool;
  readonly auth: CognitoRouter;
  readonly app: Express;
  readonly url: string;
  readonly request: ReturnType<typeof supertest>;
  /** Posts JSON to an endpoint, such as `/sign-in`, with an access token if one is given. */
  post(path: string, body: object, accessToken?: string): Test;
  /** Gets an endpoint, such as `/me`. */
  get(path: string, accessToken?: string): Test;
  /** Signs up, confirms with the code of the inbox and signs in, through the endpoints. */
  signUpAndIn(email?: string): Promise<SignedIn>;
  close(): Promise<void>;
}

const open = new Set<Kit>();

/** An open kit would keep mocha running. */
after(() => Promise.all([...open].map((kit) => kit.close())));

export async function startKit(options: KitOptions = {}): Promise<Kit> {
  const given = options.pool ?? {};
  const pool = 'close' in given ? given : await startLocalUserPool({ quiet: true, ...given });
  const auth = createCognitoRouter({ ...pool.config, logger: false, rateLimits: false, ...options.config });
  const app = options.app?.(auth) ?? express().use('/auth', auth);
  const server = await listen(createServer(app));
  const request = supertest(server.url);

  const kit: Kit = {
    pool,
    auth,
    app,
    url: server.url,
    request,
    post: (path, body, accessToken) => withToken(request.post(`/auth${path}`).send(body), accessToken),
    get: (path, accessToken) => withToken(request.get(`/auth${path}`), accessToken),
    async signUpAndIn(email = `user-${++users}@example.com`) {
      expectStatus(await kit.post('/sign-up', { email, password: PASSWORD }), 200);
      const { code } = await pool.inbox.waitFor({ to: email, kind: 'sign_up' });
      expectStatus(await kit.post('/confirm-sign-up', { email, confirmationCode: code }), 200);
      const { tokens } = expectStatus(await kit.post('/sign-in', { email, password: PASSWORD }), 200).body;
      return { email, password: PASSWORD, sub: claimsOf(tokens.idToken).sub as string, tokens };
    },
    async close() {
      open.delete(kit);
      await Promise.all([auth.close(), server.close(), pool.close()]);
    },
  };
  open.add(kit);
  return kit;
}

let users = 0;

function withToken(test: Test, accessToken: string | undefined): Test {
  return accessToken === undefined ? test : test.set('Authorization', `Bearer ${accessToken}`);
}

/** Starts a server on a loopback port. */
export async function listen(server: Server): Promise<{ url: string; close(): Promise<void> }> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: async () => {
      if (!server.listening) return;
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}

/** Returns the unverified claims of a token. */
export function claimsOf(token: string): Record<string, unknown> {
  return JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()) as Record<
    string,
    unknown
  >;
}

export function expectStatus(response: Response, status: number): Response {
  expect(response.status, JSON.stringify(response.body)).to.equal(status);
  return response;
}

/** Checks that a response is the complete and well-formed problem with this code, without other members. */
export function expectProblem(response: Response, code: ProblemCode): Response {
  const [status, title] = PROBLEMS[code];
  expect(response.body.code, JSON.stringify(response.body)).to.equal(code);
  expect(response.status).to.equal(status);
  expect(response.headers['content-type']).to.equal('application/problem+json; charset=utf-8');
  expect(response.headers['cache-control']).to.equal('no-store');
  expect(response.body).to.include({ type: `urn:problem-type:express-cognito-kit:${code}`, title, status });
  expect(response.body.detail).to.be.a('string').and.not.equal('');
  expect(response.body.requestId).to.be.a('string').and.not.equal('');
  const members = ['type', 'title', 'status', 'detail', 'code', 'requestId', 'errors'];
  expect(members).to.include.members(Object.keys(response.body));
  if (status === 401) expect(response.headers).to.have.property('www-authenticate');
  if (status === 429 || status === 503) expect(response.headers['retry-after']).to.match(/^[1-9]\d*$/);
  return response;
}
