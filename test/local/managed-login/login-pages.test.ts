import { expect } from 'chai';
import { totpCode } from '../../../src/local/users/totp.ts';
import { ANA, claimsOf, closeAll, codeFor, type Local, PASSWORD } from '../../support/local-sdk.ts';
import {
  alertOf,
  Browser,
  leftFor,
  type PageOrRedirect,
  signInAtPages,
  titleOf,
  unescaped,
} from '../../support/login-pages.ts';
import {
  authorizeUrl,
  CALLBACK,
  openLogin,
  redeem,
  startLogin,
  TOTP_SECRET,
} from '../../support/managed-login.ts';

const BEN = 'ben@example.com';
const NEW_PASSWORD = 'An0ther-Passw0rd!';

/** The claims of the ID token that the app gets in the end. */
async function claimsAfter(local: Local, page: PageOrRedirect): Promise<Record<string, unknown>> {
  const { body } = await redeem(local, leftFor(page).searchParams.get('code') ?? '');
  return claimsOf(body.id_token);
}

describe('The sign-in page of managed login', () => {
  let local: Local;

  beforeEach(async () => {
    local = await startLogin();
  });
  afterEach(closeAll);

  it("shows the API's message, the same for known and unknown users", async () => {
    for (const username of [ANA, 'nobody@example.com']) {
      const { browser, page } = await openLogin(local);
      const refused = await browser.submit(page, { username, password: 'wrong' });
      expect(alertOf(refused)).to.equal('Incorrect username or password.');
      expect(refused.response.status).to.equal(400);
    }
    expect(local.pool.requests.list().at(-1)).to.include({ name: 'login', error: 'NotAuthorizedException' });
  });

  it("reports an unknown user if the client's PreventUserExistenceErrors is LEGACY", async () => {
    local = await startLogin({ appClient: { PreventUserExistenceErrors: 'LEGACY' } });
    const { browser, page } = await openLogin(local);
    const refused = await browser.submit(page, { username: 'nobody@example.com', password: 'wrong' });
    expect(alertOf(refused)).to.equal('User does not exist.');
  });

  it('counts wrong passwords together with the API, and locks the user', async () => {
    const { browser, page } = await openLogin(local);
    let last = page;
    for (let n = 0; n < 5; n++) last = await browser.submit(page, { username: ANA, password: 'wrong' });
    last = await browser.submit(last, { username: ANA, password: PASSWORD });
    expect(alertOf(last)).to.equal('Password attempts exceeded');
  });

  it('runs the triggers of a sign-in', async () => {
    const ran: string[] = [];
    const note = (event: { triggerSource: string }) => {
      ran.push(event.triggerSource);
      return event;
    };
    local = await startLogin({
      triggers: { preAuthentication: note, postAuthentication: note, preTokenGeneration: note },
    });
    await claimsAfter(local, {
      away: (await signInAtPages(authorizeUrl(local), { username: ANA, password: PASSWORD })).href,
    } as PageOrRedirect);
    expect(ran).to.deep.equal([
      'PreAuthentication_Authentication',
      'PostAuthentication_Authentication',
      'TokenGeneration_HostedAuth',
    ]);
  });

  it('shows the message of a trigger that refuses a sign-in', async () => {
    local = await startLogin({
      triggers: {
        preAuthentication: () => {
          throw new Error('<b>not today</b>');
        },
      },
    });
    const { browser, page } = await openLogin(local);
    const refused = await browser.submit(page, { username: ANA, password: PASSWORD });
    expect(alertOf(refused)).to.equal('PreAuthentication failed with error <b>not today</b>.');
    expect(refused.text).not.to.contain('<b>');
  });

  it('works without the password flows of the API', async () => {
    local = await startLogin({ appClient: { ExplicitAuthFlows: ['ALLOW_REFRESH_TOKEN_AUTH'] } });
    const back = await signInAtPages(authorizeUrl(local), { username: ANA, password: PASSWORD });
    expect(back.searchParams.has('code')).to.equal(true);
  });

  it('escapes all input', async () => {
    const hostile = `"><script>alert('x')</script><img src=x onerror=y>&`;
    const { browser, page } = await openLogin(local, { login_hint: hostile, state: hostile, nonce: hostile });
    const again = await browser.submit(page, { username: hostile, password: 'wrong' });
    const signUp = await browser.submit(await browser.follow(page, 'Create an account'), {
      username: hostile,
      password: hostile,
    });
    for (const { text } of [page, again, signUp]) {
      expect(text).not.to.match(/<script|<img/);
    }
    for (const { text } of [page, again]) {
      const value = /name="username"[^>]*value="([^"]*)"/.exec(text)?.[1] ?? '';
      expect(unescaped(value)).to.equal(hostile);
    }
    const back = leftFor(await browser.submit(page, { username: ANA, password: PASSWORD }));
    expect(back.searchParams.get('state')).to.equal(hostile);
  });

  it('forbids caching, framing and scripts', async () => {
    const { page } = await openLogin(local);
    const { headers } = page.response;
    expect(headers.get('cache-control')).to.equal('no-store');
    expect(headers.get('x-frame-options')).to.equal('DENY');
    expect(headers.get('referrer-policy')).to.equal('no-referrer');
    const policy = headers.get('content-security-policy') ?? '';
    expect(policy).to.match(/^default-src 'none'; style-src 'sha256-[\w+/=]+';/);
    expect(policy).to.contain("form-action 'self' http:;");
    expect(policy).to.contain("frame-ancestors 'none'");
    const attributes = `=[\\w-]{43}; Path=/${local.UserPoolId}; Max-Age=3600; HttpOnly; SameSite=Lax`;
    expect(headers.get('set-cookie')).to.match(new RegExp(`^cognito${attributes}, XSRF-TOKEN${attributes}$`));
  });

  it('accepts a form only with its cookie and CSRF token', async () => {
    const { browser, page } = await openLogin(local);
    const { page: anothers } = await openLogin(local);
    const csrf = (of: PageOrRedirect) => /name="_csrf" value="([^"]*)"/.exec(of.text)?.[1] ?? '';
    const right = { username: ANA, password: PASSWORD };
    const post = (by: Browser, form: Record<string, string>) =>
      by.open(page.url, { method: 'POST', body: new URLSearchParams(form) });
    for (const refused of [
      await post(browser, right),
      await post(browser, { ...right, _csrf: csrf(anothers) }),
      await post(new Browser(local.pool.url), { ...right, _csrf: csrf(page) }),
    ]) {
      expect(refused.response.status).to.equal(400);
      expect(alertOf(refused)).to.match(/^This form has expired/);
    }
    const json = { method: 'POST', body: JSON.stringify({ ...right, _csrf: csrf(page) }) };
    expect((await browser.open(page.url, json)).response.status).to.equal(400);
    expect((await post(browser, { ...right, _csrf: csrf(page) })).away).to.be.a('string');
  });

  it('sets a new cookie at the sign-in', async () => {
    const { browser, page } = await openLogin(local);
    const [before] = browser.cookies();
    await browser.submit(page, { username: ANA, password: PASSWORD });
    const [after] = browser.cookies();
    expect(after)
      .to.match(/^cognito=./)
      .and.not.equal(before);
    local.pool.addUser({ username: BEN, password: PASSWORD });
    const { page: again } = await openLogin(local, { prompt: 'login' }, browser);
    await browser.submit(again, { username: BEN, password: PASSWORD });
    for (const cookie of [before, after]) {
      const headers = { cookie: cookie ?? '' };
      const old = await fetch(authorizeUrl(local), { headers, redirect: 'manual' });
      expect(old.headers.get('location')).to.match(/\/login\?/);
    }
  });

  it('serves concurrent tabs', async () => {
    const { browser, page: first } = await openLogin(local, { state: '1' });
    const { page: second } = await openLogin(local, { state: '2' }, browser);
    for (const [page, state] of [
      [first, '1'],
      [second, '2'],
    ] as const) {
      const back = leftFor(await browser.submit(page, { username: ANA, password: PASSWORD }));
      expect(back.searchParams.get('state')).to.equal(state);
    }
  });

  it('limits the cookie to one pool', async () => {
    const { UserPool } = await local.sdk.createUserPool({ PoolName: 'another' });
    const { UserPoolClient } = await local.sdk.createUserPoolClient({
      UserPoolId: UserPool?.Id,
      ClientName: 'another',
      AllowedOAuthFlowsUserPoolClient: true,
      AllowedOAuthFlows: ['code'],
      AllowedOAuthScopes: ['openid'],
      CallbackURLs: [CALLBACK],
    });
    const { browser, page } = await openLogin(local);
    await browser.submit(page, { username: ANA, password: PASSWORD });
    const [cookie = ''] = browser.cookies();
    const url = authorizeUrl(local, { client_id: UserPoolClient?.ClientId });
    const elsewhere = url.replace(local.UserPoolId, UserPool?.Id ?? '');
    const other = await fetch(elsewhere, { headers: { cookie }, redirect: 'manual' });
    expect(other.headers.get('location')).to.match(/\/login\?/);
  });
});

describe('The sign-up pages of managed login', () => {
  let local: Local;

  beforeEach(async () => {
    local = await startLogin();
  });
  afterEach(closeAll);

  const signUp = async (browser: Browser, page: PageOrRedirect, password = PASSWORD) =>
    browser.submit(await browser.follow(page, 'Create an account'), { username: BEN, password });

  it('redirect to the app after the code', async () => {
    const { browser, page } = await openLogin(local);
    const confirm = await signUp(browser, page);
    expect(confirm.text).to.contain('A code was sent to b***@e***.');
    const wrong = await browser.submit(confirm, { code: 'wrong' });
    expect(alertOf(wrong)).to.equal('Invalid verification code provided, please try again.');
    const claims = await claimsAfter(local, await browser.submit(wrong, { code: codeFor(local, BEN) }));
    expect(claims).to.include({ email: BEN, email_verified: true });
  });

  it('work for a client with a secret', async () => {
    local = await startLogin({ appClient: { GenerateSecret: true } });
    const { browser, page } = await openLogin(local);
    const back = await browser.submit(await signUp(browser, page), { code: codeFor(local, BEN) });
    expect(leftFor(back).searchParams.has('code')).to.equal(true);
  });

  it('resend the code', async () => {
    const { browser, page } = await openLogin(local);
    const confirm = await signUp(browser, page);
    const first = codeFor(local, BEN);
    const again = await browser.submit(confirm, { code: '' }, 'resend');
    expect(local.pool.inbox.list({ to: BEN })).to.have.length(2);
    expect(codeFor(local, BEN)).not.to.equal(first);
    expect((await browser.submit(again, { code: codeFor(local, BEN) })).away).to.be.a('string');
  });

  it('apply the password policy, and report a taken name', async () => {
    const { browser, page } = await openLogin(local);
    expect(alertOf(await signUp(browser, page, 'short'))).to.match(/Password not long enough/);
    const taken = await browser.submit(await browser.follow(page, 'Create an account'), {
      username: ANA,
      password: PASSWORD,
    });
    expect(alertOf(taken)).to.equal('User already exists');
  });

  it('confirm an unconfirmed user, who then has to sign in', async () => {
    local.pool.addUser({ username: BEN, password: PASSWORD, status: 'UNCONFIRMED' });
    const { browser, page } = await openLogin(local);
    const confirm = await browser.submit(page, { username: BEN, password: 'whatever it is' });
    expect(titleOf(confirm)).to.equal('Confirm your account');
    await browser.submit(confirm, { code: '' }, 'resend');
    const signIn = await browser.submit(confirm, { code: codeFor(local, BEN) });
    expect(signIn.text).to.contain('Your account is confirmed.');
    expect(titleOf(signIn)).to.equal('Sign in');
    expect((await browser.submit(signIn, { username: BEN, password: PASSWORD })).away).to.be.a('string');
  });

  it("require the pool's attributes, and let a trigger confirm at once", async () => {
    local = await startLogin({
      users: [],
      pool: {
        UsernameAttributes: [],
        AutoVerifiedAttributes: ['email'],
        Schema: [{ Name: 'family_name', Required: true }],
      },
      triggers: {
        preSignUp: (event: { response: { autoConfirmUser: boolean } }) => {
          event.response.autoConfirmUser = true;
          return event;
        },
      },
    });
    const { browser, page } = await openLogin(local);
    const fields = {
      username: 'ben',
      password: PASSWORD,
      'attribute.family_name': 'Bell',
      'attribute.email': BEN,
    };
    const back = await browser.submit(await browser.follow(page, 'Create an account'), fields);
    expect(await claimsAfter(local, back)).to.include({ 'cognito:username': 'ben', family_name: 'Bell' });
  });

  it('are unavailable if only administrators create users', async () => {
    local = await startLogin({ pool: { AdminCreateUserConfig: { AllowAdminCreateUserOnly: true } } });
    const { browser, page } = await openLogin(local);
    expect(page.text).not.to.contain('Create an account');
    const signUpPage = await browser.open(page.url.replace('/login?', '/signup?'));
    const refused = await browser.submit(signUpPage, { username: BEN, password: PASSWORD });
    expect(alertOf(refused)).to.equal('SignUp is not permitted for this user pool');
  });
});

describe('The password reset pages of managed login', () => {
  let local: Local;

  beforeEach(async () => {
    local = await startLogin();
  });
  afterEach(closeAll);

  it('set a new password with the code from the message', async () => {
    const { browser, page } = await openLogin(local);
    const forgot = await browser.follow(page, 'Forgot your password?');
    const reset = await browser.submit(forgot, { username: ANA });
    expect(reset.text).to.contain('A code was sent to a***@e***.');
    const wrong = await browser.submit(reset, { code: 'wrong', password: NEW_PASSWORD });
    expect(alertOf(wrong)).to.match(/^Invalid verification code/);
    const signIn = await browser.submit(wrong, { code: codeFor(local), password: NEW_PASSWORD });
    expect(signIn.text).to.contain('Your password is set.');
    expect((await browser.submit(signIn, { username: ANA, password: NEW_PASSWORD })).away).to.be.a('string');
  });

  it('are the same for an unknown user', async () => {
    const { browser, page } = await openLogin(local);
    const forgot = await browser.follow(page, 'Forgot your password?');
    const [known, unknown] = [
      await browser.submit(forgot, { username: ANA }),
      await browser.submit(forgot, { username: 'alf@else.example' }),
    ];
    const plain = ({ text }: PageOrRedirect) => text.replace(/flow=[\w-]+/g, '');
    expect(plain(unknown)).to.equal(plain(known));
    expect(local.pool.inbox.list()).to.have.length(1);
  });

  it('follow the sign-in of a user whose password an administrator has reset', async () => {
    local.pool.addUser({ username: BEN, password: PASSWORD, status: 'RESET_REQUIRED' });
    const { browser, page } = await openLogin(local);
    const forgot = await browser.submit(page, { username: BEN, password: PASSWORD });
    expect(titleOf(forgot)).to.equal('Forgot your password?');
    expect(forgot.text).to.contain(`value="${BEN}"`);
  });
});

describe('The challenge pages of managed login', () => {
  let local: Local;
  afterEach(closeAll);

  const start = async (options: Parameters<typeof startLogin>[0]) => {
    local = await startLogin(options);
    const { browser, page } = await openLogin(local);
    return { browser, page: await browser.submit(page, { username: ANA, password: PASSWORD }) };
  };
  const inApp = () => totpCode(TOTP_SECRET, local.pool.clock.now());
  const EVERY_MFA = {
    MfaConfiguration: 'OPTIONAL',
    SmsMfaConfiguration: {},
    EmailMfaConfiguration: {},
  } as const;
  const ana = { username: ANA, password: PASSWORD, attributes: { phone_number: '+15550100' } };

  it('require the code of an authenticator app, which is valid once', async () => {
    const { browser, page } = await start({ users: [{ ...ana, totpSecret: TOTP_SECRET }] });
    const wrong = await browser.submit(page, { code: '000000' });
    expect(alertOf(wrong)).to.equal('Invalid code received for user');
    const code = inApp();
    expect((await browser.submit(wrong, { code })).away).to.be.a('string');
    const { page: second } = await openLogin(local, { prompt: 'login' }, browser);
    const challenge = await browser.submit(second, { username: ANA, password: PASSWORD });
    expect(alertOf(await browser.submit(challenge, { code }))).to.match(/already been used once/);
  });

  for (const [method, to] of [
    ['SMS_MFA', '+15550100'],
    ['EMAIL_OTP', ANA],
  ] as const) {
    it(`require the code from the message for ${method}`, async () => {
      const { browser, page } = await start({ pool: EVERY_MFA, users: [{ ...ana, mfa: [method] }] });
      expect(page.text).to.contain(method === 'SMS_MFA' ? '+*******0100' : 'a***@e***');
      expect(alertOf(await browser.submit(page, { code: '000000' }))).to.match(/^Invalid code/);
      expect((await browser.submit(page, { code: codeFor(local, to) })).away).to.be.a('string');
    });
  }

  it('let the user choose a second factor', async () => {
    const { browser, page } = await start({
      pool: EVERY_MFA,
      users: [{ ...ana, mfa: ['SMS_MFA', 'EMAIL_OTP'] }],
    });
    const sms = await browser.submit(page, { answer: 'SMS_MFA' });
    expect((await browser.submit(sms, { code: codeFor(local, '+15550100') })).away).to.be.a('string');
  });

  it('set up an authenticator app if the pool requires MFA', async () => {
    const { browser, page } = await start({ pool: { MfaConfiguration: 'ON' } });
    const secret = /<code id="totp-secret">(\w+)<\/code>/.exec(page.text)?.[1] ?? '';
    expect(alertOf(await browser.submit(page, { code: '000000' }))).to.equal('Code mismatch');
    const code = totpCode(secret, local.pool.clock.now());
    expect((await browser.submit(page, { code })).away).to.be.a('string');
    const { UserMFASettingList } = await local.sdk.adminGetUser({
      UserPoolId: local.UserPoolId,
      Username: ANA,
    });
    expect(UserMFASettingList).to.deep.equal(['SOFTWARE_TOKEN_MFA']);
  });

  it('set up e-mail as a second factor', async () => {
    const { browser, page } = await start({ pool: { MfaConfiguration: 'ON', EmailMfaConfiguration: {} } });
    const challenge = await browser.submit(page, { email: BEN });
    const back = await browser.submit(challenge, { code: codeFor(local, BEN) });
    expect(await claimsAfter(local, back)).to.include({ email: BEN, email_verified: true });
  });

  it('require a new password after a temporary one, and missing attributes', async () => {
    const { browser, page } = await start({
      pool: { Schema: [{ Name: 'family_name', Required: true }] },
      users: [{ ...ana, status: 'FORCE_CHANGE_PASSWORD' }],
    });
    const fields = { password: 'short', 'attribute.family_name': 'Bell' };
    expect(alertOf(await browser.submit(page, fields))).to.match(/Password not long enough/);
    const back = await browser.submit(page, { ...fields, password: NEW_PASSWORD });
    expect(await claimsAfter(local, back)).to.include({ family_name: 'Bell' });
  });

  it('start again after the session has expired', async () => {
    const { browser, page } = await start({ users: [{ ...ana, totpSecret: TOTP_SECRET }] });
    local.pool.clock.advance(200_000);
    const late = await browser.submit(page, { code: inApp() });
    expect(alertOf(late)).to.equal('Invalid session for the user, session is expired.');
    expect(titleOf(await browser.follow(late, 'Start again'))).to.equal('Sign in');
  });

  it('accept one answer, only from the browser of the challenge', async () => {
    const { browser, page } = await start({ users: [{ ...ana, totpSecret: TOTP_SECRET }] });
    const stranger = new Browser(local.pool.url);
    const shown = await stranger.open(page.url);
    expect(titleOf(shown)).to.equal('Sign in again');
    expect(shown.text).not.to.contain('name="code"');
    const { clientId } = local.pool.addClient({ CallbackURLs: [CALLBACK] });
    const forAnotherApp = await browser.open(page.url.replace(local.ClientId, clientId));
    expect(titleOf(forAnotherApp)).to.equal('Sign in again');
    await browser.submit(page, { code: inApp() });
    local.pool.clock.advance(60_000);
    expect(alertOf(await browser.submit(page, { code: inApp() }))).to.match(/can only be used once/);
  });

  it('send messages with the text of the trigger', async () => {
    const { browser, page } = await start({
      pool: EVERY_MFA,
      users: [{ ...ana, mfa: ['EMAIL_OTP'] }],
      triggers: {
        customMessage: (event: { triggerSource: string; response: { emailMessage: string | null } }) => {
          event.response.emailMessage = `${event.triggerSource}: {####}`;
          return event;
        },
      },
    });
    const { text, code } = local.pool.inbox.latest({ to: ANA }) ?? {};
    expect(text).to.equal(`CustomMessage_Authentication: ${code}`);
    expect((await browser.submit(page, { code: code ?? '' })).away).to.be.a('string');
  });
});
