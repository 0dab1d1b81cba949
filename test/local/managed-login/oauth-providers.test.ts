import { expect } from 'chai';
import { ANA, claimsOf, closeAll, type Local, outcomeOf, PASSWORD, signIn } from '../../support/local-sdk.ts';
import { alertOf, type Browser, leftFor, type PageOrRedirect, titleOf } from '../../support/login-pages.ts';
import { CALLBACK, openLogin, redeem, startLogin } from '../../support/managed-login.ts';

const GRACE = { id: '1234', 'attribute.email': 'grace@example.com', 'attribute.name': 'Grace' };

describe('local user pool: identity providers', () => {
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

  it('have a button each on the sign-in page', async () => {
    const { browser, page } = await openLogin(local);
    expect(titleOf(await browser.follow(page, 'Continue with Work'))).to.equal('Continue with Work');
    const back = await browser.submit(await browser.follow(page, 'Continue with Google'), GRACE);
    expect(leftFor(back).searchParams.get('state')).to.equal('the state');
  });

  it('bring users with a name, a group and identities of their own', async () => {
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

  it('bring the same user again, with what the provider says now', async () => {
    const first = claimsOf((await signInAs()).id_token);
    const second = claimsOf((await signInAs({ ...GRACE, 'attribute.name': 'Grace H.' })).id_token);
    expect(second).to.include({ sub: first.sub, name: 'Grace H.' });
  });

  it('bring a user of their own for an address that somebody has a password for', async () => {
    const { id_token } = await signInAs({ ...GRACE, 'attribute.email': ANA });
    expect(claimsOf(id_token)).to.include({ 'cognito:username': 'Google_1234', email: ANA });
    expect(await outcomeOf(signIn(local))).to.equal('ok');
  });

  it('bring people who cannot sign in with a password, nor reset one', async () => {
    await signInAs();
    expect(await outcomeOf(signIn(local, 'Google_1234'))).to.match(/Incorrect username or password/);
    expect(await outcomeOf(signIn(local, 'grace@example.com'))).to.match(/Incorrect username or password/);
    const { ClientId } = local;
    const reset = local.sdk.forgotPassword({ ClientId, Username: 'Google_1234' });
    expect(await outcomeOf(reset)).to.match(/cannot be reset in the current state/);
  });

  it('ask for no second factor of the pool', async () => {
    local = await startLogin({ identityProviders: ['Google'], pool: { MfaConfiguration: 'ON' } });
    expect(await signInAs()).to.have.property('access_token');
  });

  for (const [action, error, description] of [
    ['refuse', 'access_denied', 'User denied access'],
    ['fail', 'invalid_request', 'Google Error - 500 error getting token'],
  ] as const) {
    it(`${action}: ${error}, told to the app`, async () => {
      const { browser, page } = await atGoogle();
      const back = leftFor(await browser.submit(page, { id: '' }, action));
      expect(Object.fromEntries(back.searchParams)).to.deep.equal({
        error,
        error_description: description,
        state: 'the state',
      });
    });
  }

  it('what goes wrong here is told to the app: a disabled user, a missing attribute, no name', async () => {
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

  it('run the triggers: once for the account, then for each sign-in', async () => {
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

  it('tell the app what a trigger refuses an account with', async () => {
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

  it('are where an app is sent that has no other way in', async () => {
    const { clientId } = local.pool.addClient({
      CallbackURLs: [CALLBACK],
      SupportedIdentityProviders: ['Work'],
    });
    const { page } = await openLogin(local, { client_id: clientId });
    expect(titleOf(page)).to.equal('Continue with Work');
  });

  it('count as signed in only where the app takes them', async () => {
    const { browser, page } = await atGoogle();
    await browser.submit(page, GRACE);
    expect((await openLogin(local, {}, browser)).page.away).to.be.a('string');
    const settings = { CallbackURLs: [CALLBACK], SupportedIdentityProviders: ['COGNITO'] };
    const { clientId } = local.pool.addClient(settings);
    expect(titleOf((await openLogin(local, { client_id: clientId }, browser)).page)).to.equal('Sign in');
    const { page: work } = await openLogin(local, { identity_provider: 'Work' }, browser);
    expect(titleOf(work)).to.equal('Continue with Work');
  });

  it('are found by an identifier of their own', async () => {
    const { UserPoolId } = local;
    await local.sdk.createIdentityProvider({
      UserPoolId,
      ProviderName: 'Partner',
      ProviderType: 'OIDC',
      ProviderDetails: { client_id: 'x' },
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

  it('escape what the app says', async () => {
    const { page } = await openLogin(local, { identity_provider: 'Google', login_hint: '"><script>' });
    expect(page.text).not.to.contain('<script');
    expect(alertOf(page)).to.equal(undefined);
  });

  describe('AdminLinkProviderForUser', () => {
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

    it('lets somebody in to the account they have', async () => {
      await link('1234');
      const claims = claimsOf((await signInAs()).id_token);
      const { payload } = { payload: claimsOf(local.pool.tokensFor(ANA).idToken) };
      expect(claims).to.include({ sub: payload.sub, email: ANA, name: 'Ana' });
      const [identity] = claims.identities as Record<string, unknown>[];
      expect(identity).to.include({ userId: '1234', primary: 'false' });
      const { browser, page } = await openLogin(local);
      expect((await browser.submit(page, { username: ANA, password: PASSWORD })).away).to.be.a('string');
    });

    it('refuses to merge two accounts, and more than five links', async () => {
      await signInAs();
      expect(await outcomeOf(link('1234'))).to.match(/Merging is not currently supported/);
      for (const id of ['1', '2', '3', '4', '5']) await link(id);
      expect(await outcomeOf(link('6'))).to.match(/InvalidParameterException/);
    });
  });
});
