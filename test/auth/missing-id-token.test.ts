import { expect } from 'chai';
import express from 'express';
import supertest from 'supertest';
import { requireAuth } from '../../src/require-auth.ts';
import { createTestIssuer, type TestIssuer } from '../../src/testing/index.ts';
import { expectProblem } from '../support/helpers.ts';

describe("A route with tokenUse: 'id'", () => {
  let issuer: TestIssuer;
  before(async () => {
    issuer = await createTestIssuer();
  });

  function app(tokenUse: 'access' | 'id') {
    return supertest(
      express().get('/', requireAuth({ ...issuer.config, tokenUse }), (_req, res) => void res.json({})),
    );
  }

  it('asks for an ID token if there is no token', async () => {
    const answer = expectProblem(await app('id').get('/'), 'missing_token');
    expect(answer.body.detail).to.equal('The request needs an ID token.');
    expect(answer.headers['www-authenticate']).to.match(/^Bearer\b/);
  });

  it('asks for an ID token if the header has another scheme', async () => {
    const answer = await app('id').get('/').set('Authorization', 'Basic eDp5');
    expect(expectProblem(answer, 'missing_token').body.detail).to.include('Bearer <ID token>');
  });

  it('differs from a route with access tokens, which asks for those', async () => {
    const missing = expectProblem(await app('access').get('/'), 'missing_token');
    expect(missing.body.detail).to.equal('The request needs an access token.');
    const basic = await app('access').get('/').set('Authorization', 'Basic eDp5');
    expect(expectProblem(basic, 'missing_token').body.detail).to.include('Bearer <access token>');
  });
});
