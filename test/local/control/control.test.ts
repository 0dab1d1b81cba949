import { expect } from 'chai';
import { startLocalUserPool } from '../../../src/local/local-user-pool.ts';
import { eventually } from '../../support/eventually.ts';
import {
  ANA,
  claimsOf,
  closeAll,
  type Local,
  outcomeOf,
  PASSWORD,
  startLocal,
} from '../../support/local-sdk.ts';
import { openSocket, sendRaw } from '../../support/raw-http.ts';

/** The members of every body that the tests read. */
interface ControlBody {
  readonly endpoints?: readonly string[];
  readonly messages?: readonly object[];
  readonly codes?: readonly object[];
  readonly code?: string;
  readonly detail?: string;
  readonly faults?: readonly object[];
  readonly id?: number;
  readonly now?: string;
  readonly epochMs?: number;
  readonly count?: number;
  readonly requests?: readonly object[];
  readonly sub?: string;
  readonly clientId?: string;
  readonly clientSecret?: string;
  readonly accessToken?: string;
  readonly idToken?: string;
}

interface ControlResponse {
  readonly status: number;
  readonly headers: Headers;
  readonly body: ControlBody;
}

describe('Control over HTTP', () => {
  let local: Local;

  beforeEach(async () => {
    local = await startLocal({ users: [{ username: ANA, password: PASSWORD }] });
  });
  afterEach(closeAll);

  async function call(method: string, path: string, content?: object): Promise<ControlResponse> {
    const response = await fetch(`${local.pool.url}/_kit${path}`, {
      method,
      ...(content && {
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(content),
      }),
    });
    const text = await response.text();
    return {
      status: response.status,
      headers: response.headers,
      body: JSON.parse(text || '{}'),
    };
  }

  const signIn = () =>
    local.sdk.initiateAuth({
      ClientId: local.ClientId,
      AuthFlow: 'USER_PASSWORD_AUTH',
      AuthParameters: { USERNAME: ANA, PASSWORD },
    });
  const forget = () => local.sdk.forgotPassword({ ClientId: local.ClientId, Username: ANA });

  it('describes the pool and lists the endpoints', async () => {
    const { status, body } = await call('GET', '');
    expect(status).to.equal(200);
    expect(body).to.deep.include({ ...local.pool.config, issuer: local.pool.issuer });
    expect(body.endpoints).to.include.members(['GET /_kit/inbox', 'POST /_kit/faults']);
  });

  it('reads the codes of authenticator apps, of all users and of one', async () => {
    local.pool.addUser({ username: 'ben@example.com', totpSecret: 'JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP' });
    const all = await call('GET', '/authenticator-codes');
    expect(all.status).to.equal(200);
    expect(all.body.codes).to.have.length(1);
    expect(all.body.codes?.[0]).to.include({ account: 'ben@example.com', verified: true, used: false });
    expect((await call('GET', '/authenticator-codes?username=ben@example.com')).body.codes).to.have.length(1);
    expect((await call('GET', `/authenticator-codes?username=${ANA}`)).body.codes).to.deep.equal([]);
    const unknown = await call('GET', '/authenticator-codes?username=eve@example.com');
    expect(unknown.status).to.equal(400);
    expect(unknown.body.detail).to.include('has no user "eve@example.com"');
  });

  it('reads the code that was sent, by address and kind', async () => {
    await forget();
    const { body } = await call('GET', '/inbox?to=ANA@example.com&kind=forgot_password');
    const [message] = local.pool.inbox.list();
    expect(body).to.deep.equal({ messages: [{ ...message }] });
    expect((await call('GET', '/inbox?kind=sign_up')).body).to.deep.equal({ messages: [] });
    expect((await call('GET', `/inbox/latest?to=${ANA}`)).body.code).to.equal(message?.code);
    expect((await call('DELETE', '/inbox')).status).to.equal(204);
    expect(local.pool.inbox.list()).to.deep.equal([]);
  });

  it('waits for a message that matches', async () => {
    const all = call('GET', '/inbox?kind=forgot_password&wait=30');
    const latest = call('GET', '/inbox/latest?kind=forgot_password&wait=30');
    // An earlier message of another kind answers neither.
    await local.sdk.signUp({ ClientId: local.ClientId, Username: 'ben@example.com', Password: PASSWORD });
    await forget();
    expect((await all).body.messages).to.have.length(1);
    expect((await latest).body).to.deep.include({ to: ANA, kind: 'forgot_password' });
  });

  it('answers after the wait without a message: an empty list, or 404 for the latest', async () => {
    const [all, latest] = await Promise.all([
      call('GET', '/inbox?wait=1'),
      call('GET', '/inbox/latest?kind=sign_up&wait=1'),
    ]);
    expect(all.body).to.deep.equal({ messages: [] });
    expect(latest.status).to.equal(404);
    expect(latest.headers.get('content-type')).to.equal('application/problem+json');
    expect(latest.body.detail).to.equal('No message for {"kind":"sign_up"} arrived within 1 s.');
  });

  it('stops waiting when the client closes the connection, so no timer outlives the pool', async () => {
    const timers = () => process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length;
    const socket = await openSocket(local.pool.url);
    // By now mocha has started the timer of this test.
    const before = timers();
    socket.write('GET /_kit/inbox?wait=60 HTTP/1.1\r\nHost: localhost\r\n\r\n');
    await eventually(() => timers() > before);
    socket.destroy();
    await eventually(() => timers() === before);
  });

  it('makes the next call throttle, and lists and removes faults', async () => {
    const { status, body } = await call('POST', '/faults', {
      kind: 'throttle',
      on: 'InitiateAuth',
      times: 1,
    });
    expect(status).to.equal(201);
    expect((await call('GET', '/faults')).body.faults).to.deep.equal([
      { id: body.id, kind: 'throttle', on: 'InitiateAuth', times: 1, left: 1 },
    ]);
    expect(await outcomeOf(signIn())).to.match(/^TooManyRequestsException/);
    expect(await outcomeOf(signIn())).to.equal('ok');
    expect((await call('GET', '/faults')).body.faults).to.deep.equal([]);

    const { body: second } = await call('POST', '/faults', { kind: 'internalError' });
    await call('POST', '/faults', { kind: 'throttle', on: 'SignUp' });
    expect((await call('DELETE', `/faults/${second.id}`)).status).to.equal(204);
    expect((await call('DELETE', `/faults/${second.id}`)).status).to.equal(404);
    expect(await outcomeOf(signIn())).to.equal('ok');
    expect((await call('DELETE', '/faults')).status).to.equal(204);
    expect((await call('GET', '/faults')).body.faults).to.deep.equal([]);
  });

  it('is not subject to faults, and leaves no request in the log', async () => {
    local.pool.faults.inject({ kind: 'reset' });
    await call('GET', '/requests');
    expect(local.pool.requests.count()).to.equal(0);
  });

  it('expires a token by advancing the clock', async () => {
    const { AuthenticationResult } = await signIn();
    const getUser = () => local.sdk.getUser({ AccessToken: AuthenticationResult?.AccessToken });
    expect(await outcomeOf(getUser())).to.equal('ok');
    const before = local.pool.clock.now();
    const { body } = await call('POST', '/clock', { advanceSeconds: 3601 });
    expect(body.epochMs).to.be.within(before + 3_601_000, before + 3_611_000);
    expect(await outcomeOf(getUser())).to.match(/Access Token has expired/);
    const set = await call('POST', '/clock', { now: '2030-01-02T03:04:05Z' });
    expect(set.body.now).to.match(/^2030-01-02T03:04:0/);
    expect((await call('GET', '/clock')).body.now).to.match(/^2030-01-02T03:04:/);
  });

  it('counts the requests of a name', async () => {
    await signIn();
    await outcomeOf(local.sdk.getUser({ AccessToken: 'none' }));
    const { body } = await call('GET', '/requests?name=GetUser');
    expect(body.count).to.equal(1);
    expect(body.requests?.[0]).to.deep.include({ name: 'GetUser', error: 'NotAuthorizedException' });
    expect((await call('GET', '/requests')).body.count).to.equal(2);
    expect((await call('DELETE', '/requests')).status).to.equal(204);
    expect(local.pool.requests.count()).to.equal(0);
  });

  it('adds users and app clients, and issues tokens for them', async () => {
    const user = await call('POST', '/users', { username: 'cy@example.com', groups: ['admin'] });
    expect(user.status).to.equal(201);
    const { body: client } = await call('POST', '/clients', { GenerateSecret: true });
    expect(client.clientSecret).to.be.a('string');
    const { body: tokens } = await call('POST', '/tokens', {
      username: 'cy@example.com',
      clientId: client.clientId,
      accessExpiresIn: -60,
      idClaims: { nonce: 'n', email: null },
    });
    expect(claimsOf(tokens.accessToken)).to.deep.include({
      sub: user.body.sub,
      client_id: client.clientId,
      'cognito:groups': ['admin'],
    });
    expect(Number(claimsOf(tokens.accessToken).exp) * 1000).to.be.lessThan(local.pool.clock.now());
    expect(claimsOf(tokens.idToken)).to.include({ nonce: 'n' }).and.not.have.property('email');
  });

  it('rotates signing keys and client secrets', async () => {
    const keys = async () => (await (await fetch(local.pool.jwksUri)).json()) as { keys: object[] };
    const before = await keys();
    expect((await call('POST', '/keys', { dropOld: true })).status).to.equal(204);
    expect((await keys()).keys)
      .to.have.length(before.keys.length)
      .and.not.deep.equal(before.keys);
    const { body: client } = await call('POST', '/clients', { GenerateSecret: true });
    expect((await call('POST', '/client-secrets', { clientId: client.clientId })).status).to.equal(204);
    const { body: refused } = await call('POST', '/client-secrets', {});
    expect(refused.detail).to.match(/has no secret to rotate/);
  });

  const WRONG: readonly (readonly [method: string, path: string, content: object, detail: RegExp])[] = [
    ['POST', '/faults', { kind: 'throtle' }, /^fault\.kind is "throtle"; did you mean "throttle"/],
    ['POST', '/faults', { kind: 'throttle', on: 'signUp' }, /did you mean "SignUp"/],
    ['POST', '/clock', { advance: 60 }, /clock has no option "advance"/],
    ['POST', '/clock', { advanceSeconds: '60' }, /advanceSeconds is "60"; write a whole number/],
    ['POST', '/clock', { now: 'tomorrow' }, /clock\.now is "tomorrow"/],
    ['POST', '/clock', { now: '2026-13-45T00:00:00Z' }, /clock\.set takes/],
    ['POST', '/clock', {}, /write advanceSeconds or now/],
    ['POST', '/users', { email: ANA }, /"email"; did you mean "username"/],
    ['POST', '/users', { username: 1 }, /users\.username is 1/],
    ['POST', '/clients', { CallbackUrls: [] }, /did you mean "CallbackURLs"/],
    ['POST', '/tokens', {}, /tokens\.username is missing/],
    ['POST', '/tokens', { username: 'nobody@example.com' }, /has no user "nobody@example\.com"/],
    ['POST', '/tokens', { username: ANA, accessExpiresIn: '1h' }, /accessExpiresIn is "1h"/],
    ['POST', '/tokens', { username: ANA, idClaims: ['nonce'] }, /idClaims is \["nonce"\]; write an object/],
    ['POST', '/tokens', { username: ANA, expiresIn: 1 }, /tokensFor has no option "expiresIn"/],
    ['POST', '/keys', { drop: true }, /keys has no option "drop"/],
    ['POST', '/client-secrets', { clientId: 1 }, /clientId is 1/],
  ];
  for (const [method, path, content, detail] of WRONG) {
    it(`refuses ${JSON.stringify(content)} at ${method} ${path}`, async () => {
      const { status, headers, body } = await call(method, path, content);
      expect(status, body.detail).to.equal(400);
      expect(headers.get('content-type')).to.equal('application/problem+json');
      expect(body).to.include({ status: 400, title: 'Bad Request' });
      expect(body.detail).to.match(detail);
    });
  }

  const WRONG_QUERIES: readonly (readonly [path: string, method: string, detail: RegExp])[] = [
    ['/inbox?email=a', 'GET', /query has no option "email"/],
    ['/inbox?kind=signup', 'GET', /filter\.kind is "signup"; did you mean "sign_up"/],
    ['/inbox?wait=61', 'GET', /query\.wait is 61; write a whole number from 0 to 60/],
    ['/inbox?wait=5s', 'GET', /query\.wait is "5s"/],
    ['/inbox?kind=sign_up&kind=sign_in', 'GET', /query has a parameter twice/],
    ['/inbox?to=a', 'DELETE', /query has no option "to"/],
  ];
  for (const [path, method, detail] of WRONG_QUERIES) {
    it(`refuses the query of ${method} ${path}`, async () => {
      await forget();
      const { status, body } = await call(method, path);
      expect(status).to.equal(400);
      expect(body.detail).to.match(detail);
      expect(local.pool.inbox.list()).to.have.length(1);
    });
  }

  it("names Cognito's exception for a user that exists, and does not repeat the password", async () => {
    const { status, body } = await call('POST', '/users', { username: ANA });
    expect([status, body.code]).to.deep.equal([400, 'UsernameExistsException']);
    const weak = await call('POST', '/users', { username: 'di@example.com', password: 'hunter2' });
    expect(weak.body.code).to.equal('InvalidPasswordException');
    expect(JSON.stringify(weak.body)).to.not.include('hunter2');
  });

  it('tells a wrong path, method, media type or body', async () => {
    expect((await call('GET', '/fault')).body.detail).to.match(/GET \/_kit lists the endpoints/);
    const wrong = await call('DELETE', '/clock');
    expect([wrong.status, wrong.headers.get('allow')]).to.deep.equal([405, 'GET, POST']);
    const url = `${local.pool.url}/_kit/faults`;
    const form = await fetch(url, { method: 'POST', body: '{"kind":"throttle"}' });
    expect(form.status).to.equal(415);
    const headers = { 'content-type': 'application/json; charset=utf-8' };
    for (const body of ['', '{', '[]', 'null']) {
      const answer = await fetch(url, { method: 'POST', headers, body });
      expect([answer.status, await answer.text()].join(' ')).to.match(/^400 .*not a JSON object/);
    }
    const large = await fetch(url, { method: 'POST', headers, body: `"${'x'.repeat(1024 * 1024)}"` });
    expect(large.status).to.equal(413);
    expect((await call('HEAD', '/clock')).status).to.equal(200);
  });

  it('is absent with control: false', async () => {
    const { url, close } = await startLocalUserPool({ quiet: true, control: false });
    const { status } = await fetch(`${url}/_kit/inbox`);
    await close();
    expect(status).to.equal(404);
  });

  describe('refuses a request', () => {
    const SENT: Readonly<Record<string, readonly [headers: string, expected: number]>> = {
      'of a page on another origin': ['Host: 127.0.0.1\r\nOrigin: http://127.0.0.1:3000', 403],
      'of a sandboxed page': ['Host: 127.0.0.1\r\nOrigin: null', 403],
      'of a script or image element': ['Host: localhost\r\nSec-Fetch-Site: cross-site', 403],
      'of a page on the same site': ['Host: localhost\r\nSec-Fetch-Site: same-site', 403],
      'of a page that the pool itself shows': ['Host: localhost\r\nSec-Fetch-Site: same-origin', 403],
      'under the name of another site (DNS rebinding)': ['Host: evil.example', 403],
      'under an address of another machine': ['Host: 192.168.1.10:9229', 403],
      'under a name of allowedHosts': ['Host: cognito.example.dev', 403],
      'with a name that only starts like loopback': ['Host: 127.0.0.1.nip.io', 403],
      'without a host': ['X-None: 1', 403],
      'that a proxy forwards': ['Host: localhost\r\nX-Forwarded-For: 203.0.113.9', 403],
      'but not with the address typed into a browser': ['Host: localhost\r\nSec-Fetch-Site: none', 200],
      'but not below localhost': ['Host: cognito.localhost:9229', 200],
      'but not under IPv6 loopback': ['Host: [::1]:9229', 200],
    };
    for (const [what, [headers, expected]] of Object.entries(SENT)) {
      it(what, async () => {
        const { pool, sdk, ClientId } = await startLocal({
          allowedHosts: ['cognito.example.dev'],
          users: [{ username: ANA, password: PASSWORD }],
        });
        await sdk.forgotPassword({ ClientId, Username: ANA });
        for (const method of ['GET', 'OPTIONS']) {
          const version = headers.startsWith('Host') ? '1.1' : '1.0';
          const request = `${method} /_kit/inbox HTTP/${version}\r\n${headers}\r\nConnection: close\r\n\r\n`;
          const answer = await sendRaw(pool.url, request);
          const { status = 0, headers: answered = {}, body = '' } = answer ?? {};
          expect(status, body).to.equal(expected === 200 && method === 'OPTIONS' ? 405 : expected);
          if (expected === 403) expect(body).to.not.include(pool.inbox.latest()?.code);
          expect(Object.keys(answered).filter((name) => name.startsWith('access-control'))).to.deep.equal([]);
          expect(answered['x-content-type-options']).to.equal('nosniff');
        }
      });
    }
  });
});
