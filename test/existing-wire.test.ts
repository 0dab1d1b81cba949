import { expect } from 'chai';
import express from 'express';
import { reply } from '../src/config/reply.ts';
import { sendProblem } from '../src/shared/problem.ts';
import { expectStatus, type Kit, PASSWORD, startKit } from './support/helpers.ts';

const ADA = 'ada@example.com';

/** An app that had its own auth code, with its own paths, field names and status codes. Its clients stay as they are. */
describe('The wire of an existing app, kept by options alone,', () => {
  let kit: Kit;

  before(async () => {
    kit = await startKit({
      pool: { users: [{ username: ADA, password: PASSWORD, attributes: { name: 'Ada' } }] },
      config: {
        routes: { signUp: '/register', confirmSignUp: '/activate', signIn: '/login', getMe: '/whoami' },
        extraFields: { signUp: ['invite'] },
        mapBody: {
          signUp: ({ mail, pass, fullName, invite }) => ({
            email: mail,
            password: pass,
            attributes: { name: fullName },
            invite,
          }),
          confirmSignUp: ({ mail, pin }) => ({ email: mail, confirmationCode: pin }),
          signIn: ({ user, pass }) => ({ email: user, password: pass }),
        },
        hooks: {
          response: {
            signUp: () => reply({ status: 201, json: { ok: true } }),
            confirmSignUp: () => reply({}),
            signIn: ({ response }) => {
              const { tokens } = response as { tokens: Record<string, unknown> };
              return {
                token: tokens.accessToken,
                refresh_token: tokens.refreshToken,
                expires: tokens.expiresIn,
              };
            },
            getMe: ({ response }) => {
              const { attributes } = response as { attributes: Record<string, unknown> };
              return { mail: attributes.email, fullName: attributes.name };
            },
          },
        },
        onError: ({ status, code, headers, ...problem }, req, res) => {
          if (req.headers.accept?.includes('problem'))
            return sendProblem({ status, code, headers, ...problem }, req, res);
          const old = code === 'validation_failed' ? 422 : status;
          res.status(old).set(headers).json({ ok: false, error: code.toUpperCase() });
        },
      },
      app: (auth) => express().use('/api/v1', auth),
    });
  });
  after(() => kit.close());

  const post = (path: string, body: object) => kit.request.post(`/api/v1${path}`).send(body);

  it('signs up, confirms, signs in and reads the user with the old paths, fields and statuses', async () => {
    const account = { mail: 'new@example.com', pass: PASSWORD, fullName: 'New User', invite: 'FRIENDS' };
    expect(expectStatus(await post('/register', account), 201).body).to.deep.equal({ ok: true });
    const { code: pin } = await kit.pool.inbox.waitFor({ to: account.mail });
    expectStatus(await post('/activate', { mail: account.mail, pin }), 204);
    const signedIn = expectStatus(await post('/login', { user: account.mail, pass: PASSWORD }), 200).body;
    expect(signedIn).to.have.all.keys('token', 'refresh_token', 'expires');
    const me = await kit.request.get('/api/v1/whoami').set('Authorization', `Bearer ${signedIn.token}`);
    expect(expectStatus(me, 200).body).to.deep.equal({ mail: account.mail, fullName: 'New User' });
  });

  it('answers errors with the old statuses and bodies', async () => {
    const invalid = expectStatus(await post('/register', { mail: 'x', pass: '', fullName: '' }), 422);
    expect(invalid.body).to.deep.equal({ ok: false, error: 'VALIDATION_FAILED' });
    const wrong = expectStatus(await post('/login', { user: ADA, pass: 'Wrong-horse-7' }), 401);
    expect(wrong.body).to.deep.equal({ ok: false, error: 'INVALID_CREDENTIALS' });
    expect((await kit.request.get('/api/v1/whoami')).headers['www-authenticate']).to.match(/^Bearer/);
  });
});
