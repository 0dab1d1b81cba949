import { CognitoIdentityProvider } from '@aws-sdk/client-cognito-identity-provider';
import { expect } from 'chai';
import { closeAll, type Local, post, startLocal } from '../../support/local-sdk.ts';

describe('The region of a pool that CreateUserPool makes', () => {
  let local: Local;
  beforeEach(async () => {
    local = await startLocal({ userPoolId: 'us-west-2_Shop' });
  });
  afterEach(closeAll);

  // Expected of AWS, where each region has its own endpoint; no capture.
  it("is the region of the client's signature (case 23)", async () => {
    const sdk = new CognitoIdentityProvider({
      region: 'eu-central-1',
      endpoint: local.pool.url,
      credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
    });
    const { UserPool } = await sdk.createUserPool({ PoolName: 'p' });
    const { Id = '', Arn } = UserPool ?? {};
    expect(Id).to.match(/^eu-central-1_[0-9a-zA-Z]{9}$/);
    expect(Arn).to.equal(`arn:aws:cognito-idp:eu-central-1:000000000000:userpool/${Id}`);
    expect((await sdk.describeUserPool({ UserPoolId: Id })).UserPool?.Id).to.equal(Id);
    expect((await fetch(`${local.pool.url}/${Id}/.well-known/jwks.json`)).status).to.equal(200);
    await sdk.deleteUserPool({ UserPoolId: Id });
    sdk.destroy();
  });

  for (const scope of ['local', 'key/20261128/nowhere/cognito-idp/aws4_request']) {
    it(`is that of the start if the signature names no region: ${scope}`, async () => {
      const authorization = `AWS4-HMAC-SHA256 Credential=${scope}, SignedHeaders=host, Signature=0`;
      const { body } = await post(
        `${local.pool.url}/`,
        'CreateUserPool',
        { PoolName: 'p' },
        { authorization },
      );
      expect(JSON.stringify(body)).to.match(/"Id":"us-west-2_[0-9a-zA-Z]{9}"/);
    });
  }
});

describe('The documents of a local pool', () => {
  afterEach(closeAll);

  it('answer HEAD like GET, without a body (case 29)', async () => {
    const { pool } = await startLocal();
    for (const name of ['jwks.json', 'openid-configuration']) {
      const url = `${pool.domain}/.well-known/${name}`;
      const get = await fetch(url);
      const head = await fetch(url, { method: 'HEAD' });
      expect(head.status).to.equal(200);
      expect(await head.text()).to.equal('');
      for (const header of ['content-type', 'content-length', 'cache-control'])
        expect(head.headers.get(header)).to.equal(get.headers.get(header));
    }
    const unknown = await fetch(`${pool.url}/us-east-1_None/.well-known/jwks.json`, { method: 'HEAD' });
    expect(unknown.status).to.equal(404);
  });
});
