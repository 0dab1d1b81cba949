import { setTimeout as sleep } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { expect } from 'chai';
import express, { type ErrorRequestHandler, type Express } from 'express';
import { type LocalUserPool, startLocalUserPool } from '../../src/local/local-user-pool.ts';
import type { CognitoRouter } from '../../src/router.ts';
import { PROBLEMS, type ProblemCode } from '../../src/shared/problem.ts';
import { eventually } from '../support/eventually.ts';
import { expectProblem, type Kit, startKit } from '../support/helpers.ts';
import { captureLog, type LogCapture } from '../support/log-capture.ts';
import {
  chunk,
  head,
  LAST_CHUNK,
  openSocket,
  type RawAnswer,
  readAnswer,
  sendRaw,
} from '../support/raw-http.ts';

const PASSWORD = 'Marked-Secret-Password-7';
/** Credentials of an unknown user: an accepted body is answered with `invalid_credentials`. */
const SIGN_IN = { email: 'nobody@example.com', password: PASSWORD };
const MAX = 16 * 1024;

type Mount = (auth: CognitoRouter) => Express;

/** Positions of the router among the body parsers of an app. */
const MOUNTS: Readonly<Record<string, Mount>> = {
  'without other parsers': (auth) => express().use('/auth', auth),
  "before the app's express.json()": (auth) => express().use('/auth', auth).use(express.json()),
  "after the app's express.json()": (auth) => express().use(express.json()).use('/auth', auth),
  "after the app's express.urlencoded()": (auth) =>
    express()
      .use(express.urlencoded({ extended: true }))
      .use('/auth', auth),
  "after the app's express.text()": (auth) =>
    express()
      .use(express.text({ type: () => true }))
      .use('/auth', auth),
  "after the app's express.raw()": (auth) =>
    express()
      .use(express.raw({ type: () => true }))
      .use('/auth', auth),
};

/** A kit that records its log and the errors that reach the app's error handler. */
interface RecordingKit extends Kit {
  readonly log: LogCapture;
  readonly errors: readonly unknown[];
}

async function start(mount: Mount = MOUNTS['without other parsers'] as Mount): Promise<RecordingKit> {
  const errors: unknown[] = [];
  const keepError: ErrorRequestHandler = (error, _req, res, _next) => {
    errors.push(error);
    res.status(599).end();
  };
  const log = captureLog();
  const kit = await startKit({
    pool,
    config: { logger: log.logger },
    app: (auth) => mount(auth).use(keepError),
  });
  return Object.assign(kit, { log, errors });
}

let pool: LocalUserPool;
before(async () => {
  pool = await startLocalUserPool({ quiet: true });
});
after(() => pool.close());

function expectRaw(answer: RawAnswer | undefined, code: ProblemCode): void {
  expect(answer?.status, JSON.stringify(answer)).to.equal(PROBLEMS[code][0]);
  expect(answer?.headers['content-type']).to.include('application/problem+json');
  expect(answer?.body).to.include(`"code":"${code}"`).and.not.include(PASSWORD);
}

/** Returns a body of the given length, which is valid except for a padding member. */
function bodyOf(bytes: number): string {
  const padded = (pad: string): string => JSON.stringify({ ...SIGN_IN, pad });
  return padded('x'.repeat(bytes - padded('').length));
}

for (const [position, mount] of Object.entries(MOUNTS)) {
  describe(`A request body for a router ${position}`, () => {
    let kit: RecordingKit;
    before(async () => {
      kit = await start(mount);
    });
    afterEach(() => {
      expect(kit.log.text()).to.not.include(PASSWORD);
      expect(kit.errors).to.deep.equal([]);
    });

    it('is accepted', async () => {
      expectProblem(await kit.post('/sign-in', SIGN_IN), 'invalid_credentials');
    });

    it('is accepted with chunked transfer encoding', async () => {
      const body = JSON.stringify(SIGN_IN);
      const parts = [chunk(body.slice(0, 9)), chunk(body.slice(9)), LAST_CHUNK];
      const answer = await sendRaw(
        kit.url,
        head('/auth/sign-in', { 'transfer-encoding': 'chunked' }),
        ...parts,
      );
      expectRaw(answer, 'invalid_credentials');
    });

    it('is refused above 16 KiB', async () => {
      const send = (bytes: number) => kit.request.post('/auth/sign-in').type('json').send(bodyOf(bytes));
      expectProblem(await send(MAX), 'validation_failed');
      expectProblem(await send(MAX + 1), 'body_too_large');
      expectProblem(await send(5 * MAX), 'body_too_large');
    });

    it('is refused above 16 KiB with chunked transfer encoding', async () => {
      const send = (bytes: number) =>
        sendRaw(
          kit.url,
          head('/auth/sign-in', { 'transfer-encoding': 'chunked' }),
          chunk(bodyOf(bytes)),
          LAST_CHUNK,
        );
      expectRaw(await send(MAX), 'validation_failed');
      expectRaw(await send(MAX + 1), 'body_too_large');
    });

    for (const type of [
      'application/json',
      'application/json; charset=utf-8',
      'Application/JSON;charset=UTF-8',
      'application/json ; charset = "utf-8"',
    ]) {
      it(`is accepted with the media type ${type}`, async () => {
        const request = kit.request.post('/auth/sign-in').set('Content-Type', type);
        expectProblem(await request.send(JSON.stringify(SIGN_IN)), 'invalid_credentials');
      });
    }

    for (const type of [
      'text/plain',
      'application/x-www-form-urlencoded',
      'multipart/form-data; boundary=x',
      'application/jsonx',
      'application/vnd.api+json',
      'text/json',
      'application/octet-stream',
      'json',
    ]) {
      it(`is refused with the media type ${type}`, async () => {
        const request = kit.request.post('/auth/sign-in').set('Content-Type', type);
        expectProblem(await request.send(JSON.stringify(SIGN_IN)), 'unsupported_media_type');
      });
    }

    it('is refused without a media type', async () => {
      const body = JSON.stringify(SIGN_IN);
      const lines = head('/auth/sign-in', { 'content-length': body.length }).replace(
        /content-type: .*\r\n/,
        '',
      );
      expectRaw(await sendRaw(kit.url, lines, body), 'unsupported_media_type');
    });

    it('is refused if it is missing or empty', async () => {
      expectProblem(await kit.request.post('/auth/sign-in'), 'validation_failed');
      expectProblem(await kit.request.post('/auth/sign-in').type('json'), 'validation_failed');
      expectRaw(await sendRaw(kit.url, head('/auth/sign-in', { 'content-length': 0 })), 'validation_failed');
      const chunked = head('/auth/sign-in', { 'transfer-encoding': 'chunked' });
      expectRaw(await sendRaw(kit.url, chunked, LAST_CHUNK), 'validation_failed');
    });

    it('is refused if it is compressed', async () => {
      const zipped = gzipSync(JSON.stringify(SIGN_IN));
      const headers = { 'content-encoding': 'gzip', 'content-length': zipped.length };
      expectRaw(await sendRaw(kit.url, head('/auth/sign-in', headers), zipped), 'unsupported_media_type');
    });

    for (const [fault, body] of Object.entries({
      'is an empty array': '[]',
      'is an array': JSON.stringify([SIGN_IN]),
      'is nested too deeply': JSON.stringify({ ...SIGN_IN, a: { b: { c: { d: { e: 1 } } } } }),
      'is nested 2,500 times': `${'{"a":'.repeat(2500)}1${'}'.repeat(2500)}`,
      'has an array nested 5,000 times': `{"email":${'['.repeat(5000)}${']'.repeat(5000)}}`,
      'has __proto__': `{"email":"nobody@example.com","password":"x","__proto__":{"everywhere":true}}`,
      'has only __proto__': `{"__proto__":{"email":"nobody@example.com","password":"x"}}`,
      'has a nested __proto__': `{"email":"nobody@example.com","password":"x","a":{"__proto__":{}}}`,
      'has constructor': `{"email":"nobody@example.com","password":"x","constructor":{"prototype":{"a":1}}}`,
      'has a NUL': JSON.stringify({ ...SIGN_IN, password: `${PASSWORD}\0` }),
      'has a NUL in the name': JSON.stringify({ ...SIGN_IN, email: 'nobody@example.com\0' }),
      'has a lone surrogate': `{"email":"nobody@example.com","password":"${PASSWORD}\\ud800"}`,
      'has a lone surrogate in the name': `{"email":"nobody\\udfff@example.com","password":"x"}`,
      'has 1,000 unknown members': JSON.stringify({
        ...SIGN_IN,
        ...Object.fromEntries(Array.from({ length: 1000 }, (_, i) => [`m${i}`, i])),
      }),
      'has huge numbers': `{"email":1e999,"password":${'9'.repeat(5000)}}`,
      'has values of other types': `{"email":{"a":"b"},"password":["${PASSWORD}"]}`,
      'has null': `{"email":null,"password":"${PASSWORD}"}`,
    })) {
      it(`is refused if it ${fault}`, async () => {
        const response = await kit.request.post('/auth/sign-in').type('json').send(body);
        expect(response.status).to.equal(400);
        expectProblem(response, response.body.code);
        expect(['validation_failed', 'invalid_request']).to.include(response.body.code);
        expect(response.text).to.not.include(PASSWORD);
        expect(response.body.errors ?? []).to.have.lengthOf.below(21);
      });
    }

    it('is accepted with duplicate members, of which the last counts', async () => {
      const body = `{"email":"not an address","password":7,"email":"nobody@example.com","password":"${PASSWORD}"}`;
      const response = await kit.request.post('/auth/sign-in').type('json').send(body);
      expectProblem(response, 'invalid_credentials');
    });

    it('is accepted with "Expect: 100-continue"', async () => {
      const body = JSON.stringify(SIGN_IN);
      const headers = { expect: '100-continue', 'content-length': body.length };
      expectRaw(await sendRaw(kit.url, head('/auth/sign-in', headers), body), 'invalid_credentials');
    });
  });
}

// A JSON parser of the app refuses these bodies before the router.
for (const position of [
  'without other parsers',
  "after the app's express.text()",
  "after the app's express.raw()",
]) {
  describe(`An invalid JSON body for a router ${position}`, () => {
    let kit: RecordingKit;
    before(async () => {
      kit = await start(MOUNTS[position]);
    });

    for (const [fault, body] of Object.entries({
      'is truncated': JSON.stringify(SIGN_IN).slice(0, -1),
      'has two objects': JSON.stringify(SIGN_IN) + JSON.stringify(SIGN_IN),
      'is JavaScript': `{email:'nobody@example.com',password:'${PASSWORD}'}`,
      'is a form': `email=nobody@example.com&password=${PASSWORD}`,
      'is white space': '   ',
      'has a comment': `${JSON.stringify(SIGN_IN)} // ${PASSWORD}`,
    })) {
      it(`is refused, and appears in no response, log or error, if it ${fault}`, async () => {
        const response = await kit.request.post('/auth/sign-in').type('json').send(body);
        expectProblem(response, 'invalid_json');
        expect(response.text + kit.log.text()).to.not.include(PASSWORD);
        expect(kit.errors).to.deep.equal([]);
      });
    }

    for (const body of ['null', '7', 'true', `"${PASSWORD}"`]) {
      it(`is refused if it is the value ${body.slice(0, 9)}`, async () => {
        const response = await kit.request.post('/auth/sign-in').type('json').send(body);
        expectProblem(response, 'validation_failed');
        expect(response.body.errors).to.deep.equal([{ path: '', message: 'must be a JSON object' }]);
      });
    }
  });
}

describe('The encoding of a request body', () => {
  let kit: RecordingKit;
  before(async () => {
    kit = await start();
  });

  const text = JSON.stringify({ ...SIGN_IN, password: `${PASSWORD}ü` });
  const send = (type: string, bytes: Buffer): Promise<RawAnswer | undefined> =>
    sendRaw(kit.url, head('/auth/sign-in', { 'content-type': type, 'content-length': bytes.length }), bytes);

  for (const charset of ['utf-16', 'utf-16le', 'iso-8859-1', 'windows-1252', 'us-ascii', 'utf-7', 'none']) {
    it(`is refused if the charset is ${charset}`, async () => {
      const type = `application/json; charset=${charset}`;
      expectRaw(await send(type, Buffer.from(text, 'utf16le')), 'unsupported_media_type');
      expectRaw(await send(type, Buffer.from(text)), 'unsupported_media_type');
    });
  }

  it('is refused if the bytes are not UTF-8', async () => {
    const broken = Buffer.from(text.replace('ü', 'XY'), 'latin1');
    const at = broken.indexOf('XY');
    for (const [first, second] of [
      [0xff, 0xfe],
      // An overlong form, a lone surrogate, and a code point above U+10FFFF.
      [0xc0, 0xaf],
      [0xed, 0xa0],
      [0xf5, 0x80],
    ]) {
      broken.set([first ?? 0, second ?? 0], at);
      expectRaw(await send('application/json', broken), 'invalid_json');
    }
    expectRaw(await send('application/json', Buffer.from(text, 'latin1')), 'invalid_json');
    expectRaw(await send('application/json', Buffer.from(text, 'utf16le')), 'invalid_json');
  });

  it('is accepted if it is UTF-8', async () => {
    expectRaw(await send('application/json', Buffer.from(text)), 'invalid_credentials');
  });
});

describe('The transfer of a request body', () => {
  let kit: RecordingKit;
  before(async () => {
    kit = await start();
  });

  const expectAlive = async (): Promise<void> => {
    expectProblem(await kit.post('/sign-in', SIGN_IN), 'invalid_credentials');
    expect(kit.errors).to.deep.equal([]);
    expect(kit.log.text()).to.not.include(PASSWORD);
  };

  it('is awaited if it is slow', async () => {
    const body = JSON.stringify(SIGN_IN);
    const socket = await openSocket(kit.url);
    const answer = readAnswer(socket);
    socket.write(head('/auth/sign-in', { 'content-length': body.length }));
    for (let at = 0; at < body.length; at += 20) {
      socket.write(body.slice(at, at + 20));
      await sleep(5);
    }
    expectRaw(await answer, 'invalid_credentials');
    socket.destroy();
  });

  it('ends with one log line if the client disconnects in the middle', async () => {
    kit.log.clear();
    const socket = await openSocket(kit.url);
    socket.write(head('/auth/sign-in', { 'content-length': 5000 }) + JSON.stringify(SIGN_IN));
    await sleep(30);
    socket.resetAndDestroy();
    await eventually(() => kit.log.text() !== '');
    expect(kit.log.lines()).to.have.lengthOf(1);
    await expectAlive();
  });

  it('is refused as soon as the body is too long, before its end', async () => {
    const socket = await openSocket(kit.url);
    const answer = readAnswer(socket);
    socket.write(head('/auth/sign-in', { 'transfer-encoding': 'chunked' }));
    for (let i = 0; i < 5; i++) socket.write(chunk('x'.repeat(4096)));
    expectRaw(await answer, 'body_too_large');
    // The client continues to send, and then resets the connection.
    for (let i = 0; i < 5; i++) socket.write(chunk('x'.repeat(4096)));
    await sleep(10);
    socket.resetAndDestroy();
    await expectAlive();
  });

  it('is refused at once if Content-Length is above the maximum', async () => {
    const answer = await sendRaw(kit.url, head('/auth/sign-in', { 'content-length': MAX + 1 }), '{');
    expectRaw(answer, 'body_too_large');
    await expectAlive();
  });

  it('is refused if the body is longer than Content-Length', async () => {
    const body = JSON.stringify(SIGN_IN);
    // One write, because Node must have read everything when it closes the connection.
    const answer = await sendRaw(kit.url, head('/auth/sign-in', { 'content-length': 30 }) + body);
    expect(answer?.status).to.equal(400);
    await expectAlive();
  });

  for (const [fault, headers] of Object.entries({
    'two lengths': 'Content-Length: 5\r\nContent-Length: 6',
    'a length that is not a number': 'Content-Length: five',
    'a negative length': 'Content-Length: -5',
    'a length and chunked transfer encoding': 'Content-Length: 5\r\nTransfer-Encoding: chunked',
    'chunked and another transfer encoding': 'Transfer-Encoding: chunked, gzip',
  })) {
    it(`is refused by Node with ${fault}`, async () => {
      const lines = `POST /auth/sign-in HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n${headers}\r\n\r\n`;
      const answer = await sendRaw(kit.url, `${lines}{"a":1}`);
      expect(answer?.status).to.equal(400);
      await expectAlive();
    });
  }

  it('is refused if the app has consumed the body without keeping it', async () => {
    const swallowing = await start((auth) =>
      express()
        .use((req, _res, next) => void req.resume().on('end', () => next()))
        .use('/auth', auth),
    );
    expectProblem(await swallowing.post('/sign-in', SIGN_IN), 'invalid_request');
  });

  it('succeeds if the app has called req.setEncoding()', async () => {
    const encoding = await start((auth) =>
      express()
        .use((req, _res, next) => {
          req.setEncoding('utf8');
          next();
        })
        .use('/auth', auth),
    );
    expectProblem(await encoding.post('/sign-in', SIGN_IN), 'invalid_credentials');
  });
});

describe('A parsed body', () => {
  it('is not visible to error handlers of the app', async () => {
    let left: unknown = 'the error handler did not run';
    const kit = await startKit({
      pool,
      config: {
        hooks: {
          before: {
            signIn: () => {
              throw new Error('down');
            },
          },
        },
      },
      app: (auth) => {
        const keepBody: ErrorRequestHandler = (_error, req, res, _next) => {
          left = req.body;
          res.status(599).end();
        };
        return express().use('/auth', auth).use(keepBody);
      },
    });
    expect((await kit.post('/sign-in', SIGN_IN)).status).to.equal(599);
    expect(left).to.equal(undefined);
  });
});
