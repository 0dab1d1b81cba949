import { expect } from 'chai';
import { closeAll, outcomeOf, startLocal } from '../../support/local-sdk.ts';

describe('The resource servers of a local pool', () => {
  afterEach(closeAll);

  it('are created with their scopes, or with none', async () => {
    const { sdk, UserPoolId } = await startLocal();
    const Scopes = [{ ScopeName: 'read', ScopeDescription: 'Reads orders' }];
    const orders = { UserPoolId, Identifier: 'orders', Name: 'Orders', Scopes };
    const plain = { UserPoolId, Identifier: 'plain', Name: 'Plain' };
    expect((await sdk.createResourceServer(orders)).ResourceServer).to.deep.equal(orders);
    expect((await sdk.createResourceServer(plain)).ResourceServer).to.deep.equal({ ...plain, Scopes: [] });
    for (const { Identifier, ...rest } of [orders, { ...plain, Scopes: [] }]) {
      const { ResourceServer } = await sdk.describeResourceServer({ UserPoolId, Identifier });
      expect(ResourceServer).to.deep.equal({ Identifier, ...rest });
    }
  });

  it('are created once for each identifier', async () => {
    const { sdk, UserPoolId } = await startLocal();
    const server = { UserPoolId, Identifier: 'orders', Name: 'Orders' };
    await sdk.createResourceServer(server);
    expect(await outcomeOf(sdk.createResourceServer(server))).to.match(
      /^InvalidParameterException: .*exists/,
    );
    const unknown = sdk.describeResourceServer({ UserPoolId, Identifier: 'other' });
    expect(await outcomeOf(unknown)).to.match(/^ResourceNotFoundException: /);
  });

  it('are listed by page, updated and deleted', async () => {
    const { sdk, UserPoolId } = await startLocal();
    const scope = { ScopeName: 'read', ScopeDescription: 'Reads orders' };
    await sdk.createResourceServer({ UserPoolId, Identifier: 'orders', Name: 'Orders', Scopes: [scope] });
    await sdk.createResourceServer({ UserPoolId, Identifier: 'users', Name: 'Users' });
    const first = await sdk.listResourceServers({ UserPoolId, MaxResults: 1 });
    expect(first.ResourceServers?.map(({ Identifier }) => Identifier)).to.deep.equal(['orders']);
    const second = await sdk.listResourceServers({ UserPoolId, MaxResults: 1, NextToken: first.NextToken });
    expect(second.ResourceServers?.map(({ Identifier }) => Identifier)).to.deep.equal(['users']);
    expect(second.NextToken).to.equal(undefined);
    const renamed = { UserPoolId, Identifier: 'orders', Name: 'All orders' };
    expect((await sdk.updateResourceServer(renamed)).ResourceServer).to.deep.equal({
      ...renamed,
      Scopes: [],
    });
    await sdk.deleteResourceServer({ UserPoolId, Identifier: 'orders' });
    const gone = 'ResourceNotFoundException: Resource server does not exist.';
    expect(await outcomeOf(sdk.deleteResourceServer({ UserPoolId, Identifier: 'orders' }))).to.equal(gone);
    expect(await outcomeOf(sdk.updateResourceServer(renamed))).to.equal(gone);
  });
});
