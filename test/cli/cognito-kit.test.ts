import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { expect } from 'chai';
import { local } from '../../src/cli/local.ts';
import { UsageError } from '../../src/cli/usage-error.ts';
import { closeLambdaServers, startLambdaServer } from '../support/lambda-server.ts';
import { PASSWORD, sdkFor } from '../support/local-sdk.ts';

const CLI = new URL('../../src/cli/cognito-kit.ts', import.meta.url).pathname;

describe('cognito-kit command', () => {
  const running: ChildProcess[] = [];

  function start(...args: string[]): ChildProcess {
    const child = spawn(process.execPath, ['--import', 'tsx', CLI, ...args], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    running.push(child);
    return child;
  }

  async function run(...args: string[]): Promise<{ code: number | null; out: string; err: string }> {
    const child = start(...args);
    const text = { out: '', err: '' };
    child.stdout?.on('data', (chunk) => {
      text.out += chunk;
    });
    child.stderr?.on('data', (chunk) => {
      text.err += chunk;
    });
    const [code] = await once(child, 'close');
    return { code, ...text };
  }

  /** Lines of stdout, one at a time. */
  function linesOf(child: ChildProcess): AsyncIterator<string> {
    if (!child.stdout) throw new Error('stdout is piped');
    return createInterface(child.stdout)[Symbol.asyncIterator]();
  }

  afterEach(() => {
    for (const child of running.splice(0)) child.kill('SIGKILL');
  });

  it('prints its help and its version', async () => {
    const [help, commandHelp, version] = await Promise.all([
      run('--help'),
      run('local', '--help'),
      run('--version'),
    ]);
    expect(help.code).to.equal(0);
    expect(help.out).to.contain('Start a local user pool');
    expect(commandHelp.out).to.contain('--user <email:password[:group,group]>');
    expect(version.out).to.match(/^\d+\.\d+\.\d+\n$/);
  });

  it('exits with 2 and a reason if the command line is invalid', async () => {
    const [none, unknown] = await Promise.all([run(), run('local', '--colour')]);
    expect(none).to.deep.equal({
      code: 2,
      out: '',
      err: 'cognito-kit: a command is missing\nSee "cognito-kit --help".\n',
    });
    expect([unknown.code, unknown.out]).to.deep.equal([2, '']);
    expect(unknown.err).to.contain("cognito-kit: Unknown option '--colour'");
  });

  for (const [fault, args, message] of [
    [
      'a port that is not a number',
      ['--port', 'http'],
      '--port must be a number from 0 to 65535, not "http"',
    ],
    [
      'a logout URL without a callback URL',
      ['--logout-url', 'myapp://bye'],
      '--logout-url requires --callback-url',
    ],
    [
      'a user without a password',
      ['--user', 'ana@example.com'],
      '--user must be email:password[:group,group]',
    ],
    [
      'a password with a colon',
      ['--user', 'ana@example.com:a:b:c'],
      '--user must be email:password[:group,group]',
    ],
    [
      'an address of functions that is no URL',
      ['--lambda-endpoint', 'a:secret@localhost'],
      '--lambda-endpoint must be a URL such as http://127.0.0.1:3001',
    ],
  ] as const) {
    it(`refuses ${fault}`, async () => {
      const outcome = local(args).then(
        () => 'started',
        (error) => (error instanceof UsageError ? error.message : error),
      );
      expect(await outcome).to.equal(message);
    });
  }

  it('exits with 1 if the pool cannot start, without printing the password', async () => {
    const { code, err } = await run('local', '--port', '0', '--user', 'ana@example.com:weak-password');
    expect(code).to.equal(1);
    expect(err).to.equal(
      'cognito-kit: Password did not conform with policy: Password must have uppercase characters\n',
    );
  });

  it('runs the functions of LambdaConfig at --lambda-endpoint', async () => {
    const server = await startLambdaServer();
    const child = start('local', '--port', '0', '--json', '--lambda-endpoint', server.endpoint);
    const { endpoint, userPoolId, clientId } = JSON.parse((await linesOf(child).next()).value);
    const sdk = sdkFor(endpoint);
    const PreSignUp = 'arn:aws:lambda:us-east-1:123456789012:function:f';
    await sdk.updateUserPool({ UserPoolId: userPoolId, LambdaConfig: { PreSignUp } });
    await sdk.signUp({ ClientId: clientId, Username: 'ana@example.com', Password: PASSWORD });
    expect(server.invocations.map(({ event }) => event.triggerSource)).to.deep.equal(['PreSignUp_SignUp']);
    sdk.destroy();
    closeLambdaServers();
    child.kill('SIGINT');
  });

  it('prints the environment variables, then each sent code, and exits with 0 on SIGINT', async () => {
    const child = start('local', '--port', '0', '--secret');
    const lines = linesOf(child);
    const variables: Record<string, string> = {};
    let notice = '';
    for (let line = ''; !line.startsWith('Codes are printed'); line = (await lines.next()).value) {
      const [name = '', value = ''] = line.split('=');
      if (name.startsWith('COGNITO_')) variables[name] = value;
      else notice += line;
    }
    expect(notice).to.contain('for development only');
    expect(variables).to.have.all.keys(
      'COGNITO_USER_POOL_ID',
      'COGNITO_CLIENT_ID',
      'COGNITO_CLIENT_SECRET',
      'COGNITO_ENDPOINT',
    );
    const sdk = sdkFor(variables.COGNITO_ENDPOINT ?? '');
    await sdk.adminCreateUser({
      UserPoolId: variables.COGNITO_USER_POOL_ID,
      Username: 'ana@example.com',
      TemporaryPassword: PASSWORD,
    });
    expect((await lines.next()).value).to.match(/^\S+Z {2}EMAIL to ana@example\.com {2}temporary_password: /);
    sdk.destroy();
    child.kill('SIGINT');
    const [code, signal] = await once(child, 'exit');
    expect([code, signal]).to.deep.equal([0, null]);
  });

  it('prints the ARN of a rotating secret', async () => {
    const child = start('local', '--json', '--port', '0', '--rotating-secret');
    const config = JSON.parse((await linesOf(child).next()).value);
    expect(config.clientSecretArn).to.match(/^arn:aws:secretsmanager:us-east-1:/);
    expect(config).to.not.have.property('clientSecret');
    child.kill('SIGTERM');
    await once(child, 'exit');
  });

  it('serves control over HTTP, unless --no-control is given', async () => {
    const children = [[], ['--no-control']].map((args) => start('local', '--json', '--port', '0', ...args));
    const statuses = await Promise.all(
      children.map(async (child) => {
        const { endpoint } = JSON.parse((await linesOf(child).next()).value);
        return (await fetch(`${endpoint}/_kit`)).status;
      }),
    );
    expect(statuses).to.deep.equal([200, 404]);
  });

  it('prints JSON lines with --json, and accepts IDs, users and URLs as options', async () => {
    const child = start(
      ...['local', '--json', '--port', '0', '--user-pool-id', 'eu-west-1_Shop', '--client-id', 'shop'],
      ...['--user', `ana@example.com:${PASSWORD}:admin,staff`],
      ...[
        '--callback-url',
        'myapp://back',
        '--callback-url',
        'http://localhost/',
        '--logout-url',
        'myapp://bye',
      ],
    );
    const lines = linesOf(child);
    const config = JSON.parse((await lines.next()).value);
    expect(config).to.include({ userPoolId: 'eu-west-1_Shop', clientId: 'shop' });
    expect(config).to.have.all.keys('userPoolId', 'clientId', 'endpoint', 'issuer', 'jwksUri', 'domain');
    const sdk = sdkFor(config.endpoint);
    const { UserPoolClient } = await sdk.describeUserPoolClient({
      UserPoolId: config.userPoolId,
      ClientId: 'shop',
    });
    expect(UserPoolClient).to.deep.include({
      CallbackURLs: ['myapp://back', 'http://localhost/'],
      LogoutURLs: ['myapp://bye'],
    });
    expect((await fetch(`${config.domain}/oauth2/authorize`)).status).to.equal(400);
    const { Groups } = await sdk.adminListGroupsForUser({
      UserPoolId: config.userPoolId,
      Username: 'ana@example.com',
    });
    expect(Groups?.map((group) => group.GroupName)).to.deep.equal(['admin', 'staff']);
    await sdk.signUp({ ClientId: 'shop', Username: 'bo@example.com', Password: PASSWORD });
    expect(JSON.parse((await lines.next()).value)).to.include({ to: 'bo@example.com', kind: 'sign_up' });
    sdk.destroy();
    child.kill('SIGTERM');
    expect((await once(child, 'exit'))[0]).to.equal(0);
  });
});
