import { expect } from 'chai';
import express from 'express';
import type { AuthEvent } from '../../src/config/events.ts';
import type { Config } from '../../src/config/options.ts';
import type { Triggers } from '../../src/local/model/triggers.ts';
import { ProblemError } from '../../src/shared/problem.ts';
import { type Kit, startKit } from '../support/helpers.ts';
import { captureLog } from '../support/log-capture.ts';
import { Browser, leftFor } from '../support/login-pages.ts';

const CALLBACK = 'http://localhost:3000/auth/callback';
const ERROR_PAGE = { redirectUri: CALLBACK, errorPage: '/sorry?from=login#top' };
const GRACE = { id: '1234', 'attribute.email': 'grace@example.com', 'attribute.name': 'Grace' };
const NAVIGATION = { 'Sec-Fetch-Site': 'cross-site', 'Sec-Fetch-Mode': 'navigate' };

describe('A sign-in at an identity provider that the pool refuses', () => {
  const log = captureLog();
  const events: AuthEvent[] = [];
  const kits: Kit[] = [];
  beforeEach(() => {
    log.clear();
    events.length = 0;
  });
  afterEach(() => Promise.all(kits.splice(0).map((kit) => kit.close())));

  async function start(triggers: Triggers, config: Config = {}, pool: object = {}): Promise<Kit> {
    const kit = await startKit({
      pool: { appClient: { CallbackURLs: [CALLBACK] }, identityProviders: ['Google'], triggers, pool },
      config: {
        logger: log.logger,
        onEvent: (event) => void events.push(event),
        transport: 'cookie',
        cookieSecret: 'a secret for cookies, of 32 characters',
        managedLogin: { redirectUri: CALLBACK },
        ...config,
      },
      app: (auth) => express().use('/auth', auth),
    });
    kits.push(kit);
    return kit;
  }

  /** Starts a sign-in and returns the browser with its state. */
  async function begin(kit: Kit): Promise<{ browser: Browser; location: string; state: string }> {
    const browser = new Browser(kit.pool.url);
    const login = await browser.request(`${kit.url}/auth/login?identityProvider=Google`);
    const location = login.headers.get('location') ?? '';
    return { browser, location, state: new URL(location).searchParams.get('state') ?? '' };
  }

  const navigate = (kit: Kit, browser: Browser, search: string) =>
    kit.request
      .get(`/auth/callback${search}`)
      .set({ ...NAVIGATION, Cookie: browser.cookies().join('; ') })
      .redirects(0);

  async function refused(kit: Kit) {
    const { browser, location } = await begin(kit);
    const { search } = leftFor(await browser.submit(await browser.open(location), GRACE));
    return navigate(kit, browser, search);
  }

  /** The answer to an authorization response with this description. */
  async function described(kit: Kit, error: string, description: string) {
    const { browser, state } = await begin(kit);
    return navigate(
      kit,
      browser,
      `?${new URLSearchParams({ state, error, error_description: description })}`,
    );
  }

  const preSignUp = () => Promise.reject(new Error('Ask your admin'));

  it('shows the words of the trigger to the client, as sign-up does (case A4)', async () => {
    const { status, body } = await refused(await start({ preSignUp }));
    expect([status, body.code, body.detail]).to.deep.equal([400, 'rejected_by_pool', 'Ask your admin']);
  });

  it('gives the words of the trigger to the error page (case A4)', async () => {
    const { headers } = await refused(await start({ preSignUp }, { managedLogin: ERROR_PAGE }));
    expect(headers.location).to.equal(
      '/sorry?from=login&error=rejected_by_pool&error_description=Ask+your+admin#top',
    );
  });

  it('leaves the words of the trigger in the log and the event (case A4)', async () => {
    await refused(await start({ preSignUp }, { managedLogin: ERROR_PAGE }));
    const words = {
      upstreamMessage: 'PreSignUp failed with error Ask your admin.',
      exception: 'invalid_request',
    };
    expect(log.lines().at(-1)).to.include(words);
    expect(events.at(-1)).to.include({ ...words, type: 'complete_managed_login.failed' });
  });

  it('keeps JSON of a trigger whole, also with the blank that Cognito adds', async () => {
    const kit = await start({});
    const description = 'PreSignUp failed with error {"code":"x"}. ';
    expect((await described(kit, 'invalid_request', description)).body.detail).to.equal('{"code":"x"}');
  });

  it('cuts a long text for the Location header', async () => {
    const kit = await start({}, { managedLogin: ERROR_PAGE });
    const { headers } = await described(
      kit,
      'invalid_request',
      `PreSignUp failed with error ${'x'.repeat(3000)}.`,
    );
    expect(headers.location).to.have.length.within(1000, 1100);
  });

  it('shows no words of a provider to the client, and logs them without personal data', async () => {
    const kit = await start({});
    const { body } = await described(kit, 'access_denied', 'User grace@example.com is not assigned');
    expect(body.code).to.equal('access_denied');
    expect(JSON.stringify(body)).to.not.include('assigned');
    expect(log.lines().at(-1)).to.include({ upstreamMessage: 'User *** is not assigned', level: 30 });
  });

  it('hints at a required attribute that the provider does not send', async () => {
    const kit = await start({}, {}, { Schema: [{ Name: 'given_name', Required: true }] });
    expect((await refused(kit)).body.code).to.equal('rejected_by_pool');
    expect(log.lines().at(-1)).to.include({
      level: 40,
      upstreamMessage: 'attributes required: [given_name]',
    });
    expect(log.lines().at(-1)?.hint).to.include('map it');
  });

  for (const [description, hint] of [
    ['user.email: Attribute cannot be updated.', /not mutable/],
    ['Already found an entry for username Google_1234', /linked the account/],
    ['Google Error - 500 error getting token', /client id/],
    ['Error in SAML response processing: Invalid audience', /client id/],
  ] as const) {
    it(`hints at the mend for "${description}"`, async () => {
      const kit = await start({});
      expect((await described(kit, 'invalid_request', description)).body.code).to.equal('rejected_by_pool');
      expect(log.lines().at(-1)?.hint)
        .to.match(hint)
        .and.match(/ See docs\/managed-login\.md#failures$/);
    });
  }

  it('gives the detail of a hook to the error page too', async () => {
    const refusal = {
      status: 403,
      code: 'trial_expired',
      title: 'Trial',
      detail: 'The trial is over.',
      headers: {},
    };
    const before = { completeManagedLogin: () => Promise.reject(new ProblemError(refusal)) };
    const kit = await start({}, { managedLogin: ERROR_PAGE, hooks: { before } });
    const { headers } = await refused(kit);
    expect(headers.location).to.equal(
      '/sorry?from=login&error=trial_expired&error_description=The+trial+is+over.#top',
    );
  });
});
