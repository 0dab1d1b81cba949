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

/** Members that an answer repeats from its challenge. */
const pick = ({ name, session, username }: Record<'name' | 'session' | 'username', string>) => ({
  name,
  session,
  username,
});

describe('requireAuth with maxAge and acr', () => {
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

  it('accepts a recent sign-in, and refuses an older one with max_age', async () => {
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

  it('measures maxAge from the sign-in, and not from the refresh', async () => {
    const claims = { auth_time: secondsAgo(900), iat: secondsAgo(1) };
    expectProblem(await call({ maxAge: 300 }, claims), 'insufficient_user_authentication');
  });

  it('refuses a token without a valid auth_time', async () => {
    for (const auth_time of [undefined, null, '9999999999', Number.NaN, {}])
      expectProblem(await call({ maxAge: 300 }, { auth_time }), 'insufficient_user_authentication');
  });

  it('accepts each listed level, and refuses another one with acr_values', async () => {
    const acr = [LOA(4), LOA(3)];
    for (const level of acr) await call({ acr }, { acr: level }).expect(200);
    const refused = expectProblem(await call({ acr }, { acr: LOA(1) }), 'insufficient_user_authentication');
    expect(refused.headers['www-authenticate']).to.equal(
      'Bearer error="insufficient_user_authentication", ' +
        'error_description="This operation requires a stronger sign-in.", acr_values="urn:cognito:loa:4 urn:cognito:loa:3"',
    );
  });

  it('refuses a missing level, and one that only resembles the required one', async () => {
    for (const acr of [undefined, '', 'urn:cognito:loa:33', 'URN:COGNITO:LOA:3', [LOA(3)], `${LOA(3)} x`, 3])
      expectProblem(await call({ acr: LOA(3) }, { acr }), 'insufficient_user_authentication');
  });

  it('names both requirements in the WWW-Authenticate header, whichever is not met', async () => {
    const rules = { acr: LOA(3), maxAge: 60 };
    await call(rules, { acr: LOA(3) }).expect(200);
    for (const claims of [{ acr: LOA(1) }, { acr: LOA(3), auth_time: secondsAgo(99) }, { auth_time: 1 }]) {
      const refused = expectProblem(await call(rules, claims), 'insufficient_user_authentication');
      expect(refused.headers['www-authenticate']).to.include('acr_values="urn:cognito:loa:3", max_age="60"');
    }
  });

  it('checks groups and scopes before the age of the sign-in', async () => {
    const claims = { auth_time: 1 };
    expectProblem(await call({ groups: 'admin', maxAge: 60 }, claims), 'insufficient_group');
    expectProblem(await call({ scopes: 'shop/orders', maxAge: 60 }, claims), 'insufficient_scope');
  });

  it('applies to ID tokens as well', async () => {
    const rules = { tokenUse: 'id', acr: LOA(3), maxAge: 60 } as const;
    await call(rules, { acr: LOA(3) }, 'idToken').expect(200);
    expectProblem(await call(rules, { acr: LOA(2) }, 'idToken'), 'insufficient_user_authentication');
  });

  it('refuses an old sign-in that a route without maxAge has accepted', async () => {
    const app = express()
      .get('/any', requireAuth({ ...issuer.config }), (_req, res) => void res.json({}))
      .get('/recent', requireAuth({ ...issuer.config, maxAge: 60 }), (_req, res) => void res.json({}));
    const token = issuer.accessToken({ claims: { auth_time: secondsAgo(99) } });
    const get = (path: string) => supertest(app).get(path).auth(token, { type: 'bearer' });
    await get('/any').expect(200);
    expectProblem(await get('/recent'), 'insufficient_user_authentication');
  });

  it('refuses options that no token can meet', () => {
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

describe('POST /step-up', () => {
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
  /** Requirements of a refusal, as the body of a step-up. */
  const requirementsOf = (response: Response) => {
    const header = String(response.headers['www-authenticate']);
    const acr = /acr_values="([^"]+)"/.exec(header)?.[1];
    const maxAge = /max_age="(\d+)"/.exec(header)?.[1];
    return { ...(acr && { acr }), ...(maxAge && { maxAge: Number(maxAge) }) };
  };

  for (const authFlow of ['USER_PASSWORD_AUTH', 'USER_AUTH'] as const) {
    for (const clientSecret of [undefined, 'aVerySecretClientSecret0123456789']) {
      it(`returns tokens of a recent sign-in for the password (${authFlow}, ${clientSecret ? 'secret' : 'no secret'})`, async () => {
        const users = [{ username: EMAIL, password: PASSWORD }];
        const pool = { users, appClient: CLIENT, ...(clientSecret && { clientSecret }) };
        const kit = await start({ pool, config: { authFlow } });
        const token = oldToken(kit);
        const refused = expectProblem(await call(kit, '/recent', token), 'insufficient_user_authentication');
        const body = { ...requirementsOf(refused), password: PASSWORD };
        const { tokens } = expectStatus(await kit.post('/step-up', body, token), 200).body;
        expectStatus(await call(kit, '/recent', tokens.accessToken), 200);
        expect(claimsOf(tokens.accessToken).sub).to.equal(claimsOf(token).sub);
        expect(tokens.refreshToken).to.be.a('string');
        await kit.close();
      });
    }
  }

  it('poses the second factor if the password does not reach the level', async () => {
    const users = [{ username: EMAIL, password: PASSWORD, totpSecret: TOTP_SECRET }];
    const kit = await start({ pool: { users, appClient: CLIENT } });
    const token = oldToken(kit);
    const refused = expectProblem(await call(kit, '/strong', token), 'insufficient_user_authentication');
    const step = await kit.post('/step-up', { ...requirementsOf(refused), password: PASSWORD }, token);
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
    const again = await kit.post('/step-up', { ...requirementsOf(refused), password: PASSWORD }, accessToken);
    expectProblem(again, 'conflict');
    await kit.close();
  });

  it('poses only the missing factor while the sign-in of the token is recent', async () => {
    const users = [
      { username: EMAIL, password: PASSWORD, mfa: ['EMAIL_OTP' as const], totpSecret: TOTP_SECRET },
    ];
    const pool = { EmailMfaConfiguration: {}, MfaConfiguration: 'OPTIONAL' as const };
    const kit = await start({ pool: { users, appClient: CLIENT, pool } });
    const first = await kit.post('/step-up', { acr: LOA(3), password: PASSWORD }, oldToken(kit));
    // With two factors and no preference, the user chooses one.
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
    // An older sign-in is not credited and starts with the password.
    kit.pool.clock.advance(400_000);
    const later = await kit.post('/step-up', { acr: LOA(4), maxAge: 300 }, tokens.accessToken);
    expect(expectStatus(later, 200).body.challenge.name).to.not.equal('SOFTWARE_TOKEN_MFA');
    await kit.close();
  });

  it('returns no tokens before the level is reached, and poses another factor after an insufficient one', async () => {
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
    // The first sign-in and this one; an unfinished sign-in creates no session.
    expect((await kit.get('/sessions', accessToken)).body.sessions).to.have.length(2);
    await kit.close();
  });

  it('refuses a wrong password, and a used challenge session', async () => {
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

  it('refuses to step up another user', async () => {
    const eve = 'eve@example.com';
    const users = [EMAIL, eve].map((username) => ({ username, password: PASSWORD, totpSecret: TOTP_SECRET }));
    const kit = await start({ pool: { users, appClient: CLIENT } });
    const token = oldToken(kit, eve);
    for (const name of ['email', 'username', 'sub', 'accessToken'])
      expectProblem(
        await kit.post('/step-up', { password: PASSWORD, [name]: EMAIL }, token),
        'validation_failed',
      );
    // A challenge session is bound to its user.
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

  it('names a missing password, and refuses levels that the user or the app client cannot reach', async () => {
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

  it('satisfies the sign-in age of DELETE /me', async () => {
    const kit = await start();
    const token = oldToken(kit);
    const remove = (as: string) => kit.request.delete('/auth/me').auth(as, { type: 'bearer' });
    expectProblem(await remove(token), 'insufficient_user_authentication');
    const { tokens } = expectStatus(await kit.post('/step-up', { password: PASSWORD }, token), 200).body;
    expectStatus(await remove(tokens.accessToken), 200);
    await kit.close();
  });
});

describe('local user pool: authentication levels', () => {
  afterEach(closeAll);
  const users = [ANA, 'bo@example.com'].map((username) => ({ username, password: PASSWORD }));
  const client: LocalUserPoolOptions['appClient'] = { ExplicitAuthFlows: ['ALLOW_USER_AUTH'] };

  const begin = ({ sdk, ClientId }: Local, parameters: Record<string, string>) =>
    sdk.initiateAuth({
      ClientId,
      AuthFlow: 'USER_AUTH',
      AuthParameters: { USERNAME: ANA, PREFERRED_CHALLENGE: 'PASSWORD', PASSWORD, ...parameters },
    });

  it('are in the tokens only if the sign-in requests one', async () => {
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

  it('cannot be reached with an access token that is revoked, of another user or of another client', async () => {
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

  it('cannot be requested again until MAX_AGE has passed', async () => {
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

  it('can have custom values, which must be unique', async () => {
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

  it('require USER_AUTH and the secret hash, even if an access token replaces the password', async () => {
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

  it('require USER_AUTH, even for a valid access token', async () => {
    const local = await startLocal({ users });
    const ACCESS_TOKEN = local.pool.tokensFor(ANA).accessToken;
    expect(await outcomeOf(begin(local, { TARGET_ACR_VALUES: LOA(1), ACCESS_TOKEN }))).to.equal(
      'InvalidParameterException: USER_AUTH flow not enabled for this client',
    );
  });
});

describe('POST /step-up with a code', () => {
  it('counts toward the limit of five messages per hour', async () => {
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
