import { expect } from 'chai';
import express from 'express';
import supertest from 'supertest';
import { createCognitoRouter } from '../../src/router.ts';
import { createTestIssuer } from '../../src/testing/index.ts';
import { expectProblem } from '../support/helpers.ts';
import { JwksServer } from '../support/jwks-server.ts';

describe('An issuer whose keys were refused', () => {
  it('is asked for its keys again soon, because the refusal may be an outage', async () => {
    const issuer = await createTestIssuer();
    const other = await JwksServer.start(issuer.config.jwks, '/p/.well-known/jwks.json');
    const pool = await JwksServer.start(issuer.config.jwks, '/p/.well-known/jwks.json');
    const { answer } = pool;
    pool.answer = (_req, res) => void res.writeHead(403).end();
    const { userPoolId, clientId } = issuer.config;
    const issuers = [`${pool.origin}/p`, `${other.origin}/p`];
    const auth = createCognitoRouter({ userPoolId, clientId, issuer: issuers, logger: false });
    const app = supertest(express().get('/x', auth.requireAuth(), (_req, res) => res.json({})));
    const token = issuer.accessToken({ claims: { iss: `${pool.origin}/p` } });
    const call = () => app.get('/x').set('Authorization', `Bearer ${token}`);
    const { now } = performance;
    try {
      expectProblem(await call(), 'invalid_token');
      pool.answer = answer;
      performance.now = () => now.call(performance) + 61_000;
      expect((await call()).status).to.equal(200);
    } finally {
      performance.now = now;
      await Promise.all([auth.close(), pool.close(), other.close()]);
    }
  });
});
