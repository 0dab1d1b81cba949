import { expect } from 'chai';
import express from 'express';
import { expectProblem, type Kit, startKit } from '../support/helpers.ts';

const RELOAD = {
  'Sec-Fetch-Site': 'same-origin',
  'Sec-Fetch-Mode': 'navigate',
  'Sec-Fetch-Dest': 'document',
  Accept: 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8',
};

describe("A single-page app's page at the path of an endpoint", () => {
  let kit: Kit;

  before(async () => {
    kit = await startKit({
      app: (auth) =>
        express()
          .use('/auth', auth)
          .use((_req, res) => void res.type('html').send('<!doctype html>the app')),
    });
  });

  it('is left to the app when a browser opens or reloads it (case B11)', async () => {
    for (const path of ['/auth/sign-in', '/auth/sign-up', '/auth/mfa/totp', '/auth/passkeys/options']) {
      for (const headers of [RELOAD, { Accept: RELOAD.Accept }]) {
        const page = await kit.request.get(path).set(headers);
        expect([page.status, page.text], path).to.deep.equal([200, '<!doctype html>the app']);
      }
    }
  });

  it('is 405 for a script, another method and a prefetch, and OPTIONS names the methods (case B11)', async () => {
    const script = { ...RELOAD, 'Sec-Fetch-Mode': 'cors', 'Sec-Fetch-Dest': 'empty' };
    for (const headers of [
      script,
      {},
      { Accept: 'application/json' },
      { ...RELOAD, 'Sec-Purpose': 'prefetch' },
    ]) {
      const refused = await kit.request.get('/auth/sign-in').set(headers);
      expect(expectProblem(refused, 'method_not_allowed').headers.allow).to.equal('POST');
    }
    expectProblem(await kit.request.put('/auth/sign-in').set(RELOAD), 'method_not_allowed');
    expect((await kit.request.options('/auth/sign-in').set(RELOAD)).headers.allow).to.equal('POST');
  });

  it('is not left to the app where the endpoint itself answers GET', async () => {
    expectProblem(await kit.request.get('/auth/me').set(RELOAD), 'missing_token');
  });
});
