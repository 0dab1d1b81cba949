import { expect } from 'chai';
import { totpCode } from '../../../src/local/users/totp.ts';
import {
  ANA,
  closeAll,
  type Local,
  outcomeOf,
  PASSWORD,
  secretHash,
  signIn,
  startLocal,
} from '../../support/local-sdk.ts';

const NEW_PASSWORD = 'N3w-password';
const TOTP_SECRET = 'GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ';
const UNKNOWN_SESSION = 'NotAuthorizedException: Invalid session for the user.';

function answer(
  local: Local,
  ChallengeName: string,
  Session: string | undefined,
  responses: Record<string, string>,
) {
  return local.sdk.respondToAuthChallenge({
    ClientId: local.ClientId,
    ChallengeName: ChallengeName as 'MFA_SETUP',
    Session,
    ChallengeResponses: { USERNAME: ANA, ...responses },
  });
}

describe('The challenge NEW_PASSWORD_REQUIRED of the local user pool', () => {
  afterEach(closeAll);

  const invited = { username: ANA, password: PASSWORD, status: 'FORCE_CHANGE_PASSWORD' } as const;
  const newPassword = (local: Local, Session: string | undefined, responses: Record<string, string> = {}) =>
    answer(local, 'NEW_PASSWORD_REQUIRED', Session, { NEW_PASSWORD, ...responses });

  it('follows a temporary password, and completes the sign-in with a new one', async () => {
    const local = await startLocal({ users: [invited] });
    const { ChallengeName, Session, ChallengeParameters } = await signIn(local);
    expect(ChallengeName).to.equal('NEW_PASSWORD_REQUIRED');
    expect(ChallengeParameters?.requiredAttributes).to.equal('[]');
    expect(JSON.parse(ChallengeParameters?.userAttributes ?? '')).to.deep.equal({
      email: ANA,
      email_verified: 'true',
    });
    const USERNAME = ChallengeParameters?.USER_ID_FOR_SRP ?? '';
    expect(USERNAME).to.match(/^[0-9a-f-]{36}$/);
    const { AuthenticationResult } = await newPassword(local, Session, { USERNAME });
    expect(AuthenticationResult?.RefreshToken).to.be.a('string');
    expect(await outcomeOf(signIn(local, ANA, NEW_PASSWORD))).to.equal('ok');
    expect(await outcomeOf(signIn(local))).to.match(/^NotAuthorizedException/);
  });

  it('stays open after a refused password, and closes after an accepted one', async () => {
    const local = await startLocal({ users: [invited] });
    const { Session } = await signIn(local);
    expect(await outcomeOf(newPassword(local, Session, { NEW_PASSWORD: 'short' }))).to.match(
      /^InvalidPasswordException: Password did not conform with policy: Password not long enough/,
    );
    expect(await outcomeOf(newPassword(local, Session))).to.equal('ok');
    expect(await outcomeOf(newPassword(local, Session))).to.equal(
      'NotAuthorizedException: Invalid session for the user, session can only be used once.',
    );
  });

  it("expires after 3 minutes, or after the client's AuthSessionValidity", async () => {
    for (const [client, minutes] of [
      [{}, 3],
      [{ AuthSessionValidity: 10 }, 10],
    ] as const) {
      const local = await startLocal({ users: [invited], appClient: client });
      const { Session } = await signIn(local);
      local.pool.clock.advance(minutes * 60_000);
      expect(await outcomeOf(newPassword(local, Session))).to.equal(
        'NotAuthorizedException: Invalid session for the user, session is expired.',
      );
    }
  });

  it('is bound to one user, one app client and one challenge', async () => {
    const local = await startLocal({ users: [invited, { username: 'bo@example.com', password: PASSWORD }] });
    const { Session } = await signIn(local);
    const other = { ...local, ClientId: local.pool.addClient().clientId };
    expect(await outcomeOf(newPassword(local, Session, { USERNAME: 'bo@example.com' }))).to.equal(
      UNKNOWN_SESSION,
    );
    expect(await outcomeOf(newPassword(other, Session))).to.equal(UNKNOWN_SESSION);
    expect(await outcomeOf(answer(local, 'MFA_SETUP', Session, {}))).to.equal(UNKNOWN_SESSION);
    expect(await outcomeOf(newPassword(local, 'x'.repeat(40)))).to.equal(UNKNOWN_SESSION);
    expect(await outcomeOf(newPassword(local, Session))).to.equal('ok');
  });

  it('names the missing member', async () => {
    const local = await startLocal({ users: [invited] });
    const { Session } = await signIn(local);
    const missing = (name: string) => `InvalidParameterException: Missing required parameter ${name}`;
    expect(await outcomeOf(newPassword(local, undefined))).to.equal(missing('Session'));
    expect(await outcomeOf(newPassword(local, Session, { USERNAME: '' }))).to.equal(missing('USERNAME'));
    expect(await outcomeOf(newPassword(local, Session, { NEW_PASSWORD: '' }))).to.equal(
      missing('NEW_PASSWORD'),
    );
  });

  it('requires missing attributes', async () => {
    const local = await startLocal({
      users: [],
      pool: {
        Schema: [
          { Name: 'name', Required: true },
          { Name: 'nickname', Required: true },
        ],
      },
    });
    local.pool.addUser({ ...invited, attributes: { name: 'Ana' } });
    const { Session, ChallengeParameters } = await signIn(local);
    expect(ChallengeParameters?.requiredAttributes).to.equal(
      '["userAttributes.name","userAttributes.nickname"]',
    );
    expect(
      await outcomeOf(newPassword(local, Session, { 'userAttributes.email_verified': 'true' })),
    ).to.match(/unauthorized attribute/);
    expect(await outcomeOf(newPassword(local, Session))).to.equal(
      'InvalidParameterException: Invalid attributes given, nickname is missing',
    );
    const { AuthenticationResult } = await newPassword(local, Session, { 'userAttributes.nickname': 'A' });
    const user = await local.sdk.getUser({ AccessToken: AuthenticationResult?.AccessToken ?? '' });
    expect(user.UserAttributes).to.deep.include({ Name: 'nickname', Value: 'A' });
  });

  it('refuses an attribute that has a value, changed or not, and is then spent (case 30)', async () => {
    const local = await startLocal({ users: [{ ...invited, attributes: { name: 'Ana' } }] });
    for (const [name, value] of [
      ['email', ANA],
      ['email', 'anna@example.com'],
      ['name', 'Anna'],
    ] as const) {
      const { Session } = await signIn(local);
      expect(
        await outcomeOf(newPassword(local, Session, { [`userAttributes.${name}`]: value })),
        `${name} ${value}`,
      ).to.equal(`NotAuthorizedException: Cannot modify an already provided ${name}`);
      expect(await outcomeOf(newPassword(local, Session)), 'again').to.match(
        /^NotAuthorizedException: Invalid session for the user, session can only be used once/,
      );
    }
    const { Session } = await signIn(local);
    expect(await outcomeOf(newPassword(local, Session)), 'without it').to.equal('ok');
  });

  it('takes a first address, which is unverified', async () => {
    const local = await startLocal({
      pool: { UsernameAttributes: [] },
      users: [{ ...invited, username: 'ana' }],
    });
    const { Session } = await signIn(local, 'ana');
    const { AuthenticationResult } = await newPassword(local, Session, {
      USERNAME: 'ana',
      'userAttributes.email': 'anna@example.com',
    });
    const { UserAttributes } = await local.sdk.getUser({ AccessToken: AuthenticationResult?.AccessToken });
    expect(UserAttributes).to.deep.include({ Name: 'email', Value: 'anna@example.com' });
    expect(UserAttributes).to.deep.include({ Name: 'email_verified', Value: 'false' });
  });

  it('is unknown an hour after its expiry', async () => {
    const local = await startLocal({ users: [invited] });
    const { Session } = await signIn(local);
    local.pool.clock.advance(2 * 3_600_000);
    await signIn(local);
    expect(await outcomeOf(newPassword(local, Session))).to.equal(UNKNOWN_SESSION);
  });

  it('is refused after the temporary password has expired', async () => {
    const local = await startLocal({ users: [invited] });
    local.pool.clock.advance(7 * 86_400_000);
    expect(await outcomeOf(signIn(local))).to.equal(
      'NotAuthorizedException: Temporary password has expired and must be reset by an administrator.',
    );
  });

  it('requires SECRET_HASH over the name in the answer', async () => {
    const local = await startLocal({ users: [invited], appClient: { GenerateSecret: true } });
    const { Session } = await local.sdk.initiateAuth({
      ClientId: local.ClientId,
      AuthFlow: 'USER_PASSWORD_AUTH',
      AuthParameters: { USERNAME: ANA, PASSWORD, SECRET_HASH: secretHash(local, ANA) },
    });
    expect(await outcomeOf(newPassword(local, Session))).to.match(/SECRET_HASH was not received/);
    const SECRET_HASH = secretHash(local, ANA);
    expect(await outcomeOf(newPassword(local, Session, { SECRET_HASH }))).to.equal('ok');
  });

  it('is refused if the user was disabled or deleted meanwhile', async () => {
    const local = await startLocal({ users: [invited] });
    const { sdk, UserPoolId } = local;
    const { Session } = await signIn(local);
    await sdk.adminDisableUser({ UserPoolId, Username: ANA });
    expect(await outcomeOf(newPassword(local, Session))).to.equal(
      'NotAuthorizedException: User is disabled.',
    );
    await sdk.adminDeleteUser({ UserPoolId, Username: ANA });
    expect(await outcomeOf(newPassword(local, Session))).to.equal(UNKNOWN_SESSION);
  });

  it('works the same for administrators', async () => {
    const local = await startLocal({
      users: [invited],
      appClient: { ExplicitAuthFlows: ['ALLOW_ADMIN_USER_PASSWORD_AUTH'] },
    });
    const { ClientId, UserPoolId, sdk } = local;
    const { Session } = await sdk.adminInitiateAuth({
      ClientId,
      UserPoolId,
      AuthFlow: 'ADMIN_USER_PASSWORD_AUTH',
      AuthParameters: { USERNAME: ANA, PASSWORD },
    });
    const { AuthenticationResult } = await sdk.adminRespondToAuthChallenge({
      ClientId,
      UserPoolId,
      ChallengeName: 'NEW_PASSWORD_REQUIRED',
      Session,
      ChallengeResponses: { USERNAME: ANA, NEW_PASSWORD },
    });
    expect(AuthenticationResult?.AccessToken).to.be.a('string');
  });

  it('is served, unlike ADMIN_NO_SRP_AUTH, which is refused by name', async () => {
    const local = await startLocal();
    expect(await outcomeOf(answer(local, 'ADMIN_NO_SRP_AUTH', 'x'.repeat(40), {}))).to.equal(
      'InvalidParameterException: The local user pool does not serve the challenge ADMIN_NO_SRP_AUTH.',
    );
  });
});

describe('An authenticator app in the local user pool', () => {
  afterEach(closeAll);

  const user = { username: ANA, password: PASSWORD };
  const withTotp = { ...user, totpSecret: TOTP_SECRET };
  const codeNow = (local: Local, secret: string = TOTP_SECRET) => totpCode(secret, local.pool.clock.now());
  const wrongCode = (local: Local) => (codeNow(local) === '000000' ? '111111' : '000000');

  it('shows the codes of RFC 6238', () => {
    // Appendix B, cut to six digits.
    for (const [seconds, code] of [
      [59, '287082'],
      [1_111_111_109, '081804'],
      [1_234_567_890, '005924'],
      [20_000_000_000, '353130'],
    ] as const) {
      expect(totpCode(TOTP_SECRET, seconds * 1000)).to.equal(code);
    }
  });

  it('is required at the sign-in of a user who has one', async () => {
    const local = await startLocal({ users: [withTotp] });
    const { ChallengeName, Session, AuthenticationResult } = await signIn(local);
    expect(ChallengeName).to.equal('SOFTWARE_TOKEN_MFA');
    expect(AuthenticationResult).to.equal(undefined);
    for (let i = 0; i < 6; i++) {
      expect(
        await outcomeOf(
          answer(local, 'SOFTWARE_TOKEN_MFA', Session, { SOFTWARE_TOKEN_MFA_CODE: wrongCode(local) }),
        ),
      ).to.equal('CodeMismatchException: Invalid code received for user');
    }
    const step = await answer(local, 'SOFTWARE_TOKEN_MFA', Session, {
      SOFTWARE_TOKEN_MFA_CODE: codeNow(local),
    });
    expect(step.AuthenticationResult?.AccessToken).to.be.a('string');
    expect(
      await outcomeOf(
        answer(local, 'SOFTWARE_TOKEN_MFA', Session, { SOFTWARE_TOKEN_MFA_CODE: codeNow(local) }),
      ),
    ).to.match(/session can only be used once/);
  });

  it('has each code accepted once, with a clock skew of one step', async () => {
    const local = await startLocal({ users: [withTotp] });
    const attempt = async (offset: number) => {
      const { Session } = await signIn(local);
      const SOFTWARE_TOKEN_MFA_CODE = totpCode(TOTP_SECRET, local.pool.clock.now() + offset);
      return outcomeOf(answer(local, 'SOFTWARE_TOKEN_MFA', Session, { SOFTWARE_TOKEN_MFA_CODE }));
    };
    local.pool.clock.set(1_800_000_000_000);
    expect(await attempt(-30_000)).to.equal('ok');
    expect(await attempt(0)).to.equal('ok');
    expect(await attempt(0)).to.equal(
      'ExpiredCodeException: Your software token has already been used once.',
    );
    expect(await attempt(30_000)).to.equal('ok');
    local.pool.clock.advance(300_000);
    expect(await attempt(60_000)).to.match(/^CodeMismatchException/);
    expect(await attempt(-60_000)).to.match(/^CodeMismatchException/);
  });

  it('is set up by a signed-in user: associate, verify, prefer', async () => {
    const local = await startLocal({ users: [user] });
    const { sdk, pool } = local;
    const AccessToken = pool.tokensFor(ANA).accessToken;
    const { SecretCode = '', Session } = await sdk.associateSoftwareToken({ AccessToken });
    expect(SecretCode).to.match(/^[A-Z2-7]{16,}$/);
    expect(Session).to.equal(undefined);
    const prefer = () =>
      sdk.setUserMFAPreference({
        AccessToken,
        SoftwareTokenMfaSettings: { Enabled: true, PreferredMfa: true },
      });
    expect(await outcomeOf(prefer())).to.equal(
      'InvalidParameterException: User has not verified software token mfa',
    );
    const verify = (UserCode: string) =>
      sdk.verifySoftwareToken({ AccessToken, UserCode, FriendlyDeviceName: 'phone' });
    expect(await outcomeOf(verify(codeNow(local, SecretCode) === '000000' ? '111111' : '000000'))).to.equal(
      'EnableSoftwareTokenMFAException: Code mismatch',
    );
    expect((await verify(codeNow(local, SecretCode))).Status).to.equal('SUCCESS');
    expect((await sdk.getUser({ AccessToken })).UserMFASettingList).to.equal(undefined);
    expect((await signIn(local)).ChallengeName).to.equal(undefined);

    await prefer();
    const profile = await sdk.getUser({ AccessToken });
    expect(profile.UserMFASettingList).to.deep.equal(['SOFTWARE_TOKEN_MFA']);
    expect(profile.PreferredMfaSetting).to.equal('SOFTWARE_TOKEN_MFA');
    const { Session: session, ChallengeParameters } = await signIn(local);
    expect(ChallengeParameters?.FRIENDLY_DEVICE_NAME).to.equal('phone');
    const SOFTWARE_TOKEN_MFA_CODE = codeNow(local, SecretCode);
    expect(
      await outcomeOf(answer(local, 'SOFTWARE_TOKEN_MFA', session, { SOFTWARE_TOKEN_MFA_CODE })),
    ).to.match(/^ExpiredCodeException/, 'the code that verified the app is used up');

    await sdk.setUserMFAPreference({ AccessToken, SoftwareTokenMfaSettings: { Enabled: false } });
    expect((await signIn(local)).ChallengeName).to.equal(undefined);
  });

  it('is set up during the sign-in if the pool requires MFA', async () => {
    const local = await startLocal({ users: [user], pool: { MfaConfiguration: 'ON' } });
    const { sdk } = local;
    const first = await signIn(local);
    expect(first.ChallengeName).to.equal('MFA_SETUP');
    expect(first.ChallengeParameters?.MFAS_CAN_SETUP).to.equal('["SOFTWARE_TOKEN_MFA"]');
    expect(await outcomeOf(answer(local, 'MFA_SETUP', first.Session, {}))).to.match(/has not verified/);
    await sdk.adminDisableUser({ UserPoolId: local.UserPoolId, Username: ANA });
    expect(await outcomeOf(sdk.associateSoftwareToken({ Session: first.Session }))).to.match(
      /User is disabled/,
    );
    await sdk.adminEnableUser({ UserPoolId: local.UserPoolId, Username: ANA });
    const { SecretCode = '', Session: second } = await sdk.associateSoftwareToken({ Session: first.Session });
    expect(await outcomeOf(sdk.associateSoftwareToken({ Session: first.Session }))).to.match(/used once/);
    const UserCode = codeNow(local, SecretCode);
    const { Session: third, Status } = await sdk.verifySoftwareToken({ Session: second, UserCode });
    expect(Status).to.equal('SUCCESS');
    // Whoever starts again from here is not asked to set it up a second time.
    expect((await signIn(local)).ChallengeName).to.equal('SOFTWARE_TOKEN_MFA');
    const { AuthenticationResult, ChallengeParameters } = await answer(local, 'MFA_SETUP', third, {});
    expect(AuthenticationResult?.AccessToken).to.be.a('string');
    expect(ChallengeParameters).to.deep.equal({});
    expect((await signIn(local)).ChallengeName).to.equal('SOFTWARE_TOKEN_MFA');
    const AccessToken = AuthenticationResult?.AccessToken ?? '';
    const off = sdk.setUserMFAPreference({ AccessToken, SoftwareTokenMfaSettings: { Enabled: false } });
    expect(await outcomeOf(off)).to.match(/^InvalidParameterException: MFA cannot be disabled/);
  });

  it('is required after the new password of an invited user', async () => {
    const local = await startLocal({
      users: [{ ...user, status: 'FORCE_CHANGE_PASSWORD' }],
      pool: { MfaConfiguration: 'ON' },
    });
    const { Session } = await signIn(local);
    const next = await answer(local, 'NEW_PASSWORD_REQUIRED', Session, { NEW_PASSWORD });
    expect(next.ChallengeName).to.equal('MFA_SETUP');
  });

  it('cannot be set up in a pool without TOTP, and is not required if MFA is off', async () => {
    const without = await startLocal({
      users: [user],
      pool: { SoftwareTokenMfaConfiguration: { Enabled: false } },
    });
    expect(
      await outcomeOf(
        without.sdk.associateSoftwareToken({ AccessToken: without.pool.tokensFor(ANA).accessToken }),
      ),
    ).to.equal('SoftwareTokenMFANotFoundException: Software Token MFA has not been enabled by the userPool');
    const off = await startLocal({ users: [withTotp], pool: { MfaConfiguration: 'OFF' } });
    expect((await signIn(off)).ChallengeName).to.equal(undefined);
  });

  it('is set up with an access token or a session, and a six-digit code', async () => {
    const { sdk, pool } = await startLocal({ users: [user] });
    expect(await outcomeOf(sdk.associateSoftwareToken({}))).to.match(/^InvalidParameterException: Missing/);
    expect(await outcomeOf(sdk.associateSoftwareToken({ Session: 'x'.repeat(30) }))).to.equal(
      UNKNOWN_SESSION,
    );
    const AccessToken = pool.tokensFor(ANA).accessToken;
    expect(await outcomeOf(sdk.verifySoftwareToken({ AccessToken, UserCode: '12345' }))).to.match(
      /^InvalidParameterException: 1 validation error detected: Value at 'userCode'/,
    );
    expect(await outcomeOf(sdk.verifySoftwareToken({ AccessToken, UserCode: '123456' }))).to.match(
      /^SoftwareTokenMFANotFoundException/,
    );
  });

  it('is offered together with sent codes, if the pool sends them and the user has an address', async () => {
    const EmailConfiguration = { EmailSendingAccount: 'DEVELOPER' } as const;
    const { sdk, pool, UserPoolId } = await startLocal({ users: [user], pool: { EmailConfiguration } });
    const AccessToken = pool.tokensFor(ANA).accessToken;
    const set = (settings: object) => outcomeOf(sdk.setUserMFAPreference({ AccessToken, ...settings }));
    const preferred = { Enabled: true, PreferredMfa: true };
    expect(await set({ EmailMfaSettings: preferred })).to.match(/^InvalidParameterException: User does not/);
    await sdk.setUserPoolMfaConfig({
      UserPoolId,
      MfaConfiguration: 'OPTIONAL',
      SmsMfaConfiguration: { SmsConfiguration: { SnsCallerArn: 'arn:aws:iam::000000000000:role/sms' } },
      EmailMfaConfiguration: { Subject: 'Your code' },
    });
    expect(await sdk.getUserPoolMfaConfig({ UserPoolId })).to.deep.include({
      EmailMfaConfiguration: { Subject: 'Your code' },
    });
    expect(await set({ SMSMfaSettings: preferred })).to.match(/^InvalidParameterException: User does not/);
    expect(await set({ EmailMfaSettings: { Enabled: false, PreferredMfa: true } })).to.match(/preferred one/);
    expect(await set({ EmailMfaSettings: preferred })).to.equal('ok');
    const { UserMFASettingList, PreferredMfaSetting } = await sdk.getUser({ AccessToken });
    expect({ UserMFASettingList, PreferredMfaSetting }).to.deep.equal({
      UserMFASettingList: ['EMAIL_OTP'],
      PreferredMfaSetting: 'EMAIL_OTP',
    });
  });
});
