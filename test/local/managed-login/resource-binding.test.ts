import { expect } from 'chai';
import { claimsOf, closeAll, type Local, outcomeOf } from '../../support/local-sdk.ts';
import { leftFor } from '../../support/login-pages.ts';
import { openLogin, startLogin, tokensAt } from '../../support/managed-login.ts';

const API = 'https://api.example.com/orders';

describe('Local pool: the parameter resource of /oauth2/authorize', () => {
  let local: Local;
  beforeEach(async () => {
    local = await startLogin();
  });
  afterEach(closeAll);

  it('becomes the audience of the access token, also after a refresh', async () => {
    const { access_token, id_token, refresh_token } = await tokensAt(local, { resource: API });
    expect(claimsOf(access_token)).to.include({ aud: API, client_id: local.ClientId });
    expect(claimsOf(id_token).aud).to.equal(local.ClientId);
    const { AuthenticationResult } = await local.sdk.getTokensFromRefreshToken({
      ClientId: local.ClientId,
      RefreshToken: refresh_token,
    });
    expect(claimsOf(AuthenticationResult?.AccessToken).aud).to.equal(API);
    const AccessToken = AuthenticationResult?.AccessToken;
    expect(await outcomeOf(local.sdk.getUser({ AccessToken }))).to.equal('ok');
  });

  it('is optional, and an access token has no audience without it', async () => {
    expect(claimsOf((await tokensAt(local)).access_token)).to.not.have.property('aud');
  });

  for (const resource of ['http://localhost:4000/api', 'myapp://orders'])
    it(`may be ${resource}`, async () => {
      expect(claimsOf((await tokensAt(local, { resource })).access_token).aud).to.equal(resource);
    });

  for (const resource of ['orders', 'http://api.example.com', `${API}#x`, 'https://', 'urn:orders'])
    it(`may not be ${resource}`, async () => {
      const { page } = await openLogin(local, { resource });
      expect(leftFor(page).searchParams.get('error')).to.equal('invalid_request');
    });
});
