import { expect } from 'chai';
import type { LocalUserPoolOptions } from '../../../src/local/local-user-pool.ts';
import type { PreTokenGenerationEvent, Triggers } from '../../../src/local/model/triggers.ts';
import { ANSWER, customTriggers } from '../../support/custom-triggers.ts';
import {
  ANA,
  claimsOf,
  closeAll,
  type Local,
  outcomeOf,
  PASSWORD,
  signIn,
  startLocal,
} from '../../support/local-sdk.ts';

const users = [{ username: ANA, password: PASSWORD, groups: ['staff'], attributes: { name: 'Ana' } }];

function start(triggers: Triggers, options: LocalUserPoolOptions = {}): Promise<Local> {
  return startLocal({ users, triggers, ...options });
}

describe('The trigger preTokenGeneration', () => {
  afterEach(closeAll);

  it('adds, replaces and suppresses claims of the ID token, and overrides groups', async () => {
    const heard: PreTokenGenerationEvent[] = [];
    const local = await start({
      preTokenGeneration: (event) => {
        heard.push(structuredClone(event));
        event.response.claimsOverrideDetails = {
          claimsToAddOrOverride: { plan: 'gold', sub: 'eve', 'cognito:username': 'eve', iss: 'x' },
          claimsToSuppress: ['name', 'token_use'],
          groupOverrideDetails: { groupsToOverride: ['admin'], preferredRole: 'arn:role' },
        };
        return event;
      },
    });
    const { AuthenticationResult } = await signIn(local);
    const id = claimsOf(AuthenticationResult?.IdToken);
    const access = claimsOf(AuthenticationResult?.AccessToken);
    expect(id).to.include({ plan: 'gold', token_use: 'id', iss: local.pool.issuer, email: ANA });
    expect(id.sub).to.equal(access.sub).and.not.equal('eve');
    expect(id['cognito:username']).to.equal(access.username);
    expect(id).to.not.have.property('name');
    expect(id['cognito:preferred_role']).to.equal('arn:role');
    expect([id['cognito:groups'], access['cognito:groups']]).to.deep.equal([['admin'], ['admin']]);
    expect(access).to.not.have.property('plan');
    expect(heard[0]).to.include({ version: '1', triggerSource: 'TokenGeneration_Authentication' });
    expect(heard[0]?.request.groupConfiguration).to.deep.equal({
      groupsToOverride: ['staff'],
      iamRolesToOverride: [],
    });
    expect(heard[0]?.request.userAttributes).to.include({ email: ANA, name: 'Ana' });
  });

  it('changes both tokens and the scopes with version 2', async () => {
    const local = await start({
      preTokenGenerationV2: async (event) => {
        expect(event).to.include({ version: '2' });
        event.response.claimsAndScopeOverrideDetails = {
          idTokenGeneration: { claimsToAddOrOverride: { plan: { name: 'gold' } } },
          accessTokenGeneration: {
            claimsToAddOrOverride: { tenant: 'blue', client_id: 'eve' },
            scopesToAdd: ['shop/read'],
          },
        };
        return event;
      },
    });
    const { AuthenticationResult } = await signIn(local);
    expect(claimsOf(AuthenticationResult?.IdToken).plan).to.deep.equal({ name: 'gold' });
    expect(claimsOf(AuthenticationResult?.AccessToken)).to.include({
      tenant: 'blue',
      client_id: local.ClientId,
      scope: 'aws.cognito.signin.user.admin shop/read',
    });
    const AccessToken = AuthenticationResult?.AccessToken;
    expect(await outcomeOf(local.sdk.getUser({ AccessToken }))).to.equal('ok');
  });

  it('receives the reason for the tokens, and ClientMetadata where AWS passes it on', async () => {
    const heard: unknown[] = [];
    const custom = customTriggers();
    const local = await start(
      {
        ...custom.triggers,
        preTokenGeneration: (event) => {
          heard.push([event.triggerSource, event.request.clientMetadata]);
          return event;
        },
      },
      {
        appClient: {
          ExplicitAuthFlows: ['ALLOW_USER_PASSWORD_AUTH', 'ALLOW_CUSTOM_AUTH', 'ALLOW_REFRESH_TOKEN_AUTH'],
        },
        users: [
          ...users,
          { username: 'new@example.com', password: PASSWORD, status: 'FORCE_CHANGE_PASSWORD' },
        ],
      },
    );
    const { sdk, ClientId } = local;
    const ClientMetadata = { tenant: 'blue' };
    const { AuthenticationResult } = await sdk.initiateAuth({
      ClientId,
      AuthFlow: 'USER_PASSWORD_AUTH',
      AuthParameters: { USERNAME: ANA, PASSWORD },
      ClientMetadata,
    });
    const RefreshToken = AuthenticationResult?.RefreshToken ?? '';
    await sdk.getTokensFromRefreshToken({ ClientId, RefreshToken, ClientMetadata });
    await sdk.initiateAuth({
      ClientId,
      AuthFlow: 'REFRESH_TOKEN_AUTH',
      AuthParameters: { REFRESH_TOKEN: RefreshToken },
      ClientMetadata,
    });
    const first = await signIn(local, 'new@example.com');
    await sdk.respondToAuthChallenge({
      ClientId,
      ChallengeName: 'NEW_PASSWORD_REQUIRED',
      Session: first.Session,
      ChallengeResponses: { USERNAME: 'new@example.com', NEW_PASSWORD: 'An0ther-One!' },
      ClientMetadata,
    });
    const posed = await sdk.initiateAuth({
      ClientId,
      AuthFlow: 'CUSTOM_AUTH',
      AuthParameters: { USERNAME: ANA },
    });
    await sdk.respondToAuthChallenge({
      ClientId,
      ChallengeName: 'CUSTOM_CHALLENGE',
      Session: posed.Session,
      ChallengeResponses: { USERNAME: ANA, ANSWER },
      ClientMetadata,
    });
    expect(heard).to.deep.equal([
      ['TokenGeneration_Authentication', undefined],
      ['TokenGeneration_RefreshTokens', ClientMetadata],
      ['TokenGeneration_RefreshTokens', undefined],
      ['TokenGeneration_NewPasswordChallenge', ClientMetadata],
      ['TokenGeneration_Authentication', ClientMetadata],
    ]);
  });

  it('prevents the tokens if it throws, and does not run for an invalid refresh token', async () => {
    let runs = 0;
    const local = await start({
      preTokenGeneration: () => {
        runs += 1;
        throw new Error('no plan');
      },
    });
    expect(await outcomeOf(signIn(local))).to.equal(
      'UserLambdaValidationException: PreTokenGeneration failed with error no plan.',
    );
    const RefreshToken = 'a.b.c.d.e';
    const { ClientId } = local;
    expect(await outcomeOf(local.sdk.getTokensFromRefreshToken({ ClientId, RefreshToken }))).to.match(
      /^NotAuthorizedException: Invalid Refresh Token/,
    );
    expect(runs).to.equal(1);
  });
});
