import { expect } from 'chai';
import type { ClientSettings } from '../../src/local/model/settings.ts';
import { expectStatus, startKit } from '../support/helpers.ts';
import { ANA, closeAll, type Local, outcomeOf, PASSWORD, signIn, startLocal } from '../support/local-sdk.ts';

/** Without rotation and without ALLOW_REFRESH_TOKEN_AUTH. */
const NO_REFRESH_FLOW: ClientSettings = { ExplicitAuthFlows: ['ALLOW_USER_PASSWORD_AUTH'] };
const LOGIN: ClientSettings = {
  AllowedOAuthFlowsUserPoolClient: true,
  AllowedOAuthFlows: ['code'],
  AllowedOAuthScopes: ['openid'],
  CallbackURLs: ['http://localhost:3000/'],
};

/**
 * ALLOW_REFRESH_TOKEN_AUTH is about the flow of InitiateAuth.
 *
 * @see https://docs.aws.amazon.com/cognito/latest/developerguide/amazon-cognito-user-pools-using-the-refresh-token.html
 */
describe('A local app client without ALLOW_REFRESH_TOKEN_AUTH', () => {
  let local: Local;
  let RefreshToken: string;
  afterEach(closeAll);

  async function start(appClient: ClientSettings): Promise<void> {
    local = await startLocal({ appClient, users: [{ username: ANA, password: PASSWORD }] });
    RefreshToken = (await signIn(local)).AuthenticationResult?.RefreshToken ?? '';
  }
  const withFlow = (AuthFlow: 'REFRESH_TOKEN_AUTH' | 'REFRESH_TOKEN') =>
    local.sdk.initiateAuth({
      ClientId: local.ClientId,
      AuthFlow,
      AuthParameters: { REFRESH_TOKEN: RefreshToken },
    });

  it('refuses the flow REFRESH_TOKEN_AUTH of InitiateAuth and AdminInitiateAuth', async () => {
    await start(NO_REFRESH_FLOW);
    for (const flow of ['REFRESH_TOKEN_AUTH', 'REFRESH_TOKEN'] as const) {
      expect(await outcomeOf(withFlow(flow))).to.equal(
        `InvalidParameterException: ${flow} flow not enabled for this client`,
      );
    }
    const { sdk, UserPoolId, ClientId } = local;
    const admin = sdk.adminInitiateAuth({
      UserPoolId,
      ClientId,
      AuthFlow: 'REFRESH_TOKEN_AUTH',
      AuthParameters: { REFRESH_TOKEN: RefreshToken },
    });
    expect(await outcomeOf(admin)).to.include('flow not enabled for this client');
  });

  it('refreshes with GetTokensFromRefreshToken, and keeps the refresh token', async () => {
    await start(NO_REFRESH_FLOW);
    const { ClientId } = local;
    const { AuthenticationResult } = await local.sdk.getTokensFromRefreshToken({ ClientId, RefreshToken });
    expect(AuthenticationResult)
      .to.include.keys('AccessToken', 'IdToken')
      .and.not.have.property('RefreshToken');
  });

  it('refreshes at the token endpoint, with and without rotation', async () => {
    for (const Feature of ['DISABLED', 'ENABLED'] as const) {
      await start({ ...NO_REFRESH_FLOW, ...LOGIN, RefreshTokenRotation: { Feature } });
      const response = await fetch(`${local.pool.domain}/oauth2/token`, {
        method: 'POST',
        body: new URLSearchParams({
          grant_type: 'refresh_token',
          client_id: local.ClientId,
          refresh_token: RefreshToken,
        }),
      });
      const tokens = (await response.json()) as object;
      expect(response.status).to.equal(200);
      expect('refresh_token' in tokens, Feature).to.equal(Feature === 'ENABLED');
    }
  });

  it('refreshes with the kit', async () => {
    const kit = await startKit({
      pool: { appClient: NO_REFRESH_FLOW, users: [{ username: ANA, password: PASSWORD }] },
    });
    const { body } = expectStatus(await kit.post('/sign-in', { email: ANA, password: PASSWORD }), 200);
    expectStatus(await kit.post('/refresh', { refreshToken: body.tokens.refreshToken }), 200);
    await kit.close();
  });
});
