import { expect } from 'chai';
import { ANA, closeAll, type Local, outcomeOf, PASSWORD, post, startLocal } from '../../support/local-sdk.ts';

const REFUSED = 'InvalidParameterException: Invalid pagination token.';
const SIGNATURE = { authorization: 'AWS4-HMAC-SHA256 Credential=local' };

describe('Local pool: a pagination token', () => {
  let local: Local;
  let UserPoolId: string;
  beforeEach(async () => {
    local = await startLocal({
      users: ['ana', 'bea', 'cid'].map((name) => ({
        username: `${name}@example.com`,
        password: PASSWORD,
        groups: ['staff', 'admins'],
      })),
    });
    UserPoolId = local.UserPoolId;
  });
  afterEach(closeAll);

  const listUsers = (PaginationToken?: string, more: object = {}) =>
    local.sdk.listUsers({ UserPoolId, Limit: 1, PaginationToken, ...more });
  const tokenOfUsers = async (more: object = {}): Promise<string | undefined> =>
    (await listUsers(undefined, more)).PaginationToken;

  it('leads to the next page, also with another limit', async () => {
    const next = await listUsers(await tokenOfUsers(), { Limit: 2 });
    expect(next.Users).to.have.lengthOf(2);
    expect(next.PaginationToken).to.equal(undefined);
  });

  it('is refused by another operation', async () => {
    const PaginationToken = await tokenOfUsers();
    expect(await outcomeOf(local.sdk.listGroups({ UserPoolId, NextToken: PaginationToken }))).to.equal(
      REFUSED,
    );
    const { NextToken } = await local.sdk.listGroups({ UserPoolId, Limit: 1 });
    expect(await outcomeOf(listUsers(NextToken))).to.equal(REFUSED);
    expect(await outcomeOf(local.sdk.listGroups({ UserPoolId, NextToken }))).to.equal('ok');
  });

  it('is refused with another filter, user or pool', async () => {
    const Filter = 'email ^= ""';
    const filtered = await tokenOfUsers({ Filter });
    expect(await outcomeOf(listUsers(filtered))).to.equal(REFUSED);
    expect(await outcomeOf(listUsers(filtered, { Filter }))).to.equal('ok');
    const { NextToken } = await local.sdk.adminListGroupsForUser({ UserPoolId, Username: ANA, Limit: 1 });
    const ofBea = { UserPoolId, Username: 'bea@example.com', NextToken };
    expect(await outcomeOf(local.sdk.adminListGroupsForUser(ofBea))).to.equal(REFUSED);
    const { UserPool } = await local.sdk.createUserPool({ PoolName: 'other' });
    expect(await outcomeOf(listUsers(await tokenOfUsers(), { UserPoolId: UserPool?.Id }))).to.equal(REFUSED);
  });

  it('is refused if it was changed or invented', async () => {
    const token = `${await tokenOfUsers()}`;
    for (const bad of [
      `${token}A`,
      `A${token}`,
      token.slice(0, -1),
      Buffer.from('1').toString('base64url'),
      'é',
    ])
      expect(await outcomeOf(listUsers(bad)), bad).to.equal(REFUSED);
  });

  it('stays valid for a new access token of the user', async () => {
    for (let made = 0; made < 21; made++) local.pool.tokensFor(ANA);
    const AccessToken = (): string => local.pool.tokensFor(ANA).accessToken;
    const { NextToken } = await local.sdk.listUserSessions({ AccessToken: AccessToken() });
    const next = await local.sdk.listUserSessions({ AccessToken: AccessToken(), NextToken });
    expect(next.Sessions).to.not.have.lengthOf(0);
  });

  it('comes with a limit of 0 to 60 whole users', async () => {
    const limited = (Limit: number) =>
      post(`${local.pool.url}/`, 'ListUsers', { UserPoolId, Limit }, SIGNATURE);
    expect((await limited(0)).body.Users).to.have.lengthOf(3);
    expect((await limited(61)).body.message).to.include("Value '61' at 'limit' failed to satisfy constraint");
  });
});
