import { expect } from 'chai';
import { eventually } from '../../support/eventually.ts';
import { expectProblem, expectStatus, startKit } from '../../support/helpers.ts';
import { ANA, closeAll, type Local, outcomeOf, PASSWORD, startLocal } from '../../support/local-sdk.ts';
import { captureLog } from '../../support/log-capture.ts';

const QUOTA = /^LimitExceededException: Exceeded daily email limit for the operation or the account\./;

describe('A message that the local pool cannot send', () => {
  let local: Local;
  beforeEach(async () => {
    local = await startLocal({ users: [{ username: ANA, password: PASSWORD }] });
  });
  afterEach(closeAll);

  const forgotPassword = (Username = ANA) =>
    outcomeOf(local.sdk.forgotPassword({ ClientId: local.ClientId, Username }));
  const signUp = (Username: string) =>
    outcomeOf(local.sdk.signUp({ ClientId: local.ClientId, Username, Password: PASSWORD }));

  it('is refused as Cognito refuses it beyond its quota of e-mails', async () => {
    local.pool.faults.inject({ kind: 'emailQuota' });
    expect(await forgotPassword()).to.match(QUOTA);
    expect(local.pool.inbox.list()).to.deep.equal([]);
  });

  it('leaves the other effects of the operation: a new account exists', async () => {
    local.pool.faults.inject({ kind: 'emailQuota', times: 1 });
    expect(await signUp('new@example.com')).to.match(QUOTA);
    expect(await signUp('new@example.com')).to.include('UsernameExistsException');
    expect(await signUp('other@example.com')).to.equal('ok');
  });

  it('does not concern an operation that sends nothing', async () => {
    local.pool.faults.inject({ kind: 'emailQuota' });
    const AccessToken = local.pool.tokensFor(ANA).accessToken;
    const UserAttributes = [{ Name: 'name', Value: 'Ana' }];
    expect(await outcomeOf(local.sdk.updateUserAttributes({ AccessToken, UserAttributes }))).to.equal('ok');
    expect(await forgotPassword('nobody@example.com')).to.equal('ok');
  });

  it('can be that of one operation, and of one medium', async () => {
    local.pool.faults.inject({ kind: 'emailQuota', on: 'ForgotPassword' });
    local.pool.faults.inject({ kind: 'smsQuota' });
    expect(await signUp('new@example.com')).to.equal('ok');
    expect(await forgotPassword()).to.match(QUOTA);
  });

  it('is refused beyond the spend limit of SMS', async () => {
    const bySms = await startLocal({
      pool: { UsernameAttributes: ['phone_number'], AutoVerifiedAttributes: ['phone_number'] },
      users: [{ username: '+14155550123', password: PASSWORD }],
    });
    bySms.pool.faults.inject({ kind: 'smsQuota' });
    const { ClientId, sdk } = bySms;
    expect(await outcomeOf(sdk.forgotPassword({ ClientId, Username: '+14155550123' }))).to.equal(
      'LimitExceededException: SMS quota exceeded.',
    );
  });

  it('is refused if the sender refuses it', async () => {
    local.pool.faults.inject({ kind: 'codeDelivery' });
    expect(await forgotPassword()).to.match(/^CodeDeliveryFailureException: /);
  });

  it('is an alarm of the kit behind a masked answer', async () => {
    const log = captureLog();
    const events: string[] = [];
    const kit = await startKit({
      pool: { users: [{ username: ANA, password: PASSWORD }] },
      config: { logger: log.logger, onEvent: ({ type }) => void events.push(type) },
    });
    kit.pool.faults.inject({ kind: 'emailQuota' });
    expectStatus(await kit.post('/forgot-password', { email: ANA }), 200);
    await eventually(() => events.includes('message_delivery.failed'));
    expect(log.lines().find(({ endpoint }) => endpoint === 'forgotPassword')?.hint).to.include(
      '50 messages a day',
    );
    kit.pool.faults.clear();
    kit.pool.faults.inject({ kind: 'throttle' });
    expectProblem(await kit.post('/forgot-password', { email: ANA }), 'rate_limited');
    await kit.close();
  });
});
