import { outcomeOf, PASSWORD, signIn, startLocal } from '../support/local-sdk.ts';

/** Run by passkeys.test.ts without @simplewebauthn/server: prints the outcome of a sign-in and of a registration. */
const users = [{ username: 'ana@example.com', password: PASSWORD }];
const local = await startLocal({
  users,
  pool: {
    Policies: { SignInPolicy: { AllowedFirstAuthFactors: ['PASSWORD', 'WEB_AUTHN'] } },
    WebAuthnConfiguration: { RelyingPartyId: 'localhost' },
  },
});
const { AuthenticationResult } = await signIn(local);
console.log(AuthenticationResult ? 'signed in' : 'not signed in');
const { AccessToken } = AuthenticationResult ?? {};
console.log(await outcomeOf(local.sdk.startWebAuthnRegistration({ AccessToken })));
local.sdk.destroy();
await local.pool.close();
