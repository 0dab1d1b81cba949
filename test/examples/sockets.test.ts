import { once } from 'node:events';
import { expect } from 'chai';
import { type LocalUserPool, startLocalUserPool } from 'express-cognito-kit/local';
import { io, type Socket } from 'socket.io-client';
import WebSocket from 'ws';
import { type Running, settingsOf, start, stopAll } from '../support/example-process.ts';
import { freePort } from '../support/free-port.ts';

const ADA = { email: 'ada@example.com', password: 'Analytical-1843' };
const SAME_ORIGIN = { 'sec-fetch-site': 'same-origin' };
/** A check every 5 seconds, and some time to spare. */
const CLOSE_LIMIT_MS = 8000;

describe('Examples of sockets:', () => {
  let pool: LocalUserPool;
  let app: Running;
  let host: string;
  const open: (WebSocket | Socket)[] = [];

  before(async () => {
    pool = await startLocalUserPool({
      quiet: true,
      users: [{ username: ADA.email, password: ADA.password }],
    });
  });
  after(() => pool.close());
  afterEach(async () => {
    for (const socket of open.splice(0)) socket.close();
    await stopAll();
  });

  async function startExample(file: string): Promise<void> {
    app = start(`examples/${file}`, { PORT: String(await freePort()), ...settingsOf(pool) });
    const [, found = ''] = await app.prints(/\/\/(localhost:\d+)/);
    host = found;
  }

  async function post(path: string, headers: Record<string, string>, body: object = {}): Promise<Response> {
    const response = await fetch(`http://${host}/auth${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify(body),
    });
    expect(response.status).to.equal(200);
    return response;
  }

  /** Signs in as a browser does, and returns its cookies. */
  async function signInByCookie(): Promise<string> {
    const response = await post('/sign-in', SAME_ORIGIN, { ...ADA, transport: 'cookie' });
    return response.headers
      .getSetCookie()
      .map((cookie) => cookie.split(';')[0])
      .join('; ');
  }

  async function signInByToken(): Promise<{ accessToken: string; refreshToken: string }> {
    const { tokens } = (await (await post('/sign-in', {}, ADA)).json()) as {
      tokens: { accessToken: string; refreshToken: string };
    };
    return tokens;
  }

  describe('websocket.ts', () => {
    beforeEach(() => startExample('websocket.ts'));

    function connect(headers: Record<string, string>): WebSocket {
      const socket = new WebSocket(`ws://${host}`, { headers });
      open.push(socket);
      return socket;
    }

    /** Returns the status of a refused handshake. */
    async function refusal(headers: Record<string, string>): Promise<number> {
      const socket = connect(headers).on('error', () => undefined);
      const [, { statusCode }] = await once(socket, 'unexpected-response');
      socket.terminate();
      return statusCode;
    }

    async function echo(socket: WebSocket): Promise<string> {
      if (socket.readyState !== WebSocket.OPEN) await once(socket, 'open');
      socket.send('hello');
      const [text] = await once(socket, 'message');
      return String(text);
    }

    it('serves a browser by its cookie, and closes its socket after the sign-out', async () => {
      const cookie = await signInByCookie();
      const origin = `http://${host}`;
      const socket = connect({ cookie, origin });
      expect(await echo(socket)).to.match(/ says: hello$/);
      const closed = once(socket, 'close');
      await post('/sign-out', { cookie, ...SAME_ORIGIN });
      const [code, reason] = await closed;
      expect([code, String(reason)]).to.deep.equal([3000, 'invalid_token']);
      expect(await refusal({ cookie, origin })).to.equal(401);
    }).timeout(CLOSE_LIMIT_MS);

    it('serves another client by its token, and closes its socket after a sign-out everywhere', async () => {
      const { accessToken } = await signInByToken();
      const authorization = `Bearer ${accessToken}`;
      const socket = connect({ authorization });
      expect(await echo(socket)).to.match(/ says: hello$/);
      const closed = once(socket, 'close');
      await post('/sign-out', { authorization }, { everywhere: true });
      expect((await closed)[0]).to.equal(3000);
    }).timeout(CLOSE_LIMIT_MS);

    it('refuses the cookie from a page of another site, an invalid token, and no token', async () => {
      const cookie = await signInByCookie();
      expect(await refusal({ cookie, origin: 'https://attacker.example' })).to.equal(403);
      expect(await refusal({ cookie })).to.equal(403);
      expect(await refusal({ authorization: 'Bearer x.y.z' })).to.equal(401);
      expect(await refusal({})).to.equal(401);
    });

    it('closes its sockets and exits with 0 on SIGTERM', async () => {
      const { accessToken } = await signInByToken();
      const socket = connect({ authorization: `Bearer ${accessToken}` });
      await echo(socket);
      const closed = once(socket, 'close');
      app.process.kill('SIGTERM');
      expect((await closed)[0]).to.equal(1001);
      expect(await app.exitCode()).to.equal(0);
    });
  });

  describe('socket-io.ts', () => {
    beforeEach(() => startExample('socket-io.ts'));

    function connect(options: object): Socket {
      const socket = io(`http://${host}`, { reconnection: false, forceNew: true, ...options });
      open.push(socket);
      return socket;
    }

    function next(socket: Socket, event: string): Promise<unknown> {
      return new Promise((resolve) => {
        socket.once(event, resolve);
      });
    }

    async function echo(socket: Socket): Promise<unknown> {
      const answer = next(socket, 'message');
      socket.emit('message', 'hello');
      return answer;
    }

    it('serves a browser by its cookie, and disconnects its socket after the sign-out', async () => {
      const cookie = await signInByCookie();
      const socket = connect({ extraHeaders: { cookie, origin: `http://${host}` } });
      expect(await echo(socket)).to.match(/ says: hello$/);
      const [ended, disconnected] = [next(socket, 'ended'), next(socket, 'disconnect')];
      await post('/sign-out', { cookie, ...SAME_ORIGIN });
      expect(await ended).to.equal('invalid_token');
      expect(await disconnected).to.equal('io server disconnect');
    }).timeout(CLOSE_LIMIT_MS);

    it('serves another client by its token, and disconnects its socket after a sign-out everywhere', async () => {
      const { accessToken: token } = await signInByToken();
      const socket = connect({ auth: { token } });
      expect(await echo(socket)).to.match(/ says: hello$/);
      const disconnected = next(socket, 'disconnect');
      await post('/sign-out', { authorization: `Bearer ${token}` }, { everywhere: true });
      expect(await disconnected).to.equal('io server disconnect');
    }).timeout(CLOSE_LIMIT_MS);

    it('refuses the cookie of a WebSocket from another site, an invalid token, and no token', async () => {
      const cookie = await signInByCookie();
      const REFUSALS: readonly [object, string][] = [
        [
          { transports: ['websocket'], extraHeaders: { cookie, origin: 'https://attacker.example' } },
          'cross_site_request',
        ],
        [{ auth: { token: 'x.y.z' } }, 'invalid_token'],
        [{ auth: { token: { headers: {} } } }, 'invalid_token'],
        [{}, 'missing_token'],
      ];
      for (const [options, code] of REFUSALS) {
        expect(await next(connect(options), 'connect_error')).to.have.property('message', code);
      }
    });

    it('disconnects its sockets and exits with 0 on SIGTERM', async () => {
      const { accessToken: token } = await signInByToken();
      const socket = connect({ auth: { token } });
      await echo(socket);
      const disconnected = next(socket, 'disconnect');
      app.process.kill('SIGTERM');
      await disconnected;
      expect(await app.exitCode()).to.equal(0);
    });
  });
});
