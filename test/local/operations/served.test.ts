import * as sdkModule from '@aws-sdk/client-cognito-identity-provider';
import { expect } from 'chai';
import { NOT_SERVED } from '../../../src/local/operations/not-served.ts';
import { OPERATIONS } from '../../../src/local/operations/table.ts';
import { closeAll, type Local, post, startLocal } from '../../support/local-sdk.ts';

const SENTENCES = /^(?:[A-Z][^.]*\.(?: |$))+$/;
const SIGNATURE = { authorization: 'AWS4-HMAC-SHA256 Credential=local' };

const COMMANDS = Object.keys(sdkModule)
  .filter((name) => /^[A-Z]\w+Command$/.test(name))
  .map((name) => name.replace(/Command$/, ''));

describe('The operations of the AWS SDK', () => {
  it('are served by the local pool, or on the list of those that are not', () => {
    expect(COMMANDS).to.have.length.above(130);
    const known = [...Object.keys(OPERATIONS), ...Object.keys(NOT_SERVED)];
    expect(COMMANDS.filter((name) => !known.includes(name))).to.deep.equal([]);
  });

  it('are not on the list of those that are not served if they are', () => {
    expect(Object.keys(NOT_SERVED).filter((name) => Object.hasOwn(OPERATIONS, name))).to.deep.equal([]);
  });

  it('have a reason or a limitation in sentences, if they have one', () => {
    const limitations = Object.values(OPERATIONS).map(({ limitation }) => limitation);
    const given = [...limitations, ...Object.values(NOT_SERVED)].filter((text) => text !== undefined);
    expect(given).to.have.length.above(20);
    for (const text of given) expect(text).to.match(SENTENCES);
  });
});

describe('An operation that the local pool does not serve', () => {
  let local: Local;
  before(async () => {
    local = await startLocal();
  });
  after(closeAll);

  for (const [name, reason] of Object.entries(NOT_SERVED)) {
    it(`is refused with its name and the reason: ${name}`, async () => {
      const { status, body } = await post(`${local.pool.url}/`, name, {}, SIGNATURE);
      expect(status).to.equal(400);
      expect(body).to.deep.equal({
        __type: 'UnknownOperationException',
        message: `The local user pool does not serve ${name}. ${reason}`,
      });
    });
  }
});

describe('A setting without effect at the local pool', () => {
  afterEach(closeAll);

  it('warns once for each server, if it is made', async () => {
    const heard: string[] = [];
    const hear = ({ message, code }: Error & { code?: string }) => {
      if (code === 'COGNITO_KIT_LOCAL_SETTING') heard.push(message);
    };
    process.on('warning', hear);
    const change = ({ sdk, UserPoolId }: Local) =>
      sdk.setLogDeliveryConfiguration({ UserPoolId, LogConfigurations: [] });
    const first = await startLocal();
    await first.sdk.getLogDeliveryConfiguration({ UserPoolId: first.UserPoolId });
    await first.sdk
      .setLogDeliveryConfiguration({ UserPoolId: 'us-east-1_None', LogConfigurations: [] })
      .catch(String);
    await new Promise((resolve) => setImmediate(resolve));
    expect(heard).to.deep.equal([]);
    await change(first);
    await change(first);
    await change(await startLocal());
    await new Promise((resolve) => setImmediate(resolve));
    process.off('warning', hear);
    const message =
      'The local user pool keeps and returns this setting. The pool delivers no logs. See docs/local-user-pool.md#settings-without-effect';
    expect(heard).to.deep.equal([message, message]);
  });
});
