import { expect } from 'chai';
import { sdkOfCaller, withCaller } from '../../../src/local/triggers/caller.ts';

describe('Local pool: awsSdkVersion of trigger events', () => {
  const versionFor = (headers: Record<string, string>): string => withCaller(headers, sdkOfCaller);

  for (const [agent, version] of [
    ['aws-sdk-js/3.1169.0 ua/2.1 os/linux#6.1', 'aws-sdk-js-3.1169.0'],
    ['aws-sdk-nodejs/2.1055.0 linux/v16.1.0', 'aws-sdk-js-2.1055.0'],
    ['aws-sdk-java/2.20.43 Linux/5.4', 'aws-sdk-java-2.20.43'],
    ['aws-amplify/6.0.0 auth/3', 'aws-sdk-unknown-unknown'],
    [`aws-sdk-js/${'1'.repeat(40)}`, `aws-sdk-js-${'1'.repeat(31)}`],
  ] as const) {
    it(`is ${version} for the User-Agent ${agent.slice(0, 40)}`, () => {
      expect(versionFor({ 'user-agent': agent })).to.equal(version);
    });
  }

  it('is read from X-Amz-User-Agent first, because a browser keeps its own User-Agent', () => {
    const agents = { 'user-agent': 'Mozilla/5.0', 'x-amz-user-agent': 'aws-sdk-js/2.1055.0 callback' };
    expect(versionFor(agents)).to.equal('aws-sdk-js-2.1055.0');
  });

  it('is unknown outside a request', () => {
    expect(sdkOfCaller()).to.equal('aws-sdk-unknown-unknown');
  });
});
