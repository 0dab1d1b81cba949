import { expect } from 'chai';
import { ANA, claimsOf, closeAll, startLocal } from '../../support/local-sdk.ts';

describe('A user who is put into a local pool', () => {
  afterEach(closeAll);

  it('is in the groups that are named, whether they were there or not', async () => {
    const { pool, sdk, UserPoolId } = await startLocal({
      users: [{ username: ANA, groups: ['staff', 'admin'] }],
    });
    pool.addUser({ username: 'bo@example.com', groups: ['staff'] });
    const groupsOf = (name: string): unknown[] => {
      const { accessToken, idToken } = pool.tokensFor(name);
      return [accessToken, idToken].map((token) => claimsOf(token)['cognito:groups']);
    };
    for (const groups of groupsOf(ANA)) expect(groups).to.have.members(['staff', 'admin']);
    for (const groups of groupsOf('bo@example.com')) expect(groups).to.deep.equal(['staff']);
    const { Groups = [] } = await sdk.adminListGroupsForUser({ UserPoolId, Username: ANA });
    expect(Groups.map(({ GroupName }) => GroupName)).to.have.members(['staff', 'admin']);
  });

  it('is in no group when none is named', async () => {
    const { pool } = await startLocal({ users: [{ username: ANA }] });
    expect(claimsOf(pool.tokensFor(ANA).accessToken)).to.not.have.property('cognito:groups');
  });
});
