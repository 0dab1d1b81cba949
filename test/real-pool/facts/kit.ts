import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import express from 'express';
import { createCognitoRouter } from '../../../src/router.ts';
import type { ContractPool, ContractUser } from '../contract-pool.ts';
import { type Fact, guidePage } from '../fact.ts';

const CONTRACT = guidePage('Using the user pools API', 'user-pools-API-operations');

type Call = (
  method: string,
  path: string,
  options?: { readonly body?: object; readonly token?: string },
) => Promise<{ readonly status: number; readonly body: Record<string, unknown> }>;

/** Runs `use` with an Express app that has the kit at `/auth` for this pool. */
async function withKit<T>(pool: ContractPool, use: (call: Call) => Promise<T>): Promise<T> {
  const auth = createCognitoRouter({
    userPoolId: pool.userPoolId,
    clientId: pool.clients.rotating.id,
    endpoint: pool.target.endpoint,
    logger: false,
    rateLimits: false,
  });
  await auth.ready();
  const app = express().use('/auth', auth);
  app.get('/api', auth.requireAuth(), (request, response) => {
    response.json({ sub: request.auth?.sub });
  });
  const server = createServer(app).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const call: Call = async (method, path, { body, token } = {}) => {
    const response = await fetch(origin + path, {
      method,
      headers: {
        ...(body && { 'content-type': 'application/json' }),
        ...(token && { authorization: `Bearer ${token}` }),
      },
      ...(body && { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    return { status: response.status, body: text ? JSON.parse(text) : {} };
  };
  try {
    return await use(call);
  } finally {
    server.close();
    server.closeAllConnections();
  }
}

async function problemOf(pool: ContractPool, { email, password }: Pick<ContractUser, 'email' | 'password'>) {
  return withKit(pool, async (call) => {
    const { status, body } = await call('POST', '/auth/sign-in', { body: { email, password } });
    return { status, code: body.code };
  });
}

/** The same pool through the router of the kit. */
export const KIT_FACTS: readonly Fact[] = [
  {
    id: 'kit/journey',
    statement:
      'The kit signs a user in, accepts its access token, refreshes it with rotation, and signs it out.',
    source: CONTRACT,
    expected: {
      signIn: 200,
      api: 200,
      sub: true,
      me: 200,
      refresh: 200,
      rotated: true,
      signOut: 200,
      refused: 401,
    },
    observe: async (pool) => {
      const user = await pool.newUser();
      return withKit(pool, async (call) => {
        const { email, password } = user;
        const signIn = await call('POST', '/auth/sign-in', { body: { email, password } });
        const { accessToken, refreshToken } = signIn.body.tokens as Record<string, string>;
        const api = await call('GET', '/api', { token: accessToken ?? '' });
        const me = await call('GET', '/auth/me', { token: accessToken ?? '' });
        const refresh = await call('POST', '/auth/refresh', { body: { refreshToken } });
        const tokens = refresh.body.tokens as Record<string, string> | undefined;
        const next = tokens?.refreshToken ?? '';
        const signOut = await call('POST', '/auth/sign-out', { body: { refreshToken: next } });
        const refused = await call('POST', '/auth/refresh', { body: { refreshToken: next } });
        return {
          signIn: signIn.status,
          api: api.status,
          sub: api.body.sub === user.sub,
          me: me.status,
          refresh: refresh.status,
          rotated: next !== '' && next !== refreshToken,
          signOut: signOut.status,
          refused: refused.status,
        };
      });
    },
  },
  {
    id: 'kit/wrong-password',
    statement: 'The kit answers 401 `invalid_credentials` to a wrong password.',
    source: CONTRACT,
    expected: { status: 401, code: 'invalid_credentials' },
    observe: async (pool) => problemOf(pool, { ...(await pool.reader()), password: 'Wrong-password-1' }),
  },
  {
    id: 'kit/unknown-user',
    statement: 'The kit answers an unknown user as it answers a wrong password.',
    source: CONTRACT,
    expected: { status: 401, code: 'invalid_credentials' },
    observe: (pool) => problemOf(pool, { email: pool.newEmail(), password: 'Wrong-password-1' }),
  },
];
