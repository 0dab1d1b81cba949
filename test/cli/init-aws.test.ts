import { mkdirSync, renameSync, statSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import type { CognitoIdentityProvider } from '@aws-sdk/client-cognito-identity-provider';
import { expect } from 'chai';
import { type LocalUserPool, startLocalUserPool } from '../../src/local/local-user-pool.ts';
import { awsCommands, CREDENTIALS, InitFolder, runAwsCommands } from '../support/init-command.ts';
import { sdkFor } from '../support/local-sdk.ts';

const REGION = 'eu-west-1';

describe('cognito-kit init at AWS', () => {
  let pool: LocalUserPool;
  let sdk: CognitoIdentityProvider;
  let folder: InitFolder;
  let env: NodeJS.ProcessEnv;

  before(async () => {
    pool = await startLocalUserPool({ quiet: true });
    sdk = sdkFor(pool.url, REGION);
    env = { ...CREDENTIALS, AWS_REGION: REGION, AWS_ENDPOINT_URL: pool.url };
  });
  after(async () => {
    sdk.destroy();
    await pool.close();
  });
  beforeEach(async () => {
    folder = await InitFolder.create();
    pool.requests.clear();
  });
  afterEach(async () => {
    pool.faults.clear();
    await folder.remove();
  });

  /** The calls that the pool received, each with its error. */
  function calls(): string[] {
    return pool.requests.list().map(({ name, error }) => (error === undefined ? name : `${name}: ${error}`));
  }

  async function poolNames(): Promise<string[]> {
    const { UserPools = [] } = await sdk.listUserPools({ MaxResults: 60 });
    return UserPools.map(({ Name = '' }) => Name);
  }

  it('creates a pool, an app client and a domain, and writes their ids and the secret to .env alone', async () => {
    const args = ['--yes', '--name', 'shop', '--domain-prefix', 'shop', '--transport', 'cookies'];
    const { code, stdout, stderr } = await folder.init(args, env);
    expect(stderr).to.equal('');
    expect(code).to.equal(0);
    expect(calls()).to.deep.equal([
      'CreateUserPool',
      'SetUserPoolMfaConfig',
      'CreateUserPoolClient',
      'CreateUserPoolDomain',
      'CreateManagedLoginBranding',
    ]);
    const variables = folder.variables();
    const { COGNITO_USER_POOL_ID: UserPoolId, COGNITO_CLIENT_ID: ClientId } = variables;
    const { UserPoolClient } = await sdk.describeUserPoolClient({ UserPoolId, ClientId });
    expect(UserPoolClient).to.include({ ClientName: 'shop', ClientSecret: variables.COGNITO_CLIENT_SECRET });
    expect(Object.keys(variables)).to.have.members([
      'COGNITO_USER_POOL_ID',
      'COGNITO_CLIENT_ID',
      'COGNITO_CLIENT_SECRET',
      'COGNITO_ENDPOINT',
      'COOKIE_SECRET',
    ]);
    expect(variables.COOKIE_SECRET).to.have.length.of.at.least(43);
    expect(statSync(join(folder.path, '.env')).mode & 0o777).to.equal(0o600);
    expect(folder.list()).to.deep.equal(['.env', '.gitignore']);
    expect(folder.read('.gitignore').split('\n')).to.include('.env*');
    for (const secret of [variables.COGNITO_CLIENT_SECRET, variables.COOKIE_SECRET])
      expect(stdout + stderr).to.not.include(secret);
    expect(stdout).to.include('COGNITO_CLIENT_SECRET=<secret>');
    expect(stdout).to.include(
      "import { createCognitoRouter } from 'express-cognito-kit';\napp.use('/auth', ",
    );
    expect(stdout).to.include("redirectUri: 'http://localhost:3000/auth/callback'");
    expect(stdout).to.include('node --env-file=.env server.js');
  });

  it('prints commands that undo it', async () => {
    const { stdout } = await folder.init(['--yes', '--name', 'undone', '--domain-prefix', 'undone'], env);
    expect(await poolNames()).to.include('undone');
    await runAwsCommands(sdk, awsCommands(stdout));
    expect(await poolNames()).to.not.include('undone');
    expect((await sdk.describeUserPoolDomain({ Domain: 'undone' })).DomainDescription).to.not.have.property(
      'Domain',
    );
    expect(stdout).to.match(/^ {2}rm \.env \.gitignore$/m);
  });

  it('tells the limit of e-mail, which the doctor then takes as accepted', async () => {
    const { stdout } = await folder.init(['--yes'], env);
    const limit =
      'at most 50 messages a day for the whole AWS account.\nBefore going live, verify an identity';
    expect(stdout.split(limit), 'in the plan, and at the end').to.have.lengthOf(3);
    expect(await folder.doctor([], { AWS_ENDPOINT_URL: pool.url })).to.deep.equal([]);
    const { UserPool } = await sdk.describeUserPool({ UserPoolId: folder.variables().COGNITO_USER_POOL_ID });
    expect(UserPool?.UserPoolTags).to.deep.equal({ cognitoKitAccepts: 'pool-email-sender' });
  });

  for (const [name, args] of [
    ['passkeys', ['--passkeys', 'example.com']],
    ['managed login', ['--domain-prefix', 'doctored']],
    ['required MFA and cookies', ['--mfa', 'required', '--transport', 'cookies']],
    ['usernames and no secret', ['--sign-in-with', 'username', '--no-secret', '--no-self-sign-up']],
    ['remembered devices', ['--remember-devices', '--transport', 'cookies']],
  ] as const)
    it(`makes a pool and options in which the doctor finds nothing, for ${name}`, async () => {
      const identity = `arn:aws:ses:${REGION}:123456789012:identity/example.com`;
      const sender = ['--email-sender', 'a@example.com', '--email-identity', identity];
      const { code, stdout, stderr } = await folder.init(
        ['--yes', '--app', '--no-install', ...args, ...sender],
        env,
      );
      expect([code, stderr]).to.deep.equal([0, '']);
      expect(stdout).to.not.include('50 messages');
      const found = await folder.doctor(['--config', 'auth-config.js'], { AWS_ENDPOINT_URL: pool.url });
      expect(found).to.deep.equal(['not checked: email-sandbox', 'not checked: email-identity']);
    });

  it('calls and writes nothing with --dry-run', async () => {
    const args = ['--dry-run', '--app', '--transport', 'cookies', '--domain-prefix', 'dry'];
    const { code, stdout } = await folder.init(args, env);
    expect(code).to.equal(0);
    expect(calls()).to.deep.equal([]);
    expect(folder.list()).to.deep.equal([]);
    expect(stdout).to.include(`At AWS in ${REGION}`);
    for (const part of [
      "PoolName: 'my-app'",
      'ALLOW_USER_PASSWORD_AUTH',
      "CreateUserPoolDomain { Domain: 'dry', ManagedLoginVersion: 2 }",
      'CreateManagedLoginBranding { UseCognitoProvidedValues: true }',
      'COGNITO_CLIENT_SECRET=<secret>',
      'COOKIE_SECRET=<secret>',
      'public/index.html',
    ])
      expect(stdout).to.include(part);
  });

  it('creates no second pool for a .env that has one', async () => {
    await folder.init(['--yes'], env);
    const before = folder.read('.env');
    pool.requests.clear();
    const { code, stderr } = await folder.init(['--yes'], env);
    expect(code).to.equal(1);
    expect(stderr).to.include(`.env has the user pool ${folder.variables().COGNITO_USER_POOL_ID} already`);
    expect(calls()).to.deep.equal([]);
    expect(folder.read('.env')).to.equal(before);
    const other = await folder.init(['--yes', '--env', '.env.staging'], env);
    expect(other.code).to.equal(0);
    expect(folder.variables('.env.staging').COGNITO_USER_POOL_ID).to.match(/^eu-west-1_/);
  });

  it('refuses a .env with a secret of another app client, and does not print it', async () => {
    await folder.write('.env', 'COGNITO_CLIENT_SECRET=mine-and-secret\n');
    const { code, stdout, stderr } = await folder.init(['--yes'], env);
    expect(code).to.equal(1);
    expect(stderr).to.include('.env has a line COGNITO_CLIENT_SECRET already, so nothing was created');
    expect(stdout + stderr).to.not.include('mine-and-secret');
    expect(calls()).to.deep.equal([]);
  });

  it('refuses a .env whose endpoint the new pool is not at', async () => {
    for (const line of [
      'COGNITO_ENDPOINT=http://127.0.0.1:9229',
      'COGNITO_LOCAL_STATE=.cognito-local.state',
    ]) {
      await folder.write('.env', `${line}\n`);
      const { code, stderr } = await folder.init(['--yes'], env);
      expect(code).to.equal(1);
      expect(stderr).to.include(`.env has a line ${line.split('=')[0]} already, so nothing was created`);
    }
    expect(calls()).to.deep.equal([]);
    await folder.write('.env', `COGNITO_ENDPOINT=${pool.url}\n`);
    expect((await folder.init(['--yes'], env)).code).to.equal(0);
  });

  it('refuses an endpoint with a password, and does not print it', async () => {
    const endpoint = pool.url.replace('//', '//admin:hidden-7@');
    for (const [args, more] of [
      [['--endpoint', endpoint], {}],
      [[], { AWS_ENDPOINT_URL: endpoint }],
    ] as const) {
      const { code, stdout, stderr } = await folder.init(['--yes', ...args], { ...env, ...more });
      expect(code).to.equal(2);
      expect(stderr).to.include('the endpoint must have no user name and no password');
      expect(stdout + stderr).to.not.include('hidden-7');
    }
    expect(calls()).to.deep.equal([]);
  });

  it('tells the undo if a file of the app cannot be written', async () => {
    await folder.write('public', 'a file, and no folder');
    const args = ['--yes', '--app', '--transport', 'cookies', '--name', 'unwritten', '--no-install'];
    const { code, stderr } = await folder.init(args, env);
    expect(code).to.equal(1);
    expect(stderr).to.include('The user pool exists, and not every file is written. To undo:\n  aws ');
    await runAwsCommands(sdk, awsCommands(stderr));
    expect(await poolNames()).to.not.include('unwritten');
  });

  it('says what exists if a domain is taken, and the printed commands go on or undo', async () => {
    const { UserPool } = await sdk.createUserPool({ PoolName: 'owner' });
    await sdk.createUserPoolDomain({ UserPoolId: UserPool?.Id, Domain: 'taken' });
    pool.requests.clear();
    const args = ['--yes', '--name', 'halfway', '--domain-prefix', 'taken', '--app', '--no-install'];
    const { code, stdout, stderr } = await folder.init(args, env);
    expect(code).to.equal(1);
    expect(calls().at(-1)).to.equal('CreateUserPoolDomain: InvalidParameterException');
    const {
      COGNITO_USER_POOL_ID: id,
      COGNITO_CLIENT_ID: clientId,
      COGNITO_CLIENT_SECRET: secret = '',
    } = folder.variables();
    expect(stderr).to.include(
      'CreateUserPoolDomain failed: InvalidParameterException: Domain already associated',
    );
    expect(stderr).to.include(`Created, with ids in .env: user pool ${id}, app client ${clientId}.`);
    expect(secret).to.not.equal('');
    expect(stdout + stderr).to.not.include(secret);
    expect(folder.variables()).to.have.property('COOKIE_SECRET');
    expect(folder.list()).to.include.members(['app.js', 'package.json']);

    const [domain = '', branding = '', ...undo] = awsCommands(stderr);
    await runAwsCommands(sdk, [domain.replace('taken', 'free'), branding]);
    const { DomainDescription } = await sdk.describeUserPoolDomain({ Domain: 'free' });
    expect(DomainDescription).to.include({ UserPoolId: id, ManagedLoginVersion: 2 });
    await sdk.describeManagedLoginBrandingByClient({ UserPoolId: id, ClientId: clientId });
    await sdk.deleteUserPoolDomain({ UserPoolId: id, Domain: 'free' });
    await runAwsCommands(sdk, undo);
    expect(await poolNames()).to.not.include('halfway');
  });

  it('says how to undo a pool without an app client', async () => {
    pool.faults.inject({ kind: 'limitExceeded', on: 'CreateUserPoolClient' });
    const { code, stdout, stderr } = await folder.init(['--yes', '--name', 'lonely'], env);
    expect(code).to.equal(1);
    expect(Object.keys(folder.variables())).to.have.members(['COGNITO_USER_POOL_ID', 'COGNITO_ENDPOINT']);
    expect(stderr).to.include('CreateUserPoolClient failed: LimitExceededException');
    expect(stderr).to.not.include('To go on');
    expect(stdout).to.not.include('Paste');
    await runAwsCommands(sdk, awsCommands(stderr));
    expect(await poolNames()).to.not.include('lonely');
  });

  it('repeats a throttled call, and gives up after three', async () => {
    pool.faults.inject({ kind: 'throttle', on: 'CreateUserPoolClient', times: 1 });
    expect((await folder.init(['--yes'], env)).code).to.equal(0);
    expect(pool.requests.count('CreateUserPoolClient')).to.equal(2);

    pool.faults.inject({ kind: 'throttle', on: 'CreateUserPool' });
    pool.requests.clear();
    const { code, stderr } = await folder.init(['--yes', '--env', 'throttled.env'], env);
    expect(code).to.equal(1);
    expect(stderr).to.equal(
      'cognito-kit: CreateUserPool failed: AWS throttles the account; wait a minute\nNothing was created.\n',
    );
    expect(calls()).to.deep.equal(Array.from({ length: 3 }, () => 'CreateUserPool'));
    expect(folder.has('throttled.env')).to.equal(false);
  });

  it('does not repeat CreateUserPool after a broken connection', async () => {
    pool.faults.inject({ kind: 'reset', on: 'CreateUserPool' });
    const { code, stderr } = await folder.init(['--yes'], env);
    expect(code).to.equal(1);
    expect(stderr).to.include('CreateUserPool failed: ECONNRESET');
    expect(stderr).to.include(`The user pool may exist, because the answer of AWS is unknown. Look for it:
  aws cognito-idp list-user-pools --region eu-west-1 --endpoint-url ${pool.url} --max-results 60`);
    expect(calls()).to.deep.equal(['CreateUserPool']);
    expect(folder.list()).to.deep.equal([]);
  });

  it('stops before the next call after SIGINT, and says what exists', async () => {
    pool.faults.inject({ kind: 'delay', on: 'CreateUserPoolClient', ms: 2000 });
    const ended = folder.init(['--yes', '--domain-prefix', 'stopped'], env, (child) => {
      const timer = setInterval(() => {
        if (pool.requests.count('CreateUserPoolClient') === 0) return;
        clearInterval(timer);
        child.kill('SIGINT');
      }, 20);
      child.once('exit', () => clearInterval(timer));
    });
    const { code, stderr } = await ended;
    expect(code).to.equal(1);
    expect(stderr).to.include('CreateUserPoolDomain failed: stopped before the call');
    expect(calls()).to.not.include('CreateUserPoolDomain');
    expect(stderr).to.include(folder.variables().COGNITO_CLIENT_ID);
    await runAwsCommands(sdk, awsCommands(stderr).slice(-2));
  });

  it('names the permission that the credentials lack', async () => {
    const server = createServer((_req, res) => {
      res.writeHead(400, { 'content-type': 'application/x-amz-json-1.1' });
      res.end(JSON.stringify({ __type: 'AccessDeniedException', Message: 'User is not authorized' }));
    }).listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const { stderr } = await folder.init(['--yes', '--endpoint', endpoint], env);
    server.close();
    expect(stderr).to.include(
      'the credentials may not call cognito-idp:CreateUserPool\nNothing was created.',
    );
  });

  it('says that credentials or the region are missing, and leaves nothing behind', async () => {
    const withoutCredentials = await folder.init(['--yes', '--region', REGION, '--endpoint', pool.url]);
    expect(withoutCredentials.stderr).to.include(
      'AWS credentials are missing, invalid or expired; set AWS_PROFILE',
    );
    const withoutRegion = await folder.init(['--yes'], CREDENTIALS);
    expect(withoutRegion.code).to.equal(2);
    expect(withoutRegion.stderr).to.include('the region is missing; write --region eu-central-1');
    expect(calls()).to.deep.equal([]);
    expect(folder.list()).to.deep.equal([]);
  });

  it('moves the app of a local pool to AWS with a new .env alone', async () => {
    await folder.init(['--local', '--app', '--yes', '--no-install']);
    renameSync(join(folder.path, '.env'), join(folder.path, '.env.local'));
    const files = () => folder.list().filter((name) => !name.startsWith('.'));
    const before = files().map((name) => [name, folder.read(name)]);
    expect((await folder.init(['--yes'], env)).code).to.equal(0);
    expect(files().map((name) => [name, folder.read(name)])).to.deep.equal(before);
    expect(folder.variables().COGNITO_USER_POOL_ID).to.match(/^eu-west-1_/);
    expect(folder.variables()).to.not.have.property('COGNITO_LOCAL_STATE');
    expect(await folder.doctor(['--config', 'auth-config.js'], { AWS_ENDPOINT_URL: pool.url })).to.deep.equal(
      [],
    );
  });

  it('takes the region of the profile', async () => {
    mkdirSync(join(folder.path, '.aws'));
    await folder.write('.aws/config', '[profile work]\nregion = sa-east-1\n');
    const { stdout } = await folder.init(['--dry-run'], { AWS_PROFILE: 'work' });
    expect(stdout).to.include('At AWS in sa-east-1, the user pool "my-app":');
  });

  it('reports an unwritable file before it creates anything', async () => {
    const { code, stderr } = await folder.init(['--yes', '--env', 'missing/.env'], env);
    expect(code).to.equal(1);
    expect(stderr).to.include('missing/.env cannot be read or written');
    expect(calls()).to.deep.equal([]);
  });
});
