import { expect } from 'chai';
import type { AuthEvent } from '../../src/config/events.ts';
import type { Config } from '../../src/config/options.ts';
import type { LocalUserPoolOptions } from '../../src/local/local-user-pool.ts';
import { totpCode } from '../../src/local/users/totp.ts';
import { CookieClient } from '../support/cookie-client.ts';
import {
  claimsOf,
  expectProblem,
  expectStatus,
  type Kit,
  OTHER_PASSWORD,
  PASSWORD,
  startKit,
} from '../support/helpers.ts';
import { captureLog, type LogCapture } from '../support/log-capture.ts';

const SECRET = 'JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP';
const OPT_IN = { ChallengeRequiredOnNewDevice: true, DeviceOnlyRememberedOnUserPrompt: true };
const ALWAYS = { ChallengeRequiredOnNewDevice: true, DeviceOnlyRememberedOnUserPrompt: false };
const POOLS = { 'opt-in': OPT_IN, always: ALWAYS };

interface World {
  readonly kit: Kit;
  readonly page: CookieClient;
  readonly log: LogCapture;
  readonly events: AuthEvent[];
}

type Tracking = NonNullable<LocalUserPoolOptions['pool']>;

async function start(pool: Tracking, config: Config = {}, more: LocalUserPoolOptions = {}): Promise<World> {
  const log = captureLog();
  const events: AuthEvent[] = [];
  const kit = await startKit({
    pool: { pool, ...more },
    config: {
      transport: 'cookie',
      logger: log.logger,
      onEvent: (event) => void events.push(event),
      ...config,
    },
  });
  return { kit, page: new CookieClient(kit), log, events };
}

let users = 0;
function addUser({ pool }: Kit, totpSecret?: string): string {
  const username = `browser-${++users}@example.com`;
  pool.addUser({ username, password: PASSWORD, ...(totpSecret !== undefined && { totpSecret }) });
  return username;
}

/** Signs in, with the code of the authenticator app if it is asked for. */
async function signIn(page: CookieClient, email: string): Promise<{ body: Body; asked: boolean }> {
  const { body } = expectStatus(await page.post('/sign-in', { email, password: PASSWORD }), 200);
  if (body.status !== 'challenge') return { body, asked: false };
  page.kit.pool.clock.advance(60_000);
  const { name, username } = body.challenge;
  const confirmationCode = totpCode(SECRET, page.kit.pool.clock.now());
  const answer = await page.post('/challenge', { name, username, confirmationCode });
  return { body: expectStatus(answer, 200).body, asked: true };
}

interface Body {
  readonly status: string;
  readonly newDevice?: { readonly deviceKey: string; readonly deviceGroupKey: string };
}

/** The names of the requests that Cognito received, without the keys that verify tokens. */
function callsOf({ pool }: Kit): string[] {
  return pool.requests
    .list()
    .map(({ name }) => name)
    .filter((name) => name !== 'jwks');
}

function secretOf(page: CookieClient): { readonly deviceKey: string; readonly devicePassword: string } {
  return JSON.parse(Buffer.from(page.value('device') ?? '', 'base64url').toString());
}

function deviceOf(page: CookieClient): string {
  return secretOf(page).deviceKey;
}

/** Checks that the session can be refreshed, and is on the device of the cookie. */
async function expectRefresh(page: CookieClient): Promise<void> {
  expectStatus(await page.post('/refresh'), 200);
  expect(claimsOf(page.value('access') ?? '').device_key).to.equal(deviceOf(page));
}

describe('rememberDevices', () => {
  for (const [setting, configuration] of Object.entries(POOLS)) {
    const remembers = setting === 'always';

    it(`never: confirms the device, and does not remember it in a pool set to ${setting} (case D3)`, async () => {
      const { kit, page } = await start({ DeviceConfiguration: configuration }, { rememberDevices: 'never' });
      const email = addUser(kit, SECRET);
      const { body } = await signIn(page, email);
      expect(body).to.have.all.keys('status', 'user', 'expiresIn');
      expect(callsOf(kit).slice(2)).to.deep.equal([
        'ConfirmDevice',
        ...(remembers ? ['UpdateDeviceStatus'] : []),
      ]);
      await expectRefresh(page);
      expect((await signIn(page, email)).asked).to.equal(true);
      await expectRefresh(page);
      const path = `/auth/devices/${deviceOf(page)}`;
      expectProblem(await page.send('patch', path, { remembered: true }), 'validation_failed');
      expectStatus(await page.send('patch', path, { remembered: false }), 200);
      const own = { deviceKey: deviceOf(page), deviceGroupKey: '-a1B2c3D4', remember: true };
      expectProblem(await page.post('/devices', own), 'validation_failed');
      await kit.close();
    });

    it(`ask: remembers the device when the client asks for it, in a pool set to ${setting} (case D3)`, async () => {
      for (const ask of ['patch', 'post'] as const) {
        const { kit, page } = await start({ DeviceConfiguration: configuration });
        const email = addUser(kit, SECRET);
        const { newDevice } = (await signIn(page, email)).body;
        expect(newDevice?.deviceKey).to.equal(deviceOf(page));
        expect(callsOf(kit).slice(2)).to.deep.equal([
          'ConfirmDevice',
          ...(remembers ? ['UpdateDeviceStatus'] : []),
        ]);
        await expectRefresh(page);
        expect((await signIn(page, email)).asked).to.equal(true);
        if (ask === 'patch') {
          const path = `/auth/devices/${newDevice?.deviceKey}`;
          expectStatus(await page.send('patch', path, { remembered: true }), 200);
        } else {
          const choice = { ...newDevice, remember: true };
          const answer = { status: 'device_confirmed', userConfirmationNecessary: false };
          expect(expectStatus(await page.post('/devices', choice), 200).body).to.deep.equal(answer);
        }
        kit.pool.requests.clear();
        expect((await signIn(page, email)).asked).to.equal(false);
        expect(callsOf(kit).slice(0, 3)).to.deep.equal([
          'InitiateAuth',
          'RespondToAuthChallenge',
          'RespondToAuthChallenge',
        ]);
        expect(callsOf(kit)).to.not.include('ConfirmDevice');
        await expectRefresh(page);
        await kit.close();
      }
    });

    it(`always: remembers the device at once in a pool set to ${setting} (case D3)`, async () => {
      const { kit, page, log, events } = await start(
        { DeviceConfiguration: configuration },
        { rememberDevices: 'always' },
      );
      const email = addUser(kit, SECRET);
      const { body } = await signIn(page, email);
      const { devicePassword } = secretOf(page);
      expect(`${log.text()}${JSON.stringify([events, body])}`).to.not.include(devicePassword);
      expect(body).to.have.all.keys('status', 'user', 'expiresIn');
      expect(callsOf(kit).slice(2)).to.deep.equal([
        'ConfirmDevice',
        ...(remembers ? [] : ['UpdateDeviceStatus']),
      ]);
      expectStatus(await page.post('/sign-out'), 200);
      expect(page.names).to.include('device');
      expect((await signIn(page, email)).asked).to.equal(false);
      await expectRefresh(page);
      await kit.close();
    });
  }

  it('costs nothing in a pool that does not track devices', async () => {
    const { kit, page } = await start({}, { rememberDevices: 'always' });
    await signIn(page, addUser(kit));
    expect(callsOf(kit)).to.deep.equal(['InitiateAuth']);
    expect(page.names).to.not.include('device');
    await kit.close();
  });

  it('leaves the devices of bearer tokens to their clients', async () => {
    const { kit, log } = await start(
      { DeviceConfiguration: ALWAYS },
      { transport: 'both', rememberDevices: 'always' },
    );
    const { body } = await kit.post('/sign-in', { email: addUser(kit), password: PASSWORD });
    expect(body).to.have.all.keys('status', 'tokens', 'newDevice');
    expect(callsOf(kit)).to.deep.equal(['InitiateAuth']);
    expect(log.lines()[0]?.hint).to.include('POST /devices');
    const browser = new CookieClient(kit);
    const answer = await browser.post('/sign-in', {
      email: addUser(kit),
      password: PASSWORD,
      transport: 'cookie',
    });
    expect(expectStatus(answer, 200).body).to.have.all.keys('status', 'user', 'expiresIn');
    await expectRefresh(browser);
    await kit.close();
  });

  it('is refused without cookies, and with another word', async () => {
    const pool = { userPoolId: 'us-east-1_AbCdEfGhI', clientId: '1h57kf5cpq17m0eml12EXAMPLE' };
    const { createCognitoRouter } = await import('../../src/router.ts');
    expect(() => createCognitoRouter({ ...pool, rememberDevices: 'ask' })).to.throw(
      TypeError,
      "rememberDevices is set without cookies; set transport to 'cookie'",
    );
    expect(() =>
      createCognitoRouter({ ...pool, transport: 'cookie', rememberDevices: 'sometimes' as 'ask' }),
    ).to.throw(TypeError, `rememberDevices is "sometimes"; write 'never', 'ask', 'always'`);
  });
});

describe('The device of a new session in a browser', () => {
  const FIRST_FACTORS = {
    DeviceConfiguration: OPT_IN,
    Policies: { SignInPolicy: { AllowedFirstAuthFactors: ['PASSWORD' as const, 'EMAIL_OTP' as const] } },
  };
  const CLIENT = {
    ExplicitAuthFlows: [
      'ALLOW_USER_AUTH' as const,
      'ALLOW_USER_SRP_AUTH' as const,
      'ALLOW_USER_PASSWORD_AUTH' as const,
      'ALLOW_REFRESH_TOKEN_AUTH' as const,
    ],
  };

  for (const authFlow of ['USER_PASSWORD_AUTH', 'USER_SRP_AUTH'] as const) {
    for (const GenerateSecret of [false, true]) {
      it(`is confirmed after ${authFlow} ${GenerateSecret ? 'with' : 'without'} a client secret`, async () => {
        const { kit, page } = await start(
          { DeviceConfiguration: OPT_IN },
          { authFlow, rememberDevices: 'always' },
          { appClient: { ...CLIENT, GenerateSecret } },
        );
        const email = addUser(kit, SECRET);
        await signIn(page, email);
        await expectRefresh(page);
        expect((await signIn(page, email)).asked).to.equal(false);
        await kit.close();
      });
    }
  }

  it('is confirmed after a choice of the first factor', async () => {
    const { kit, page } = await start(FIRST_FACTORS, { authFlow: 'USER_AUTH' }, { appClient: CLIENT });
    const email = addUser(kit);
    const { challenge } = expectStatus(await page.post('/sign-in', { email }), 200).body;
    const { name, username } = challenge;
    const body = { name, username, challenge: 'PASSWORD', password: PASSWORD };
    expectStatus(await page.post('/challenge', body), 200);
    await expectRefresh(page);
    await kit.close();
  });

  it('is confirmed after the sign-in that follows a sign-up', async () => {
    const { kit, page } = await start(FIRST_FACTORS, { autoSignIn: true }, { appClient: CLIENT });
    const email = 'new@example.com';
    expectStatus(await page.post('/sign-up', { email, password: PASSWORD }), 200);
    const { code } = await kit.pool.inbox.waitFor({ to: email, kind: 'sign_up' });
    const { body } = expectStatus(
      await page.post('/confirm-sign-up', { email, confirmationCode: code }),
      200,
    );
    expect(body.status).to.equal('complete');
    await expectRefresh(page);
    await kit.close();
  });

  it('is the known one after a new password and after a step-up', async () => {
    const { kit, page } = await start({ DeviceConfiguration: OPT_IN }, { rememberDevices: 'always' });
    const email = addUser(kit);
    await signIn(page, email);
    const known = deviceOf(page);
    expectStatus(
      await page.post('/change-password', { oldPassword: PASSWORD, newPassword: OTHER_PASSWORD }),
      200,
    );
    expect(deviceOf(page)).to.equal(known);
    await expectRefresh(page);
    const { body } = expectStatus(await page.post('/step-up', { password: OTHER_PASSWORD }), 200);
    expect(body).to.have.all.keys('status', 'user', 'expiresIn');
    expect(deviceOf(page)).to.equal(known);
    await expectRefresh(page);
    expect(kit.pool.requests.count('ConfirmDevice')).to.equal(1);
    await kit.close();
  });

  it('is confirmed after a new password and a step-up in a browser that has lost the known one', async () => {
    const { kit, page } = await start({ DeviceConfiguration: OPT_IN });
    await signIn(page, addUser(kit));
    const lose = (): void => void page.cookies.delete('__Host-auth-device');
    lose();
    const passwords = { oldPassword: PASSWORD, newPassword: OTHER_PASSWORD };
    expectStatus(await page.post('/change-password', passwords), 200);
    await expectRefresh(page);
    lose();
    expectStatus(await page.post('/step-up', { password: OTHER_PASSWORD }), 200);
    await expectRefresh(page);
    await kit.close();
  });

  it('is the known one after a step-up to a level', async () => {
    const { kit, page } = await start(
      { DeviceConfiguration: OPT_IN },
      { authFlow: 'USER_AUTH', rememberDevices: 'always' },
      { appClient: CLIENT },
    );
    const email = addUser(kit, SECRET);
    const first = { email, password: PASSWORD, preferredChallenge: 'PASSWORD' };
    const answer = async (response: { body: { challenge: { name: string; username: string } } }) => {
      const { name, username } = response.body.challenge;
      expect(name).to.equal('SOFTWARE_TOKEN_MFA');
      kit.pool.clock.advance(60_000);
      const confirmationCode = totpCode(SECRET, kit.pool.clock.now());
      expectStatus(await page.post('/challenge', { name, username, confirmationCode }), 200);
    };
    await answer(await page.post('/sign-in', first));
    const known = deviceOf(page);
    expectStatus(await page.post('/sign-in', first), 200);
    expect(claimsOf(page.value('access') ?? '')).to.not.have.property('acr', 'urn:cognito:loa:4');
    const levels = { acr: 'urn:cognito:loa:4', password: PASSWORD, preferredChallenge: 'PASSWORD' };
    await answer(await page.post('/step-up', levels));
    expect(claimsOf(page.value('access') ?? '').acr).to.equal('urn:cognito:loa:4');
    expect(deviceOf(page)).to.equal(known);
    await expectRefresh(page);
    await kit.close();
  });

  it('is the one that a client with bearer tokens names at a step-up', async () => {
    const { kit } = await start({ DeviceConfiguration: OPT_IN }, { transport: 'bearer' });
    const email = addUser(kit);
    const { tokens, newDevice } = (await kit.post('/sign-in', { email, password: PASSWORD })).body;
    const { device } = (await kit.post('/devices', newDevice, tokens.accessToken)).body;
    const { body } = await kit.post('/step-up', { password: PASSWORD, device }, tokens.accessToken);
    expect(body).to.have.all.keys('status', 'tokens');
    expectStatus(await kit.post('/refresh', { refreshToken: body.tokens.refreshToken, device }), 200);
    await kit.close();
  });

  it('replaces that of another user, and that of a forgotten device', async () => {
    const { kit, page } = await start({ DeviceConfiguration: OPT_IN }, { rememberDevices: 'always' });
    await signIn(page, addUser(kit));
    const first = deviceOf(page);
    const email = addUser(kit, SECRET);
    await signIn(page, email);
    const second = deviceOf(page);
    expect(second).to.not.equal(first);
    await expectRefresh(page);
    expectStatus(await page.send('delete', `/auth/devices/${second}`), 200);
    expect(page.names).to.not.include('device');
    expect((await signIn(page, email)).asked).to.equal(true);
    expect(deviceOf(page)).to.not.equal(second);
    await expectRefresh(page);
    await kit.close();
  });

  it('is named after the browser, and its confirmation is in the audit trail', async () => {
    const { kit, page, events } = await start({ DeviceConfiguration: ALWAYS }, { rememberDevices: 'always' });
    const agent = { 'User-Agent': 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0' };
    const body = { email: addUser(kit), password: PASSWORD };
    expectStatus(await page.post('/sign-in', body, agent), 200);
    const { devices } = expectStatus(await page.get('/devices'), 200).body;
    expect(devices).to.have.length(1);
    expect(devices[0]).to.include({ name: agent['User-Agent'], current: true, remembered: true });
    expect(events.map(({ type }) => type)).to.deep.equal(['confirm_device.succeeded', 'sign_in.succeeded']);
    expect(events[0]).to.include({ endpoint: 'signIn', sub: claimsOf(page.value('access') ?? '').sub });
    await kit.close();
  });

  it('answers POST /devices with the status that the device has', async () => {
    const { kit, page } = await start({ DeviceConfiguration: ALWAYS });
    const { newDevice } = (await signIn(page, addUser(kit))).body;
    const ask = async (choice: object) =>
      expectStatus(await page.post('/devices', { ...newDevice, ...choice }), 200).body
        .userConfirmationNecessary;
    expect([await ask({}), await ask({ remember: true }), await ask({})]).to.deep.equal([true, false, false]);
    const forgotten = page.copy();
    expectStatus(await page.send('delete', `/auth/devices/${newDevice?.deviceKey}`), 200);
    expectProblem(await forgotten.post('/devices', newDevice), 'not_found');
    await kit.close();
  });
});

describe('A device that Cognito does not confirm', () => {
  it('does not fail the sign-in, is logged with its cause, and can be confirmed by the client', async () => {
    const { kit, page, log, events } = await start({ DeviceConfiguration: OPT_IN });
    const end = kit.pool.faults.inject({ kind: 'throttle', on: 'ConfirmDevice' });
    const { body } = await signIn(page, addUser(kit));
    end();
    expect([body.status, page.names.includes('device')]).to.deep.equal(['complete', false]);
    expect(log.lines()).to.have.length(1);
    const [line] = log.lines();
    expect(line).to.include({
      level: 40,
      endpoint: 'signIn',
      operation: 'ConfirmDevice',
      status: 200,
      exception: 'TooManyRequestsException',
    });
    expect(line?.hint).to.include('its session cannot be refreshed: the request quota of the AWS account');
    expect(events.map(({ type, exception }) => [type, exception])).to.deep.equal([
      ['confirm_device.failed', 'TooManyRequestsException'],
      ['sign_in.succeeded', undefined],
    ]);
    expectStatus(await page.post('/devices', body.newDevice), 200);
    await expectRefresh(page);
    await kit.close();
  });

  it('delays the sign-in by two seconds at most', async () => {
    const { kit, page, log } = await start({ DeviceConfiguration: OPT_IN });
    kit.pool.faults.inject({ kind: 'hang', on: 'ConfirmDevice' });
    const startedAt = performance.now();
    const { body } = await signIn(page, addUser(kit));
    expect(performance.now() - startedAt).to.be.within(1900, 4500);
    expect(body).to.include({ status: 'complete' });
    expect(log.lines()[0]).to.include({ level: 50, status: 200, operation: 'ConfirmDevice' });
    await kit.close();
  });

  it('refreshes its session all the same if only its status cannot be set', async () => {
    for (const rememberDevices of ['never', 'always'] as const) {
      const configuration = rememberDevices === 'never' ? ALWAYS : OPT_IN;
      const { kit, page, log, events } = await start(
        { DeviceConfiguration: configuration },
        { rememberDevices },
      );
      kit.pool.faults.inject({ kind: 'internalError', on: 'UpdateDeviceStatus' });
      await signIn(page, addUser(kit));
      await expectRefresh(page);
      expect(log.lines()[0]).to.include({ level: 50, status: 200, operation: 'UpdateDeviceStatus' });
      expect(log.lines()[0]?.hint).to.include('setting of the user pool');
      expect(events.map(({ type }) => type).slice(0, 2)).to.deep.equal([
        'confirm_device.succeeded',
        'update_device.failed',
      ]);
      await kit.close();
    }
  });
});
