import { once } from 'node:events';
import { createServer, IncomingMessage } from 'node:http';
import { type AddressInfo, Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'chai';
import WebSocket, { WebSocketServer } from 'ws';
import { findAuth, getAuth } from '../../src/auth/request-auth.ts';
import type { Verification } from '../../src/auth/verification.ts';
import type { Config } from '../../src/config/options.ts';
import type { RevocationStore } from '../../src/config/revocation.ts';
import { requireAuth } from '../../src/require-auth.ts';
import { type CognitoRouter, createCognitoRouter, type VerifyRules } from '../../src/router.ts';
import { type Problem, ProblemError } from '../../src/shared/problem.ts';
import { createTestIssuer, type TestIssuer } from '../../src/testing/index.ts';
import { eventually } from '../support/eventually.ts';
import { fail, startFakeCognito } from '../support/fake-cognito.ts';
import { claimsOf } from '../support/helpers.ts';

let issuer: TestIssuer;
before(async () => {
  issuer = await createTestIssuer();
});

const routers = new Set<CognitoRouter>();
after(() => Promise.all([...routers].map((router) => router.close())));

function routerWith(config: Config = {}): CognitoRouter {
  const router = createCognitoRouter({ ...issuer.config, logger: false, ...config });
  routers.add(router);
  return router;
}

async function problemOf(work: Promise<unknown>): Promise<Problem> {
  const failure = await failureOf(work);
  expect(failure).to.be.instanceOf(ProblemError);
  return (failure as ProblemError).problem;
}

async function failureOf(work: Promise<unknown>): Promise<Error> {
  try {
    await work;
  } catch (error) {
    return error as Error;
  }
  throw new Error('It did not fail.');
}

/** A request as node:http creates it. */
function requestWith(headers: Record<string, string>, method = 'GET'): IncomingMessage {
  const req = new IncomingMessage(new Socket());
  return Object.assign(req, { method, headers, rawHeaders: Object.entries(headers).flat() });
}

const bearer = (token: string): IncomingMessage => requestWith({ authorization: `Bearer ${token}` });

/** The router and the standalone middleware, which share their rules. */
const FORMS: Readonly<
  Record<string, (rules?: VerifyRules, config?: Config) => Pick<Verification, 'verify'>>
> = {
  'auth.verify(from, rules)': (rules, config) => {
    const router = routerWith(config);
    return { verify: (from) => router.verify(from, rules) };
  },
  'auth.requireAuth(rules).verify(from)': (rules, config) => routerWith(config).requireAuth(rules),
  'requireAuth(options).verify(from)': (rules, config) =>
    requireAuth({ ...issuer.config, ...rules, ...config } as never),
};

for (const [form, create] of Object.entries(FORMS)) {
  describe(form, () => {
    it('resolves to the Auth of a token, and of a request with it', async () => {
      const { verify } = create();
      const token = issuer.accessToken({ sub: 'ada', groups: ['admin'] });
      for (const from of [token, bearer(token)]) {
        expect(await verify(from)).to.deep.include({ sub: 'ada', groups: ['admin'], tokenUse: 'access' });
      }
    });

    it('lets getAuth return the Auth of the request, and forgets an earlier one after a refusal', async () => {
      const { verify } = create();
      const req = bearer(issuer.accessToken({ sub: 'ada' }));
      await verify(req);
      expect(getAuth(req).sub).to.equal('ada');
      req.headers.authorization = `Bearer ${issuer.forge(issuer.accessToken())}`;
      await problemOf(verify(req));
      expect(findAuth(req)).to.equal(undefined);
    });

    it('rejects with the code, status and headers of the middleware', async () => {
      const { verify } = create({ scopes: 'shop/read', maxAge: 60 });
      const token = issuer.accessToken({ scopes: ['shop/read'] });
      const REFUSALS: readonly [string, string, number][] = [
        [issuer.forge(token), 'invalid_token', 401],
        [issuer.accessToken({ expiresIn: -5 }), 'token_expired', 401],
        [issuer.idToken(), 'invalid_token', 401],
        [issuer.accessToken(), 'insufficient_scope', 403],
        [
          issuer.accessToken({ scopes: ['shop/read'], claims: { auth_time: 1 } }),
          'insufficient_user_authentication',
          401,
        ],
      ];
      for (const [refused, code, status] of REFUSALS) {
        for (const from of [refused, bearer(refused)]) {
          const problem = await problemOf(verify(from));
          expect(problem).to.include({ code, status });
          expect(problem.headers['WWW-Authenticate']).to.match(/^Bearer error="/);
        }
      }
      expect((await verify(token)).scopes).to.deep.equal(['shop/read']);
    });

    it('rejects the values that a client sends in place of a token, and a request without one', async () => {
      const { verify } = create();
      for (const from of [undefined, null, '', requestWith({})]) {
        expect(await problemOf(verify(from as never))).to.include({ code: 'missing_token', status: 401 });
      }
      for (const from of ['x', 7, true, 'Bearer x']) {
        expect(await problemOf(verify(from as never))).to.include({ code: 'invalid_token', status: 401 });
      }
    });

    it('rejects with a TypeError for an object that is no request', async () => {
      const { verify } = create();
      for (const from of [{}, [], { headers: 'x' }, () => undefined]) {
        const failure = await failureOf(verify(from as never));
        expect(failure).to.be.instanceOf(TypeError);
        expect(failure.message).to.include('pass a token, or a request');
      }
    });

    it('applies customCheck to a request, and refuses a token that it cannot apply it to', async () => {
      const { verify } = create({ customCheck: ({ auth, req }) => auth.sub === req.headers['x-owner'] });
      const token = issuer.accessToken({ sub: 'ada' });
      const own = requestWith({ authorization: `Bearer ${token}`, 'x-owner': 'ada' });
      expect((await verify(own)).sub).to.equal('ada');
      expect(await problemOf(verify(bearer(token)))).to.include({ code: 'forbidden', status: 403 });
      const failure = await failureOf(verify(token));
      expect(failure).to.be.instanceOf(TypeError);
      expect(failure.message).to.include('customCheck needs a request');
    });

    it('verifies ID tokens with tokenUse', async () => {
      const { verify } = create({ tokenUse: 'id' });
      expect((await verify(issuer.idToken({ email: 'ada@example.com' }))).payload.email).to.equal(
        'ada@example.com',
      );
      expect(await problemOf(verify(issuer.accessToken()))).to.include({ code: 'invalid_token' });
    });

    it('rejects a token of a session that was ended, and with 503 while the store is down', async () => {
      let isDown = false;
      const found: (number | undefined)[] = [undefined, undefined];
      const store: RevocationStore = {
        revoke: () => undefined,
        find: async () => {
          if (isDown) throw new Error('down');
          return found;
        },
      };
      const { verify } = create({}, { revocation: { store, cacheSeconds: 0 } });
      const token = issuer.accessToken();
      await verify(token);
      isDown = true;
      expect(await problemOf(verify(token))).to.include({ code: 'store_unavailable', status: 503 });
      isDown = false;
      found[1] = Number.MAX_SAFE_INTEGER;
      expect(await problemOf(verify(token))).to.include({ code: 'invalid_token' });
    });
  });
}

describe('auth.verify of the router', () => {
  it('asks Cognito with introspect, also for a single call', async () => {
    const fake = await startFakeCognito(fail('NotAuthorizedException', 'Access Token has been revoked'));
    const auth = createCognitoRouter({ ...fake.issuer.config, endpoint: fake.url, logger: false });
    const token = fake.issuer.accessToken();
    expect((await auth.verify(token)).tokenUse).to.equal('access');
    expect(await problemOf(auth.verify(token, { introspect: true }))).to.include({ code: 'invalid_token' });
    await Promise.all([auth.close(), fake.close()]);
  });

  for (const rule of ['optional', 'signInPage', 'onError', 'autoRefresh']) {
    it(`rejects with a TypeError for the rule ${rule}, which needs a response`, async () => {
      const failure = await failureOf(routerWith().verify(issuer.accessToken(), { [rule]: true } as never));
      expect(failure).to.be.instanceOf(TypeError);
      expect(failure.message).to.include(`${rule} is set for verify`);
    });
  }

  it('refreshes no session with autoRefresh, because nothing could carry the new cookies', async () => {
    const fake = await startFakeCognito();
    const auth = createCognitoRouter({
      ...fake.issuer.config,
      endpoint: fake.url,
      logger: false,
      transport: 'cookie',
      autoRefresh: true,
    });
    const expired = fake.issuer.accessToken({ expiresIn: -5 });
    const cookie = `__Host-auth-access=${expired}; __Host-auth-refresh=a-refresh-token`;
    expect(await problemOf(auth.verify(requestWith({ cookie })))).to.include({ code: 'token_expired' });
    expect(
      await problemOf(auth.verify(requestWith({ cookie: '__Host-auth-refresh=a-refresh-token' }))),
    ).to.include({
      code: 'missing_token',
    });
    expect(fake.requests).to.deep.equal([]);
    await Promise.all([auth.close(), fake.close()]);
  });

  it('requires a token also with an optional middleware', async () => {
    const optional = requireAuth({ ...issuer.config, optional: true });
    expect(await problemOf(optional.verify(requestWith({})))).to.include({ code: 'missing_token' });
  });
});

describe('A WebSocket handshake by cookie', () => {
  const TRUSTED = 'https://app.example.com';
  let server: ReturnType<typeof createServer>;
  let host: string;

  before(async () => {
    const { verify } = requireAuth({ ...issuer.config, transport: 'cookie', trustedOrigins: [TRUSTED] });
    const sockets = new WebSocketServer({ noServer: true });
    server = createServer();
    server.on('upgrade', (req, socket, head) => {
      verify(req).then(
        ({ sub }) => sockets.handleUpgrade(req, socket, head, (ws) => ws.send(sub)),
        ({ problem }: ProblemError) => socket.end(`HTTP/1.1 ${problem.status} ${problem.code}\r\n\r\n`),
      );
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  after(() => {
    server.closeAllConnections();
    server.close();
  });

  /** Returns the status of the handshake: 101 if it succeeds. */
  async function handshake(headers: Record<string, string>): Promise<number | undefined> {
    const token = issuer.accessToken({ sub: 'ada' });
    const socket = new WebSocket(`ws://${host}/`, {
      headers: { cookie: `__Host-auth-access=${token}`, ...headers },
    });
    return new Promise((resolve, reject) => {
      socket.once('message', () => {
        socket.terminate();
        resolve(101);
      });
      socket.once('unexpected-response', (_req, { statusCode }) => {
        socket.terminate();
        resolve(statusCode);
      });
      socket.on('error', reject);
    });
  }

  const HANDSHAKES: readonly [string, () => Record<string, string>, number][] = [
    ['accepted from a page of its own host', () => ({ origin: `http://${host}` }), 101],
    [
      'accepted from a page of its own host behind a proxy with TLS',
      () => ({ origin: 'https://api.example.com', host: 'api.example.com' }),
      101,
    ],
    ['accepted from a trusted origin', () => ({ origin: TRUSTED }), 101],
    [
      'accepted with Sec-Fetch-Site: same-origin',
      () => ({ 'sec-fetch-site': 'same-origin', origin: `http://${host}` }),
      101,
    ],
    ['refused from a page of another site', () => ({ origin: 'https://attacker.example' }), 403],
    [
      'refused from a page of another subdomain',
      () => ({ origin: 'https://blog.example.com', host: 'api.example.com' }),
      403,
    ],
    ['refused from another port of its own host', () => ({ origin: 'http://127.0.0.1:1' }), 403],
    [
      'refused from an http: page of its own host, which a network attacker can make',
      () => ({ origin: 'http://api.example.com', host: 'api.example.com' }),
      403,
    ],
    ['refused from a sandboxed page', () => ({ origin: 'null' }), 403],
    ['refused without an origin', () => ({}), 403],
    [
      'refused with Sec-Fetch-Site: cross-site, whatever the origin says',
      () => ({ 'sec-fetch-site': 'cross-site', origin: `http://${host}` }),
      403,
    ],
    [
      'refused with Sec-Fetch-Site: same-site',
      () => ({ 'sec-fetch-site': 'same-site', origin: `http://${host}` }),
      403,
    ],
  ];
  for (const [name, headers, status] of HANDSHAKES) {
    it(`is ${name}`, async () => {
      expect(await handshake(headers())).to.equal(status);
    });
  }

  it('is not needed for a bearer token, which no page of another site can send', async () => {
    const authorization = `Bearer ${issuer.accessToken()}`;
    expect(await handshake({ cookie: '', authorization, origin: 'https://attacker.example' })).to.equal(101);
  });

  it('is refused without a cookie', async () => {
    expect(await handshake({ cookie: '', origin: TRUSTED })).to.equal(401);
  });

  it('is refused in any spelling of the protocol, and an ordinary GET is not', async () => {
    const { verify } = requireAuth({ ...issuer.config, transport: 'cookie' });
    const cookie = `__Host-auth-access=${issuer.accessToken()}`;
    for (const upgrade of ['websocket', 'WebSocket', 'h2c, websocket']) {
      expect(await problemOf(verify(requestWith({ cookie, upgrade })))).to.include({
        code: 'cross_site_request',
      });
    }
    for (const headers of [{ cookie }, { cookie, upgrade: 'h2c' }]) {
      expect((await verify(requestWith(headers))).tokenUse).to.equal('access');
    }
    expect(await problemOf(verify(requestWith({ cookie }, 'CONNECT')))).to.include({
      code: 'cross_site_request',
    });
  });

  it('is no crash for a malformed host', async () => {
    const { verify } = requireAuth({ ...issuer.config, transport: 'cookie' });
    const cookie = `__Host-auth-access=${issuer.accessToken()}`;
    const req = requestWith({ cookie, upgrade: 'websocket', host: '[', origin: 'http://[' });
    expect(await problemOf(verify(req))).to.include({ code: 'cross_site_request' });
  });
});

describe('auth.onEnded', () => {
  it('calls the listener once, at the first check after the end of the session, with the reason', async () => {
    const auth = routerWith();
    const user = await auth.verify(issuer.accessToken());
    const other = await auth.verify(issuer.accessToken());
    const reasons: Problem[] = [];
    const called: string[] = [];
    // Timers keep their order however busy the machine is.
    auth.onEnded(user, () => called.push('after 3 seconds'), { checkSeconds: 3 });
    auth.onEnded(
      user,
      (reason) => {
        called.push('after a second');
        reasons.push(reason);
      },
      { checkSeconds: 1 },
    );
    const stopOther = auth.onEnded(other, (reason) => reasons.push(reason), { checkSeconds: 1 });
    await auth.endSession(user);
    expect(called).to.deep.equal([]);
    await eventually(() => called.includes('after 3 seconds'));
    expect(called).to.deep.equal(['after a second', 'after 3 seconds']);
    expect(reasons).to.have.lengthOf(1);
    expect(reasons[0]).to.include({ code: 'invalid_token', status: 401 });
    stopOther();
  });

  it('calls the listener when the token expires, without waiting for the next check', async () => {
    const { verify, onEnded } = requireAuth(issuer.config);
    const user = await verify(issuer.accessToken({ expiresIn: 2 }));
    const reason = await new Promise<Problem>((resolve) => {
      onEnded(user, resolve, { checkSeconds: 300 });
    });
    expect(reason).to.include({ code: 'token_expired' });
    expect(Date.now() / 1000).to.be.at.least(Number(claimsOf(user.token).exp));
  });

  it('waits for a store that is down, and for its answer', async () => {
    let answer: (number | undefined)[] | undefined;
    let asked = 0;
    const store: RevocationStore = {
      revoke: () => undefined,
      find: async () => {
        asked++;
        if (answer === undefined) throw new Error('down');
        return answer;
      },
    };
    const { onEnded } = requireAuth({ ...issuer.config, revocation: { store } });
    const user = await requireAuth(issuer.config).verify(issuer.accessToken());
    let reason: Problem | undefined;
    onEnded(
      user,
      (ended) => {
        reason = ended;
      },
      { checkSeconds: 1 },
    );
    await eventually(() => asked === 1);
    expect(reason).to.equal(undefined);
    answer = [Number.MAX_SAFE_INTEGER, undefined];
    await eventually(() => reason);
    expect(reason).to.include({ code: 'invalid_token' });
  });

  it('calls no listener after it was stopped, even while a check is in progress', async () => {
    let respond: ((found: (number | undefined)[]) => void) | undefined;
    const store: RevocationStore = {
      revoke: () => undefined,
      find: () =>
        new Promise((resolve) => {
          respond = resolve;
        }),
    };
    const { onEnded } = requireAuth({ ...issuer.config, revocation: { store } });
    const user = await requireAuth(issuer.config).verify(issuer.accessToken());
    let calls = 0;
    const stop = onEnded(user, () => calls++, { checkSeconds: 1 });
    await eventually(() => respond);
    stop();
    respond?.([Number.MAX_SAFE_INTEGER, undefined]);
    await sleep(20);
    expect(calls).to.equal(0);
  });

  it('throws a TypeError for invalid arguments', async () => {
    const { verify, onEnded } = requireAuth(issuer.config);
    const user = await verify(issuer.accessToken());
    const CALLS: readonly [unknown[], RegExp][] = [
      [['a-token', () => undefined], /needs the result of verify or getAuth/],
      [[{ sub: 'ada' }, () => undefined], /needs the result of verify or getAuth/],
      [[user], /needs a function/],
      [[user, () => undefined, { checkSeconds: 0 }], /checkSeconds is 0; write a whole number from 1 to 300/],
      [[user, () => undefined, { checkSeconds: '5' }], /checkSeconds is "5"/],
    ];
    for (const [args, message] of CALLS) {
      expect(() => onEnded(...(args as Parameters<typeof onEnded>))).to.throw(TypeError, message);
    }
  });
});
