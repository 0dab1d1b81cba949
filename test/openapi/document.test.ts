import { Ajv2020, type ValidateFunction } from '@redocly/ajv/dist/2020.js';
import { createConfig, lintFromString } from '@redocly/openapi-core';
import { expect } from 'chai';
import express from 'express';
import type { EndpointName } from '../../src/config/endpoint-names.ts';
import type { Config } from '../../src/config/options.ts';
import { parseConfig } from '../../src/config/settings.ts';
import { CHALLENGES } from '../../src/endpoints/challenges.ts';
import { loadJoi } from '../../src/endpoints/joi.ts';
import { ALL_ENDPOINTS, ENDPOINTS } from '../../src/endpoints/table.ts';
import { totpCode } from '../../src/local/users/totp.ts';
import { errorsOf, openApiDocument, openApiPath } from '../../src/openapi/document.ts';
import { validateBody } from '../../src/pipeline/validation.ts';
import { PROBLEMS, type ProblemCode } from '../../src/shared/problem.ts';
import { atLeast } from '../support/at-least.ts';
import { CookieClient, SAME_ORIGIN } from '../support/cookie-client.ts';
import { expectStatus, type Kit, PASSWORD, startKit } from '../support/helpers.ts';
import { SAMPLE_POSTS, SAMPLE_REQUESTS } from '../support/requests.ts';
import {
  type Stop,
  TOTP_SECRET,
  TOUR_POOL,
  TOUR_USERS,
  takeTour,
  takeTourOfFaults,
} from '../support/tour.ts';

await loadJoi();

const POOL = { userPoolId: 'us-east-1_AbCdEfGhI', clientId: 'abc' };

interface Operation {
  readonly operationId: string;
  readonly security: readonly object[];
  readonly requestBody?: { readonly content: Readonly<Record<string, { example?: unknown }>> };
  readonly responses: Readonly<
    Record<string, { headers?: object; content?: Readonly<Record<string, { example?: unknown }>> }>
  >;
}

interface Document {
  readonly servers: readonly { url: string }[];
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: {
    readonly schemas: object;
    readonly examples: Readonly<Record<string, { value: unknown }>>;
  };
}

const MANAGED_LOGIN = {
  managedLogin: { redirectUri: 'https://app.example.com/auth/callback', identityProviders: ['Google'] },
  cookieSecret: 'a secret for cookies, of 32 characters',
};

const settingsOf = (config: Config = {}) => parseConfig({ ...POOL, ...config }, {});
const documentOf = (config: Config = {}): Document =>
  JSON.parse(JSON.stringify(openApiDocument(settingsOf(config), '/auth'))) as Document;

/** Compiles the schema at a path in the document. */
function schemasOf(document: Document): (...path: string[]) => ValidateFunction {
  const ajv = new Ajv2020({ strict: false, validateFormats: false, allErrors: true });
  ajv.addSchema(document, 'openapi.json');
  const known = new Map<string, ValidateFunction>();
  return (...path) => {
    const pointer = path.map((step) => step.replaceAll('~', '~0').replaceAll('/', '~1')).join('/');
    const check = known.get(pointer) ?? ajv.compile({ $ref: `openapi.json#/${pointer}/schema` });
    known.set(pointer, check);
    return check;
  };
}

function expectValid(check: ValidateFunction, value: unknown, context: string): void {
  if (!check(value))
    throw new Error(`${context}: ${JSON.stringify(check.errors)} in ${JSON.stringify(value)}`);
}

const title = (config: Config): string => JSON.stringify(config).slice(0, 80);

function operations({ paths }: Document): { path: string; method: string; operation: Operation }[] {
  return Object.entries(paths).flatMap(([path, item]) =>
    Object.entries(item).map(([method, operation]) => ({ path, method, operation })),
  );
}

const strict = createConfig({ extends: ['recommended-strict'] });

describe('OpenAPI document', () => {
  const configs: readonly Config[] = [
    {},
    { signInWith: 'phoneNumber', writableAttributes: [] },
    { signInWith: 'username', concealUserExistence: false },
    { signInWith: ['email', 'username'], routes: { respondToChallenge: false } },
    {
      signInWith: ['phoneNumber', 'username'],
      writableAttributes: ['name', 'custom:plan'],
      rateLimits: false,
    },
    { routes: { signUp: '/users/new', signIn: '/session', getMe: '/user', health: false, openapi: false } },
    { transport: 'cookie', importSessions: true, ...MANAGED_LOGIN },
    { transport: 'both', ...MANAGED_LOGIN, routes: { startManagedLogin: '/enter', managedLogout: false } },
    { ...MANAGED_LOGIN },
    { routes: Object.fromEntries(ENDPOINTS.map(({ name }) => [name, name === 'signIn' && '/sign-in'])) },
    { transport: 'cookie' },
    { transport: 'cookie', autoSignIn: true, authFlow: 'USER_AUTH', passwordless: true },
    { transport: 'both', cookies: { name: 'shop', sameSite: 'strict' } },
    { transport: 'both', autoSignIn: true, authFlow: 'USER_AUTH', cookies: { dangerouslyAllowHttp: true } },
  ];
  for (const config of configs) {
    it(`passes the linter with ${title(config)}`, async () => {
      const document = documentOf(config);
      const problems = await lintFromString({
        source: JSON.stringify(document),
        absoluteRef: 'openapi.json',
        config: await strict,
      });
      // A redirect is a success as well.
      const redirects = operations(document)
        .filter(({ operation }) => '303' in operation.responses)
        .map(({ path }) => `#/paths/${path.replaceAll('/', '~1')}/get/responses`);
      expect(
        problems
          .map(({ ruleId, message, location }) => [ruleId, message, location[0]?.pointer])
          .filter(([rule, , at = '']) => rule !== 'operation-2xx-response' || !redirects.includes(at)),
      ).to.deep.equal([]);
    });

    it(`has examples that match their schemas with ${title(config)}`, () => {
      const document = documentOf(config);
      const schema = schemasOf(document);
      let examples = 0;
      for (const { path, method, operation } of operations(document)) {
        for (const [type, { example }] of Object.entries(operation.requestBody?.content ?? {})) {
          expectValid(
            schema('paths', path, method, 'requestBody', 'content', type),
            example,
            `${path} request`,
          );
        }
        for (const [status, { content }] of Object.entries(operation.responses)) {
          for (const [type, { example }] of Object.entries(content ?? {})) {
            if (!example) continue;
            expectValid(schema('paths', path, method, 'responses', status, 'content', type), example, path);
            examples++;
          }
        }
      }
      expect(examples).to.be.above(0);
    });
  }

  it('fails the linter if two operations have the same ID', async () => {
    const problems = await lintFromString({
      source: JSON.stringify(documentOf()).replace('"operationId":"signIn"', '"operationId":"signUp"'),
      absoluteRef: 'openapi.json',
      config: await strict,
    });
    expect(problems).to.have.lengthOf(1);
  });

  it('describes every endpoint with its body, security and errors', () => {
    const document = documentOf();
    expect(operations(document)).to.have.lengthOf(ENDPOINTS.length);
    for (const endpoint of ENDPOINTS) {
      const operation = document.paths[openApiPath(endpoint.path)]?.[endpoint.method];
      expect(operation?.operationId).to.equal(endpoint.name);
      expect(operation?.requestBody === undefined).to.equal(endpoint.body === undefined);
      const security = { access: [{ accessToken: [] }], optional: [{}, { accessToken: [] }], none: [] };
      expect(operation?.security).to.deep.equal(security[endpoint.auth]);
      for (const code of errorsOf(endpoint)) {
        const response = JSON.stringify(operation?.responses[PROBLEMS[code][0]]);
        expect(response, `${endpoint.name} ${code}`).to.include(`"${code}"`);
        expect(document.components.examples[code]?.value).to.include({ code });
      }
    }
  });

  it('has a schema for every challenge', () => {
    expect(Object.keys(documentOf().components.schemas)).to.include.members(
      Object.keys(CHALLENGES).map((name) => `respondToChallenge.${name}`),
    );
  });

  it('tells clients the parameters of every challenge, by its name', () => {
    const schema = schemasOf(documentOf());
    const check = schema('paths', '/sign-in', 'post', 'responses', '200', 'content', 'application/json');
    const posed = (name: string, parameters: object) =>
      check({ status: 'challenge', challenge: { name, session: 's', username: 'ada', parameters } });
    const right: Record<string, object> = {
      NEW_PASSWORD_REQUIRED: { requiredAttributes: ['name'], attributes: { email: 'ada@example.com' } },
      SMS_MFA: { delivery: { medium: 'SMS', destination: '+*******1234' } },
      EMAIL_OTP: { delivery: {} },
      SMS_OTP: { delivery: { medium: 'SMS' } },
      SELECT_CHALLENGE: { availableChallenges: ['PASSWORD'] },
      PASSWORD: {},
      PASSWORD_SRP: {},
      WEB_AUTHN: { publicKey: { challenge: 'Y2hhbGxlbmdl' } },
      SELECT_MFA_TYPE: { mfaTypes: ['SMS_MFA'] },
      MFA_SETUP: { mfaTypes: ['SOFTWARE_TOKEN_MFA'] },
      SOFTWARE_TOKEN_MFA: { deviceName: 'phone' },
      CUSTOM_CHALLENGE: { question: 'six times seven' },
      DEVICE_SRP_AUTH: {},
    };
    expect(Object.keys(right)).to.have.members(Object.keys(CHALLENGES));
    for (const [name, parameters] of Object.entries(right))
      expect(posed(name, parameters), name).to.equal(true);
    const wrong: [string, object][] = [
      ['NEW_PASSWORD_REQUIRED', {}],
      ['SMS_MFA', {}],
      ['SELECT_CHALLENGE', {}],
      ['WEB_AUTHN', { publicKey: {} }],
      ['SELECT_MFA_TYPE', { mfaTypes: ['PHONE'] }],
      ['CUSTOM_CHALLENGE', { question: 42 }],
      ['ANOTHER', {}],
    ];
    for (const [name, parameters] of wrong) expect(posed(name, parameters), name).to.equal(false);
  });

  it('omits disabled endpoints and moves renamed ones', () => {
    const { paths } = documentOf({ routes: { signUp: '/users/new', health: false } });
    expect(paths['/users/new']?.post?.operationId).to.equal('signUp');
    expect(Object.keys(paths)).to.not.include('/sign-up').and.not.include('/health');
  });

  it('describes managed login as a redirect, and its callback as tokens, a redirect or both by transport', () => {
    const successes = (config: Config, path: string): string[] =>
      Object.keys(documentOf({ ...config, ...MANAGED_LOGIN }).paths[path]?.get?.responses ?? {}).filter(
        (status) => status < '400',
      );
    for (const transport of ['bearer', 'cookie', 'both'] as const) {
      expect(successes({ transport }, '/login')).to.deep.equal(['303']);
      expect(successes({ transport }, '/logout')).to.deep.equal(['303']);
    }
    expect(successes({ transport: 'bearer' }, '/callback')).to.deep.equal(['200']);
    expect(successes({ transport: 'cookie' }, '/callback')).to.deep.equal(['303']);
    expect(successes({ transport: 'both' }, '/callback')).to.deep.equal(['200', '303']);
    expect(Object.keys(documentOf().paths)).to.not.include('/login').and.not.include('/callback');
  });

  it('describes a sign-in result with tokens, cookies or both by transport', () => {
    const successOf = (transport: 'bearer' | 'cookie' | 'both'): string =>
      JSON.stringify((documentOf({ transport }).components.schemas as { SignInResult: object }).SignInResult);
    expect(successOf('bearer')).to.include('/SignedIn"').and.not.include('/SignedInWithCookies"');
    expect(successOf('cookie')).to.include('/SignedInWithCookies"').and.not.include('/SignedIn"');
    expect(successOf('both')).to.include('/SignedIn"').and.include('/SignedInWithCookies"');
    expect(documentOf({ transport: 'cookie' }).components.schemas).to.not.have.property('Tokens');
  });

  it('names the mount path of the router as its server', async () => {
    const kit = await startKit({
      app: (auth) => express().use('/api/v2/auth', auth).use('/auth', auth).use(auth),
    });
    const urlAt = async (mount: string): Promise<unknown> =>
      expectStatus(await kit.request.get(`${mount}/openapi.json`), 200).body.servers;
    expect(await urlAt('/api/v2/auth')).to.deep.equal([{ url: '/api/v2/auth' }]);
    expect(await urlAt('/auth')).to.deep.equal([{ url: '/auth' }]);
    expect(await urlAt('')).to.deep.equal([{ url: '/' }]);
  });

  it("has every error code except those of the app's own protected routes", () => {
    const documented = new Set<string>(ALL_ENDPOINTS.flatMap((endpoint) => errorsOf(endpoint, 'cookie')));
    const others = (Object.keys(PROBLEMS) as ProblemCode[]).filter((code) => !documented.has(code));
    expect(others).to.deep.equal(['insufficient_group']);
  });

  it('has the headers that the statuses 401, 405, 429 and 503 require', () => {
    const seen = new Set<string>();
    for (const { operation } of operations(documentOf())) {
      for (const [status, name] of [
        ['401', 'WWW-Authenticate'],
        ['405', 'Allow'],
        ['429', 'Retry-After'],
        ['503', 'Retry-After'],
      ] as const) {
        const response = operation.responses[status];
        if (!response) continue;
        expect(response.headers).to.have.property(name);
        seen.add(status);
      }
    }
    expect([...seen].sort()).to.deep.equal(['401', '405', '429', '503']);
  });
});

describe('Request body schemas of the OpenAPI document', () => {
  const document = documentOf();
  const schema = schemasOf(document);
  for (const { title, endpoint, body } of SAMPLE_POSTS) {
    it(`accept the same bodies as the endpoint (${title})`, () => {
      const check = schema(
        'paths',
        openApiPath(endpoint.path),
        endpoint.method,
        'requestBody',
        'content',
        'application/json',
      );
      const joi = endpoint.body?.(settingsOf());
      const bodies: object[] = [body, { ...body, extra: 1 }, { ...body, email_verified: 'true' }, {}];
      for (const name of Object.keys(body)) {
        const { [name]: _left, ...rest } = body as Record<string, unknown>;
        bodies.push(rest, { ...body, [name]: 7 }, { ...body, [name]: null }, { ...body, [name]: '' });
        bodies.push({ ...body, [name]: 'x'.repeat(9000) });
      }
      for (const given of bodies) {
        const allowed = joi && !('problem' in validateBody(joi, given));
        expect(
          check(given),
          `${JSON.stringify(given).slice(0, 200)}: ${JSON.stringify(check.errors)}`,
        ).to.equal(allowed);
      }
    });
  }
});

for (const concealUserExistence of [true, false]) {
  describe(`Responses with concealUserExistence: ${concealUserExistence}`, () => {
    let kit: Kit;
    let stops: Stop[];
    let document: Document;
    before(async () => {
      kit = await startKit({
        pool: {
          pool: TOUR_POOL,
          users: TOUR_USERS,
          appClient: { PreventUserExistenceErrors: concealUserExistence ? 'ENABLED' : 'LEGACY' },
        },
        config: { concealUserExistence },
      });
      document = (await kit.get('/openapi.json')).body as Document;
      stops = (await takeTour(kit)).stops;
      const { tokens } = (await kit.post('/sign-in', { email: 'ada@example.com', password: PASSWORD })).body;
      const impatient = await startKit({ pool: kit.pool, config: { timeouts: { call: 300 } } });
      if (concealUserExistence) stops.push(...(await takeTourOfFaults(impatient, tokens.accessToken)));
      for (const { title, endpoint, method, path } of SAMPLE_REQUESTS) {
        const keep = async (variation: string, request: Promise<Stop['response']>) =>
          stops.push({ title: `${title} ${variation}`, endpoint: endpoint.name, response: await request });
        await keep('with a forged token', kit.request[method](path).set('Authorization', 'Bearer forged'));
        const methods = ['get', 'post', 'put', 'patch', 'delete'] as const;
        const others = methods.filter(
          (each) => !(each in (document.paths[openApiPath(`${endpoint.path}`)] ?? {})),
        );
        const [other = 'delete'] = others;
        await keep('with another method', kit.request[other](path));
        if (!endpoint.body) continue;
        const auth = { Authorization: `Bearer ${tokens.accessToken}` };
        await keep('with text', kit.request[method](path).set(auth).type('text').send('x'));
        await keep('with broken JSON', kit.request[method](path).set(auth).type('json').send('{'));
        await keep(
          'with a long body',
          kit.request[method](path)
            .set(auth)
            .send({ a: 'x'.repeat(17_000) }),
        );
        await keep(
          'with a deep body',
          kit.request[method](path)
            .set(auth)
            .send({ a: { a: { a: { a: { a: 1 } } } } }),
        );
      }
    });

    it('match the OpenAPI document', () => {
      const schema = schemasOf(document);
      for (const { title, endpoint, response } of atLeast(100, stops)) {
        const found = operations(document).find(({ operation }) => operation.operationId === endpoint);
        if (!found) throw new Error(`${endpoint} is not documented.`);
        const type = response.type;
        const documented = found.operation.responses[response.status];
        expect(documented, `${endpoint} ${title}: ${response.status} ${response.text}`).to.not.equal(
          undefined,
        );
        expect(Object.keys(documented?.content ?? {})).to.deep.equal([type]);
        for (const name of Object.keys(documented?.headers ?? {})) {
          if (!name.startsWith('RateLimit')) expect(response.headers).to.have.property(name.toLowerCase());
        }
        const { path, method } = found;
        const check = schema('paths', path, method, 'responses', String(response.status), 'content', type);
        expectValid(check, response.body, `${endpoint} ${title}`);
      }
    });
  });
}

for (const transport of ['cookie', 'both'] as const) {
  describe(`Server with transport: ${transport}`, () => {
    const stops: Stop[] = [];
    let kit: Kit;
    let document: Document;

    before(async () => {
      kit = await startKit({
        pool: {
          pool: TOUR_POOL,
          users: [...TOUR_USERS, { username: 'ada@example.com', password: PASSWORD }],
        },
        config: { transport, importSessions: true },
      });
      document = (await kit.get('/openapi.json')).body as Document;
      const page = new CookieClient(kit);
      const post = async (endpoint: EndpointName, path: string, body: object) => {
        const response = await page.post(path, body);
        stops.push({ title: 'in a browser', endpoint, response });
        return response.body;
      };
      const asked = transport === 'both' && { transport: 'cookie' };
      for (const [email, endpoint, path] of [
        ['ada@example.com', 'getMe', '/me'],
        ['grace@example.com', 'listDevices', '/devices'],
      ] as const) {
        let step = await post('signIn', '/sign-in', { email, password: PASSWORD, ...asked });
        if (step.status === 'challenge') {
          const { name, username } = step.challenge;
          const confirmationCode = totpCode(TOTP_SECRET, kit.pool.clock.now());
          step = await post('respondToChallenge', '/challenge', { name, username, confirmationCode });
        }
        expect(step).to.include({ status: 'complete' });
        expect(step).to.have.property('user');
        expect(await post('confirmDevice', '/devices', step.newDevice)).to.not.have.property('device');
        stops.push({ title: 'in a browser', endpoint, response: await page.get(path) });
        expect(await post('refresh', '/refresh', {})).to.have.property('user');
      }
      await post('startTotp', '/mfa/totp', {});
      const { refreshToken } = kit.pool.tokensFor('ada@example.com');
      await post('importSession', '/import-session', { refreshToken });
      for (const [title, cookie, token, site] of [
        ['with a token', '', refreshToken, 'same-origin'],
        ['with a token that is made up', '', 'made-up', 'same-origin'],
        ['with no token', '', undefined, 'same-origin'],
        ['from another site', '', refreshToken, 'cross-site'],
        ['with cookies twice', `${page.header}; ${page.header}`, refreshToken, 'same-origin'],
      ] as const) {
        const headers = { Cookie: cookie, 'Sec-Fetch-Site': site };
        const response = await kit.post('/import-session', { refreshToken: token }).set(headers);
        stops.push({ title, endpoint: 'importSession', response });
      }
      const Authorization = `Bearer ${page.value('access')}`;
      for (const { title, endpoint, method, path, body } of SAMPLE_REQUESTS) {
        const { session, refreshToken, device, ...rest } = { ...body } as Record<string, unknown>;
        const keep = async (variation: string, headers: object, cookie = page.header) => {
          const request = kit.request[method](path).set({ Cookie: cookie, ...headers });
          const response = await (body ? request.send(rest) : request);
          stops.push({ title: `${title} ${variation}`, endpoint: endpoint.name, response });
        };
        await keep('from another site', { 'Sec-Fetch-Site': 'cross-site' });
        await keep('with cookies twice', SAME_ORIGIN, `${page.header}; ${page.header}`);
        await keep('with two tokens', { ...SAME_ORIGIN, Authorization });
        await keep('with forged cookies', SAME_ORIGIN, '__Host-auth-access=x; __Host-auth-refresh=x');
      }
      await post('signOut', '/sign-out', {});
    });
    after(() => kit.close());

    it('sends responses that match its OpenAPI document', () => {
      const schema = schemasOf(document);
      const codes = new Set<unknown>();
      for (const { title, endpoint, response } of atLeast(100, stops)) {
        const found = operations(document).find(({ operation }) => operation.operationId === endpoint);
        if (!found) throw new Error(`${endpoint} is not documented.`);
        const documented = found.operation.responses[response.status];
        expect(documented, `${endpoint} ${title}: ${response.status} ${response.text}`).to.not.equal(
          undefined,
        );
        const place = ['responses', String(response.status), 'content', response.type];
        const check = schema('paths', found.path, found.method, ...place);
        expectValid(check, response.body, `${endpoint} ${title}`);
        codes.add(response.body.code);
      }
      expect(codes).to.include.members(['cross_site_request', 'invalid_request', undefined]);
    });

    it('accepts the bodies that its OpenAPI document accepts, and no others', () => {
      const settings = settingsOf({ transport });
      const schema = schemasOf(document);
      for (const { endpoint, body } of SAMPLE_POSTS) {
        const joi = endpoint.body?.(settings);
        const { session, refreshToken, device, ...rest } = { ...body } as Record<string, unknown>;
        const place = ['requestBody', 'content', 'application/json'];
        const check = schema('paths', openApiPath(endpoint.path), endpoint.method, ...place);
        for (const given of [
          body,
          rest,
          { ...rest, transport: 'cookie' },
          { ...rest, session: 'x'.repeat(20) },
        ]) {
          const allowed = joi && !('problem' in validateBody(joi, given));
          expect(check(given), `${endpoint.name} ${JSON.stringify(given)}`).to.equal(allowed);
        }
      }
    });

    it('documents the access token of the header and of the cookie as its security', () => {
      const { securitySchemes } = document.components as unknown as { securitySchemes: object };
      expect(securitySchemes).to.deep.include({
        accessCookie: { type: 'apiKey', in: 'cookie', name: '__Host-auth-access' },
      });
      for (const endpoint of ENDPOINTS) {
        const operation = document.paths[openApiPath(endpoint.path)]?.[endpoint.method];
        const either = [{ accessToken: [] }, { accessCookie: [] }];
        const security = { access: either, optional: [{}, ...either], none: [] };
        expect(operation?.security).to.deep.equal(security[endpoint.auth]);
      }
    });
  });
}
