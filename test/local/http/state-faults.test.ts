import { expect } from 'chai';
import { OPERATIONS } from '../../../src/local/operations/table.ts';
import { totpCode } from '../../../src/local/users/totp.ts';
import { amplifyFor } from '../../support/amplify.ts';
import { expectProblem, expectStatus, startKit } from '../../support/helpers.ts';
import {
  ANA,
  closeAll,
  type Local,
  outcomeOf,
  PASSWORD,
  post,
  signIn,
  startLocal,
} from '../../support/local-sdk.ts';
import { leftFor } from '../../support/login-pages.ts';
import { openLogin, startLogin } from '../../support/managed-login.ts';

const BLOCKED = 'OperationNotEnabledException: The user pool does not accept writes at the moment.';
const SECRET = 'JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP';
const INVITED = 'invited@example.com';
const WITH_APP = 'app@example.com';

/** The local pool does not check signatures. */
const SIGNED = {
  authorization: 'AWS4-HMAC-SHA256 Credential=local/20260101/us-east-1/cognito-idp/aws4_request',
};
const WRITES = [
  ...'SignUp ConfirmSignUp ForgotPassword ConfirmForgotPassword ChangePassword'.split(' '),
  ...'UpdateUserAttributes DeleteUserAttributes GetUserAttributeVerificationCode'.split(' '),
  ...'VerifyUserAttribute DeleteUser AssociateSoftwareToken VerifySoftwareToken'.split(' '),
  ...'SetUserMFAPreference SetUserSettings ConfirmDevice UpdateDeviceStatus ForgetDevice'.split(' '),
  ...'StartWebAuthnRegistration CompleteWebAuthnRegistration DeleteWebAuthnCredential'.split(' '),
  ...'AdminSetUserMFAPreference AdminDeleteSoftwareToken AdminSetUserSettings'.split(' '),
  ...'AdminUpdateDeviceStatus AdminForgetDevice AdminCreateUser AdminConfirmSignUp'.split(' '),
  ...'AdminSetUserPassword AdminDeleteUser AdminDisableUser AdminEnableUser'.split(' '),
  ...'AdminResetUserPassword AdminUpdateUserAttributes AdminDeleteUserAttributes'.split(' '),
  ...'AdminAddUserToGroup AdminRemoveUserFromGroup AdminLinkProviderForUser'.split(' '),
  ...'AdminDisableProviderForUser'.split(' '),
];

describe('Local pool: the fault blockedWrites', () => {
  let local: Local;
  beforeEach(async () => {
    local = await startLocal({
      users: [
        { username: ANA, password: PASSWORD },
        { username: INVITED, password: PASSWORD, status: 'FORCE_CHANGE_PASSWORD' },
        { username: WITH_APP, password: PASSWORD, totpSecret: SECRET },
      ],
    });
    local.pool.faults.inject({ kind: 'blockedWrites' });
  });
  afterEach(closeAll);

  const signUp = (Username: string) =>
    outcomeOf(local.sdk.signUp({ ClientId: local.ClientId, Username, Password: PASSWORD }));
  const answer = async (
    username: string,
    ChallengeName: 'NEW_PASSWORD_REQUIRED' | 'SOFTWARE_TOKEN_MFA',
    responses: Record<string, string>,
  ) => {
    const { Session } = await signIn(local, username);
    return outcomeOf(
      local.sdk.respondToAuthChallenge({
        ClientId: local.ClientId,
        ChallengeName,
        Session,
        ChallengeResponses: { USERNAME: username, ...responses },
      }),
    );
  };

  it('refuses sign-ups, new passwords and changes of a profile, by users and administrators', async () => {
    const { sdk, ClientId, UserPoolId } = local;
    const AccessToken = local.pool.tokensFor(ANA).accessToken;
    const UserAttributes = [{ Name: 'name', Value: 'Ana' }];
    const ana = { UserPoolId, Username: ANA };
    const outcomes = await Promise.all([
      signUp('new@example.com'),
      outcomeOf(sdk.forgotPassword({ ClientId, Username: ANA })),
      outcomeOf(sdk.updateUserAttributes({ AccessToken, UserAttributes })),
      outcomeOf(sdk.adminUpdateUserAttributes({ ...ana, UserAttributes })),
      outcomeOf(sdk.adminSetUserPassword({ ...ana, Password: PASSWORD })),
      outcomeOf(sdk.associateSoftwareToken({ AccessToken })),
      outcomeOf(sdk.adminDisableUser(ana)),
    ]);
    expect(new Set(outcomes)).to.deep.equal(new Set([BLOCKED]));
  });

  it('refuses the answers to challenges that write the user', async () => {
    const newPassword = { NEW_PASSWORD: 'Passw0rd!2' };
    const code = { SOFTWARE_TOKEN_MFA_CODE: totpCode(SECRET, local.pool.clock.now()) };
    expect(await answer(INVITED, 'NEW_PASSWORD_REQUIRED', newPassword)).to.equal(BLOCKED);
    expect(await answer(WITH_APP, 'SOFTWARE_TOKEN_MFA', code)).to.equal(BLOCKED);
    local.pool.faults.clear();
    expect(await answer(INVITED, 'NEW_PASSWORD_REQUIRED', newPassword)).to.equal('ok');
    expect(await answer(WITH_APP, 'SOFTWARE_TOKEN_MFA', code)).to.equal('ok');
  });

  it('refuses exactly the operations whose purpose is to write a user', async () => {
    const refused: string[] = [];
    for (const name of Object.keys(OPERATIONS)) {
      const { body } = await post(local.pool.url, name, {}, SIGNED);
      if (body.message === BLOCKED.split(': ')[1]) refused.push(name);
    }
    expect(refused).to.have.members(WRITES);
  });

  it('leaves sign-ins, refreshes, sign-outs and reads alone', async () => {
    const { sdk, ClientId, UserPoolId } = local;
    const tokens = (await signIn(local)).AuthenticationResult ?? {};
    const { AccessToken, RefreshToken } = tokens;
    const outcomes = [
      await outcomeOf(sdk.getUser({ AccessToken })),
      await outcomeOf(sdk.listUsers({ UserPoolId })),
      await outcomeOf(sdk.getTokensFromRefreshToken({ ClientId, RefreshToken })),
      await outcomeOf(sdk.listUserSessions({ AccessToken })),
      await outcomeOf(sdk.globalSignOut({ AccessToken })),
    ];
    expect(outcomes).to.deep.equal(['ok', 'ok', 'ok', 'ok', 'ok']);
    const amplify = amplifyFor(local.pool);
    // Answers the challenge PASSWORD_VERIFIER.
    expect((await amplify.signIn({ username: ANA, password: PASSWORD })).isSignedIn).to.equal(true);
  });

  it('can block one operation, a number of times', async () => {
    local.pool.faults.clear();
    local.pool.faults.inject({ kind: 'blockedWrites', on: 'SignUp', times: 1 });
    const AccessToken = local.pool.tokensFor(ANA).accessToken;
    expect(await outcomeOf(local.sdk.deleteUser({ AccessToken }))).to.equal('ok');
    expect(await signUp('new@example.com')).to.equal(BLOCKED);
    expect(await signUp('new@example.com')).to.equal('ok');
  });

  it('lets only known users of an identity provider in', async () => {
    const login = await startLogin({ identityProviders: ['Google'] });
    const signInAs = async (id: string) => {
      const { browser, page } = await openLogin(login, { identity_provider: 'Google' });
      return leftFor(await browser.submit(page, { id })).searchParams;
    };
    await signInAs('1');
    login.pool.faults.inject({ kind: 'blockedWrites' });
    expect((await signInAs('1')).has('code')).to.equal(true);
    expect((await signInAs('2')).get('error_description')).to.equal(BLOCKED.split(': ')[1]);
  });

  it('makes the kit answer pool_read_only', async () => {
    const kit = await startKit({ pool: { users: [{ username: ANA, password: PASSWORD }] } });
    kit.pool.faults.inject({ kind: 'blockedWrites' });
    expectProblem(
      await kit.post('/sign-up', { email: 'new@example.com', password: PASSWORD }),
      'pool_read_only',
    );
    expectStatus(await kit.post('/sign-in', { email: ANA, password: PASSWORD }), 200);
    await kit.close();
  });
});

describe('Local pool: the fault lateSessions', () => {
  afterEach(closeAll);

  it('lists a session some seconds after its sign-in', async () => {
    const { sdk, pool, UserPoolId } = await startLocal({ users: [{ username: ANA, password: PASSWORD }] });
    const AccessToken = pool.tokensFor(ANA).accessToken;
    const count = async () => [
      (await sdk.listUserSessions({ AccessToken })).Sessions?.length,
      (await sdk.adminListUserSessions({ UserPoolId, Username: ANA })).Sessions?.length,
    ];
    pool.faults.inject({ kind: 'lateSessions' });
    expect(await count()).to.deep.equal([0, 0]);
    pool.clock.advance(3000);
    expect(await count()).to.deep.equal([1, 1]);
    pool.faults.clear();
    pool.faults.inject({ kind: 'lateSessions', ms: 60_000, on: 'ListUserSessions' });
    expect(await count()).to.deep.equal([0, 1]);
  });
});
