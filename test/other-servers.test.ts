import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { CognitoIdentityProvider } from '@aws-sdk/client-cognito-identity-provider';
import { expect } from 'chai';
import express from 'express';
import supertest, { type Test } from 'supertest';
import type { Config } from '../src/config/options.ts';
import { type CognitoRouter, createCognitoRouter } from '../src/router.ts';
import {
  claimsOf,
  expectProblem,
  expectStatus,
  listen,
  OTHER_PASSWORD,
  PASSWORD,
} from './support/helpers.ts';
import { sdkFor } from './support/local-sdk.ts';

/** cognito-local has no inbox; this fixed code is in its environment. */
const CODE = '271828';
const ISSUER = 'https://id.example.test';

interface Server {
  readonly url: string;
  stop(): Promise<void>;
}

async function startCognitoLocal(): Promise<Server> {
  const directory = await mkdtemp(join(tmpdir(), 'cognito-local-'));
  await mkdir(join(directory, '.cognito'));
  const settings = { TokenConfig: { IssuerDomain: ISSUER } };
  await writeFile(join(directory, '.cognito', 'config.json'), JSON.stringify(settings));
  const start = createRequire(import.meta.url).resolve('cognito-local/lib/bin/start.js');
  const env = { ...process.env, HOST: '127.0.0.1', PORT: '0', CODE, NO_COLOR: '1', NODE_NO_WARNINGS: '1' };
  const child = spawn(process.execPath, [start], {
    cwd: directory,
    env,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  return {
    url: await urlOf(child),
    async stop() {
      child.kill();
      if (child.exitCode === null) await once(child, 'exit');
      await rm(directory, { recursive: true });
    },
  };
}

/** Reads the URL from the output of the server. */
async function urlOf({ stdout }: ChildProcess): Promise<string> {
  if (!stdout) throw new Error('cognito-local has no output.');
  const lines = createInterface(stdout);
  for await (const line of lines) {
    const [url] = /http:\/\/127\.0\.0\.1:\d+/.exec(line) ?? [];
    if (url === undefined) continue;
    stdout.resume();
    return url;
  }
  throw new Error('cognito-local ended before it was ready.');
}

describe('Router on another user pool server (cognito-local)', () => {
  let server: Server;
  let sdk: CognitoIdentityProvider;
  let userPoolId: string;

  before(async () => {
    server = await startCognitoLocal();
    sdk = sdkFor(server.url);
    const { UserPool } = await sdk.createUserPool({
      PoolName: 'other',
      UsernameAttributes: ['email'],
      AutoVerifiedAttributes: ['email'],
    });
    userPoolId = UserPool?.Id ?? '';
  });
  after(async () => {
    sdk.destroy();
    await server.stop();
  });

  async function newClient(GenerateSecret: boolean): Promise<Config> {
    const { UserPoolClient: client } = await sdk.createUserPoolClient({
      UserPoolId: userPoolId,
      ClientName: 'app',
      GenerateSecret,
    });
    return {
      userPoolId,
      clientId: client?.ClientId ?? '',
      ...(client?.ClientSecret !== undefined && { clientSecret: client.ClientSecret }),
    };
  }

  for (const [kind, secret] of [
    ['without a secret', false],
    ['with a secret', true],
  ] as const) {
    describe(`with an app client ${kind}`, () => {
      let auth: CognitoRouter;
      let request: ReturnType<typeof supertest>;
      let close: () => Promise<void>;
      const email = `ada-${secret}@example.com`;

      before(async () => {
        auth = createCognitoRouter({
          ...(await newClient(secret)),
          endpoint: server.url,
          issuer: `${ISSUER}/${userPoolId}`,
          jwksUri: `${server.url}/${userPoolId}/.well-known/jwks.json`,
          logger: false,
          rateLimits: false,
        });
        const app = express()
          .use('/auth', auth)
          .get('/mine', auth.requireAuth(), (req, res) => void res.json({ sub: req.auth?.sub }));
        const listening = await listen(createServer(app));
        request = supertest(listening.url);
        close = listening.close;
      });
      after(async () => {
        await auth.close();
        await close();
      });

      const post = (path: string, body: object, token?: string): Test =>
        request
          .post(`/auth${path}`)
          .send(body)
          .set(token === undefined ? {} : { Authorization: `Bearer ${token}` });
      const get = (path: string, token: string): Test =>
        request.get(path).set('Authorization', `Bearer ${token}`);

      async function signIn(
        password: string,
      ): Promise<{ accessToken: string; idToken: string; refreshToken: string }> {
        const { status, tokens } = expectStatus(await post('/sign-in', { email, password }), 200).body;
        expect(status).to.equal('complete');
        return tokens;
      }

      it('signs a user up and confirms the account', async () => {
        expectStatus(await post('/sign-up', { email, password: PASSWORD }), 200);
        expectProblem(await post('/sign-in', { email, password: PASSWORD }), 'invalid_credentials');
        expectProblem(await post('/confirm-sign-up', { email, confirmationCode: '000000' }), 'invalid_code');
        expectStatus(await post('/confirm-sign-up', { email, confirmationCode: CODE }), 200);
      });

      it('signs the user in with tokens that protected routes accept', async () => {
        expectProblem(await post('/sign-in', { email, password: 'wrong' }), 'invalid_credentials');
        const { accessToken } = await signIn(PASSWORD);
        const { sub, iss } = claimsOf(accessToken);
        expect(iss).to.equal(`${ISSUER}/${userPoolId}`);
        expect(expectStatus(await get('/mine', accessToken), 200).body).to.deep.equal({ sub });
        expect(expectStatus(await get('/auth/me', accessToken), 200).body.attributes.email).to.equal(email);
        expectProblem(await get('/mine', `${accessToken.slice(0, -6)}AAAAAA`), 'invalid_token');
      });

      it('changes the password', async () => {
        const { accessToken } = await signIn(PASSWORD);
        const change = { oldPassword: PASSWORD, newPassword: OTHER_PASSWORD };
        expectStatus(await post('/change-password', change, accessToken), 200);
        await signIn(OTHER_PASSWORD);
      });

      it('resets a forgotten password', async () => {
        expectStatus(await post('/forgot-password', { email }), 200);
        const reset = { email, newPassword: PASSWORD };
        expectProblem(
          await post('/confirm-forgot-password', { ...reset, confirmationCode: '0' }),
          'invalid_code',
        );
        expectStatus(await post('/confirm-forgot-password', { ...reset, confirmationCode: CODE }), 200);
        await signIn(PASSWORD);
      });

      it('refreshes the session with InitiateAuth, because GetTokensFromRefreshToken is missing', async () => {
        const { refreshToken, accessToken } = await signIn(PASSWORD);
        const username = secret ? { username: claimsOf(accessToken).username } : {};
        const { tokens } = expectStatus(await post('/refresh', { refreshToken, ...username }), 200).body;
        expectStatus(await get('/mine', tokens.accessToken), 200);
        expectProblem(
          await post('/refresh', { refreshToken: 'made-up', ...username }),
          'invalid_refresh_token',
        );
      });

      it('revokes the refresh token at sign-out', async () => {
        const { refreshToken, accessToken } = await signIn(PASSWORD);
        expectStatus(await post('/sign-out', { refreshToken }), 200);
        const username = secret ? { username: claimsOf(accessToken).username } : {};
        expectProblem(await post('/refresh', { refreshToken, ...username }), 'invalid_refresh_token');
      });

      it('asks an invited user for a new password', async () => {
        const invited = `invited-${secret}@example.com`;
        await sdk.adminCreateUser({
          UserPoolId: userPoolId,
          Username: invited,
          TemporaryPassword: PASSWORD,
          UserAttributes: [{ Name: 'email', Value: invited }],
          DesiredDeliveryMediums: ['EMAIL'],
        });
        const { challenge } = (await post('/sign-in', { email: invited, password: PASSWORD })).body;
        const { name, session, username } = challenge;
        const answer = { name, session, username, newPassword: OTHER_PASSWORD };
        expect(expectStatus(await post('/challenge', answer), 200).body.status).to.equal('complete');
        expectStatus(await post('/sign-in', { email: invited, password: OTHER_PASSWORD }), 200);
      });

      it('prevents account enumeration, although the server does not', async () => {
        const missing = { email: `missing-${secret}@example.com` };
        const pairs = [
          ['/sign-in', { password: 'wrong' }],
          ['/forgot-password', {}],
          ['/confirm-sign-up', { confirmationCode: '000000' }],
          ['/confirm-forgot-password', { confirmationCode: '000000', newPassword: PASSWORD }],
        ] as const;
        for (const [path, body] of pairs) {
          const [one, other] = [
            await post(path, { email, ...body }),
            await post(path, { ...missing, ...body }),
          ];
          expect(one.status).to.equal(other.status);
          expect({ ...one.body, requestId: '' }).to.deep.equal({ ...other.body, requestId: '' });
        }
        const again = await post('/sign-up', { email, password: PASSWORD });
        expect(again.body).to.include({ status: 'confirmation_required' });
      });

      it('answers operation_not_available if the server lacks an operation', async () => {
        expectProblem(await post('/resend-confirmation-code', { email }), 'operation_not_available');
        const { accessToken } = await signIn(PASSWORD);
        expectProblem(await post('/sign-out', { everywhere: true }, accessToken), 'operation_not_available');
      });
    });
  }
});
