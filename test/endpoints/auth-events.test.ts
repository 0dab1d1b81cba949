import { randomUUID } from 'node:crypto';
import { expect } from 'chai';
import express from 'express';
import type { Response } from 'supertest';
import { totpCode } from '../../src/local/users/totp.ts';
import { atLeast } from '../support/at-least.ts';
import {
  claimsOf,
  expectProblem,
  expectStatus,
  type Kit,
  OTHER_PASSWORD,
  PASSWORD,
  startKit,
} from '../support/helpers.ts';
import { ANA, closeAll, outcomeOf, sdkFor, signIn, startLocal } from '../support/local-sdk.ts';
import { riskySignIn, signInFrom, THREAT_PROTECTION } from '../support/risky-sign-in.ts';

const ADA = 'ada@example.com';
const BOB = 'bob@example.com';
const users = [ADA, BOB].map((username) => ({ username, password: PASSWORD }));
const SECRET = 'aVerySecretClientSecret0123456789';

/** Returns the auth events of a user, newest first. */
async function eventsOf({ pool }: Pick<Kit, 'pool'>, Username: string) {
  const sdk = sdkFor(pool.url);
  const { AuthEvents = [] } = await sdk.adminListUserAuthEvents({
    UserPoolId: pool.config.userPoolId,
    Username,
  });
  sdk.destroy();
  return AuthEvents;
}

describe('POST /auth-events/:eventId/feedback', () => {
  let kit: Kit;
  let warning: Awaited<ReturnType<typeof riskySignIn>>;
  const answer = (body: object, id = warning.eventId) => kit.post(`/auth-events/${id}/feedback`, body);
  const feedback = () => ({ username: warning.username, feedbackToken: warning.code, feedback: 'invalid' });

  beforeEach(async () => {
    kit = await startKit({ pool: { users, pool: THREAT_PROTECTION } });
    warning = await riskySignIn(kit.pool, ADA, PASSWORD);
  });
  afterEach(() => kit.close());

  it('records the feedback "invalid" without an access token', async () => {
    expect(expectStatus(await answer(feedback()), 200).body).to.deep.equal({ status: 'received' });
    const [risky, usual] = await eventsOf(kit, ADA);
    expect(risky).to.deep.include({
      EventId: warning.eventId,
      EventType: 'SignIn',
      EventResponse: 'Pass',
      EventContextData: { IpAddress: '203.0.113.9' },
    });
    expect(risky?.EventRisk).to.include({ RiskDecision: 'AccountTakeover', RiskLevel: 'Low' });
    expect(risky?.EventFeedback).to.include({ FeedbackValue: 'Invalid', Provider: 'User' });
    expect(risky?.EventFeedback?.FeedbackDate).to.be.instanceOf(Date);
    expect(usual?.EventRisk).to.include({ RiskDecision: 'NoRisk' });
    expect(usual).to.not.have.property('EventFeedback');
  });

  it('records the feedback "valid"', async () => {
    expectStatus(await answer({ ...feedback(), feedback: 'valid' }), 200);
    expect((await eventsOf(kit, ADA))[0]?.EventFeedback?.FeedbackValue).to.equal('Valid');
  });

  it('refuses GET and HEAD, because mail scanners follow links', async () => {
    const query = new URLSearchParams(feedback()).toString();
    for (const method of ['get', 'head'] as const) {
      const response = await kit.request[method](`/auth/auth-events/${warning.eventId}/feedback?${query}`);
      expect(response.status).to.equal(405);
      expect(response.headers.allow).to.equal('POST');
    }
    expect((await eventsOf(kit, ADA))[0]).to.not.have.property('EventFeedback');
  });

  it('answers alike for unknown users, other events and wrong tokens, and records nothing', async () => {
    const fingerprint = ({ status, body, headers }: Response) =>
      JSON.stringify([status, { ...body, requestId: '' }, Object.keys(headers)]);
    const other = await riskySignIn(kit.pool, BOB, PASSWORD);
    const answers = [
      await answer({ ...feedback(), username: 'unknown' }),
      await answer({ ...feedback(), username: other.username }),
      await answer(feedback(), randomUUID()),
      await answer(feedback(), other.eventId),
      await answer({ ...feedback(), feedbackToken: other.code }),
      await answer({ ...feedback(), feedbackToken: 'guess' }),
    ];
    for (const response of answers) expectProblem(response, 'not_found');
    expect(new Set(answers.map(fingerprint)).size).to.equal(1);
    for (const name of [ADA, BOB]) {
      for (const event of atLeast(1, await eventsOf(kit, name)))
        expect(event).to.not.have.property('EventFeedback');
    }
  });

  it('refuses every token for a sign-in without a warning', async () => {
    const [, usual] = await eventsOf(kit, ADA);
    expectProblem(await answer({ ...feedback(), feedbackToken: '' }), 'validation_failed');
    expectProblem(await answer({ ...feedback(), feedbackToken: 'undefined' }, usual?.EventId), 'not_found');
    expectProblem(await answer(feedback(), usual?.EventId), 'not_found');
  });

  it('refuses feedback other than valid and invalid, and malformed tokens', async () => {
    for (const value of ['Valid', 'yes', '', true, null])
      expectProblem(await answer({ ...feedback(), feedback: value }), 'validation_failed');
    expectProblem(await answer({ ...feedback(), feedbackToken: 'a b' }), 'validation_failed');
    expectProblem(await answer({ ...feedback(), feedbackToken: 'x'.repeat(4097) }), 'validation_failed');
  });

  it('distinguishes an unknown user from a wrong token if concealUserExistence is false', async () => {
    const open = await startKit({ pool: kit.pool, config: { concealUserExistence: false } });
    const path = `/auth-events/${warning.eventId}/feedback`;
    expectProblem(await open.post(path, { ...feedback(), username: 'unknown' }), 'user_not_found');
    const wrong = expectProblem(
      await open.post(path, { ...feedback(), feedbackToken: 'guess' }),
      'not_found',
    );
    expect(wrong.body.detail).to.match(/sign-in was not found, or the feedback token belongs to another one/);
  });

  it('answers 429 to the sixth request for an account', async () => {
    const limited = await startKit({ pool: kit.pool, config: { rateLimits: { account: {} } } });
    const attempt = () => limited.post(`/auth-events/${warning.eventId}/feedback`, feedback());
    for (let i = 0; i < 5; i++) expectStatus(await attempt(), 200);
    expectProblem(await attempt(), 'rate_limited');
  });
});

describe('Risk assessment of a sign-in through the router', () => {
  it("uses the address of the client, not the server's", async () => {
    const kit = await startKit({
      pool: {
        users,
        pool: THREAT_PROTECTION,
        clientSecret: SECRET,
        appClient: { EnablePropagateAdditionalUserContextData: true },
      },
      config: { sendIpAddress: true },
      app: (auth) => express().set('trust proxy', 1).use('/auth', auth),
    });
    const signInAt = async (ip: string) =>
      expectStatus(
        await kit.post('/sign-in', { email: ADA, password: PASSWORD }).set('X-Forwarded-For', ip),
        200,
      );
    await signInAt('192.0.2.1');
    await signInAt('192.0.2.1');
    expect(kit.pool.inbox.list()).to.deep.equal([]);
    const { body } = await signInAt('203.0.113.9');
    const warning = kit.pool.inbox.latest({ to: ADA, kind: 'risky_sign_in' });
    expect(warning?.eventId).to.equal(claimsOf(body.tokens.accessToken).event_id);
    const addresses = (await eventsOf(kit, ADA)).map(({ EventContextData }) => EventContextData?.IpAddress);
    expect(addresses).to.deep.equal(['203.0.113.9', '192.0.2.1', '192.0.2.1']);
    await kit.close();
  });
});

describe('POST /auth-events/:eventId/feedback in a pool without threat protection', () => {
  it('answers operation_not_available', async () => {
    const kit = await startKit({ pool: { users } });
    const body = { username: ADA, feedbackToken: 'x', feedback: 'valid' };
    expectProblem(await kit.post(`/auth-events/${randomUUID()}/feedback`, body), 'operation_not_available');
    await kit.close();
  });
});

describe('local user pool: auth events', () => {
  afterEach(closeAll);
  const seed = { username: ANA, password: PASSWORD };

  it('are recorded only with threat protection', async () => {
    const { sdk, UserPoolId, ...local } = await startLocal({ users: [seed] });
    await signIn({ sdk, UserPoolId, ...local }, ANA, PASSWORD);
    for (const call of [
      sdk.adminListUserAuthEvents({ UserPoolId, Username: ANA }),
      sdk.adminUpdateAuthEventFeedback({
        UserPoolId,
        Username: ANA,
        EventId: 'x',
        FeedbackValue: 'Valid',
      }),
    ])
      expect(await outcomeOf(call)).to.match(/^UserPoolAddOnNotEnabledException/);
  });

  it('include failed sign-ins, and accept feedback of an administrator', async () => {
    const local = await startLocal({ users: [seed], pool: THREAT_PROTECTION });
    const { sdk, UserPoolId } = local;
    await outcomeOf(signIn(local, ANA, OTHER_PASSWORD));
    await outcomeOf(signIn(local, 'unknown@example.com', OTHER_PASSWORD));
    const [failed, ...rest] = await eventsOf(local, ANA);
    expect(rest).to.deep.equal([]);
    expect(failed).to.deep.include({ EventResponse: 'Fail', EventContextData: { IpAddress: '127.0.0.1' } });
    const judge = (Username: string, EventId = String(failed?.EventId)) =>
      sdk.adminUpdateAuthEventFeedback({ UserPoolId, Username, EventId, FeedbackValue: 'Invalid' });
    await judge(ANA);
    const [judged] = await eventsOf(local, ANA);
    expect(judged?.EventFeedback).to.include({ FeedbackValue: 'Invalid', Provider: 'Admin' });
    expect(await outcomeOf(judge(ANA, 'unknown'))).to.match(/^ResourceNotFoundException/);
    expect(await outcomeOf(judge('unknown@example.com'))).to.match(/^UserNotFoundException/);
  });

  it('include one entry for a sign-in with two factors, and none for a refresh', async () => {
    const totpSecret = 'JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP';
    const local = await startLocal({ users: [{ ...seed, totpSecret }], pool: THREAT_PROTECTION });
    const { sdk, ClientId, pool } = local;
    const { Session, ChallengeName } = await signIn(local, ANA, PASSWORD);
    expect(await eventsOf(local, ANA)).to.deep.equal([]);
    const { AuthenticationResult } = await sdk.respondToAuthChallenge({
      ClientId,
      ChallengeName,
      Session,
      ChallengeResponses: {
        USERNAME: ANA,
        SOFTWARE_TOKEN_MFA_CODE: totpCode(totpSecret, pool.clock.now()),
      },
    });
    const REFRESH_TOKEN = String(AuthenticationResult?.RefreshToken);
    await sdk.initiateAuth({ ClientId, AuthFlow: 'REFRESH_TOKEN_AUTH', AuthParameters: { REFRESH_TOKEN } });
    const events = await eventsOf(local, ANA);
    expect(events.map(({ EventId, EventResponse }) => [EventId, EventResponse])).to.deep.equal([
      [claimsOf(String(AuthenticationResult?.AccessToken)).event_id, 'Pass'],
    ]);
  });

  it('are listed by page', async () => {
    const local = await startLocal({ users: [seed], pool: THREAT_PROTECTION });
    const { sdk, UserPoolId } = local;
    for (let i = 0; i < 3; i++) await signIn(local, ANA, PASSWORD);
    const list = (NextToken?: string) =>
      sdk.adminListUserAuthEvents({ UserPoolId, Username: ANA, MaxResults: 2, NextToken });
    const first = await list();
    const second = await list(first.NextToken);
    expect([first.AuthEvents?.length, second.AuthEvents?.length]).to.deep.equal([2, 1]);
    expect(second.NextToken).to.equal(undefined);
  });

  it('cause no warning in audit mode', async () => {
    const AdvancedSecurityMode = 'AUDIT';
    const local = await startLocal({ users: [seed], pool: { UserPoolAddOns: { AdvancedSecurityMode } } });
    for (const ip of ['192.0.2.1', '203.0.113.9'])
      await signInFrom(local.pool, { username: ANA, password: PASSWORD, ip });
    expect(local.pool.inbox.list()).to.deep.equal([]);
    const [risky] = await eventsOf(local, ANA);
    expect(risky?.EventRisk?.RiskLevel).to.equal('Low');
  });

  it('ignore the IpAddress of an app client without a secret, which cannot enable its propagation', async () => {
    const local = await startLocal({ users: [seed], pool: THREAT_PROTECTION });
    const { sdk, UserPoolId, ClientId } = local;
    await sdk.initiateAuth({
      ClientId,
      AuthFlow: 'USER_PASSWORD_AUTH',
      AuthParameters: { USERNAME: ANA, PASSWORD },
      UserContextData: { IpAddress: '203.0.113.9', EncodedData: 'x' },
    });
    const [event] = await eventsOf(local, ANA);
    expect(event?.EventContextData?.IpAddress).to.equal('127.0.0.1');
    const EnablePropagateAdditionalUserContextData = true;
    const refused = 'InvalidParameterException: Client Secret is required';
    const outcomes = [
      await outcomeOf(
        sdk.createUserPoolClient({ UserPoolId, ClientName: 'x', EnablePropagateAdditionalUserContextData }),
      ),
      await outcomeOf(
        sdk.updateUserPoolClient({ UserPoolId, ClientId, EnablePropagateAdditionalUserContextData }),
      ),
    ];
    for (const outcome of outcomes) expect(outcome.startsWith(refused), outcome).to.equal(true);
  });

  it('can be enabled when a pool is created over the wire', async () => {
    const { sdk } = await startLocal();
    const UserPoolAddOns = { AdvancedSecurityMode: 'AUDIT' } as const;
    const { UserPool } = await sdk.createUserPool({ PoolName: 'x', UserPoolTier: 'PLUS', UserPoolAddOns });
    expect(UserPool?.UserPoolAddOns).to.deep.equal(UserPoolAddOns);
  });
});
