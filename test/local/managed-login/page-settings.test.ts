import { createHash } from 'node:crypto';
import { expect } from 'chai';
import { ANA, closeAll, type Local, outcomeOf, PASSWORD } from '../../support/local-sdk.ts';
import { Browser, leftFor, type PageOrRedirect, unescaped } from '../../support/login-pages.ts';
import { authorizeUrl, CALLBACK, openLogin, startLogin } from '../../support/managed-login.ts';

const PNG = Uint8Array.from(Buffer.from('iVBORw0KGgoAAAAN', 'base64'));
const CSS = '/* ours */ .banner-customizable, .submitButton-customizable:hover { background: #123456; }';

const policyOf = ({ response }: PageOrRedirect) => response.headers.get('content-security-policy') ?? '';

describe('SetUICustomization at the local pool', () => {
  let local: Local;
  beforeEach(async () => {
    local = await startLogin();
  });
  afterEach(closeAll);

  const addDomain = async (ManagedLoginVersion = 1) => {
    const { sdk, UserPoolId } = local;
    const { UserPool } = await sdk.describeUserPool({ UserPoolId });
    if (UserPool?.Domain) {
      await sdk.updateUserPoolDomain({ UserPoolId, Domain: UserPool.Domain, ManagedLoginVersion });
    } else await sdk.createUserPoolDomain({ UserPoolId, Domain: 'shop', ManagedLoginVersion });
  };
  const customize = (settings: object) =>
    local.sdk.setUICustomization({ UserPoolId: local.UserPoolId, ...settings });
  const readPage = async () => (await openLogin(local)).page;

  it('needs a domain', async () => {
    const { UserPool } = await local.sdk.createUserPool({ PoolName: 'without domain' });
    expect(await outcomeOf(customize({ UserPoolId: UserPool?.Id, CSS }))).to.equal(
      'InvalidParameterException: There has to be an existing domain associated with this user pool',
    );
  });

  it('shows the CSS and the logo at the pages, and allows exactly this CSS', async () => {
    await addDomain();
    const { UICustomization } = await customize({ CSS, ImageFile: PNG });
    const page = await readPage();
    expect(page.text).to.include(`<style>${CSS}</style>`);
    expect(page.text).to.include(`<img class="logo-customizable" src="${UICustomization?.ImageUrl}" alt="">`);
    expect(policyOf(page)).to.include(`'sha256-${createHash('sha256').update(CSS).digest('base64')}'`);
    const styles = [...page.text.matchAll(/<style>([\s\S]*?)<\/style>/g)].map(([, style = '']) => style);
    for (const style of styles) {
      expect(policyOf(page)).to.include(createHash('sha256').update(style).digest('base64'));
    }
    for (const name of ['background', 'banner', 'inputField', 'label', 'submitButton', 'logo']) {
      expect(page.text).to.match(new RegExp(`class="${name}-customizable"`));
    }
  });

  it('prefers the style of the app client to that of ALL, until it is removed', async () => {
    await addDomain();
    const { sdk, UserPoolId, ClientId } = local;
    await customize({ CSS });
    const own = '.label-customizable { color: red; }';
    await customize({ ClientId, CSS: own });
    expect((await readPage()).text)
      .to.include(own)
      .and.not.to.include(CSS);
    await customize({ ClientId });
    expect((await readPage()).text)
      .to.include(CSS)
      .and.not.to.include(own);
    const inherited = await sdk.getUICustomization({ UserPoolId, ClientId });
    expect(inherited.UICustomization).to.include({ ClientId: 'ALL', CSS });
    await customize({});
    expect((await readPage()).text).not.to.include(CSS);
    expect((await sdk.getUICustomization({ UserPoolId, ClientId })).UICustomization).to.deep.equal({});
  });

  it('has no effect at a domain with branding styles', async () => {
    await addDomain(2);
    await customize({ CSS });
    expect((await readPage()).text).not.to.include(CSS);
  });

  for (const css of [
    '@import "https://example.com/x.css";',
    '@media print { .label-customizable { color: red; } }',
    'body { color: red; }',
    '.label-customizable, a { color: red; }',
    '.label-customizable { color: red; } </style><script>alert(1)</script>',
    '.label-customizable { content: "</style>"; }',
    '.label-customizable { content: "\\3c"; }',
    '.label-customizable { color: red; ',
    '.label-customizable color: red; }',
    '.label-customizable { color: red; } /* open',
    '{'.repeat(100_000),
    '/*'.repeat(60_000),
  ]) {
    const isOpenComment = css.startsWith('/*') || css.endsWith('open');
    it(`${isOpenComment ? 'takes' : 'refuses'} the CSS ${css.slice(0, 60)}`, async () => {
      await addDomain();
      expect(await outcomeOf(customize({ CSS: css }))).to.match(
        isOpenComment ? /^ok$/ : /^InvalidParameterException: The CSS is not valid\. /,
      );
    });
  }

  it('refuses an image that is neither PNG nor JPEG', async () => {
    await addDomain();
    const svg = Uint8Array.from(Buffer.from('<svg/>'));
    expect(await outcomeOf(customize({ ImageFile: svg }))).to.equal(
      'InvalidParameterException: The image file has to be PNG or JPEG.',
    );
    const large = new Uint8Array(131_073);
    expect(await outcomeOf(customize({ ImageFile: large }))).to.include(
      "Value at 'imageFile' failed to satisfy constraint: Member must have length less than or equal to 131072",
    );
  });
});

describe('The terms of an app client', () => {
  let local: Local;
  beforeEach(async () => {
    local = await startLogin();
  });
  afterEach(closeAll);

  const addTerms = (TermsName: string, Links: Record<string, string>) =>
    local.sdk.createTerms({
      UserPoolId: local.UserPoolId,
      ClientId: local.ClientId,
      TermsName,
      TermsSource: 'LINK',
      Enforcement: 'NONE',
      Links,
    });
  const linksOfSignUp = async (lang?: string) => {
    const url = authorizeUrl(local, { lang }).replace('oauth2/authorize', 'signup');
    const { text } = await new Browser(local.pool.url).open(url);
    return [...text.matchAll(/<a href="(https:[^"]*)"/g)].map(([, link = '']) => unescaped(link));
  };

  it('are links at the sign-up page in its language, as soon as there are both documents', async () => {
    await addTerms('terms-of-use', {
      'cognito:default': 'https://example.com/terms?a=1&b="',
      'cognito:german': 'https://example.com/agb',
    });
    expect(await linksOfSignUp()).to.deep.equal([]);
    await addTerms('privacy-policy', { 'cognito:default': 'https://example.com/privacy' });
    expect(await linksOfSignUp()).to.deep.equal([
      'https://example.com/terms?a=1&b="',
      'https://example.com/privacy',
    ]);
    expect(await linksOfSignUp('de')).to.deep.equal([
      'https://example.com/agb',
      'https://example.com/privacy',
    ]);
    expect(await linksOfSignUp('constructor')).to.have.length(2);
  });
});

describe('MaxValidityMinutes of an app client', () => {
  let local: Local;
  let now: number;
  beforeEach(async () => {
    now = Date.UTC(2030, 0);
    local = await startLogin({
      clock: () => now,
      pool: { UserSessionTracking: 'ENABLED', TokenSession: { MaxPerUser: 20 } },
    });
  });
  afterEach(closeAll);

  const setMinutes = (MaxValidityMinutes: number, ClientId = local.ClientId) =>
    local.sdk.setUserPoolClientSessionConfiguration({
      UserPoolId: local.UserPoolId,
      ClientId,
      SSOSession: { MaxValidityMinutes },
    });

  async function signedInBrowser(): Promise<Browser> {
    const { browser, page } = await openLogin(local);
    leftFor(await browser.submit(page, { username: ANA, password: PASSWORD }));
    return browser;
  }

  /** Whether the client takes the browser's session, after minutes. */
  async function isReused(browser: Browser, minutes: number, client_id = local.ClientId): Promise<boolean> {
    now = Date.UTC(2030, 0) + minutes * 60_000;
    return (await browser.open(authorizeUrl(local, { client_id }))).away !== undefined;
  }

  it('ends the reuse of a session before its hour, for this client only', async () => {
    const other = local.pool.addClient({ CallbackURLs: [CALLBACK] }).clientId;
    await setMinutes(5);
    const browser = await signedInBrowser();
    expect(await isReused(browser, 4.9)).to.equal(true);
    expect(await isReused(browser, 5)).to.equal(false);
    expect(await isReused(browser, 59, other)).to.equal(true);
    expect(await isReused(browser, 60, other)).to.equal(false);
  });

  it('lets a session live longer than an hour, counted from the sign-in', async () => {
    await setMinutes(90);
    const browser = await signedInBrowser();
    expect(await isReused(browser, 89)).to.equal(true);
    expect(await isReused(browser, 90)).to.equal(false);
  });

  it('never reuses a session with 0', async () => {
    await setMinutes(0);
    expect(await isReused(await signedInBrowser(), 0)).to.equal(false);
  });

  it('has no effect after session tracking ends', async () => {
    await setMinutes(0);
    await local.sdk.setUserPoolSessionConfiguration({
      UserPoolId: local.UserPoolId,
      UserSessionTracking: 'DISABLED',
      TokenSession: { MaxPerUser: 20 },
    });
    expect(await isReused(await signedInBrowser(), 30)).to.equal(true);
  });
});
