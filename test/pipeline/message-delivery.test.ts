import { expect } from 'chai';
import type { EndpointName } from '../../src/config/endpoint-names.ts';
import type { AuthEvent } from '../../src/config/events.ts';
import { eventually } from '../support/eventually.ts';
import { type FakeCognito, fail, startFakeCognito, succeed } from '../support/fake-cognito.ts';
import { expectProblem, expectStatus } from '../support/helpers.ts';
import { captureLog } from '../support/log-capture.ts';

/** The ways in which messages stop: exception, Cognito's words, the code in the log, a word of the hint. */
const STOPPED = [
  [
    'LimitExceededException',
    'Exceeded daily email limit for the operation or the account. If a higher limit is required, please configure your user pool to use your own Amazon SES configuration for sending email.',
    'message_not_sent',
    '50 messages',
  ],
  [
    'LimitExceededException',
    'Exceeded daily limit for the operation of the account. Please configure your user pool to use your own Amazon SES config',
    'message_not_sent',
    '50 messages',
  ],
  ['LimitExceededException', 'SMS quota exceeded', 'message_not_sent', 'spend limit'],
  ['CodeDeliveryFailureException', 'Email address is not verified.', 'message_not_sent', 'sandbox'],
  ['CodeDeliveryFailureException', '', 'message_not_sent', 'Amazon SNS'],
  ['InvalidEmailRoleAccessPolicyException', '', 'server_misconfigured', 'SES'],
  ['InvalidSmsRoleAccessPolicyException', '', 'server_misconfigured', 'sns:Publish'],
  ['InvalidSmsRoleTrustRelationshipException', '', 'server_misconfigured', 'trust'],
  [
    'InvalidParameterException',
    'Cannot resend codes. Auto verification not turned on.',
    'server_misconfigured',
    'Attribute verification',
  ],
  [
    'InvalidParameterException',
    'The user pool does not have SMS configuration to send messages.',
    'server_misconfigured',
    'Authentication methods',
  ],
  ['UserLambdaValidationException', 'CustomMessage failed with error x.', 'message_not_sent', 'CloudWatch'],
  ['UnexpectedLambdaException', 'CustomEmailSender failed due to x', 'message_not_sent', 'CloudWatch'],
  ['UnexpectedLambdaException', 'CustomSMSSender failed due to x', 'message_not_sent', 'CloudWatch'],
  ['InvalidLambdaResponseException', 'CustomMessage: bad output', 'message_not_sent', 'CloudWatch'],
] as const;

const MASKED: readonly EndpointName[] = ['resendConfirmationCode', 'forgotPassword'];
const TOLD: readonly EndpointName[] = ['sendAttributeCode', 'updateMe'];

describe('A message that Cognito cannot send', () => {
  const log = captureLog();
  const events: AuthEvent[] = [];
  let fake: FakeCognito;

  before(async () => {
    fake = await startFakeCognito();
  });
  beforeEach(() => {
    log.clear();
    events.length = 0;
  });
  after(() => fake.close());

  const app = (config = {}) =>
    fake.app({ logger: log.logger, onEvent: (event) => void events.push(event), ...config });

  function expectReport(endpoint: EndpointName, [exception, , code, hint]: (typeof STOPPED)[number]): void {
    const [line] = log.lines();
    expect(line).to.include({ level: 50, endpoint, code, exception });
    expect(line?.hint).to.include(hint);
    expect(events.at(-1)).to.include({ type: 'message_delivery.failed', endpoint, code, exception });
  }

  for (const stop of STOPPED) {
    const [exception, words, code] = stop;
    const of = `${exception} ${words.slice(0, 40)}`;
    it(`is an error, a hint and an event, and the client learns nothing: ${of} (case A3)`, async () => {
      const kit = app();
      fake.answer = fail(exception, words);
      for (const name of MASKED) {
        log.clear();
        expectStatus(await kit.call(name), 200);
        expectReport(name, stop);
      }
      kit.close();
    });

    it(`is told to a signed-in user, who may have changed the address: ${of} (case A3)`, async () => {
      const kit = app();
      fake.answer = fail(exception, words);
      for (const name of TOLD) {
        log.clear();
        const { headers } = expectProblem(await kit.call(name), code);
        if (code === 'message_not_sent') expect(headers['retry-after']).to.match(/^\d+$/);
        expectReport(name, stop);
      }
      kit.close();
    });
  }

  it('does not tell a sign-up with a new name from one with an existing name (case A3)', async () => {
    const kit = app();
    fake.answer = succeed;
    const made = expectStatus(await kit.call('signUp'), 200).body;
    const mayFail = STOPPED.filter(([name]) => name !== 'InvalidParameterException');
    for (const stop of mayFail) {
      log.clear();
      fake.answer = fail(stop[0], stop[1]);
      const { status, session } = expectStatus(await kit.call('signUp'), 200).body;
      expect([status, session.length], stop[1]).to.deep.equal([made.status, made.session.length]);
      expectReport('signUp', stop);
    }
    kit.close();
  });

  it('is 503 at sign-up with concealUserExistence off, not the fault of the client (case A3)', async () => {
    const kit = app({ concealUserExistence: false });
    fake.answer = fail(STOPPED[0][0], STOPPED[0][1]);
    expectProblem(await kit.call('signUp'), 'message_not_sent');
    expectReport('signUp', STOPPED[0]);
    kit.close();
  });

  it('is reported when the code follows the response of a repeated sign-up (case A3)', async () => {
    const kit = app();
    fake.answer = (request, res) =>
      (request.operation === 'SignUp'
        ? fail('UsernameExistsException', 'User already exists')
        : fail(STOPPED[0][0], STOPPED[0][1]))(request, res);
    expectStatus(await kit.call('signUp'), 200);
    await eventually(() => events.length === 2);
    expect(events[1]).to.include({
      type: 'message_delivery.failed',
      endpoint: 'signUp',
      account: 'ada@example.com',
      code: 'message_not_sent',
    });
    kit.close();
  });

  it('is not confused with the limit of one user (case A3)', async () => {
    const kit = app();
    fake.answer = fail('LimitExceededException', 'Attempt limit exceeded, please try after some time.');
    expectStatus(await kit.call('forgotPassword'), 200);
    expectProblem(await kit.call('sendAttributeCode'), 'too_many_attempts');
    expect(log.lines().map(({ level }) => level)).to.deep.equal([30, 30]);
    expect(events.map(({ type }) => type)).to.deep.equal([
      'forgot_password.failed',
      'send_attribute_code.failed',
    ]);
    kit.close();
  });
});
