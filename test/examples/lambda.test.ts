import { expect } from 'chai';
import express from 'express';
import { createCognitoRouter } from 'express-cognito-kit';
import { type LocalUserPool, startLocalUserPool } from 'express-cognito-kit/local';
import serverless from 'serverless-http';
import { captureLog } from '../support/log-capture.ts';

const ADA = { email: 'ada@example.com', password: 'Analytical-1843' };
const SAME_ORIGIN = { 'sec-fetch-site': 'same-origin' };

/** A response in API Gateway's payload format 2.0. */
interface GatewayResponse {
  readonly statusCode: number;
  readonly headers: Record<string, string>;
  readonly cookies: readonly string[];
  readonly body: string;
  readonly isBase64Encoded: boolean;
}

interface Call {
  readonly body?: object;
  readonly encoding?: 'utf8' | 'base64';
  readonly cookies?: readonly string[];
  readonly headers?: Record<string, string>;
}

describe('Example lambda.ts', () => {
  let pool: LocalUserPool;
  let handler: (event: object, context: object) => Promise<object>;
  const env = { ...process.env };

  before(async () => {
    pool = await startLocalUserPool({
      quiet: true,
      users: [{ username: ADA.email, password: ADA.password }],
    });
    process.env.COGNITO_USER_POOL_ID = pool.config.userPoolId;
    process.env.COGNITO_CLIENT_ID = pool.config.clientId;
    process.env.COGNITO_ENDPOINT = pool.config.endpoint;
    ({ handler } = await import('../../examples/lambda.ts'));
  });
  after(async () => {
    process.env = env;
    await pool.close();
  });

  const invoke = async (method: string, path: string, call: Call = {}): Promise<GatewayResponse> =>
    (await handler(eventOf(method, path, call), {})) as GatewayResponse;

  /** Returns an event in API Gateway's payload format 2.0. */
  function eventOf(method: string, path: string, call: Call): object {
    const { body, encoding = 'utf8', cookies, headers } = call;
    const text = body && JSON.stringify(body);
    return {
      version: '2.0',
      routeKey: '$default',
      rawPath: path,
      rawQueryString: '',
      ...(cookies && { cookies }),
      headers: {
        host: 'abc123.execute-api.us-east-1.amazonaws.com',
        'x-forwarded-for': '192.0.2.7',
        ...(text !== undefined && { 'content-type': 'application/json' }),
        ...SAME_ORIGIN,
        ...headers,
      },
      requestContext: {
        requestId: 'JKJaXmPLvHcESHA=',
        domainName: 'abc123.execute-api.us-east-1.amazonaws.com',
        http: { method, path, protocol: 'HTTP/1.1', sourceIp: '192.0.2.7', userAgent: 'agent' },
      },
      ...(text !== undefined && { body: Buffer.from(text).toString(encoding) }),
      isBase64Encoded: text !== undefined && encoding === 'base64',
    };
  }

  const sent = ({ cookies }: GatewayResponse): string[] =>
    cookies.filter((line) => !line.includes('Max-Age=0')).map((line) => line.split(';')[0] ?? '');

  for (const encoding of ['utf8', 'base64'] as const) {
    it(`signs in with a body in ${encoding}, and answers each cookie as one of a list`, async () => {
      const signedIn = await invoke('POST', '/auth/sign-in', { body: ADA, encoding });
      expect(signedIn.statusCode, signedIn.body).to.equal(200);
      expect(JSON.parse(signedIn.body)).to.include({ status: 'complete' });
      const names = sent(signedIn).map((pair) => pair.split('=')[0]);
      expect(names).to.include.members(['__Host-auth-access', '__Host-auth-refresh']);
      expect(signedIn.headers).to.not.have.property('set-cookie');

      const cookies = sent(signedIn);
      expect((await invoke('GET', '/reports', { cookies })).statusCode).to.equal(200);
      expect((await invoke('POST', '/auth/sign-out', { body: {}, cookies })).statusCode).to.equal(200);
      expect((await invoke('GET', '/reports', { cookies })).statusCode).to.equal(401);
    });
  }

  it('refreshes an expired session by the cookies of the invocation', async () => {
    const cookies = sent(await invoke('POST', '/auth/sign-in', { body: ADA }));
    const refresh = cookies.filter((pair) => pair.startsWith('__Host-auth-refresh='));
    const answer = await invoke('GET', '/reports', { cookies: refresh });
    expect(answer.statusCode).to.equal(200);
    expect(sent(answer).join()).to.include('__Host-auth-access=');
  });

  it('takes the address that API Gateway appends, not one that a client writes', async () => {
    const { logger, text } = captureLog();
    const app = express().set('trust proxy', 1);
    const addresses: (string | undefined)[] = [];
    const auth = createCognitoRouter({ logger, onEvent: ({ ip }) => void addresses.push(ip) });
    const run = serverless(app.use('/auth', auth));
    const spoofed = { 'x-forwarded-for': '198.51.100.1, 192.0.2.7' };
    await run(eventOf('POST', '/auth/sign-in', { body: ADA, headers: spoofed }), {});
    expect(addresses).to.deep.equal(['192.0.2.7']);
    expect(text()).to.not.include('trust_proxy');
    await auth.close();
  });

  it('waits with idle() for the call that follows the response', async () => {
    const auth = createCognitoRouter({ logger: false });
    const run = serverless(express().set('trust proxy', 1).use('/auth', auth));
    const account = { email: 'new@example.com', password: ADA.password };
    const signUp = (): Promise<object> => run(eventOf('POST', '/auth/sign-up', { body: account }), {});
    const codes = (): number => pool.inbox.list({ to: account.email }).length;
    await signUp();
    await auth.idle();
    expect(codes()).to.equal(1);
    await signUp();
    const before = codes();
    await auth.idle();
    expect([before, codes()]).to.deep.equal([1, 2]);
    await auth.close();
  });

  it('answers cookies to events of a REST API and of a load balancer', async () => {
    const body = JSON.stringify(ADA);
    const headers = { host: 'example.com', 'content-type': 'application/json', ...SAME_ORIGIN };
    const multiValueHeaders = Object.fromEntries(
      Object.entries(headers).map(([name, value]) => [name, [value]]),
    );
    const common = {
      httpMethod: 'POST',
      path: '/auth/sign-in',
      body,
      isBase64Encoded: false,
      multiValueHeaders,
    };
    const rest = { ...common, headers, requestContext: { identity: { sourceIp: '192.0.2.7' } } };
    const balancer = {
      ...common,
      headers: {},
      requestContext: { elb: { targetGroupArn: 'arn' }, identity: { sourceIp: '192.0.2.7' } },
    };
    for (const event of [rest, balancer]) {
      const response = (await handler(event, {})) as GatewayResponse & {
        readonly multiValueHeaders: { readonly 'set-cookie': readonly string[] };
      };
      expect(response.statusCode, response.body).to.equal(200);
      const names = response.multiValueHeaders['set-cookie'].map((line) => line.split('=')[0]);
      expect(names).to.include.members(['__Host-auth-access', '__Host-auth-refresh']);
    }
  });

  it('answers problems and refuses cross-site requests', async () => {
    const wrong = await invoke('POST', '/auth/sign-in', { body: { ...ADA, password: 'wrong' } });
    expect([wrong.statusCode, JSON.parse(wrong.body).code]).to.deep.equal([401, 'invalid_credentials']);
    const headers = { 'sec-fetch-site': 'cross-site', origin: 'https://evil.example' };
    const refused = await invoke('POST', '/auth/sign-in', { body: ADA, headers });
    expect(JSON.parse(refused.body).code).to.equal('cross_site_request');
    const broken = await invoke('POST', '/auth/sign-in', { headers: { 'content-type': 'application/json' } });
    expect(broken.statusCode).to.equal(400);
  });
});
