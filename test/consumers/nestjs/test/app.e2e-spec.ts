import type { INestApplication } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { type LocalUserPool, startLocalUserPool } from 'express-cognito-kit/local';
import request from 'supertest';
import type { App } from 'supertest/types';
import { journey } from './../journey.cjs';
import { AppModule } from './../src/app.module.ts';

describe('a NestJS app', () => {
  let pool: LocalUserPool;
  let app: INestApplication<App>;

  beforeAll(async () => {
    pool = await startLocalUserPool();
    process.env.COGNITO_USER_POOL_ID = pool.config.userPoolId;
    process.env.COGNITO_CLIENT_ID = pool.config.clientId;
    process.env.COGNITO_ENDPOINT = pool.config.endpoint;
    const module = await Test.createTestingModule({ imports: [AppModule] }).compile();
    app = module.createNestApplication();
    await app.listen(0, '127.0.0.1');
  });

  afterAll(async () => {
    await app.close();
    await pool.close();
  });

  it('refuses a request without a token', () => request(app.getHttpServer()).get('/reports').expect(401));

  it('signs users up and in, and serves a protected route', async () =>
    journey(await app.getUrl(), pool.inbox));
});
