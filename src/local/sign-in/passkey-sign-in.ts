import { wrongPassword } from '../model/errors.ts';
import type { AppClient, ChallengeSession } from '../model/pool.ts';
import type { PoolSettings } from '../model/settings.ts';
import type { SignInContext, SignInStep } from '../model/sign-in-state.ts';
import type { User } from '../model/user.ts';
import { nextStep } from './challenges.ts';
import {
  newChallenge,
  parseAssertion,
  type RelyingParty,
  relyingPartyOf,
  requestOptions,
  verifyAssertion,
} from './webauthn.ts';

/** Returns whether the user can sign in with a passkey. If MFA is due, the passkey must count as two factors. */
export function hasUsablePasskey(user: User, mfaDue: boolean, settings: PoolSettings): boolean {
  const { RelyingPartyId } = settings.WebAuthnConfiguration ?? {};
  const ready = user.status === 'CONFIRMED' && user.passkeys.length > 0 && RelyingPartyId !== undefined;
  return ready && (!mfaDue || countsAsTwo(user, settings));
}

/** Returns whether passkeys count as two factors: the pool allows it and the user enabled it. */
function countsAsTwo({ mfa }: User, { WebAuthnConfiguration }: PoolSettings): boolean {
  return mfa.passkey && WebAuthnConfiguration?.FactorConfiguration === 'MULTI_FACTOR_WITH_USER_VERIFICATION';
}

/** Creates the parameters and session state of WEB_AUTHN. */
export function askForPasskey(
  client: AppClient,
  user: User,
): { readonly passkeyChallenge: string; readonly parameters: Readonly<Record<string, string>> } {
  const passkeyChallenge = newChallenge();
  const options = requestOptions(partyFor(client, user), user.passkeys, passkeyChallenge);
  return { passkeyChallenge, parameters: { CREDENTIAL_REQUEST_OPTIONS: JSON.stringify(options) } };
}

/** Signs in with a passkey. An unknown passkey and a wrong signature get the same refusal. */
export async function signInWithPasskey(
  client: AppClient,
  user: User,
  credential: string,
  { session, ...context }: SignInContext & { session: ChallengeSession },
): Promise<SignInStep> {
  const assertion = parseAssertion(credential);
  const passkey = user.passkeys.find(({ id }) => id === assertion?.id);
  if (!assertion || !passkey || !isHandleOf(user, assertion.response.userHandle)) throw wrongPassword();
  const party = partyFor(client, user);
  const { passkeyChallenge = '' } = session;
  const { verified, userVerified } = await verifyAssertion(party, passkey, assertion, passkeyChallenge);
  // During the verification, the passkey can be deleted and the user disabled.
  if (!verified || !user.passkeys.includes(passkey) || !user.enabled) throw wrongPassword();
  const asTwo = userVerified && countsAsTwo(user, client.pool.settings);
  return nextStep(client, user, asTwo ? ['WEB_AUTHN'] : [], context);
}

/** Returns the relying party. Passkeys that count as two factors always require user verification. */
function partyFor({ pool }: AppClient, user: User): RelyingParty {
  const party = relyingPartyOf(pool);
  return countsAsTwo(user, pool.settings) ? { ...party, userVerification: 'required' } : party;
}

/** Checks the user handle, which discoverable passkeys send. */
function isHandleOf({ sub }: User, userHandle: string | undefined): boolean {
  return userHandle === undefined || Buffer.from(userHandle, 'base64url').toString() === sub;
}
