import { expect } from 'chai';
import { ANA, closeAll, outcomeOf, PASSWORD, startLocal } from '../../support/local-sdk.ts';
import { SoftwareAuthenticator } from '../../support/software-authenticator.ts';

const BEA = 'bea@example.com';
const UNKNOWN = 'ResourceNotFoundException: The credential does not exist.';

describe('local user pool: DeleteWebAuthnCredential', () => {
  afterEach(closeAll);

  async function withPasskeys() {
    const { sdk, pool } = await startLocal({
      pool: {
        Policies: { SignInPolicy: { AllowedFirstAuthFactors: ['PASSWORD', 'WEB_AUTHN'] } },
        WebAuthnConfiguration: { RelyingPartyId: 'localhost' },
      },
      users: [ANA, BEA].map((username) => ({ username, password: PASSWORD })),
    });
    const { accessToken: AccessToken } = pool.tokensFor(ANA);
    const register = async () => {
      const { CredentialCreationOptions } = await sdk.startWebAuthnRegistration({ AccessToken });
      const authenticator = new SoftwareAuthenticator();
      const Credential = authenticator.create(CredentialCreationOptions as never);
      await sdk.completeWebAuthnRegistration({ AccessToken, Credential });
      return authenticator.id;
    };
    const ids = async () => {
      const { Credentials = [] } = await sdk.listWebAuthnCredentials({ AccessToken });
      return Credentials.map(({ CredentialId }) => CredentialId);
    };
    return { sdk, pool, AccessToken, register, ids };
  }

  it('deletes the passkey that it names, once, and no other', async () => {
    const { sdk, AccessToken, register, ids } = await withPasskeys();
    const [first, second] = [await register(), await register()];
    await sdk.deleteWebAuthnCredential({ AccessToken, CredentialId: first });
    expect(await ids()).to.deep.equal([second]);
    expect(await outcomeOf(sdk.deleteWebAuthnCredential({ AccessToken, CredentialId: first }))).to.equal(
      UNKNOWN,
    );
  });

  it('refuses the passkey of another user', async () => {
    const { sdk, pool, register, ids } = await withPasskeys();
    const CredentialId = await register();
    const { accessToken: AccessToken } = pool.tokensFor(BEA);
    expect(await outcomeOf(sdk.deleteWebAuthnCredential({ AccessToken, CredentialId }))).to.equal(UNKNOWN);
    expect(await ids()).to.deep.equal([CredentialId]);
  });
});
