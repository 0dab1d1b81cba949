import { execFile } from 'node:child_process';
import { readdir, readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect } from 'chai';
import type { PoolSettings } from '../../src/local/model/settings.ts';
import { isAllowedOrigin } from '../../src/local/sign-in/webauthn.ts';
import { answerWith, startFakeCognito } from '../support/fake-cognito.ts';
import { expectProblem, expectStatus, type Kit, type SignedIn, startKit } from '../support/helpers.ts';
import { closeAll, outcomeOf, PASSWORD, startLocal } from '../support/local-sdk.ts';
import { type Deviations, SoftwareAuthenticator } from '../support/software-authenticator.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** A pool whose users can have passkeys for pages on localhost. */
const WITH_PASSKEYS: PoolSettings = {
  Policies: { SignInPolicy: { AllowedFirstAuthFactors: ['PASSWORD', 'WEB_AUTHN'] } },
  WebAuthnConfiguration: { RelyingPartyId: 'localhost' },
};

/** Adds a passkey through the endpoints. */
async function register(
  kit: Kit,
  accessToken: string,
  authenticator: SoftwareAuthenticator = new SoftwareAuthenticator(),
  how: Deviations = {},
) {
  const { publicKey } = expectStatus(await kit.post('/passkeys/options', {}, accessToken), 200).body;
  const credential = authenticator.create(publicKey, how);
  return { authenticator, publicKey, credential, response: await add(kit, accessToken, credential) };
}

const add = (kit: Kit, accessToken: string, credential: object) =>
  kit.post('/passkeys', { credential }, accessToken);

const remove = (kit: Kit, accessToken: string, id: string) =>
  kit.request.delete(`/auth/passkeys/${id}`).set('Authorization', `Bearer ${accessToken}`);

const list = async (kit: Kit, accessToken: string): Promise<Record<string, unknown>[]> =>
  expectStatus(await kit.get('/passkeys', accessToken), 200).body.passkeys;

describe('Passkey endpoints', () => {
  let kit: Kit;
  let ada: SignedIn;
  let token: string;
  beforeEach(async () => {
    kit = await startKit({ pool: { pool: WITH_PASSKEYS } });
    ada = await kit.signUpAndIn();
    token = ada.tokens.accessToken;
  });
  afterEach(() => kit.close());

  it('POST /passkeys/options returns the creation options of WebAuthn as JSON', async () => {
    const { publicKey } = expectStatus(await kit.post('/passkeys/options', {}, token), 200).body;
    expect(publicKey).to.deep.include({
      rp: { id: 'localhost', name: 'localhost' },
      user: { id: Buffer.from(ada.sub).toString('base64url'), name: ada.email, displayName: ada.email },
      pubKeyCredParams: [
        { type: 'public-key', alg: -7 },
        { type: 'public-key', alg: -257 },
      ],
      excludeCredentials: [],
      authenticatorSelection: {
        requireResidentKey: true,
        residentKey: 'required',
        userVerification: 'preferred',
      },
    });
    expect(Buffer.from(publicKey.challenge, 'base64url')).to.have.length(32);
  });

  for (const algorithm of ['ES256', 'RS256'] as const) {
    it(`a passkey can be added, listed and deleted (${algorithm})`, async () => {
      expect(await list(kit, token)).to.deep.equal([]);
      const { authenticator, response } = await register(
        kit,
        token,
        new SoftwareAuthenticator({ algorithm }),
      );
      expect(expectStatus(response, 200).body).to.deep.equal({ status: 'added' });
      const [passkey, ...rest] = await list(kit, token);
      expect(rest).to.deep.equal([]);
      expect(passkey).to.deep.include({
        id: authenticator.id,
        name: 'Passkey 1',
        relyingPartyId: 'localhost',
        attachment: 'platform',
        transports: ['internal'],
      });
      expect(passkey?.createdAt).to.match(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/);
      expect((await kit.get('/me/auth-factors', token)).body.factors).to.deep.equal([
        'PASSWORD',
        'WEB_AUTHN',
      ]);

      const deleted = await remove(kit, token, authenticator.id);
      expect(expectStatus(deleted, 200).body).to.deep.equal({ status: 'deleted' });
      expect(await list(kit, token)).to.deep.equal([]);
      expectProblem(await remove(kit, token, authenticator.id), 'not_found');
      expect((await kit.get('/me/auth-factors', token)).body.factors).to.deep.equal(['PASSWORD']);
    });
  }

  it('the options exclude existing passkeys, and adding one again is refused', async () => {
    const { authenticator } = await register(kit, token);
    const { body } = await kit.post('/passkeys/options', {}, token);
    expect(body.publicKey.excludeCredentials).to.deep.equal([
      { type: 'public-key', id: authenticator.id, transports: ['internal'] },
    ]);
    const again = await register(kit, token, authenticator);
    expectProblem(again.response, 'rejected_by_pool');
    expect(await list(kit, token)).to.have.length(1);
  });

  it('an account has twenty passkeys at most', async () => {
    for (let i = 0; i < 20; i++) expectStatus((await register(kit, token)).response, 200);
    const response = expectProblem(await kit.post('/passkeys/options', {}, token), 'conflict');
    expect(response.body.detail).to.equal(
      'The account has the maximum number of passkeys. Delete one first.',
    );
    expect(await list(kit, token)).to.have.length(20);
  });

  it('passkeys can be listed and deleted only with a token of their user', async () => {
    const { authenticator } = await register(kit, token);
    const eve = (await kit.signUpAndIn()).tokens.accessToken;
    expect(await list(kit, eve)).to.deep.equal([]);
    expectProblem(await remove(kit, eve, authenticator.id), 'not_found');
    expect(await list(kit, token)).to.have.length(1);
    for (const request of [
      kit.get('/passkeys'),
      kit.post('/passkeys/options', {}),
      kit.request.delete('/auth/passkeys/abc'),
    ])
      expectProblem(await request, 'missing_token');
  });

  describe('registration checks', () => {
    const refused: Readonly<Record<string, Deviations>> = {
      'from another origin': { origin: 'https://evil.example' },
      'from an origin that starts with the relying party ID': { origin: 'https://localhost.evil.example' },
      'without user presence': { userPresent: false },
      'with the type of an assertion': { type: 'webauthn.get' },
      'for another relying party': { rpId: 'evil.example' },
      'with the ID of another credential': { id: 'AAAAAAAAAAAAAAAAAAAAAA' },
    };
    for (const [title, how] of Object.entries(refused)) {
      it(`a credential ${title} is refused`, async () => {
        const { response } = await register(kit, token, new SoftwareAuthenticator(), how);
        expectProblem(response, 'rejected_by_pool');
        expect(await list(kit, token)).to.deep.equal([]);
      });
    }

    it('a credential with an unsupported key type is refused', async () => {
      const { response } = await register(kit, token, new SoftwareAuthenticator({ algorithm: 'ES384' }));
      expectProblem(response, 'rejected_by_pool');
    });

    it('a credential is accepted once', async () => {
      const { credential } = await register(kit, token);
      const response = expectProblem(await add(kit, token, credential), 'conflict');
      expect(response.body.detail).to.include('Start it again');
    });

    it('a challenge is invalid after a refused credential', async () => {
      const authenticator = new SoftwareAuthenticator();
      const { publicKey } = await register(kit, token, authenticator, { origin: 'https://evil.example' });
      expectProblem(await add(kit, token, authenticator.create(publicKey)), 'conflict');
    });

    it('a challenge that is made up, expired or of another user is refused', async () => {
      const challenge = Buffer.alloc(32).toString('base64url');
      const made = await register(kit, token, new SoftwareAuthenticator(), { challenge });
      expectProblem(made.response, 'conflict');

      const { body } = await kit.post('/passkeys/options', {}, token);
      const authenticator = new SoftwareAuthenticator();
      const eve = (await kit.signUpAndIn()).tokens.accessToken;
      expectProblem(await add(kit, eve, authenticator.create(body.publicKey)), 'conflict');
      kit.pool.clock.advance(179_000);
      expectStatus(await add(kit, token, authenticator.create(body.publicKey)), 200);

      const late = (await kit.post('/passkeys/options', {}, token)).body.publicKey;
      kit.pool.clock.advance(180_000);
      expectProblem(await add(kit, token, new SoftwareAuthenticator().create(late)), 'conflict');
    });

    it('a challenge of another app client is refused', async () => {
      const { body } = await kit.post('/passkeys/options', {}, token);
      const config = kit.pool.addClient();
      const other = await startKit({ pool: kit.pool, config });
      const there = kit.pool.tokensFor(ada.email, { clientId: config.clientId }).accessToken;
      const credential = new SoftwareAuthenticator().create(body.publicKey);
      const response = expectProblem(await add(other, there, credential), 'rejected_by_pool');
      expect(response.body.detail).to.include('another app client');
      await other.auth.close();
    });

    it('a malformed credential is refused', async () => {
      const { body } = await kit.post('/passkeys/options', {}, token);
      const valid = new SoftwareAuthenticator().create(body.publicKey);
      const broken: readonly [string, object][] = [
        ['/credential', {}],
        ['/credential/id', { credential: { ...valid, id: 'not base64url!' } }],
        ['/credential/id', { credential: { ...valid, id: 'A'.repeat(1365) } }],
        ['/credential/type', { credential: { ...valid, type: 'password' } }],
        ['/credential/extra', { credential: { ...valid, extra: 1 } }],
        ['/credential/clientExtensionResults', { credential: { ...valid, clientExtensionResults: 'x' } }],
        ['/credential/response', { credential: { ...valid, response: [] } }],
        [
          '/credential/response/attestationObject',
          { credential: { ...valid, response: { ...valid.response, attestationObject: '' } } },
        ],
        [
          '/credential/response/transports',
          { credential: { ...valid, response: { ...valid.response, transports: 'usb' } } },
        ],
      ];
      for (const [path, given] of broken) {
        const response = expectProblem(await kit.post('/passkeys', given, token), 'validation_failed');
        expect(response.body.errors.map((error: { path: string }) => error.path)).to.include(path);
      }
      for (const part of ['clientDataJSON', 'attestationObject']) {
        const credential = { ...valid, response: { ...valid.response, [part]: 'bm9uc2Vuc2U' } };
        expectProblem(await add(kit, token, credential), 'rejected_by_pool');
      }
    });
  });

  it('client extension results are accepted', async () => {
    const { body } = await kit.post('/passkeys/options', {}, token);
    const credential = new SoftwareAuthenticator().create(body.publicKey);
    const clientExtensionResults = { prf: { results: { first: 'AAAA' } }, 'vendor.example': [1, true] };
    expectStatus(await add(kit, token, { ...credential, clientExtensionResults }), 200);
  });
});

describe('Passkey registration with required user verification', () => {
  it('the options require user verification, and a credential without it is refused', async () => {
    const WebAuthnConfiguration = { RelyingPartyId: 'localhost', UserVerification: 'required' } as const;
    const kit = await startKit({ pool: { pool: { ...WITH_PASSKEYS, WebAuthnConfiguration } } });
    const { accessToken } = (await kit.signUpAndIn()).tokens;
    const careless = await register(kit, accessToken, new SoftwareAuthenticator(), { userVerified: false });
    expect(careless.publicKey.authenticatorSelection.userVerification).to.equal('required');
    expectProblem(careless.response, 'rejected_by_pool');
    expectStatus((await register(kit, accessToken)).response, 200);
    await kit.close();
  });
});

describe('POST /passkeys/options in a pool without passkeys', () => {
  const refusals: readonly [string, PoolSettings, 'operation_not_available' | 'server_misconfigured'][] = [
    ['with the default settings', {}, 'operation_not_available'],
    [
      'with only a relying party ID',
      { WebAuthnConfiguration: { RelyingPartyId: 'localhost' } },
      'operation_not_available',
    ],
    ['without a relying party ID', { ...WITH_PASSKEYS, WebAuthnConfiguration: {} }, 'server_misconfigured'],
  ];
  for (const [title, pool, code] of refusals) {
    it(`answers ${code} ${title}`, async () => {
      const kit = await startKit({ pool: { pool } });
      const { accessToken } = (await kit.signUpAndIn()).tokens;
      expectProblem(await kit.post('/passkeys/options', {}, accessToken), code);
      await kit.close();
    });
  }
});

describe('isAllowedOrigin', () => {
  const allowed: readonly [string, string][] = [
    ['example.com', 'https://example.com'],
    ['example.com', 'https://login.example.com:8443'],
    ['localhost', 'http://localhost'],
    ['localhost', 'http://localhost:3000'],
    ['localhost', 'https://app.localhost:3000'],
  ];
  const refused: readonly [string, string][] = [
    ['example.com', 'http://example.com'],
    ['example.com', 'https://example.com.evil.test'],
    ['example.com', 'https://evilexample.com'],
    ['example.com', 'https://com'],
    ['example.com', 'https://example.com@evil.test'],
    ['example.com', 'https://example.com/path'],
    ['example.com', 'http://localhost:3000'],
    ['login.example.com', 'https://example.com'],
    ['localhost', 'http://127.0.0.1:3000'],
    ['localhost', 'ftp://localhost'],
    ['localhost', 'localhost'],
    ['localhost', 'null'],
    ['localhost', ''],
  ];
  for (const [id, origin] of allowed)
    it(`accepts ${origin} for the relying party ${id}`, () =>
      expect(isAllowedOrigin(origin, id)).to.equal(true));
  for (const [id, origin] of refused)
    it(`refuses ${origin || 'an empty origin'} for the relying party ${id}`, () =>
      expect(isAllowedOrigin(origin, id)).to.equal(false));
});

describe('local user pool: passkey operations', () => {
  afterEach(closeAll);
  const users = [{ username: 'ana@example.com', password: PASSWORD }];

  it('CompleteWebAuthnRegistration names the failed check in its exception', async () => {
    const { sdk, pool } = await startLocal({ users, pool: WITH_PASSKEYS });
    const { accessToken: AccessToken } = pool.tokensFor('ana@example.com');
    const outcome = async (how: Deviations, algorithm: 'ES256' | 'ES384' = 'ES256') => {
      const { CredentialCreationOptions } = await sdk.startWebAuthnRegistration({ AccessToken });
      const authenticator = new SoftwareAuthenticator({ algorithm });
      const Credential = authenticator.create(CredentialCreationOptions as never, how);
      const result = await outcomeOf(sdk.completeWebAuthnRegistration({ AccessToken, Credential }));
      return result.split(':', 1)[0];
    };
    expect(await outcome({})).to.equal('ok');
    expect(await outcome({ origin: 'https://evil.example' })).to.equal('WebAuthnOriginNotAllowedException');
    expect(await outcome({ rpId: 'evil.example' })).to.equal('WebAuthnRelyingPartyMismatchException');
    expect(await outcome({ challenge: 'AAAA' })).to.equal('WebAuthnChallengeNotFoundException');
    expect(await outcome({}, 'ES384')).to.equal('WebAuthnCredentialNotSupportedException');
  });

  it('ListWebAuthnCredentials returns pages of the requested size', async () => {
    const { sdk, pool } = await startLocal({ users, pool: WITH_PASSKEYS });
    const { accessToken: AccessToken } = pool.tokensFor('ana@example.com');
    for (let i = 0; i < 3; i++) {
      const { CredentialCreationOptions } = await sdk.startWebAuthnRegistration({ AccessToken });
      const Credential = new SoftwareAuthenticator().create(CredentialCreationOptions as never);
      await sdk.completeWebAuthnRegistration({ AccessToken, Credential });
    }
    const first = await sdk.listWebAuthnCredentials({ AccessToken, MaxResults: 2 });
    expect(first.Credentials?.map((each) => each.FriendlyCredentialName)).to.deep.equal([
      'Passkey 1',
      'Passkey 2',
    ]);
    const { NextToken } = first;
    const second = await sdk.listWebAuthnCredentials({ AccessToken, MaxResults: 2, NextToken });
    expect(second.Credentials).to.have.length(1);
    expect(second.NextToken).to.equal(undefined);
    expect(second.Credentials?.[0]?.CreatedAt).to.be.instanceOf(Date);
    expect(await outcomeOf(sdk.listWebAuthnCredentials({ AccessToken, MaxResults: 21 }))).to.match(
      /^InvalidParameterException: 1 validation error/,
    );
  });

  it('CreateUserPool and SetUserPoolMfaConfig store the passkey settings', async () => {
    const { sdk, pool, UserPoolId } = await startLocal({ users });
    const { accessToken: AccessToken } = pool.tokensFor('ana@example.com');
    const start = () => outcomeOf(sdk.startWebAuthnRegistration({ AccessToken }));
    expect(await start()).to.match(/^WebAuthnNotEnabledException/);
    const { UserPool } = await sdk.createUserPool({
      PoolName: 'own',
      Policies: { SignInPolicy: { AllowedFirstAuthFactors: ['PASSWORD', 'WEB_AUTHN'] } },
    });
    expect(UserPool?.Policies?.SignInPolicy).to.deep.equal({
      AllowedFirstAuthFactors: ['PASSWORD', 'WEB_AUTHN'],
    });
    const WebAuthnConfiguration = {
      RelyingPartyId: 'example.com',
      UserVerification: 'required',
      FactorConfiguration: 'MULTI_FACTOR_WITH_USER_VERIFICATION',
    } as const;
    await sdk.setUserPoolMfaConfig({ UserPoolId, WebAuthnConfiguration });
    expect(await sdk.getUserPoolMfaConfig({ UserPoolId })).to.deep.include({ WebAuthnConfiguration });
  });
});

describe('PUT /mfa/preference with passkeys', () => {
  const MFA = 'MULTI_FACTOR_WITH_USER_VERIFICATION';
  const set = (kit: Kit, body: object, token: string) =>
    kit.request.put('/auth/mfa/preference').set('Authorization', `Bearer ${token}`).send(body);
  const email = 'grace@example.com';

  async function start(FactorConfiguration: 'SINGLE_FACTOR' | typeof MFA, totpSecret?: string) {
    const kit = await startKit({
      pool: {
        pool: {
          ...WITH_PASSKEYS,
          WebAuthnConfiguration: { RelyingPartyId: 'localhost', FactorConfiguration },
        },
        users: [{ username: email, password: PASSWORD, ...(totpSecret && { totpSecret }) }],
      },
    });
    return { kit, token: kit.pool.tokensFor(email).accessToken };
  }

  it('enables passkeys beside another second factor, which then cannot be disabled alone', async () => {
    const { kit, token } = await start(MFA, 'JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP');
    expectStatus(await set(kit, { passkey: { enabled: true } }, token), 200);
    expectProblem(await set(kit, { totp: { enabled: false } }, token), 'rejected_by_pool');
    expectStatus(await set(kit, { totp: { enabled: false }, passkey: { enabled: false } }, token), 200);
    await kit.close();
  });

  it('refuses passkeys as the only second factor, and in a pool with single-factor passkeys', async () => {
    const alone = await start(MFA);
    expectProblem(await set(alone.kit, { passkey: { enabled: true } }, alone.token), 'rejected_by_pool');
    await alone.kit.close();
    const single = await start('SINGLE_FACTOR', 'JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP');
    expectProblem(await set(single.kit, { passkey: { enabled: true } }, single.token), 'rejected_by_pool');
    expectProblem(
      await set(single.kit, { passkey: { enabled: true, preferred: true } }, single.token),
      'validation_failed',
    );
    await single.kit.close();
  });
});

describe('Passkeys as Cognito describes them', () => {
  it('known members are returned, missing ones are omitted, and missing creation options are an upstream error', async () => {
    const fake = await startFakeCognito(
      answerWith({
        Credentials: [
          {
            CredentialId: 'abc',
            FriendlyCredentialName: 'Phone',
            RelyingPartyId: 'example.com',
            AuthenticatorAttachment: 'cross-platform',
            AuthenticatorTransports: ['usb'],
            CreatedAt: 1793524800,
          },
          { CredentialId: 'def' },
        ],
        NextToken: 'more',
      }),
    );
    expect((await fake.app().call('listPasskeys')).body).to.deep.equal({
      passkeys: [
        {
          id: 'abc',
          name: 'Phone',
          relyingPartyId: 'example.com',
          attachment: 'cross-platform',
          transports: ['usb'],
          createdAt: '2026-11-01T09:20:00.000Z',
        },
        { id: 'def' },
      ],
      nextToken: 'more',
    });
    fake.answer = answerWith({});
    expectProblem(await fake.app().call('startPasskey'), 'upstream_error');
    await fake.close();
  });
});

describe('@simplewebauthn/server', () => {
  it('is imported dynamically by one file', async () => {
    const files = (await readdir(`${ROOT}src`, { recursive: true })).filter((file) => file.endsWith('.ts'));
    const naming: string[] = [];
    for (const file of files) {
      const source = await readFile(`${ROOT}src/${file}`, 'utf8');
      if (/(?:from|import)\s*\(?\s*'@simplewebauthn/.test(source)) naming.push(file);
      expect(source, file).to.not.match(/^\s*(?:import|export)\b.*from '@simplewebauthn/m);
    }
    expect(naming).to.deep.equal(['local/sign-in/webauthn.ts']);
  });

  it('is needed for passkeys only, and its absence is reported with the install command', async () => {
    const run = promisify(execFile);
    const { stdout, stderr } = await run(
      process.execPath,
      [
        '--import',
        'tsx',
        '--import',
        './test/support/without-simplewebauthn.js',
        'test/endpoints/passkeys-without-package.ts',
      ],
      { cwd: ROOT },
    );
    const ADVICE = 'npm install --save-dev @simplewebauthn/server';
    const [signIn, start] = stdout.trim().split('\n');
    expect(signIn).to.equal('signed in');
    expect(start).to.include('InternalErrorException').and.include(ADVICE);
    expect(stderr).to.include(ADVICE);
  });
});
