import { expect } from 'chai';
import { totpCode } from '../../src/local/users/totp.ts';
import { answerWith, type FakeCognito, startFakeCognito } from '../support/fake-cognito.ts';
import { expectProblem, expectStatus, type Kit, PASSWORD, startKit } from '../support/helpers.ts';

/** Returns a code of no time step that is accepted now. */
function wrongCode(secret: string, now: number): string {
  const right = [-1, 0, 1].map((step) => totpCode(secret, now + step * 30_000));
  return ['000000', '111111', '222222', '333333'].find((code) => !right.includes(code)) ?? '';
}

describe('Set-up of an authenticator app', () => {
  let kit: Kit;
  beforeEach(async () => {
    kit = await startKit();
  });
  afterEach(() => kit.close());

  const put = (body: object, accessToken: string) =>
    kit.request.put('/auth/mfa/preference').set('Authorization', `Bearer ${accessToken}`).send(body);
  const codeOf = (secret: string): string => totpCode(secret, kit.pool.clock.now());

  it('requires a secret, a code that verifies it, and the MFA preference', async () => {
    const { email, tokens } = await kit.signUpAndIn('ada@example.com');
    const { accessToken } = tokens;
    const { secretCode, ...rest } = expectStatus(
      await kit.post('/mfa/totp', { accountName: email }, accessToken),
      200,
    ).body;
    expect(secretCode).to.match(/^[A-Z2-7]{16,}$/);
    expect(rest).to.deep.equal({
      otpauthUri: `otpauth://totp/127.0.0.1:ada%40example.com?secret=${secretCode}&issuer=127.0.0.1`,
    });
    const code = codeOf(secretCode);
    const answer = { confirmationCode: `${code.slice(0, 3)} ${code.slice(3)}`, deviceName: 'Phone' };
    expect(expectStatus(await kit.post('/mfa/totp/verify', answer, accessToken), 200).body).to.deep.equal({
      status: 'verified',
    });
    expect((await kit.get('/me', accessToken)).body.mfa).to.deep.equal({ enabled: [] });
    const preference = await put({ totp: { enabled: true, preferred: true } }, accessToken);
    expect(expectStatus(preference, 200).body).to.deep.equal({ status: 'updated' });
    expect((await kit.get('/me', accessToken)).body.mfa).to.deep.equal({
      enabled: ['SOFTWARE_TOKEN_MFA'],
      preferred: 'SOFTWARE_TOKEN_MFA',
    });
    const { body } = await kit.post('/sign-in', { email, password: PASSWORD });
    expect(body.challenge).to.deep.include({
      name: 'SOFTWARE_TOKEN_MFA',
      parameters: { deviceName: 'Phone' },
    });
    expectStatus(await put({ totp: { enabled: false } }, accessToken), 200);
    expect((await kit.post('/sign-in', { email, password: PASSWORD })).body.status).to.equal('complete');
  });

  it('answers code_mismatch to a wrong code, and accepts the right one afterwards', async () => {
    const { accessToken } = (await kit.signUpAndIn()).tokens;
    const { secretCode } = (await kit.post('/mfa/totp', {}, accessToken)).body;
    const confirmationCode = wrongCode(secretCode, kit.pool.clock.now());
    expectProblem(await kit.post('/mfa/totp/verify', { confirmationCode }, accessToken), 'code_mismatch');
    for (const typed of ['12345', '1234567', 'abcdef', '', 123456])
      expectProblem(
        await kit.post('/mfa/totp/verify', { confirmationCode: typed }, accessToken),
        'validation_failed',
      );
    const right = { confirmationCode: codeOf(secretCode) };
    expectStatus(await kit.post('/mfa/totp/verify', right, accessToken), 200);
  });

  it('answers conflict to steps that are out of order', async () => {
    const { accessToken } = (await kit.signUpAndIn()).tokens;
    const early = await kit.post('/mfa/totp/verify', { confirmationCode: '123456' }, accessToken);
    expect(expectProblem(early, 'conflict').body.detail).to.equal(
      'There is no secret to verify. Request one first.',
    );
    expectStatus(await kit.post('/mfa/totp', {}, accessToken), 200);
    const enabling = await put({ totp: { enabled: true } }, accessToken);
    expect(expectProblem(enabling, 'conflict').body.detail).to.equal(
      'The authenticator app is not set up yet.',
    );
  });

  it('requires an access token or a challenge session', async () => {
    for (const path of ['/mfa/totp', '/mfa/totp/verify']) {
      const body = path === '/mfa/totp' ? {} : { confirmationCode: '123456' };
      expectProblem(await kit.post(path, body), 'missing_token');
      expectProblem(await kit.post(path, body, 'forged'), 'invalid_token');
      const session = 'a-session-that-was-never-issued';
      expectProblem(await kit.post(path, { ...body, session }), 'invalid_session');
    }
  });

  it('answers operation_not_available if MFA of the pool is off', async () => {
    const without = await startKit({ pool: { pool: { MfaConfiguration: 'OFF' } } });
    const { accessToken } = (await without.signUpAndIn()).tokens;
    expectProblem(await without.post('/mfa/totp', {}, accessToken), 'operation_not_available');
    await without.close();
  });

  it('cannot be disabled if the pool requires MFA', async () => {
    const strict = await startKit({ pool: { pool: { MfaConfiguration: 'ON' } } });
    strict.pool.addUser({
      username: 'ada@example.com',
      password: PASSWORD,
      totpSecret: 'JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP',
    });
    const { accessToken } = strict.pool.tokensFor('ada@example.com');
    const off = strict.request.put('/auth/mfa/preference').set('Authorization', `Bearer ${accessToken}`);
    expectProblem(await off.send({ totp: { enabled: false } }), 'rejected_by_pool');
    await strict.close();
  });
});

describe('Set-up of an authenticator app during a sign-in', () => {
  let kit: Kit;
  let session: string;
  let username: string;
  beforeEach(async () => {
    kit = await startKit({ pool: { pool: { MfaConfiguration: 'ON' } } });
    kit.pool.addUser({ username: 'ada@example.com', password: PASSWORD });
    const { body } = await kit.post('/sign-in', { email: 'ada@example.com', password: PASSWORD });
    expect(body.challenge.name).to.equal('MFA_SETUP');
    ({ session, username } = body.challenge);
  });
  afterEach(() => kit.close());

  it('requires only the challenge session, which changes at each step', async () => {
    const started = expectStatus(await kit.post('/mfa/totp', { session }), 200).body;
    expect(started.otpauthUri).to.equal(
      `otpauth://totp/127.0.0.1?secret=${started.secretCode}&issuer=127.0.0.1`,
    );
    const confirmationCode = totpCode(started.secretCode, kit.pool.clock.now());
    const verified = expectStatus(
      await kit.post('/mfa/totp/verify', { session: started.session, confirmationCode }),
      200,
    ).body;
    expect(verified.status).to.equal('verified');
    expect(new Set([session, started.session, verified.session])).to.have.property('size', 3);
    expectProblem(await kit.post('/mfa/totp', { session }), 'invalid_session');

    const answer = { name: 'MFA_SETUP', session: verified.session, username };
    const { body } = expectStatus(await kit.post('/challenge', answer), 200);
    const { mfa } = (await kit.get('/me', body.tokens.accessToken)).body;
    expect(mfa).to.deep.equal({ enabled: ['SOFTWARE_TOKEN_MFA'], preferred: 'SOFTWARE_TOKEN_MFA' });
    expectProblem(await kit.post('/challenge', answer), 'invalid_session');
  });

  it('is refused before the app is verified', async () => {
    const { session: started } = (await kit.post('/mfa/totp', { session })).body;
    const answer = { name: 'MFA_SETUP', session: started, username };
    expectProblem(await kit.post('/challenge', answer), 'rejected_by_pool');
  });

  it('answers too_many_attempts after five wrong codes', async () => {
    const started = (await kit.post('/mfa/totp', { session })).body;
    const answer = {
      session: started.session,
      confirmationCode: wrongCode(started.secretCode, kit.pool.clock.now()),
    };
    for (let i = 0; i < 5; i++) expectProblem(await kit.post('/mfa/totp/verify', answer), 'code_mismatch');
    const right = totpCode(started.secretCode, kit.pool.clock.now());
    const late = await kit.post('/mfa/totp/verify', { ...answer, confirmationCode: right });
    expectProblem(late, 'too_many_attempts');
  });

  it('uses the challenge session, even with the access token of another user', async () => {
    kit.pool.addUser({ username: 'eve@example.com', password: PASSWORD });
    const { accessToken } = kit.pool.tokensFor('eve@example.com');
    const { otpauthUri } = (await kit.post('/mfa/totp', { session }, accessToken)).body;
    expect(otpauthUri).to.match(/^otpauth:\/\/totp\/127\.0\.0\.1\?/);
    expect(kit.pool.requests.count('AssociateSoftwareToken')).to.equal(1);
  });
});

describe('The URI for the QR code', () => {
  let fake: FakeCognito;
  before(async () => {
    fake = await startFakeCognito();
  });
  after(() => fake.close());

  it('contains totpIssuer and the account name, percent-encoded', async () => {
    const app = fake.app({ totpIssuer: 'Ada & Söhne' });
    const { otpauthUri } = (await app.call('startTotp', { accountName: 'a:b?c#d/e f%&"' })).body;
    expect(otpauthUri).to.equal(
      'otpauth://totp/Ada%20%26%20S%C3%B6hne:a%20b%3Fc%23d%2Fe%20f%25%26%22' +
        '?secret=JBSWY3DPEHPK3PXP&issuer=Ada%20%26%20S%C3%B6hne',
    );
    const { searchParams } = new URL(otpauthUri);
    expect(searchParams.get('issuer')).to.equal('Ada & Söhne');
  });

  it('names the requested host by default', async () => {
    const { otpauthUri } = (await fake.app().call('startTotp').set('Host', 'Shop.example:8443')).body;
    expect(new URL(otpauthUri).searchParams.get('issuer')).to.equal('Shop.example');
  });
});

describe('POST /mfa/totp/verify', () => {
  it('answers code_mismatch if Cognito answers with Status ERROR', async () => {
    const fake = await startFakeCognito(answerWith({ Status: 'ERROR' }));
    expectProblem(await fake.app().call('verifyTotp'), 'code_mismatch');
    await fake.close();
  });
});

describe('PUT /mfa/preference', () => {
  it('sends the given factors to Cognito, and omits the others', async () => {
    const fake = await startFakeCognito();
    const totp = { enabled: true };
    expectStatus(await fake.app().call('setMfaPreference', { totp, sms: { enabled: false } }), 200);
    const { AccessToken: _token, ...input } = fake.requests[0]?.input ?? {};
    expect(input).to.deep.equal({
      SoftwareTokenMfaSettings: { Enabled: true, PreferredMfa: false },
      SMSMfaSettings: { Enabled: false, PreferredMfa: false },
    });
    await fake.close();
  });
});
