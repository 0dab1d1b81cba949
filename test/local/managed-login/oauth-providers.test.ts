import { expect } from 'chai';
import type { PreSignUpEvent } from '../../../src/local/model/triggers.ts';
import { ANA, claimsOf, closeAll, type Local, outcomeOf, PASSWORD, signIn } from '../../support/local-sdk.ts';
import { alertOf, type Browser, leftFor, type PageOrRedirect, titleOf } from '../../support/login-pages.ts';
import { CALLBACK, openLogin, redeem, startLogin } from '../../support/managed-login.ts';

const GRACE = { id: '1234', 'attribute.email': 'grace@example.com', 'attribute.name': 'Grace' };

describe('Identity providers of managed login', () => {
  let local: Local;

  beforeEach(async () => {
    local = await startLogin({ identityProviders: ['Google', 'Work'] });
  });
  afterEach(closeAll);

  const atGoogle = async (browser?: Browser) => {
    const opened = await openLogin(local, { identity_provider: 'Google', prompt: 'login' }, browser);
    expect(titleOf(opened.page)).to.equal('Continue with Google');
    return opened;
  };
  const tokensAfter = async (page: PageOrRedirect) =>
    (await redeem(local, leftFor(page).searchParams.get('code') ?? '')).body;
  const signInAs = async (profile: Record<string, string> = GRACE) => {
    const { browser, page } = await atGoogle();
    return tokensAfter(await browser.submit(page, profile));
  };

  it('each have a button on the sign-in page', async () => {
    const { browser, page } = await openLogin(local);
    expect(titleOf(await browser.follow(page, 'Continue with Work'))).to.equal('Continue with Work');
    const back = await browser.submit(await browser.follow(page, 'Continue with Google'), GRACE);
    expect(leftFor(back).searchParams.get('state')).to.equal('the state');
  });

  it('create users with a name, a group and identities', async () => {
    const { id_token, access_token } = await signInAs();
    const claims = claimsOf(id_token);
    expect(claims).to.include({
      'cognito:username': 'Google_1234',
      email: 'grace@example.com',
      email_verified: false,
      name: 'Grace',
    });
    expect(claims['cognito:groups']).to.deep.equal([`${local.UserPoolId}_Google`]);
    const [identity] = claims.identities as Record<string, unknown>[];
    expect(identity).to.include({
      userId: '1234',
      providerName: 'Google',
      providerType: 'Google',
      issuer: null,
      primary: 'true',
    });
    expect(identity?.dateCreated).to.match(/^\d{13}$/);
    expect(claimsOf(access_token)).to.include({ username: 'Google_1234' });
    const user = await local.sdk.adminGetUser({ UserPoolId: local.UserPoolId, Username: 'Google_1234' });
    expect(user.UserStatus).to.equal('EXTERNAL_PROVIDER');
  });

  it('sign in the same user again, with updated attributes', async () => {
    const first = claimsOf((await signInAs()).id_token);
    const second = claimsOf((await signInAs({ ...GRACE, 'attribute.name': 'Grace H.' })).id_token);
    expect(second).to.include({ sub: first.sub, name: 'Grace H.' });
  });

  it('create a separate user for the address of a user with a password', async () => {
    const { id_token } = await signInAs({ ...GRACE, 'attribute.email': ANA });
    expect(claimsOf(id_token)).to.include({ 'cognito:username': 'Google_1234', email: ANA });
    expect(await outcomeOf(signIn(local))).to.equal('ok');
  });

  it('create users who can neither sign in with a password nor reset one', async () => {
    await signInAs();
    expect(await outcomeOf(signIn(local, 'Google_1234'))).to.match(/Incorrect username or password/);
    expect(await outcomeOf(signIn(local, 'grace@example.com'))).to.match(/Incorrect username or password/);
    const { ClientId } = local;
    const reset = local.sdk.forgotPassword({ ClientId, Username: 'Google_1234' });
    expect(await outcomeOf(reset)).to.match(/cannot be reset in the current state/);
  });

  it('need no second factor of the pool', async () => {
    local = await startLogin({ identityProviders: ['Google'], pool: { MfaConfiguration: 'ON' } });
    expect(await signInAs()).to.have.property('access_token');
  });

  for (const [action, error, description] of [
    ['refuse', 'access_denied', 'User denied access'],
    ['fail', 'invalid_request', 'Google Error - 500 error getting token'],
  ] as const) {
    it(`redirect to the app with ${error} for the action ${action}`, async () => {
      const { browser, page } = await atGoogle();
      const back = leftFor(await browser.submit(page, { id: '' }, action));
      expect(Object.fromEntries(back.searchParams)).to.deep.equal({
        error,
        error_description: description,
        state: 'the state',
      });
    });
  }

  it('redirect to the app with an error for a disabled user, a missing attribute or an invalid id', async () => {
    await signInAs();
    const user = { UserPoolId: local.UserPoolId, Username: 'Google_1234' };
    await local.sdk.adminDisableUser(user);
    const told = async (profile: Record<string, string>) => {
      const { browser, page } = await atGoogle();
      const { searchParams } = leftFor(await browser.submit(page, profile));
      return [searchParams.get('error'), searchParams.get('error_description')];
    };
    expect(await told(GRACE)).to.deep.equal(['invalid_request', 'User is disabled.']);
    expect(await told({ ...GRACE, id: 'a b' })).to.deep.equal([
      'invalid_request',
      'The identity provider returned no valid user id.',
    ]);
    local = await startLogin({
      identityProviders: ['Google'],
      pool: { Schema: [{ Name: 'family_name', Required: true }] },
    });
    expect(await told(GRACE)).to.deep.equal(['invalid_request', 'attributes required: [family_name]']);
  });

  it('redirect to the app with an error for an attribute that the schema refuses (case 5)', async () => {
    const schema = { Name: 'name', StringAttributeConstraints: { MinLength: '0', MaxLength: '6' } };
    local = await startLogin({ identityProviders: ['Google'], pool: { Schema: [schema] } });
    const told = async (name: string) => {
      const { browser, page } = await atGoogle();
      const back = leftFor(await browser.submit(page, { ...GRACE, 'attribute.name': name }));
      return back.searchParams.get('error_description');
    };
    const refusal = 'Invalid user attributes: name: String must be no longer than 6 characters\n';
    expect(await told('Grace H.'), 'at the first sign-in').to.equal(refusal);
    expect(await told('Grace')).to.equal(null);
    expect(await told('Grace H.'), 'later').to.equal(refusal);
  });

  it('redirect to the app with an error if a later sign-in brings an immutable attribute', async () => {
    const schema = { Name: 'name', Mutable: false };
    local = await startLogin({ identityProviders: ['Google'], pool: { Schema: [schema] } });
    await signInAs();
    const { browser, page } = await atGoogle();
    const back = leftFor(await browser.submit(page, GRACE));
    expect(back.searchParams.get('error_description')).to.equal(
      'Invalid user attributes: name: Attribute cannot be updated.\n',
    );
  });

  it('run the sign-up triggers once, and the sign-in triggers at each sign-in', async () => {
    const ran: string[] = [];
    const note = (event: { triggerSource: string }) => {
      ran.push(event.triggerSource);
      return event;
    };
    local = await startLogin({
      identityProviders: ['Google'],
      triggers: { preSignUp: note, postConfirmation: note, postAuthentication: note },
    });
    await signInAs();
    expect(ran.splice(0)).to.deep.equal(['PreSignUp_ExternalProvider', 'PostConfirmation_ConfirmSignUp']);
    await signInAs();
    expect(ran).to.deep.equal(['PostAuthentication_Authentication']);
  });

  it('give preSignUp the attributes of the provider, without a sub and verification flags (case 4)', async () => {
    const heard: PreSignUpEvent[] = [];
    local = await startLogin({
      identityProviders: ['Google'],
      triggers: {
        preSignUp: (event) => {
          heard.push(structuredClone(event));
          return event;
        },
      },
    });
    await signInAs();
    expect(heard[0]?.userName).to.equal('Google_1234');
    expect(heard[0]?.request).to.deep.equal({
      userAttributes: {
        'cognito:email_alias': '',
        'cognito:phone_number_alias': '',
        email: 'grace@example.com',
        name: 'Grace',
      },
      validationData: {},
    });
  });

  it('redirect to the app with the message of a trigger that refuses the account', async () => {
    local = await startLogin({
      identityProviders: ['Google'],
      triggers: {
        preSignUp: () => {
          throw new Error('not you');
        },
      },
    });
    const { browser, page } = await atGoogle();
    const { searchParams } = leftFor(await browser.submit(page, GRACE));
    expect(searchParams.get('error_description')).to.equal('PreSignUp failed with error not you.');
  });

  it('are used at once if the client has a single one', async () => {
    const { clientId } = local.pool.addClient({
      CallbackURLs: [CALLBACK],
      SupportedIdentityProviders: ['Work'],
    });
    const { page } = await openLogin(local, { client_id: clientId });
    expect(titleOf(page)).to.equal('Continue with Work');
  });

  it('count as signed in only for clients that accept the provider', async () => {
    const { browser, page } = await atGoogle();
    await browser.submit(page, GRACE);
    expect((await openLogin(local, {}, browser)).page.away).to.be.a('string');
    const settings = { CallbackURLs: [CALLBACK], SupportedIdentityProviders: ['COGNITO'] };
    const { clientId } = local.pool.addClient(settings);
    expect(titleOf((await openLogin(local, { client_id: clientId }, browser)).page)).to.equal('Sign in');
    const { page: work } = await openLogin(local, { identity_provider: 'Work' }, browser);
    expect(titleOf(work)).to.equal('Continue with Work');
  });

  it('can be selected by an identifier', async () => {
    const { UserPoolId } = local;
    await local.sdk.createIdentityProvider({
      UserPoolId,
      ProviderName: 'Partner',
      ProviderType: 'OIDC',
      ProviderDetails: {
        client_id: 'x',
        authorize_scopes: 'openid',
        oidc_issuer: 'https://partner.example',
        attributes_request_method: 'GET',
      },
      IdpIdentifiers: ['partner.example'],
    });
    const settings = { CallbackURLs: [CALLBACK], SupportedIdentityProviders: ['COGNITO', 'Partner'] };
    const { clientId } = local.pool.addClient(settings);
    const asked = { client_id: clientId, idp_identifier: 'partner.example' };
    const { browser, page } = await openLogin(local, asked);
    expect(titleOf(page)).to.equal('Continue with Partner');
    expect((await browser.submit(page, GRACE)).away).to.be.a('string');
    const { page: unknown } = await openLogin(local, { ...asked, idp_identifier: 'else.example' });
    expect(leftFor(unknown).searchParams.get('error')).to.equal('invalid_request');
  });

  it("escape the app's input", async () => {
    const { page } = await openLogin(local, { identity_provider: 'Google', login_hint: '"><script>' });
    expect(page.text).not.to.contain('<script');
    expect(alertOf(page)).to.equal(undefined);
  });

  describe('linked with AdminLinkProviderForUser', () => {
    const link = (id: string) =>
      local.sdk.adminLinkProviderForUser({
        UserPoolId: local.UserPoolId,
        DestinationUser: { ProviderName: 'Cognito', ProviderAttributeValue: ANA },
        SourceUser: {
          ProviderName: 'Google',
          ProviderAttributeName: 'Cognito_Subject',
          ProviderAttributeValue: id,
        },
      });

    it('sign in to the existing account', async () => {
      await link('1234');
      const claims = claimsOf((await signInAs()).id_token);
      const { payload } = { payload: claimsOf(local.pool.tokensFor(ANA).idToken) };
      expect(claims).to.include({ sub: payload.sub, email: ANA, name: 'Ana' });
      const [identity] = claims.identities as Record<string, unknown>[];
      expect(identity).to.include({ userId: '1234', primary: 'false' });
      const { browser, page } = await openLogin(local);
      expect((await browser.submit(page, { username: ANA, password: PASSWORD })).away).to.be.a('string');
    });

    it('cannot merge two accounts, or have more than five links', async () => {
      await signInAs();
      expect(await outcomeOf(link('1234'))).to.match(/Merging is not currently supported/);
      for (const id of ['1', '2', '3', '4', '5']) await link(id);
      expect(await outcomeOf(link('6'))).to.match(/InvalidParameterException/);
    });
  });
});
