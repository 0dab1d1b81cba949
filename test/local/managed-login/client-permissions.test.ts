import { expect } from 'chai';
import { closeAll, outcomeOf } from '../../support/local-sdk.ts';
import { leftFor } from '../../support/login-pages.ts';
import { codeOf, openLogin, redeem, startLogin } from '../../support/managed-login.ts';

describe("Local pool: a client's attributes at managed login", () => {
  afterEach(closeAll);

  it('refuse an identity with a mapped attribute that the client cannot write', async () => {
    const local = await startLogin({
      identityProviders: ['Google'],
      appClient: { WriteAttributes: ['email'] },
    });
    const signInAs = async (profile: Record<string, string>) => {
      const { browser, page } = await openLogin(local, { identity_provider: 'Google' });
      return leftFor(await browser.submit(page, profile)).searchParams;
    };
    const refused = await signInAs({ id: '1', 'attribute.name': 'Grace' });
    expect(refused.get('error_description')).to.equal('A client attempted to write unauthorized attribute');
    const accepted = await signInAs({ id: '2', 'attribute.email': 'grace@example.com' });
    expect(accepted.has('code')).to.equal(true);
  });

  it('make the token endpoint refuse a code with a scope whose address the client cannot read', async () => {
    const local = await startLogin({ appClient: { ReadAttributes: ['email', 'name'] } });
    const redeemed = async (scope: string) =>
      (await redeem(local, await codeOf(local, { scope }))).body.error;
    expect(await redeemed('openid email')).to.equal(undefined);
    expect(await redeemed('openid phone')).to.equal('invalid_grant');
  });

  it('AdminLinkProviderForUser refuses another attribute than the subject for a social provider', async () => {
    const { sdk, UserPoolId } = await startLogin({ identityProviders: ['Google', 'Work'] });
    const link = (ProviderName: string) =>
      outcomeOf(
        sdk.adminLinkProviderForUser({
          UserPoolId,
          DestinationUser: { ProviderName: 'Cognito', ProviderAttributeValue: 'ana@example.com' },
          SourceUser: { ProviderName, ProviderAttributeName: 'email', ProviderAttributeValue: 'a@b.com' },
        }),
      );
    expect(await link('Google')).to.equal(
      'InvalidParameterException: ProviderAttributeName must be Cognito_Subject.',
    );
    expect(await link('Work')).to.equal('ok');
  });
});
