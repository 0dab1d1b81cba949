import { expect } from 'chai';
import { eventually } from '../support/eventually.ts';
import type { FakeCognito } from '../support/fake-cognito.ts';
import { fail, startFakeCognito, succeed } from '../support/fake-cognito.ts';
import { expectProblem, expectStatus, type Kit, PASSWORD, startKit } from '../support/helpers.ts';
import { captureLog, type LogCapture } from '../support/log-capture.ts';

const account = (email: string) => ({ email, password: PASSWORD });

/** The log line of the call that follows the response. */
const resendLine = (log: LogCapture): Promise<Record<string, unknown>> =>
  eventually(() => log.lines().find(({ operation }) => operation === 'ResendConfirmationCode'));

describe('Signing up again', () => {
  const log = captureLog();
  let kit: Kit;

  before(async () => {
    kit = await startKit({ config: { logger: log.logger } });
  });
  beforeEach(() => log.clear());
  after(() => kit.close());

  it('sends a new code to an account that was never confirmed, and the code confirms it (case B1)', async () => {
    const email = 'returning@example.com';
    expectStatus(await kit.post('/sign-up', account(email)), 200);
    const first = kit.pool.inbox.latest({ to: email });
    log.clear();
    expectStatus(await kit.post('/sign-up', account(email)), 200);
    await resendLine(log);
    const sent = kit.pool.inbox.list({ to: email, kind: 'sign_up' });
    expect(sent).to.have.length(2);
    const confirmationCode = sent.find((message) => message !== first)?.code;
    expectStatus(await kit.post('/confirm-sign-up', { email, confirmationCode }), 200);
    expectStatus(await kit.post('/sign-in', account(email)), 200);
  });

  it('sends no message to a confirmed account, and logs no fault (case B1)', async () => {
    const { email } = await kit.signUpAndIn();
    const sent = kit.pool.inbox.list({ to: email }).length;
    log.clear();
    expectStatus(await kit.post('/sign-up', account(email)), 200);
    expect(await resendLine(log)).to.include({
      level: 30,
      endpoint: 'signUp',
      status: 409,
      code: 'conflict',
      exception: 'InvalidParameterException',
    });
    expect(kit.pool.inbox.list({ to: email })).to.have.length(sent);
  });

  it('sends no code by itself without concealUserExistence, because the client learns of the account (case B1)', async () => {
    const open = await startKit({ pool: kit.pool, config: { concealUserExistence: false } });
    const email = 'open@example.com';
    expectStatus(await open.post('/sign-up', account(email)), 200);
    expectProblem(await open.post('/sign-up', account(email)), 'user_exists');
    await open.auth.close();
    expect(kit.pool.inbox.list({ to: email })).to.have.length(1);
  });
});

describe('The code for an account that signs up again', () => {
  let fake: FakeCognito;

  before(async () => {
    fake = await startFakeCognito();
  });
  afterEach(() => {
    fake.requests.length = 0;
  });
  after(() => fake.close());

  it('is not waited for, so the time of the response tells nothing (case B1)', async () => {
    let finish = (): void => undefined;
    fake.answer = (request, res) => {
      if (request.operation === 'SignUp')
        fail('UsernameExistsException', 'User already exists')(request, res);
      else finish = () => succeed(request, res);
    };
    const log = captureLog();
    const app = fake.app({ logger: log.logger });
    expectStatus(await app.call('signUp'), 200);
    expect(log.lines().map(({ operation }) => operation)).to.deep.equal(['SignUp']);
    await eventually(() => fake.requests.length === 2);
    finish();
    expect(await resendLine(log)).to.include({ level: 30, status: 200, code: 'ok' });
    app.close();
  });

  it('is asked for with the metadata and the context of the sign-up (case B1)', async () => {
    fake.answer = (request, res) =>
      (request.operation === 'SignUp' ? fail('UsernameExistsException', 'x') : succeed)(request, res);
    const log = captureLog();
    const app = fake.app({ logger: log.logger, allowedClientMetadata: ['campaign'] });
    const members = { clientMetadata: { campaign: 'spring' }, encodedData: 'device-data' };
    expectStatus(await app.call('signUp', members), 200);
    await resendLine(log);
    expect(fake.requests[1]).to.deep.include({ operation: 'ResendConfirmationCode' });
    expect(fake.requests[1]?.input).to.deep.include({
      Username: 'ada@example.com',
      ClientMetadata: { campaign: 'spring' },
      UserContextData: { EncodedData: 'device-data' },
    });
    app.close();
  });

  it('is finished before the router has closed (case B1)', async () => {
    const answers: (() => void)[] = [];
    fake.answer = (request, res) => {
      if (request.operation === 'SignUp') fail('UsernameExistsException', 'x')(request, res);
      else answers.push(() => succeed(request, res));
    };
    const log = captureLog();
    const app = fake.app({ logger: log.logger });
    expectStatus(await app.call('signUp'), 200);
    await eventually(() => answers.length === 1);
    const closed = app.close();
    setTimeout(() => answers[0]?.(), 50);
    await closed;
    expect(await resendLine(log)).to.include({ status: 200 });
  });

  it('is logged as a fault if it cannot be sent (case B1)', async () => {
    fake.answer = (request, res) =>
      (request.operation === 'SignUp'
        ? fail('UsernameExistsException', 'x')
        : fail('InternalErrorException', 'x', 500))(request, res);
    const log = captureLog();
    const app = fake.app({ logger: log.logger });
    expectStatus(await app.call('signUp'), 200);
    expect(await resendLine(log)).to.include({ level: 50, code: 'upstream_error' });
    app.close();
  });
});
