import { expect } from 'chai';
import type { Config } from '../../src/config/options.ts';
import { createTestIssuer, type TestIssuer } from '../../src/testing/index.ts';
import { SAME_ORIGIN } from '../support/cookie-client.ts';
import { answerWith, type FakeCognito, startFakeCognito } from '../support/fake-cognito.ts';
import { expectProblem, expectStatus, type Kit, PASSWORD, startKit } from '../support/helpers.ts';
import { captureLog } from '../support/log-capture.ts';

const OTHER_POOL = 'us-east-1_OtherPool1';
const SIGN_IN = { email: 'ada@example.com', password: PASSWORD };

const log = captureLog();
const hints = () => log.lines().flatMap(({ hint }) => hint ?? []);

describe('A router whose userPoolId is not the pool of its app client', () => {
  let kit: Kit;

  async function start(config: Config): Promise<Kit> {
    kit = await startKit({
      pool: { users: [{ username: SIGN_IN.email, password: PASSWORD }] },
      config: { userPoolId: OTHER_POOL, logger: log.logger, ...config },
    });
    return kit;
  }

  beforeEach(() => log.clear());
  afterEach(() => kit.close());

  it('refuses the sign-in with server_misconfigured and a hint that names the issuer (case A6)', async () => {
    await start({});
    expectProblem(await kit.post('/sign-in', SIGN_IN), 'server_misconfigured');
    expect(hints()).to.have.lengthOf(1);
    expect(hints()[0])
      .to.include(`the tokens are from ${kit.pool.issuer}`)
      .and.include('check that userPoolId');
    expect(log.text()).to.not.include('eyJ');
  });

  it('sets no cookie at the sign-in', async () => {
    await start({ transport: 'cookie' });
    const response = await kit.post('/sign-in', SIGN_IN).set(SAME_ORIGIN);
    expectProblem(response, 'server_misconfigured');
    expect(response.headers).to.not.have.property('set-cookie');
  });

  it('refuses a refresh with the same problem, and keeps the session', async () => {
    await start({});
    const { refreshToken } = kit.pool.tokensFor(SIGN_IN.email);
    expectProblem(await kit.post('/refresh', { refreshToken }), 'server_misconfigured');
    expect(hints()).to.have.lengthOf(1);
  });

  it('answers a wrong password as ever', async () => {
    await start({});
    expectProblem(
      await kit.post('/sign-in', { ...SIGN_IN, password: `${PASSWORD}!` }),
      'invalid_credentials',
    );
  });
});

describe('A router whose app client and pool fit', () => {
  let kit: Kit;

  beforeEach(() => log.clear());
  afterEach(() => kit.close());

  it('signs in without a warning', async () => {
    kit = await startKit({ config: { logger: log.logger } });
    await kit.signUpAndIn();
    expect(log.lines().filter(({ level }) => Number(level) > 30)).to.deep.equal([]);
  });

  for (const [name, seconds, words] of [
    ['ahead of', -600, /the clock of the server is (599|600|601) seconds ahead of Cognito's/],
    ['behind', 600, /the clock of the server is (599|600|601) seconds behind Cognito's/],
  ] as const) {
    it(`warns once of a clock that is ${name} Cognito's`, async () => {
      kit = await startKit({
        pool: { clock: () => Date.now() + seconds * 1000 },
        config: { logger: log.logger },
      });
      await kit.signUpAndIn();
      await kit.signUpAndIn();
      const warnings = log.lines().filter(({ level }) => level === 40);
      expect(warnings).to.have.lengthOf(1);
      expect(warnings[0]).to.include({ code: 'clock_skew' });
      expect(warnings[0]?.hint).to.match(words);
    });
  }

  it('accepts an access token of 9,000 characters, and warns of its length (case D10)', async () => {
    const groups = Array.from({ length: 60 }, (_, index) => `${'g'.repeat(95)}-${index}`);
    kit = await startKit({
      pool: { users: [{ username: SIGN_IN.email, password: PASSWORD, groups }] },
      config: { logger: log.logger },
    });
    const { accessToken } = expectStatus(await kit.post('/sign-in', SIGN_IN), 200).body.tokens;
    expect(accessToken.length).to.be.within(8_192, 12_000);
    expectStatus(await kit.get('/me', accessToken), 200);
    const warning = log.lines().find(({ code }) => code === 'tokens_long');
    expect(warning?.hint).to.include(`an access token has ${accessToken.length} characters`);
  });

  it('names the user of a cookie session whose ID token is too long to decode', async () => {
    kit = await startKit({
      pool: {
        users: [{ username: SIGN_IN.email, password: PASSWORD }],
        triggers: {
          preTokenGenerationV2: (event) => ({
            ...event,
            response: {
              claimsAndScopeOverrideDetails: {
                idTokenGeneration: { claimsToAddOrOverride: { long: 'x'.repeat(13_000) } },
              },
            },
          }),
        },
      },
      config: { transport: 'cookie' },
    });
    const { user } = expectStatus(await kit.post('/sign-in', SIGN_IN).set(SAME_ORIGIN), 200).body;
    expect(user).to.have.all.keys('sub', 'username', 'groups');
  });

  it('warns of a clock so far ahead that each new token has expired', async () => {
    kit = await startKit({ pool: { clock: () => Date.now() - 7_200_000 }, config: { logger: log.logger } });
    await kit.signUpAndIn();
    expect(log.lines().filter(({ level }) => level === 40)[0]).to.include({ code: 'clock_skew' });
  });
});

describe('A server in place of Cognito', () => {
  let fake: FakeCognito;
  let issuer: TestIssuer;

  before(async () => {
    fake = await startFakeCognito();
    issuer = await createTestIssuer();
  });
  after(() => fake.close());
  beforeEach(() => log.clear());

  const issued = (AccessToken: string) =>
    answerWith({ AuthenticationResult: { AccessToken, IdToken: 'd.e.f', ExpiresIn: 60 } });

  it('is refused at the sign-in if its tokens name another app client', async () => {
    fake.answer = issued(fake.issuer.accessToken({ clientId: 'another' }));
    const app = fake.app({ logger: log.logger });
    expectProblem(await app.call('signIn'), 'server_misconfigured');
    expect(hints()[0]).to.include('name app client another');
  });

  it('leaves nothing of its issuer in the log that is not a URL', async () => {
    fake.answer = issued(issuer.accessToken({ claims: { iss: 'a\nb', client_id: 'c d' } }));
    const app = fake.app({ logger: log.logger });
    expectProblem(await app.call('signIn'), 'server_misconfigured');
    expect(hints()[0]).to.include('from an unexpected issuer and name no app client');
  });

  it('may issue opaque tokens, which the log warns of once', async () => {
    fake.answer = issued('opaque');
    const app = fake.app({ logger: log.logger });
    expectStatus(await app.call('signIn'), 200);
    expectStatus(await app.call('signIn'), 200);
    expect(log.lines().filter(({ level }) => level === 40)).to.have.lengthOf(1);
    expect(hints()[0]).to.include('not those of Cognito');
  });
});
