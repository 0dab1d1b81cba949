import { execFile } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import http, { type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { expect } from 'chai';
import express, { type Express, type Request, type RequestHandler, type Response } from 'express';
import request, { type Test } from 'supertest';
import { findAuth, getAuth } from '../src/auth/request-auth.ts';
import { type PoolOptions, type RequireAuthOptions, requireAuth } from '../src/require-auth.ts';
import { ProblemError, problem, sendProblem } from '../src/shared/problem.ts';
import { createTestIssuer, type TestIssuer } from '../src/testing/index.ts';
import { JwksServer } from './support/jwks-server.ts';

let issuer: TestIssuer;
before(async () => {
  issuer = await createTestIssuer();
});

/** An app with one route behind the middleware, which answers with the user. */
function appWith(options: RequireAuthOptions = {}, ...before: RequestHandler[]): Express {
  const app = express();
  app.use(...before, (_req, _res, next) => next());
  app.all('/', requireAuth({ ...issuer.config, ...options }), (req, res) => {
    res.json({
      user: findAuth(req)?.username ?? 'anonymous',
      auth: (req as { auth?: unknown }).auth ?? null,
    });
  });
  app.use((error: Error, _req: Request, res: Response, _next: express.NextFunction) => {
    res.status(500).json({ thrown: error.message });
  });
  return app;
}

function get(app: Express, token?: string): Test {
  const test = request(app).get('/');
  return token === undefined ? test : test.set('Authorization', `Bearer ${token}`);
}

/** Checks the whole response to a refused request. */
async function expectProblem(
  test: Test,
  expected: { status: number; code: string; title: string; detail: string; challenge?: string },
): Promise<void> {
  const { status, headers, body } = await test;
  const { challenge, ...members } = expected;
  expect(body.requestId).to.match(/^[0-9a-f-]{36}$/);
  expect({ status, ...body }).to.deep.equal({
    ...members,
    type: `urn:problem-type:express-cognito-kit:${expected.code}`,
    requestId: body.requestId,
  });
  expect(headers['content-type']).to.equal('application/problem+json; charset=utf-8');
  expect(headers['cache-control']).to.equal('no-store');
  expect(headers['www-authenticate']).to.equal(challenge);
}

const missing = {
  status: 401,
  code: 'missing_token',
  title: 'Authentication required',
  detail: 'The request needs an access token.',
  challenge: 'Bearer realm="api"',
};

const otherScheme = {
  ...missing,
  detail:
    'The Authorization header does not have the scheme "Bearer". Send "Authorization: Bearer <access token>".',
};

function invalid(detail: string) {
  return {
    status: 401,
    code: 'invalid_token',
    title: 'Invalid token',
    detail,
    challenge: `Bearer error="invalid_token", error_description="${detail}"`,
  };
}

describe('Route behind requireAuth', () => {
  it('serves a user with a valid token and reads the claims into req.auth', async () => {
    const token = issuer.accessToken({ sub: 'a-sub', username: 'ada', groups: ['admin'] });
    const { status, body } = await get(appWith(), token);
    expect(status).to.equal(200);
    expect(body.user).to.equal('ada');
    expect(body.auth).to.deep.include({
      sub: 'a-sub',
      username: 'ada',
      groups: ['admin'],
      tokenUse: 'access',
    });
    expect(body.auth.payload.client_id).to.equal('testclient');
  });

  it('has a named middleware for stack traces', () => {
    expect(requireAuth({ ...issuer.config })).to.have.property('name', 'requireAuthMiddleware');
  });

  it('serves a cached token synchronously', () => {
    const middleware = requireAuth({ ...issuer.config });
    const req = {
      headers: { authorization: `Bearer ${issuer.accessToken()}` },
      rawHeaders: [],
    } as unknown as IncomingMessage;
    for (const _ of ['first', 'second']) {
      let served = false;
      middleware(req, {} as ServerResponse, () => {
        served = true;
      });
      expect(served).to.equal(true);
    }
  });

  it('accepts the scheme in any case and with several spaces', async () => {
    const app = appWith();
    for (const scheme of ['bearer ', 'BEARER ', 'BeArEr   ']) {
      const { status } = await request(app)
        .get('/')
        .set('Authorization', scheme + issuer.accessToken());
      expect(status, scheme).to.equal(200);
    }
  });

  it('answers missing_token without a token', () => expectProblem(get(appWith()), missing));

  for (const header of ['Basic YTpi', 'Bearerish abc', 'DPoP abc', 'Negotiate', '']) {
    it(`answers missing_token to "Authorization: ${header}"`, () =>
      expectProblem(
        request(appWith()).get('/').set('Authorization', header),
        header ? otherScheme : missing,
      ));
  }

  it('ignores a token in the query or the body', async () => {
    const token = issuer.accessToken();
    const app = appWith({}, express.json(), express.urlencoded());
    await expectProblem(request(app).get('/').query({ access_token: token }), missing);
    await expectProblem(request(app).post('/').type('form').send({ access_token: token }), missing);
    await expectProblem(request(app).post('/').send({ access_token: token }), missing);
  });

  for (const header of ['Bearer a.b', 'Bearer a, Bearer b', 'bearer W10.W10.W10']) {
    it(`answers invalid_token to "Authorization: ${header}"`, () =>
      expectProblem(
        request(appWith()).get('/').set('Authorization', header),
        invalid('The token is malformed.'),
      ));
  }

  it('refuses a forged token', () =>
    expectProblem(
      get(appWith(), issuer.forge(issuer.accessToken())),
      invalid('The signature of the token is wrong.'),
    ));

  it('refuses an expired token with token_expired', () =>
    expectProblem(get(appWith(), issuer.accessToken({ expiresIn: -1 })), {
      status: 401,
      code: 'token_expired',
      title: 'Token expired',
      detail: 'The token has expired. Refresh it or sign in again.',
      challenge:
        'Bearer error="invalid_token", error_description="The token has expired. Refresh it or sign in again."',
    }));

  it('refuses an ID token, unless tokenUse is id', async () => {
    await expectProblem(get(appWith(), issuer.idToken()), invalid('The token is not an access token.'));
    const app = appWith({ tokenUse: 'id' });
    await expectProblem(get(app, issuer.accessToken()), invalid('The token is not an ID token.'));
    const { body } = await get(app, issuer.idToken({ email: 'ada@example.com' }));
    expect(body.auth.payload.email).to.equal('ada@example.com');
  });

  it('refuses a token of another client', async () => {
    const token = issuer.accessToken({ clientId: 'another' });
    await expectProblem(get(appWith(), token), invalid('The token was issued to another client.'));
    expect((await get(appWith({ clientId: ['testclient', 'another'] }), token)).status).to.equal(200);
    expect((await get(appWith({ clientId: null }), token)).status).to.equal(200);
  });

  it('refuses a request with two Authorization headers, even if a token is valid', async () => {
    const valid = `Bearer ${issuer.accessToken()}`;
    for (const headers of [
      [valid, valid],
      [valid, 'Bearer bad'],
      ['Basic YTpi', valid],
    ]) {
      const { status, head, body } = await rawRequest(appWith({ optional: true }), headers);
      expect(status).to.equal(400);
      expect(JSON.parse(body)).to.include({ status: 400, code: 'invalid_request' });
      expect(head).to.include(
        'WWW-Authenticate: Bearer error="invalid_request", error_description="The request has more than one Authorization header."',
      );
    }
  });

  it('reveals nothing of a refused token', async () => {
    const token = issuer.forge(issuer.accessToken({ username: 'marked-user' }));
    const { text, headers } = await get(appWith(), token);
    for (const secret of [token, token.slice(-20), 'marked-user']) {
      expect(text + JSON.stringify(headers)).to.not.include(secret);
    }
  });

  it('answers HEAD without a body', async () => {
    const { status, headers, text } = await request(appWith()).head('/');
    expect(status).to.equal(401);
    expect(headers['www-authenticate']).to.equal('Bearer realm="api"');
    expect(text).to.equal(undefined);
  });
});

describe('requireAuth with groups', () => {
  const refused = {
    status: 403,
    code: 'insufficient_group',
    title: 'Insufficient group',
    detail: 'The user is not in a required group.',
    challenge: 'Bearer error="insufficient_scope", error_description="The user is not in a required group."',
  };

  it('allows a user in the group', async () => {
    expect(
      (await get(appWith({ groups: 'admin' }), issuer.accessToken({ groups: ['admin'] }))).status,
    ).to.equal(200);
  });

  it('allows a user in any of the groups', async () => {
    const app = appWith({ groups: ['admin', 'staff'] });
    expect((await get(app, issuer.accessToken({ groups: ['users', 'staff'] }))).status).to.equal(200);
  });

  it('refuses a user in none of the groups', async () => {
    const app = appWith({ groups: ['admin', 'staff'] });
    await expectProblem(get(app, issuer.accessToken({ groups: ['Admin', 'administrators'] })), refused);
    await expectProblem(get(app, issuer.accessToken()), refused);
  });

  it('checks the groups of a cached token', async () => {
    const token = issuer.accessToken();
    expect((await get(appWith(), token)).status).to.equal(200);
    await expectProblem(get(appWith({ groups: 'admin' }), token), refused);
  });

  it('checks the token before the groups', () =>
    expectProblem(
      get(appWith({ groups: 'admin' }), issuer.forge(issuer.accessToken())),
      invalid('The signature of the token is wrong.'),
    ));
});

describe('requireAuth with scopes', () => {
  it('accepts a token with all scopes', async () => {
    const app = appWith({ scopes: ['orders/read', 'openid'] });
    const token = issuer.accessToken({ scopes: ['openid', 'email', 'orders/read'] });
    expect((await get(app, token)).status).to.equal(200);
  });

  it('refuses a token without one of the scopes, and names the required scopes', () =>
    expectProblem(
      get(
        appWith({ scopes: ['orders/read', 'openid'] }),
        issuer.accessToken({ scopes: ['openid', 'orders/readmore'] }),
      ),
      {
        status: 403,
        code: 'insufficient_scope',
        title: 'Insufficient scope',
        detail: 'The token does not have a required scope.',
        challenge:
          'Bearer error="insufficient_scope", error_description="The token does not have a required scope.", scope="orders/read openid"',
      },
    ));
});

describe('requireAuth with optional', () => {
  it('serves a request without a token', async () => {
    const { status, body } = await get(appWith({ optional: true }));
    expect(status).to.equal(200);
    expect(body).to.deep.equal({ user: 'anonymous', auth: null });
  });

  it('identifies a user with a token', async () => {
    const { body } = await get(appWith({ optional: true }), issuer.accessToken({ username: 'ada' }));
    expect(body.user).to.equal('ada');
  });

  it('refuses an invalid token and a user without the group', async () => {
    const app = appWith({ optional: true, groups: 'admin' });
    await expectProblem(get(app, 'bad'), invalid('The token is malformed.'));
    expect((await get(app, issuer.accessToken())).status).to.equal(403);
  });

  it('overwrites a req.auth that other middleware set', async () => {
    const spoof: RequestHandler = (req, _res, next) => {
      (req as { auth?: unknown }).auth = { sub: 'spoofed', username: 'spoofed' };
      next();
    };
    expect((await get(appWith({ optional: true }, spoof))).body).to.deep.equal({
      user: 'anonymous',
      auth: null,
    });
    const { body } = await get(appWith({ optional: true }, spoof), issuer.accessToken({ username: 'ada' }));
    expect(body.auth.username).to.equal('ada');
  });

  it('removes the user of an earlier requireAuth if it finds none itself', async () => {
    const other = await createTestIssuer({ userPoolId: 'us-east-1_Other' });
    const app = appWith(
      { ...other.config, onError: (_problem, _req, _res, next) => next() },
      requireAuth(issuer.config),
    );
    expect((await get(app, issuer.accessToken())).body).to.deep.equal({ user: 'anonymous', auth: null });
  });
});

describe('getAuth()', () => {
  it('returns the result of requireAuth, like findAuth() and req.auth', async () => {
    const app = express().get('/', requireAuth(issuer.config), (req, res) => {
      expect(getAuth(req)).to.equal((req as { auth?: unknown }).auth);
      expect(findAuth(req)).to.equal(getAuth(req));
      res.send(getAuth(req).sub);
    });
    expect((await get(app, issuer.accessToken({ sub: 'a-sub' }))).text).to.equal('a-sub');
  });

  it('throws with the fix if requireAuth did not run, even if req.auth is set', () => {
    const req = { auth: { sub: 'spoofed' } } as unknown as Request;
    expect(() => getAuth(req)).to.throw(Error, 'Put requireAuth() before the handler');
    expect(findAuth(req)).to.equal(undefined);
  });

  it('throws for an anonymous request', async () => {
    const app = express().get('/', requireAuth({ ...issuer.config, optional: true }), (req, res) => {
      expect(() => getAuth(req)).to.throw(Error, 'call findAuth');
      res.send('ok');
    });
    expect((await get(app)).text).to.equal('ok');
  });
});

describe('customCheck', () => {
  const forbidden = {
    status: 403,
    code: 'forbidden',
    title: 'Forbidden',
    detail: 'The request is not allowed.',
  };

  it('runs before req.auth and findAuth() have the user', async () => {
    const seen: unknown[] = [];
    const app = express()
      .use(requireAuth(issuer.config))
      .use(
        requireAuth({
          ...issuer.config,
          customCheck: ({ req }) => {
            seen.push(findAuth(req), (req as { auth?: unknown }).auth);
            return true;
          },
        }),
      )
      .use((req, res) => void res.json(getAuth(req)));
    expect((await get(app, issuer.accessToken())).status).to.equal(200);
    expect(seen).to.deep.equal([undefined, undefined]);
  });

  it('receives the user and the request', async () => {
    const app = appWith({ customCheck: ({ auth, req }) => auth.username === 'ada' && req.path === '/' });
    expect((await get(app, issuer.accessToken({ username: 'ada' }))).status).to.equal(200);
    await expectProblem(get(app, issuer.accessToken({ username: 'eve' })), forbidden);
  });

  it('can be asynchronous', async () => {
    const check = (allowed: boolean) => appWith({ customCheck: () => Promise.resolve(allowed) });
    expect((await get(check(true), issuer.accessToken())).status).to.equal(200);
    await expectProblem(get(check(false), issuer.accessToken()), forbidden);
  });

  it('refuses the request if it returns anything but true', async () => {
    for (const returned of [undefined, null, 1, 'yes', {}]) {
      await expectProblem(
        get(appWith({ customCheck: () => returned as boolean }), issuer.accessToken()),
        forbidden,
      );
    }
  });

  it('can refuse with a ProblemError of the app', async () => {
    const trialEnded = {
      status: 402,
      code: 'trial_ended',
      title: 'Trial ended',
      detail: 'Pay first.',
      headers: {},
    };
    const app = appWith({
      customCheck: () => {
        throw new ProblemError(trialEnded);
      },
    });
    const { status, body } = await get(app, issuer.accessToken());
    expect(status).to.equal(402);
    expect(body).to.deep.include({ code: 'trial_ended', detail: 'Pay first.' });
  });

  it('refuses the request if it fails, and passes its error to the app', async () => {
    const failing = [
      () => {
        throw new Error('sync');
      },
      () => Promise.reject(new Error('async')),
    ];
    for (const customCheck of failing) {
      const { status, body } = await get(appWith({ customCheck }), issuer.accessToken());
      expect(status).to.equal(500);
      expect(body.thrown).to.be.oneOf(['sync', 'async']);
    }
  });

  it('runs after all other checks', async () => {
    let calls = 0;
    const app = appWith({ groups: 'admin', optional: true, customCheck: () => ++calls > 0 });
    await get(app);
    await get(app, issuer.forge(issuer.accessToken()));
    await get(app, issuer.accessToken());
    expect(calls).to.equal(0);
    await get(app, issuer.accessToken({ groups: ['admin'] }));
    expect(calls).to.equal(1);
  });
});

describe('onError', () => {
  it('receives every refusal and can answer it', async () => {
    const app = appWith({
      scopes: 'orders/read',
      onError: ({ status, code, headers }, _req, res) =>
        res.status(status).set(headers).send(`sorry: ${code}`),
    });
    const { status, text, headers } = await get(app);
    expect([status, text, headers['www-authenticate']]).to.deep.equal([
      401,
      'sorry: missing_token',
      'Bearer realm="api"',
    ]);
    expect((await get(app, 'bad')).text).to.equal('sorry: invalid_token');
    expect((await get(app, issuer.accessToken())).text).to.equal('sorry: insufficient_scope');
  });

  it('can pass the refusal to the error handlers of the app, or call sendProblem()', async () => {
    const toApp = appWith({ onError: (refusal, _req, _res, next) => next(new ProblemError(refusal)) });
    expect((await get(toApp)).body.thrown).to.equal('missing_token: The request needs an access token.');
    const toUs = appWith({ onError: (_refusal, req, res) => sendProblem(problem('not_found'), req, res) });
    expect((await get(toUs)).body.code).to.equal('not_found');
  });

  for (const [failure, onError] of Object.entries({
    throws: () => {
      throw new Error('audit down');
    },
    rejects: () => Promise.reject(new Error('audit down')),
  })) {
    it(`passes its own error to the app if it ${failure}, with and without a token`, async () => {
      const app = appWith({ onError });
      expect((await get(app)).body.thrown).to.equal('audit down');
      expect((await get(app, 'bad')).body.thrown).to.equal('audit down');
    });
  }

  it('can continue the request, which is then anonymous', async () => {
    const { body } = await get(appWith({ onError: (_problem, _req, _res, next) => next() }), 'bad');
    expect(body).to.deep.equal({ user: 'anonymous', auth: null });
  });

  it('cannot change the refusal of the next request', async () => {
    const app = appWith({
      onError: (refusal, req, res) => {
        expect(refusal).to.be.frozen;
        expect(refusal.headers).to.be.frozen;
        sendProblem(refusal, req, res);
      },
    });
    for (const test of [get(app), get(app, 'bad')]) expect((await test).status).to.equal(401);
  });
});

describe('Keys of the pool with requireAuth', () => {
  let server: JwksServer;
  beforeEach(async () => {
    server = await JwksServer.start(issuer.config.jwks, '/jwks.json');
  });
  afterEach(() => server.close());

  /** Each test has its own JWKS URI, so tests share no keys. */
  const remote = (more: RequireAuthOptions = {}) => ({ jwks: undefined, jwksUri: server.uri, ...more });

  it('are fetched with the first request and shared by all middleware of the pool', async () => {
    const admin = appWith(remote({ groups: 'admin' }));
    const anyUser = appWith(remote());
    expect(server.requests).to.equal(0);
    expect((await get(anyUser, issuer.accessToken())).status).to.equal(200);
    expect((await get(admin, issuer.accessToken())).status).to.equal(403);
    expect((await get(appWith(remote({ tokenUse: 'id' })), issuer.idToken())).status).to.equal(200);
    expect(server.requests).to.equal(1);
  });

  it('cause 503 and not 401 while they are unavailable, and do not prevent the start of the app', async () => {
    const { port } = server;
    await server.close();
    const app = appWith({ jwks: undefined, jwksUri: `http://127.0.0.1:${port}/jwks.json` });
    for (const _ of ['fetching', 'backing off']) {
      const test = get(app, issuer.accessToken()).expect('Retry-After', '1');
      await expectProblem(test, {
        status: 503,
        code: 'upstream_unavailable',
        title: 'Upstream unavailable',
        detail: 'The signing key of the token cannot be fetched. Try again later.',
      });
    }
    await expectProblem(get(app), missing);
    await expectProblem(get(app, issuer.accessToken({ expiresIn: -1 })).expect(401), {
      ...invalid('The token has expired. Refresh it or sign in again.'),
      code: 'token_expired',
      title: 'Token expired',
    });
  });

  for (const optional of [false, true]) {
    it(`cause 503 and not 401 for an unknown key ID during the cool-down, with optional: ${optional}`, async () => {
      const app = appWith(remote({ optional }));
      expect((await get(app, issuer.accessToken())).status).to.equal(200);
      const [, ...rest] = issuer.accessToken().split('.');
      const header = Buffer.from(JSON.stringify({ kid: 'new', alg: 'RS256' })).toString('base64url');
      const refused = await get(app, [header, ...rest].join('.'));
      expect([refused.status, refused.body.code]).to.deep.equal([503, 'upstream_unavailable']);
      expect(refused.headers['retry-after']).to.match(/^[12]$/);
      expect(refused.headers).to.not.have.property('www-authenticate');
      expect(server.requests).to.equal(1);
    });
  }

  it('are fetched from the endpoint, which is the issuer of its tokens', async () => {
    const userPoolId = 'local_Pool1';
    const pool = await JwksServer.start(issuer.config.jwks, `/${userPoolId}/.well-known/jwks.json`);
    const app = appWith({ userPoolId, endpoint: `${pool.origin}/`, issuer: undefined, jwks: undefined });
    const token = issuer.accessToken({ claims: { iss: `${pool.origin}/${userPoolId}` } });
    expect((await get(app, token)).status).to.equal(200);
    await expectProblem(get(app, issuer.accessToken()), invalid('The token is from another issuer.'));
    await pool.close();
  });
});

describe('requireAuth with several pools', () => {
  it('accepts the tokens of each pool for its own client', async () => {
    const other = await createTestIssuer({ userPoolId: 'eu-west-1_Other', clientId: 'otherclient' });
    const pools = [issuer.config, other.config];
    for (const middleware of [requireAuth(pools), requireAuth({ pools, groups: 'admin' })]) {
      const app = express().get('/', middleware, (req, res) => res.send(getAuth(req).payload.iss));
      const groups = ['admin'];
      expect((await get(app, issuer.accessToken({ groups }))).text).to.equal(issuer.config.issuer);
      expect((await get(app, other.accessToken({ groups }))).text).to.equal(other.config.issuer);
      await expectProblem(
        get(app, other.accessToken({ clientId: 'testclient' })),
        invalid('The token was issued to another client.'),
      );
    }
  });
});

describe('Options of requireAuth', () => {
  const pool = { userPoolId: 'us-east-1_AbC', clientId: 'client' };
  const wrong: [given: unknown, message: string][] = [
    [{}, 'userPoolId is missing; set the option, or COGNITO_USER_POOL_ID,'],
    [{ userPoolId: 'us-east-1_AbC' }, 'clientId is missing; set the option, or COGNITO_CLIENT_ID,'],
    ['us-east-1_AbC', 'requireAuth is "us-east-1_AbC"; write an object of options'],
    [null, 'requireAuth is null; write an object of options'],
    [{ ...pool, userPoolId: 'AbC' }, 'userPoolId is "AbC"; write the "User pool ID"'],
    [{ ...pool, userPoolId: 7 }, 'userPoolId is 7; write'],
    [{ ...pool, userPoolId: 'nowhere_AbC' }, '"nowhere" is not an AWS region; write'],
    [{ ...pool, clientId: '' }, 'clientId is ""; write the "Client ID"'],
    [{ ...pool, clientId: [] }, 'clientId is []; write'],
    [{ ...pool, clientId: ['a', 7] }, 'clientId is 7; write'],
    [{ ...pool, group: 'admin' }, 'requireAuth has no option "group"; did you mean "groups"'],
    [{ ...pool, clientID: 'a' }, 'requireAuth has no option "clientID"; did you mean "clientId"'],
    [{ ...pool, tokenuse: 'id' }, 'did you mean "tokenUse"'],
    [
      { ...pool, frobnicate: 1 },
      'requireAuth has no option "frobnicate"; the options are userPoolId, clientId,',
    ],
    [{ ...pool, tokenUse: 'refresh' }, `tokenUse is "refresh"; write 'access' or 'id'`],
    [{ ...pool, groups: [] }, 'groups is []; write the name of a group, or a list of them, or leave it out'],
    [{ ...pool, groups: 'two words' }, 'groups is "two words"; write'],
    [{ ...pool, groups: [true] }, 'groups is true; write'],
    [{ ...pool, scopes: 'openid email' }, 'scopes is "openid email"; write'],
    [{ ...pool, scopes: 'a"b' }, 'scopes is "a\\"b"; write'],
    [{ ...pool, scopes: 'openid', tokenUse: 'id' }, 'ID tokens have no scopes'],
    [{ ...pool, optional: 'yes' }, 'optional is "yes"; write true or false'],
    [{ ...pool, customCheck: true }, 'customCheck is true; write a function'],
    [{ ...pool, onError: {} }, 'onError is {}; write a function'],
    [
      { ...pool, clockToleranceSeconds: -1 },
      'clockToleranceSeconds is -1; write a number of seconds from 0 to 300',
    ],
    [{ ...pool, clockToleranceSeconds: 301 }, 'clockToleranceSeconds is 301; write'],
    [{ ...pool, clockToleranceSeconds: Number.NaN }, 'clockToleranceSeconds is NaN; write'],
    [{ ...pool, clockToleranceSeconds: '5' }, 'clockToleranceSeconds is "5"; write'],
    [{ ...pool, cache: 'off' }, 'cache is "off"; write'],
    [{ ...pool, cache: { max: 5 } }, 'cache has no option "max"; the options are maxEntries, maxBytes'],
    [{ ...pool, cache: { maxBytes: 32 } }, 'cache.maxBytes is 32; write a whole number from 1000000 to'],
    [{ ...pool, cache: { maxBytes: '32 MB' } }, 'cache.maxBytes is "32 MB"; write'],
    [{ ...pool, cache: 100 }, 'cache is 100; write an object of options'],
    [{ ...pool, cache: { maxEntries: 0 } }, 'cache.maxEntries is 0; write a whole number from 1'],
    [{ ...pool, cache: { maxEntries: 1.5 } }, 'cache.maxEntries is 1.5; write'],
    [{ ...pool, endpoint: 'localhost:9229' }, 'endpoint is "localhost:9229"; write an absolute URL'],
    [{ ...pool, endpoint: 'http://example.com' }, 'endpoint is "http://example.com"; write https://'],
    [{ ...pool, endpoint: 'https://u:p@example.com' }, 'endpoint contains a user name or password'],
    [{ ...pool, issuer: 'http://example.com' }, 'issuer is "http://example.com"; write https://'],
    [{ ...pool, issuer: [] }, 'issuer is []; write'],
    [{ ...pool, jwksUri: 'file:///etc/passwd' }, 'jwksUri is "file:///etc/passwd"; write an absolute URL'],
    [
      { ...pool, jwksUri: 'http://8.8.8.8/jwks.json' },
      'jwksUri is "http://8.8.8.8/jwks.json"; write https://',
    ],
    [{ ...pool, jwks: { keys: [] } }, 'jwks has no usable key; write'],
    [{ ...pool, jwks: [] }, 'jwks has no usable key; write'],
    [{ ...pool, jwks: { keys: [] }, jwksUri: 'https://example.com/' }, 'jwks and jwksUri are both set'],
    [{ pools: [] }, 'pools is []; write a list of pools'],
    [{ pools: pool }, 'pools is {"userPoolId"'],
    [[pool, { userPoolId: 'us-east-1_Other' }], 'clientId is missing'],
    [[{ clientId: 'client' }], 'userPoolId is missing'],
    [[pool, { ...pool, clientId: 'other' }], 'two pools have the issuer'],
    [[{ ...pool, groups: 'admin' }], 'pools[0] has no option "groups"'],
    [[7], 'pools[0] is 7; write an object'],
    [{ pools: [pool], clientId: 'client' }, 'clientId is set beside pools; write it inside each of them'],
  ];
  for (const [given, message] of wrong) {
    it(`throw a TypeError if one is invalid (${message})`, () => {
      expect(() => requireAuth(given as RequireAuthOptions)).to.throw(TypeError, 'express-cognito-kit: ');
      expect(() => requireAuth(given as RequireAuthOptions)).to.throw(TypeError, message);
    });
  }

  it('are missing if requireAuth is passed to app.use() without being called, which is reported', async () => {
    const app = express().use(requireAuth as unknown as RequestHandler);
    app.use((error: Error, _req: Request, res: Response, _next: express.NextFunction) =>
      res.send(error.message),
    );
    expect((await get(app)).text).to.include('write requireAuth()');
  });

  const valid: PoolOptions[] = [
    { ...pool, endpoint: 'http://localhost:9229' },
    { ...pool, endpoint: 'http://[::1]:9229' },
    { ...pool, endpoint: 'http://cognito:9229' },
    { ...pool, endpoint: 'http://pool.default.svc.cluster.local' },
    { ...pool, endpoint: 'http://10.0.0.7:9229' },
    { ...pool, userPoolId: 'local_AbC', endpoint: 'http://127.0.0.1:9229' },
    { ...pool, userPoolId: 'us-gov-west-1_AbC' },
    { ...pool, userPoolId: 'eusc-de-east-1_AbC' },
    { ...pool, issuer: 'a name', jwksUri: 'https://example.com/jwks.json' },
  ];
  for (const given of valid) {
    it(`can be ${JSON.stringify(given)}`, () => expect(() => requireAuth(given)).to.not.throw());
  }
});

describe('Environment variables of requireAuth', () => {
  const names = ['COGNITO_USER_POOL_ID', 'COGNITO_CLIENT_ID', 'COGNITO_ENDPOINT'] as const;
  const saved = names.map((name) => process.env[name]);
  afterEach(() => {
    names.forEach((name, index) => {
      const value = saved[index];
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
    });
  });

  it('provide the missing options', async () => {
    process.env.COGNITO_USER_POOL_ID = issuer.config.userPoolId;
    process.env.COGNITO_CLIENT_ID = issuer.config.clientId;
    const { jwks } = issuer.config;
    const app = (options: RequireAuthOptions) =>
      express().get('/', requireAuth(options), (_req, res) => res.send('ok'));
    expect((await get(app({ jwks }), issuer.accessToken())).status).to.equal(200);
    expect((await get(app({ jwks, clientId: 'other' }), issuer.accessToken())).status).to.equal(401);
    process.env.COGNITO_ENDPOINT = 'http://127.0.0.1:9229';
    expect((await get(app({ jwks }), issuer.accessToken())).status).to.equal(401);
    const iss = `http://127.0.0.1:9229/${issuer.config.userPoolId}`;
    expect((await get(app({ jwks }), issuer.accessToken({ claims: { iss } }))).status).to.equal(200);
  });

  it('count as unset if they are empty', () => {
    process.env.COGNITO_USER_POOL_ID = '';
    expect(() => requireAuth()).to.throw(TypeError, 'userPoolId is missing');
    process.env.COGNITO_USER_POOL_ID = 'us-east-1_AbC';
    process.env.COGNITO_CLIENT_ID = '';
    expect(() => requireAuth()).to.throw(TypeError, 'clientId is missing');
  });
});

describe('Entry point express-cognito-kit/require-auth', () => {
  it('loads aws-jwt-verify and no other package', async () => {
    const packages = await loadedPackages('src/require-auth.ts');
    expect(packages).to.include('aws-jwt-verify');
    const loader = ['tsx', 'esbuild', 'get-tsconfig', 'resolve-pkg-maps'];
    expect(packages.filter((name) => !loader.includes(name))).to.deep.equal(['aws-jwt-verify']);
  });
});

/** Packages whose scripts an import of the module loads, by V8 coverage. */
async function loadedPackages(module: string): Promise<string[]> {
  const directory = await mkdtemp(path.join(tmpdir(), 'loaded-'));
  try {
    const env = { ...process.env, NODE_V8_COVERAGE: directory };
    const script = `await import(${JSON.stringify(`./${module}`)})`;
    await promisify(execFile)(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', script], {
      env,
    });
    const names = new Set<string>();
    for (const file of await readdir(directory)) {
      const { result } = JSON.parse(await readFile(path.join(directory, file), 'utf8'));
      for (const { url } of result as { url: string }[]) {
        const name = /.*\/node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(url)?.[1];
        if (name !== undefined) names.add(name);
      }
    }
    return [...names];
  } finally {
    await rm(directory, { recursive: true });
  }
}

/** Sends the same header twice, which no HTTP client does. */
async function rawRequest(app: Express, authorizations: string[]) {
  const server = http.createServer(app).listen(0, '127.0.0.1');
  try {
    await new Promise((resolve) => server.once('listening', resolve));
    const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
    const lines = authorizations.map(
      (value, index) => `${index % 2 ? 'authorization' : 'Authorization'}: ${value}\r\n`,
    );
    socket.write(`GET / HTTP/1.1\r\nHost: localhost\r\n${lines.join('')}Connection: close\r\n\r\n`);
    let answer = '';
    for await (const chunk of socket) answer += String(chunk);
    const [head = '', body = ''] = answer.split('\r\n\r\n');
    return { status: Number(head.split(' ')[1]), head, body };
  } finally {
    server.close();
  }
}
