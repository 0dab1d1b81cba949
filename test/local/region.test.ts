import { expect } from 'chai';
import { closeAll, startLocal } from '../support/local-sdk.ts';

describe('local user pool: the region of the start', () => {
  afterEach(closeAll);

  it('the ID, the ARN and the issuer follow the option region', async () => {
    const { pool, sdk, UserPoolId } = await startLocal({ region: 'ap-southeast-2' });
    expect(UserPoolId).to.match(/^ap-southeast-2_\w{9}$/);
    const { UserPool } = await sdk.describeUserPool({ UserPoolId });
    expect(UserPool?.Arn).to.equal(`arn:aws:cognito-idp:ap-southeast-2:000000000000:userpool/${UserPoolId}`);
    expect(pool.issuer).to.equal(`${pool.url}/${UserPoolId}`);
  });

  it('a region that is not that of userPoolId, or is none, is refused', async () => {
    const refusal = (options: object): Promise<string> =>
      startLocal(options).then(
        () => 'started',
        (error: Error) => error.message,
      );
    expect(await refusal({ region: 'eu-west-1', userPoolId: 'us-east-1_Example' })).to.equal(
      'userPoolId must start with the region, such as eu-west-1_Example, not "us-east-1_Example".',
    );
    expect(await refusal({ region: 'Europe' })).to.include('region is "Europe"');
    expect(await refusal({ region: 'eu-west-1', userPoolId: 'eu-west-1_Example' })).to.equal('started');
  });
});
