import { expect } from 'chai';
import express from 'express';
import { SAME_ORIGIN } from '../support/cookie-client.ts';
import { expectProblem, expectStatus, type Kit, PASSWORD, startKit } from '../support/helpers.ts';
import { captureLog } from '../support/log-capture.ts';

describe('The refusal of the CSRF check', () => {
  const log = captureLog();
  const SIGN_IN = { email: 'ada@example.com', password: PASSWORD };
  let kit: Kit;

  before(async () => {
    kit = await startKit({
      pool: { users: [{ username: SIGN_IN.email, password: PASSWORD }] },
      config: { transport: 'cookie', trustedOrigins: ['https://app.example.com'], logger: log.logger },
      app: (auth) =>
        express()
          .use('/auth', auth)
          .post('/x', auth.requireAuth(), (_req, res) => void res.json({})),
    });
  });
  after(() => kit.close());
  beforeEach(() => log.clear());

  for (const [name, headers, detail, hint] of [
    [
      'names the missing headers to a client that is no browser',
      {},
      /neither a Sec-Fetch-Site nor an Origin header.*send "Sec-Fetch-Site: same-origin"/,
      'the client is no browser, such as curl, Postman or supertest',
    ],
    [
      'names the missing Sec-Fetch-Site and the origin to a page over http',
      { Origin: 'http://app.example.com' },
      /no Sec-Fetch-Site header, and its origin is not trusted/,
      'the page is on http:',
    ],
    [
      'speaks of another site only if the browser says so',
      { Origin: 'https://evil.example', 'Sec-Fetch-Site': 'cross-site' },
      /comes from another site/,
      'add its origin to trustedOrigins',
    ],
  ] as const) {
    it(`${name}, with a log hint (case A8)`, async () => {
      const refused = expectProblem(await kit.post('/sign-in', SIGN_IN).set(headers), 'cross_site_request');
      expect(refused.body.detail).to.match(detail);
      expect(log.lines()).to.have.lengthOf(1);
      expect(log.lines()[0]).to.include({ level: 40, code: 'cross_site_request' });
      expect(log.lines()[0]?.hint).to.include(hint);
    });
  }

  it('has the same words on a route of the app', async () => {
    const signedIn = expectStatus(await kit.post('/sign-in', SIGN_IN).set(SAME_ORIGIN), 200);
    const cookies = (signedIn.headers['set-cookie'] as unknown as string[]).map((line) => line.split(';')[0]);
    const refused = await kit.request.post('/x').set('Cookie', cookies.join('; '));
    expect(expectProblem(refused, 'cross_site_request').body.detail).to.include('neither a Sec-Fetch-Site');
  });
});
