import { tmpdir } from 'node:os';
import { CognitoIdentityProviderClient } from '@aws-sdk/client-cognito-identity-provider';
import { expect } from 'chai';
import type { Config } from '../../src/config/options.ts';
import type { LocalUserPoolOptions } from '../../src/local/local-user-pool.ts';
import { totpCode } from '../../src/local/users/totp.ts';
import { answerWith, fail, startFakeCognito } from '../support/fake-cognito.ts';
import {
  claimsOf,
  expectProblem,
  expectStatus,
  type Kit,
  OTHER_PASSWORD,
  PASSWORD,
  startKit,
} from '../support/helpers.ts';
import { captureLog } from '../support/log-capture.ts';

const ExplicitAuthFlows = ['ALLOW_ADMIN_USER_PASSWORD_AUTH', 'ALLOW_REFRESH_TOKEN_AUTH'] as const;
const SECRET = 'JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP';
const SECRET_KEY = 'a-secret-access-key-of-the-tests';
const email = 'ada@example.com';
const authFlow = 'ADMIN_USER_PASSWORD_AUTH';

/** Disables every credential source of the SDK, including files and roles of the machine. */
const NO_CREDENTIALS: Readonly<Record<string, string | undefined>> = {
  AWS_ACCESS_KEY_ID: undefined,
  AWS_SECRET_ACCESS_KEY: undefined,
  AWS_SESSION_TOKEN: undefined,
  AWS_PROFILE: undefined,
  AWS_WEB_IDENTITY_TOKEN_FILE: undefined,
  AWS_CONTAINER_CREDENTIALS_RELATIVE_URI: undefined,
  AWS_CONTAINER_CREDENTIALS_FULL_URI: undefined,
  AWS_EC2_METADATA_DISABLED: 'true',
  AWS_SHARED_CREDENTIALS_FILE: `${tmpdir()}/there-are-no-credentials-here`,
  AWS_CONFIG_FILE: `${tmpdir()}/there-is-no-config-here`,
};
const SOME_CREDENTIALS = {
  ...NO_CREDENTIALS,
  AWS_ACCESS_KEY_ID: 'AKIAEXAMPLE',
  AWS_SECRET_ACCESS_KEY: SECRET_KEY,
};

function setEnvironment(values: Readonly<Record<string, string | undefined>>): void {
  for (const [name, value] of Object.entries(values)) {
    if (value === undefined) delete process.env[name];
    else process.env[name] = value;
  }
}

async function startAdmin(pool: LocalUserPoolOptions = {}, config: Config = {}): Promise<Kit> {
  return startKit({
    pool: {
      users: [{ username: email, password: PASSWORD }],
      ...pool,
      appClient: { ExplicitAuthFlows, ...pool.appClient },
    },
    config: { authFlow, ...config },
  });
}

describe('Sign-in with ADMIN_USER_PASSWORD_AUTH', () => {
  const originalEnvironment = Object.fromEntries(
    Object.keys(NO_CREDENTIALS).map((name) => [name, process.env[name]]),
  );
  beforeEach(() => setEnvironment(SOME_CREDENTIALS));
  after(() => setEnvironment(originalEnvironment));

  it('succeeds if the app client allows no other flow', async () => {
    const kit = await startAdmin();
    const { tokens } = expectStatus(await kit.post('/sign-in', { email, password: PASSWORD }), 200).body;
    expect(claimsOf(tokens.idToken).email).to.equal(email);
    expectStatus(await kit.get('/me', tokens.accessToken), 200);
    expectStatus(await kit.post('/refresh', { refreshToken: tokens.refreshToken }), 200);
    expect(kit.pool.requests.count('AdminInitiateAuth')).to.equal(1);
    expect(kit.pool.requests.count('InitiateAuth')).to.equal(0);
    expectProblem(await kit.post('/sign-in', { email, password: 'wrong' }), 'invalid_credentials');
    await kit.close();
  });

  it('answers challenges with AdminRespondToAuthChallenge, also with a client secret', async () => {
    const kit = await startAdmin({
      appClient: { GenerateSecret: true },
      users: [
        { username: email, password: PASSWORD, totpSecret: SECRET },
        { username: 'new@example.com', password: PASSWORD, status: 'FORCE_CHANGE_PASSWORD' },
      ],
    });
    const challengeOf = async (of: string) => {
      const { body } = expectStatus(await kit.post('/sign-in', { email: of, password: PASSWORD }), 200);
      const { name, session, username } = body.challenge;
      return { name, session, username };
    };
    const mfa = await challengeOf(email);
    const confirmationCode = totpCode(SECRET, kit.pool.clock.now());
    const complete = await kit.post('/challenge', { ...mfa, confirmationCode });
    expect(expectStatus(complete, 200).body.status).to.equal('complete');
    expectProblem(await kit.post('/challenge', { ...mfa, confirmationCode }), 'invalid_session');
    const first = await challengeOf('new@example.com');
    expectProblem(await kit.post('/challenge', { ...first, newPassword: 'weak' }), 'invalid_password');
    expectProblem(
      await kit.post('/challenge', { ...first, username: mfa.username, newPassword: OTHER_PASSWORD }),
      'invalid_session',
    );
    expectStatus(await kit.post('/challenge', { ...first, newPassword: OTHER_PASSWORD }), 200);
    expect(kit.pool.requests.count('AdminRespondToAuthChallenge')).to.equal(5);
    expect(kit.pool.requests.count('RespondToAuthChallenge')).to.equal(0);
    await kit.close();
  });

  it('refuses a challenge session that is expired or of another app client', async () => {
    const kit = await startAdmin({ users: [{ username: email, password: PASSWORD, totpSecret: SECRET }] });
    const other = await startKit({
      pool: kit.pool,
      config: { ...kit.pool.addClient({ ExplicitAuthFlows }), authFlow },
    });
    const { body } = await kit.post('/sign-in', { email, password: PASSWORD });
    const { name, session, username } = body.challenge;
    const answer = { name, session, username, confirmationCode: totpCode(SECRET, kit.pool.clock.now()) };
    expectProblem(await other.post('/challenge', answer), 'invalid_session');
    kit.pool.clock.advance(3 * 60_000);
    expectProblem(await kit.post('/challenge', answer), 'invalid_session');
    await other.close();
  });

  it('sends the user pool ID, and only the name and the password as AuthParameters', async () => {
    const fake = await startFakeCognito(
      answerWith({ AuthenticationResult: { AccessToken: 'a.b.c', IdToken: 'd.e.f' } }),
    );
    const app = fake.app({ authFlow });
    const { userPoolId: UserPoolId } = fake.issuer.config;
    expectStatus(await app.call('signIn'), 200);
    expectStatus(await app.call('respondToChallenge'), 200);
    expect(fake.requests.map(({ operation }) => operation)).to.deep.equal([
      'AdminInitiateAuth',
      'AdminRespondToAuthChallenge',
    ]);
    const [first, second] = fake.requests.map(({ input }) => input);
    expect(first).to.include({ AuthFlow: authFlow, UserPoolId });
    expect(first?.AuthParameters).to.have.all.keys('USERNAME', 'PASSWORD');
    expect(second).to.include({ ChallengeName: 'SOFTWARE_TOKEN_MFA', UserPoolId });
    await fake.close();
  });

  it('uses the credentials of the given cognitoClient', async () => {
    setEnvironment(NO_CREDENTIALS);
    const kit = await startAdmin();
    const client = new CognitoIdentityProviderClient({
      region: 'us-east-1',
      endpoint: kit.pool.url,
      credentials: { accessKeyId: 'AKIAOTHER', secretAccessKey: SECRET_KEY },
      maxAttempts: 1,
    });
    const own = await startKit({ pool: kit.pool, config: { authFlow, cognitoClient: client } });
    expectStatus(await own.post('/sign-in', { email, password: PASSWORD }), 200);
    client.destroy();
    await own.close();
  });

  it('answers a wrong password alike for every state of the account', async () => {
    for (const PreventUserExistenceErrors of ['ENABLED', 'LEGACY'] as const) {
      const kit = await startAdmin({
        appClient: { PreventUserExistenceErrors },
        users: [
          { username: 'confirmed@example.com', password: PASSWORD },
          { username: 'unconfirmed@example.com', password: PASSWORD, status: 'UNCONFIRMED' },
          { username: 'invited@example.com', password: PASSWORD, status: 'FORCE_CHANGE_PASSWORD' },
          { username: 'reset@example.com', password: PASSWORD, status: 'RESET_REQUIRED' },
        ],
      });
      const answers = new Set<string>();
      for (const state of ['missing', 'confirmed', 'unconfirmed', 'invited', 'reset']) {
        const body = { email: `${state}@example.com`, password: OTHER_PASSWORD };
        const response = expectProblem(await kit.post('/sign-in', body), 'invalid_credentials');
        answers.add(response.text.replace(/"requestId":"[\w-]+"/, ''));
      }
      expect(answers.size).to.equal(1);
      await kit.close();
    }
  });

  it('closes the signed call at its deadline', async () => {
    const fake = await startFakeCognito(() => undefined);
    const app = fake.app({ authFlow, timeouts: { call: 200 } });
    expectProblem(await app.call('signIn'), 'upstream_timeout');
    await fake.requests[0]?.closed;
    await fake.close();
  });

  it('logs a hint for each fault of the credentials, and answers only server_misconfigured', async () => {
    const message = `User: arn:aws:iam::123456789012:user/kit, key ${SECRET_KEY}`;
    const cases = [
      ['AccessDeniedException', 'cognito-idp:AdminInitiateAuth'],
      ['TokenProviderError', 'run aws sso login'],
      ['UnrecognizedClientException', 'AWS does not know the access key'],
      ['InvalidClientTokenId', 'AWS does not know the access key'],
      ['ExpiredTokenException', 'have expired'],
      ['ExpiredToken', 'have expired'],
      ['InvalidSignatureException', 'the clock of the server'],
      ['SignatureDoesNotMatch', 'the clock of the server'],
      ['IncompleteSignatureException', 'the signature of the request is incomplete'],
      ['MissingAuthenticationTokenException', 'was not signed'],
    ] as const;
    for (const [exception, hint] of cases) {
      const log = captureLog();
      const fake = await startFakeCognito(fail(exception, message, 403));
      const app = fake.app({ authFlow, logger: log.logger });
      for (const endpoint of ['signIn', 'respondToChallenge'] as const) {
        const response = expectProblem(await app.call(endpoint), 'server_misconfigured');
        expect(response.text).to.not.include('arn:').and.not.include(SECRET_KEY);
      }
      expect(log.text(), exception).to.include(hint).and.include('AdminRespondToAuthChallenge');
      expect(log.text()).to.not.include('arn:').and.not.include(SECRET_KEY);
      await fake.close();
    }
  });

  it('logs that credentials are missing, and other endpoints work without them', async () => {
    setEnvironment(NO_CREDENTIALS);
    const log = captureLog();
    const kit = await startAdmin({}, { logger: log.logger });
    expectProblem(await kit.post('/sign-in', { email, password: PASSWORD }), 'server_misconfigured');
    expect(log.text()).to.include('no AWS credentials were found').and.include('CredentialsProviderError');
    expect(log.text()).to.not.include(PASSWORD);
    expect(kit.pool.requests.count()).to.equal(0);
    expectStatus(await kit.post('/forgot-password', { email }), 200);
    const { refreshToken } = kit.pool.tokensFor(email);
    expectStatus(await kit.post('/refresh', { refreshToken }), 200);
    await kit.close();
  });

  it('logs a hint if the app client does not allow the flow', async () => {
    const log = captureLog();
    const kit = await startAdmin(
      { appClient: { ExplicitAuthFlows: ['ALLOW_USER_PASSWORD_AUTH'] } },
      { logger: log.logger },
    );
    expectProblem(await kit.post('/sign-in', { email, password: PASSWORD }), 'server_misconfigured');
    expect(log.text()).to.include('set authFlow to one of its ExplicitAuthFlows');
    await kit.close();
  });

  it('leaves USER_PASSWORD_AUTH and USER_SRP_AUTH with InitiateAuth, which needs no credentials', async () => {
    setEnvironment(NO_CREDENTIALS);
    const fake = await startFakeCognito(answerWith({ ChallengeName: 'SMS_MFA', Session: 'x'.repeat(30) }));
    for (const flow of ['USER_PASSWORD_AUTH', 'USER_SRP_AUTH'] as const) {
      fake.requests.length = 0;
      await fake.app({ authFlow: flow }).call('signIn');
      expect(fake.requests.map(({ operation }) => operation)).to.deep.equal(['InitiateAuth']);
    }
    await fake.close();
  });
});
