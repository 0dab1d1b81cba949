import { expect } from 'chai';
import express from 'express';
import request from 'supertest';
import { requireAuth } from '../../src/require-auth.ts';
import { createTestIssuer } from '../../src/testing/index.ts';

describe('requireAuth with cached keys', () => {
  it('calls next() synchronously, with a token and without one', async () => {
    const issuer = await createTestIssuer();
    const protect = requireAuth({ ...issuer.config, optional: true });
    const immediate: boolean[] = [];
    const app = express().use((req, res) => {
      let isDone = false;
      protect(req, res, () => {
        isDone = true;
        res.end();
      });
      immediate.push(isDone);
    });
    await request(app).get('/').auth(issuer.accessToken(), { type: 'bearer' }).expect(200);
    await request(app).get('/').expect(200);
    expect(immediate).to.deep.equal([true, true]);
  });
});
