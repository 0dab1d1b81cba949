import { expect } from 'chai';
import express from 'express';
import supertest, { type Response } from 'supertest';
import type { LocalUserPoolOptions } from '../../src/local/local-user-pool.ts';
import { totpCode } from '../../src/local/users/totp.ts';
import { type RequireAuthOptions, requireAuth } from '../../src/require-auth.ts';
import { createTestIssuer, type TestIssuer } from '../../src/testing/index.ts';
import {
  claimsOf,
  expectProblem,
  expectStatus,
  type Kit,
  type KitOptions,
  OTHER_PASSWORD,
  PASSWORD,
  startKit,
} from '../support/helpers.ts';
import { ANA, closeAll, type Local, outcomeOf, secretHash, startLocal } from '../support/local-sdk.ts';

const secondsAgo = (seconds: number): number => Math.floor(Date.now() / 1000) - seconds;
const LOA = (level: number): string => `urn:cognito:loa:${level}`;

/** What an answer to a challenge has to bring back. */
const pick = ({ name, session, username }: Record<'name' | 'session' | 'username', string>) => ({
  name,
  session,
  username,
});

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
        'error_description="This operation requires a more recent sign-in. Sign in again.", max_age="300"',
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
        'error_description="This operation requires a stronger sign-in.", acr_values="urn:cognito:loa:4 urn:cognito:loa:3"',
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

describe('A user who steps up', () => {
  const EMAIL = 'ada@example.com';
  const TOTP_SECRET = 'JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP';
  const CLIENT: LocalUserPoolOptions['appClient'] = {
    ExplicitAuthFlows: ['ALLOW_USER_PASSWORD_AUTH', 'ALLOW_USER_AUTH', 'ALLOW_REFRESH_TOKEN_AUTH'],
  };

  /** An app with a route for recent sign-ins and one for strong ones. */
  const start = (options: Omit<KitOptions, 'app'> = {}): Promise<Kit> =>
    startKit({
      pool: { users: [{ username: EMAIL, password: PASSWORD }], appClient: CLIENT },
      ...options,
      app: (auth) =>
        express()
          .use('/auth', auth)
          .get('/recent', auth.requireAuth({ maxAge: 300 }), (_req, res) => void res.json({ ok: true }))
          .get(
            '/strong',
            auth.requireAuth({ acr: LOA(4), maxAge: 300 }),
            (_req, res) => void res.json({ ok: true }),
          ),
    });
  const call = (kit: Kit, path: string, token: string) =>
    kit.request.get(path).auth(token, { type: 'bearer' });
  const oldToken = (kit: Kit, username = EMAIL) =>
    kit.pool.tokensFor(username, { accessClaims: { auth_time: secondsAgo(600) } }).accessToken;
  /** What a refusal asks for, as the body of a step-up. */
  const asked = (response: Response) => {
    const header = String(response.headers['www-authenticate']);
    const acr = /acr_values="([^"]+)"/.exec(header)?.[1];
    const maxAge = /max_age="(\d+)"/.exec(header)?.[1];
    return { ...(acr && { acr }), ...(maxAge && { maxAge: Number(maxAge) }) };
  };

  for (const authFlow of ['USER_PASSWORD_AUTH', 'USER_AUTH'] as const) {
    for (const clientSecret of [undefined, 'aVerySecretClientSecret0123456789']) {
      it(`is let in where the sign-in was too long ago (${authFlow}, ${clientSecret ? 'secret' : 'no secret'})`, async () => {
        const users = [{ username: EMAIL, password: PASSWORD }];
        const pool = { users, appClient: CLIENT, ...(clientSecret && { clientSecret }) };
        const kit = await start({ pool, config: { authFlow } });
        const token = oldToken(kit);
        const refused = expectProblem(await call(kit, '/recent', token), 'insufficient_user_authentication');
        const body = { ...asked(refused), password: PASSWORD };
        const { tokens } = expectStatus(await kit.post('/step-up', body, token), 200).body;
        expectStatus(await call(kit, '/recent', tokens.accessToken), 200);
        expect(claimsOf(tokens.accessToken).sub).to.equal(claimsOf(token).sub);
        expect(tokens.refreshToken).to.be.a('string');
        await kit.close();
      });
    }
  }

  it('adds the second factor where the password is not enough, and is let in', async () => {
    const users = [{ username: EMAIL, password: PASSWORD, totpSecret: TOTP_SECRET }];
    const kit = await start({ pool: { users, appClient: CLIENT } });
    const token = oldToken(kit);
    const refused = expectProblem(await call(kit, '/strong', token), 'insufficient_user_authentication');
    const step = await kit.post('/step-up', { ...asked(refused), password: PASSWORD }, token);
    const { name, session, username } = expectStatus(step, 200).body.challenge;
    expect(name).to.equal('SOFTWARE_TOKEN_MFA');
    const code = () => totpCode(TOTP_SECRET, kit.pool.clock.now());
    const answer = { name, session, username, confirmationCode: '000000' };
    expectProblem(await kit.post('/challenge', answer), 'code_mismatch');
    const done = await kit.post('/challenge', { ...answer, confirmationCode: code() });
    const { accessToken, idToken, refreshToken } = expectStatus(done, 200).body.tokens;
    expectStatus(await call(kit, '/strong', accessToken), 200);
    for (const each of [accessToken, idToken])
      expect(claimsOf(each)).to.deep.include({ acr: LOA(4), amr: ['pwd', 'otp', 'mfa'] });
    // A refresh keeps the level, and does not make the sign-in a recent one.
    const refreshed = expectStatus(await kit.post('/refresh', { refreshToken }), 200).body.tokens;
    expect(claimsOf(refreshed.accessToken)).to.deep.include({
      acr: LOA(4),
      auth_time: claimsOf(accessToken).auth_time,
    });
    const again = await kit.post('/step-up', { ...asked(refused), password: PASSWORD }, accessToken);
    expectProblem(again, 'conflict');
    await kit.close();
  });

  it('is not asked for what the token stands for already', async () => {
    const users = [
      { username: EMAIL, password: PASSWORD, mfa: ['EMAIL_OTP' as const], totpSecret: TOTP_SECRET },
    ];
    const pool = { EmailMfaConfiguration: {}, MfaConfiguration: 'OPTIONAL' as const };
    const kit = await start({ pool: { users, appClient: CLIENT, pool } });
    const first = await kit.post('/step-up', { acr: LOA(3), password: PASSWORD }, oldToken(kit));
    // Two factors and none preferred: the one that the level takes is chosen by the user.
    const chosen = await kit.post('/challenge', {
      ...pick(expectStatus(first, 200).body.challenge),
      mfaType: 'EMAIL_OTP',
    });
    const { code } = await kit.pool.inbox.waitFor({ to: EMAIL, kind: 'sign_in' });
    const { tokens } = expectStatus(
      await kit.post('/challenge', { ...pick(chosen.body.challenge), confirmationCode: code }),
      200,
    ).body;
    expect(claimsOf(tokens.accessToken)).to.deep.include({ acr: LOA(3), amr: ['pwd', 'email_otp', 'mfa'] });
    const next = await kit.post('/step-up', { acr: LOA(4), maxAge: 300 }, tokens.accessToken);
    expect(expectStatus(next, 200).body.challenge.name).to.equal('SOFTWARE_TOKEN_MFA');
    // Later the sign-in is too old to be credited: it begins with the password.
    kit.pool.clock.advance(400_000);
    const later = await kit.post('/step-up', { acr: LOA(4), maxAge: 300 }, tokens.accessToken);
    expect(expectStatus(later, 200).body.challenge.name).to.not.equal('SOFTWARE_TOKEN_MFA');
    await kit.close();
  });

  it('gets no tokens on the way: a factor that does not reach the level is followed by one that does', async () => {
    const users = [
      { username: EMAIL, password: PASSWORD, mfa: ['EMAIL_OTP' as const], totpSecret: TOTP_SECRET },
    ];
    const kit = await start({ pool: { users, appClient: CLIENT, pool: { EmailMfaConfiguration: {} } } });
    const body = { acr: LOA(4), password: PASSWORD, preferredChallenge: 'PASSWORD_SRP' };
    const select = expectStatus(await kit.post('/step-up', body, oldToken(kit)), 200).body.challenge;
    const chosen = await kit.post('/challenge', { ...pick(select), mfaType: 'EMAIL_OTP' });
    const { code } = await kit.pool.inbox.waitFor({ to: EMAIL, kind: 'sign_in' });
    const answer = { ...pick(chosen.body.challenge), confirmationCode: code };
    const { challenge, tokens } = expectStatus(await kit.post('/challenge', answer), 200).body;
    expect(tokens).to.equal(undefined);
    expect(challenge.name).to.equal('SOFTWARE_TOKEN_MFA');
    const confirmationCode = totpCode(TOTP_SECRET, kit.pool.clock.now());
    const done = await kit.post('/challenge', { ...pick(challenge), confirmationCode });
    const { accessToken } = expectStatus(done, 200).body.tokens;
    expectStatus(await call(kit, '/strong', accessToken), 200);
    // The sign-in before, and this one; what was given up half-way is none.
    expect((await kit.get('/sessions', accessToken)).body.sessions).to.have.length(2);
    await kit.close();
  });

  it('gets nothing for a wrong password, and no second chance at a spent session', async () => {
    const users = [{ username: EMAIL, password: PASSWORD, totpSecret: TOTP_SECRET }];
    const kit = await start({ pool: { users, appClient: CLIENT } });
    const token = oldToken(kit);
    for (const body of [{ password: OTHER_PASSWORD }, { acr: LOA(4), password: OTHER_PASSWORD }])
      expectProblem(await kit.post('/step-up', body, token), 'invalid_credentials');
    const step = await kit.post('/step-up', { acr: LOA(4), password: PASSWORD }, token);
    const confirmationCode = totpCode(TOTP_SECRET, kit.pool.clock.now());
    const answer = { ...pick(step.body.challenge), confirmationCode };
    expectStatus(await kit.post('/challenge', answer), 200);
    expectProblem(await kit.post('/challenge', answer), 'invalid_session');
    await kit.close();
  });

  it('cannot step up as somebody else', async () => {
    const eve = 'eve@example.com';
    const users = [EMAIL, eve].map((username) => ({ username, password: PASSWORD, totpSecret: TOTP_SECRET }));
    const kit = await start({ pool: { users, appClient: CLIENT } });
    const token = oldToken(kit, eve);
    for (const name of ['email', 'username', 'sub', 'accessToken'])
      expectProblem(
        await kit.post('/step-up', { password: PASSWORD, [name]: EMAIL }, token),
        'validation_failed',
      );
    // The session of her own step-up does not become that of another.
    const step = await kit.post('/step-up', { acr: LOA(4), password: PASSWORD }, token);
    const confirmationCode = totpCode(TOTP_SECRET, kit.pool.clock.now());
    const answer = { ...pick(step.body.challenge), confirmationCode };
    expectProblem(await kit.post('/challenge', { ...answer, username: EMAIL }), 'invalid_session');
    const { tokens } = expectStatus(await kit.post('/challenge', answer), 200).body;
    expect(claimsOf(tokens.accessToken).sub).to.equal(claimsOf(token).sub);
    for (const bad of [undefined, `${token.slice(0, -9)}AAAAAAAAA`, tokens.idToken])
      expect((await kit.post('/step-up', { password: PASSWORD }, bad)).status).to.equal(401);
    await kit.close();
  });

  it('is told what is missing: a password, an authenticator app, an app client with levels', async () => {
    const kit = await start();
    const token = oldToken(kit);
    const needsPassword = expectProblem(await kit.post('/step-up', {}, token), 'validation_failed');
    expect(needsPassword.body.errors).to.deep.equal([{ path: '/password', message: 'is required' }]);
    const noApp = await kit.post('/step-up', { acr: LOA(4), password: PASSWORD }, token);
    expectProblem(noApp, 'rejected_by_pool');
    const unknown = await kit.post('/step-up', { acr: 'urn:other', password: PASSWORD }, token);
    expectProblem(unknown, 'rejected_by_pool');
    for (const body of [{ acr: '' }, { acr: 'a"b' }, { acr: ' a' }, { maxAge: '300' }, { maxAge: 0 }])
      expectProblem(await kit.post('/step-up', { password: PASSWORD, ...body }, token), 'validation_failed');
    const plain = await start({ pool: { users: [{ username: EMAIL, password: PASSWORD }] } });
    const refused = await plain.post('/step-up', { acr: LOA(1), password: PASSWORD }, oldToken(plain));
    expect(expectProblem(refused, 'operation_not_available').body.detail).to.include('USER_AUTH');
    await Promise.all([kit.close(), plain.close()]);
  });

  it('deletes the account after it', async () => {
    const kit = await start();
    const token = oldToken(kit);
    const remove = (as: string) => kit.request.delete('/auth/me').auth(as, { type: 'bearer' });
    expectProblem(await remove(token), 'insufficient_user_authentication');
    const { tokens } = expectStatus(await kit.post('/step-up', { password: PASSWORD }, token), 200).body;
    expectStatus(await remove(tokens.accessToken), 200);
    await kit.close();
  });
});

describe('local user pool: levels of a sign-in', () => {
  afterEach(closeAll);
  const users = [ANA, 'bo@example.com'].map((username) => ({ username, password: PASSWORD }));
  const client: LocalUserPoolOptions['appClient'] = { ExplicitAuthFlows: ['ALLOW_USER_AUTH'] };

  const begin = ({ sdk, ClientId }: Local, parameters: Record<string, string>) =>
    sdk.initiateAuth({
      ClientId,
      AuthFlow: 'USER_AUTH',
      AuthParameters: { USERNAME: ANA, PREFERRED_CHALLENGE: 'PASSWORD', PASSWORD, ...parameters },
    });

  it('are told in the tokens of a sign-in that asks for one, and in no others', async () => {
    const local = await startLocal({ users, appClient: client });
    const plain = await begin(local, {});
    expect(claimsOf(String(plain.AuthenticationResult?.AccessToken))).to.not.have.any.keys('acr', 'amr');
    const { AuthenticationResult } = await begin(local, {
      TARGET_ACR_VALUES: `urn:other ${LOA(4)} ${LOA(1)}`,
    });
    expect(claimsOf(String(AuthenticationResult?.AccessToken))).to.deep.include({
      acr: LOA(1),
      amr: ['pwd'],
    });
  });

  it('cannot be reached with a token of somebody else, a revoked one, or one of another client', async () => {
    const local = await startLocal({ users, appClient: client });
    const { pool, sdk } = local;
    const TARGET_ACR_VALUES = LOA(1);
    const withToken = (ACCESS_TOKEN: string) => outcomeOf(begin(local, { TARGET_ACR_VALUES, ACCESS_TOKEN }));
    const other = pool.addClient(client);
    const theirs = pool.tokensFor('bo@example.com').accessToken;
    const revoked = pool.tokensFor(ANA).accessToken;
    await sdk.globalSignOut({ AccessToken: revoked });
    const elsewhere = pool.tokensFor(ANA, { clientId: other.clientId }).accessToken;
    for (const token of [theirs, elsewhere, revoked, 'x.y.z'])
      expect(await withToken(token)).to.match(/^NotAuthorizedException/);
    expect(await withToken(pool.tokensFor(ANA).accessToken)).to.equal('ok');
    expect(await outcomeOf(begin(local, { ACCESS_TOKEN: revoked }))).to.match(
      /TARGET_ACR_VALUES is required/,
    );
  });

  it('are not reached twice', async () => {
    const local = await startLocal({ users, appClient: client });
    const TARGET_ACR_VALUES = LOA(1);
    const { AuthenticationResult } = await begin(local, { TARGET_ACR_VALUES });
    const ACCESS_TOKEN = String(AuthenticationResult?.AccessToken);
    const again = (MAX_AGE: string) => outcomeOf(begin(local, { TARGET_ACR_VALUES, ACCESS_TOKEN, MAX_AGE }));
    expect(await again('300')).to.match(/^InvalidParameterException: The access token satisfies the level/);
    expect(await again('soon')).to.match(/^InvalidParameterException: MAX_AGE/);
    local.pool.clock.advance(301_000);
    expect(await again('300')).to.equal('ok');
  });

  it('can have names of their own, each of them once', async () => {
    const AcrConfiguration = { Level1: { AcrValue: 'urn:mine:1' } };
    const local = await startLocal({ users, appClient: client, pool: { AcrConfiguration } });
    const { sdk, UserPoolId } = local;
    const { AuthenticationResult } = await begin(local, { TARGET_ACR_VALUES: 'urn:mine:1' });
    expect(claimsOf(String(AuthenticationResult?.IdToken)).acr).to.equal('urn:mine:1');
    expect(await outcomeOf(begin(local, { TARGET_ACR_VALUES: LOA(1) }))).to.match(/None of the TARGET_ACR/);
    const { UserPool } = await sdk.describeUserPool({ UserPoolId });
    expect(UserPool?.AcrConfiguration).to.deep.include({
      Level1: { AcrValue: 'urn:mine:1' },
      Level4: { AcrValue: LOA(4) },
    });
    const twice = { Level1: { AcrValue: LOA(4) } };
    expect(await outcomeOf(sdk.createUserPool({ PoolName: 'x', AcrConfiguration: twice }))).to.match(
      /^InvalidParameterException: Each AcrValue must be unique/,
    );
  });

  it('need the flow and the secret, though the token stands for the password', async () => {
    const clientSecret = 'aVerySecretClientSecret0123456789';
    const seed = { username: ANA, password: PASSWORD };
    const local = await startLocal({ users: [seed], appClient: client, clientSecret });
    const { sdk, UserPoolId, ClientId } = local;
    const SECRET_HASH = secretHash(local, ANA);
    const { AuthenticationResult } = await begin(local, { TARGET_ACR_VALUES: LOA(1), SECRET_HASH });
    const ACCESS_TOKEN = String(AuthenticationResult?.AccessToken);
    const { SecretCode = '' } = await sdk.associateSoftwareToken({ AccessToken: ACCESS_TOKEN });
    const UserCode = totpCode(SecretCode, local.pool.clock.now());
    await sdk.verifySoftwareToken({ AccessToken: ACCESS_TOKEN, UserCode });
    await sdk.setUserMFAPreference({
      AccessToken: ACCESS_TOKEN,
      SoftwareTokenMfaSettings: { Enabled: true },
    });
    const toLevel4 = (more: Record<string, string>) =>
      begin(local, { TARGET_ACR_VALUES: LOA(4), ACCESS_TOKEN, ...more });
    expect((await toLevel4({ SECRET_HASH })).ChallengeName).to.equal('SOFTWARE_TOKEN_MFA');
    expect(await outcomeOf(toLevel4({}))).to.match(/SECRET_HASH was not received/);
    await sdk.updateUserPoolClient({ UserPoolId, ClientId, ExplicitAuthFlows: ['ALLOW_USER_SRP_AUTH'] });
    expect(await outcomeOf(toLevel4({ SECRET_HASH }))).to.match(/USER_AUTH flow not enabled/);
  });

  it('need the flow, whatever token is shown', async () => {
    const local = await startLocal({ users });
    const ACCESS_TOKEN = local.pool.tokensFor(ANA).accessToken;
    expect(await outcomeOf(begin(local, { TARGET_ACR_VALUES: LOA(1), ACCESS_TOKEN }))).to.equal(
      'InvalidParameterException: USER_AUTH flow not enabled for this client',
    );
  });
});

describe('A step-up that sends a code', () => {
  it('counts as a message, and there are five of them in an hour', async () => {
    const kit = await startKit({
      pool: {
        pool: { Policies: { SignInPolicy: { AllowedFirstAuthFactors: ['PASSWORD', 'EMAIL_OTP'] } } },
        appClient: { ExplicitAuthFlows: ['ALLOW_USER_AUTH', 'ALLOW_REFRESH_TOKEN_AUTH'] },
      },
      config: { authFlow: 'USER_AUTH', rateLimits: {} },
    });
    kit.pool.addUser({ username: ANA, password: PASSWORD });
    const { accessToken } = kit.pool.tokensFor(ANA);
    const body = { preferredChallenge: 'EMAIL_OTP' };
    for (let i = 0; i < 5; i++) expectStatus(await kit.post('/step-up', body, accessToken), 200);
    expectProblem(await kit.post('/step-up', body, accessToken), 'rate_limited');
    expect(kit.pool.inbox.list({ to: ANA })).to.have.length(5);
    expectStatus(await kit.post('/step-up', { password: PASSWORD }, accessToken), 200);
    await kit.close();
  });
});
