import { expect } from 'chai';
import { ANA, closeAll, type Local, outcomeOf, PASSWORD, startLocal } from '../../support/local-sdk.ts';

const CERTIFICATE = 'arn:aws:acm:us-east-1:123456789012:certificate/c';

describe('A set-up script for the local pool', () => {
  let local: Local;
  beforeEach(async () => {
    local = await startLocal({ users: [{ username: ANA, password: PASSWORD }] });
  });
  afterEach(closeAll);

  it('updates and deletes groups, which their members leave', async () => {
    const { sdk, UserPoolId, pool } = local;
    await sdk.createGroup({ UserPoolId, GroupName: 'admin', Description: 'all rights', Precedence: 1 });
    await sdk.adminAddUserToGroup({ UserPoolId, GroupName: 'admin', Username: ANA });
    pool.clock.advance(1000);
    const { Group } = await sdk.updateGroup({ UserPoolId, GroupName: 'admin', Precedence: 7 });
    expect(Group).to.include({ Description: 'all rights', Precedence: 7 });
    expect(Number(Group?.LastModifiedDate)).to.be.above(Number(Group?.CreationDate));
    expect((await sdk.getGroup({ UserPoolId, GroupName: 'admin' })).Group).to.deep.equal(Group);
    await sdk.deleteGroup({ UserPoolId, GroupName: 'admin' });
    expect((await sdk.adminListGroupsForUser({ UserPoolId, Username: ANA })).Groups).to.deep.equal([]);
    await sdk.createGroup({ UserPoolId, GroupName: 'admin' });
    expect((await sdk.adminListGroupsForUser({ UserPoolId, Username: ANA })).Groups).to.deep.equal([]);
    const gone = 'ResourceNotFoundException: Group not found.';
    for (const call of [
      sdk.deleteGroup({ UserPoolId, GroupName: 'none' }),
      sdk.updateGroup({ UserPoolId, GroupName: 'none' }),
      sdk.listUsersInGroup({ UserPoolId, GroupName: 'none' }),
    ])
      expect(await outcomeOf(call)).to.equal(gone);
  });

  it('lists the users of a group by page', async () => {
    const { sdk, UserPoolId, pool } = local;
    pool.addUser({ username: 'bo@example.com', groups: ['staff'] });
    pool.addUser({ username: 'cy@example.com', groups: ['staff'] });
    const list = async (NextToken?: string) =>
      sdk.listUsersInGroup({ UserPoolId, GroupName: 'staff', Limit: 1, NextToken });
    const emailOf = ({ Users = [] }: Awaited<ReturnType<typeof list>>) =>
      Users.map(({ Attributes = [] }) => Attributes.find(({ Name }) => Name === 'email')?.Value);
    const first = await list();
    expect(emailOf(first)).to.deep.equal(['bo@example.com']);
    const second = await list(first.NextToken);
    expect(emailOf(second)).to.deep.equal(['cy@example.com']);
    expect(second.NextToken).to.equal(undefined);
  });

  it("deletes a user's attributes", async () => {
    const { sdk, UserPoolId, pool } = local;
    pool.addUser({ username: 'bo@example.com', attributes: { name: 'Bo', nickname: 'B' } });
    const user = { UserPoolId, Username: 'bo@example.com' };
    await sdk.adminDeleteUserAttributes({ ...user, UserAttributeNames: ['nickname'] });
    const { UserAttributes = [] } = await sdk.adminGetUser(user);
    expect(UserAttributes.map(({ Name }) => Name))
      .to.include('name')
      .and.not.include('nickname');
  });

  it('adds custom attributes, once', async () => {
    const { sdk, UserPoolId } = local;
    const CustomAttributes = [{ Name: 'team', AttributeDataType: 'String', Mutable: true }] as const;
    await sdk.addCustomAttributes({ UserPoolId, CustomAttributes: [...CustomAttributes] });
    await sdk.adminUpdateUserAttributes({
      UserPoolId,
      Username: ANA,
      UserAttributes: [{ Name: 'custom:team', Value: 'red' }],
    });
    const { UserPool } = await sdk.describeUserPool({ UserPoolId });
    expect(UserPool?.SchemaAttributes?.map(({ Name }) => Name)).to.include('custom:team');
    // No capture of this message, which others have reported from memory.
    expect(
      await outcomeOf(sdk.addCustomAttributes({ UserPoolId, CustomAttributes: [...CustomAttributes] })),
    ).to.equal('InvalidParameterException: custom:team: Existing attribute already has name custom:team.');
    const many = Array.from({ length: 26 }, (_, index) => ({
      Name: `a${index}`,
      AttributeDataType: 'String' as const,
    }));
    expect(await outcomeOf(sdk.addCustomAttributes({ UserPoolId, CustomAttributes: many }))).to.match(
      /'customAttributes' failed to satisfy constraint: Member must have length less than or equal to 25/,
    );
  });

  it('tags a pool, and removes tags', async () => {
    const { sdk, UserPoolId } = local;
    const ResourceArn = (await sdk.describeUserPool({ UserPoolId })).UserPool?.Arn ?? '';
    const tags = async () => (await sdk.listTagsForResource({ ResourceArn })).Tags;
    expect(await tags()).to.deep.equal({});
    await sdk.tagResource({ ResourceArn, Tags: { stage: 'test', team: 'red' } });
    await sdk.tagResource({ ResourceArn, Tags: { team: 'blue' } });
    expect(await tags()).to.deep.equal({ stage: 'test', team: 'blue' });
    await sdk.untagResource({ ResourceArn, TagKeys: ['stage'] });
    expect((await sdk.describeUserPool({ UserPoolId })).UserPool?.UserPoolTags).to.deep.equal({
      team: 'blue',
    });
    const unknown = sdk.listTagsForResource({ ResourceArn: `${ResourceArn}x` });
    expect(await outcomeOf(unknown)).to.match(/^ResourceNotFoundException: User pool .* does not exist\.$/);
  });

  it('gives a pool a domain, updates and deletes it', async () => {
    const { sdk, UserPoolId } = local;
    const domain = { UserPoolId, Domain: 'shop-test' };
    const created = await sdk.createUserPoolDomain({ ...domain, ManagedLoginVersion: 2 });
    expect(created.ManagedLoginVersion).to.equal(2);
    expect(created.CloudFrontDomain).to.equal(undefined);
    const { DomainDescription } = await sdk.describeUserPoolDomain({ Domain: 'shop-test' });
    expect(DomainDescription).to.include({ ...domain, Status: 'ACTIVE', ManagedLoginVersion: 2 });
    expect((await sdk.describeUserPool({ UserPoolId })).UserPool?.Domain).to.equal('shop-test');
    await sdk.updateUserPoolDomain({ ...domain, ManagedLoginVersion: 1 });
    const updated = await sdk.describeUserPoolDomain({ Domain: 'shop-test' });
    expect(updated.DomainDescription?.ManagedLoginVersion).to.equal(1);
    expect(await outcomeOf(sdk.deleteUserPool({ UserPoolId }))).to.equal(
      'InvalidParameterException: User pool cannot be deleted. It has a domain configured that should be deleted first.',
    );
    await sdk.deleteUserPoolDomain(domain);
    expect((await sdk.describeUserPoolDomain({ Domain: 'shop-test' })).DomainDescription).to.deep.equal({});
    expect(await outcomeOf(sdk.deleteUserPool({ UserPoolId }))).to.equal('ok');
  });

  it('gives a pool a custom domain beside its prefix', async () => {
    const { sdk, UserPoolId } = local;
    const CustomDomainConfig = { CertificateArn: CERTIFICATE };
    const custom = { UserPoolId, Domain: 'auth.example.com', CustomDomainConfig };
    expect((await sdk.createUserPoolDomain(custom)).CloudFrontDomain).to.match(/\.cloudfront\.net$/);
    await sdk.createUserPoolDomain({ UserPoolId, Domain: 'shop-test' });
    expect((await sdk.describeUserPool({ UserPoolId })).UserPool).to.include({
      Domain: 'shop-test',
      CustomDomain: 'auth.example.com',
    });
    const described = await sdk.describeUserPoolDomain({ Domain: 'auth.example.com' });
    expect(described.DomainDescription?.CustomDomainConfig).to.deep.equal(CustomDomainConfig);
  });

  it('is refused a domain that is taken, malformed or unknown', async () => {
    const { sdk, UserPoolId } = local;
    const other = (await sdk.createUserPool({ PoolName: 'other' })).UserPool?.Id;
    await sdk.createUserPoolDomain({ UserPoolId, Domain: 'shop-test' });
    for (const [call, message] of [
      [
        sdk.createUserPoolDomain({ UserPoolId: other, Domain: 'shop-test' }),
        'Domain already associated with another user pool.',
      ],
      [
        sdk.createUserPoolDomain({ UserPoolId: other, Domain: 'Shop.test' }),
        'The domain name contains an invalid character. Domain names can only contain lower-case letters, numbers, and hyphens. Please enter a different name that follows this format: ^[a-z0-9](?:[a-z0-9\\-]{0,61}[a-z0-9])?$',
      ],
      // No capture of the messages below, or from memory only.
      [
        sdk.createUserPoolDomain({ UserPoolId, Domain: 'second' }),
        'User pool already has a domain configured.',
      ],
      [
        sdk.createUserPoolDomain({ UserPoolId: other, Domain: 'my-cognito' }),
        'Domain cannot contain reserved word: cognito',
      ],
      [
        sdk.deleteUserPoolDomain({ UserPoolId: other, Domain: 'shop-test' }),
        'No such domain or user pool exists.',
      ],
      [
        sdk.updateUserPoolDomain({
          UserPoolId,
          Domain: 'shop-test',
          CustomDomainConfig: { CertificateArn: CERTIFICATE },
        }),
        'CustomDomainConfig can only be set for a custom domain.',
      ],
    ] as const) {
      expect(await outcomeOf(call)).to.equal(`InvalidParameterException: ${message}`);
    }
  });
});
