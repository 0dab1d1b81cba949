import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { startLocalUserPool } from '../../src/local/local-user-pool.ts';
import type { InboxMessage } from '../../src/local/model/messages.ts';
import { expectStatus, startKit } from '../support/helpers.ts';
import { ANA, closeAll, outcomeOf, PASSWORD, signIn, startLocal } from '../support/local-sdk.ts';

describe('startLocalUserPool', () => {
  afterEach(closeAll);

  it('returns the options that the router and requireAuth need', async () => {
    const { pool } = await startLocal();
    expect(pool.config).to.have.all.keys('userPoolId', 'clientId', 'endpoint');
    expect(pool.config.endpoint)
      .to.equal(pool.url)
      .and.to.match(/^http:\/\/127\.0\.0\.1:\d+$/);
    expect(pool.config.userPoolId).to.match(/^us-east-1_[0-9a-zA-Z]{9}$/);
    expect(pool.config.clientId).to.match(/^[0-9a-z]{26}$/);
    expect(pool.issuer).to.equal(`${pool.url}/${pool.config.userPoolId}`);
    expect(pool.jwksUri).to.equal(`${pool.issuer}/.well-known/jwks.json`);
  });

  it('uses the given ids, secret, issuer and region', async () => {
    const { pool } = await startLocal({
      userPoolId: 'eu-west-1_Shop',
      clientId: 'shop',
      clientSecret: 'a-secret',
      issuer: 'https://issuer.example',
    });
    expect(pool.config).to.include({
      userPoolId: 'eu-west-1_Shop',
      clientId: 'shop',
      clientSecret: 'a-secret',
    });
    expect(pool.issuer).to.equal('https://issuer.example');
    expect(pool.jwksUri).to.equal(`${pool.url}/eu-west-1_Shop/.well-known/jwks.json`);
  });

  it('gives the router its issuer and keys, so that tokens of a given issuer are accepted (case 28)', async () => {
    const { pool } = await startLocal({ issuer: 'https://issuer.example', users: [{ username: ANA }] });
    expect(pool.config).to.include({ issuer: 'https://issuer.example', jwksUri: pool.jwksUri });
    expect(pool.addClient()).to.include({ issuer: 'https://issuer.example', jwksUri: pool.jwksUri });
    const kit = await startKit({ pool });
    const me = await kit.get('/me', pool.tokensFor(ANA).accessToken);
    expectStatus(me, 200);
    await kit.close();
  });

  it('refuses malformed ids of a pool or a client', async () => {
    expect(await outcomeOf(startLocalUserPool({ userPoolId: 'mypool' }))).to.match(
      /such as .*, not "mypool"/,
    );
    expect(await outcomeOf(startLocalUserPool({ clientId: 'my client' }))).to.match(/not "my client"/);
  });

  it('adds app clients with settings of their own', async () => {
    const { pool } = await startLocal();
    const { clientSecret, clientId, userPoolId } = pool.addClient({ GenerateSecret: true });
    expect(clientSecret).to.be.a('string');
    expect(clientId).to.not.equal(pool.config.clientId);
    expect(userPoolId).to.equal(pool.config.userPoolId);
  });

  it('refuses to listen on another address than loopback, unless an option allows it', async () => {
    expect(await outcomeOf(startLocalUserPool({ host: '0.0.0.0' }))).to.match(
      /does not listen on "0\.0\.0\.0".*dangerouslyListenOnAnyHost/,
    );
    for (const host of ['localhost', '127.0.0.2']) await startLocal({ host });
  });

  it('refuses to start in production, unless an option allows it', async () => {
    const before = process.env.NODE_ENV;
    process.env.NODE_ENV = 'production';
    try {
      expect(await outcomeOf(startLocalUserPool())).to.match(
        /NODE_ENV is "production".*dangerouslyAllowProduction/,
      );
      await startLocal({ dangerouslyAllowProduction: true });
    } finally {
      if (before === undefined) delete process.env.NODE_ENV;
      else process.env.NODE_ENV = before;
    }
  });

  it('refuses settings that Cognito refuses, and leaves no server running', async () => {
    for (const options of [
      { appClient: { AccessTokenValidity: 48 } },
      { pool: { Policies: { PasswordPolicy: { MinimumLength: 5 } } } },
      { pool: { UsernameAttributes: ['email'], AliasAttributes: ['email'] } },
      { users: [{ username: ANA, password: 'weak' }] },
      { users: [{ username: 'ana', password: PASSWORD }] },
      { users: [{ username: ANA }, { username: ANA.toUpperCase() }] },
    ] as const) {
      expect(await outcomeOf(startLocalUserPool({ quiet: true, ...options }))).to.not.equal('ok');
    }
  });

  it('rejects if the port is in use', async () => {
    const { pool } = await startLocal();
    const port = Number(new URL(pool.url).port);
    expect(await outcomeOf(startLocalUserPool({ port, quiet: true }))).to.match(/EADDRINUSE/);
  });

  it('warns once per process that it is for development only, unless `quiet` is set', async () => {
    const entry = new URL('../../src/local/index.ts', import.meta.url).href;
    const program = `
      const { startLocalUserPool } = await import('${entry}');
      for (const quiet of [true, false, false]) await (await startLocalUserPool({ quiet })).close();`;
    const { stderr } = await promisify(execFile)(process.execPath, [
      ...['--import', 'tsx', '--input-type', 'module'],
      ...['--eval', program],
    ]);
    expect(stderr.match(/COGNITO_KIT_LOCAL_USER_POOL.*development and tests only/g)).to.have.length(1);
  });

  it('uses the given clock, which tests can advance', async () => {
    const local = await startLocal({
      clock: () => 1_700_000_000_000,
      users: [{ username: ANA, password: PASSWORD }],
    });
    const { pool } = local;
    expect(pool.clock.now()).to.equal(1_700_000_000_000);
    pool.clock.advance(5000);
    expect(pool.clock.now()).to.equal(1_700_000_005_000);
    pool.clock.set(new Date('2030-01-01T00:00:00Z'));
    pool.clock.advance(1000);
    expect(new Date(pool.clock.now()).toISOString()).to.equal('2030-01-01T00:00:01.000Z');
    const { UserCreateDate } = await local.sdk.adminGetUser({ UserPoolId: local.UserPoolId, Username: ANA });
    expect(UserCreateDate?.getTime()).to.equal(1_700_000_000_000);
  });

  it('closes while calls are open, and can be closed twice', async () => {
    const { pool } = await startLocal();
    pool.faults.inject({ kind: 'hang', on: 'jwks' });
    const open = outcomeOf(fetch(pool.jwksUri));
    await pool.inbox.waitFor({}, { timeoutMs: 30 }).catch(() => undefined);
    await pool.close();
    await pool.close();
    expect(await open).to.match(/fetch failed/);
    expect(await outcomeOf(fetch(pool.jwksUri))).to.match(/fetch failed/);
  });

  it('creates users in any status, with groups and attributes', async () => {
    const local = await startLocal({
      users: [
        { username: ANA, password: PASSWORD, groups: ['admin'], attributes: { name: 'Ana' } },
        { username: 'bo@example.com', password: PASSWORD, status: 'UNCONFIRMED' },
      ],
    });
    const { sdk, UserPoolId } = local;
    expect(await outcomeOf(signIn(local))).to.equal('ok');
    const ana = await sdk.adminGetUser({ UserPoolId, Username: ANA });
    expect(ana.UserAttributes).to.deep.include({ Name: 'name', Value: 'Ana' });
    expect(ana.UserAttributes).to.deep.include({ Name: 'email_verified', Value: 'true' });
    expect((await sdk.listGroups({ UserPoolId })).Groups?.map((group) => group.GroupName)).to.deep.equal([
      'admin',
    ]);
    const bo = await sdk.adminGetUser({ UserPoolId, Username: 'bo@example.com' });
    expect(bo.UserStatus).to.equal('UNCONFIRMED');
    expect(bo.UserAttributes).to.deep.include({ Name: 'email_verified', Value: 'false' });
  });
});

describe('The inbox of a local user pool', () => {
  afterEach(closeAll);

  it('finds messages by address, user and kind, newest first', async () => {
    const { sdk, ClientId, pool } = await startLocal();
    for (const Username of [ANA, 'bo@example.com'])
      await sdk.signUp({ ClientId, Username, Password: PASSWORD });
    await sdk.resendConfirmationCode({ ClientId, Username: ANA });
    expect(pool.inbox.list()).to.have.length(3);
    expect(pool.inbox.list({ to: 'ANA@example.com' })).to.have.length(2);
    expect(pool.inbox.latest()).to.equal(pool.inbox.list({ to: ANA })[1]);
    const username = pool.inbox.latest({ to: 'bo@example.com' })?.username ?? '';
    expect(pool.inbox.list({ username })).to.have.length(1);
    expect(pool.inbox.latest({ kind: 'forgot_password' })).to.equal(undefined);
    expect(pool.inbox.latest()).to.be.frozen;
    pool.inbox.clear();
    expect(pool.inbox.list()).to.deep.equal([]);
  });

  it('waits for a message, and rejects after the timeout', async () => {
    const { sdk, ClientId, pool } = await startLocal();
    const awaited = pool.inbox.waitFor({ to: ANA });
    await sdk.signUp({ ClientId, Username: 'bo@example.com', Password: PASSWORD });
    await sdk.signUp({ ClientId, Username: ANA, Password: PASSWORD });
    expect((await awaited).to).to.equal(ANA);
    expect((await pool.inbox.waitFor({ to: ANA })).to).to.equal(ANA);
    expect(await outcomeOf(pool.inbox.waitFor({ to: 'nobody' }, { timeoutMs: 20 }))).to.equal(
      'Error: No message for {"to":"nobody"} arrived within 20 ms.',
    );
  });

  it('passes each message to subscribers and onMessage', async () => {
    const told: InboxMessage[] = [];
    const { sdk, ClientId, pool } = await startLocal({ onMessage: (message) => told.push(message) });
    const heard: InboxMessage[] = [];
    const stop = pool.inbox.subscribe((message) => heard.push(message));
    await sdk.signUp({ ClientId, Username: ANA, Password: PASSWORD });
    stop();
    await sdk.resendConfirmationCode({ ClientId, Username: ANA });
    expect(heard).to.have.length(1);
    expect(told).to.have.length(2);
  });
});
