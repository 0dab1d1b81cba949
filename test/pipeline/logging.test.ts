import diagnosticsChannel from 'node:diagnostics_channel';
import { expect } from 'chai';
import express from 'express';
import type { Response, Test } from 'supertest';
import { EXCEPTION_NAMES } from '../../src/cognito/error-map.ts';
import { type AuthEvent, EVENT_CHANNEL } from '../../src/config/events.ts';
import { createLogger } from '../../src/pipeline/logger.ts';
import { atLeast } from '../support/at-least.ts';
import { type Kit, PASSWORD, startKit } from '../support/helpers.ts';
import { captureLog } from '../support/log-capture.ts';
import { SAMPLE_POSTS, SAMPLE_REQUESTS } from '../support/requests.ts';
import {
  type Secrets,
  type Stop,
  TOUR_POOL,
  TOUR_USERS,
  takeTour,
  takeTourOfFaults,
} from '../support/tour.ts';

const CLIENT_SECRET = 'markedclientsecret0123456789abcdef';
const RATE_LIMIT_SECRET = 'marked rate limit secret';

/** Members that a log line can have: those of pino, the router and the request. */
const LINE = ['level', 'time', 'pid', 'hostname', 'msg', 'name', 'userPoolId', 'clientId'];
const REQUEST = [
  'requestId',
  'endpoint',
  'operation',
  'status',
  'code',
  'exception',
  'upstreamMessage',
  'awsRequestId',
  'hint',
  'durationMs',
];

/** Returns the response as text, without the tokens and sessions that the endpoint is meant to return. */
function withoutHandedOut({ endpoint, response }: Stop): string {
  const body = structuredClone(response.body) as {
    tokens?: object;
    challenge?: { session?: string };
    secretCode?: string;
    otpauthUri?: string;
    device?: { devicePassword?: string };
  };
  if (response.status === 200 && endpoint === 'startTotp') {
    delete body.secretCode;
    delete body.otpauthUri;
  }
  if (response.status === 200 && endpoint === 'confirmDevice') delete body.device?.devicePassword;
  if (
    response.status === 200 &&
    ['signIn', 'respondToChallenge', 'refresh', 'stepUp', 'changePassword'].includes(endpoint)
  ) {
    delete body.tokens;
    delete body.challenge?.session;
  }
  return JSON.stringify(body) + JSON.stringify(response.headers);
}

function expectNone(text: string, secrets: Iterable<string>, where: string): void {
  for (const secret of secrets) {
    if (!holds(text, secret)) continue;
    throw new Error(`${where} has "${secret}" in it: ${text.slice(0, 1000)}`);
  }
}

function holds(text: string, secret: string): boolean {
  // Digits can also be part of a time or an ID.
  if (/^\d+$/.test(secret)) return new RegExp(`(?<![\\w-])${secret}(?![\\w-])`).test(text);
  return [secret, encodeURIComponent(secret), Buffer.from(secret).toString('base64')].some((form) =>
    text.includes(form),
  );
}

describe('A tour of every endpoint with known secrets', () => {
  const log = captureLog();
  const events: AuthEvent[] = [];
  const published: unknown[] = [];
  const listen = (event: unknown): void => void published.push(event);
  let kit: Kit;
  let stops: Stop[];
  let secrets: Secrets;

  before(async () => {
    diagnosticsChannel.subscribe(EVENT_CHANNEL, listen);
    const options = {
      pool: { clientSecret: CLIENT_SECRET, pool: TOUR_POOL, users: TOUR_USERS },
      config: {
        logger: log.logger,
        onEvent: (event: AuthEvent) => void events.push(event),
        rateLimits: { secret: RATE_LIMIT_SECRET, account: generous(), address: generous() },
      },
    };
    kit = await startKit(options);
    const tour = await takeTour(kit);
    secrets = tour.secrets;
    secrets.never.add(RATE_LIMIT_SECRET);
    const { tokens } = (await kit.post('/sign-in', { email: 'ada@example.com', password: PASSWORD })).body;
    for (const token of [tokens.accessToken, tokens.idToken, tokens.refreshToken])
      secrets.handedOut.add(token);
    // A short timeout, because the tour of faults waits for it.
    const faultyKit = await startKit({
      pool: kit.pool,
      config: { ...options.config, timeouts: { call: 300 } },
    });
    stops = atLeast(100, [...tour.stops, ...(await takeTourOfFaults(faultyKit, tokens.accessToken))]);
    for (const kind of [secrets.never, secrets.handedOut]) atLeast(10, [...kind]);
  });
  after(() => diagnosticsChannel.unsubscribe(EVENT_CHANNEL, listen));

  it('has a success and a failure of every endpoint', () => {
    const outcomes = new Set(stops.map(({ endpoint, response }) => `${endpoint} ${response.status < 400}`));
    for (const { endpoint } of SAMPLE_REQUESTS) {
      expect(outcomes).to.include(`${endpoint.name} true`);
      if (endpoint.tag !== 'meta') expect(outcomes).to.include(`${endpoint.name} false`);
    }
    expect(secrets.never.size).to.be.above(9);
    expect(secrets.handedOut.size).to.be.above(9);
    const codes = new Set(stops.map(({ response }) => response.body.code));
    expect(codes).to.include.members([
      'upstream_timeout',
      'upstream_error',
      'rate_limited',
      'too_many_attempts',
    ]);
  });

  it('leaves no secret in the log', () => {
    expect(log.lines()).to.have.lengthOf.above(stops.length);
    expectNone(log.text(), [...secrets.never, ...secrets.handedOut], 'The log');
  });

  it('leaves no secret in a response, except the tokens and sessions that an endpoint returns', () => {
    for (const stop of stops) {
      expectNone(withoutHandedOut(stop), [...secrets.never, ...secrets.handedOut], stop.title);
      expectNone(JSON.stringify(stop.response.headers), secrets.handedOut, stop.title);
    }
  });

  it('leaves no secret in an event', () => {
    expect(events).to.have.lengthOf.above(100);
    expect(published).to.have.lengthOf(events.length);
    expectNone(JSON.stringify([events, published]), [...secrets.never, ...secrets.handedOut], 'An event');
  });

  it('leaves one log line for each request, with only the known members', () => {
    const lines = log.lines().filter(({ msg }) => msg === 'request' || msg === 'request failed');
    expect(lines).to.have.lengthOf(stops.length + 1);
    for (const line of lines) {
      expect([...LINE, ...REQUEST]).to.include.members(Object.keys(line));
      expect(line).to.include({ name: 'express-cognito-kit', clientId: kit.pool.config.clientId });
      expect(line.durationMs).to.be.a('number').and.satisfy(Number.isInteger);
      expect(line.level).to.equal(line.msg !== 'request' ? 50 : line.hint === undefined ? 30 : 40);
    }
    const byId = new Map(lines.map((line) => [line.requestId, line]));
    for (const { response, title, endpoint } of stops) {
      if (response.status < 400) continue;
      expect(byId.get(response.body.requestId), title).to.include({ endpoint, status: response.status });
    }
  });

  it('leaves no other log line, except those of rate limits', () => {
    for (const line of log.lines()) {
      if (line.msg === 'request' || line.msg === 'request failed') continue;
      // The tour signs up twice with one name.
      if (line.msg === 'call after the response') continue;
      // The tour answers the same challenge session too often.
      expect(line).to.include({ msg: 'rate limit hit', limiter: 'challenge-attempts', level: 40 });
      expect([...LINE, 'requestId', 'limiter']).to.include.members(Object.keys(line));
    }
  });
});

function generous() {
  const limit = { limit: 10_000, windowMs: 60_000 };
  return { signIn: limit, code: limit, write: limit, read: limit };
}

describe('A secret in an unexpected place', () => {
  // Symbols and digits, digits alone, the form of a token, and a long secret.
  const MARKS = [
    'Marked-5ecret!',
    '9071584361',
    'eyJtYXJrZWQiOiJ4In0.bWFya2Vk.bWFya2Vk',
    `m4rk${'x9'.repeat(30)}`,
  ];
  const log = captureLog();
  const events: AuthEvent[] = [];
  let kit: Kit;
  before(async () => {
    kit = await startKit({
      config: { logger: log.logger, onEvent: (event) => void events.push(event) },
      app: (auth) => express().use('/auth', auth),
    });
    log.clear();
  });

  function expectNoMarks(response: Response): void {
    expect(response.status).to.be.below(500);
    expectNone(response.text + JSON.stringify(response.headers), MARKS, 'The answer');
  }
  after(() => {
    expect(log.lines()).to.have.lengthOf.above(300);
    expectNone(log.text(), MARKS, 'The log');
    expectNone(JSON.stringify(atLeast(300, events)), MARKS, 'An event');
  });

  for (const { title, method, path, body } of atLeast(40, SAMPLE_REQUESTS)) {
    it(`is neither logged nor returned by ${title}`, async () => {
      const send = (more: object, url = path): Test => {
        const request = kit.request[method](url);
        return body ? request.send({ ...body, ...more }) : request;
      };
      const raw = (type: string, text: string): Test =>
        kit.request[method](path).set('Content-Type', type).send(text);
      const misplaced = (mark: string): readonly Test[] => [
        send({}, `${path}?password=${encodeURIComponent(mark)}&${encodeURIComponent(mark)}`),
        ...['Bearer', 'bearer', 'Basic', ''].map((scheme) =>
          send({}).set('Authorization', `${scheme} ${mark}`),
        ),
        send({}).set('Cookie', `session=${mark}`).set('X-Api-Key', mark).set('X-Request-Id', mark),
      ];
      const misplacedInBody = (mark: string): readonly Test[] => [
        send({
          [mark]: mark,
          extra: { [mark]: { [mark]: [mark] } },
          attributes: { [mark]: mark, name: [mark] },
        }),
        ...Object.keys(body ?? {}).map((name) => send({ [name]: { [mark]: mark } })),
        raw('application/json', `{"password":"${mark}`),
        raw('application/x+json', mark),
        raw('text/plain', mark),
      ];
      const responses = await Promise.all(
        MARKS.flatMap((mark) => [...misplaced(mark), ...(body ? misplacedInBody(mark) : [])]),
      );
      for (const response of responses) expectNoMarks(response);
    });
  }

  it('is neither logged nor returned by the refusal of a method', async () => {
    for (const mark of MARKS) {
      expectNoMarks(
        await kit.request.put(`/auth/sign-in?a=${encodeURIComponent(mark)}`).send({ [mark]: mark }),
      );
    }
  });
});

describe('The message of a Cognito exception', () => {
  const mark = 'Value-Of-A-Pa55word';
  const log = captureLog();
  let thrown: unknown;
  let kit: Kit;
  before(async () => {
    const send = () => Promise.reject(thrown);
    kit = await startKit({ config: { logger: log.logger, cognitoClient: { send } as never } });
  });

  /** Exceptions whose messages are written for users. */
  const shown = ['InvalidPasswordException', 'UserLambdaValidationException'];
  const open = SAMPLE_POSTS.filter(({ endpoint }) => endpoint.auth === 'none').map(({ title }) => title);
  const names = EXCEPTION_NAMES.filter((name) => !shown.includes(name));
  const exceptions = atLeast(30, names).map((name) =>
    Object.assign(new Error(`Value '${mark}' at 'password' failed to satisfy constraint`), {
      name,
      $response: mark,
    }),
  );
  const errors: readonly unknown[] = [
    ...exceptions,
    new SyntaxError(`Unexpected token in ${mark}`),
    new TypeError(`Cannot read ${mark}`),
    new Error(mark, { cause: new Error(mark) }),
    new AggregateError([new Error(mark)], mark),
    mark,
    undefined,
  ];

  it('appears in neither the response nor the log', async () => {
    for (const error of errors) {
      thrown = error;
      const names = error === exceptions[0] || !(error instanceof Error) ? open : ['signUp', 'signIn'];
      const posts = SAMPLE_POSTS.filter(({ title }) => names.includes(title));
      const responses = await Promise.all(
        posts.map(({ method, path, body }) => kit.request[method](path).send(body)),
      );
      for (const { status, type, text, headers } of atLeast(2, responses)) {
        if (status >= 400) expect(type).to.equal('application/problem+json');
        expectNone(text + JSON.stringify(headers), [mark], 'The answer');
      }
    }
    expect(log.lines()).to.have.lengthOf.above(100);
    expectNone(log.text(), [mark], 'The log');
  });
});

describe('The logger', () => {
  it('is a child of the logger of the app', async () => {
    const log = captureLog();
    const kit = await startKit({ config: { logger: log.logger.child({ app: 'shop' }) } });
    await kit.get('/health');
    expect(log.lines()).to.have.lengthOf(1);
    expect(log.lines()[0]).to.include({
      app: 'shop',
      name: 'express-cognito-kit',
      endpoint: 'health',
      code: 'ok',
    });
  });

  it('keeps the level of the logger of the app', async () => {
    const log = captureLog();
    log.logger.level = 'error';
    const kit = await startKit({ config: { logger: log.logger } });
    await kit.get('/health');
    expect(log.text()).to.equal('');
  });

  it('uses the request ID that the app has set', async () => {
    const log = captureLog();
    const kit = await startKit({
      config: { logger: log.logger },
      app: (auth) =>
        express()
          .use((req, _res, next) => {
            Object.assign(req, { id: 'request-7' });
            next();
          })
          .use('/auth', auth),
    });
    expect((await kit.get('/me').set('X-Request-Id', 'chosen by the client')).body.requestId).to.equal(
      'request-7',
    );
    expect(log.lines()[0]).to.include({ requestId: 'request-7', status: 401, code: 'missing_token' });
  });

  it('has level info by default, and is silent if logger is false', () => {
    const settings = { logger: undefined, userPoolId: 'us-east-1_AbCdEfGhI', clientId: 'abc' };
    expect(createLogger(settings as never).level).to.equal('info');
    expect(createLogger({ ...settings, logger: false } as never).level).to.equal('silent');
  });
});
