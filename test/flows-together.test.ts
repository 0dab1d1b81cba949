import { CognitoIdentityProviderClient } from '@aws-sdk/client-cognito-identity-provider';
import { expect } from 'chai';
import type { LocalUserPool, LocalUserPoolOptions } from '../src/local/local-user-pool.ts';
import { totpCode } from '../src/local/users/totp.ts';
import { ANSWER, customTriggers } from './support/custom-triggers.ts';
import { claimsOf, expectProblem, expectStatus, type Kit, PASSWORD, startKit } from './support/helpers.ts';
import { ANA, closeAll, startLocal } from './support/local-sdk.ts';

const SECRET = 'JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP';
const TRACKING = { DeviceConfiguration: { ChallengeRequiredOnNewDevice: true } };
const UNKNOWN_DEVICE = { deviceKey: 'us-east-1_a1b2c3d4-5678-90ab-cdef-0123456789ab' };

function freshCode({ clock }: LocalUserPool): string {
  clock.advance(60_000);
  return totpCode(SECRET, clock.now());
}

function answer(kit: Kit, step: { challenge: Record<string, string> }, members: object) {
  const { name, session, username } = step.challenge;
  return kit.post('/challenge', { name, session, username, ...members });
}

describe('Sign-in with custom challenges on a device', () => {
  const email = 'ana@example.com';
  let kit: Kit;
  before(async () => {
    kit = await startKit({
      pool: {
        pool: TRACKING,
        appClient: { ExplicitAuthFlows: ['ALLOW_CUSTOM_AUTH', 'ALLOW_REFRESH_TOKEN_AUTH'] },
        triggers: customTriggers().triggers,
        users: [{ username: email, password: PASSWORD, totpSecret: SECRET }],
      },
      config: { authFlow: 'CUSTOM_AUTH' },
    });
  });
  after(() => kit.close());

  const startSignIn = async (body: object) =>
    expectStatus(await kit.post('/sign-in', { email, ...body }), 200).body;

  async function rememberDevice(): Promise<object> {
    const { tokens, newDevice } = expectStatus(
      await answer(kit, await startSignIn({}), { answer: ANSWER }),
      200,
    ).body;
    const confirm = await kit.post('/devices', newDevice, tokens.accessToken);
    return expectStatus(confirm, 200).body.device;
  }

  it('recognizes a remembered device without a password', async () => {
    const device = await rememberDevice();
    const step = await startSignIn({ device });
    expect(step).to.not.have.property('deviceRefused');
    // Some clients name the device in the first request only.
    const { status, tokens, newDevice } = expectStatus(await answer(kit, step, { answer: ANSWER }), 200).body;
    expect([status, newDevice]).to.deep.equal(['complete', undefined]);
    const { device_key } = claimsOf(tokens.accessToken);
    expect(device).to.include({ deviceKey: device_key });
    expectStatus(await kit.post('/refresh', { refreshToken: tokens.refreshToken, device }), 200);
  });

  it('continues with the custom challenges after a remembered device, which replaces the second factor', async () => {
    const device = await rememberDevice();
    const without = await startSignIn({ password: PASSWORD });
    expect(without.challenge.name).to.equal('SOFTWARE_TOKEN_MFA');
    const step = await startSignIn({ password: PASSWORD, device });
    expect(step.challenge.name).to.equal('CUSTOM_CHALLENGE');
    const { status, newDevice } = expectStatus(await answer(kit, step, { answer: ANSWER, device }), 200).body;
    expect([status, newDevice]).to.deep.equal(['complete', undefined]);
  });

  it('refuses an unknown device in the same way for existing and missing accounts', async () => {
    for (const name of [email, 'missing@example.com']) {
      const step = await startSignIn({ email: name, device: UNKNOWN_DEVICE });
      expect(step).to.include({ status: 'challenge', deviceRefused: true });
      const next = expectStatus(await answer(kit, step, { answer: 'no', device: UNKNOWN_DEVICE }), 200).body;
      expect(next).to.include({ status: 'challenge', deviceRefused: true });
      expect(next.challenge.parameters).to.deep.equal({ question: 'The word?', tries: '1' });
    }
  });
});

describe('Sign-in with ADMIN_USER_PASSWORD_AUTH on a device', () => {
  it('proves the device with administrator operations', async () => {
    const setUp: LocalUserPoolOptions = {
      pool: TRACKING,
      appClient: { ExplicitAuthFlows: ['ALLOW_ADMIN_USER_PASSWORD_AUTH', 'ALLOW_REFRESH_TOKEN_AUTH'] },
      users: [{ username: ANA, password: PASSWORD, totpSecret: SECRET }],
    };
    const kit = await startKit({ pool: setUp });
    const client = new CognitoIdentityProviderClient({
      region: 'us-east-1',
      endpoint: kit.pool.url,
      credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
    });
    const own = await startKit({
      pool: kit.pool,
      config: { authFlow: 'ADMIN_USER_PASSWORD_AUTH', cognitoClient: client },
    });
    const step = expectStatus(await own.post('/sign-in', { email: ANA, password: PASSWORD }), 200).body;
    const confirmationCode = freshCode(kit.pool);
    const { tokens, newDevice } = expectStatus(await answer(own, step, { confirmationCode }), 200).body;
    const { device } = expectStatus(await own.post('/devices', newDevice, tokens.accessToken), 200).body;
    kit.pool.requests.clear();
    const body = { email: ANA, password: PASSWORD, device };
    expect(expectStatus(await own.post('/sign-in', body), 200).body.status).to.equal('complete');
    expect(kit.pool.requests.list().map(({ name }) => name)).to.deep.equal([
      'AdminInitiateAuth',
      'AdminRespondToAuthChallenge',
      'AdminRespondToAuthChallenge',
    ]);
    const wrong = { ...body, device: { ...device, devicePassword: 'd3Jvbmc=' } };
    const refused = expectStatus(await own.post('/sign-in', wrong), 200).body;
    expect(refused).to.include({ status: 'challenge', deviceRefused: true });
    expectProblem(await own.post('/sign-in', { ...body, password: 'wrong' }), 'invalid_credentials');
    client.destroy();
    await own.close();
    await kit.close();
  });
});

describe('preTokenGeneration trigger of a local pool', () => {
  afterEach(closeAll);

  const triggers: NonNullable<LocalUserPoolOptions['triggers']> = {
    preTokenGeneration: (event) => {
      const { clientMetadata = {} } = event.request;
      event.response.claimsOverrideDetails = { claimsToAddOrOverride: { plan: 'gold', ...clientMetadata } };
      return event;
    },
  };
  const users = [{ username: ANA, password: PASSWORD }];
  const client = { ExplicitAuthFlows: ['ALLOW_USER_AUTH'] } as const;

  it('receives the ClientMetadata of the answer in a sign-in with a code as the first factor', async () => {
    const { sdk, ClientId, pool } = await startLocal({
      pool: { Policies: { SignInPolicy: { AllowedFirstAuthFactors: ['PASSWORD', 'EMAIL_OTP'] } } },
      appClient: client,
      triggers,
      users,
    });
    const { Session } = await sdk.initiateAuth({
      ClientId,
      AuthFlow: 'USER_AUTH',
      AuthParameters: { USERNAME: ANA, PREFERRED_CHALLENGE: 'EMAIL_OTP' },
    });
    const { AuthenticationResult } = await sdk.respondToAuthChallenge({
      ClientId,
      Session,
      ChallengeName: 'EMAIL_OTP',
      ChallengeResponses: { USERNAME: ANA, EMAIL_OTP_CODE: pool.inbox.latest({ to: ANA })?.code ?? '' },
      ClientMetadata: { tenant: 'blue' },
    });
    expect(claimsOf(AuthenticationResult?.IdToken ?? '')).to.include({ plan: 'gold', tenant: 'blue' });
  });

  it('keeps its claims in tokens with an acr claim', async () => {
    const { sdk, ClientId } = await startLocal({ appClient: client, triggers, users });
    const { AuthenticationResult } = await sdk.initiateAuth({
      ClientId,
      AuthFlow: 'USER_AUTH',
      AuthParameters: {
        USERNAME: ANA,
        PREFERRED_CHALLENGE: 'PASSWORD',
        PASSWORD,
        TARGET_ACR_VALUES: 'urn:cognito:loa:1',
      },
    });
    const claims = claimsOf(AuthenticationResult?.IdToken ?? '');
    expect(claims).to.include({ plan: 'gold', acr: 'urn:cognito:loa:1' });
  });
});
