import { expect } from 'chai';
import { ANA, closeAll, type Local, outcomeOf, PASSWORD, startLocal } from '../../support/local-sdk.ts';
import { riskySignIn, THREAT_PROTECTION } from '../../support/risky-sign-in.ts';

describe('local user pool: UpdateAuthEventFeedback', () => {
  afterEach(closeAll);

  async function warned() {
    const local = await startLocal({
      pool: THREAT_PROTECTION,
      users: [{ username: ANA, password: PASSWORD }],
    });
    const { eventId: EventId, code: FeedbackToken } = await riskySignIn(local.pool, ANA, PASSWORD);
    const { UserPoolId } = local;
    return {
      ...local,
      request: { UserPoolId, Username: ANA, EventId, FeedbackToken, FeedbackValue: 'Invalid' as const },
    };
  }

  async function feedbackOn({ sdk, UserPoolId }: Local, id: string) {
    const { AuthEvents = [] } = await sdk.adminListUserAuthEvents({ UserPoolId, Username: ANA });
    return AuthEvents.find(({ EventId }) => EventId === id)?.EventFeedback;
  }

  it('records the feedback of a user who has the token of the warning', async () => {
    const { request, ...local } = await warned();
    expect(await feedbackOn(local, request.EventId)).to.equal(undefined);
    await local.sdk.updateAuthEventFeedback(request);
    expect(await feedbackOn(local, request.EventId)).to.include({
      FeedbackValue: 'Invalid',
      Provider: 'User',
    });
  });

  it('refuses another token, another event and another value, and records nothing', async () => {
    const { request, ...local } = await warned();
    const refusals = [
      [{ FeedbackToken: 'another' }, 'NotAuthorizedException: Invalid feedback token.'],
      [{ EventId: 'another' }, 'ResourceNotFoundException: Auth event does not exist.'],
      [
        { FeedbackValue: 'Perhaps' as 'Valid' },
        "InvalidParameterException: 1 validation error detected: Value 'Perhaps' at 'feedbackValue' failed to " +
          'satisfy constraint: Member must satisfy enum value set: [Valid, Invalid]',
      ],
    ] as const;
    for (const [change, refusal] of refusals) {
      const call = local.sdk.updateAuthEventFeedback({ ...request, ...change });
      expect(await outcomeOf(call)).to.equal(refusal);
    }
    expect(await feedbackOn(local, request.EventId)).to.equal(undefined);
  });
});
