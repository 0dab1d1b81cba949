import { expect } from 'chai';
import express from 'express';
import supertest from 'supertest';
import type { Config } from '../../src/config/options.ts';
import { startLocalUserPool } from '../../src/local/local-user-pool.ts';
import { createCognitoRouter } from '../../src/router.ts';
import { ask, CookieClient, cookiesOf, type PlainAnswer, SAME_ORIGIN } from '../support/cookie-client.ts';
import {
  answerWith,
  type FakeAnswer,
  type FakeCognito,
  fail,
  startFakeCognito,
} from '../support/fake-cognito.ts';
import { expectProblem, expectStatus, type Kit, PASSWORD, startKit } from '../support/helpers.ts';
import { captureLog } from '../support/log-capture.ts';
import { sendRaw } from '../support/raw-http.ts';
import { SAMPLE_REQUESTS } from '../support/requests.ts';

const EMAIL = 'ada@example.com';
const SIGN_IN = { email: EMAIL, password: PASSWORD };
const ADA = { username: EMAIL, password: PASSWORD };
const MINUTES = 60;

async function signIn(config: Config, pool: object = {}): Promise<CookieClient> {
  const kit = await startKit({ pool: { users: [ADA], ...pool }, config: { transport: 'cookie', ...config } });
  return new CookieClient(kit);
}

describe('Tokens in cookies', () => {
  it('sign a page in without appearing in a response body', async () => {
    const page = await signIn({}, { users: [{ ...ADA, groups: ['admin'] }] });
    const signedIn = expectStatus(await page.post('/sign-in', SIGN_IN), 200);
    expect(signedIn.body).to.have.all.keys('status', 'user', 'expiresIn');
    expect(signedIn.body).to.include({ status: 'complete', expiresIn: 3600 });
    expect(signedIn.body.user).to.have.all.keys('sub', 'username', 'groups');
    expect(signedIn.body.user.groups).to.deep.equal(['admin']);
    const me = expectStatus(await page.get('/me'), 200);
    expect(me.body).to.include({ sub: signedIn.body.user.sub, username: signedIn.body.user.username });
    const before = page.copy();
    expectStatus(await page.post('/refresh'), 200);
    expect(page.value('access')).to.not.equal(before.value('access'));
    expectStatus(await page.post('/sign-out'), 200);
    expect(page.names).to.deep.equal([]);
    expectProblem(await before.get('/me'), 'invalid_token');
  });

  const VARIANTS: readonly { config: Config; prefix: string; attributes: string }[] = [
    { config: {}, prefix: '__Host-auth-', attributes: '; Path=/; HttpOnly; Secure; SameSite=Lax' },
    {
      config: { cookies: { sameSite: 'strict', name: 'shop_2' } },
      prefix: '__Host-shop_2-',
      attributes: '; Path=/; HttpOnly; Secure; SameSite=Strict',
    },
    {
      config: { cookies: { dangerouslyAllowHttp: true } },
      prefix: 'auth-',
      attributes: '; Path=/; HttpOnly; SameSite=Lax',
    },
  ];
  for (const { config, prefix, attributes } of VARIANTS) {
    it(`have the prefix ${prefix} and the attributes ${attributes.slice(2)} with ${JSON.stringify(config)}`, async () => {
      const page = await signIn(config);
      const answers = [
        await page.post('/sign-in', SIGN_IN),
        await page.post('/refresh'),
        await page.post('/sign-out'),
      ];
      for (const answer of answers) {
        const cookies = cookiesOf(expectStatus(answer, 200));
        expect(cookies.map(({ name }) => name)).to.include(`${prefix}access`);
        for (const cookie of cookies) {
          expect(cookie.name.startsWith(prefix)).to.equal(true);
          expect(cookie.attributes).to.equal(attributes);
        }
      }
    });
  }

  it('have the lifetimes of the tokens as Max-Age', async () => {
    const page = await signIn(
      { cookies: { refreshMaxAge: 7 * 86_400 } },
      { appClient: { AccessTokenValidity: 10, TokenValidityUnits: { AccessToken: 'minutes' } } },
    );
    const ages = (response: object): Record<string, number> =>
      Object.fromEntries(
        cookiesOf(response as { headers: object })
          .filter(({ maxAge }) => maxAge > 0)
          .map(({ name, maxAge }) => [name.replace('__Host-auth-', ''), maxAge]),
      );
    const signedIn = await page.post('/sign-in', SIGN_IN);
    expect(signedIn.body.expiresIn).to.equal(10 * MINUTES);
    expect(ages(signedIn)).to.deep.equal({ access: 10 * MINUTES, refresh: 7 * 86_400 });
    // Without rotation the refresh token stays, and its cookie is not renewed.
    expect(ages(await page.post('/refresh'))).to.deep.equal({ access: 10 * MINUTES });
  });

  it('are accepted in a header too, but not in both places or in two headers', async () => {
    const page = await signIn({});
    expectStatus(await page.post('/sign-in', SIGN_IN), 200);
    const token = page.value('access') ?? '';
    const me = `${page.kit.url}/auth/me`;
    const Cookie = page.header;
    const Authorization = `Bearer ${token}`;
    expect((await ask(me, 'GET', { Authorization })).status).to.equal(200);
    expect((await ask(me, 'GET', { Cookie })).status).to.equal(200);
    expect((await ask(me, 'GET', { Cookie, Authorization: 'Basic YTpi' })).status).to.equal(200);
    const refused: Record<string, string | string[]>[] = [
      { Authorization },
      { Authorization: 'Bearer forged' },
      { Authorization: 'Bearer' },
      { Authorization: [Authorization, Authorization] },
      { Authorization: ['Basic YTpi', Authorization] },
    ];
    for (const headers of refused) {
      for (const [method, path] of [
        ['GET', '/me'],
        ['PATCH', '/me'],
        ['POST', '/sign-out'],
        ['POST', '/mfa/totp'],
      ] as const) {
        const url = `${page.kit.url}/auth${path}`;
        const answer = await ask(url, method, { Cookie, ...headers, ...SAME_ORIGIN });
        const request = `${method} ${path} ${JSON.stringify(headers)}`;
        expect(JSON.parse(answer.body).code, request).to.equal('invalid_request');
        expect(answer.headers['www-authenticate']).to.include('invalid_request');
      }
    }
    expectStatus(await page.get('/me'), 200);
  });

  it('of two routers on one host are independent', async () => {
    const pool = await startLocalUserPool({
      quiet: true,
      users: [ADA, { username: 'grace@example.com', password: PASSWORD }],
    });
    const admin = createCognitoRouter({
      ...pool.config,
      transport: 'cookie',
      cookies: { name: 'auth-admin' },
      logger: false,
      rateLimits: false,
    });
    const kit = await startKit({
      pool,
      config: { transport: 'cookie' },
      app: (auth) => express().use('/auth', auth).use('/admin', admin),
    });
    const page = new CookieClient(kit);
    const names = (): string[] => [...page.cookies.keys()].sort();
    expectStatus(await page.post('/sign-in', SIGN_IN), 200);
    const grace = { email: 'grace@example.com', password: PASSWORD };
    expectStatus(await page.send('post', '/admin/sign-in', grace), 200);
    expect(names()).to.deep.equal([
      '__Host-auth-access',
      '__Host-auth-admin-access',
      '__Host-auth-admin-refresh',
      '__Host-auth-refresh',
    ]);
    const emailAt = async (path: string): Promise<string> =>
      expectStatus(await page.send('get', path), 200).body.attributes.email;
    expect(await emailAt('/auth/me')).to.equal(EMAIL);
    expect(await emailAt('/admin/me')).to.equal(grace.email);
    expectStatus(await page.send('post', '/admin/refresh', {}), 200);
    expectStatus(await page.post('/sign-out'), 200);
    expect(names()).to.deep.equal(['__Host-auth-admin-access', '__Host-auth-admin-refresh']);
    expect(await emailAt('/admin/me')).to.equal(grace.email);
    await admin.close();
  });
});

describe('A long access token', () => {
  /** Returns a user in long-named groups, each of which adds some 140 characters to the token. */
  const inGroups = (username: string, count: number) => ({
    username,
    password: PASSWORD,
    groups: Array.from({ length: count }, (_, index) => `${'g'.repeat(97)}-${index}`),
  });
  const log = captureLog();
  let kit: Kit;
  before(async () => {
    kit = await startKit({
      pool: {
        users: [
          ADA,
          inGroups('some@example.com', 25),
          inGroups('more@example.com', 48),
          inGroups('many@example.com', 82),
          inGroups('most@example.com', 99),
        ],
      },
      config: { transport: 'cookie', logger: log.logger },
      app: (auth) =>
        express()
          .use('/auth', auth)
          .get('/x', auth.requireAuth(), (req, res) => void res.json({ for: req.headers.cookie?.length })),
    });
  });

  it('is split over several cookies, all of which the next session or a sign-out clears', async () => {
    const page = new CookieClient(kit);
    const as = async (email: string, cookies: readonly string[]): Promise<void> => {
      expectStatus(await page.post('/sign-in', { email, password: PASSWORD }), 200);
      expect(page.names).to.deep.equal(cookies);
      expectStatus(await page.send('get', '/x'), 200);
      expect(expectStatus(await page.get('/me'), 200).body.attributes.email).to.equal(email);
    };
    await as('more@example.com', ['access', 'access.1', 'access.2', 'refresh']);
    await as('some@example.com', ['access', 'access.1', 'refresh']);
    expectStatus(await page.post('/refresh'), 200);
    await as('more@example.com', ['access', 'access.1', 'access.2', 'refresh']);
    await as(EMAIL, ['access', 'refresh']);
    await as('some@example.com', ['access', 'access.1', 'refresh']);
    expectStatus(await page.post('/sign-out'), 200);
    expect(page.names).to.deep.equal([]);
  });

  it('is refused if one of its cookies is missing or changed', async () => {
    const page = new CookieClient(kit);
    expectStatus(await page.post('/sign-in', { email: 'some@example.com', password: PASSWORD }), 200);
    const [whole, part] = [page.copy(), page.value('access.1') ?? ''];
    page.cookies.delete('__Host-auth-access.1');
    expectProblem(await page.get('/me'), 'missing_token');
    page.cookies.set('__Host-auth-access.1', part.replace(/.{9}$/, 'AAAAAAAAA'));
    expectProblem(await page.get('/me'), 'invalid_token');
    page.cookies.set('__Host-auth-access.1', part);
    page.cookies.delete('__Host-auth-access');
    expectProblem(await page.get('/me'), 'missing_token');
    expectStatus(await whole.get('/me'), 200);
  });

  for (const email of ['many@example.com', 'most@example.com']) {
    it(`is refused if it is too long for cookies, and the previous session stays (${email})`, async () => {
      const page = new CookieClient(kit);
      expectStatus(await page.post('/sign-in', SIGN_IN), 200);
      log.clear();
      const refused = await page.post('/sign-in', { email, password: PASSWORD });
      expectProblem(refused, 'server_misconfigured');
      expect(refused.body.detail).to.include('too long for cookies');
      expect(cookiesOf(refused)).to.deep.equal([]);
      expect(expectStatus(await page.get('/me'), 200).body.attributes.email).to.equal(EMAIL);
      expect(log.lines().find(({ status }) => status === 500)).to.include({
        level: 50,
        endpoint: 'signIn',
        status: 500,
        exception: 'CookiesTooLong',
      });
      expect(log.lines().find(({ status }) => status === 500)?.hint).to.include('reduce the groups');
    });
  }
});

describe('A request with cookies', () => {
  let kit: Kit;
  let token: string;
  before(async () => {
    kit = await startKit({ pool: { users: [ADA] }, config: { transport: 'cookie' } });
    token = kit.pool.tokensFor(EMAIL).accessToken;
  });

  const NAME = '__Host-auth-access';
  const bytes = (text: string): string => Buffer.from(text).toString('latin1');
  const missing = [401, 'missing_token'] as const;
  const ambiguous = [400, 'invalid_request'] as const;
  const invalid = [401, 'invalid_token'] as const;
  const ok = [200] as const;

  type Case = readonly [title: string, cookie: string, expected: readonly [number, string?]];
  const CASES: readonly Case[] = [
    ['that is valid', `${NAME}=T`, ok],
    ['among others', `a=b; ${NAME}=T; c=d`, ok],
    ['without a space', `a=b;${NAME}=T;c`, ok],
    ['twice', `${NAME}=T; ${NAME}=T`, ambiguous],
    ['twice, with another value first', `${NAME}=x; ${NAME}=T`, ambiguous],
    ['twice, with another value last', `${NAME}=T; ${NAME}=x`, ambiguous],
    ['twice, once without a value', `${NAME}; ${NAME}=T`, ambiguous],
    ['after two spaces', `a=b;  ${NAME}=T`, ambiguous],
    ['after a tab', `a=b;\t${NAME}=T`, ambiguous],
    ['after a space and a tab', `a=b; \t${NAME}=T`, ambiguous],
    ['before a space', `${NAME} =T`, ambiguous],
    ['before a tab', `${NAME}\t=T`, ambiguous],
    ['after a no-break space in Latin-1', `a=b; \xa0${NAME}=T`, ambiguous],
    ...['\u00a0', '\u2028', '\u2029', '\u3000', '\ufeff', '\u200b', '\u0085'].map(
      (space) =>
        [`after U+${space.charCodeAt(0).toString(16)}`, `a=b; ${bytes(space)}${NAME}=T`, ambiguous] as const,
    ),
    ['before U+2003', `${NAME}${bytes('\u2003')}=T`, ambiguous],
    ['beside a lookalike', `${NAME}=T; ${bytes('\u2028')}${NAME}=x`, ambiguous],
    ['beside a cookie without a name', `${NAME}=T; =${NAME}=x`, ambiguous],
    ['as the value of a cookie without a name', `=${NAME}=T`, ambiguous],
    ['as the value of a cookie without a name, after a space', `a=b; = ${NAME}=T`, ambiguous],
    ['beside a duplicate device cookie', `${NAME}=T; __Host-auth-device=a; __Host-auth-device=b`, ambiguous],
    ['in lower case', `${NAME.toLowerCase()}=T`, missing],
    ['in upper case', `${NAME.toUpperCase()}=T`, missing],
    ['without the prefix', 'auth-access=T', missing],
    ['with another prefix', '__Secure-auth-access=T', missing],
    ['with a letter before its name', `x${NAME}=T`, missing],
    ['in upper case after the prefix', '__Host-auth-ACCESS=T', missing],
    ['with a letter after its name', `${NAME}s=T`, missing],
    ['of another router', '__Host-other-access=T', missing],
    ['as the value of another cookie', `a=${NAME}=T`, missing],
    ['separated by a comma', `a=b, ${NAME}=T`, missing],
    ['in quotes', `${NAME}="T"`, invalid],
    ['in the quotes of another cookie', `a="; ${NAME}=T"`, invalid],
    ['with an empty value', `${NAME}=`, invalid],
    ['without an equals sign', NAME, invalid],
    ['with spaces around its value', `${NAME}= T `, invalid],
    ['with percent escapes', `${NAME}=%00%0d%0a%E2%80%A8`, invalid],
    ['with invalid percent escapes', `${NAME}=%zz%`, invalid],
    ['with high bytes', `${NAME}=\xff\xfe`, invalid],
    [
      'beside cookies named like object members',
      `__Host-auth-__proto__=x; __Host-auth-constructor=y; ${NAME}=T`,
      ok,
    ],
    ['named like an object member', '__Host-auth-__proto__=T; __Host-auth-toString=T', missing],
    ['beside unknown cookies', `__Host-auth-unknown=x; __Host-auth-=y; ${NAME}=T`, ok],
    ['with a superfluous part', `${NAME}.1=x; ${NAME}=T`, ok],
    ['with a missing part', `${NAME}=2~T`, missing],
    ['with a forged part count', `${NAME}=4~T; ${NAME}.1=a; ${NAME}.2=b; ${NAME}.3=c`, invalid],
    ['after many others', `${'a=b; '.repeat(2500)}${NAME}=T`, ok],
    ['after many separators', `${';'.repeat(9000)}${NAME}=T`, ok],
    ['before many blank lookalikes', `${NAME}=T; ${' \t=;'.repeat(2000)}`, ok],
    ['of 9 kB', `${NAME}=${'x'.repeat(9000)}`, invalid],
  ];
  for (const [title, cookie, [status, code]] of CASES) {
    it(`is answered ${[status, code].filter(Boolean).join(' ')} with an access cookie ${title}`, async () => {
      const Cookie = cookie.replaceAll('T', token).replace(NAME.toUpperCase(), '__HOST-AUTH-ACCESS');
      const answer: PlainAnswer = await ask(`${kit.url}/auth/me`, 'GET', { Cookie });
      expect([answer.status, JSON.parse(answer.body).code]).to.deep.equal([status, code]);
      expect(answer.body).to.not.include(token);
    });
  }

  it('is refused by every endpoint that uses cookies if one is duplicated', async () => {
    const cookie = '__Host-auth-refresh=a; __Host-auth-refresh=b';
    for (const [path, body] of [
      ['/sign-in', SIGN_IN],
      ['/refresh', {}],
      ['/challenge', { name: 'SOFTWARE_TOKEN_MFA', username: 'ada', confirmationCode: '123456' }],
    ] as const) {
      const post = kit.post(path, body).set('Cookie', cookie).set(SAME_ORIGIN);
      expect(expectProblem(await post, 'invalid_request').headers).to.not.have.property('set-cookie');
    }
    // This endpoint uses no cookie.
    const forgot = kit.post('/forgot-password', { email: EMAIL }).set('Cookie', cookie).set(SAME_ORIGIN);
    expectStatus(await forgot, 200);
  });

  it('is refused by Node or by the router if a cookie name has a control character', async () => {
    for (const control of ['\0', '\x01', '\x0b', '\x1f', '\x7f', '\r', '\n']) {
      for (const cookie of [`${control}${NAME}=${token}`, `${NAME}${control}=${token}`]) {
        const answer = await sendRaw(
          kit.url,
          `GET /auth/me HTTP/1.1\r\nhost: localhost\r\ncookie: a=b; ${cookie}\r\n\r\n`,
        );
        expect(answer?.status, JSON.stringify(control)).to.be.within(400, 401);
      }
    }
  });

  it('is refused by Node with 431 if the Cookie header has 17 kB', async () => {
    const answer = await ask(`${kit.url}/auth/me`, 'GET', { Cookie: `a=${'x'.repeat(17_000)}` });
    expect(answer.status).to.equal(431);
  });

  it('is refused if a challenge, refresh or sign-up cookie is malformed, as it is for a body', async () => {
    const hostile = [
      'x',
      'SOFTWARE_TOKEN_MFA:',
      'A:b:c',
      ':',
      `MFA_SETUP:${'%0a'.repeat(30)}`,
      '\xff'.repeat(40),
    ];
    const answer = { name: 'SOFTWARE_TOKEN_MFA', username: 'ada', confirmationCode: '123456' };
    for (const value of hostile) {
      const post = (path: string, body: object) =>
        kit
          .post(path, body)
          .set(
            'Cookie',
            ['challenge', 'refresh', 'sign-up'].map((name) => `__Host-auth-${name}=${value}`).join('; '),
          )
          .set(SAME_ORIGIN);
      expectProblem(await post('/challenge', answer), 'invalid_session');
      expectProblem(await post('/refresh', {}), 'invalid_refresh_token');
      expectProblem(await post('/mfa/totp', {}), 'missing_token');
      expectStatus(await post('/sign-out', {}), 200);
    }
  });
});

describe('The option cookies.dangerouslyAllowHttp', () => {
  it('sets cookies without the __Host- prefix, and ignores those with it', async () => {
    const page = await signIn({ cookies: { dangerouslyAllowHttp: true } });
    expectStatus(await page.post('/sign-in', SIGN_IN), 200);
    expect([...page.cookies.keys()].sort()).to.deep.equal(['auth-access', 'auth-refresh']);
    expectStatus(await page.get('/me'), 200);
    const other = page.copy();
    other.cookies.clear();
    other.cookies.set('__Host-auth-access', page.cookies.get('auth-access') ?? '');
    expectProblem(await other.get('/me'), 'missing_token');
    page.cookies.set('\tauth-access', 'x');
    expectProblem(await page.get('/me'), 'invalid_request');
  });
});

describe('Every endpoint with tokens in cookies', () => {
  const DEVICE = {
    deviceKey: 'us-east-1_a1b2c3d4-5678-90ab-cdef-0123456789ab',
    deviceGroupKey: '-a1B2c3D4',
    devicePassword: 'bWFya2VkLXNlY3JldC1vZi10aGUtZGV2aWNl',
  };
  const SESSION = 'marked-session-of-cognito-0123456789';
  const SENT = {
    refresh: 'marked-refresh-token-that-was-sent',
    challenge: 'MFA_SETUP:marked-session-that-was-sent-01234',
    'sign-up': 'marked-sign-up-session-that-was-sent',
    device: Buffer.from(JSON.stringify(DEVICE)).toString('base64url'),
  };
  const log = captureLog();
  let fake: FakeCognito;
  let marks: string[];
  let cookie: string;

  before(async () => {
    fake = await startFakeCognito();
    const accessToken = fake.issuer.accessToken();
    const given = { accessToken: fake.issuer.accessToken(), idToken: fake.issuer.idToken() };
    marks = [accessToken, given.accessToken, given.idToken, 'marked', DEVICE.devicePassword, SENT.device];
    cookie = Object.entries({ access: accessToken, ...SENT })
      .map(([name, value]) => `__Host-auth-${name}=${value}`)
      .join('; ');
    tokens = {
      AccessToken: given.accessToken,
      IdToken: given.idToken,
      RefreshToken: 'marked-refresh-token-that-is-new',
      ExpiresIn: 600,
      TokenType: 'Bearer',
    };
  });
  after(() => fake.close());

  let tokens: object;
  const success = (result: object): FakeAnswer => {
    const outputs: Readonly<Record<string, object>> = {
      SignUp: { UserConfirmed: false, UserSub: 'sub', Session: SESSION },
      ConfirmSignUp: { Session: SESSION },
      InitiateAuth: result,
      RespondToAuthChallenge: result,
      GetTokensFromRefreshToken: { AuthenticationResult: tokens },
      StartWebAuthnRegistration: { CredentialCreationOptions: { challenge: 'AAAA' } },
      AssociateSoftwareToken: { SecretCode: 'JBSWY3DPEHPK3PXP', Session: SESSION },
      VerifySoftwareToken: { Status: 'SUCCESS', Session: SESSION },
      GetDevice: { Device: { DeviceKey: DEVICE.deviceKey } },
      GetUser: { Username: 'name', UserAttributes: [{ Name: 'sub', Value: 'sub' }] },
    };
    return (request, res) => answerWith(outputs[request.operation] ?? {})(request, res);
  };
  const ANSWERS: Readonly<Record<string, () => FakeAnswer>> = {
    'returns tokens': () => success({ AuthenticationResult: tokens }),
    'poses a challenge': () =>
      success({ ChallengeName: 'SOFTWARE_TOKEN_MFA', ChallengeParameters: {}, Session: SESSION }),
    refuses: () => fail('NotAuthorizedException', `Refused: ${SESSION}`),
    fails: () => fail('InternalErrorException', `Refused: ${SESSION}`, 500),
  };

  for (const [outcome, answer] of Object.entries(ANSWERS)) {
    for (const autoSignIn of [false, true]) {
      it(`keeps tokens out of its body, its headers and the log if Cognito ${outcome}${autoSignIn ? ', with autoSignIn' : ''}`, async () => {
        const auth = createCognitoRouter({
          ...fake.issuer.config,
          endpoint: fake.url,
          logger: log.logger,
          rateLimits: false,
          transport: 'cookie',
          ...(autoSignIn && { autoSignIn, authFlow: 'USER_AUTH' as const }),
          revocation: false,
        });
        const request = supertest(express().use('/auth', auth));
        fake.answer = answer();
        let [succeeded, withCookies] = [0, 0];
        for (const [index, { title, method, path, body }] of SAMPLE_REQUESTS.entries()) {
          const { session, refreshToken, device, ...rest } = { ...body } as Record<string, unknown>;
          // Each request has its own challenge session, because the attempts at one are limited.
          const own = cookie.replaceAll('that-was-sent', `that-was-sent-${index}`);
          const test = request[method](path).set('Cookie', own).set(SAME_ORIGIN);
          const response = await (body ? test.send(rest) : test);
          expect(response.body.code, title).to.not.equal('cross_site_request');
          const { 'set-cookie': lines, ...headers } = response.headers;
          const visible = JSON.stringify([response.body, headers]);
          for (const mark of marks) expect(visible, title).to.not.include(mark);
          for (const member of ['tokens', 'session', 'device', 'accessToken', 'refreshToken'])
            expect(response.body, title).to.not.have.property(member);
          expect(response.body.challenge ?? {}, title).to.not.have.property('session');
          expect(response.headers['cache-control'], title).to.equal(
            title === 'openapi' ? 'no-cache' : 'no-store',
          );
          for (const { attributes } of cookiesOf(response))
            expect(attributes).to.equal('; Path=/; HttpOnly; Secure; SameSite=Lax');
          if (response.status === 200) succeeded++;
          if (lines !== undefined) withCookies++;
        }
        await auth.close();
        if (outcome === 'returns tokens') expect(succeeded).to.equal(SAMPLE_REQUESTS.length);
        expect(withCookies).to.be.above(0);
        expect(log.lines()).to.have.lengthOf.above(SAMPLE_REQUESTS.length - 1);
        for (const mark of marks) expect(log.text()).to.not.include(mark);
        log.clear();
      });
    }
  }
});
