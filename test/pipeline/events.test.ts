import diagnosticsChannel from 'node:diagnostics_channel';
import { expect } from 'chai';
import { type AuthEvent, EVENT_CHANNEL, eventSubject, type OnEvent } from '../../src/config/events.ts';
import { isAudited } from '../../src/endpoints/endpoint.ts';
import { ENDPOINTS } from '../../src/endpoints/table.ts';
import { atLeast } from '../support/at-least.ts';
import {
  expectProblem,
  expectStatus,
  type Kit,
  OTHER_PASSWORD,
  PASSWORD,
  startKit,
} from '../support/helpers.ts';
import { captureLog } from '../support/log-capture.ts';
import { SAMPLE_POSTS } from '../support/requests.ts';
import { TOUR_POOL, TOUR_USERS, takeTour } from '../support/tour.ts';

const MEMBERS = [
  'type',
  'at',
  'endpoint',
  'requestId',
  'ip',
  'account',
  'sub',
  'code',
  'exception',
  'upstreamMessage',
];

describe('The events of a tour of every endpoint', () => {
  const events: AuthEvent[] = [];
  const published: unknown[] = [];
  const subscriber = (event: unknown): void => {
    published.push(event);
  };
  let kit: Kit;
  before(async () => {
    diagnosticsChannel.subscribe(EVENT_CHANNEL, subscriber);
    kit = await startKit({
      pool: { pool: TOUR_POOL, users: TOUR_USERS },
      config: { onEvent: (event) => void events.push(event) },
    });
    await takeTour(kit);
    diagnosticsChannel.unsubscribe(EVENT_CHANNEL, subscriber);
  });

  const ofType = (type: AuthEvent['type']): AuthEvent[] => events.filter((event) => event.type === type);

  it('have every type that the endpoints define', () => {
    const subjects = ENDPOINTS.filter(isAudited).map(({ name }) => eventSubject(name));
    // A GET changes state only if a browser navigates to it.
    const changing = ENDPOINTS.filter(({ method, navigation }) => method !== 'get' || navigation);
    expect(subjects).to.have.members(changing.map(({ name }) => eventSubject(name)));
    expect(subjects).to.include.members(['sign_in', 'sign_up', 'refresh', 'sign_out', 'delete_me']);
    const types = subjects.flatMap((subject) => [`${subject}.succeeded`, `${subject}.failed`]);
    const seen = new Set(events.map(({ type }) => type));
    // Cognito masks these failures itself.
    const masked = ['resend_confirmation_code.failed', 'forgot_password.failed'];
    expect([...seen]).to.have.members([
      ...types.filter((type) => !masked.includes(type)),
      'sign_in.challenged',
      'sign_up.existing_account',
    ]);
  });

  it('are also published on the diagnostics channel', () => {
    expect(published).to.deep.equal(events);
    expect(EVENT_CHANNEL).to.equal('express-cognito-kit:event');
  });

  it('are frozen, and have the time, the request, the account and the reason', () => {
    for (const event of atLeast(60, events)) {
      expect(Object.keys(event)).to.have.members(MEMBERS);
      expect(event).to.be.frozen;
      expect(event.at).to.be.within(Date.now() - 60_000, Date.now());
      expect(event.requestId).to.match(/^[\da-f-]{36}$/);
      expect(event.ip).to.match(/127\.0\.0\.1$/);
      expect(event.code).to.match(/^[a-z_]+$/);
    }
    const [signedIn] = ofType('sign_in.succeeded');
    expect(signedIn).to.include({
      endpoint: 'signIn',
      account: 'ada@example.com',
      code: 'ok',
      exception: undefined,
    });
    const [changed] = ofType('change_password.succeeded');
    expect(changed?.sub).to.match(/^[\da-f-]{36}$/);
    expect(changed?.account).to.equal(undefined);
  });

  it('have the true reason of a masked error', () => {
    const existing = ofType('sign_up.existing_account');
    expect(existing).to.have.lengthOf(1);
    expect(existing[0]).to.include({ code: 'user_exists', exception: 'UsernameExistsException' });
    expect(ofType('sign_in.failed').map(({ code }) => code)).to.include('user_not_confirmed');
    expect(ofType('confirm_sign_up.failed').map(({ code }) => code)).to.include('code_mismatch');
  });

  it('distinguish a challenged sign-in from a completed one', () => {
    expect(ofType('sign_in.challenged').map(({ account }) => account)).to.deep.equal([
      ...Array.from({ length: 4 }, () => 'edith@example.com'),
      'grace@example.com',
      'new@example.com',
    ]);
  });
});

describe('A failing onEvent', () => {
  const failing: Readonly<Record<string, OnEvent>> = {
    throws: () => {
      throw new Error('listener down');
    },
    'rejects with undefined': () => Promise.reject(),
    rejects: async () => {
      throw new Error('listener down');
    },
    'rejects later': async () => {
      await new Promise((resolve) => setTimeout(resolve, 5));
      throw new Error('listener down');
    },
    hangs: () => new Promise(() => undefined),
    'changes the event': (event) => {
      Object.assign(event, { type: 'sign_in.succeeded' });
    },
  };
  for (const [fault, onEvent] of Object.entries(failing)) {
    it(`does not affect a request if it ${fault}`, async () => {
      const log = captureLog();
      const kit = await startKit({ config: { onEvent, logger: log.logger } });
      kit.pool.addUser({ username: 'ada@example.com', password: PASSWORD });
      const email = 'ada@example.com';
      expectStatus(await kit.post('/sign-in', { email, password: PASSWORD }), 200);
      expectProblem(await kit.post('/sign-in', { email, password: OTHER_PASSWORD }), 'invalid_credentials');
      await new Promise((resolve) => setTimeout(resolve, 10));
      const faults = log.lines().filter(({ msg }) => msg === 'onEvent failed');
      expect(faults).to.have.lengthOf(fault === 'hangs' ? 0 : 2);
      for (const fault of faults) expect(fault.requestId).to.be.a('string');
    });
  }
});

describe('The events of refused requests', () => {
  it('report a failure of every endpoint that changes state', async () => {
    const events: AuthEvent[] = [];
    const kit = await startKit({ config: { onEvent: (event) => void events.push(event) } });
    for (const { endpoint, method, path } of atLeast(20, SAMPLE_POSTS)) {
      events.length = 0;
      const response = await kit.request[method](path).type('text').send('x');
      expect(events).to.have.lengthOf(1);
      expect(events[0]).to.include({
        type: `${eventSubject(endpoint.name)}.failed`,
        endpoint: endpoint.name,
        code: response.body.code,
        requestId: response.body.requestId,
      });
    }
  });

  it('do not include requests that only read', async () => {
    const events: AuthEvent[] = [];
    const kit = await startKit({ config: { onEvent: (event) => void events.push(event) } });
    for (const path of ['/me', '/me/auth-factors', '/sessions', '/health', '/openapi.json'])
      await kit.get(path);
    expect(events).to.deep.equal([]);
  });
});
