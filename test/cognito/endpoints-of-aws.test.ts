import { createServer } from 'node:http';
import { expect } from 'chai';
import { createCognitoClient } from '../../src/cognito/client.ts';
import { trustedPool } from '../../src/cognito/trusted-pool.ts';
import { parseConfig } from '../../src/config/settings.ts';
import { createCognitoRouter } from '../../src/router.ts';
import { StopSignal } from '../../src/shared/deadline.ts';
import { expectStatus, listen, PASSWORD, startKit } from '../support/helpers.ts';
import { captureLog } from '../support/log-capture.ts';

const POOL = { userPoolId: 'us-east-1_AbCdEfGhI', clientId: 'abc123' };
const AWS_ISSUERS = [
  'https://cognito-idp.us-east-1.amazonaws.com/us-east-1_AbCdEfGhI',
  'https://issuer-cognito-idp.us-east-1.amazonaws.com/us-east-1_AbCdEfGhI',
];
const issuersOf = (endpoint: string): string[] =>
  trustedPool({ userPoolId: POOL.userPoolId, clientIds: null, endpoint }).issuers.map(({ issuer }) => issuer);

describe("An endpoint that is one of AWS's own names", () => {
  for (const [endpoint, region] of [
    ['https://cognito-idp.us-east-1.amazonaws.com', 'us-east-1'],
    ['https://cognito-idp-fips.us-east-1.amazonaws.com/', 'us-east-1'],
    ['https://cognito-idp.us-east-1.api.aws', 'us-east-1'],
    ['https://vpce-0a1b2c-xyz.cognito-idp.us-east-1.vpce.amazonaws.com', 'us-east-1'],
    ['https://vpce-0a1b2c-xyz-us-east-1a.cognito-idp.us-east-1.vpce.amazonaws.com', 'us-east-1'],
    ['https://cognito-idp.eu-west-1.amazonaws.com', 'eu-west-1'],
    ['https://cognito-idp.eusc-de-east-1.amazonaws.eu', 'eusc-de-east-1'],
  ] as const) {
    it(`keeps the issuers of AWS, and signs for its region: ${endpoint} (case B7)`, () => {
      expect(issuersOf(endpoint)).to.deep.equal(AWS_ISSUERS);
      expect(parseConfig({ ...POOL, endpoint }).region).to.equal(region);
    });
  }

  for (const endpoint of [
    'http://127.0.0.1:9229',
    'https://cognito-idp.us-east-1.amazonaws.com.evil.example',
    'https://evil.example/cognito-idp.us-east-1.amazonaws.com',
    'https://x.execute-api.us-east-1.amazonaws.com',
    'https://cognito-idp.us-east-1.amazonaws.com/proxy',
  ]) {
    it(`is not ${endpoint}, which issues its own tokens`, () => {
      expect(issuersOf(endpoint)).to.deep.equal([`${endpoint}/us-east-1_AbCdEfGhI`]);
    });
  }

  it('has the suffix of the European Sovereign Cloud for its API, and that of AWS for its issuers', () => {
    const userPoolId = 'eusc-de-east-1_AbCdEfGhI';
    expect(parseConfig({ ...POOL, userPoolId }).cognitoHost).to.equal(
      'cognito-idp.eusc-de-east-1.amazonaws.eu',
    );
    expect(trustedPool({ userPoolId, clientIds: null }).issuers[0]?.issuer).to.equal(
      `https://cognito-idp.eusc-de-east-1.amazonaws.com/${userPoolId}`,
    );
  });
});

describe('AWS_ENDPOINT_URL in the environment', () => {
  const NAMES = ['AWS_ENDPOINT_URL', 'AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER'] as const;
  const log = captureLog();

  beforeEach(() => log.clear());
  afterEach(() => {
    for (const name of NAMES) delete process.env[name];
  });

  for (const name of NAMES) {
    it(`gets no call, and so no password: ${name} (case A14)`, async () => {
      let calls = 0;
      const emulator = await listen(createServer((_req, res) => void res.end(String(calls++))));
      process.env[name] = emulator.url;
      const client = createCognitoClient(parseConfig({ ...POOL, timeouts: { connect: 50, call: 50 } }));
      const { CognitoIdentityProviderClient } = await import('@aws-sdk/client-cognito-identity-provider');
      const hosts: string[] = [];
      const { send } = CognitoIdentityProviderClient.prototype;
      CognitoIdentityProviderClient.prototype.send = function sendNowhere(this: never, ...args: never[]) {
        const { requestHandler } = (this as { config: { requestHandler: { handle: unknown } } }).config;
        requestHandler.handle = async ({ hostname }: { hostname: string }) => {
          hosts.push(hostname);
          throw new Error('not sent');
        };
        return send.apply(this, args as never) as never;
      } as never;
      try {
        const call = client.send(
          'GetUser',
          { AccessToken: 'x' },
          { signal: new StopSignal(), safeToRepeat: false },
        );
        await call.catch(() => undefined);
      } finally {
        CognitoIdentityProviderClient.prototype.send = send;
        await emulator.close();
      }
      expect(hosts).to.deep.equal(['cognito-idp.us-east-1.amazonaws.com']);
      expect(calls).to.equal(0);
    });

    it(`is a warning at the start that names the variable: ${name} (case A14)`, async () => {
      process.env[name] = 'http://127.0.0.1:4566';
      const auth = createCognitoRouter({ ...POOL, logger: log.logger });
      expect(log.lines()).to.have.lengthOf(1);
      expect(log.lines()[0]).to.include({ level: 40, code: 'endpoint_ignored', msg: `${name} is ignored` });
      expect(log.lines()[0]?.hint).to.include('calls go to cognito-idp.us-east-1.amazonaws.com');
      await auth.close();
    });
  }

  it('changes nothing for a router with an endpoint of its own', async () => {
    process.env.AWS_ENDPOINT_URL = 'http://127.0.0.1:1';
    const kit = await startKit({
      pool: { users: [{ username: 'ada@example.com', password: PASSWORD }] },
      config: { logger: log.logger },
    });
    expectStatus(await kit.post('/sign-in', { email: 'ada@example.com', password: PASSWORD }), 200);
    expect(log.lines().filter(({ level }) => level === 40)).to.deep.equal([]);
    await kit.close();
  });
});
