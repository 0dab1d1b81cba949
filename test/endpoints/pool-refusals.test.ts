import { expect } from 'chai';
import express from 'express';
import type { Response } from 'supertest';
import type { Config } from '../../src/config/options.ts';
import type { LocalUserPoolOptions } from '../../src/local/local-user-pool.ts';
import { type FakeCognito, fail, startFakeCognito } from '../support/fake-cognito.ts';
import {
  expectProblem,
  expectStatus,
  type Kit,
  OTHER_PASSWORD,
  PASSWORD,
  startKit,
} from '../support/helpers.ts';
import { captureLog } from '../support/log-capture.ts';
import { Browser, leftFor } from '../support/login-pages.ts';

const ADA = 'ada@example.com';
const TEMPORARY_PASSWORD = 'Temporary-pass-3';

/** A schema with a required attribute, as the AWS console makes it. */
const NEEDS_GIVEN_NAME = { Schema: [{ Name: 'given_name', Required: true }] };

describe('A refusal by the user pool', () => {
  const log = captureLog();
  const kits: Kit[] = [];
  let fake: FakeCognito;
  before(async () => {
    fake = await startFakeCognito();
  });
  after(() => fake.close());
  beforeEach(() => log.clear());
  afterEach(() => Promise.all(kits.splice(0).map((kit) => kit.close())));

  async function start(pool: LocalUserPoolOptions, config: Config = {}): Promise<Kit> {
    const kit = await startKit({ pool, config: { logger: log.logger, ...config } });
    kits.push(kit);
    return kit;
  }

  const expectErrors = (response: Response, path: string, message: string): Chai.Assertion =>
    expect(expectProblem(response, 'validation_failed').body.errors).to.deep.equal([{ path, message }]);
  const hint = (): unknown => log.lines().at(-1)?.hint;

  describe('of an attribute', () => {
    it('names an attribute that the pool requires at sign-up (case A1)', async () => {
      const kit = await start({ pool: NEEDS_GIVEN_NAME });
      const body = { email: ADA, password: PASSWORD };
      const refused = await kit.post('/sign-up', body);
      expectErrors(refused, '/attributes/given_name', 'is required by the user pool');
      expectStatus(await kit.post('/sign-up', { ...body, attributes: { given_name: 'Ada' } }), 200);
    });

    it('names a required e-mail address beside the attributes (case A1)', async () => {
      const pool = {
        Schema: [{ Name: 'email', Required: true }],
        UsernameAttributes: ['phone_number' as const],
      };
      const kit = await start({ pool }, { signInWith: 'phoneNumber' });
      const refused = await kit.post('/sign-up', { phoneNumber: '+15550100', password: PASSWORD });
      expectErrors(refused, '/email', 'is required by the user pool');
    });

    it('names each of several required attributes', async () => {
      fake.answer = fail(
        'InvalidParameterException',
        'Attributes did not conform to the schema: given_name: The attribute is required\nfamily_name: The attribute is required\n',
      );
      const { body } = expectProblem(await fake.app().call('signUp'), 'validation_failed');
      expect(body.errors.map(({ path }: { path: string }) => path)).to.deep.equal([
        '/attributes/given_name',
        '/attributes/family_name',
      ]);
    });

    it('names a value that does not fit the schema, at sign-up and in the profile', async () => {
      const kit = await start({ users: [{ username: ADA, password: PASSWORD }] });
      const attributes = { birthdate: '1990' };
      const violation = 'does not fit the schema of the user pool';
      const refused = await kit.post('/sign-up', {
        email: 'eve@example.com',
        password: PASSWORD,
        attributes,
      });
      expectErrors(refused, '/attributes/birthdate', violation);
      const { accessToken } = kit.pool.tokensFor(ADA);
      const changed = kit.request.patch('/auth/me').set('Authorization', `Bearer ${accessToken}`);
      expectErrors(await changed.send({ attributes }), '/attributes/birthdate', violation);
    });

    it('names a required attribute that a user deletes', async () => {
      const users = [{ username: ADA, password: PASSWORD, attributes: { given_name: 'Ada' } }];
      const kit = await start({ pool: NEEDS_GIVEN_NAME, users });
      const { accessToken } = (await kit.post('/sign-in', { email: ADA, password: PASSWORD })).body.tokens;
      const blank = kit.request.patch('/auth/me').set('Authorization', `Bearer ${accessToken}`);
      expectErrors(
        await blank.send({ attributes: { given_name: '' } }),
        '/attributes/given_name',
        'is required by the user pool',
      );
      const deleted = kit.request.delete('/auth/me/attributes/given_name');
      expectErrors(
        await deleted.set('Authorization', `Bearer ${accessToken}`),
        '/name',
        'is required by the user pool',
      );
    });

    it('names an attribute that cannot be changed', async () => {
      const pool = { Schema: [{ Name: 'nickname', Mutable: false }] };
      const users = [{ username: ADA, password: PASSWORD, attributes: { nickname: 'ada' } }];
      const kit = await start({ pool, users });
      const { accessToken } = (await kit.post('/sign-in', { email: ADA, password: PASSWORD })).body.tokens;
      const change = kit.request.patch('/auth/me').set('Authorization', `Bearer ${accessToken}`);
      expectErrors(
        await change.send({ attributes: { nickname: 'countess' } }),
        '/attributes/nickname',
        'cannot be changed in the user pool',
      );
    });

    it('is a fault of the server if the pool lacks an attribute of writableAttributes', async () => {
      const kit = await start({}, { writableAttributes: ['custom:plan'] });
      const body = { email: ADA, password: PASSWORD, attributes: { 'custom:plan': 'gold' } };
      expectProblem(await kit.post('/sign-up', body), 'server_misconfigured');
      expect(hint()).to.include('writableAttributes');
    });

    it('never puts a value of the request into errors', async () => {
      const app = fake.app();
      for (const text of [
        'Attributes did not conform to the schema: name: hunter swordfish',
        'Attributes did not conform to the schema: hunter swordfish: The attribute is required',
        `Attributes did not conform to the schema: ${'x'.repeat(65)}: The attribute is required`,
        'user.</script>: Attribute cannot be updated.',
      ]) {
        fake.answer = fail('InvalidParameterException', text);
        const { body } = expectProblem(await app.call('signUp'), 'validation_failed');
        expect(JSON.stringify(body.errors ?? [])).to.not.match(/hunter|x{65}|script/);
      }
    });
  });

  describe('of a new password at the first sign-in', () => {
    const users = [
      {
        username: ADA,
        password: TEMPORARY_PASSWORD,
        status: 'FORCE_CHANGE_PASSWORD',
        attributes: { name: 'Ada' },
      },
    ] as const;
    const pool = {
      Schema: [
        { Name: 'name', Required: true },
        { Name: 'given_name', Required: true },
      ],
    };

    async function answer(attributes: object, config: Config = {}): Promise<Response> {
      const kit = await start({ pool, users }, config);
      const { challenge } = (await kit.post('/sign-in', { email: ADA, password: TEMPORARY_PASSWORD })).body;
      const { session, username } = challenge;
      const body = { name: 'NEW_PASSWORD_REQUIRED', session, username, newPassword: PASSWORD, attributes };
      return kit.post('/challenge', body);
    }

    it('names an attribute that cannot be changed (case A9)', async () => {
      const refused = await answer({ name: 'Countess', given_name: 'Ada' });
      expectErrors(refused, '/attributes/name', 'cannot be changed');
      expect(refused.body.detail).to.include('Sign in again');
    });

    it('names an attribute that is missing (case A9)', async () => {
      expectErrors(await answer({}), '/attributes/given_name', 'is required by the user pool');
    });

    it('names the attribute in the flow USER_AUTH too, with its masked errors (case A9)', async () => {
      fake.answer = fail('NotAuthorizedException', 'Cannot modify an already provided name');
      const app = fake.app({ authFlow: 'USER_AUTH' });
      const body = { name: 'NEW_PASSWORD_REQUIRED', newPassword: PASSWORD, confirmationCode: undefined };
      expectErrors(await app.call('respondToChallenge', body), '/attributes/name', 'cannot be changed');
    });
  });

  describe('of the form of a new name', () => {
    const BODY = { email: ADA, password: PASSWORD };
    const ALIAS = { AliasAttributes: ['email' as const], UsernameAttributes: [] };

    it('is a fault of the server if e-mail is an alias and signInWith is the default (case A2)', async () => {
      const kit = await start({ pool: ALIAS }, { signInWith: 'email' });
      expectProblem(await kit.post('/sign-up', BODY), 'server_misconfigured');
      expect(log.lines().at(-1)).to.include({ level: 50, exception: 'InvalidParameterException' });
      expect(hint()).to.match(/^signInWith does not fit .*\['username', 'email'\]/);
    });

    it('is the fault of the client if signInWith fits a pool with an alias', async () => {
      const kit = await start({ pool: ALIAS }, { signInWith: ['username', 'email'] });
      expectErrors(await kit.post('/sign-up', BODY), '/username', 'is required by the user pool');
      expectErrors(
        await kit.post('/sign-up', { ...BODY, username: 'ada@example.org' }),
        '/username',
        'must not have the form of an address',
      );
      expect(hint()).to.equal(undefined);
      expectStatus(await kit.post('/sign-up', { ...BODY, username: 'ada' }), 200);
    });

    it('is a fault of the server if the pool takes e-mail addresses and signInWith is another name', async () => {
      const kit = await start({}, { signInWith: 'username' });
      expectProblem(
        await kit.post('/sign-up', { username: 'ada', password: PASSWORD }),
        'server_misconfigured',
      );
      expect(hint()).to.match(/signInWith does not fit .*\['email'\]/);
      const phones = await start({}, { signInWith: ['email', 'phoneNumber'] });
      const body = { phoneNumber: '+15550100', password: PASSWORD };
      expectProblem(await phones.post('/sign-up', body), 'server_misconfigured');
    });
  });

  describe('by a trigger', () => {
    it('reaches the client as the trigger wrote it, so that JSON stays JSON (case A5)', async () => {
      for (const words of [
        '{"code":"x"}',
        'Ask your admin',
        'Ask your admin.',
        `{"why":"${'y'.repeat(900)}"}`,
      ]) {
        const triggers = { preSignUp: () => Promise.reject(new Error(words)) };
        const kit = await start({ triggers });
        const refused = await kit.post('/sign-up', { email: ADA, password: PASSWORD });
        expect(expectProblem(refused, 'rejected_by_pool').body.detail).to.equal(words);
      }
    });
  });

  describe('of a password', () => {
    it('says that it must not end with a space (case D8)', async () => {
      const kit = await start({ users: [{ username: ADA, password: PASSWORD }] });
      const { accessToken } = (await kit.post('/sign-in', { email: ADA, password: PASSWORD })).body.tokens;
      for (const [path, body] of [
        ['/sign-up', { email: 'grace@example.com', password: `${PASSWORD} ` }],
        ['/sign-up', { email: 'grace@example.com', password: ` ${PASSWORD}` }],
        ['/change-password', { oldPassword: PASSWORD, newPassword: `${OTHER_PASSWORD} ` }],
        ['/confirm-forgot-password', { email: ADA, confirmationCode: '123456', newPassword: `${PASSWORD} ` }],
      ] as const) {
        const refused = await kit.post(path, body, accessToken);
        expect(expectProblem(refused, 'invalid_password').body.detail, path).to.include('ends with a space');
      }
    });

    it('names the attribute of a taken preferred user name (case D12)', async () => {
      const pool = { AliasAttributes: ['preferred_username' as const], UsernameAttributes: [] };
      const users = [
        { username: 'ada', password: PASSWORD, attributes: { preferred_username: 'countess' } },
        { username: 'grace', password: PASSWORD },
      ];
      const kit = await start({ pool, users }, { signInWith: 'username' });
      const { tokens } = (await kit.post('/sign-in', { username: 'grace', password: PASSWORD })).body;
      const refused = await kit.request
        .patch('/auth/me')
        .set('Authorization', `Bearer ${tokens.accessToken}`)
        .send({ attributes: { preferred_username: 'countess' } });
      const { detail, errors } = expectProblem(refused, 'alias_exists').body;
      expect(detail).to.equal('Another account uses this preferred user name.');
      expect(errors).to.deep.equal([
        { path: '/attributes/preferred_username', message: 'is used by another account' },
      ]);
    });
  });
});

describe('A refusal of an operation with a valid access token', () => {
  let fake: FakeCognito;
  before(async () => {
    fake = await startFakeCognito();
  });
  after(() => fake.close());

  it('is 403 at each endpoint, because a 401 would sign the user out (case D4)', async () => {
    fake.answer = fail('NotAuthorizedException', 'User is not authorized to do this.');
    const app = fake.app();
    for (const name of [
      'changePassword',
      'updateMe',
      'deleteMe',
      'setMfaPreference',
      'listDevices',
      'startPasskey',
      'listSessions',
    ] as const) {
      const response = expectProblem(await app.call(name), 'not_allowed_for_user');
      expect(response.headers, name).to.not.have.property('www-authenticate');
    }
    const signOut = await app
      .call('signOut', { everywhere: true, refreshToken: undefined })
      .set('Authorization', `Bearer ${fake.issuer.accessToken()}`);
    expectProblem(signOut, 'not_allowed_for_user');
  });

  it('is 401 if Cognito refuses the token itself', async () => {
    for (const text of ['Invalid Access Token', 'Access Token has been revoked', 'Invalid token']) {
      fake.answer = fail('NotAuthorizedException', text);
      expectProblem(await fake.app().call('changePassword'), 'invalid_token');
    }
  });
});

describe('A user of an identity provider', () => {
  const CALLBACK = 'http://localhost:3000/auth/callback';
  const GRACE = { id: '1234', 'attribute.email': 'grace@example.com', 'attribute.name': 'Grace' };
  const log = captureLog();

  it('is told by 403 that there is no password to change (case D4)', async () => {
    const kit = await startKit({
      pool: { appClient: { CallbackURLs: [CALLBACK] }, identityProviders: ['Google'] },
      config: {
        logger: log.logger,
        transport: 'bearer',
        managedLogin: { redirectUri: CALLBACK },
        cookieSecret: 'a secret for cookies, of 32 characters',
      },
      app: (auth) => express().use('/auth', auth),
    });
    const browser = new Browser(kit.pool.url);
    const login = await browser.request(`${kit.url}/auth/login?identityProvider=Google`);
    const page = await browser.open(login.headers.get('location') ?? '');
    const { search } = leftFor(await browser.submit(page, GRACE));
    const signedIn = await browser.request(`${kit.url}/auth/callback${search}`);
    const { tokens } = (await signedIn.json()) as { tokens: { accessToken: string } };
    const body = { oldPassword: PASSWORD, newPassword: OTHER_PASSWORD };
    const refused = await kit.post('/change-password', body, tokens.accessToken);
    expect(expectProblem(refused, 'not_allowed_for_user').body.detail).to.include('identity provider');
    expect(log.lines().at(-1)).to.include({ upstreamMessage: 'User is not authorized to change password.' });
    await kit.close();
  });
});
