import { expect } from 'chai';
import { expectProblem, expectStatus, type Kit, PASSWORD, startKit } from '../support/helpers.ts';
import { SoftwareAuthenticator } from '../support/software-authenticator.ts';

const EMAIL = 'ada@example.com';

describe('The JSON of a passkey', () => {
  let kit: Kit;
  let authenticator: SoftwareAuthenticator;
  let accessToken: string;

  before(async () => {
    kit = await startKit({
      pool: {
        pool: {
          Policies: { SignInPolicy: { AllowedFirstAuthFactors: ['PASSWORD', 'WEB_AUTHN'] } },
          WebAuthnConfiguration: { RelyingPartyId: 'localhost' },
        },
        appClient: { ExplicitAuthFlows: ['ALLOW_USER_AUTH', 'ALLOW_REFRESH_TOKEN_AUTH'] },
      },
      config: { authFlow: 'USER_AUTH', sensitiveMaxAge: false },
    });
    kit.pool.addUser({ username: EMAIL, password: PASSWORD });
    accessToken = kit.pool.tokensFor(EMAIL).accessToken;
    authenticator = new SoftwareAuthenticator();
  });

  it('with null for its optional members is accepted for a new passkey (case D7)', async () => {
    const { publicKey } = expectStatus(await kit.post('/passkeys/options', {}, accessToken), 200).body;
    const created = authenticator.create(publicKey);
    const missing = { authenticatorData: null, publicKey: null, publicKeyAlgorithm: null, transports: null };
    const credential = {
      ...created,
      authenticatorAttachment: null,
      clientExtensionResults: null,
      response: { ...created.response, ...missing },
    };
    expectStatus(await kit.post('/passkeys', { credential }, accessToken), 200);
  });

  it('with userHandle null, or without extension results, is accepted at a sign-in (case D7)', async () => {
    for (const change of ['null', 'absent'] as const) {
      const challenge = await begin();
      const { clientExtensionResults, ...signed } = authenticator.get(requestOf(challenge));
      const credential = {
        ...signed,
        authenticatorAttachment: null,
        ...(change === 'null' && { clientExtensionResults }),
        response: { ...signed.response, ...(change === 'null' && { userHandle: null }) },
      };
      const { name, session, username } = challenge;
      const answer = await kit.post('/challenge', { name, session, username, credential });
      expect(expectStatus(answer, 200).body.status).to.equal('complete');
    }
  });

  it('with null for a member that proves the passkey is refused by name', async () => {
    const { name, session, username, ...challenge } = await begin();
    const signed = authenticator.get(challenge.parameters.publicKey);
    const credential = { ...signed, response: { ...signed.response, signature: null } };
    const refused = await kit.post('/challenge', { name, session, username, credential });
    const path = '/credential/response/signature';
    expect(expectProblem(refused, 'validation_failed').body.errors).to.deep.equal([
      { path, message: 'must be a string' },
    ]);
  });

  async function begin() {
    const body = { email: EMAIL, preferredChallenge: 'WEB_AUTHN' };
    return expectStatus(await kit.post('/sign-in', body), 200).body.challenge;
  }

  function requestOf(challenge: { parameters: { publicKey: Parameters<SoftwareAuthenticator['get']>[0] } }) {
    return challenge.parameters.publicKey;
  }
});
