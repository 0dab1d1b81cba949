import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect } from 'chai';
import type { Browser, Page } from 'playwright-core';
import type { LocalUserPoolOptions } from '../../../src/local/local-user-pool.ts';
import { secretsManagerOperations } from '../../../src/local/operations/secrets-manager.ts';
import { OPERATIONS } from '../../../src/local/operations/table.ts';
import { launchChromium } from '../../support/chromium.ts';
import { ANA, closeAll, type Local, PASSWORD, post, startLocal } from '../../support/local-sdk.ts';

const SIGNED = {
  authorization: 'AWS4-HMAC-SHA256 Credential=local/20300101/us-east-1/cognito-idp/aws4_request',
};
const PAGE_ORIGIN = 'http://localhost:5173';

/** The answer that a page gets: a status and a body, or the name of the error of `fetch`. */
interface PageAnswer {
  readonly error?: string;
  readonly status?: number;
  readonly type?: string;
  readonly errorType?: string | null;
  readonly body?: string;
}

describe('An operation that needs AWS credentials', () => {
  afterEach(closeAll);

  it('is refused to every web page, and the others are not', async () => {
    const { pool } = await startLocal();
    const refused: string[] = [];
    for (const [name, api] of [
      ...Object.keys(OPERATIONS).map((name) => [name, 'AWSCognitoIdentityProviderService'] as const),
      ...Object.keys(secretsManagerOperations).map((name) => [name, 'secretsmanager'] as const),
    ]) {
      const headers = { ...SIGNED, origin: PAGE_ORIGIN, 'x-amz-target': `${api}.${name}` };
      const { status, body } = await post(pool.url, name, {}, headers);
      if (status === 403 && body.__type === 'AccessDeniedException') refused.push(name);
    }
    const signed = Object.entries({ ...OPERATIONS, ...secretsManagerOperations })
      .filter(([, { auth }]) => auth === 'sigv4')
      .map(([name]) => name);
    expect(signed).to.include.members(['AdminGetUser', 'CreateUserPool', 'ListUsers', 'GetSecretValue']);
    expect(refused).to.have.members(signed);
  });

  for (const [what, headers] of [
    ['with an Origin, even without a signature', { origin: PAGE_ORIGIN, authorization: '' }],
    ['with the Origin of a sandboxed page', { origin: 'null' }],
    ['with the Origin of an extension', { origin: 'chrome-extension://abcdefgh' }],
    ['of a page on the same site', { 'sec-fetch-site': 'same-site' }],
    ['of a page on the same origin', { 'sec-fetch-site': 'same-origin' }],
  ] as const) {
    it(`is refused in a request ${what}`, async () => {
      const { pool, UserPoolId } = await startLocal();
      const body = { UserPoolId, Username: ANA };
      const answer = await post(pool.url, 'AdminCreateUser', body, { ...SIGNED, ...headers });
      expect([answer.status, answer.body.__type]).to.deep.equal([403, 'AccessDeniedException']);
      expect(answer.body.message).to.include('allowedAdminOrigins');
      expect(pool.requests.list().map(({ error }) => error)).to.deep.equal(['AccessDeniedException']);
      expect(() => pool.tokensFor(ANA)).to.throw('has no user');
    });
  }

  it('is accepted from an origin of allowedAdminOrigins, and from no other', async () => {
    const { pool, UserPoolId } = await startLocal({ allowedAdminOrigins: [PAGE_ORIGIN] });
    const list = (origin: string) => post(pool.url, 'ListUsers', { UserPoolId }, { ...SIGNED, origin });
    expect((await list(PAGE_ORIGIN)).status).to.equal(200);
    for (const origin of [
      'http://localhost:5174',
      'http://127.0.0.1:5173',
      `${PAGE_ORIGIN}.evil.example`,
      'null',
    ])
      expect((await list(origin)).status, origin).to.equal(403);
  });

  it('has a preflight that allows the signature for an origin of allowedAdminOrigins only', async () => {
    const { pool } = await startLocal({ allowedAdminOrigins: [PAGE_ORIGIN] });
    const allowedFor = async (origin: string): Promise<string[]> => {
      const requested = 'Authorization, X-Amz-Date,x-amz-security-token,x-amz-content-sha256,traceparent,a b';
      const headers = { origin, 'access-control-request-headers': requested };
      const preflight = await fetch(pool.url, { method: 'OPTIONS', headers });
      const allowed = preflight.headers.get('access-control-allow-headers') ?? '';
      return allowed.split(',').slice(6);
    };
    expect(await allowedFor('http://localhost:5174')).to.deep.equal(['traceparent']);
    expect(await allowedFor(PAGE_ORIGIN)).to.deep.equal([
      'authorization',
      'x-amz-date',
      'x-amz-security-token',
      'x-amz-content-sha256',
      'traceparent',
    ]);
  });
});

describe('A web page in Chromium on another origin', () => {
  let browser: Browser;
  let app: Server;
  let origin: string;
  let page: Page;
  let local: Local;

  before(async function () {
    browser = await launchChromium(this);
    app = createServer((_req, res) =>
      res.setHeader('content-type', 'text/html').end('<link rel="icon" href="data:,">The app'),
    );
    app.listen(0, '127.0.0.1');
    await once(app, 'listening');
    origin = `http://127.0.0.1:${(app.address() as AddressInfo).port}`;
  });
  after(async () => {
    await browser?.close();
    app?.close();
    app?.closeAllConnections();
  });
  afterEach(async () => {
    await page?.close();
    await closeAll();
  });

  async function open(options: LocalUserPoolOptions = {}): Promise<void> {
    local = await startLocal({
      users: [{ username: ANA, password: PASSWORD }],
      appClient: { CallbackURLs: ['http://localhost:3000/'] },
      ...options,
    });
    page = await browser.newPage();
    await page.goto(origin);
  }

  const fetchInPage = (url: string, init: RequestInit = {}): Promise<PageAnswer> =>
    page.evaluate(
      async ([url, init]) => {
        try {
          const response = await fetch(url, init);
          return {
            status: response.status,
            type: response.type,
            errorType: response.headers.get('x-amzn-errortype'),
            body: await response.text(),
          };
        } catch (error) {
          return { error: (error as Error).name };
        }
      },
      [url, init] as const,
    );

  const callInPage = (operation: string, body: object, headers: Readonly<Record<string, string>> = {}) =>
    fetchInPage(local.pool.url, {
      method: 'POST',
      headers: {
        // The headers of Amplify, and one of a tracing library.
        'content-type': 'application/x-amz-json-1.1',
        'x-amz-target': `AWSCognitoIdentityProviderService.${operation}`,
        'x-amz-user-agent': 'aws-amplify/6',
        'cache-control': 'no-store',
        traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
        ...headers,
      },
      body: JSON.stringify(body),
    });

  const signInInPage = (password: string): Promise<PageAnswer> =>
    callInPage('InitiateAuth', {
      ClientId: local.ClientId,
      AuthFlow: 'USER_PASSWORD_AUTH',
      AuthParameters: { USERNAME: ANA, PASSWORD: password },
    });

  it('signs in by InitiateAuth, and reads the exception of a wrong password', async () => {
    await open();
    const right = await signInInPage(PASSWORD);
    expect(right.status).to.equal(200);
    expect(JSON.parse(right.body ?? '').AuthenticationResult.AccessToken).to.be.a('string');
    const wrong = await signInInPage('Wrong-password-1');
    expect(wrong).to.include({ status: 400, errorType: 'NotAuthorizedException:' });
  });

  it('reads the key set, discovery and the answers of the OAuth endpoints', async () => {
    await open();
    const { pool, ClientId } = local;
    const keys = await fetchInPage(pool.jwksUri);
    expect(JSON.parse(keys.body ?? '').keys).to.be.an('array');
    const discovery = await fetchInPage(`${pool.issuer}/.well-known/openid-configuration`);
    expect(JSON.parse(discovery.body ?? '').issuer).to.equal(pool.issuer);
    const headers = {
      'content-type': 'application/x-www-form-urlencoded',
      'x-amz-user-agent': 'aws-amplify/6',
    };
    const form = (body: string) => ({ method: 'POST', headers, body });
    const grant = `grant_type=authorization_code&client_id=${ClientId}&code=wrong&redirect_uri=http://localhost:3000/`;
    const token = await fetchInPage(`${pool.domain}/oauth2/token`, form(grant));
    expect(token).to.include({ status: 400, body: '{"error":"invalid_grant"}' });
    const revoked = form(`token=${pool.tokensFor(ANA).refreshToken}&client_id=${ClientId}`);
    expect((await fetchInPage(`${pool.domain}/oauth2/revoke`, revoked)).status).to.equal(200);
    const { accessToken } = pool.tokensFor(ANA, { accessClaims: { scope: 'openid email' } });
    const authorization = `Bearer ${accessToken}`;
    const user = await fetchInPage(`${pool.domain}/oauth2/userInfo`, { headers: { authorization } });
    expect(JSON.parse(user.body ?? '').email).to.equal(ANA);
  });

  it('cannot send a signed operation, because the preflight allows no signature', async () => {
    await open();
    const { pool, UserPoolId } = local;
    const answer = await callInPage('AdminDeleteUser', { UserPoolId, Username: ANA }, SIGNED);
    expect(answer).to.deep.equal({ error: 'TypeError' });
    expect(pool.requests.list().map(({ name }) => name)).to.deep.equal(['preflight']);
    expect(pool.tokensFor(ANA).accessToken).to.be.a('string');
  });

  it('reads the reason of the refusal for an unsigned operation of administrators', async () => {
    await open();
    const { UserPoolId } = local;
    const answer = await callInPage('AdminDeleteUser', { UserPoolId, Username: ANA });
    expect(answer).to.include({ status: 403, errorType: 'AccessDeniedException:' });
    expect(answer.body).to.include(origin).and.include('allowedAdminOrigins');
  });

  it('sends a signed operation from an origin of allowedAdminOrigins', async () => {
    await open({ allowedAdminOrigins: [origin] });
    const headers = { ...SIGNED, 'x-amz-date': '20300101T000000Z', 'x-amz-content-sha256': 'none' };
    const answer = await callInPage('ListUsers', { UserPoolId: local.UserPoolId }, headers);
    expect(answer.status, answer.error).to.equal(200);
  });

  it('cannot read or change anything by control over HTTP', async () => {
    await open();
    const { pool, sdk, ClientId } = local;
    await sdk.forgotPassword({ ClientId, Username: ANA });
    const inbox = `${pool.url}/_kit/inbox`;
    const code = pool.inbox.latest()?.code;
    expect(code).to.match(/^\d{6}$/);
    expect(await fetchInPage(inbox)).to.deep.equal({ error: 'TypeError' });
    expect(await fetchInPage(inbox, { method: 'DELETE' })).to.deep.equal({ error: 'TypeError' });
    const fault = { method: 'POST', body: '{"kind":"throttle"}' };
    await fetchInPage(`${pool.url}/_kit/faults`, { ...fault, mode: 'no-cors' });
    await fetchInPage(`${pool.url}/_kit/faults`, {
      ...fault,
      headers: { 'content-type': 'application/json' },
    });
    expect(await (await fetch(`${pool.url}/_kit/faults`)).text()).to.equal('{"faults":[]}');
    expect(pool.inbox.list()).to.have.length(1);

    // The test program itself can, beside the page that it drives.
    expect((await page.request.get(inbox)).status()).to.equal(200);

    // A link on the page is refused; an address that the user types is not.
    await page.setContent(`<a href="${inbox}">codes</a>`);
    await page.click('a');
    await page.waitForURL(inbox);
    expect(await page.textContent('body'))
      .to.include('not for web pages')
      .and.not.include(code);
    await page.goto('about:blank');
    await page.goto(inbox);
    expect(await page.textContent('body')).to.include(code);
  });
});
