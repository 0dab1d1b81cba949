import { expect } from 'chai';
import {
  claimSignature,
  claimTimestamp,
  clientKey,
  clientKeyPair,
  parseHex,
  srpPoolName,
} from '../../../src/cognito/srp.ts';
import { expectProblem, expectStatus, startKit } from '../../support/helpers.ts';
import {
  ANA,
  claimsOf,
  closeAll,
  type Local,
  outcomeOf,
  PASSWORD,
  secretHash,
  startLocal,
} from '../../support/local-sdk.ts';

const WRONG = 'NotAuthorizedException: Incorrect username or password.';
const users = [{ username: ANA, password: PASSWORD }];

/** What a test may have different in an honest answer. */
interface Twist {
  readonly password?: string;
  readonly timestamp?: (honest: string) => string;
  readonly responses?: Record<string, string>;
}

function begin({ sdk, ClientId }: Local, USERNAME = ANA, more: Record<string, string> = {}) {
  const pair = clientKeyPair();
  const AuthParameters = { USERNAME, SRP_A: pair.shared.toString(16), ...more };
  return sdk
    .initiateAuth({ ClientId, AuthFlow: 'USER_SRP_AUTH', AuthParameters })
    .then((output) => ({ pair, output, parameters: output.ChallengeParameters ?? {} }));
}

type Begun = Awaited<ReturnType<typeof begin>>;

function end(local: Local, { pair, parameters }: Begun, twist: Twist = {}) {
  const { SALT = '', SRP_B = '', SECRET_BLOCK = '', USER_ID_FOR_SRP: name = '' } = parameters;
  const identity = {
    group: srpPoolName(local.UserPoolId),
    name,
    password: twist.password ?? PASSWORD,
  };
  const key = clientKey(identity, parseHex(SALT), pair, parseHex(SRP_B));
  const honest = claimTimestamp(new Date(local.pool.clock.now()));
  const TIMESTAMP = twist.timestamp?.(honest) ?? honest;
  return local.sdk.respondToAuthChallenge({
    ClientId: local.ClientId,
    ChallengeName: 'PASSWORD_VERIFIER',
    ChallengeResponses: {
      USERNAME: name,
      PASSWORD_CLAIM_SECRET_BLOCK: SECRET_BLOCK,
      PASSWORD_CLAIM_SIGNATURE: claimSignature(key, identity, SECRET_BLOCK, TIMESTAMP),
      TIMESTAMP,
      ...twist.responses,
    },
  });
}

describe('SRP in the local user pool', () => {
  afterEach(closeAll);

  it('returns PASSWORD_VERIFIER without a session, and tokens for the proof', async () => {
    const local = await startLocal({ users });
    const begun = await begin(local);
    expect(begun.output.ChallengeName).to.equal('PASSWORD_VERIFIER');
    expect(begun.output.Session).to.equal(undefined);
    expect(Object.keys(begun.parameters).sort()).to.deep.equal([
      'SALT',
      'SECRET_BLOCK',
      'SRP_B',
      'USERNAME',
      'USER_ID_FOR_SRP',
    ]);
    // SRP_A among the responses is what some clients leave there.
    const { AuthenticationResult, ChallengeParameters } = await end(local, begun, {
      responses: { SRP_A: 'ff' },
    });
    expect(ChallengeParameters).to.deep.equal({});
    expect(claimsOf(AuthenticationResult?.IdToken).email).to.equal(ANA);
  });

  it('refuses a wrong password, and a second answer to the same challenge', async () => {
    const local = await startLocal({ users });
    const begun = await begin(local);
    expect(await outcomeOf(end(local, begun, { password: 'Wr0ng-word' }))).to.equal(WRONG);
    expect(await outcomeOf(end(local, begun))).to.equal(WRONG);
    const again = await begin(local);
    expect(await outcomeOf(end(local, again))).to.equal('ok');
    expect(await outcomeOf(end(local, again))).to.equal(WRONG);
  });

  it('accepts the answer for a few seconds only', async () => {
    const local = await startLocal({ users });
    const [inTime, late] = [await begin(local), await begin(local)];
    local.pool.clock.advance(9_000);
    expect(await outcomeOf(end(local, inTime))).to.equal('ok');
    local.pool.clock.advance(2_000);
    expect(await outcomeOf(end(local, late))).to.equal(WRONG);
  });

  it('accepts a TIMESTAMP only without a leading zero and with the correct weekday', async () => {
    const clock = (): number => Date.parse('2026-11-01T01:02:03Z');
    const local = await startLocal({ users, clock, limits: false });
    const twists: Record<string, (honest: string) => string> = {
      'a padded day': (honest) => honest.replace('Nov 1 ', 'Nov 01 '),
      'a wrong weekday': (honest) => honest.replace('Sun', 'Mon'),
      'ISO 8601': () => '2026-11-01T01:02:03.000Z',
      'another zone': (honest) => honest.replace('UTC', 'CET'),
      'no time at all': () => 'now',
    };
    for (const [what, timestamp] of Object.entries(twists)) {
      expect(await outcomeOf(end(local, await begin(local), { timestamp })), what).to.equal(WRONG);
    }
    expect(await outcomeOf(end(local, await begin(local)))).to.equal('ok');
  });

  it('binds an exchange to one user and one app client', async () => {
    const local = await startLocal({ users: [...users, { username: 'bo@example.com', password: PASSWORD }] });
    const other = { ...local, ClientId: local.pool.addClient().clientId };
    expect(await outcomeOf(end(other, await begin(local)))).to.equal(WRONG);
    const USERNAME = 'bo@example.com';
    expect(await outcomeOf(end(local, await begin(local), { responses: { USERNAME } }))).to.equal(WRONG);
    const made = { PASSWORD_CLAIM_SECRET_BLOCK: 'bWFkZSB1cA==' };
    expect(await outcomeOf(end(local, await begin(local), { responses: made }))).to.equal(WRONG);
  });

  it('derives a stable id and salt for an unknown username', async () => {
    const local = await startLocal({ users });
    const [first, second, other] = [
      await begin(local, 'nobody@example.com'),
      await begin(local, 'Nobody@example.com'),
      await begin(local, 'no-one@example.com'),
    ];
    const known = await begin(local);
    expect(first.output.ChallengeName).to.equal('PASSWORD_VERIFIER');
    expect(Object.keys(first.parameters)).to.deep.equal(Object.keys(known.parameters));
    const { SALT, USER_ID_FOR_SRP } = first.parameters;
    expect(second.parameters).to.include({ SALT, USER_ID_FOR_SRP });
    expect(other.parameters.SALT).to.not.equal(SALT);
    expect(USER_ID_FOR_SRP).to.match(/^[0-9a-f]{8}-[0-9a-f]{4}-70[0-9a-f]{2}-d[0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(known.parameters.USER_ID_FOR_SRP).to.match(/^[0-9a-f]{8}-[0-9a-f]{4}-70/);
    expect(first.parameters.SECRET_BLOCK?.length).to.equal(known.parameters.SECRET_BLOCK?.length);
    expect(await outcomeOf(end(local, first))).to.equal(WRONG);
    expect(await outcomeOf(end(local, first, { responses: { USERNAME: ANA } }))).to.equal(WRONG);
  });

  it('returns the username itself if users sign in with usernames', async () => {
    const local = await startLocal({
      pool: { UsernameAttributes: [] },
      users: [{ username: 'ana', password: PASSWORD }],
    });
    expect((await begin(local, 'ana')).parameters.USER_ID_FOR_SRP).to.equal('ana');
    expect((await begin(local, 'bob')).parameters.USER_ID_FOR_SRP).to.equal('bob');
    expect(await outcomeOf(end(local, await begin(local, 'ana')))).to.equal('ok');
  });

  it('reports an unknown username at once if PreventUserExistenceErrors is LEGACY', async () => {
    const local = await startLocal({ users, appClient: { PreventUserExistenceErrors: 'LEGACY' } });
    expect(await outcomeOf(begin(local, 'nobody@example.com'))).to.equal(
      'UserNotFoundException: User does not exist.',
    );
  });

  it('refuses unconfirmed, disabled and reset users before the password', async () => {
    const local = await startLocal({
      users: [
        { username: 'new@example.com', password: PASSWORD, status: 'UNCONFIRMED' },
        { username: 'off@example.com', password: PASSWORD },
        { username: 'reset@example.com', password: PASSWORD },
      ],
    });
    const { UserPoolId } = local;
    await local.sdk.adminDisableUser({ UserPoolId, Username: 'off@example.com' });
    await local.sdk.adminResetUserPassword({ UserPoolId, Username: 'reset@example.com' });
    expect(await outcomeOf(begin(local, 'new@example.com'))).to.match(/^UserNotConfirmedException/);
    expect(await outcomeOf(begin(local, 'off@example.com'))).to.match(/User is disabled/);
    expect(await outcomeOf(begin(local, 'reset@example.com'))).to.match(/^PasswordResetRequiredException/);
  });

  it('refuses a user who was disabled between the two steps', async () => {
    const local = await startLocal({ users });
    const begun = await begin(local);
    await local.sdk.adminDisableUser({ UserPoolId: local.UserPoolId, Username: ANA });
    expect(await outcomeOf(end(local, begun))).to.equal('NotAuthorizedException: User is disabled.');
  });

  it('counts wrong proofs and wrong passwords together for the lockout', async () => {
    const local = await startLocal({ users });
    for (let i = 0; i < 5; i++) await outcomeOf(end(local, await begin(local), { password: `Wr0ng-${i}` }));
    expect(await outcomeOf(end(local, await begin(local)))).to.equal(
      'NotAuthorizedException: Password attempts exceeded',
    );
    const AuthParameters = { USERNAME: ANA, PASSWORD };
    const { ClientId } = local;
    expect(
      await outcomeOf(local.sdk.initiateAuth({ ClientId, AuthFlow: 'USER_PASSWORD_AUTH', AuthParameters })),
    ).to.equal('NotAuthorizedException: Password attempts exceeded');
    local.pool.clock.advance(15 * 60_000);
    expect(await outcomeOf(end(local, await begin(local)))).to.equal('ok');
  });

  it('continues with the next challenge, and refuses an expired temporary password', async () => {
    const local = await startLocal({
      users: [{ ...users[0], username: ANA, status: 'FORCE_CHANGE_PASSWORD' }],
    });
    const { ChallengeName, Session } = await end(local, await begin(local));
    expect([ChallengeName, typeof Session]).to.deep.equal(['NEW_PASSWORD_REQUIRED', 'string']);
    local.pool.clock.advance(8 * 86_400_000);
    expect(await outcomeOf(end(local, await begin(local)))).to.match(/Temporary password has expired/);
  });

  it('uses a changed password, and refuses every proof of a user without a password', async () => {
    const local = await startLocal({ users: [...users, { username: 'bo@example.com' }] });
    const { UserPoolId, sdk } = local;
    const Password = 'N3w-password';
    await sdk.adminSetUserPassword({ UserPoolId, Username: ANA, Password, Permanent: true });
    expect(await outcomeOf(end(local, await begin(local)))).to.equal(WRONG);
    expect(await outcomeOf(end(local, await begin(local), { password: Password }))).to.equal('ok');
    expect(await outcomeOf(end(local, await begin(local, 'bo@example.com')))).to.equal(WRONG);
  });

  it('refuses an SRP_A that is insecure or malformed', async () => {
    const local = await startLocal({ users });
    for (const SRP_A of ['0', '00', 'not hex', 'f'.repeat(3000)]) {
      expect(await outcomeOf(begin(local, ANA, { SRP_A })), SRP_A).to.match(/^InvalidParameterException/);
    }
    expect(await outcomeOf(begin(local, ANA, { SRP_A: '' }))).to.equal(
      'InvalidParameterException: Missing required parameter SRP_A',
    );
  });

  it('names the missing member of an answer', async () => {
    const local = await startLocal({ users });
    for (const name of ['USERNAME', 'PASSWORD_CLAIM_SIGNATURE', 'PASSWORD_CLAIM_SECRET_BLOCK', 'TIMESTAMP']) {
      expect(await outcomeOf(end(local, await begin(local), { responses: { [name]: '' } }))).to.equal(
        `InvalidParameterException: Missing required parameter ${name}`,
      );
    }
  });

  it('requires at each step the secret hash over the name in that step', async () => {
    const local = await startLocal({ users, appClient: { GenerateSecret: true } });
    expect(await outcomeOf(begin(local))).to.match(/SECRET_HASH was not received/);
    const begun = await begin(local, ANA, { SECRET_HASH: secretHash(local, ANA) });
    const ofTheAlias = { SECRET_HASH: secretHash(local, ANA) };
    expect(await outcomeOf(end(local, begun, { responses: ofTheAlias }))).to.match(/Unable to verify secret/);
    const ofTheId = { SECRET_HASH: secretHash(local, begun.parameters.USER_ID_FOR_SRP ?? '') };
    expect(await outcomeOf(end(local, begun, { responses: ofTheId }))).to.equal('ok');
  });

  it('is refused if the app client does not allow it', async () => {
    const local = await startLocal({ users, appClient: { ExplicitAuthFlows: ['ALLOW_USER_PASSWORD_AUTH'] } });
    expect(await outcomeOf(begin(local))).to.equal(
      'InvalidParameterException: USER_SRP_AUTH is not enabled for the client.',
    );
  });
});

describe('The router, for sign-in with SRP,', () => {
  it('answers 401 to each of 20 wrong passwords', async () => {
    const kit = await startKit({ config: { authFlow: 'USER_SRP_AUTH' } });
    for (let i = 0; i < 20; i++) {
      const email = `user-${i}@example.com`;
      kit.pool.addUser({ username: email, password: PASSWORD });
      expectProblem(
        await kit.post('/sign-in', { email, password: `Wr0ng-word-${i}` }),
        'invalid_credentials',
      );
    }
    expectStatus(await kit.post('/sign-in', { email: 'user-0@example.com', password: PASSWORD }), 200);
    await kit.close();
  });
});
