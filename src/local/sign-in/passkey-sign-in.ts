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

/** Where a second factor is due, only a passkey that is as good as two will do. */
export function hasUsablePasskey(user: User, mfaDue: boolean, settings: PoolSettings): boolean {
  const { RelyingPartyId } = settings.WebAuthnConfiguration ?? {};
  const ready = user.status === 'CONFIRMED' && user.passkeys.length > 0 && RelyingPartyId !== undefined;
  return ready && (!mfaDue || countsAsTwo(user, settings));
}

/** The pool has to allow it, and the user to want it. */
function countsAsTwo({ mfa }: User, { WebAuthnConfiguration }: PoolSettings): boolean {
  return mfa.passkey && WebAuthnConfiguration?.FactorConfiguration === 'MULTI_FACTOR_WITH_USER_VERIFICATION';
}

/** What WEB_AUTHN tells the browser, and what its session has to remember. */
export function askForPasskey(
  client: AppClient,
  user: User,
): { readonly passkeyChallenge: string; readonly parameters: Readonly<Record<string, string>> } {
  const passkeyChallenge = newChallenge();
  const options = requestOptions(partyFor(client, user), user.passkeys, passkeyChallenge);
  return { passkeyChallenge, parameters: { CREDENTIAL_REQUEST_OPTIONS: JSON.stringify(options) } };
}

/** A passkey that is not the user's, or did not sign what it was asked to, is refused in one way. */
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
  // It can have been deleted, and its user disabled, while it was looked at.
  if (!verified || !user.passkeys.includes(passkey) || !user.enabled) throw wrongPassword();
  const asTwo = userVerified && countsAsTwo(user, client.pool.settings);
  return nextStep(client, user, asTwo ? ['WEB_AUTHN'] : [], context);
}

/** A passkey that is to count as two factors has to check its user, whatever the pool wants of others. */
function partyFor({ pool }: AppClient, user: User): RelyingParty {
  const party = relyingPartyOf(pool);
  return countsAsTwo(user, pool.settings) ? { ...party, userVerification: 'required' } : party;
}

/** Passkeys that the user was not asked for by name tell whose they are. */
function isHandleOf({ sub }: User, userHandle: string | undefined): boolean {
  return userHandle === undefined || Buffer.from(userHandle, 'base64url').toString() === sub;
}
