import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { expect } from 'chai';
import { describeAll } from '../support/described-pool.ts';
import { closeAll, type Local, sdkFor, startLocal } from '../support/local-sdk.ts';

const CLI = new URL('../../src/cli/cognito-kit.ts', import.meta.url).pathname;
const CREDENTIALS = { AWS_ACCESS_KEY_ID: 'local', AWS_SECRET_ACCESS_KEY: 'local' };

describe('cognito-kit local --like', () => {
  let real: Local;
  let child: ChildProcess | undefined;

  beforeEach(async () => {
    real = await startLocal({
      userPoolId: 'eu-west-1_Shop',
      clientId: 'shop',
      appClient: { GenerateSecret: true, CallbackURLs: ['https://shop.example.com/callback'] },
      pool: { Policies: { PasswordPolicy: { MinimumLength: 20 } } },
    });
    await real.sdk.createGroup({ UserPoolId: real.UserPoolId, GroupName: 'staff' });
    await real.sdk.createUserPoolClient({ UserPoolId: real.UserPoolId, ClientName: 'web' });
  });
  afterEach(async () => {
    child?.kill('SIGKILL');
    await closeAll();
  });

  /** Another local pool stands in for AWS. Neither the settings nor the credentials of a developer are found. */
  function start(credentials: object, ...args: string[]): ChildProcess {
    child = spawn(process.execPath, ['--import', 'tsx', CLI, 'local', '--port', '0', ...args], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: {
        PATH: process.env.PATH,
        HOME: '/nonexistent',
        AWS_EC2_METADATA_DISABLED: 'true',
        AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER: real.pool.url,
        ...credentials,
      },
    });
    return child;
  }

  async function firstLine({ stdout }: ChildProcess): Promise<string> {
    if (!stdout) throw new Error('stdout is piped');
    return (await createInterface(stdout)[Symbol.asyncIterator]().next()).value;
  }

  async function failureOf({ stderr }: ChildProcess): Promise<string> {
    let text = '';
    stderr?.setEncoding('utf8').on('data', (part) => {
      text += part;
    });
    const [code] = child ? await once(child, 'close') : [];
    return `${code} ${/^cognito-kit: .*$/m.exec(text)?.[0]}`;
  }

  it('starts a pool that describes the same as the pool at AWS', async () => {
    const config = JSON.parse(await firstLine(start(CREDENTIALS, '--json', '--like', 'eu-west-1_Shop')));
    expect(config).to.include({ userPoolId: 'eu-west-1_Shop', clientId: 'shop' });
    expect(config.clientSecret).to.not.equal(real.pool.config.clientSecret);
    const sdk = sdkFor(config.endpoint);
    const wanted = await describeAll(real.sdk, real.UserPoolId);
    expect(await describeAll(sdk, 'eu-west-1_Shop')).to.deep.equal(wanted);
    sdk.destroy();
  });

  it('adds URLs to the app client that --client-id selects', async () => {
    const urls = ['--callback-url', 'http://localhost:3000/callback', '--client-id', 'shop'];
    const child = start(CREDENTIALS, '--json', '--like', 'eu-west-1_Shop', ...urls);
    const sdk = sdkFor(JSON.parse(await firstLine(child)).endpoint);
    const { UserPoolClient } = await sdk.describeUserPoolClient({
      UserPoolId: 'eu-west-1_Shop',
      ClientId: 'shop',
    });
    expect(UserPoolClient?.CallbackURLs).to.deep.equal([
      'https://shop.example.com/callback',
      'http://localhost:3000/callback',
    ]);
    sdk.destroy();
  });

  it('says in its output what was copied, and that users and secrets were not', async () => {
    const { stdout } = start(CREDENTIALS, '--like', 'eu-west-1_Shop');
    let text = '';
    for await (const part of stdout ?? []) {
      text += part;
      if (text.includes('Codes are printed')) break;
    }
    expect(text).to.include(
      'Settings are those of eu-west-1_Shop: 2 app clients, 1 group, 0 identity providers, 0 resource servers, 0 domains.\nUsers and secrets were not copied. App clients have new secrets.\n',
    );
    expect(text)
      .to.match(/^ {2}shop {2}local {2}secret: \w{40,}$/m)
      .and.match(/^ {2}\w{26} {2}web$/m);
  });

  it('ends with a reason without credentials, and for an unknown pool', async () => {
    expect(await failureOf(start({}, '--like', 'eu-west-1_Shop'))).to.equal(
      '1 cognito-kit: The settings of eu-west-1_Shop cannot be read: AWS credentials are missing, invalid or expired (CredentialsProviderError). Set AWS_PROFILE, sign in with "aws sso login", or set AWS_ACCESS_KEY_ID.',
    );
    expect(await failureOf(start(CREDENTIALS, '--like', 'eu-west-1_Other'))).to.include(
      'there is no such user pool in eu-west-1 for the account of these credentials',
    );
  });
});
