import { expect } from 'chai';
import express from 'express';
import { parseTransport, type TransportOptions } from '../../src/config/transport.ts';
import { unreadCookieCheck } from '../../src/cookies/unread-cookie.ts';
import { expectProblem, startKit } from '../support/helpers.ts';
import { captureLog } from '../support/log-capture.ts';

/** The warning for a request with this cookie. */
function warningOf(options: TransportOptions, cookie: string): string {
  const warnings: string[] = [];
  const check = unreadCookieCheck(parseTransport(options), (hint) => warnings.push(hint));
  check({ headers: { cookie: `${cookie}=eyJa.b.c` } } as never);
  return warnings.join('\n');
}

describe('A session cookie of another name than that of requireAuth', () => {
  it('is named beside the name that requireAuth reads, and the default name is written out', () => {
    const warning = warningOf({ transport: 'cookie', cookies: { name: 'shop' } }, '__Host-auth-access');
    expect(warning).to.include('has the session cookie __Host-auth-access');
    expect(warning).to.include('requireAuth has options to read __Host-shop-access');
    expect(warning).to.include("requireAuth({ transport: 'cookie', cookies: { name: 'auth' } })");
  });

  it('asks for the name of the router in place of the default', () => {
    const warning = warningOf({ transport: 'cookie' }, '__Host-shop-access');
    expect(warning).to.include('requireAuth has options to read __Host-auth-access');
    expect(warning).to.include("cookies: { name: 'shop' }");
  });

  it('asks for TLS cookies if requireAuth alone has dangerouslyAllowHttp', () => {
    const warning = warningOf(
      { transport: 'cookie', cookies: { dangerouslyAllowHttp: true } },
      '__Host-auth-access',
    );
    expect(warning).to.include(
      "requireAuth({ transport: 'cookie', cookies: { dangerouslyAllowHttp: false } })",
    );
  });

  it('says that requireAuth reads no cookies with bearer tokens', () => {
    expect(warningOf({}, '__Host-auth-access')).to.include('requireAuth has options to read no cookies');
  });

  it('leads to the options of the router for a route of router.requireAuth', async () => {
    const log = captureLog();
    const kit = await startKit({
      config: { logger: log.logger, transport: 'cookie', cookies: { name: 'shop' } },
      app: (auth) => express().get('/x', auth.requireAuth(), (_req, res) => void res.json({})),
    });
    expectProblem(await kit.request.get('/x').set('Cookie', '__Host-auth-access=eyJa.b.c'), 'missing_token');
    const hint = log.lines().find(({ code }) => code === 'unread_cookie')?.hint;
    expect(hint).to.include("write createCognitoRouter({ transport: 'cookie', cookies: { name: 'auth' } })");
    expect(hint).to.include('or use the requireAuth of the router that set the cookie');
    expect(hint).to.not.include('eyJ');
    await kit.close();
  });
});
