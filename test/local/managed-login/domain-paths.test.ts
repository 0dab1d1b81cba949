import { expect } from 'chai';
import { ANA, closeAll, type Local, PASSWORD } from '../../support/local-sdk.ts';
import { Browser, leftFor } from '../../support/login-pages.ts';
import { authorizeUrl, startLogin } from '../../support/managed-login.ts';

describe('Managed login under the name of a domain', () => {
  let local: Local;
  let at: (path: string) => string;

  beforeEach(async () => {
    local = await startLogin();
    await local.sdk.createUserPoolDomain({ UserPoolId: local.UserPoolId, Domain: 'shop-login' });
    at = (path) => `${local.pool.url}/shop-login/${path}`;
  });
  afterEach(closeAll);

  /** The query of an authorization request. */
  const query = (): string => new URL(authorizeUrl(local)).search;

  it('signs a user in, and stays at that path until it redirects to the app', async () => {
    const browser = new Browser(local.pool.url);
    const page = await browser.open(at(`oauth2/authorize${query()}`));
    expect(new URL(page.url).pathname).to.equal('/shop-login/login');
    expect(page.response.headers.get('set-cookie')).to.match(/^cognito=[\w-]+; Path=\/shop-login;/);
    const code = leftFor(await browser.submit(page, { username: ANA, password: PASSWORD })).searchParams.get(
      'code',
    );
    const answer = await fetch(at('oauth2/token'), {
      method: 'POST',
      body: new URLSearchParams({
        grant_type: 'authorization_code',
        client_id: local.ClientId,
        code: code ?? '',
        redirect_uri: new URLSearchParams(query()).get('redirect_uri') ?? '',
      }),
    });
    const { access_token } = (await answer.json()) as { access_token: string };
    const userInfo = await fetch(at('oauth2/userInfo'), {
      headers: { Authorization: `Bearer ${access_token}` },
    });
    expect(await userInfo.json()).to.include({ email: ANA });
    // The session of the browser is one of this path.
    expect((await browser.open(at(`oauth2/authorize${query()}`))).away).to.contain('code=');
    expect((await browser.open(authorizeUrl(local))).away).to.equal(undefined);
    const ended = await browser.open(at(`logout${query()}`));
    expect(new URL(ended.url).pathname).to.equal('/shop-login/login');
  });

  it('signs a script in that posts the CSRF token as a field and as a cookie, and nothing else', async () => {
    const login = at(`login${query()}`);
    const page = await (await fetch(login)).text();
    const _csrf = /name="_csrf" value="([^"]+)"/.exec(page)?.[1] ?? '';
    const post = (cookie: string) =>
      fetch(login, {
        method: 'POST',
        redirect: 'manual',
        headers: { Cookie: cookie },
        body: new URLSearchParams({ _csrf, username: ANA, password: PASSWORD }),
      });
    expect((await post(`XSRF-TOKEN=${_csrf}`)).headers.get('location')).to.match(/\?code=[\w-]+&state=/);
    for (const cookie of ['', 'XSRF-TOKEN=', 'XSRF-TOKEN=another', `other=${_csrf}`])
      expect((await post(cookie)).status, cookie).to.equal(400);
  });

  it('is there for a custom domain as well, and ends with the domain', async () => {
    const Domain = 'login.example.com';
    const named = { UserPoolId: local.UserPoolId, Domain };
    const CertificateArn =
      'arn:aws:acm:us-east-1:123456789012:certificate/12345678-1234-1234-1234-123456789012';
    const url = `${local.pool.url}/${Domain}/login${query()}`;
    expect((await fetch(url)).status).to.equal(404);
    await local.sdk.createUserPoolDomain({ ...named, CustomDomainConfig: { CertificateArn } });
    expect((await fetch(url)).status).to.equal(200);
    await local.sdk.deleteUserPoolDomain(named);
    expect((await fetch(url)).status).to.equal(404);
  });
});
