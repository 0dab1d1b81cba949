import { expect } from 'chai';
import express from 'express';
import supertest from 'supertest';
import { type RequireAuthOptions, requireAuth } from '../src/require-auth.ts';
import { createTestIssuer, type TestIssuer } from '../src/testing/index.ts';
import { expectProblem } from './helpers.ts';

const secondsAgo = (seconds: number): number => Math.floor(Date.now() / 1000) - seconds;
const LOA = (level: number): string => `urn:cognito:loa:${level}`;

describe('A route that asks for a certain sign-in', () => {
  let issuer: TestIssuer;
  before(async () => {
    issuer = await createTestIssuer();
  });

  const call = (rules: RequireAuthOptions, claims: object, kind: 'accessToken' | 'idToken' = 'accessToken') =>
    supertest(
      express().get('/', requireAuth({ ...issuer.config, ...rules }), (_req, res) => void res.json({})),
    )
      .get('/')
      .auth(issuer[kind]({ claims: { ...claims } }), { type: 'bearer' });

  it('lets a recent one in, and tells an old one how recent it has to be', async () => {
    await call({ maxAge: 300 }, { auth_time: secondsAgo(295) }).expect(200);
    const refused = expectProblem(
      await call({ maxAge: 300 }, { auth_time: secondsAgo(302) }),
      'insufficient_user_authentication',
    );
    expect(refused.headers['www-authenticate']).to.equal(
      'Bearer error="insufficient_user_authentication", ' +
        'error_description="This needs a more recent sign-in. Sign in again.", max_age="300"',
    );
  });

  it('takes no refresh for a sign-in', async () => {
    const claims = { auth_time: secondsAgo(900), iat: secondsAgo(1) };
    expectProblem(await call({ maxAge: 300 }, claims), 'insufficient_user_authentication');
  });

  it('takes no token that does not say when the sign-in was', async () => {
    for (const auth_time of [undefined, null, '9999999999', Number.NaN, {}])
      expectProblem(await call({ maxAge: 300 }, { auth_time }), 'insufficient_user_authentication');
  });

  it('lets one of the right level in, and tells another which levels will do', async () => {
    const acr = [LOA(4), LOA(3)];
    for (const level of acr) await call({ acr }, { acr: level }).expect(200);
    const refused = expectProblem(await call({ acr }, { acr: LOA(1) }), 'insufficient_user_authentication');
    expect(refused.headers['www-authenticate']).to.equal(
      'Bearer error="insufficient_user_authentication", ' +
        'error_description="This needs a stronger sign-in.", acr_values="urn:cognito:loa:4 urn:cognito:loa:3"',
    );
  });

  it('takes neither a missing level, nor one that is only like it', async () => {
    for (const acr of [undefined, '', 'urn:cognito:loa:33', 'URN:COGNITO:LOA:3', [LOA(3)], `${LOA(3)} x`, 3])
      expectProblem(await call({ acr: LOA(3) }, { acr }), 'insufficient_user_authentication');
  });

  it('says all that it asks for at once, whichever is missing', async () => {
    const rules = { acr: LOA(3), maxAge: 60 };
    await call(rules, { acr: LOA(3) }).expect(200);
    for (const claims of [{ acr: LOA(1) }, { acr: LOA(3), auth_time: secondsAgo(99) }, { auth_time: 1 }]) {
      const refused = expectProblem(await call(rules, claims), 'insufficient_user_authentication');
      expect(refused.headers['www-authenticate']).to.include('acr_values="urn:cognito:loa:3", max_age="60"');
    }
  });

  it('does not send those to sign in again who may not have it anyway', async () => {
    const claims = { auth_time: 1 };
    expectProblem(await call({ groups: 'admin', maxAge: 60 }, claims), 'insufficient_group');
    expectProblem(await call({ scopes: 'shop/orders', maxAge: 60 }, claims), 'insufficient_scope');
  });

  it('judges ID tokens likewise', async () => {
    const rules = { tokenUse: 'id', acr: LOA(3), maxAge: 60 } as const;
    await call(rules, { acr: LOA(3) }, 'idToken').expect(200);
    expectProblem(await call(rules, { acr: LOA(2) }, 'idToken'), 'insufficient_user_authentication');
  });

  it('does not remember an old sign-in as a recent one', async () => {
    const app = express()
      .get('/any', requireAuth({ ...issuer.config }), (_req, res) => void res.json({}))
      .get('/recent', requireAuth({ ...issuer.config, maxAge: 60 }), (_req, res) => void res.json({}));
    const token = issuer.accessToken({ claims: { auth_time: secondsAgo(99) } });
    const get = (path: string) => supertest(app).get(path).auth(token, { type: 'bearer' });
    await get('/any').expect(200);
    expectProblem(await get('/recent'), 'insufficient_user_authentication');
  });

  it('is a wrong option if it can never be met', () => {
    const wrong: [object, RegExp][] = [
      [{ maxAge: '300' }, /maxAge is "300"; write a whole number of seconds, such as 300/],
      [{ maxAge: 0 }, /maxAge is 0; write a whole number/],
      [{ maxAge: -1 }, /maxAge is -1/],
      [{ maxAge: 1.5 }, /maxAge is 1\.5/],
      [{ maxAge: Number.POSITIVE_INFINITY }, /maxAge is Infinity/],
      [{ acr: '' }, /acr is ""; write a level such as 'urn:cognito:loa:3'/],
      [{ acr: [] }, /acr is \[\]/],
      [{ acr: 'two levels' }, /acr is "two levels"/],
      [{ acr: 'a"b' }, /acr is /],
      [{ acr: 3 }, /acr is 3/],
    ];
    for (const [rules, message] of wrong) {
      expect(() => requireAuth({ ...issuer.config, ...rules } as RequireAuthOptions)).to.throw(
        TypeError,
        message,
      );
    }
  });
});
