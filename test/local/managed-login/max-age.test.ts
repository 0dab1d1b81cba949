import { expect } from 'chai';
import {
  ANA,
  claimsOf,
  closeAll,
  type Local,
  outcomeOf,
  PASSWORD,
  startLocal,
} from '../../support/local-sdk.ts';
import { type Browser, leftFor, titleOf } from '../../support/login-pages.ts';
import { openLogin, redeem, startLogin } from '../../support/managed-login.ts';

describe('Local pool: the parameter max_age of /oauth2/authorize', () => {
  let local: Local;
  let browser: Browser;
  beforeEach(async () => {
    local = await startLogin();
    const opened = await openLogin(local);
    browser = opened.browser;
    await browser.submit(opened.page, { username: ANA, password: PASSWORD });
    local.pool.clock.advance(60_000);
  });
  afterEach(closeAll);

  const open = async (parameters: Record<string, string>) =>
    (await openLogin(local, parameters, browser)).page;

  it('accepts an SSO session that is recent', async () => {
    expect(leftFor(await open({ max_age: '90' })).searchParams.has('code')).to.equal(true);
  });

  it('asks for a new sign-in after that time, whose auth_time the tokens have', async () => {
    const page = await open({ max_age: '59' });
    expect(titleOf(page)).to.equal('Sign in');
    const seconds = () => Math.floor(local.pool.clock.now() / 1000);
    const earliest = seconds();
    const back = await browser.submit(page, { username: ANA, password: PASSWORD });
    const { id_token } = (await redeem(local, leftFor(back).searchParams.get('code') ?? '')).body;
    expect(claimsOf(id_token).auth_time).to.be.within(earliest, seconds());
  });

  it('answers login_required with prompt=none', async () => {
    const page = await open({ max_age: '0', prompt: 'none' });
    expect(leftFor(page).searchParams.get('error')).to.equal('login_required');
  });

  it('has to be a number of seconds', async () => {
    for (const max_age of ['-1', '1.5', 'soon'])
      expect(leftFor(await open({ max_age })).searchParams.get('error')).to.equal('invalid_request');
  });
});

describe('Local pool: AcrConfiguration', () => {
  afterEach(closeAll);

  it('is refused in the feature plan LITE', async () => {
    const AcrConfiguration = { Level1: { AcrValue: 'low' } };
    const plan = (UserPoolTier: 'LITE' | 'ESSENTIALS') =>
      outcomeOf(startLocal({ pool: { UserPoolTier, AcrConfiguration } }));
    expect(await plan('LITE')).to.match(/^FeatureUnavailableInTierException: /);
    expect(await plan('ESSENTIALS')).to.equal('ok');
  });
});
