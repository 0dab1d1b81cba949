import { expect } from 'chai';
import type { Response } from 'supertest';
import { CookieClient } from '../support/cookie-client.ts';
import { expectStatus, OTHER_PASSWORD, PASSWORD, startKit } from '../support/helpers.ts';

type Responses = Readonly<Record<string, { readonly headers?: Readonly<Record<string, unknown>> }>>;

interface Document {
  readonly paths: Readonly<Record<string, Readonly<Record<string, { readonly responses: Responses }>>>>;
  readonly components: { readonly headers: Readonly<Record<string, unknown>> };
}

describe('The headers of responses in the OpenAPI document', () => {
  for (const transport of ['cookie', 'bearer'] as const) {
    it(`are those that the endpoints send (${transport})`, async () => {
      const kit = await startKit({ config: { transport, rateLimits: {} } });
      const browser = new CookieClient(kit);
      const document = (await browser.get('/openapi.json')).body as Document;
      const lower = (name: string): string => name.toLowerCase();
      const known = ['ratelimit', 'ratelimit-policy', 'set-cookie', 'etag', 'location'];
      const check = (method: string, path: string, response: Response): Response => {
        expectStatus(response, 200);
        const documented = document.paths[path]?.[method]?.responses['200']?.headers ?? {};
        const sent = known.filter((name) => name in response.headers);
        expect(Object.keys(documented).map(lower), path).to.include.members(sent);
        // Set-Cookie depends on the request.
        expect(sent, path).to.include.members(
          Object.keys(documented)
            .map(lower)
            .filter((name) => name !== 'set-cookie'),
        );
        return response;
      };
      const post = async (path: string, body: object = {}): Promise<Response> =>
        check('post', path, await browser.post(path, body));
      const email = 'ada@example.com';
      check('get', '/openapi.json', await browser.get('/openapi.json'));
      check('get', '/health', await browser.get('/health'));
      await post('/sign-up', { email, password: PASSWORD });
      const { code: confirmationCode } = await kit.pool.inbox.waitFor({ to: email });
      await post('/confirm-sign-up', { email, confirmationCode });
      const signIn = await post('/sign-in', { email, password: PASSWORD });
      const token = transport === 'bearer' ? signIn.body.tokens.accessToken : undefined;
      if (transport === 'cookie') {
        expect(document.paths['/sign-in']?.post?.responses['200']?.headers).to.have.property('Set-Cookie');
        check('get', '/me', await browser.get('/me'));
        await post('/refresh');
        await post('/change-password', { oldPassword: PASSWORD, newPassword: OTHER_PASSWORD });
        check('delete', '/me', await browser.send('delete', '/auth/me', {}));
      } else {
        expect(document.components.headers).to.not.have.property('Set-Cookie');
        check('get', '/me', await kit.get('/me', token));
      }
    });
  }

  it('leave out those of rate limits if these are disabled', async () => {
    const kit = await startKit();
    const document = (await kit.get('/openapi.json')).body as Document;
    expect(document.paths['/sign-in']?.post?.responses['200']).to.not.have.property('headers');
  });

  for (const transport of ['cookie', 'both', 'bearer'] as const) {
    it(`are those that the endpoints send with an error (${transport})`, async () => {
      const kit = await startKit({ config: { transport, rateLimits: {} } });
      const browser = new CookieClient(kit);
      const document = (await browser.get('/openapi.json')).body as Document;
      const email = 'ada@example.com';
      kit.pool.addUser({ username: email, password: PASSWORD });
      const known = [
        ...['ratelimit', 'ratelimit-policy', 'retry-after', 'set-cookie', 'www-authenticate', 'allow'],
      ];
      const seen = new Set<string>();
      const check = (method: string, path: string, response: Response): void => {
        const responses = document.paths[path]?.[method]?.responses ?? {};
        expect(responses, `${method} ${path}`).to.have.property(String(response.status));
        const documented = Object.keys(responses[response.status]?.headers ?? {}).map((name) =>
          name.toLowerCase(),
        );
        const sent = known.filter((name) => name in response.headers);
        expect(documented, `${response.status} ${method} ${path}`).to.include.members(sent);
        for (const name of sent) seen.add(`${response.status} ${name}`);
      };

      for (const [path, methods] of Object.entries(document.paths)) {
        const url = `/auth${path.replaceAll(/\{\w+\}/g, 'x')}`;
        for (const method of Object.keys(methods) as ('get' | 'post' | 'delete')[]) {
          const body = method === 'get' ? undefined : {};
          const cases = [
            await kit.request[method](url).send(body),
            await browser.send(method, url, body),
            await kit.request[method](url).set('Authorization', 'Bearer a.b.c').send(body),
            await kit.request[method](url).set('Sec-Fetch-Site', 'cross-site').send(body),
          ];
          if (body) cases.push(await kit.request[method](url).type('text/plain').send('x'));
          for (const response of cases) if (response.status >= 400) check(method, path, response);
        }
      }
      if (transport !== 'bearer') {
        browser.cookies.set('__Host-auth-refresh', 'a.b.c.d.e');
        check('post', '/refresh', await browser.post('/refresh'));
      }
      // Cognito throttles, and then a client does not stop.
      kit.pool.faults.inject({ kind: 'throttle', on: 'InitiateAuth', times: 3 });
      for (let attempt = 0; attempt < 40; attempt++) {
        const response = await browser.post('/sign-in', { email, password: attempt < 4 ? PASSWORD : 'x' });
        if (response.status >= 400) check('post', '/sign-in', response);
      }
      await kit.auth.close();
      check('post', '/sign-in', await browser.post('/sign-in', { email, password: 'x' }));

      expect([...seen]).to.include.members([
        ...['400 ratelimit', '401 ratelimit', '401 www-authenticate', '429 ratelimit', '429 retry-after'],
        '503 retry-after',
        ...(transport === 'bearer' ? [] : ['401 set-cookie']),
        ...(transport === 'cookie' ? ['403 ratelimit'] : []),
      ]);
    });
  }
});
