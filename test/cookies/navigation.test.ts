import type { IncomingMessage } from 'node:http';
import { expect } from 'chai';
import { isPrefetch, navigationProblem } from '../../src/cookies/navigation.ts';
import { startKit } from '../support/helpers.ts';
import { sendRaw } from '../support/raw-http.ts';

const TRUSTED = 'https://app.example.com';
const WITH_PORT = 'http://localhost:3000';
const ORIGINS = [TRUSTED, WITH_PORT];

function request(headers: Readonly<Record<string, string>>, method = 'GET'): IncomingMessage {
  return { method, headers } as unknown as IncomingMessage;
}

const codeFor = (headers: Readonly<Record<string, string>>, origins: readonly string[] = ORIGINS): unknown =>
  navigationProblem(request(headers), 'own-pages', origins)?.code;

describe('The Referer check of a GET that changes state', () => {
  const TRUSTED_REFERERS = [
    TRUSTED,
    `${TRUSTED}/`,
    `${TRUSTED}/account?tab=1#top`,
    `${TRUSTED}:443/`,
    'HTTPS://APP.EXAMPLE.COM/',
    'https://App.Example.com/Account',
    `${TRUSTED}/https://evil.example/`,
    `${WITH_PORT}/`,
    'http://LOCALHOST:3000/a',
  ];
  for (const referer of TRUSTED_REFERERS) {
    it(`accepts the trusted ${referer}`, () => {
      expect(codeFor({ referer })).to.equal(undefined);
      expect(codeFor({ referer, 'sec-fetch-site': 'same-site' })).to.equal(undefined);
      expect(codeFor({ referer, 'sec-fetch-site': 'cross-site', origin: 'null' })).to.equal(undefined);
    });
  }

  const OTHER_REFERERS = [
    `${TRUSTED}.evil.example`,
    `${TRUSTED}.evil.example/`,
    `${TRUSTED}@evil.example`,
    `${TRUSTED}@evil.example/`,
    `${TRUSTED}:x@evil.example/`,
    `${TRUSTED}:8443/`,
    `${TRUSTED}:80/`,
    `${TRUSTED}evil.example/`,
    `${TRUSTED}-evil.example/`,
    `https://evil.example/${TRUSTED}/`,
    `https://evil.example/?${TRUSTED}`,
    `https://evil.example/#${TRUSTED}`,
    'https://a.app.example.com/',
    'https://example.com/',
    'https://app.example.co/',
    'http://app.example.com/',
    'ftp://app.example.com/',
    'http://localhost/',
    'http://localhost:30000/',
    'http://localhost:300/',
    'http://localhost:3001/',
    'https://localhost:3000/',
    'http://127.0.0.1:3000/',
    'app.example.com',
    '//app.example.com/',
    '/account',
    'about:blank',
    'null',
    ' ',
    '',
  ];
  for (const referer of OTHER_REFERERS) {
    it(`refuses the untrusted ${JSON.stringify(referer)}`, () => {
      for (const site of ['cross-site', 'same-site', undefined]) {
        const headers = { referer, ...(site && { 'sec-fetch-site': site }) };
        expect(codeFor(headers), String(site)).to.equal('cross_site_request');
      }
    });
  }

  it('refuses a missing Referer', () => {
    expect(codeFor({})).to.equal('cross_site_request');
    expect(codeFor({ 'sec-fetch-site': 'cross-site' })).to.equal('cross_site_request');
  });

  it('refuses every Referer if no origin is trusted', () => {
    expect(codeFor({ referer: `${TRUSTED}/` }, [])).to.equal('cross_site_request');
    // URL.origin of about:blank is the string "null".
    expect(codeFor({ referer: 'about:blank' }, [])).to.equal('cross_site_request');
  });

  it('is skipped if Sec-Fetch-Site is same-origin or none', () => {
    for (const site of ['same-origin', 'none']) {
      expect(codeFor({ 'sec-fetch-site': site, referer: 'https://evil.example/' })).to.equal(undefined);
      expect(codeFor({ 'sec-fetch-site': site })).to.equal(undefined);
    }
  });

  it('is skipped for an endpoint that allows navigation from anywhere', () => {
    const from = request({ referer: 'https://evil.example/', 'sec-fetch-site': 'cross-site' });
    expect(navigationProblem(from, 'anywhere', ORIGINS)).to.equal(undefined);
  });

  it('compares origins over HTTP too', async () => {
    const redirectUri = 'http://localhost:3000/auth/callback';
    const kit = await startKit({
      pool: { appClient: { CallbackURLs: [redirectUri] } },
      config: {
        transport: 'cookie',
        trustedOrigins: [TRUSTED],
        managedLogin: { redirectUri },
        cookieSecret: 'a secret for cookies, of 32 characters',
      },
    });
    const statusFor = async (referer: string): Promise<number | undefined> => {
      const lines = [
        'GET /auth/logout HTTP/1.1',
        'Host: localhost',
        `Referer: ${referer}`,
        'Sec-Fetch-Site: cross-site',
        'Cookie: __Host-auth-refresh=abcdefghijk',
        'Connection: close',
      ];
      const answer = await sendRaw(kit.url, `${lines.join('\r\n')}\r\n\r\n`);
      return answer?.status;
    };
    expect(await statusFor(`${TRUSTED}/account`)).to.equal(303);
    for (const referer of [`${TRUSTED}.evil.example/`, `${TRUSTED}@evil.example/`, `${TRUSTED}:8443/`, '']) {
      expect(await statusFor(referer), referer).to.equal(403);
    }
    await kit.close();
  });
});

describe('The prefetch check', () => {
  const PREFETCHES: readonly Readonly<Record<string, string>>[] = [
    { 'sec-purpose': 'prefetch' },
    { 'sec-purpose': 'prefetch;prerender' },
    { 'sec-purpose': 'PREFETCH' },
    { purpose: 'prefetch' },
    { purpose: 'preview' },
    { 'x-moz': 'prefetch' },
  ];
  for (const headers of PREFETCHES) {
    it(`refuses a prefetch of any origin with ${JSON.stringify(headers)}`, () => {
      const prefetch = request({ ...headers, 'sec-fetch-site': 'same-origin', referer: `${TRUSTED}/` });
      expect(isPrefetch(prefetch)).to.equal(true);
      for (const from of ['anywhere', 'own-pages'] as const) {
        expect(navigationProblem(prefetch, from, ORIGINS)).to.include({
          code: 'invalid_request',
          status: 400,
        });
      }
    });
  }

  it('refuses HEAD as a prefetch', () => {
    expect(isPrefetch(request({}, 'HEAD'))).to.equal(true);
    expect(navigationProblem(request({}, 'HEAD'), 'anywhere', ORIGINS)?.code).to.equal('invalid_request');
  });

  it('accepts a request without a purpose, or with another one', () => {
    expect(isPrefetch(request({}))).to.equal(false);
    expect(isPrefetch(request({ 'sec-purpose': '', purpose: 'visit', 'x-moz': 'x' }))).to.equal(false);
  });
});
