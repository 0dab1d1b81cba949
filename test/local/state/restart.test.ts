import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'chai';
import {
  type LocalUserPool,
  type LocalUserPoolOptions,
  startLocalUserPool,
} from '../../../src/local/index.ts';
import { totpCode } from '../../../src/local/users/totp.ts';
import { amplifyFor } from '../../support/amplify.ts';
import { eventually } from '../../support/eventually.ts';
import {
  ANA,
  claimsOf,
  closeAll,
  codeFor,
  type Local,
  outcomeOf,
  PASSWORD,
  signIn,
  startLocal,
} from '../../support/local-sdk.ts';

const SECRET = 'JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP';

describe('local user pool: state over a restart', () => {
  let folder: string;
  let state: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'local-state-'));
    state = join(folder, 'pool.state');
  });
  afterEach(async () => {
    await closeAll();
    rmSync(folder, { recursive: true });
  });

  const start = (options: LocalUserPoolOptions = {}): Promise<Local> => startLocal({ state, ...options });

  async function restarted(before: Local, options: LocalUserPoolOptions = {}): Promise<Local> {
    await before.pool.close();
    return start(options);
  }

  /** The message of a start that is refused. */
  async function refusal(options: LocalUserPoolOptions = {}): Promise<string> {
    const started = await start(options).catch((error: Error) => error);
    return started instanceof Error ? started.message : 'started';
  }

  it('access tokens are accepted and refresh tokens refresh after a restart', async () => {
    const before = await start({ users: [{ username: ANA, password: PASSWORD }] });
    const { AuthenticationResult = {} } = await signIn(before);
    const after = await restarted(before);
    expect(after.pool.config).to.deep.equal(before.pool.config);
    const { AccessToken, RefreshToken } = AuthenticationResult;
    expect((await after.sdk.getUser({ AccessToken })).Username).to.equal(claimsOf(AccessToken).sub);
    const refreshed = await after.sdk.getTokensFromRefreshToken({ ClientId: after.ClientId, RefreshToken });
    expect(claimsOf(refreshed.AuthenticationResult?.AccessToken).origin_jti).to.equal(
      claimsOf(AccessToken).origin_jti,
    );
  });

  it('passwords, SRP, authenticators, groups and signed-out sessions are as before after a restart', async () => {
    const before = await start({
      users: [
        { username: ANA, password: PASSWORD, groups: ['editors'], totpSecret: SECRET },
        { username: 'bea@example.com', password: PASSWORD },
      ],
    });
    const bea = before.pool.tokensFor('bea@example.com');
    await before.sdk.globalSignOut({ AccessToken: bea.accessToken });
    const after = await restarted(before);
    const { ChallengeName, Session } = await signIn(after);
    expect(ChallengeName).to.equal('SOFTWARE_TOKEN_MFA');
    const { AuthenticationResult } = await after.sdk.respondToAuthChallenge({
      ClientId: after.ClientId,
      Session,
      ChallengeName,
      ChallengeResponses: { USERNAME: ANA, SOFTWARE_TOKEN_MFA_CODE: totpCode(SECRET) },
    });
    expect(claimsOf(AuthenticationResult?.IdToken)['cognito:groups']).to.deep.equal(['editors']);
    expect(await outcomeOf(signIn(after, ANA, 'Wrong-pass-1'))).to.include('Incorrect username or password');
    expect(await outcomeOf(after.sdk.getUser({ AccessToken: bea.accessToken }))).to.include('revoked');
    const amplify = amplifyFor(after.pool);
    const { isSignedIn } = await amplify.signIn({ username: 'bea@example.com', password: PASSWORD });
    expect(isSignedIn).to.equal(true);
    await amplify.signOut();
  });

  it('a code that was sent before a restart confirms the sign-up after it', async () => {
    const before = await start();
    await before.sdk.signUp({ ClientId: before.ClientId, Username: ANA, Password: PASSWORD });
    const ConfirmationCode = codeFor(before);
    const { sdk, ClientId } = await restarted(before);
    await sdk.confirmSignUp({ ClientId, Username: ANA, ConfirmationCode });
  });

  it('every pool keeps its region, and the pool of the start is that of the option userPoolId', async () => {
    const before = await start({ userPoolId: 'eu-west-1_First', region: 'eu-west-1' });
    const { UserPool = {} } = await before.sdk.createUserPool({ PoolName: 'second' });
    const after = await restarted(before, { userPoolId: 'eu-west-1_First' });
    expect(after.UserPoolId).to.equal('eu-west-1_First');
    const arnOf = async (UserPoolId: string | undefined) =>
      (await after.sdk.describeUserPool({ UserPoolId })).UserPool?.Arn;
    expect(await arnOf('eu-west-1_First')).to.include(':eu-west-1:');
    expect(await arnOf(UserPool.Id)).to.equal(UserPool.Arn);
    expect(UserPool.Arn).to.include(':us-east-1:');
  });

  it('a pool, a client and users of the options that the state file does not have are added', async () => {
    const before = await start({ clientId: 'one', users: [{ username: ANA, password: PASSWORD }] });
    await before.sdk.adminSetUserPassword({
      UserPoolId: before.UserPoolId,
      Username: ANA,
      Password: 'Changed-pass-1',
      Permanent: true,
    });
    const after = await restarted(before, {
      clientId: 'two',
      users: [
        { username: ANA, password: PASSWORD },
        { username: 'bea@example.com', password: PASSWORD },
      ],
    });
    const { UserPoolId, sdk } = after;
    expect((await sdk.listUserPoolClients({ UserPoolId })).UserPoolClients).to.have.length(2);
    expect(await outcomeOf(signIn(after))).to.include('Incorrect username or password');
    expect(await outcomeOf(signIn(after, ANA, 'Changed-pass-1'))).to.equal('ok');
    expect(await outcomeOf(signIn(after, 'bea@example.com'))).to.equal('ok');
    const another = await restarted(after, { userPoolId: 'us-east-1_Another' });
    expect((await another.sdk.listUserPools({ MaxResults: 10 })).UserPools).to.have.length(2);
  });

  it('the functions of the last start run, and those of an earlier one do not', async () => {
    const ran: string[] = [];
    const note =
      (version: string) =>
      <E>(event: E): E => {
        ran.push(version);
        return event;
      };
    const before = await start({
      users: [{ username: ANA, password: PASSWORD }],
      triggers: { preTokenGenerationV2: note('V2') },
    });
    const after = await restarted(before, {
      triggers: { preTokenGeneration: note('V1') },
    });
    await signIn(after);
    expect(ran).to.deep.equal(['V1']);
  });

  it("the pool's time stays ahead after a restart", async () => {
    const before = await start({ clock: () => 1_700_000_000_000 });
    before.pool.clock.advance(86_400_000);
    const after = await restarted(before, { clock: () => 1_700_000_000_000 });
    expect(after.pool.clock.now()).to.equal(1_700_086_400_000);
  });

  it('sign-ins that expired more than a day ago are not kept', async () => {
    const before = await start({ users: [{ username: ANA }, { username: 'bea@example.com' }] });
    before.pool.tokensFor(ANA);
    before.pool.tokensFor('bea@example.com');
    before.pool.clock.advance(31.5 * 86_400_000);
    before.pool.tokensFor(ANA);
    const first = await restarted(before);
    await first.pool.close();
    expect(readFileSync(state, 'utf8').match(/"originJti"/g)).to.have.length(1);
  });

  it('only the owner can read the file, whatever its mode was', async () => {
    const before = await start();
    await before.pool.close();
    chmodSync(state, 0o644);
    const after = await start();
    await after.pool.close();
    expect(statSync(state).mode & 0o777).to.equal(0o600);
    expect(readdirSync(folder)).to.deep.equal(['pool.state']);
  });

  it('a change is saved soon, and not only at the end', async () => {
    const { pool, sdk, ClientId } = await start();
    await sdk.signUp({ ClientId, Username: ANA, Password: PASSWORD });
    await eventually(() => readFileSync(state, 'utf8').includes(ANA));
    pool.addUser({ username: 'bea@example.com' });
    await eventually(() => readFileSync(state, 'utf8').includes('bea@example.com'));
  });

  it('a request that only reads documents writes nothing', async () => {
    const { pool } = await start();
    const { ino } = statSync(state);
    await fetch(pool.jwksUri);
    await fetch(`${pool.url}/_kit`);
    await pool.close();
    expect(statSync(state).ino).to.equal(ino);
  });

  it('no password and no refresh token is in the file', async () => {
    const before = await start({ users: [{ username: ANA, password: PASSWORD }] });
    const { refreshToken } = before.pool.tokensFor(ANA);
    await before.pool.close();
    const text = readFileSync(state, 'utf8');
    expect([PASSWORD, refreshToken].filter((each) => text.includes(each))).to.deep.equal([]);
  });

  describe('files that cannot be used', () => {
    async function existing(): Promise<string> {
      const before = await start({ users: [{ username: ANA, password: PASSWORD }] });
      await before.pool.close();
      return readFileSync(state, 'utf8');
    }

    for (const [damage, change] of [
      ['a changed byte', (text: string) => text.replace('"CONFIRMED"', '"CONFIRMEX"')],
      ['a missing end', (text: string) => text.slice(0, -200)],
      ['no content but its first line', (text: string) => `${text.split('\n')[0]}\n`],
    ] as const) {
      it(`a file with ${damage} is refused and kept aside`, async () => {
        const damaged = change(await existing());
        writeFileSync(state, damaged);
        const message = await refusal();
        const [aside = ''] = readdirSync(folder);
        expect(aside).to.match(/^pool\.state\.damaged-/);
        expect(message).to.equal(
          `The state file ${state} is damaged. It was renamed to ${join(folder, aside)}. ` +
            'Put a backup in its place, or start again for a new user pool.',
        );
        expect(readFileSync(join(folder, aside), 'utf8')).to.equal(damaged);
      });
    }

    it('a file of a newer version is refused and left as it is', async () => {
      const newer = (await existing()).replace('"version":1', '"version":2');
      writeFileSync(state, newer);
      expect(await refusal()).to.include(
        'has version 2, and this version of express-cognito-kit reads up to 1.',
      );
      expect(readFileSync(state, 'utf8')).to.equal(newer);
      expect(readdirSync(folder)).to.deep.equal(['pool.state']);
    });

    for (const [kind, content] of [
      ['another program', '{"name":"app","version":1}\n'],
      ['no content', ''],
      ['JSON that is no object', 'null\n'],
    ] as const) {
      it(`a file of ${kind} is refused and left as it is`, async () => {
        writeFileSync(state, content);
        expect(await refusal()).to.include(
          'is not a state file of the local user pool. It was left as it is.',
        );
        expect(readFileSync(state, 'utf8')).to.equal(content);
      });
    }

    it('a folder that does not exist, and a file that is a folder, are refused', async () => {
      const missing = join(folder, 'missing', 'pool.state');
      expect(await refusal({ state: missing })).to.equal(
        `The folder of the state file ${missing} does not exist. Create it.`,
      );
      expect(await refusal({ state: folder })).to.include('EISDIR');
    });

    it('a port that another program took is named as that of the state file', async () => {
      const before = await start();
      const port = Number(new URL(before.pool.url).port);
      await before.pool.close();
      const taken = createServer().listen(port, '127.0.0.1');
      await once(taken, 'listening');
      expect(await refusal()).to.include(`cannot listen on port ${port}, where the state file had it`);
      taken.close();
      await once(taken, 'close');
      expect(await refusal()).to.equal('started');
    });

    it('a save that fails is told once as a warning and at the end, and the next one saves all', async () => {
      const pool = await startLocalUserPool({ quiet: true, state });
      const warnings: string[] = [];
      const note = (warning: Error): unknown => warnings.push(warning.message);
      process.on('warning', note);
      mkdirSync(`${state}.tmp`);
      pool.addUser({ username: ANA });
      await eventually(() => warnings.join().includes(`could not save its state to ${state}`));
      pool.addUser({ username: 'bea@example.com' });
      // The next save fails in the meantime.
      await sleep(600);
      const failure = await pool.close().then(
        () => 'closed',
        (error: Error) => error.message,
      );
      process.off('warning', note);
      expect(failure).to.include(`${state}.tmp`);
      expect(warnings).to.have.length(1);
      rmSync(`${state}.tmp`, { recursive: true });
      expect(await refusal()).to.equal('started');
    });
  });

  describe('two processes', () => {
    const lock = (): string => `${state}.lock`;
    const writeLock = (owner: object): void => writeFileSync(lock(), JSON.stringify(owner));

    it('a second pool on one file is refused, through a link too, until the first is closed', async () => {
      const { pool } = await start();
      const link = join(folder, 'link.state');
      symlinkSync(state, link);
      for (const path of [state, link])
        expect(await refusal({ state: path })).to.equal(
          `The state file ${state} is in use by process ${process.pid} on ${hostname()}. Stop it, or choose another file. ` +
            `If that process is no local user pool, delete ${state}.lock.`,
        );
      await pool.close();
      expect(await refusal({ state: link })).to.equal('started');
    });

    it('the lock of a process that runs is respected', async () => {
      writeLock({ pid: process.ppid, host: hostname(), token: 'other' });
      expect(await refusal()).to.include(`in use by process ${process.ppid}`);
      expect(existsSync(lock())).to.equal(true);
    });

    it('the lock of a process that has ended is taken over', async () => {
      const ended = spawn(process.execPath, ['--version'], { stdio: 'ignore' });
      await once(ended, 'exit');
      for (const pid of [ended.pid, process.pid]) {
        writeLock({ pid, host: hostname(), token: 'other' });
        const { pool } = await start();
        await pool.close();
      }
      expect(readdirSync(folder)).to.deep.equal(['pool.state']);
    });

    if (process.platform === 'linux') {
      it('the lock of a killed process is taken over, though its parent has not asked for its status', async () => {
        // The shell becomes `tail`, which writes the number of the child and leaves it as a zombie. A shell that
        // has not become another program yet may still ask for the status of its child.
        const parent = spawn('sh', [
          '-c',
          'sleep 60 & echo $! > "$0"; exec tail -f "$0"',
          join(folder, 'pid'),
        ]);
        const [pid] = (await once(parent.stdout, 'data')).map(Number) as [number];
        try {
          writeLock({ pid, host: hostname(), token: 'other' });
          expect(await refusal()).to.include(`in use by process ${pid}`);
          process.kill(pid, 'SIGKILL');
          await eventually(() => readFileSync(`/proc/${pid}/stat`, 'utf8').includes(') Z '));
          expect(await refusal()).to.equal('started');
        } finally {
          parent.kill();
        }
      });
    }

    it('the lock of another machine, or without content, is respected while it is fresh', async () => {
      const long = new Date(Date.now() - 60_000);
      for (const content of [JSON.stringify({ pid: 1, host: 'elsewhere', token: 'other' }), '']) {
        writeFileSync(lock(), content);
        expect(await refusal()).to.include('is in use by');
        utimesSync(lock(), long, long);
        const { pool } = await start();
        await pool.close();
      }
    });

    it('a pool whose lock another process took over does not overwrite the file', async () => {
      const pool = await startLocalUserPool({ quiet: true, state });
      const content = readFileSync(state, 'utf8');
      writeLock({ pid: process.ppid, host: hostname(), token: 'other' });
      pool.addUser({ username: ANA });
      const failure = await pool.close().then(
        () => 'closed',
        (error: Error) => error.message,
      );
      expect(failure).to.include(`in use by process ${process.ppid}`);
      expect(readFileSync(state, 'utf8')).to.equal(content);
      expect(existsSync(lock())).to.equal(true);
    });
  });

  describe('the command', () => {
    const CLI = new URL('../../../src/cli/cognito-kit.ts', import.meta.url).pathname;
    const children: ChildProcess[] = [];
    afterEach(() => {
      for (const child of children.splice(0)) child.kill('SIGKILL');
    });

    async function startCommand(
      port: string,
    ): Promise<{ child: ChildProcess; pool: LocalUserPool['config'] }> {
      const child = spawn(
        process.execPath,
        [
          '--import',
          'tsx',
          CLI,
          'local',
          '--json',
          '--state',
          state,
          '--port',
          port,
          '--region',
          'eu-west-1',
        ],
        { stdio: ['ignore', 'pipe', 'inherit'] },
      );
      children.push(child);
      const [line] = await once(child.stdout as NodeJS.ReadableStream, 'data');
      return { child, pool: JSON.parse(String(line)) };
    }

    it('keeps a signed-up user over SIGKILL and SIGTERM', async () => {
      const first = await startCommand('0');
      expect(first.pool.userPoolId).to.equal('eu-west-1_LocalPool');
      const port = new URL(first.pool.endpoint).port;
      const add = (username: string) =>
        fetch(`${first.pool.endpoint}/_kit/users`, {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify({ username, password: PASSWORD }),
        });
      const tokens = async (username: string) => {
        const answer = await fetch(`${first.pool.endpoint}/_kit/tokens`, {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify({ username }),
        });
        return answer.status;
      };
      await add(ANA);
      await eventually(() => readFileSync(state, 'utf8').includes(ANA));
      first.child.kill('SIGKILL');
      await once(first.child, 'exit');
      const second = await startCommand(port);
      expect(await tokens(ANA)).to.equal(201);
      await add('bea@example.com');
      second.child.kill('SIGTERM');
      expect(await once(second.child, 'exit')).to.deep.equal([0, null]);
      expect(readdirSync(folder)).to.deep.equal(['pool.state']);
      await startCommand(port);
      expect(await tokens('bea@example.com')).to.equal(201);
    });
  });

  it('a state file can be moved', async () => {
    const before = await start({ users: [{ username: ANA, password: PASSWORD }] });
    await before.pool.close();
    renameSync(state, join(folder, 'moved.state'));
    const pool = await startLocalUserPool({ quiet: true, state: join(folder, 'moved.state') });
    expect(pool.tokensFor(ANA).expiresIn).to.equal(3600);
    await pool.close();
  });
});
