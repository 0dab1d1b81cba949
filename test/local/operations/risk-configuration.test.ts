import { expect } from 'chai';
import type { RiskAction, RiskSettings } from '../../../src/local/model/risk-configuration.ts';
import {
  ANA,
  closeAll,
  type Local,
  outcomeOf,
  PASSWORD,
  post,
  secretHash,
  startLocal,
} from '../../support/local-sdk.ts';
import { THREAT_PROTECTION } from '../../support/risky-sign-in.ts';

const HOME = '192.0.2.1';
const ELSEWHERE = '203.0.113.9';
const REFUSED = 'NotAuthorizedException: Unable to login because of security reasons.';
const SourceArn = 'arn:aws:ses:us-east-1:123456789012:identity/a@example.com';

/** Settings with a response to a new address. */
const lowAction = (LowAction: RiskAction): RiskSettings => ({
  AccountTakeoverRiskConfiguration: { NotifyConfiguration: { SourceArn }, Actions: { LowAction } },
});

describe('A risk configuration of the local pool', () => {
  let local: Local;
  const start = async (mode: 'AUDIT' | 'ENFORCED' = 'ENFORCED') => {
    local = await startLocal({
      pool: {
        ...THREAT_PROTECTION,
        UserPoolTier: 'PLUS',
        UserPoolAddOns: { AdvancedSecurityMode: mode },
        UserSessionTracking: 'ENABLED',
      },
      appClient: { GenerateSecret: true, EnablePropagateAdditionalUserContextData: true },
      users: [{ username: ANA, password: PASSWORD }],
    });
  };
  beforeEach(() => start());
  afterEach(closeAll);

  const signInFrom = (IpAddress: string, USERNAME = ANA) =>
    local.sdk.initiateAuth({
      ClientId: local.ClientId,
      AuthFlow: 'USER_PASSWORD_AUTH',
      AuthParameters: { USERNAME, PASSWORD, SECRET_HASH: secretHash(local, USERNAME) },
      UserContextData: { IpAddress },
    });
  const configure = (settings: object, ClientId?: string) =>
    local.sdk.setRiskConfiguration({
      UserPoolId: local.UserPoolId,
      ...(ClientId !== undefined && { ClientId }),
      ...settings,
    });
  const warnings = () => local.pool.inbox.list({ to: ANA, kind: 'risky_sign_in' }).length;
  const newestEvent = async () => {
    const { UserPoolId } = local;
    return (await local.sdk.adminListUserAuthEvents({ UserPoolId, Username: ANA })).AuthEvents?.[0];
  };

  it('blocks a sign-in from a new address, and records it', async () => {
    await configure(lowAction({ Notify: true, EventAction: 'BLOCK' }));
    const { AuthenticationResult } = await signInFrom(HOME);
    expect(await outcomeOf(signInFrom(ELSEWHERE))).to.equal(REFUSED);
    const { AccessToken } = AuthenticationResult ?? {};
    expect((await local.sdk.listUserSessions({ AccessToken })).Sessions).to.have.length(1);
    expect(warnings()).to.equal(1);
    expect(await newestEvent()).to.deep.include({
      EventResponse: 'Fail',
      EventRisk: { RiskDecision: 'Block', RiskLevel: 'Low', CompromisedCredentialsDetected: false },
    });
    const { AuthEvents } = await local.sdk.adminListUserAuthEvents({
      UserPoolId: local.UserPoolId,
      Username: ANA,
    });
    expect(AuthEvents).to.have.length(2);
    // The blocked address has not become a known one.
    expect(await outcomeOf(signInFrom(ELSEWHERE))).to.equal(REFUSED);
    expect(await outcomeOf(signInFrom(HOME))).to.equal('ok');
  });

  it('warns the user only if its action has Notify', async () => {
    await signInFrom(HOME);
    await configure(lowAction({ Notify: false, EventAction: 'NO_ACTION' }));
    await signInFrom(ELSEWHERE);
    expect(warnings()).to.equal(0);
    await configure(lowAction({ Notify: true, EventAction: 'NO_ACTION' }));
    await signInFrom('203.0.113.10');
    expect(warnings()).to.equal(1);
    // No action for a low risk.
    await configure({ AccountTakeoverRiskConfiguration: { Actions: {} } });
    await signInFrom('203.0.113.11');
    expect(warnings()).to.equal(1);
  });

  it('returns to the default if it is set without settings', async () => {
    const { sdk, UserPoolId } = local;
    await signInFrom(HOME);
    await configure(lowAction({ Notify: false, EventAction: 'BLOCK' }));
    await configure({});
    expect((await sdk.describeRiskConfiguration({ UserPoolId })).RiskConfiguration).to.deep.equal({
      UserPoolId,
    });
    expect(await outcomeOf(signInFrom(ELSEWHERE))).to.equal('ok');
    expect(warnings()).to.equal(1);
  });

  it('of an app client replaces that of the pool', async () => {
    await signInFrom(HOME);
    await configure(lowAction({ Notify: true, EventAction: 'BLOCK' }));
    await configure(lowAction({ Notify: false, EventAction: 'NO_ACTION' }), local.ClientId);
    expect(await outcomeOf(signInFrom(ELSEWHERE))).to.equal('ok');
  });

  it('refuses a blocked range before the password check, the same for unknown users', async () => {
    await configure({
      RiskExceptionConfiguration: { BlockedIPRangeList: ['198.51.100.0/24', '2001:db8::/32'] },
    });
    for (const address of ['198.51.100.77', '2001:db8::7']) {
      expect(await outcomeOf(signInFrom(address)), address).to.equal(REFUSED);
      expect(await outcomeOf(signInFrom(address, 'nobody@example.com')), address).to.equal(REFUSED);
    }
    expect(await newestEvent()).to.deep.include({ EventResponse: 'Fail' });
    expect((await newestEvent())?.EventRisk?.RiskDecision).to.equal('Block');
    for (const address of ['198.51.101.1', '2001:db9::1', 'no address']) {
      expect(await outcomeOf(signInFrom(address)), address).to.equal('ok');
    }
  });

  it('takes no risk from a skipped range', async () => {
    await configure({
      ...lowAction({ Notify: true, EventAction: 'BLOCK' }),
      RiskExceptionConfiguration: { SkippedIPRangeList: ['203.0.113.0/24'] },
    });
    await signInFrom(HOME);
    expect(await outcomeOf(signInFrom(ELSEWHERE))).to.equal('ok');
    expect(warnings()).to.equal(0);
    expect((await newestEvent())?.EventRisk?.RiskDecision).to.equal('NoRisk');
  });

  it('only records in the mode AUDIT', async () => {
    await start('AUDIT');
    await configure({
      ...lowAction({ Notify: true, EventAction: 'BLOCK' }),
      RiskExceptionConfiguration: { BlockedIPRangeList: ['198.51.100.0/24'] },
    });
    await signInFrom(HOME);
    for (const address of [ELSEWHERE, '198.51.100.7']) {
      expect(await outcomeOf(signInFrom(address)), address).to.equal('ok');
    }
    expect(warnings()).to.equal(0);
  });

  it('refuses a malformed request with a blocked range as without one', async () => {
    const bodies = [
      [],
      { ClientId: local.ClientId },
      { ClientId: local.ClientId, AuthParameters: 'x' },
      { ClientId: local.ClientId, AuthFlow: 'USER_PASSWORD_AUTH', AuthParameters: { USERNAME: 5 } },
    ];
    const answers = () =>
      Promise.all(bodies.map(async (body) => (await post(`${local.pool.url}/`, 'InitiateAuth', body)).body));
    const before = await answers();
    await configure({ RiskExceptionConfiguration: { BlockedIPRangeList: ['127.0.0.0/8'] } });
    expect(await answers()).to.deep.equal(before);
  });
});
