import { expect } from 'chai';
import {
  claimSignature,
  claimTimestamp,
  clientKey,
  clientKeyPair,
  parseHex,
  verifierOf,
} from '../../../src/cognito/srp.ts';
import { padded } from '../../../src/cognito/srp-group.ts';
import { totpCode } from '../../../src/local/users/totp.ts';
import {
  ANA,
  claimsOf,
  closeAll,
  type Local,
  outcomeOf,
  PASSWORD,
  signIn,
  startLocal,
} from '../../support/local-sdk.ts';

const SECRET = 'JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP';
const NOBODYS = 'us-east-1_a1b2c3d4-5678-90ab-cdef-0123456789ab';
const OPT_IN = { ChallengeRequiredOnNewDevice: true, DeviceOnlyRememberedOnUserPrompt: true };
const UNKNOWN = 'ResourceNotFoundException: Device does not exist.';

function startTracking(): Promise<Local> {
  return startLocal({
    pool: { DeviceConfiguration: OPT_IN },
    users: [{ username: ANA, password: PASSWORD, totpSecret: SECRET }],
    triggers: {
      preTokenGeneration: (event) => {
        event.response.claimsOverrideDetails = { claimsToAddOrOverride: { reason: event.triggerSource } };
        return event;
      },
    },
  });
}

async function signInWithCode(local: Local, device: Record<string, string> = {}) {
  const { pool, sdk, ClientId } = local;
  const { Session } = await signIn(local);
  pool.clock.advance(60_000);
  const SOFTWARE_TOKEN_MFA_CODE = totpCode(SECRET, pool.clock.now());
  const { AuthenticationResult } = await sdk.respondToAuthChallenge({
    ClientId,
    Session,
    ChallengeName: 'SOFTWARE_TOKEN_MFA',
    ChallengeResponses: { USERNAME: ANA, SOFTWARE_TOKEN_MFA_CODE, ...device },
  });
  return AuthenticationResult ?? {};
}

const base64 = (value: bigint): string => padded(value).toString('base64');

async function confirmed(local: Local) {
  const { AccessToken, NewDeviceMetadata = {}, ...tokens } = await signInWithCode(local);
  const { DeviceKey = '', DeviceGroupKey = '' } = NewDeviceMetadata;
  const identity = { group: DeviceGroupKey, name: DeviceKey, password: 'secret of the device' };
  const DeviceSecretVerifierConfig = { Salt: base64(7n), PasswordVerifier: base64(verifierOf(identity, 7n)) };
  const answer = await local.sdk.confirmDevice({ AccessToken, DeviceKey, DeviceSecretVerifierConfig });
  return { ...tokens, AccessToken, DeviceKey, identity, ...answer };
}

describe('A local user pool that tracks devices', () => {
  let local: Local;
  beforeEach(async () => {
    local = await startTracking();
  });
  afterEach(closeAll);

  it('returns a new device after every sign-in without one, also in the access token', async () => {
    const [first, second] = [await signInWithCode(local), await signInWithCode(local)];
    const { DeviceKey, DeviceGroupKey } = first.NewDeviceMetadata ?? {};
    expect(DeviceKey).to.match(/^us-east-1_[0-9a-f-]{36}$/);
    expect(DeviceGroupKey).to.match(/^-[\w-]{8}$/);
    expect(second.NewDeviceMetadata?.DeviceKey).to.not.equal(DeviceKey);
    expect(claimsOf(first.AccessToken).device_key).to.equal(DeviceKey);
    expect(claimsOf(first.IdToken)).to.not.have.property('device_key');
    const { UserPool } = await local.sdk.describeUserPool({ UserPoolId: local.UserPoolId });
    expect(UserPool?.DeviceConfiguration).to.deep.equal(OPT_IN);
  });

  it('returns no new device after a sign-in on a known one, remembered or not', async () => {
    const { DeviceKey, UserConfirmationNecessary } = await confirmed(local);
    expect(UserConfirmationNecessary).to.equal(true);
    const again = await signInWithCode(local, { DEVICE_KEY: DeviceKey });
    expect(again).to.not.have.property('NewDeviceMetadata');
    expect(claimsOf(again.AccessToken).device_key).to.equal(DeviceKey);
  });

  it('refuses GetDevice and ForgetDevice without an access token after the validation', async () => {
    for (const call of [
      local.sdk.getDevice({ DeviceKey: NOBODYS }),
      local.sdk.forgetDevice({ DeviceKey: NOBODYS }),
    ]) {
      expect(await outcomeOf(call)).to.equal(
        'InvalidParameterException: Missing required parameter AccessToken',
      );
    }
  });

  it('confirms a device with a valid verifier or without one', async () => {
    const { AccessToken, NewDeviceMetadata: { DeviceKey } = {} } = await signInWithCode(local);
    const whole = { Salt: base64(7n), PasswordVerifier: base64(9n) };
    for (const broken of [{}, { ...whole, Salt: '' }, { ...whole, Salt: '%%' }, { ...whole, Salt: 'AA==' }]) {
      const confirm = local.sdk.confirmDevice({ AccessToken, DeviceKey, DeviceSecretVerifierConfig: broken });
      expect(await outcomeOf(confirm)).to.match(/^InvalidParameterException: /);
    }
    expect(await outcomeOf(local.sdk.confirmDevice({ AccessToken, DeviceKey: NOBODYS }))).to.equal(
      'InvalidParameterException: Invalid device key given.',
    );
    await local.sdk.confirmDevice({ AccessToken, DeviceKey });
    expect(await outcomeOf(local.sdk.confirmDevice({ AccessToken, DeviceKey }))).to.match(/^DeviceKeyExists/);
    // It can be remembered, and can prove nothing.
    await local.sdk.updateDeviceStatus({ AccessToken, DeviceKey, DeviceRememberedStatus: 'remembered' });
    const { ChallengeName } = await signInOn(DeviceKey ?? '');
    expect(ChallengeName).to.equal('SOFTWARE_TOKEN_MFA');
  });

  function signInOn(DEVICE_KEY: string, password = PASSWORD) {
    return local.sdk.initiateAuth({
      ClientId: local.ClientId,
      AuthFlow: 'USER_PASSWORD_AUTH',
      AuthParameters: { USERNAME: ANA, PASSWORD: password, DEVICE_KEY },
    });
  }

  it('reports an unknown device only after the password, and spends no code then', async () => {
    expect(await outcomeOf(signInOn(NOBODYS))).to.equal(UNKNOWN);
    expect(await outcomeOf(signInOn(NOBODYS, 'wrong'))).to.match(/^NotAuthorizedException: Incorrect/);
    const { Session } = await signIn(local);
    const code = totpCode(SECRET, local.pool.clock.now());
    const answer = (device: Record<string, string>) =>
      local.sdk.respondToAuthChallenge({
        ClientId: local.ClientId,
        Session,
        ChallengeName: 'SOFTWARE_TOKEN_MFA',
        ChallengeResponses: { USERNAME: ANA, SOFTWARE_TOKEN_MFA_CODE: code, ...device },
      });
    expect(await outcomeOf(answer({ DEVICE_KEY: NOBODYS }))).to.equal(UNKNOWN);
    expect(await outcomeOf(answer({}))).to.equal('ok');
  });

  it('requires the device key, SRP_A and the complete proof, each once', async () => {
    const { AccessToken, DeviceKey } = await confirmed(local);
    await local.sdk.updateDeviceStatus({ AccessToken, DeviceKey, DeviceRememberedStatus: 'remembered' });
    const { Session, ChallengeName } = await signInOn(DeviceKey);
    expect(ChallengeName).to.equal('DEVICE_SRP_AUTH');
    const respond = (
      name: 'DEVICE_SRP_AUTH' | 'DEVICE_PASSWORD_VERIFIER',
      session: string | undefined,
      more: Record<string, string>,
    ) =>
      local.sdk.respondToAuthChallenge({
        ClientId: local.ClientId,
        Session: session,
        ChallengeName: name,
        ChallengeResponses: { USERNAME: ANA, ...more },
      });
    const SRP_A = clientKeyPair().shared.toString(16);
    const key = { DEVICE_KEY: DeviceKey };
    for (const [more, outcome] of [
      [{ SRP_A }, 'InvalidParameterException: Missing required parameter DEVICE_KEY'],
      [key, 'InvalidParameterException: Missing required parameter SRP_A'],
    ] as const) {
      expect(await outcomeOf(respond('DEVICE_SRP_AUTH', Session, more))).to.equal(outcome);
    }
    const posed = await respond('DEVICE_SRP_AUTH', Session, { ...key, SRP_A });
    expect(posed.ChallengeName).to.equal('DEVICE_PASSWORD_VERIFIER');
    const members = ['SALT', 'SECRET_BLOCK', 'SRP_B', 'USERNAME', 'DEVICE_KEY'];
    expect(posed.ChallengeParameters).to.have.all.keys(members);
    expect(await outcomeOf(respond('DEVICE_SRP_AUTH', Session, { ...key, SRP_A }))).to.match(
      /only be used once/,
    );
    const proof = {
      ...key,
      PASSWORD_CLAIM_SIGNATURE: 'c2lnbmF0dXJl',
      PASSWORD_CLAIM_SECRET_BLOCK: posed.ChallengeParameters?.SECRET_BLOCK ?? '',
      TIMESTAMP: 'Sun Nov 1 01:02:03 UTC 2026',
    };
    const verify = () => respond('DEVICE_PASSWORD_VERIFIER', posed.Session, proof);
    expect(await outcomeOf(verify())).to.equal('NotAuthorizedException: Incorrect username or password.');
    expect(await outcomeOf(verify())).to.match(/only be used once/);
  });

  it('accepts device challenges without a session, while theirs is open (case 27)', async () => {
    const { AccessToken, DeviceKey, identity } = await confirmed(local);
    await local.sdk.updateDeviceStatus({ AccessToken, DeviceKey, DeviceRememberedStatus: 'remembered' });
    const respond = (ChallengeName: 'DEVICE_SRP_AUTH' | 'DEVICE_PASSWORD_VERIFIER', more: object) =>
      local.sdk.respondToAuthChallenge({
        ClientId: local.ClientId,
        ChallengeName,
        ChallengeResponses: { USERNAME: ANA, DEVICE_KEY: DeviceKey, ...more },
      });
    const pair = clientKeyPair();
    const begin = () => respond('DEVICE_SRP_AUTH', { SRP_A: pair.shared.toString(16) });
    const missing = 'InvalidParameterException: Missing required parameter Session';
    expect(await outcomeOf(begin())).to.equal(missing);
    await signInOn(DeviceKey);
    expect(await outcomeOf(respond('DEVICE_SRP_AUTH', { DEVICE_KEY: NOBODYS, SRP_A: 'ab' }))).to.equal(
      missing,
    );
    const { ChallengeParameters = {} } = await begin();
    expect(await outcomeOf(begin())).to.equal(missing);
    const { SALT = '', SRP_B = '', SECRET_BLOCK = '' } = ChallengeParameters;
    const key = clientKey(identity, parseHex(SALT), pair, parseHex(SRP_B));
    const TIMESTAMP = claimTimestamp(new Date(local.pool.clock.now()));
    const { AuthenticationResult } = await respond('DEVICE_PASSWORD_VERIFIER', {
      PASSWORD_CLAIM_SIGNATURE: claimSignature(key, identity, SECRET_BLOCK, TIMESTAMP),
      PASSWORD_CLAIM_SECRET_BLOCK: SECRET_BLOCK,
      TIMESTAMP,
    });
    expect(claimsOf(AuthenticationResult?.AccessToken).device_key).to.equal(DeviceKey);
    expect(claimsOf(AuthenticationResult?.IdToken).reason).to.equal('TokenGeneration_AuthenticateDevice');
  });

  it('forgets an open device challenge when its session expires (case 27)', async () => {
    const { AccessToken, DeviceKey } = await confirmed(local);
    await local.sdk.updateDeviceStatus({ AccessToken, DeviceKey, DeviceRememberedStatus: 'remembered' });
    await signInOn(DeviceKey);
    local.pool.clock.advance(4 * 60_000);
    const late = local.sdk.respondToAuthChallenge({
      ClientId: local.ClientId,
      ChallengeName: 'DEVICE_SRP_AUTH',
      ChallengeResponses: { USERNAME: ANA, DEVICE_KEY: DeviceKey, SRP_A: 'ab' },
    });
    expect(await outcomeOf(late)).to.match(/^InvalidParameterException: Missing required parameter Session/);
  });

  it('lets an administrator list, remember and forget every device', async () => {
    const { sdk, UserPoolId } = local;
    const { AccessToken, DeviceKey } = await confirmed(local);
    await confirmed(local);
    const user = { UserPoolId, Username: ANA };
    expect((await sdk.listDevices({ AccessToken })).Devices).to.deep.equal([]);
    const { Devices = [], PaginationToken } = await sdk.adminListDevices({ ...user, Limit: 1 });
    expect(Devices.map((each) => each.DeviceKey)).to.deep.equal([DeviceKey]);
    expect((await sdk.adminListDevices({ ...user, PaginationToken })).Devices).to.have.length(1);
    expect(await outcomeOf(sdk.listDevices({ AccessToken, Limit: 61 }))).to.match(/less than or equal to 60/);

    await sdk.adminUpdateDeviceStatus({ ...user, DeviceKey, DeviceRememberedStatus: 'remembered' });
    const { Device } = await sdk.adminGetDevice({ ...user, DeviceKey });
    expect(Device?.DeviceAttributes).to.deep.include({
      Name: 'dev:device_remembered_status',
      Value: 'remembered',
    });
    expect((await sdk.listDevices({ AccessToken })).Devices).to.have.length(1);
    await sdk.adminForgetDevice({ ...user, DeviceKey });
    const calls = [
      sdk.adminForgetDevice({ ...user, DeviceKey }),
      sdk.adminGetDevice({ ...user, DeviceKey }),
      sdk.adminUpdateDeviceStatus({ ...user, DeviceKey }),
      sdk.getDevice({ AccessToken, DeviceKey }),
      sdk.forgetDevice({ AccessToken, DeviceKey }),
    ];
    expect(new Set(await Promise.all(calls.map(outcomeOf)))).to.deep.equal(new Set([UNKNOWN]));
  });

  it('forgets the devices of a deleted user', async () => {
    const { AccessToken, DeviceKey } = await confirmed(local);
    await local.sdk.deleteUser({ AccessToken });
    local.pool.addUser({ username: ANA, password: PASSWORD });
    expect(await outcomeOf(signInOn(DeviceKey))).to.equal(UNKNOWN);
  });

  it('refreshes through both operations with the confirmed device only', async () => {
    const { sdk, ClientId } = local;
    const { RefreshToken = '', DeviceKey } = await confirmed(local);
    const ways = [
      (key?: string) => sdk.getTokensFromRefreshToken({ ClientId, RefreshToken, DeviceKey: key }),
      (key?: string) =>
        sdk.initiateAuth({
          ClientId,
          AuthFlow: 'REFRESH_TOKEN_AUTH',
          AuthParameters: { REFRESH_TOKEN: RefreshToken, ...(key && { DEVICE_KEY: key }) },
        }),
    ];
    for (const refresh of ways) {
      expect(await outcomeOf(refresh(DeviceKey))).to.equal('ok');
      for (const key of [undefined, NOBODYS])
        expect(await outcomeOf(refresh(key))).to.equal('NotAuthorizedException: Invalid Refresh Token');
    }
  });
});
