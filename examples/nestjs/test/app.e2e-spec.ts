import type { INestApplication } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { createCognitoRouter } from 'express-cognito-kit';
import { createTestIssuer, type TestIssuer } from 'express-cognito-kit/testing';
import request from 'supertest';
import type { App } from 'supertest/types';
import { AppModule } from './../src/app.module.ts';
import { COGNITO } from './../src/cognito.guard.ts';

describe('the guard', () => {
  let issuer: TestIssuer;
  let app: INestApplication<App>;

  beforeAll(async () => {
    issuer = await createTestIssuer();
    const module = await Test.createTestingModule({ imports: [AppModule] })
      .overrideProvider(COGNITO)
      .useFactory({ factory: () => createCognitoRouter({ ...issuer.config, logger: false }) })
      .compile();
    app = module.createNestApplication();
    await app.init();
  });

  afterAll(() => app.close());

  const as = (test: request.Test, token: string) => test.set('Authorization', `Bearer ${token}`);

  it('refuses a request without a token, as a problem with the headers of RFC 6750', async () => {
    const { headers, body } = await request(app.getHttpServer()).get('/reports').expect(401);
    expect(headers['www-authenticate']).toBe('Bearer realm="api"');
    expect(headers['content-type']).toContain('application/problem+json');
    expect(body.code).toBe('missing_token');
  });

  it('refuses a forged token', () =>
    as(request(app.getHttpServer()).get('/reports'), issuer.forge(issuer.accessToken())).expect(401));

  it('gives the handler the user of a valid token', () =>
    as(request(app.getHttpServer()).get('/reports'), issuer.accessToken({ sub: 'ada' })).expect(200, {
      reader: 'ada',
    }));

  it('leaves public handlers and the endpoints of the kit open', async () => {
    await request(app.getHttpServer()).get('/status').expect(200, { ok: true });
    await request(app.getHttpServer()).get('/auth/health').expect(200);
  });

  it('applies the rules of a handler, and the end of the sessions of a user at once', async () => {
    const alan = issuer.accessToken({ sub: 'alan' });
    const admin = issuer.accessToken({ sub: 'grace', groups: ['admin'] });
    const end = () => request(app.getHttpServer()).delete('/users/alan/sessions');
    await as(end(), alan).expect(403);
    await as(request(app.getHttpServer()).get('/reports'), alan).expect(200);
    await as(end(), admin).expect(204);
    await as(request(app.getHttpServer()).get('/reports'), alan).expect(401);
  });
});
