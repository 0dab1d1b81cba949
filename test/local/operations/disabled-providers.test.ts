import { expect } from 'chai';
import { ANA, claimsOf, closeAll, type Local, outcomeOf, signIn } from '../../support/local-sdk.ts';
import { leftFor } from '../../support/login-pages.ts';
import { openLogin, redeem, startLogin } from '../../support/managed-login.ts';

describe('Local pool: AdminDisableProviderForUser', () => {
  let local: Local;
  beforeEach(async () => {
    local = await startLogin({ identityProviders: ['Google', 'Work'] });
  });
  afterEach(closeAll);

  const disable = (
    ProviderName: string,
    ProviderAttributeValue: string,
    ProviderAttributeName = 'Cognito_Subject',
  ) =>
    outcomeOf(
      local.sdk.adminDisableProviderForUser({
        UserPoolId: local.UserPoolId,
        User: { ProviderName, ProviderAttributeName, ProviderAttributeValue },
      }),
    );
  /** Returns the username after a sign-in at Google, or the error. */
  const atGoogle = async (): Promise<string> => {
    const { browser, page } = await openLogin(local, { identity_provider: 'Google' });
    const { searchParams } = leftFor(await browser.submit(page, { id: '1234' }));
    const code = searchParams.get('code');
    if (code === null) return `${searchParams.get('error_description')}`;
    return `${claimsOf((await redeem(local, code)).body.id_token)['cognito:username']}`;
  };

  it('removes the link to an account, and the identity then gets an account of its own', async () => {
    const { username } = claimsOf(local.pool.tokensFor(ANA).accessToken);
    await local.sdk.adminLinkProviderForUser({
      UserPoolId: local.UserPoolId,
      DestinationUser: { ProviderName: 'Cognito', ProviderAttributeValue: `${username}` },
      SourceUser: {
        ProviderName: 'Google',
        ProviderAttributeName: 'Cognito_Subject',
        ProviderAttributeValue: '1234',
      },
    });
    expect(await atGoogle()).to.equal(username);
    expect(await disable('Google', '1234')).to.equal('ok');
    expect(claimsOf(local.pool.tokensFor(ANA).idToken)).to.not.have.property('identities');
    expect(await atGoogle()).to.equal('Google_1234');
    expect(await outcomeOf(signIn(local))).to.equal('ok');
  });

  it('disables an account that belongs to the identity, with its tokens', async () => {
    expect(await atGoogle()).to.equal('Google_1234');
    const AccessToken = local.pool.tokensFor('Google_1234').accessToken;
    expect(await disable('Google', '1234')).to.equal('ok');
    expect(await outcomeOf(local.sdk.getUser({ AccessToken }))).to.match(/has been revoked/);
    expect(await atGoogle()).to.equal('User is disabled.');
  });

  it('takes the password from a user of the pool', async () => {
    expect(await disable('Cognito', ANA)).to.equal('ok');
    expect(await outcomeOf(signIn(local))).to.equal(
      'NotAuthorizedException: Incorrect username or password.',
    );
  });

  it('refuses an unknown provider, identity or user, and another attribute than the subject', async () => {
    expect(await disable('Facebook', '1234')).to.equal(
      'InvalidParameterException: The provider Facebook does not exist.',
    );
    expect(await disable('Google', '9')).to.equal('UserNotFoundException: User does not exist.');
    expect(await disable('Cognito', 'nobody')).to.equal('UserNotFoundException: User does not exist.');
    expect(await disable('Google', '1234', 'email')).to.match(/must be Cognito_Subject/);
    expect(await disable('Work', '9', 'NameID')).to.equal('UserNotFoundException: User does not exist.');
  });
});
