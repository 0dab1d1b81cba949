import { expect } from 'chai';
import express from 'express';
import type { Config } from '../../src/config/options.ts';
import { parseConfig } from '../../src/config/settings.ts';
import { endpointsFor } from '../../src/endpoints/table.ts';
import { atLeast } from '../support/at-least.ts';
import { type Kit, startKit } from '../support/helpers.ts';
import { sendRaw } from '../support/raw-http.ts';
import { pathOf } from '../support/requests.ts';

const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'TRACE', 'PROPFIND', 'QUERY'];

const MANAGED_LOGIN: Config = {
  managedLogin: { redirectUri: 'https://app.example.com/auth/callback' },
  cookieSecret: 'a secret for cookies, of 32 characters',
};

const CONFIGS: Readonly<Record<string, Config>> = {
  'default routes': {},
  'managed login': { ...MANAGED_LOGIN, transport: 'both' },
  'renamed routes': {
    routes: {
      signIn: '/session',
      signOut: '/session/end',
      getMe: '/user',
      updateMe: '/user/settings',
      deletePasskey: '/user/:id',
      deleteAttribute: '/user/:name/attribute',
    },
  },
  'routes of one path': {
    routes: {
      deletePasskey: '/things/:id',
      getDevice: '/things/:key',
      updateDevice: '/things/:key',
      startPasskey: '/things/new',
    },
  },
  'parameters in different places': {
    routes: { startPasskey: false, deletePasskey: '/passkeys/:id', revokeSession: '/:id/options' },
  },
  'disabled routes': {
    routes: {
      startPasskey: false,
      addPasskey: false,
      getMe: false,
      signUp: false,
      listAuthFactors: false,
      listDevices: false,
    },
  },
};

for (const [title, config] of Object.entries(CONFIGS)) {
  describe(`A router with ${title}`, () => {
    let kit: Kit;
    before(async () => {
      kit = await startKit({ config, app: (auth) => express().use('/auth', auth) });
    });
    after(() => kit.close());

    async function answerTo(
      method: string,
      path: string,
    ): Promise<{ status: number; allow: string | undefined }> {
      const answer = await sendRaw(
        kit.url,
        `${method} /auth${path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`,
      );
      return { status: answer?.status ?? 0, allow: answer?.headers.allow };
    }

    const settings = parseConfig({ userPoolId: 'us-east-1_AbCdEfGhI', clientId: 'abc', ...config }, {});
    const served = endpointsFor(settings).map((endpoint) => ({
      method: endpoint.method.toUpperCase(),
      path: pathOf({ ...endpoint, path: settings.routes[endpoint.name] || endpoint.path }),
    }));
    const paths = atLeast(20, [...new Set(served.map(({ path }) => path))]);

    for (const path of [...paths, '/passkeys/options']) {
      it(`answers OPTIONS ${path} with exactly the methods that are not refused with 405`, async () => {
        const { status, allow } = await answerTo('OPTIONS', path);
        if (status === 404) {
          expect(paths).to.not.include(path);
          for (const method of ['GET', 'POST', 'DELETE']) {
            expect((await answerTo(method, path)).status, method).to.equal(404);
          }
          return;
        }
        expect(status).to.equal(200);
        const allowed = allow?.split(', ') ?? [];
        expect(new Set(allowed).size).to.equal(allowed.length);
        for (const method of METHODS) {
          const answer = await answerTo(method, path);
          expect(answer.status === 405, `${method}: ${answer.status}, allowed: ${allow}`).to.equal(
            !allowed.includes(method),
          );
          expect(answer.status, method).to.not.be.oneOf([0, 404]);
          if (answer.status === 405) expect(answer.allow, method).to.equal(allow);
        }
        const defined = served.filter((endpoint) => endpoint.path === path).map(({ method }) => method);
        expect(allowed).to.include.members(defined);
      });
    }

    it('matches a path in any case and with a trailing slash', async () => {
      for (const path of paths) {
        const { allow } = await answerTo('OPTIONS', path);
        for (const variant of [`${path}/`, path.replace(/^\/[a-z-]+/, (first) => first.toUpperCase())]) {
          expect(await answerTo('OPTIONS', variant), variant).to.deep.equal({ status: 200, allow });
        }
      }
    });
  });
}

describe('An OPTIONS request', () => {
  it('is answered 200 with Allow and without a body', async () => {
    const kit = await startKit();
    const response = await kit.request.options('/auth/me');
    expect(response.status).to.equal(200);
    expect(response.text).to.equal('');
    expect(response.headers).to.include({ allow: 'GET, HEAD, PATCH, DELETE', 'content-length': '0' });
  });

  it('is answered by a CORS middleware that is mounted before the router', async () => {
    const kit = await startKit({
      app: (auth) =>
        express()
          .options(
            '/auth/sign-in',
            (_req, res) => void res.status(200).set('Access-Control-Allow-Origin', '*').end(),
          )
          .use('/auth', auth),
    });
    const response = await kit.request.options('/auth/sign-in');
    expect(response.headers)
      .to.include({ 'access-control-allow-origin': '*' })
      .and.not.have.property('allow');
  });
});
