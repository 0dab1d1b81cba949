import { expect } from 'chai';
import type { ClientSettings, ExplicitAuthFlow } from '../../src/local/model/settings.ts';
import { ANA, closeAll, outcomeOf, PASSWORD, signIn, startLocal } from '../support/local-sdk.ts';

const ROTATION: ClientSettings = { RefreshTokenRotation: { Feature: 'ENABLED' } };

describe('A local app client with refresh token rotation', () => {
  afterEach(closeAll);

  async function flowsOf(appClient: ClientSettings): Promise<readonly string[] | undefined> {
    const { sdk, UserPoolId, ClientId } = await startLocal({ appClient });
    const { UserPoolClient } = await sdk.describeUserPoolClient({ UserPoolId, ClientId });
    return UserPoolClient?.ExplicitAuthFlows;
  }

  it('has no ALLOW_REFRESH_TOKEN_AUTH among its default flows', async () => {
    const others: ExplicitAuthFlow[] = ['ALLOW_USER_PASSWORD_AUTH', 'ALLOW_USER_SRP_AUTH'];
    expect(await flowsOf(ROTATION)).to.have.members(others);
    expect(await flowsOf({})).to.have.members([...others, 'ALLOW_REFRESH_TOKEN_AUTH']);
    expect(await flowsOf({ RefreshTokenRotation: { Feature: 'DISABLED' } })).to.have.members([
      ...others,
      'ALLOW_REFRESH_TOKEN_AUTH',
    ]);
  });

  it('keeps the flows that are named', async () => {
    const ExplicitAuthFlows: ExplicitAuthFlow[] = ['ALLOW_USER_SRP_AUTH'];
    expect(await flowsOf({ ...ROTATION, ExplicitAuthFlows })).to.deep.equal(ExplicitAuthFlows);
  });

  it('refuses to start with ALLOW_REFRESH_TOKEN_AUTH named', async () => {
    const start = startLocal({
      appClient: {
        ...ROTATION,
        ExplicitAuthFlows: ['ALLOW_USER_PASSWORD_AUTH', 'ALLOW_REFRESH_TOKEN_AUTH'],
      },
    });
    expect(await outcomeOf(start)).to.match(/^InvalidParameterException: /);
  });

  it('refreshes with GetTokensFromRefreshToken, and not with REFRESH_TOKEN_AUTH', async () => {
    const local = await startLocal({
      appClient: ROTATION,
      users: [{ username: ANA, password: PASSWORD }],
    });
    const { sdk, ClientId } = local;
    const { AuthenticationResult } = await signIn(local);
    const RefreshToken = AuthenticationResult?.RefreshToken ?? '';
    const old = sdk.initiateAuth({
      ClientId,
      AuthFlow: 'REFRESH_TOKEN_AUTH',
      AuthParameters: { REFRESH_TOKEN: RefreshToken },
    });
    expect(await outcomeOf(old)).to.match(/^(InvalidParameter|NotAuthorized)Exception: /);
    const refreshed = await sdk.getTokensFromRefreshToken({ ClientId, RefreshToken });
    expect(refreshed.AuthenticationResult?.RefreshToken).to.be.a('string').and.not.equal(RefreshToken);
  });
});
