import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { expect } from 'chai';
import type { LocalUserPoolOptions } from '../../../src/local/local-user-pool.ts';
import { collectGarbage } from '../../support/collect-garbage.ts';
import { freePort } from '../../support/free-port.ts';
import { closeLambdaServers, startLambdaServer } from '../../support/lambda-server.ts';
import {
  ANA,
  claimsOf,
  closeAll,
  type Local,
  outcomeOf,
  PASSWORD,
  SDK_IN_EVENTS,
  signIn,
  startLocal,
} from '../../support/local-sdk.ts';

const ARN = 'arn:aws:lambda:eu-west-1:123456789012:function:before-sign-up';
const pool = { LambdaConfig: { PreSignUp: ARN } };

const signUp = ({ sdk, ClientId }: Local) =>
  sdk.signUp({
    ClientId,
    Username: ANA,
    Password: PASSWORD,
    ClientMetadata: { from: 'app' },
    ValidationData: [{ Name: 'invite', Value: '7' }],
  });

/** Runs a call, and returns the messages of the warnings about triggers. */
async function warningsOf(call: () => Promise<unknown>): Promise<string[]> {
  const messages: string[] = [];
  const hear = (warning: Error & { code?: string }) => {
    if (warning.code === 'COGNITO_KIT_LOCAL_TRIGGER') messages.push(warning.message);
  };
  process.on('warning', hear);
  await call();
  await new Promise((resolve) => setImmediate(resolve));
  process.off('warning', hear);
  return messages;
}

describe('The option lambdaEndpoint', () => {
  afterEach(async () => {
    await closeAll();
    closeLambdaServers();
  });

  it('invokes the function of an ARN through the Lambda Invoke API', async () => {
    const server = await startLambdaServer((event) => ({
      ...event,
      response: { ...event.response, autoConfirmUser: true },
    }));
    const local = await startLocal({ lambdaEndpoint: `${server.endpoint}/`, pool });
    expect((await signUp(local)).UserConfirmed).to.equal(true);
    const [{ path, headers, event } = expect.fail('not invoked')] = server.invocations;
    expect(path).to.equal('/2015-03-31/functions/before-sign-up/invocations');
    expect(headers['x-amz-invocation-type']).to.equal('RequestResponse');
    expect(headers['content-type']).to.equal('application/json');
    expect(headers.authorization).to.match(
      /^AWS4-HMAC-SHA256 Credential=123456789012\/\d{8}\/eu-west-1\/lambda\/aws4_request, /,
    );
    const { userName, ...rest } = event;
    expect(userName).to.match(/^[\da-f-]{36}$/);
    expect(rest).to.deep.equal({
      version: '1',
      triggerSource: 'PreSignUp_SignUp',
      region: 'us-east-1',
      userPoolId: local.UserPoolId,
      callerContext: { awsSdkVersion: SDK_IN_EVENTS, clientId: local.ClientId },
      request: {
        userAttributes: { email: ANA },
        validationData: { invite: '7' },
        clientMetadata: { from: 'app' },
      },
      response: { autoConfirmUser: false, autoVerifyEmail: false, autoVerifyPhone: false },
    });
  });

  it('keeps the qualifier of an ARN, and the ARN of a trigger with a version', async () => {
    const server = await startLambdaServer((event) => {
      event.response.claimsAndScopeOverrideDetails = {
        idTokenGeneration: { claimsToAddOrOverride: { plan: 'gold' } },
      };
      return event;
    });
    const LambdaArn = 'arn:aws:lambda:us-east-1:123456789012:function:tokens:live';
    const local = await startLocal({
      lambdaEndpoint: server.endpoint,
      pool: { LambdaConfig: { PreTokenGenerationConfig: { LambdaVersion: 'V2_0', LambdaArn } } },
      users: [{ username: ANA, password: PASSWORD }],
    });
    const { AuthenticationResult } = await signIn(local);
    expect(claimsOf(AuthenticationResult?.IdToken).plan).to.equal('gold');
    expect(server.invocations.map(({ path }) => path)).to.deep.equal([
      '/2015-03-31/functions/tokens/invocations?Qualifier=live',
    ]);
  });

  it('runs a function of the option triggers before the ARN', async () => {
    const server = await startLambdaServer();
    let runs = 0;
    const triggers: LocalUserPoolOptions['triggers'] = {
      preSignUp: (event) => {
        runs += 1;
        return event;
      },
    };
    await signUp(await startLocal({ lambdaEndpoint: server.endpoint, pool, triggers }));
    expect([runs, server.invocations.length]).to.deep.equal([1, 0]);
  });

  for (const [what, header] of [
    ['with the header X-Amz-Function-Error', 'Unhandled'],
    ['without the header', undefined],
  ] as const) {
    it(`refuses with the errorMessage of a function that failed, ${what}`, async () => {
      const server = await startLambdaServer((_event, res) => {
        if (header) res.setHeader('X-Amz-Function-Error', header);
        // A member of an error object can have the name of a member of an event.
        const members = header ? { response: {} } : {};
        return { errorMessage: 'No invitation', errorType: 'Error', trace: [], ...members };
      });
      const local = await startLocal({ lambdaEndpoint: server.endpoint, pool });
      expect(await outcomeOf(signUp(local))).to.equal(
        'UserLambdaValidationException: PreSignUp failed with error No invitation.',
      );
    });
  }

  const answers: readonly (readonly [
    what: string,
    status: number,
    body: string,
    outcome: string,
    warning: string,
  ])[] = [
    [
      'knows no such function',
      404,
      '{"Type":"User","Message":"Function not found"}',
      'UnexpectedLambdaException: PreSignUp invocation failed due to error ResourceNotFoundException.',
      `has no function ${ARN} (404). Deploy a function of the name "before-sign-up" there`,
    ],
    [
      'fails',
      500,
      '{"Type":"Service"}',
      'UnexpectedLambdaException: PreSignUp invocation failed due to error ServiceException.',
      'answered 500. Look at the log of that server',
    ],
    [
      'answers with a page',
      200,
      '<html></html>',
      'InvalidLambdaResponseException: Invalid lambda function output : Invalid JSON',
      'text that is not JSON. Check that lambdaEndpoint is a server of the Lambda Invoke API',
    ],
    [
      'answers null, because the function returned nothing',
      200,
      'null',
      'InvalidLambdaResponseException: Invalid lambda function output : Invalid JSON',
      'returned nothing. Return the event from the function',
    ],
  ];
  for (const [what, status, body, outcome, warning] of answers) {
    it(`answers in Cognito's words and warns of the cause if the server ${what}`, async () => {
      const server = await startLambdaServer((_event, res) => {
        res.statusCode = status;
        res.end(body);
      });
      const local = await startLocal({ lambdaEndpoint: server.endpoint, pool });
      let refused = '';
      const warnings = await warningsOf(async () => {
        refused = await outcomeOf(signUp(local));
      });
      expect(refused).to.equal(outcome);
      expect(warnings).to.have.length(1);
      expect(warnings[0]).to.contain(warning);
      expect(warnings[0]).to.match(
        /See docs\/local-user-pool\.md#(functions-in-another-process|lambda-triggers)$/,
      );
      expect(warnings[0]).to.not.contain(PASSWORD);
    });
  }

  it('warns of the qualifier if the server refuses it', async () => {
    const server = await startLambdaServer((_event, res) => {
      res.statusCode = 400;
      return { Type: 'User', Message: 'Query Parameters are not supported' };
    });
    const LambdaConfig = { PreSignUp: `${ARN}:live` };
    const local = await startLocal({ lambdaEndpoint: server.endpoint, pool: { LambdaConfig } });
    const [warning] = await warningsOf(() => outcomeOf(signUp(local)));
    expect(warning).to.contain('answered 400. Remove the qualifier "live" from the ARN');
  });

  it("answers in Cognito's words and warns if no server listens there", async () => {
    const lambdaEndpoint = `http://127.0.0.1:${await freePort()}`;
    const local = await startLocal({ lambdaEndpoint, pool });
    let refused = '';
    const [warning] = await warningsOf(async () => {
      refused = await outcomeOf(signUp(local));
    });
    expect(refused).to.equal(
      'UnexpectedLambdaException: PreSignUp invocation failed due to error ServiceException.',
    );
    expect(warning).to.contain(`${lambdaEndpoint} cannot be reached (ECONNREFUSED)`);
  });

  it('invokes a function again after 5 s without an answer', async () => {
    const server = await startLambdaServer((event) => (server.invocations.length === 1 ? undefined : event));
    const local = await startLocal({ lambdaEndpoint: server.endpoint, pool });
    expect(await outcomeOf(signUp(local))).to.equal('ok');
    expect(server.invocations).to.have.length(2);
  });

  it('refuses the request after three attempts without an answer', async () => {
    const server = await startLambdaServer(() => undefined);
    const local = await startLocal({ lambdaEndpoint: server.endpoint, pool });
    let refused = '';
    const collecting = setInterval(collectGarbage, 500);
    const [warning] = await warningsOf(async () => {
      refused = await outcomeOf(signUp(local));
    });
    clearInterval(collecting);
    expect(refused).to.equal(
      'UnexpectedLambdaException: PreSignUp invocation failed due to error Socket timeout while invoking Lambda function.',
    );
    expect(warning).to.contain('gave no answer within 5 s, 3 times');
    expect(server.invocations).to.have.length(3);
  });

  it('ends its invocations when the pool closes, without a warning', async () => {
    let invoked: (res: ServerResponse) => void = () => undefined;
    const arrived = new Promise<ServerResponse>((resolve) => {
      invoked = resolve;
    });
    const server = await startLambdaServer((_event, res) => invoked(res));
    const local = await startLocal({ lambdaEndpoint: server.endpoint, pool });
    const refused = outcomeOf(signUp(local));
    const ended = once(await arrived, 'close');
    const warnings = await warningsOf(async () => {
      await local.pool.close();
      await ended;
      await refused;
    });
    expect(warnings).to.deep.equal([]);
    expect(server.invocations).to.have.length(1);
  });

  for (const lambdaEndpoint of [
    'localhost:3001',
    'ftp://localhost',
    'http://a:b@localhost',
    'http://h/?x=1',
  ]) {
    it(`refuses "${lambdaEndpoint}"`, async () => {
      const refused = await outcomeOf(startLocal({ lambdaEndpoint }));
      expect(refused).to.match(/^TypeError: .*lambdaEndpoint is not in the expected form; write/);
      expect(refused).to.not.contain(lambdaEndpoint);
    });
  }
});
