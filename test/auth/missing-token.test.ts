import { expect } from 'chai';
import express, { type RequestHandler } from 'express';
import supertest from 'supertest';
import { requireAuth } from '../../src/require-auth.ts';
import { createCognitoRouter } from '../../src/router.ts';
import { createTestIssuer, type TestIssuer } from '../../src/testing/index.ts';
import { expectProblem } from '../support/helpers.ts';

describe('A request without a bearer token', () => {
  let issuer: TestIssuer;
  let app: ReturnType<typeof supertest>;

  before(async () => {
    issuer = await createTestIssuer();
    const auth = createCognitoRouter({ ...issuer.config, logger: false });
    app = supertest(
      express()
        .use('/auth', auth)
        .get('/alone', requireAuth(issuer.config), (_req, res) => void res.json({}))
        .get('/route', auth.requireAuth(), (_req, res) => void res.json({})),
    );
  });

  for (const path of ['/alone', '/route', '/auth/me']) {
    it(`is told that the scheme is missing if it has a token without one: ${path} (case A15)`, async () => {
      for (const value of [issuer.accessToken(), `Token ${issuer.accessToken()}`, 'Basic YTpi']) {
        const refused = expectProblem(await app.get(path).set('Authorization', value), 'missing_token');
        expect(refused.body.detail).to.include('Send "Authorization: Bearer <access token>"');
        expect(refused.text).to.not.include('eyJ');
      }
    });

    it(`is told that it needs a token if it has no Authorization header: ${path}`, async () => {
      const refused = expectProblem(await app.get(path), 'missing_token');
      expect(refused.body.detail).to.equal('The request needs an access token.');
    });

    it(`gets a challenge with a parameter: ${path} (case C21)`, async () => {
      expect((await app.get(path)).headers['www-authenticate']).to.equal('Bearer realm="api"');
    });
  }
});

describe('Middleware that an app passes to Express without a call', () => {
  /** The error that Express gets. */
  async function errorOf(handler: unknown): Promise<string> {
    let message = '';
    const app = express().get('/x', handler as RequestHandler);
    app.use(((error, _req, res, _next) => {
      message = error.message;
      res.status(500).end();
    }) as express.ErrorRequestHandler);
    await supertest(app).get('/x');
    return message;
  }

  it('says so: router.requireAuth (case A12)', async () => {
    const issuer = await createTestIssuer();
    const auth = createCognitoRouter({ ...issuer.config, logger: false });
    expect(await errorOf(auth.requireAuth)).to.include(
      'router.requireAuth was passed to Express without being called; write router.requireAuth()',
    );
  });

  it('says so: requireAuth', async () => {
    expect(await errorOf(requireAuth)).to.include('requireAuth was passed to Express without being called');
  });

  it('says so: createCognitoRouter', async () => {
    expect(await errorOf(createCognitoRouter)).to.include('write createCognitoRouter()');
  });
});
