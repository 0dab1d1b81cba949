import { expect } from 'chai';
import { ANA, closeAll, outcomeOf, PASSWORD, startLocal } from '../../support/local-sdk.ts';

const NO_DOMAIN =
  'InvalidParameterException: Cannot perform specific action because there does not exist a valid use pool domain associated with the user pool';

describe('Local pool: a sign-up by link in a pool of CreateUserPool', () => {
  afterEach(closeAll);

  it('needs a domain of the pool, also for the next link', async () => {
    const { sdk } = await startLocal();
    const { UserPool } = await sdk.createUserPool({
      PoolName: 'links',
      AutoVerifiedAttributes: ['email'],
      UsernameAttributes: ['email'],
      VerificationMessageTemplate: { DefaultEmailOption: 'CONFIRM_WITH_LINK' },
    });
    const UserPoolId = UserPool?.Id;
    const { UserPoolClient } = await sdk.createUserPoolClient({ UserPoolId, ClientName: 'app' });
    const { ClientId } = UserPoolClient ?? {};
    const signUp = (Username: string) => outcomeOf(sdk.signUp({ ClientId, Username, Password: PASSWORD }));
    expect(await signUp(ANA)).to.equal(NO_DOMAIN);
    expect((await sdk.listUsers({ UserPoolId })).Users).to.deep.equal([]);
    await sdk.createUserPoolDomain({ UserPoolId, Domain: 'links' });
    expect(await signUp(ANA)).to.equal('ok');
    await sdk.deleteUserPoolDomain({ UserPoolId, Domain: 'links' });
    expect(await outcomeOf(sdk.resendConfirmationCode({ ClientId, Username: ANA }))).to.equal(NO_DOMAIN);
  });
});
