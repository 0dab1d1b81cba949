import { expect } from 'chai';
import type { AuthEvent } from '../../src/config/events.ts';
import type { LocalUserPool } from '../../src/local/local-user-pool.ts';
import { totpCode } from '../../src/local/users/totp.ts';
import { answerWith, fail, startFakeCognito } from '../support/fake-cognito.ts';
import { claimsOf, expectProblem, expectStatus, type Kit, PASSWORD, startKit } from '../support/helpers.ts';
import { captureLog } from '../support/log-capture.ts';

const SECRET = 'JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP';
const OPT_IN = { ChallengeRequiredOnNewDevice: true, DeviceOnlyRememberedOnUserPrompt: true };
const ALWAYS = { ChallengeRequiredOnNewDevice: true };
const UNKNOWN_DEVICE = {
  deviceKey: 'us-east-1_a1b2c3d4-5678-90ab-cdef-0123456789ab',
  deviceGroupKey: '-a1B2c3D4',
  devicePassword: 'c2VjcmV0IG9mIHRoZSBkZXZpY2U=',
};

type Device = typeof UNKNOWN_DEVICE;
type Body = Record<string, unknown>;

interface Complete {
  readonly tokens: { readonly accessToken: string; readonly refreshToken: string };
  readonly newDevice: { readonly deviceKey: string; readonly deviceGroupKey: string };
  readonly deviceRefused?: true;
}

let users = 0;
/** Adds a user with an authenticator app. */
function addUser(pool: LocalUserPool): string {
  const username = `device-${++users}@example.com`;
  pool.addUser({ username, password: PASSWORD, totpSecret: SECRET });
  return username;
}

async function signIn(kit: Kit, email: string, device?: Partial<Device>): Promise<Body> {
  const body = { email, password: PASSWORD, ...(device && { device }) };
  return expectStatus(await kit.post('/sign-in', body), 200).body;
}

function answer(kit: Kit, step: Body, members: object) {
  const { name, session, username } = step.challenge as Record<string, string>;
  return kit.post('/challenge', { name, session, username, ...members });
}

/** Returns a valid code that was not used before. */
function freshCode({ clock }: LocalUserPool): string {
  clock.advance(60_000);
  return totpCode(SECRET, clock.now());
}

async function signInWithCode(kit: Kit, email: string, device?: Partial<Device>): Promise<Complete> {
  const step = await signIn(kit, email);
  expect(step).to.have.nested.property('challenge.name', 'SOFTWARE_TOKEN_MFA');
  const confirmationCode = freshCode(kit.pool);
  return expectStatus(await answer(kit, step, { confirmationCode, ...(device && { device }) }), 200)
    .body as Complete;
}

async function remember(kit: Kit, { tokens, newDevice }: Complete, choice: object = { remember: true }) {
  const body = expectStatus(
    await kit.post('/devices', { ...newDevice, ...choice }, tokens.accessToken),
    200,
  ).body;
  return body as { status: string; device: Device; userConfirmationNecessary: boolean };
}

/** Adds a user with a remembered device. */
async function rememberedUser(kit: Kit): Promise<{ email: string; device: Device } & Complete> {
  const email = addUser(kit.pool);
  const complete = await signInWithCode(kit, email);
  const { device } = await remember(kit, complete);
  return { email, device, ...complete };
}

function call(
  kit: Kit,
  method: 'get' | 'patch' | 'delete',
  path: string,
  accessToken: string,
  body?: object,
) {
  const request = kit.request[method](`/auth${path}`).set('Authorization', `Bearer ${accessToken}`);
  return body ? request.send(body) : request;
}

const SETUPS = {
  'USER_SRP_AUTH and an e-mail address as username': { authFlow: 'USER_SRP_AUTH' },
  'USER_SRP_AUTH and a client secret': { authFlow: 'USER_SRP_AUTH', client: { GenerateSecret: true } },
  'USER_SRP_AUTH and an alias': { authFlow: 'USER_SRP_AUTH', pool: { AliasAttributes: ['email'] } },
  USER_PASSWORD_AUTH: { authFlow: 'USER_PASSWORD_AUTH' },
  'USER_PASSWORD_AUTH and a client secret': {
    authFlow: 'USER_PASSWORD_AUTH',
    client: { GenerateSecret: true },
  },
} as const;

for (const [setup, { authFlow, ...options }] of Object.entries(SETUPS)) {
  describe(`A remembered device with ${setup}`, () => {
    let kit: Kit;
    before(async () => {
      const { client = {}, pool = {} } = { client: {}, pool: {}, ...options };
      kit = await startKit({
        pool: { appClient: client, pool: { ...pool, DeviceConfiguration: OPT_IN } },
        config: { authFlow },
      });
    });
    after(() => kit.close());

    it('replaces the MFA code until it is forgotten', async () => {
      const email = `ada-${authFlow}@example.com`;
      const alias = 'pool' in options;
      kit.pool.addUser({
        username: alias ? 'ada' : email,
        password: PASSWORD,
        totpSecret: SECRET,
        ...(alias && { attributes: { email, email_verified: 'true' } }),
      });
      const first = await signInWithCode(kit, email);
      const { status, device, userConfirmationNecessary } = await remember(kit, first);
      expect([status, userConfirmationNecessary]).to.deep.equal(['device_confirmed', false]);
      expect(device).to.deep.include(first.newDevice);
      expect(device.devicePassword).to.match(/^[\w+/]{50,}=*$/);

      const second = await signIn(kit, email, device);
      expect(second).to.have.all.keys('status', 'tokens');
      const { accessToken } = (second as unknown as Complete).tokens;
      expect(claimsOf(accessToken).device_key).to.equal(device.deviceKey);
      expect((await signIn(kit, email)).status).to.equal('challenge');

      expectStatus(await call(kit, 'delete', `/devices/${device.deviceKey}`, accessToken), 200);
      const third = await signIn(kit, email, device);
      expect(third).to.include({ status: 'challenge', deviceRefused: true });
      const confirmationCode = freshCode(kit.pool);
      const again = expectStatus(await answer(kit, third, { confirmationCode, device }), 200).body;
      expect(again).to.include({ status: 'complete', deviceRefused: true });
      expect(again.newDevice.deviceKey).to.not.equal(device.deviceKey);
    });
  });
}

describe('Sign-in with an invalid device', () => {
  let kit: Kit;
  let pool: LocalUserPool;
  before(async () => {
    kit = await startKit({
      pool: { pool: { DeviceConfiguration: OPT_IN } },
      config: { authFlow: 'USER_SRP_AUTH' },
    });
    pool = kit.pool;
  });
  after(() => kit.close());

  it('poses the MFA challenge if the device secret is wrong, and lets the user remember the device anew', async () => {
    const { email, device } = await rememberedUser(kit);
    for (const wrong of [
      { ...device, devicePassword: UNKNOWN_DEVICE.devicePassword },
      { ...device, deviceGroupKey: UNKNOWN_DEVICE.deviceGroupKey },
    ]) {
      const step = await signIn(kit, email, wrong);
      expect(step).to.include({ status: 'challenge', deviceRefused: true });
      const confirmationCode = freshCode(pool);
      const complete = expectStatus(await answer(kit, step, { confirmationCode }), 200).body as Complete;
      const { device: rememberedAgain } = await remember(kit, complete);
      expect((await signIn(kit, email, rememberedAgain)).status).to.equal('complete');
    }
  });

  it("poses the MFA challenge for another user's device and for an unknown one", async () => {
    const { device } = await rememberedUser(kit);
    const eve = addUser(pool);
    expect(await signIn(kit, eve, device)).to.include({ status: 'challenge', deviceRefused: true });
    expect(await signIn(kit, eve, UNKNOWN_DEVICE)).to.include({ status: 'challenge', deviceRefused: true });
  });

  it('requires the password, with a remembered device as well', async () => {
    const { email, device } = await rememberedUser(kit);
    expectProblem(await kit.post('/sign-in', { email, password: 'wrong', device }), 'invalid_credentials');
    expectProblem(
      await kit.post('/sign-in', { email, password: 'wrong', device: UNKNOWN_DEVICE }),
      'invalid_credentials',
    );
    expectProblem(await kit.post('/sign-in', { email, device }), 'validation_failed');
  });

  it('calls InitiateAuth once if the password is wrong', async () => {
    const { email, device } = await rememberedUser(kit);
    const before = pool.requests.count('InitiateAuth');
    expectProblem(await kit.post('/sign-in', { email, password: 'wrong', device }), 'invalid_credentials');
    expect(pool.requests.count('InitiateAuth')).to.equal(before + 1);
  });

  it('is not repeated without the device if Cognito fails', async () => {
    const { email, device } = await rememberedUser(kit);
    const before = pool.requests.count('InitiateAuth');
    const end = pool.faults.inject({ kind: 'internalError', on: 'RespondToAuthChallenge' });
    expectProblem(await kit.post('/sign-in', { email, password: PASSWORD, device }), 'upstream_error');
    end();
    expect(pool.requests.count('InitiateAuth')).to.equal(before + 1);
  });

  it('answers a wrong password alike for known and unknown accounts', async () => {
    const { email, device } = await rememberedUser(kit);
    const wrong = { password: 'wrong', device };
    const [known, unknown] = [
      await kit.post('/sign-in', { email, ...wrong }),
      await kit.post('/sign-in', { email: 'unknown@example.com', ...wrong }),
    ];
    for (const response of [known, unknown]) delete response.body.requestId;
    expect(known.body).to.deep.equal(unknown.body);
  });

  it('refuses an incomplete or malformed device', async () => {
    const { devicePassword: _none, ...half } = UNKNOWN_DEVICE;
    for (const device of [
      half,
      { ...UNKNOWN_DEVICE, deviceKey: 'key' },
      { ...UNKNOWN_DEVICE, more: 1 },
      {},
      'key',
      null,
    ]) {
      const body = { email: 'ada@example.com', password: PASSWORD, device };
      expectProblem(await kit.post('/sign-in', body), 'validation_failed');
    }
  });
});

describe('Sign-in with a device key alone', () => {
  let kit: Kit;
  let pool: LocalUserPool;
  before(async () => {
    kit = await startKit({ pool: { pool: { DeviceConfiguration: OPT_IN } } });
    pool = kit.pool;
  });
  after(() => kit.close());

  async function posed(): Promise<{ email: string; device: Device; step: Body }> {
    const { email, device } = await rememberedUser(kit);
    const step = await signIn(kit, email, { deviceKey: device.deviceKey });
    expect(step).to.have.nested.property('challenge.name', 'DEVICE_SRP_AUTH');
    return { email, device, step };
  }

  it('poses DEVICE_SRP_AUTH, which the device can answer once', async () => {
    const { device, step } = await posed();
    expectStatus(await answer(kit, step, { device }), 200);
    expectProblem(await answer(kit, step, { device }), 'invalid_session');
  });

  it('ends after a wrong device secret', async () => {
    const { device, step } = await posed();
    const wrong = { ...device, devicePassword: UNKNOWN_DEVICE.devicePassword };
    expectProblem(await answer(kit, step, { device: wrong }), 'invalid_device');
    expectProblem(await answer(kit, step, { device }), 'invalid_session');
  });

  it('answers invalid_device if the password is proven on an unknown device', async () => {
    const choosing = await startKit({
      pool: {
        pool: {
          DeviceConfiguration: ALWAYS,
          Policies: { SignInPolicy: { AllowedFirstAuthFactors: ['PASSWORD'] } },
        },
        appClient: { ExplicitAuthFlows: ['ALLOW_USER_AUTH', 'ALLOW_REFRESH_TOKEN_AUTH'] },
      },
      config: { authFlow: 'USER_AUTH' },
    });
    const email = addUser(choosing.pool);
    const body = { email, preferredChallenge: 'PASSWORD_SRP' };
    const step = expectStatus(await choosing.post('/sign-in', body), 200).body;
    const response = await answer(choosing, step, { password: PASSWORD, device: UNKNOWN_DEVICE });
    expectProblem(response, 'invalid_device');
    await choosing.close();
  });

  it('refuses another device, even of the same user', async () => {
    const { email, step } = await posed();
    const { device: other } = await remember(kit, await signInWithCode(kit, email));
    const { device: eves } = await rememberedUser(kit);
    for (const device of [other, eves, UNKNOWN_DEVICE])
      expectProblem(await answer(kit, step, { device }), 'invalid_device');
  });

  it('ends if the device is forgotten or no longer remembered before its proof', async () => {
    for (const method of ['delete', 'patch'] as const) {
      const { email, device, step } = await posed();
      const { accessToken } = pool.tokensFor(email);
      const body = method === 'patch' ? { remembered: false } : undefined;
      expectStatus(await call(kit, method, `/devices/${device.deviceKey}`, accessToken, body), 200);
      const code = method === 'delete' ? 'invalid_device' : 'invalid_session';
      expectProblem(await answer(kit, step, { device }), code);
    }
  });

  it('refuses a challenge session that is expired or of another user or app client', async () => {
    const { device, step } = await posed();
    const { challenge } = step as { challenge: Record<string, string> };
    const eve = { challenge: { ...challenge, username: addUser(pool) } };
    expectProblem(await answer(kit, eve, { device }), 'invalid_session');
    const other = await startKit({ pool, config: pool.addClient() });
    expectProblem(await answer(other, step, { device }), 'invalid_session');
    pool.clock.advance(3 * 60_000);
    expectProblem(await answer(kit, step, { device }), 'invalid_session');
  });

  it('refuses the answer to another challenge', async () => {
    const { email, device, step } = await posed();
    const { challenge: code } = (await signIn(kit, email)) as { challenge: Record<string, string> };
    const { challenge: proof } = step as { challenge: Record<string, string> };
    const asProof = { challenge: { ...code, name: 'DEVICE_SRP_AUTH' } };
    expectProblem(await answer(kit, asProof, { device }), 'invalid_session');
    const asCode = { challenge: { ...proof, name: 'SOFTWARE_TOKEN_MFA' } };
    expectProblem(await answer(kit, asCode, { confirmationCode: freshCode(pool) }), 'invalid_session');
    const verifier = { challenge: { ...proof, name: 'DEVICE_PASSWORD_VERIFIER' } };
    expectProblem(await answer(kit, verifier, { device }), 'validation_failed');
  });

  it('answers too_many_attempts after five wrong devices', async () => {
    const { step } = await posed();
    for (let i = 0; i < 5; i++)
      expectProblem(await answer(kit, step, { device: UNKNOWN_DEVICE }), 'invalid_device');
    expectProblem(await answer(kit, step, { device: UNKNOWN_DEVICE }), 'too_many_attempts');
  });
});

describe('A new password on a remembered device', () => {
  it('completes the sign-in without the MFA code', async () => {
    const kit = await startKit({ pool: { pool: { DeviceConfiguration: OPT_IN } } });
    const { email, device } = await rememberedUser(kit);
    const { userPoolId: UserPoolId, endpoint } = kit.pool.config;
    const { sdkFor } = await import('../support/local-sdk.ts');
    const sdk = sdkFor(endpoint);
    await sdk.adminSetUserPassword({ UserPoolId, Username: email, Password: PASSWORD, Permanent: false });
    const step = await signIn(kit, email, device);
    expect(step).to.have.nested.property('challenge.name', 'NEW_PASSWORD_REQUIRED');
    const done = await answer(kit, step, { newPassword: 'Staple-battery-9', device });
    expect(expectStatus(done, 200).body).to.have.all.keys('status', 'tokens');
    sdk.destroy();
    await kit.close();
  });
});

describe('POST /devices', () => {
  const POOLS = [
    ['DeviceOnlyRememberedOnUserPrompt', OPT_IN, {}, true, false],
    ['DeviceOnlyRememberedOnUserPrompt and remember: true', OPT_IN, { remember: true }, false, true],
    ['DeviceOnlyRememberedOnUserPrompt and remember: false', OPT_IN, { remember: false }, false, false],
    ['devices that are always remembered', ALWAYS, {}, false, true],
    ['devices that are always remembered and remember: true', ALWAYS, { remember: true }, false, true],
    ['devices that are always remembered and remember: false', ALWAYS, { remember: false }, false, false],
    [
      'ChallengeRequiredOnNewDevice: false and remember: true',
      { ChallengeRequiredOnNewDevice: false },
      { remember: true },
      false,
      false,
    ],
  ] as const;

  for (const [setup, DeviceConfiguration, choice, necessary, skipsCode] of POOLS) {
    it(`lets the next sign-in ${skipsCode ? 'skip' : 'require'} the MFA code, with ${setup}`, async () => {
      const kit = await startKit({ pool: { pool: { DeviceConfiguration } } });
      const email = addUser(kit.pool);
      const { device, userConfirmationNecessary } = await remember(
        kit,
        await signInWithCode(kit, email),
        choice,
      );
      expect(userConfirmationNecessary).to.equal(necessary);
      const step = await signIn(kit, email, device);
      expect(step.status).to.equal(skipsCode ? 'complete' : 'challenge');
      expect(step).to.not.have.property('deviceRefused');
      await kit.close();
    });
  }

  it('can be revised by PATCH', async () => {
    const kit = await startKit({ pool: { pool: { DeviceConfiguration: OPT_IN } } });
    const email = addUser(kit.pool);
    const complete = await signInWithCode(kit, email);
    const { device } = await remember(kit, complete, {});
    const path = `/devices/${device.deviceKey}`;
    for (const remembered of [true, false, true]) {
      const updated = await call(kit, 'patch', path, complete.tokens.accessToken, { remembered });
      expect(expectStatus(updated, 200).body).to.deep.equal({ status: 'updated' });
      const { status } = await signIn(kit, email, device);
      expect(status).to.equal(remembered ? 'complete' : 'challenge');
    }
    await kit.close();
  });

  it('is refused in a pool without device tracking', async () => {
    const kit = await startKit();
    const email = addUser(kit.pool);
    const complete = await signInWithCode(kit, email, UNKNOWN_DEVICE);
    expect(complete).to.have.all.keys('status', 'tokens');
    expect(claimsOf(complete.tokens.accessToken)).to.not.have.property('device_key');
    const { accessToken, refreshToken } = complete.tokens;
    const { devicePassword: _none, ...unknown } = UNKNOWN_DEVICE;
    expectProblem(await kit.post('/devices', unknown, accessToken), 'rejected_by_pool');
    expectStatus(await kit.post('/refresh', { refreshToken }), 200);
    await kit.close();
  });

  it('accepts a new device once, from its own sign-in', async () => {
    const kit = await startKit({ pool: { pool: { DeviceConfiguration: OPT_IN } } });
    const email = addUser(kit.pool);
    const { newDevice, tokens } = await signInWithCode(kit, email);
    const later = await signInWithCode(kit, email);
    const eve = await signInWithCode(kit, addUser(kit.pool));
    for (const { accessToken } of [later.tokens, eve.tokens, kit.pool.tokensFor(email)]) {
      const { body } = expectProblem(await kit.post('/devices', newDevice, accessToken), 'rejected_by_pool');
      expect(body.detail).to.equal('The device key belongs to another sign-in.');
    }
    expectStatus(await kit.post('/devices', newDevice, tokens.accessToken), 200);
    expectProblem(await kit.post('/devices', newDevice, tokens.accessToken), 'conflict');
    expectProblem(await kit.post('/devices', newDevice), 'missing_token');
    await kit.close();
  });
});

describe('The devices of a user', () => {
  let kit: Kit;
  let email: string;
  let device: Device;
  let accessToken: string;
  before(async () => {
    kit = await startKit({ pool: { pool: { DeviceConfiguration: OPT_IN } } });
    email = addUser(kit.pool);
    const complete = await signInWithCode(kit, email);
    ({ accessToken } = complete.tokens);
    ({ device } = await remember(kit, complete, { deviceName: 'Tablet', remember: true }));
    for (let i = 0; i < 2; i++) await remember(kit, await signInWithCode(kit, email));
    await remember(kit, await signInWithCode(kit, email), { remember: false });
  });
  after(() => kit.close());

  it('are listed by page if they are remembered', async () => {
    const { devices, nextToken } = expectStatus(await kit.get('/devices?limit=2', accessToken), 200).body;
    expect(devices).to.have.length(2);
    expect(devices[0]).to.include({ deviceKey: device.deviceKey, current: true, name: 'Tablet' });
    expect(devices[0].remembered).to.equal(true);
    expect(Date.parse(devices[0].lastAuthenticatedAt)).to.be.within(Date.now() - 60_000, Date.now() + 60_000);
    expect(devices[1].current).to.equal(false);
    expect(devices[1]).to.not.have.property('name');
    const next = `/devices?limit=2&nextToken=${encodeURIComponent(nextToken)}`;
    expect(expectStatus(await kit.get(next, accessToken), 200).body.devices).to.have.length(1);
    expect((await kit.get('/devices', accessToken)).body.devices).to.have.length(3);
    for (const query of ['limit=0', 'limit=61', 'limit=2x', 'nextToken=', 'other=1'])
      expectProblem(await kit.get(`/devices?${query}`, accessToken), 'validation_failed');
  });

  it('are read one by one, without their secret', async () => {
    const { body } = expectStatus(await kit.get(`/devices/${device.deviceKey}`, accessToken), 200);
    const dates = ['createdAt', 'lastModifiedAt', 'lastAuthenticatedAt'];
    expect(body).to.have.all.keys('deviceKey', 'current', 'name', 'remembered', ...dates);
    expect(JSON.stringify(body)).to.not.include(device.devicePassword);
  });

  it('cannot be renamed', async () => {
    const path = `/devices/${device.deviceKey}`;
    for (const body of [{ name: 'Phone' }, { remembered: true, name: 'Phone' }, { remembered: 'true' }, {}])
      expectProblem(await call(kit, 'patch', path, accessToken, body), 'validation_failed');
    expect((await kit.get(path, accessToken)).body.name).to.equal('Tablet');
  });

  it('cannot be read, changed or forgotten by another user or without a token', async () => {
    const { tokens } = await signInWithCode(kit, addUser(kit.pool));
    const path = `/devices/${device.deviceKey}`;
    const { body } = expectProblem(await call(kit, 'get', path, tokens.accessToken), 'not_found');
    expect(body.detail).to.equal('The device was not found.');
    const status = { remembered: false };
    expectProblem(await call(kit, 'patch', path, tokens.accessToken, status), 'not_found');
    expectProblem(await call(kit, 'delete', path, tokens.accessToken), 'not_found');
    expectProblem(await kit.request.get(`/auth${path}`), 'missing_token');
    expectProblem(await kit.request.delete(`/auth${path}`), 'missing_token');
    expectStatus(await call(kit, 'get', path, accessToken), 200);
    for (const key of ['key', 'us-east-1_XYZ', `us-east-1_${'a'.repeat(60)}`])
      expectProblem(await call(kit, 'get', `/devices/${key}`, accessToken), 'validation_failed');
  });
});

describe('POST /refresh in a pool with device tracking', () => {
  let kit: Kit;
  before(async () => {
    kit = await startKit({
      pool: { pool: { DeviceConfiguration: OPT_IN } },
      // Every refresh must reach Cognito.
      config: { refresh: { reuseWindowSeconds: 0 } },
    });
  });
  after(() => kit.close());

  it('requires the device of the session, confirmed and not forgotten', async () => {
    const email = addUser(kit.pool);
    const complete = await signInWithCode(kit, email);
    const { accessToken, refreshToken } = complete.tokens;
    const { deviceKey } = complete.newDevice;
    const refresh = (device?: object) => kit.post('/refresh', { refreshToken, ...(device && { device }) });
    expectProblem(await refresh({ deviceKey }), 'invalid_refresh_token');
    const { device } = await remember(kit, complete, { remember: false });
    expectStatus(await refresh({ deviceKey }), 200);
    const { tokens } = expectStatus(await refresh(device), 200).body;
    expect(claimsOf(tokens.accessToken).device_key).to.equal(deviceKey);

    const { device: eves } = await rememberedUser(kit);
    for (const other of [undefined, eves, UNKNOWN_DEVICE])
      expectProblem(await refresh(other), 'invalid_refresh_token');

    expectStatus(await call(kit, 'delete', `/devices/${deviceKey}`, accessToken), 200);
    expectProblem(await refresh(device), 'invalid_refresh_token');
  });

  it('sends DEVICE_KEY to servers without GetTokensFromRefreshToken', async () => {
    const fake = await startFakeCognito((request, res) => {
      if (request.operation === 'InitiateAuth') {
        answerWith({ AuthenticationResult: { AccessToken: 'a.b.c', IdToken: 'd.e.f' } })(request, res);
      } else fail('UnknownOperationException', '')(request, res);
    });
    const device = { deviceKey: UNKNOWN_DEVICE.deviceKey };
    expectStatus(await fake.app().call('refresh', { device }), 200);
    expect(fake.requests.map(({ input }) => input)).to.deep.include.members([
      {
        ClientId: fake.issuer.config.clientId,
        AuthFlow: 'REFRESH_TOKEN_AUTH',
        AuthParameters: { REFRESH_TOKEN: 'eyJjdHkiOi...', DEVICE_KEY: UNKNOWN_DEVICE.deviceKey },
      },
    ]);
    await fake.close();
  });
});

describe('The secret of a device', () => {
  it('appears in no log line, no event and no later answer', async () => {
    const log = captureLog();
    const events: AuthEvent[] = [];
    const kit = await startKit({
      pool: { pool: { DeviceConfiguration: OPT_IN } },
      config: { logger: log.logger, onEvent: (event) => void events.push(event) },
    });
    const { email, device, tokens } = await rememberedUser(kit);
    const later = await signIn(kit, email, { deviceKey: device.deviceKey });
    const eve = addUser(kit.pool);
    const end = kit.pool.faults.inject({ kind: 'internalError', times: 1 });
    const answers = [
      await kit.post('/sign-in', { email, password: PASSWORD, device }),
      await kit.post('/sign-in', { email: eve, password: PASSWORD, device }),
      await kit.post('/sign-in', { email, password: PASSWORD, device: { ...device, deviceKey: 'x' } }),
      await kit.post('/sign-in', { email, password: PASSWORD, device: { ...device, more: 'x' } }),
      await kit.post('/sign-in', {
        email,
        password: PASSWORD,
        [device.devicePassword]: device.devicePassword,
      }),
      await answer(kit, later, { device: { ...device, deviceKey: UNKNOWN_DEVICE.deviceKey } }),
      await answer(kit, later, { device }),
      await kit.post('/refresh', { refreshToken: tokens.refreshToken, device }),
      await kit.post('/refresh', { refreshToken: tokens.accessToken, device }),
      await kit.get('/devices', tokens.accessToken),
    ];
    end();
    expect(answers.map(({ status }) => status)).to.include.members([200, 400, 401, 502]);
    const seen = [log.text(), JSON.stringify(events), ...answers.map(({ text }) => text)];
    expect(events).to.have.length.greaterThan(8);
    for (const text of seen) expect(text).to.not.include(device.devicePassword);
    await kit.close();
  });

  it('is never sent to Cognito', async () => {
    const fake = await startFakeCognito();
    const { body } = await fake.app().call('confirmDevice');
    const { devicePassword } = body.device;
    const verifier = fake.requests[0]?.input.DeviceSecretVerifierConfig as Record<string, string>;
    expect(Object.keys(verifier)).to.have.members(['Salt', 'PasswordVerifier']);
    fake.answer = (request, res) => {
      const parameters = { SALT: '1', SRP_B: '2', SECRET_BLOCK: 'YQ==', USERNAME: 'id' };
      if (request.operation === 'InitiateAuth')
        answerWith({ ChallengeName: 'DEVICE_SRP_AUTH', Session: 's' })(request, res);
      else if (request.input.ChallengeName === 'DEVICE_SRP_AUTH')
        answerWith({ ChallengeName: 'DEVICE_PASSWORD_VERIFIER', ChallengeParameters: parameters })(
          request,
          res,
        );
      else answerWith({ AuthenticationResult: { AccessToken: 'a.b.c', IdToken: 'd.e.f' } })(request, res);
    };
    expectStatus(await fake.app().call('signIn', { device: body.device }), 200);
    expect(fake.requests.map(({ input }) => input.ChallengeName ?? input.AuthFlow)).to.deep.equal([
      undefined,
      'USER_PASSWORD_AUTH',
      'DEVICE_SRP_AUTH',
      'DEVICE_PASSWORD_VERIFIER',
    ]);
    expect(fake.requests[3]?.input.ChallengeResponses).to.include({ USERNAME: 'id' });
    expect(JSON.stringify(fake.requests)).to.not.include(devicePassword);
    await fake.close();
  });

  it('is different for each device', async () => {
    const fake = await startFakeCognito();
    const app = fake.app();
    const secrets = [await app.call('confirmDevice'), await app.call('confirmDevice')];
    expect(new Set(secrets.map(({ body }) => body.device.devicePassword)).size).to.equal(2);
    const configs = fake.requests.map(({ input }) => JSON.stringify(input.DeviceSecretVerifierConfig));
    expect(new Set(configs).size).to.equal(2);
    await fake.close();
  });
});

describe('A malformed DEVICE_PASSWORD_VERIFIER challenge', () => {
  const complete = { SALT: '1', SRP_B: '2', SECRET_BLOCK: 'YQ==' };
  const broken: Readonly<Record<string, object>> = {
    'with no parameters': {},
    'with an empty salt': { ...complete, SALT: '' },
    'with a public key of zero': { ...complete, SRP_B: '0' },
    'with a public key that is not hexadecimal': { ...complete, SRP_B: 'key' },
  };
  for (const [defect, ChallengeParameters] of Object.entries(broken)) {
    it(`${defect} answers upstream_error`, async () => {
      const fake = await startFakeCognito((request, res) =>
        answerWith(
          request.operation === 'InitiateAuth'
            ? { ChallengeName: 'DEVICE_SRP_AUTH', Session: 's' }
            : { ChallengeName: 'DEVICE_PASSWORD_VERIFIER', ChallengeParameters },
        )(request, res),
      );
      expectProblem(await fake.app().call('signIn', { device: UNKNOWN_DEVICE }), 'upstream_error');
      expect(fake.requests).to.have.length(2);
      await fake.close();
    });
  }
});
