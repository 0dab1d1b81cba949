import { expect } from 'chai';
import { type FakeCognito, fail, startFakeCognito } from '../support/fake-cognito.ts';
import { expectProblem, expectStatus } from '../support/helpers.ts';
import { captureLog } from '../support/log-capture.ts';

const ID = '7a1b2c3d-0000-4e5f-8a9b-0c1d2e3f4a5b';

describe("AWS's request ID", () => {
  let fake: FakeCognito;
  const log = captureLog();
  before(async () => {
    fake = await startFakeCognito();
  });
  after(() => fake.close());
  beforeEach(() => log.clear());

  const lineOf = (): Record<string, unknown> | undefined =>
    log.lines().find(({ endpoint }) => endpoint === 'signIn');

  for (const sdkMiddleware of [false, true]) {
    const way = sdkMiddleware ? "through the SDK's middleware" : 'directly';
    for (const [name, code] of [
      ['NotAuthorizedException', 'invalid_credentials'],
      ['FooException', 'upstream_error'],
    ] as const) {
      it(`is in the log of a call that failed ${way}, and in no answer: ${name}`, async () => {
        fake.answer = (request, res) => {
          res.setHeader('x-amzn-requestid', ID);
          fail(name, 'words')(request, res);
        };
        const response = expectProblem(
          await fake.app({ logger: log.logger, sdkMiddleware }).call('signIn'),
          code,
        );
        expect(lineOf()).to.include({ awsRequestId: ID });
        expect(JSON.stringify([response.headers, response.body])).to.not.include(ID);
      });
    }
  }

  it('is left out if another server sends anything else in its place', async () => {
    fake.answer = (request, res) => {
      res.setHeader('x-amzn-requestid', 'name=ada@example.com');
      fail('NotAuthorizedException', 'words')(request, res);
    };
    await fake.app({ logger: log.logger }).call('signIn');
    expect(lineOf()).to.not.have.property('awsRequestId');
  });

  it('is left out of the log of a success', async () => {
    fake.answer = (_request, res) => void res.setHeader('x-amzn-requestid', ID).end('{}');
    expectStatus(await fake.app({ logger: log.logger }).call('signOut'), 200);
    expect(log.text()).to.not.include(ID);
  });
});
