import { expect } from 'chai';
import type { AuthEvent } from '../../src/config/events.ts';
import type { PoolSettings } from '../../src/local/model/settings.ts';
import { totpCode } from '../../src/local/users/totp.ts';
import { claimsOf, expectProblem, expectStatus, type Kit, PASSWORD, startKit } from '../support/helpers.ts';
import { closeAll, outcomeOf, startLocal } from '../support/local-sdk.ts';
import {
  type Deviations,
  type RequestOptions,
  SoftwareAuthenticator,
} from '../support/software-authenticator.ts';

const TOTP = 'JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP';
const MULTI_FACTOR = 'MULTI_FACTOR_WITH_USER_VERIFICATION';
const CLIENT = { ExplicitAuthFlows: ['ALLOW_USER_AUTH', 'ALLOW_REFRESH_TOKEN_AUTH'] } as const;

function poolWith(settings: PoolSettings = {}): PoolSettings {
  return {
    Policies: { SignInPolicy: { AllowedFirstAuthFactors: ['PASSWORD', 'WEB_AUTHN'] } },
    WebAuthnConfiguration: { RelyingPartyId: 'localhost' },
    ...settings,
  };
}

interface Challenge {
  readonly name: string;
  readonly session: string;
  readonly username: string;
  readonly parameters: { readonly publicKey: RequestOptions; readonly availableChallenges?: string[] };
}

interface User {
  readonly email: string;
  readonly token: string;
  readonly authenticator: SoftwareAuthenticator;
}

let count = 0;

/** Adds a user with a password and a passkey. */
async function addUser(
  kit: Kit,
  { totpSecret, algorithm = 'ES256' }: { totpSecret?: string; algorithm?: 'ES256' | 'RS256' } = {},
): Promise<User> {
  const email = `user-${++count}@example.com`;
  kit.pool.addUser({ username: email, password: PASSWORD, ...(totpSecret && { totpSecret }) });
  const token = kit.pool.tokensFor(email).accessToken;
  const authenticator = new SoftwareAuthenticator({ algorithm });
  await addPasskey(kit, token, authenticator);
  return { email, token, authenticator };
}

async function addPasskey(
  kit: Kit,
  token: string,
  authenticator: SoftwareAuthenticator,
  how: Deviations = {},
): Promise<void> {
  const { publicKey } = expectStatus(await kit.post('/passkeys/options', {}, token), 200).body;
  const credential = authenticator.create(publicKey, how);
  expectStatus(await kit.post('/passkeys', { credential }, token), 200);
}

async function begin(kit: Kit, email: string): Promise<Challenge> {
  const body = { email, preferredChallenge: 'WEB_AUTHN' };
  const response = expectStatus(await kit.post('/sign-in', body), 200);
  expect(response.body.status).to.equal('challenge');
  return response.body.challenge as Challenge;
}

function answer(kit: Kit, { name, session, username }: Challenge, credential: object) {
  return kit.post('/challenge', { name, session, username, credential });
}

async function signIn(kit: Kit, { email, authenticator }: User, how: Deviations = {}) {
  const challenge = await begin(kit, email);
  return answer(kit, challenge, authenticator.get(challenge.parameters.publicKey, how));
}

describe('Passkey sign-in', () => {
  const events: AuthEvent[] = [];
  let kit: Kit;

  before(async () => {
    kit = await startKit({
      pool: { pool: poolWith(), appClient: CLIENT },
      config: { authFlow: 'USER_AUTH', onEvent: (event) => void events.push(event) },
    });
  });
  after(() => kit.close());
  beforeEach(() => {
    events.length = 0;
  });

  for (const algorithm of ['ES256', 'RS256'] as const) {
    it(`an assertion signed with ${algorithm} completes the sign-in`, async () => {
      const user = await addUser(kit, { algorithm });
      events.length = 0;
      const challenge = await begin(kit, user.email);
      expect(challenge.name).to.equal('WEB_AUTHN');
      const { publicKey } = challenge.parameters;
      expect(publicKey).to.deep.equal({
        challenge: publicKey.challenge,
        timeout: 180_000,
        rpId: 'localhost',
        allowCredentials: [{ type: 'public-key', id: user.authenticator.id, transports: ['internal'] }],
        userVerification: 'preferred',
      });
      const response = await answer(kit, challenge, user.authenticator.get(publicKey));
      const { status, tokens } = expectStatus(response, 200).body;
      expect(status).to.equal('complete');
      expect(claimsOf(tokens.idToken).email).to.equal(user.email);
      expectStatus(await kit.get('/passkeys', tokens.accessToken), 200);
      expect(events.map(({ type }) => type)).to.deep.equal([
        'sign_in.challenged',
        'respond_to_challenge.succeeded',
      ]);
      expectStatus(await signIn(kit, user), 200);
    });
  }

  it('WEB_AUTHN can be selected from the available challenges', async () => {
    const user = await addUser(kit);
    const { challenge } = expectStatus(await kit.post('/sign-in', { email: user.email }), 200).body;
    expect(challenge.name).to.equal('SELECT_CHALLENGE');
    expect(challenge.parameters.availableChallenges).to.include('WEB_AUTHN');
    const { name, session, username } = challenge;
    const chosen = await kit.post('/challenge', { name, session, username, challenge: 'WEB_AUTHN' });
    const posed = expectStatus(chosen, 200).body.challenge as Challenge;
    expect(posed.name).to.equal('WEB_AUTHN');
    const credential = user.authenticator.get(posed.parameters.publicKey);
    expect(expectStatus(await answer(kit, posed, credential), 200).body.status).to.equal('complete');
  });

  it('every passkey of a user is accepted, even without a signature counter', async () => {
    const user = await addUser(kit);
    const other = new SoftwareAuthenticator();
    await addPasskey(kit, user.token, other);
    expect((await begin(kit, user.email)).parameters.publicKey.allowCredentials).to.have.length(2);
    expectStatus(await signIn(kit, user), 200);
    expectStatus(await signIn(kit, { ...user, authenticator: other }), 200);

    const still = await addUser(kit);
    const uncounted = new SoftwareAuthenticator();
    await addPasskey(kit, still.token, uncounted, { counter: 0 });
    for (let i = 0; i < 2; i++)
      expectStatus(await signIn(kit, { ...still, authenticator: uncounted }, { counter: 0 }), 200);
  });

  it('a user handle, if present, must be the sub of the user', async () => {
    const user = await addUser(kit);
    const { sub } = claimsOf(user.token);
    const withHandle = async (handle: unknown) => {
      const challenge = await begin(kit, user.email);
      const { response, ...rest } = user.authenticator.get(challenge.parameters.publicKey);
      const userHandle = Buffer.from(String(handle)).toString('base64url');
      return answer(kit, challenge, { ...rest, response: { ...response, userHandle } });
    };
    expectStatus(await withHandle(sub), 200);
    expectProblem(await withHandle('another user'), 'invalid_credentials');
  });

  describe('assertion checks', () => {
    const refused: Readonly<Record<string, Deviations>> = {
      'from another origin': { origin: 'https://evil.example' },
      'from an origin with another scheme': { origin: 'app://localhost' },
      'for another relying party': { rpId: 'evil.example' },
      'over another challenge': { challenge: Buffer.alloc(32).toString('base64url') },
      'with the type of a registration': { type: 'webauthn.create' },
      'without user presence': { userPresent: false },
    };
    for (const [title, how] of Object.entries(refused)) {
      it(`an assertion ${title} is refused`, async () => {
        const user = await addUser(kit);
        expectProblem(await signIn(kit, user, how), 'invalid_credentials');
        expectStatus(await signIn(kit, user), 200);
      });
    }

    it('a signature counter that does not increase is refused', async () => {
      const user = await addUser(kit);
      expectStatus(await signIn(kit, user, { counter: 10 }), 200);
      for (const counter of [9, 10, 0])
        expectProblem(await signIn(kit, user, { counter }), 'invalid_credentials');
      expectStatus(await signIn(kit, user, { counter: 11 }), 200);
    });

    it('modified signatures, authenticator data and client data are refused', async () => {
      const user = await addUser(kit);
      const tamper = async (
        change: (response: Record<string, string>) => Record<string, string>,
      ): Promise<void> => {
        const challenge = await begin(kit, user.email);
        const { response, ...rest } = user.authenticator.get(challenge.parameters.publicKey);
        const tampered = { ...rest, response: change(response) };
        expectProblem(await answer(kit, challenge, tampered), 'invalid_credentials');
      };
      const flip = (text = ''): string => {
        const bytes = Buffer.from(text, 'base64url');
        bytes.writeUInt8(bytes.readUInt8(bytes.length - 1) ^ 1, bytes.length - 1);
        return bytes.toString('base64url');
      };
      await tamper((response) => ({ ...response, signature: flip(response.signature) }));
      await tamper((response) => ({ ...response, authenticatorData: flip(response.authenticatorData) }));
      await tamper((response) => ({ ...response, signature: 'AAAA' }));
      await tamper((response) => ({ ...response, clientDataJSON: 'bm9uc2Vuc2U' }));
      expectStatus(await signIn(kit, user), 200);
    });

    it('the passkey of another user is refused, even with the credential ID of the user who signs in', async () => {
      const [user, eve] = [await addUser(kit), await addUser(kit)];
      expectProblem(await signIn(kit, { ...user, authenticator: eve.authenticator }), 'invalid_credentials');
      const { id } = user.authenticator;
      const stolen = await signIn(kit, { ...user, authenticator: eve.authenticator }, { id });
      expectProblem(stolen, 'invalid_credentials');
    });

    it('a deleted passkey is refused, and no longer offered', async () => {
      const user = await addUser(kit);
      const challenge = await begin(kit, user.email);
      const path = `/auth/passkeys/${user.authenticator.id}`;
      expectStatus(await kit.request.delete(path).set('Authorization', `Bearer ${user.token}`), 200);
      const credential = user.authenticator.get(challenge.parameters.publicKey);
      expectProblem(await answer(kit, challenge, credential), 'invalid_credentials');
      expect((await begin(kit, user.email)).name).to.equal('SELECT_CHALLENGE');
    });

    it('an assertion is accepted once, even in concurrent requests', async () => {
      const { email, token } = await addUser(kit);
      // Without a counter, which would reveal the second answer as well.
      const authenticator = new SoftwareAuthenticator();
      await addPasskey(kit, token, authenticator, { counter: 0 });
      const challenge = await begin(kit, email);
      const credential = authenticator.get(challenge.parameters.publicKey, { counter: 0 });
      const both = await Promise.all([1, 2].map(() => answer(kit, challenge, credential)));
      expect(both.map(({ status }) => status).sort()).to.deep.equal([200, 401]);
      expectProblem(await answer(kit, challenge, credential), 'invalid_session');
      expectProblem(await answer(kit, await begin(kit, email), credential), 'invalid_credentials');
    });

    it('a challenge is invalid after a refused assertion', async () => {
      const user = await addUser(kit);
      const challenge = await begin(kit, user.email);
      const { publicKey } = challenge.parameters;
      const bad = user.authenticator.get(publicKey, { origin: 'https://evil.example' });
      expectProblem(await answer(kit, challenge, bad), 'invalid_credentials');
      expectProblem(await answer(kit, challenge, user.authenticator.get(publicKey)), 'invalid_session');
    });

    it('a challenge expires after three minutes', async () => {
      const user = await addUser(kit);
      const challenge = await begin(kit, user.email);
      const credential = user.authenticator.get(challenge.parameters.publicKey);
      kit.pool.clock.advance(180_000);
      expectProblem(await answer(kit, challenge, credential), 'invalid_session');
    });

    it('a challenge session of another user, app client or challenge is refused', async () => {
      const [user, eve] = [await addUser(kit), await addUser(kit)];
      const challenge = await begin(kit, user.email);
      const credential = eve.authenticator.get(challenge.parameters.publicKey);
      const asEve = { ...challenge, username: eve.email };
      expectProblem(await answer(kit, asEve, credential), 'invalid_session');

      const other = await startKit({
        pool: kit.pool,
        config: { ...kit.pool.addClient(CLIENT), authFlow: 'USER_AUTH' },
      });
      const own = user.authenticator.get(challenge.parameters.publicKey);
      expectProblem(await answer(other, challenge, own), 'invalid_session');
      await other.auth.close();

      const { body } = await kit.post('/sign-in', { email: user.email });
      const selecting = { ...challenge, session: body.challenge.session };
      expectProblem(await answer(kit, selecting, own), 'invalid_session');
      expectStatus(await answer(kit, challenge, own), 200);
    });

    it('a malformed credential fails validation', async () => {
      const user = await addUser(kit);
      const challenge = await begin(kit, user.email);
      const valid = user.authenticator.get(challenge.parameters.publicKey);
      for (const bad of [
        {},
        { ...valid, extra: 1 },
        { ...valid, id: '' },
        { ...valid, response: { ...valid.response, signature: 'not base64url!' } },
        { ...valid, response: { ...valid.response, userHandle: 'A'.repeat(129) } },
      ])
        expectProblem(await answer(kit, challenge, bad), 'validation_failed');
    });

    it('a user without a passkey gets the same challenge as an unknown user', async () => {
      const withoutPasskey = `user-${++count}@example.com`;
      kit.pool.addUser({ username: withoutPasskey, password: PASSWORD });
      const shapes = [withoutPasskey, 'unknown@example.com'].map(async (email) => {
        const { name, parameters } = await begin(kit, email);
        return { name, parameters };
      });
      const [known, unknown] = await Promise.all(shapes);
      expect(known).to.deep.equal(unknown);
      expect(known?.name).to.equal('SELECT_CHALLENGE');
    });
  });
});

describe('Passkey sign-in with required user verification', () => {
  it('an assertion without user verification is refused', async () => {
    const WebAuthnConfiguration = { RelyingPartyId: 'localhost', UserVerification: 'required' } as const;
    const kit = await startKit({
      pool: { pool: poolWith({ WebAuthnConfiguration }), appClient: CLIENT },
      config: { authFlow: 'USER_AUTH' },
    });
    const user = await addUser(kit);
    const { parameters } = await begin(kit, user.email);
    expect(parameters.publicKey).to.include({ userVerification: 'required' });
    expectProblem(await signIn(kit, user, { userVerified: false }), 'invalid_credentials');
    expectStatus(await signIn(kit, user), 200);
    await kit.close();
  });
});

describe('Passkey sign-in with MFA', () => {
  const kits: Kit[] = [];
  after(() => Promise.all(kits.map((kit) => kit.close())));

  async function start(settings: PoolSettings): Promise<Kit> {
    const kit = await startKit({
      pool: { pool: poolWith(settings), appClient: CLIENT },
      config: { authFlow: 'USER_AUTH' },
    });
    kits.push(kit);
    return kit;
  }
  const multi = {
    WebAuthnConfiguration: { RelyingPartyId: 'localhost', FactorConfiguration: MULTI_FACTOR },
  } as const;
  const prefer = (kit: Kit, { token }: User, passkey: object) =>
    kit.request.put('/auth/mfa/preference').set('Authorization', `Bearer ${token}`).send({ passkey });

  it('a single-factor passkey is not offered to a user with MFA', async () => {
    for (const MfaConfiguration of ['ON', 'OPTIONAL'] as const) {
      const kit = await start({ MfaConfiguration });
      const user = await addUser(kit, { totpSecret: TOTP });
      const challenge = await begin(kit, user.email);
      expect(challenge.name).to.equal('SELECT_CHALLENGE');
      expect(challenge.parameters.availableChallenges).to.deep.equal(['PASSWORD_SRP', 'PASSWORD']);
      const { name, session, username } = challenge;
      const chosen = await kit.post('/challenge', { name, session, username, challenge: 'WEB_AUTHN' });
      expect(chosen.status).to.be.within(400, 401);
    }
  });

  it('a passkey with user verification counts as both factors if the pool and the user enable it', async () => {
    for (const MfaConfiguration of ['ON', 'OPTIONAL'] as const) {
      const kit = await start({ MfaConfiguration, ...multi });
      const user = await addUser(kit, { totpSecret: TOTP });
      expect((await begin(kit, user.email)).name, 'before the user enables it').to.equal('SELECT_CHALLENGE');
      expectStatus(await prefer(kit, user, { enabled: true }), 200);
      const { parameters } = await begin(kit, user.email);
      expect(parameters.publicKey).to.include({ userVerification: 'required' });
      expect(expectStatus(await signIn(kit, user), 200).body.status).to.equal('complete');
      expectProblem(await signIn(kit, user, { userVerified: false }), 'invalid_credentials');
      expectStatus(await prefer(kit, user, { enabled: false }), 200);
      expect((await begin(kit, user.email)).name).to.equal('SELECT_CHALLENGE');
    }
  });

  it('a passkey counts as one factor if the user disables multi-factor passkeys after the challenge', async () => {
    const kit = await start({ MfaConfiguration: 'OPTIONAL', ...multi });
    const user = await addUser(kit, { totpSecret: TOTP });
    expectStatus(await prefer(kit, user, { enabled: true }), 200);
    const challenge = await begin(kit, user.email);
    expectStatus(await prefer(kit, user, { enabled: false }), 200);
    const credential = user.authenticator.get(challenge.parameters.publicKey);
    const { body } = expectStatus(await answer(kit, challenge, credential), 200);
    expect(body.challenge.name).to.equal('SOFTWARE_TOKEN_MFA');
    const { name, session, username } = body.challenge;
    const confirmationCode = totpCode(TOTP, kit.pool.clock.now());
    expectStatus(await kit.post('/challenge', { name, session, username, confirmationCode }), 200);
  });
});

describe('local user pool: the challenge WEB_AUTHN', () => {
  afterEach(closeAll);

  it('a credential is required, accepted once, and refused if it is malformed', async () => {
    const { sdk, pool, ClientId } = await startLocal({ pool: poolWith(), appClient: CLIENT });
    const USERNAME = 'ana@example.com';
    pool.addUser({ username: USERNAME, password: PASSWORD });
    const { accessToken: AccessToken } = pool.tokensFor(USERNAME);
    const { CredentialCreationOptions } = await sdk.startWebAuthnRegistration({ AccessToken });
    const authenticator = new SoftwareAuthenticator();
    const Credential = authenticator.create(CredentialCreationOptions as never);
    await sdk.completeWebAuthnRegistration({ AccessToken, Credential });

    const initiate = () =>
      sdk.initiateAuth({
        ClientId,
        AuthFlow: 'USER_AUTH',
        AuthParameters: { USERNAME, PREFERRED_CHALLENGE: 'WEB_AUTHN' },
      });
    const posed = await initiate();
    expect(posed.ChallengeName).to.equal('WEB_AUTHN');
    expect(posed.AvailableChallenges).to.deep.equal(['PASSWORD_SRP', 'PASSWORD', 'WEB_AUTHN']);
    const options = JSON.parse(posed.ChallengeParameters?.CREDENTIAL_REQUEST_OPTIONS ?? '');
    const respond = (ChallengeResponses: Record<string, string>, Session = posed.Session) =>
      sdk.respondToAuthChallenge({
        ClientId,
        ChallengeName: 'WEB_AUTHN',
        Session,
        ChallengeResponses: { USERNAME, ...ChallengeResponses },
      });
    expect(await outcomeOf(respond({}))).to.equal(
      'InvalidParameterException: Missing required parameter CREDENTIAL',
    );
    const CREDENTIAL = JSON.stringify({ ...authenticator.get(options), userHandle: null });
    const { AuthenticationResult } = await respond({ CREDENTIAL });
    expect(AuthenticationResult).to.include.keys('AccessToken', 'IdToken', 'RefreshToken');
    expect(await outcomeOf(respond({ CREDENTIAL }))).to.match(/can only be used once/);
    for (const malformed of ['{', '[]', '"x"', '{"id":1}']) {
      expect(await outcomeOf(respond({ CREDENTIAL: malformed }, (await initiate()).Session))).to.equal(
        'NotAuthorizedException: Incorrect username or password.',
      );
    }
  });
});

describe('Passkey sign-in on a remembered device', () => {
  it('the sign-in continues the remembered device, and returns no new one', async () => {
    const pool = { ...poolWith(), DeviceConfiguration: { ChallengeRequiredOnNewDevice: true } };
    const kit = await startKit({ pool: { pool, appClient: CLIENT }, config: { authFlow: 'USER_AUTH' } });
    const { email, authenticator } = await addUser(kit);
    const once = async (device?: object) => {
      const body = { email, preferredChallenge: 'WEB_AUTHN', ...(device && { device }) };
      const { challenge } = expectStatus(await kit.post('/sign-in', body), 200).body;
      const { name, session, username, parameters } = challenge;
      const credential = authenticator.get(parameters.publicKey);
      const answered = { name, session, username, credential, ...(device && { device }) };
      return expectStatus(await kit.post('/challenge', answered), 200).body;
    };
    const first = await once();
    const { device } = expectStatus(
      await kit.post('/devices', first.newDevice, first.tokens.accessToken),
      200,
    ).body;
    const second = await once(device);
    expect(second).to.not.have.any.keys('newDevice', 'deviceRefused');
    const { refreshToken } = second.tokens;
    expectStatus(await kit.post('/refresh', { refreshToken, device: { deviceKey: device.deviceKey } }), 200);
    await kit.close();
  });
});
