import { randomBytes } from 'node:crypto';
import { CognitoError, invalidParameter } from '../model/errors.ts';
import type { UserPool } from '../model/pool.ts';
import { allowedFirstFactors } from '../model/settings-rules.ts';
import type { Passkey, User } from '../model/user.ts';
import { checkInput, list, type Member, oneOf, parseBody, required, structure, text } from '../wire/input.ts';

/** The relying party (domain) of a pool's passkeys. */
export interface RelyingParty {
  readonly id: string;
  readonly userVerification: 'required' | 'preferred';
}

const ES256 = -7;
const RS256 = -257;

/** Time for the user to confirm at the authenticator; also the lifetime of the challenge. */
export const CEREMONY_MS = 180_000;

/** RegistrationResponseJSON of WebAuthn, without unused members. */
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

/** AuthenticationResponseJSON of WebAuthn, without unused members. */
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

/** Returns the relying party. Throws if the pool does not offer passkeys or has no domain for them. */
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

/** Creates the PublicKeyCredentialCreationOptionsJSON of WebAuthn. */
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

/** Creates the PublicKeyCredentialRequestOptionsJSON of WebAuthn. */
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

/** Reads the unverified CollectedClientData of WebAuthn. */
export function clientDataOf(credential: { readonly response: { readonly clientDataJSON: string } }): {
  readonly challenge: string;
  readonly origin: string;
} {
  try {
    const json = Buffer.from(credential.response.clientDataJSON, 'base64url').toString();
    const { challenge, origin } = JSON.parse(json) as Record<string, unknown>;
    if (typeof challenge === 'string' && typeof origin === 'string') return { challenge, origin };
  } catch {
    // Invalid JSON counts as no client data.
  }
  throw invalidParameter('Invalid clientDataJSON.');
}

/** Returns whether a browser lets this origin use the passkey: TLS, and the relying party's domain or a subdomain. */
export function isAllowedOrigin(origin: string, relyingPartyId: string): boolean {
  if (!URL.canParse(origin)) return false;
  const url = new URL(origin);
  const within = url.hostname === relyingPartyId || url.hostname.endsWith(`.${relyingPartyId}`);
  const secure = url.protocol === 'https:' || (url.protocol === 'http:' && relyingPartyId === 'localhost');
  return within && secure && url.origin === origin;
}

/** Verifies a new passkey for this challenge and domain. The caller checks the origin. */
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
    // The library throws for every other invalid credential.
  }
  throw new CognitoError('WebAuthnCredentialNotSupportedException', 'The credential is not supported.');
}

/** Parses an assertion; undefined if it is malformed. */
export function parseAssertion(json: string): Assertion | undefined {
  try {
    return checkInput(assertionShape, parseBody(json));
  } catch {
    return undefined;
  }
}

/**
 * Verifies that this passkey signed this challenge for this domain, and whether it verified the user. Stores the
 * signature counter, which must increase.
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
    // The library throws for an invalid assertion.
    return { verified: false, userVerified: false };
  }
}

function isWrongDomain(error: unknown): boolean {
  return error instanceof Error && error.name === 'UnexpectedRPIDHash';
}

/** Throws if the optional package for passkeys is not installed. */
export async function checkVerifier(): Promise<void> {
  await loadVerifier();
}

async function loadVerifier() {
  try {
    return await import('@simplewebauthn/server');
  } catch (error) {
    // The codes of `import` and of `require`.
    const missing = ['ERR_MODULE_NOT_FOUND', 'MODULE_NOT_FOUND'];
    if (!missing.includes(String((error as NodeJS.ErrnoException).code))) throw error;
    const message =
      'The local user pool needs @simplewebauthn/server for passkeys: npm install --save-dev @simplewebauthn/server';
    // A warning too, because the app may hide the exception's message.
    process.emitWarning(message, { code: 'COGNITO_KIT_PASSKEYS' });
    throw new CognitoError('InternalErrorException', message, 500);
  }
}
