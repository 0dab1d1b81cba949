import { randomBytes } from 'node:crypto';
import { CognitoError, invalidParameter } from '../model/errors.ts';
import type { UserPool } from '../model/pool.ts';
import { allowedFirstFactors } from '../model/settings-rules.ts';
import type { Passkey, User } from '../model/user.ts';
import { checkInput, list, type Member, oneOf, parseBody, required, structure, text } from '../wire/input.ts';

/** The domain that a pool's passkeys are for. */
export interface RelyingParty {
  readonly id: string;
  readonly userVerification: 'required' | 'preferred';
}

const ES256 = -7;
const RS256 = -257;

/** Milliseconds that a user has to touch the authenticator; the challenge lives as long. */
export const CEREMONY_MS = 180_000;

/** RegistrationResponseJSON of WebAuthn, as far as it is read. */
export interface NewCredential {
  readonly id: string;
  readonly rawId: string;
  readonly type: 'public-key';
  readonly authenticatorAttachment?: string;
  readonly response: {
    readonly clientDataJSON: string;
    readonly attestationObject: string;
    readonly transports?: readonly string[];
  };
}

/** AuthenticationResponseJSON of WebAuthn, as far as it is read. */
export interface Assertion {
  readonly id: string;
  readonly rawId: string;
  readonly type: 'public-key';
  readonly response: {
    readonly clientDataJSON: string;
    readonly authenticatorData: string;
    readonly signature: string;
    readonly userHandle?: string;
  };
}

const bytes = required(text({ min: 1 }));
const common = { id: bytes, rawId: bytes, type: required(oneOf('public-key')) };

export const newCredential: Member<NewCredential, false> = structure({
  ...common,
  authenticatorAttachment: text(),
  response: required(
    structure({ clientDataJSON: bytes, attestationObject: bytes, transports: list(text()) }),
  ),
});

const assertionShape = {
  ...common,
  response: required(
    structure({ clientDataJSON: bytes, authenticatorData: bytes, signature: bytes, userHandle: text() }),
  ),
};

/** Throws where the pool does not offer passkeys, or does not know for which domain. */
export function relyingPartyOf({ settings }: UserPool): RelyingParty {
  if (!allowedFirstFactors(settings).includes('WEB_AUTHN'))
    throw new CognitoError('WebAuthnNotEnabledException', 'WebAuthn is not enabled for the user pool.');
  const { RelyingPartyId: id, UserVerification = 'preferred' } = settings.WebAuthnConfiguration ?? {};
  if (!id)
    throw new CognitoError(
      'WebAuthnConfigurationMissingException',
      'The user pool has neither a relying party id nor a domain.',
    );
  return { id, userVerification: UserVerification };
}

export function newChallenge(): string {
  return randomBytes(32).toString('base64url');
}

/** PublicKeyCredentialCreationOptionsJSON of WebAuthn. */
export function creationOptions(party: RelyingParty, user: User, challenge: string): object {
  const { attributes, username, sub, passkeys } = user;
  const name = attributes.get('email') ?? attributes.get('phone_number') ?? username;
  return {
    rp: { id: party.id, name: party.id },
    user: {
      id: Buffer.from(sub).toString('base64url'),
      name,
      displayName: attributes.get('name') ?? name,
    },
    challenge,
    pubKeyCredParams: [ES256, RS256].map((alg) => ({ type: 'public-key', alg })),
    timeout: CEREMONY_MS,
    excludeCredentials: passkeys.map(descriptorOf),
    authenticatorSelection: {
      requireResidentKey: true,
      residentKey: 'required',
      userVerification: party.userVerification,
    },
  };
}

/** PublicKeyCredentialRequestOptionsJSON of WebAuthn. */
export function requestOptions(party: RelyingParty, passkeys: readonly Passkey[], challenge: string): object {
  return {
    challenge,
    timeout: CEREMONY_MS,
    rpId: party.id,
    allowCredentials: passkeys.map(descriptorOf),
    userVerification: party.userVerification,
  };
}

function descriptorOf({ id, transports }: Pick<Passkey, 'id' | 'transports'>): object {
  return { type: 'public-key', id, transports };
}

/** What the browser says it was asked: CollectedClientData of WebAuthn. Nothing in it is proven yet. */
export function clientDataOf(credential: { readonly response: { readonly clientDataJSON: string } }): {
  readonly challenge: string;
  readonly origin: string;
} {
  try {
    const json = Buffer.from(credential.response.clientDataJSON, 'base64url').toString();
    const { challenge, origin } = JSON.parse(json) as Record<string, unknown>;
    if (typeof challenge === 'string' && typeof origin === 'string') return { challenge, origin };
  } catch {
    // Not JSON: no client data.
  }
  throw invalidParameter('Invalid clientDataJSON.');
}

/** A page of the relying party's domain or below it, under TLS: what a browser would let use the passkey. */
export function isAllowedOrigin(origin: string, relyingPartyId: string): boolean {
  if (!URL.canParse(origin)) return false;
  const url = new URL(origin);
  const within = url.hostname === relyingPartyId || url.hostname.endsWith(`.${relyingPartyId}`);
  const secure = url.protocol === 'https:' || (url.protocol === 'http:' && relyingPartyId === 'localhost');
  return within && secure && url.origin === origin;
}

/** Checks all that makes a new passkey one of this challenge and this domain. The origin is for the caller to check. */
export async function verifyRegistration(
  party: RelyingParty,
  credential: NewCredential,
): Promise<Pick<Passkey, 'id' | 'publicKey' | 'counter'>> {
  const { verifyRegistrationResponse } = await loadVerifier();
  const { challenge, origin } = clientDataOf(credential);
  const { id, rawId, type, response } = credential;
  const { clientDataJSON, attestationObject } = response;
  try {
    const { verified, registrationInfo } = await verifyRegistrationResponse({
      response: {
        id,
        rawId,
        type,
        response: { clientDataJSON, attestationObject },
        clientExtensionResults: {},
      },
      expectedChallenge: challenge,
      expectedOrigin: origin,
      expectedRPID: party.id,
      requireUserVerification: party.userVerification === 'required',
      supportedAlgorithmIDs: [ES256, RS256],
    });
    if (verified && registrationInfo.credential.id === id) {
      const { publicKey, counter } = registrationInfo.credential;
      return { id, publicKey, counter };
    }
  } catch (error) {
    if (isWrongDomain(error)) {
      throw new CognitoError(
        'WebAuthnRelyingPartyMismatchException',
        'The credential is for another relying party.',
      );
    }
    // The library throws for whatever else is wrong with a credential.
  }
  throw new CognitoError('WebAuthnCredentialNotSupportedException', 'The credential is not supported.');
}

/** What was presented to sign in with, or undefined if it is none. */
export function parseAssertion(json: string): Assertion | undefined {
  try {
    return checkInput(assertionShape, parseBody(json));
  } catch {
    return undefined;
  }
}

/**
 * Whether this passkey has signed this challenge for this domain, and with the user checked. Its counter, which has
 * to go up, is kept.
 */
export async function verifyAssertion(
  party: RelyingParty,
  passkey: Passkey,
  assertion: Assertion,
  expectedChallenge: string,
): Promise<{ readonly verified: boolean; readonly userVerified: boolean }> {
  const { verifyAuthenticationResponse } = await loadVerifier();
  try {
    const { origin } = clientDataOf(assertion);
    const { id, rawId, type, response } = assertion;
    const { clientDataJSON, authenticatorData, signature } = response;
    const { verified, authenticationInfo } = await verifyAuthenticationResponse({
      response: {
        id,
        rawId,
        type,
        response: { clientDataJSON, authenticatorData, signature },
        clientExtensionResults: {},
      },
      expectedChallenge,
      expectedOrigin: isAllowedOrigin(origin, party.id) ? origin : [],
      expectedRPID: party.id,
      requireUserVerification: party.userVerification === 'required',
      credential: { id: passkey.id, publicKey: new Uint8Array(passkey.publicKey), counter: passkey.counter },
    });
    if (!verified) return { verified, userVerified: false };
    passkey.counter = authenticationInfo.newCounter;
    return { verified, userVerified: authenticationInfo.userVerified };
  } catch {
    // The library throws for whatever is wrong with an assertion.
    return { verified: false, userVerified: false };
  }
}

function isWrongDomain(error: unknown): boolean {
  return error instanceof Error && error.name === 'UnexpectedRPIDHash';
}

/** Loaded with the first passkey: who has none of them does without the package. */
export async function checkVerifier(): Promise<void> {
  await loadVerifier();
}

async function loadVerifier() {
  try {
    return await import('@simplewebauthn/server');
  } catch (error) {
    // The one of `import`, the other of `require`.
    const missing = ['ERR_MODULE_NOT_FOUND', 'MODULE_NOT_FOUND'];
    if (!missing.includes(String((error as NodeJS.ErrnoException).code))) throw error;
    const message =
      'The local user pool needs @simplewebauthn/server for passkeys: npm install --save-dev @simplewebauthn/server';
    // The app that asks may show a client less of it than its developer needs.
    process.emitWarning(message, { code: 'COGNITO_KIT_PASSKEYS' });
    throw new CognitoError('InternalErrorException', message, 500);
  }
}
