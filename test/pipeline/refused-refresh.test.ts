import { expect } from 'chai';
import express, { type Express } from 'express';
import type { AuthEvent } from '../../src/config/events.ts';
import type { Config } from '../../src/config/options.ts';
import type { LocalUserPoolOptions } from '../../src/local/local-user-pool.ts';
import type { CognitoRouter } from '../../src/router.ts';
import { Browser } from '../support/browser-cookies.ts';
import { type Kit, PASSWORD, startKit } from '../support/helpers.ts';
import { captureLog, type LogCapture } from '../support/log-capture.ts';

const ADA = 'ada@example.com';
const REFRESH = 'GetTokensFromRefreshToken';

const app = (auth: CognitoRouter): Express =>
  express()
    .use('/auth', auth)
    .get('/route', auth.requireAuth(), (_req, res) => void res.json({}))
    .get('/optional', auth.requireAuth({ optional: true }), (_req, res) => void res.json({}));

interface World {
  readonly kit: Kit;
  readonly browser: Browser;
  readonly events: AuthEvent[];
  readonly log: LogCapture;
}

async function start(pool: LocalUserPoolOptions, config: Config = {}): Promise<World> {
  const events: AuthEvent[] = [];
  const log = captureLog();
  const kit = await startKit({
    pool: { users: [{ username: ADA, password: PASSWORD }], ...pool },
    config: {
      transport: 'cookie',
      autoRefresh: true,
      logger: log.logger,
      onEvent: (event) => void events.push(event),
      ...config,
    },
    app,
  });
  const browser = new Browser(kit.url);
  expect((await browser.post('/auth/sign-in', { email: ADA, password: PASSWORD })).status).to.equal(200);
  return { kit, browser, events, log };
}

describe('An automatic refresh that a pre-token trigger refuses', () => {
  let refuses: boolean;
  let world: World;
  beforeEach(async () => {
    refuses = false;
    world = await start({
      triggers: {
        preTokenGeneration: (event: object) => {
          if (refuses) throw new Error('no tokens today');
          return event;
        },
      },
    });
    refuses = true;
    world.browser.expire('access');
    world.log.clear();
    world.events.length = 0;
  });
  afterEach(() => world.kit.close());

  it('is in the log and in an event, and Cognito is asked once (case D3)', async () => {
    const { kit, browser, log, events } = world;
    for (let i = 0; i < 3; i++) {
      const answer = await browser.fetch('/route');
      expect([answer.status, answer.cleared]).to.deep.equal([401, []]);
      expect((await browser.fetch('/optional')).status).to.equal(200);
    }
    expect(kit.pool.requests.count(REFRESH)).to.equal(1);
    const lines = log.lines().filter(({ msg }) => msg === 'automatic refresh refused');
    expect(lines).to.have.lengthOf(1);
    expect(lines[0]).to.include({
      level: 40,
      code: 'rejected_by_pool',
      exception: 'UserLambdaValidationException',
    });
    expect(events.map(({ type, exception }) => [type, exception])).to.deep.equal([
      ['refresh.failed', 'UserLambdaValidationException'],
    ]);
    expect(log.text()).to.not.include(browser.get('refresh'));
  });

  it('does not pause another session, nor POST /refresh', async () => {
    const { kit, browser } = world;
    const other = new Browser(kit.url);
    refuses = false;
    await other.post('/auth/sign-in', { email: ADA, password: PASSWORD });
    refuses = true;
    await browser.fetch('/route');
    refuses = false;
    other.expire('access');
    expect((await other.fetch('/route')).status).to.equal(200);
    expect((await browser.post('/auth/refresh')).status).to.equal(200);
    expect((await browser.fetch('/route')).status).to.equal(200);
  });
});

describe('An automatic refresh that fails for a moment', () => {
  for (const kind of ['throttle', 'internalError', 'status'] as const) {
    it(`is repeated with the next request after the fault ${kind}`, async () => {
      const { kit, browser } = await start({});
      browser.expire('access');
      kit.pool.faults.inject({ kind, on: REFRESH, times: 1 });
      expect((await browser.fetch('/route')).status).to.be.oneOf([429, 502, 503]);
      expect((await browser.fetch('/route')).status).to.equal(200);
      await kit.close();
    });
  }
});

describe('A sign-in on a new device that nobody confirms', () => {
  it('has a hint in its log line, and so has the refused refresh (case D3)', async () => {
    const { kit, log } = await start(
      {
        pool: {
          DeviceConfiguration: {
            ChallengeRequiredOnNewDevice: false,
            DeviceOnlyRememberedOnUserPrompt: true,
          },
        },
      },
      { authFlow: 'USER_SRP_AUTH' },
    );
    log.clear();
    kit.pool.faults.inject({ kind: 'internalError', on: 'ConfirmDevice' });
    const browser = new Browser(kit.url);
    await browser.post('/auth/sign-in', { email: ADA, password: PASSWORD });
    const [signIn] = log.lines();
    expect(signIn).to.include({ endpoint: 'signIn', status: 200 });
    expect(signIn?.hint).to.include('POST /devices');
    log.clear();
    browser.expire('access');
    const answer = await browser.fetch('/route');
    expect([answer.status, answer.body.code, answer.cleared]).to.deep.equal([
      401,
      'invalid_refresh_token',
      ['access', 'refresh'],
    ]);
    const [line] = log.lines();
    expect(line).to.include({ level: 40, exception: 'NotAuthorizedException' });
    expect(line?.hint).to.include('POST /devices');
    await kit.close();
  });
});
