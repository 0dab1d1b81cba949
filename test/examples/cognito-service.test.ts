import { copyFile, mkdir, rm, writeFile } from 'node:fs/promises';
import { CognitoIdentityProvider } from '@aws-sdk/client-cognito-identity-provider';
import { expect } from 'chai';
import express, { type ErrorRequestHandler, type Express } from 'express';
import supertest from 'supertest';
import { CognitoService, CognitoServiceError } from '../../examples/cognito-service.ts';
import type { Config } from '../../src/config/options.ts';
import { type LocalUserPool, startLocalUserPool } from '../../src/local/local-user-pool.ts';
import { type CognitoRouter, createCognitoRouter } from '../../src/router.ts';
import { blocksOf, codeAfter, ROOT, readPage } from '../support/documentation.ts';
import { settingsOf, start, stopAll } from '../support/example-process.ts';
import { freePort } from '../support/free-port.ts';
import { claimsOf, expectStatus, type Kit, OTHER_PASSWORD, PASSWORD, startKit } from '../support/helpers.ts';

const ADA = 'ada@example.com';

/** Controllers as tutorials write them: a method a route, and the error's name and message for the client. */
function tutorialApp(auth: CognitoRouter): Express {
  const cognito = new CognitoService(auth);
  const app = express().set('trust proxy', 'loopback').use(express.json(), CognitoService.forClient);
  app.post('/signup', async ({ body }, res) => {
    res.json(await cognito.signUp(body.username, body.password, body.attributes));
  });
  app.post('/confirm', async ({ body }, res) => {
    res.json(await cognito.confirmSignUp(body.username, body.code, body.session));
  });
  app.post('/resend', async ({ body }, res) => {
    res.json(await cognito.resendConfirmationCode(body.username));
  });
  app.post('/signin', async ({ body }, res) => {
    res.json(await cognito.signIn(body.username, body.password));
  });
  app.post('/forgot', async ({ body }, res) => {
    res.json(await cognito.forgotPassword(body.username));
  });
  app.post('/reset', async ({ body }, res) => {
    res.json(await cognito.confirmForgotPassword(body.username, body.code, body.password));
  });
  app.post('/change', async ({ body }, res) => {
    res.json(await cognito.changePassword(body.token, body.old, body.password));
  });
  app.post('/signout', async ({ body }, res) => {
    res.json(await cognito.globalSignOut(body.token));
  });
  const onError: ErrorRequestHandler = (error, _req, res, _next) => {
    if (!(error instanceof CognitoServiceError)) return void res.status(500).json({ message: error.message });
    res.status(400).json({ name: error.name, code: error.problem.code, message: error.message });
  };
  return app.use('/auth', auth).use(onError);
}

describe('examples/cognito-service.ts', () => {
  let kit: Kit;

  before(async () => {
    kit = await startKit({
      pool: {
        appClient: { GenerateSecret: true },
        users: [
          { username: ADA, password: PASSWORD },
          { username: 'limited@example.com', password: PASSWORD },
        ],
      },
      config: { rateLimits: { address: { signIn: { limit: 4, windowMs: 60_000 } } } },
      app: tutorialApp,
    });
  });
  after(() => kit.close());

  /** Each test has an address of its own, because the limits by address are part of what is tested. */
  const from = (address: string) => (path: string, body: object) =>
    kit.request.post(path).set('X-Forwarded-For', address).send(body);

  it('signs up, confirms, signs in, changes the password and signs out with a client secret', async () => {
    const post = from('203.0.113.1');
    const username = 'new@example.com';
    const attributes = [
      { Name: 'email', Value: username },
      { Name: 'name', Value: 'New User' },
    ];
    const signedUp = expectStatus(
      await post('/signup', { username, password: PASSWORD, attributes }),
      200,
    ).body;
    expect(signedUp).to.include({ UserConfirmed: false });
    expectStatus(await post('/resend', { username }), 200);
    const { code } = await kit.pool.inbox.waitFor({ to: username });
    expectStatus(await post('/confirm', { username, code, session: signedUp.Session }), 200);
    const { AuthenticationResult: first } = expectStatus(
      await post('/signin', { username, password: PASSWORD }),
      200,
    ).body;
    expect(first).to.include({ TokenType: 'Bearer', ExpiresIn: 3600 });
    expect(claimsOf(first.IdToken)).to.include({ email: username, name: 'New User' });
    const change = { token: first.AccessToken, old: PASSWORD, password: OTHER_PASSWORD };
    const { AuthenticationResult: second } = expectStatus(await post('/change', change), 200).body;
    expectStatus(await kit.get('/me', first.AccessToken), 401);
    expectStatus(await kit.get('/me', second.AccessToken), 200);
    expectStatus(await post('/signout', { token: second.AccessToken }), 200);
    expectStatus(await kit.get('/me', second.AccessToken), 401);
  });

  it('sets a forgotten password', async () => {
    const post = from('203.0.113.2');
    expectStatus(await post('/forgot', { username: ADA }), 200);
    const { code } = await kit.pool.inbox.waitFor({ to: ADA });
    expectStatus(await post('/reset', { username: ADA, code, password: OTHER_PASSWORD }), 200);
    expectStatus(await post('/signin', { username: ADA, password: OTHER_PASSWORD }), 200);
  });

  it("throws errors with the SDK's name and the code of the kit", async () => {
    const post = from('203.0.113.3');
    const refusalOf = async (path: string, body: object) => {
      const { name, code } = expectStatus(await post(path, body), 400).body;
      return [name, code];
    };
    const username = 'pending@example.com';
    expectStatus(await post('/signup', { username, password: PASSWORD }), 200);
    expect(await refusalOf('/confirm', { username, code: '000000' })).to.deep.equal([
      'CodeMismatchException',
      'invalid_code',
    ]);
    expect(await refusalOf('/signin', { username, password: PASSWORD })).to.deep.equal([
      'NotAuthorizedException',
      'invalid_credentials',
    ]);
    expect(await refusalOf('/signup', { username: 'weak@example.com', password: 'weak' })).to.deep.equal([
      'InvalidPasswordException',
      'invalid_password',
    ]);
    expect(await refusalOf('/signup', { username: { $ne: '' }, password: PASSWORD })).to.deep.equal([
      'InvalidParameterException',
      'validation_failed',
    ]);
    expect(await refusalOf('/signout', { token: 'not.a.token' })).to.deep.equal([
      'NotAuthorizedException',
      'invalid_token',
    ]);
  });

  it('answers for an unknown account as for a known one', async () => {
    const post = from('203.0.113.4');
    const answers = await Promise.all([
      post('/forgot', { username: 'unknown@example.com' }),
      post('/signup', { username: 'limited@example.com', password: PASSWORD }),
      post('/signin', { username: 'unknown@example.com', password: PASSWORD }),
    ]);
    expect(answers.map(({ status }) => status)).to.deep.equal([200, 200, 400]);
    expect(answers[1]?.body).to.include({ UserConfirmed: false });
    expect(answers[2]?.body).to.include({ name: 'NotAuthorizedException', code: 'invalid_credentials' });
  });

  it('counts the address of the client for the rate limit, together with the endpoint', async () => {
    const username = 'limited@example.com';
    const attempt = async (address: string) =>
      (await from(address)('/signin', { username, password: PASSWORD })).body.name;
    const names: unknown[] = [];
    for (let count = 0; count < 5; count++) names.push(await attempt('203.0.113.5'));
    expect(names).to.deep.equal([undefined, undefined, undefined, undefined, 'TooManyRequestsException']);
    expect(await attempt('203.0.113.6')).to.equal(undefined);
    const direct = kit.request.post('/auth/sign-in').set('X-Forwarded-For', '203.0.113.5');
    expectStatus(await direct.send({ email: username, password: PASSWORD }), 429);
  });

  it('asks for a new password after a sign-up that another client repeated', async () => {
    const post = from('203.0.113.7');
    const username = 'contested@example.com';
    expectStatus(await post('/signup', { username, password: PASSWORD }), 200);
    expectStatus(await post('/signup', { username, password: OTHER_PASSWORD }), 200);
    await kit.auth.idle();
    const { code } = kit.pool.inbox.latest({ to: username }) ?? {};
    const refused = expectStatus(await post('/confirm', { username, code }), 400).body;
    expect(refused).to.include({ name: 'PasswordResetRequiredException' });
  });

  it('takes a router with either transport, and names the option of one that it cannot use', async () => {
    const configs: Config[] = [
      { transport: 'both' },
      { transport: 'cookie' },
      { routes: { signIn: '/log-me-in' } },
    ];
    const answers: Record<string, unknown>[] = [];
    for (const config of configs) {
      const auth = createCognitoRouter({ ...kit.pool.config, logger: false, ...config });
      const body = { username: 'limited@example.com', password: PASSWORD };
      answers.push((await supertest(tutorialApp(auth)).post('/signin').send(body)).body);
      await auth.close();
    }
    expect(answers[0]).to.have.nested.property('AuthenticationResult.RefreshToken');
    expect(answers[1]?.message).to.include("set the option transport to 'bearer' or 'both'");
    expect(answers[2]?.message).to.include('POST /sign-in did not answer with JSON');
  });

  it('returns a challenge that the endpoint completes', async () => {
    const username = 'invited@example.com';
    kit.pool.addUser({ username, password: PASSWORD, status: 'FORCE_CHANGE_PASSWORD' });
    const signedIn = await from('203.0.113.8')('/signin', { username, password: PASSWORD });
    const { ChallengeName: name, Session: session, ChallengeParameters } = expectStatus(signedIn, 200).body;
    expect(name).to.equal('NEW_PASSWORD_REQUIRED');
    const answer = { name, session, username: ChallengeParameters.USERNAME, newPassword: OTHER_PASSWORD };
    expectStatus(await kit.post('/challenge', answer), 200);
  });

  it('tells the destination of a code as the SDK does, if the router conceals no account', async () => {
    const open = await startKit({
      pool: kit.pool,
      config: { concealUserExistence: false, transport: 'bearer' },
      app: tutorialApp,
    });
    const { body } = expectStatus(await open.request.post('/forgot').send({ username: ADA }), 200);
    expect(body.CodeDeliveryDetails).to.deep.equal({
      DeliveryMedium: 'EMAIL',
      Destination: 'a***@e***',
      AttributeName: 'email',
    });
    const concealed = await kit.request.post('/forgot').send({ username: ADA });
    expect(expectStatus(concealed, 200).body).to.deep.equal({});
  });

  it('names the missing line when no middleware has set the client', async () => {
    const cognito = new CognitoService(kit.auth);
    const app = express().get('/', async (_req, res) => void res.json(await cognito.signIn(ADA, PASSWORD)));
    const onError: ErrorRequestHandler = (error, _req, res, _next) =>
      void res.status(500).send(error.message);
    const { text } = await supertest(app.use(onError)).get('/');
    expect(text).to.include('app.use(CognitoService.forClient)');
  });
});

describe('docs/migrate-from-a-cognito-service.md', () => {
  const folder = new URL('.tmp/migration/', ROOT);
  const user = { username: ADA, password: PASSWORD };
  let pool: LocalUserPool;
  let url: string;

  before(async function () {
    this.timeout(60_000);
    pool = await startLocalUserPool({ quiet: true, users: [user] });
    const blocks = blocksOf(await readPage('docs/migrate-from-a-cognito-service.md'));
    const [app = '', subclass = ''] = blocks.map(({ code }) => codeAfter(code));
    await mkdir(folder, { recursive: true });
    await copyFile(new URL('examples/cognito-service.ts', ROOT), new URL('cognito-service.ts', folder));
    await writeFile(new URL('tutorial-service.ts', folder), subclass);
    const routes = [
      "app.post('/command', async ({ body }, res) => res.json(await new TutorialService().signInUser(body.name, body.password)));",
      "app.post('/verify', async ({ body }, res) => res.json(await new TutorialService().verifyAccount(body.name, body.code)));",
    ];
    const withSubclass = [
      "import TutorialService from './tutorial-service.ts';",
      app.replace('app.listen', `${routes.join('\n')}\napp.listen`),
      "console.log('started');",
    ];
    await writeFile(new URL('app.ts', folder), withSubclass.join('\n'));
    const PORT = String(await freePort());
    url = `http://127.0.0.1:${PORT}`;
    await start('.tmp/migration/app.ts', { PORT, ...settingsOf(pool) }).prints(/started/);
  });
  after(async () => {
    await stopAll();
    await pool.close();
    await rm(folder, { recursive: true, force: true });
  });

  const post = (path: string, body: object) => supertest(url).post(path).send(body);

  it('has an app that signs in by its old path, by a subclass and by the endpoint', async () => {
    const old = expectStatus(await post('/signin', user), 200).body;
    const byCommand = expectStatus(await post('/command', { name: ADA, password: PASSWORD }), 200).body;
    const endpoint = expectStatus(await post('/auth/sign-in', { email: ADA, password: PASSWORD }), 200).body;
    const subOf = (token: string) => claimsOf(token).sub;
    expect(subOf(old.AuthenticationResult.AccessToken)).to.equal(subOf(endpoint.tokens.accessToken));
    expect(subOf(byCommand.AuthenticationResult.AccessToken)).to.equal(subOf(endpoint.tokens.accessToken));
    const refused = expectStatus(await post('/signin', { ...user, password: OTHER_PASSWORD }), 400).body;
    expect(refused).to.include({ name: 'NotAuthorizedException' });
    expect(expectStatus(await post('/verify', { name: ADA, code: '000000' }), 200).body).to.equal(false);
  });

  it('keeps the tokens that the old class got from the SDK', async () => {
    const { endpoint, clientId: ClientId } = pool.config;
    const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
    const sdk = new CognitoIdentityProvider({ endpoint, region: 'us-east-1', credentials });
    const { AuthenticationResult: tokens } = await sdk.initiateAuth({
      ClientId,
      AuthFlow: 'USER_PASSWORD_AUTH',
      AuthParameters: { USERNAME: ADA, PASSWORD },
    });
    const me = supertest(url).get('/auth/me').set('Authorization', `Bearer ${tokens?.AccessToken}`);
    expect(expectStatus(await me, 200).body.attributes).to.include({ email: ADA });
    const refreshed = await post('/auth/refresh', { refreshToken: tokens?.RefreshToken });
    expect(expectStatus(refreshed, 200).body).to.have.nested.property('tokens.accessToken');
  });
});
