import { expect } from 'chai';
import { parseConfig } from '../../src/config/settings.ts';
import { withoutExtraFields } from '../../src/endpoints/body-schema.ts';
import { signIn } from '../../src/endpoints/sign-in.ts';
import { signUp } from '../../src/endpoints/sign-up.ts';

describe('withoutExtraFields()', () => {
  const settings = parseConfig(
    {
      userPoolId: 'us-east-1_AbCdEfGhI',
      clientId: '1example23456789',
      extraFields: { signUp: ['inviteCode'] },
    },
    {},
  );
  const body = { email: 'ada@example.com', inviteCode: 'FRIENDS' };

  it('removes the fields of the app from the body that the endpoint gets', () => {
    expect(withoutExtraFields(body, signUp, settings)).to.deep.equal({ email: 'ada@example.com' });
  });

  it('returns the same body for an endpoint without fields of the app', () => {
    expect(withoutExtraFields(body, signIn, settings)).to.equal(body);
  });
});
