import { expect } from 'chai';
import type { InboundFederationEvent, Triggers } from '../../../src/local/model/triggers.ts';
import { claimsOf, closeAll } from '../../support/local-sdk.ts';
import { leftFor } from '../../support/login-pages.ts';
import { CALLBACK, openLogin, redeem, startLogin } from '../../support/managed-login.ts';

const GRACE = { id: '1234', 'attribute.email': 'grace@example.com', 'attribute.name': 'Grace' };
const LAMBDA = 'arn:aws:lambda:us-east-1:000000000000:function:inboundFederation';

async function start(inboundFederation: (event: InboundFederationEvent) => unknown, triggers: Triggers = {}) {
  const heard: InboundFederationEvent[] = [];
  const local = await startLogin({
    identityProviders: ['Google'],
    triggers: {
      ...triggers,
      inboundFederation: (event) => {
        heard.push(structuredClone(event));
        return inboundFederation(event);
      },
    },
  });
  /** Signs in with the provider, and returns the redirect to the app. */
  const signIn = async (provider = 'Google', at = local) => {
    const { browser, page } = await openLogin(at, { identity_provider: provider, prompt: 'login' });
    return leftFor(await browser.submit(page, GRACE)).searchParams;
  };
  const claims = async () =>
    claimsOf((await redeem(local, (await signIn()).get('code') ?? '')).body.id_token);
  return { local, heard, signIn, claims };
}

describe('The trigger inboundFederation', () => {
  afterEach(closeAll);

  it('replaces the profile of a new user, and runs again at the next sign-in', async () => {
    const sources: unknown[] = [];
    const { local, heard, claims } = await start(
      (event) => {
        const { email = '' } = event.request.attributes.userInfo ?? {};
        event.response.userAttributesToMap = { email: email.toUpperCase(), given_name: 'G', unknown: 'x' };
        return event;
      },
      {
        preSignUp: (event) => {
          sources.push([event.triggerSource, event.request.userAttributes.email]);
          return event;
        },
      },
    );
    const first = await claims();
    expect(first).to.include({
      email: 'GRACE@EXAMPLE.COM',
      given_name: 'G',
      'cognito:username': 'Google_1234',
    });
    expect(first).to.not.have.any.keys('name', 'unknown');
    expect(sources).to.deep.equal([['PreSignUp_ExternalProvider', 'GRACE@EXAMPLE.COM']]);
    const raw = { sub: '1234', email: 'grace@example.com', name: 'Grace' };
    expect(heard).to.deep.equal([
      {
        version: '1',
        triggerSource: 'InboundFederation_ExternalProvider',
        region: 'us-east-1',
        userPoolId: local.UserPoolId,
        userName: '1234',
        callerContext: { awsSdkVersion: 'aws-sdk-unknown-unknown', clientId: local.ClientId },
        request: {
          providerName: 'Google',
          providerType: 'Google',
          attributes: { tokenResponse: {}, idToken: raw, userInfo: raw },
        },
        response: { userAttributesToMap: {} },
      },
    ]);
    expect((await claims()).sub).to.equal(first.sub);
    expect(heard).to.have.length(2);
    const { UserPool } = await local.sdk.describeUserPool({ UserPoolId: local.UserPoolId });
    expect(UserPool?.LambdaConfig?.InboundFederation).to.deep.equal({
      LambdaVersion: 'V1_0',
      LambdaArn: LAMBDA,
    });
  });

  it('names attributes as the provider does', async () => {
    const { local, heard, claims } = await start((event) => {
      event.response.userAttributesToMap = { mail: 'g@example.com' };
      return event;
    });
    await local.sdk.updateIdentityProvider({
      UserPoolId: local.UserPoolId,
      ProviderName: 'Google',
      ProviderDetails: { client_id: 'a', client_secret: 'b', authorize_scopes: 'openid' },
      AttributeMapping: { email: 'mail', username: 'sub' },
    });
    expect((await claims()).email).to.equal('g@example.com');
    expect(heard[0]?.request.attributes.userInfo).to.deep.equal({
      sub: '1234',
      mail: 'grace@example.com',
      name: 'Grace',
    });
  });

  it('receives the profile of a SAML provider as samlResponse', async () => {
    const { local, heard, signIn } = await start((event) => event);
    await local.sdk.createIdentityProvider({
      UserPoolId: local.UserPoolId,
      ProviderName: 'Corp',
      ProviderType: 'SAML',
      ProviderDetails: { MetadataURL: 'https://idp.example.com/metadata' },
    });
    const { clientId } = local.pool.addClient({ CallbackURLs: [CALLBACK] });
    expect((await signIn('Corp', { ...local, ClientId: clientId })).get('code')).to.be.a('string');
    expect(heard[0]?.request).to.deep.equal({
      providerName: 'Corp',
      providerType: 'SAML',
      attributes: { samlResponse: { sub: '1234', email: 'grace@example.com', name: 'Grace' } },
    });
  });

  it('keeps the profile if it returns an empty object', async () => {
    const { claims } = await start((event) => event);
    expect(await claims()).to.include({ email: 'grace@example.com', name: 'Grace' });
  });

  it('refuses the sign-in if it throws, and adds no user', async () => {
    const { local, signIn } = await start(() => {
      throw new Error('not of this company');
    });
    const refused = await signIn();
    expect(refused.get('error_description')).to.contain(
      'InboundFederation failed with error not of this company',
    );
    const { Users } = await local.sdk.listUsers({
      UserPoolId: local.UserPoolId,
      Filter: 'email = "grace@example.com"',
    });
    expect(Users).to.deep.equal([]);
  });
});
