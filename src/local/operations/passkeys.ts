import { CognitoError, invalidParameter, resourceNotFound } from '../model/errors.ts';
import type { SignIn, UserPool } from '../model/pool.ts';
import type { User } from '../model/user.ts';
import {
  CEREMONY_MS,
  checkVerifier,
  clientDataOf,
  creationOptions,
  isAllowedOrigin,
  newChallenge,
  newCredential,
  relyingPartyOf,
  verifyRegistration,
} from '../sign-in/webauthn.ts';
import { integer, required, text } from '../wire/input.ts';
import { pageToken } from '../wire/members.ts';
import { pageOf } from '../wire/pagination.ts';
import { type OperationTable, tokenOperation } from './operation.ts';

const MAX_PASSKEYS = 20;
const LARGEST_PAGE = 20;

export const passkeyOperations: OperationTable = {
  StartWebAuthnRegistration: tokenOperation({}, async ({ user, client }) => {
    const { pool } = client;
    const party = relyingPartyOf(pool);
    refuseMore(user);
    // Before the browser prompts the user.
    await checkVerifier();
    const challenge = newChallenge();
    sweep(pool);
    pool.passkeyRegistrations.set(challenge, { user, client, expiresAt: pool.now() + CEREMONY_MS });
    return { CredentialCreationOptions: creationOptions(party, user, challenge) };
  }),

  CompleteWebAuthnRegistration: tokenOperation(
    { Credential: required(newCredential) },
    async (caller, { Credential }) => {
      const { user, client } = caller;
      const { pool } = client;
      const party = relyingPartyOf(pool);
      const { challenge, origin } = clientDataOf(Credential);
      takeRegistration(caller, challenge);
      if (!isAllowedOrigin(origin, party.id)) {
        throw new CognitoError('WebAuthnOriginNotAllowedException', 'The origin is not allowed.');
      }
      const verified = await verifyRegistration(party, Credential);
      refuseMore(user);
      const taken = pool.users.all().some((each) => each.passkeys.some(({ id }) => id === verified.id));
      if (taken) throw invalidParameter('The credential is registered already.');
      user.passkeys.push({
        ...verified,
        relyingPartyId: party.id,
        name: `Passkey ${user.passkeys.length + 1}`,
        attachment: Credential.authenticatorAttachment,
        transports: Credential.response.transports ?? [],
        createdAt: pool.now(),
      });
      return {};
    },
  ),

  ListWebAuthnCredentials: tokenOperation(
    { NextToken: pageToken, MaxResults: integer(0, LARGEST_PAGE) },
    ({ user }, { NextToken, MaxResults }) => {
      const { items, next } = pageOf(user.passkeys, MaxResults || LARGEST_PAGE, NextToken);
      return {
        Credentials: items.map((passkey) => ({
          CredentialId: passkey.id,
          FriendlyCredentialName: passkey.name,
          RelyingPartyId: passkey.relyingPartyId,
          AuthenticatorAttachment: passkey.attachment,
          AuthenticatorTransports: passkey.transports,
          CreatedAt: passkey.createdAt / 1000,
        })),
        NextToken: next,
      };
    },
  ),

  DeleteWebAuthnCredential: tokenOperation(
    { CredentialId: required(text()) },
    ({ user }, { CredentialId }) => {
      if (!user.passkeys.some(({ id }) => id === CredentialId)) {
        throw resourceNotFound('The credential does not exist.');
      }
      user.passkeys = user.passkeys.filter(({ id }) => id !== CredentialId);
      return {};
    },
  ),
};

/** Spends the registration of a challenge, even if the answer is invalid. */
function takeRegistration({ user, client }: SignIn, challenge: string): void {
  const { pool } = client;
  const found = pool.passkeyRegistrations.get(challenge);
  if (found?.user !== user || pool.now() >= found.expiresAt) {
    throw new CognitoError('WebAuthnChallengeNotFoundException', 'The challenge has expired or is unknown.');
  }
  if (found.client !== client) {
    throw new CognitoError(
      'WebAuthnClientMismatchException',
      'The registration was started with another app client.',
    );
  }
  pool.passkeyRegistrations.delete(challenge);
}

function refuseMore(user: User): void {
  if (user.passkeys.length < MAX_PASSKEYS) return;
  throw new CognitoError('LimitExceededException', 'The user has the most passkeys that a user can have.');
}

/** Removes expired registrations. A map iterates the oldest first. */
function sweep(pool: UserPool): void {
  for (const [key, { expiresAt }] of pool.passkeyRegistrations) {
    if (pool.now() < expiresAt) return;
    pool.passkeyRegistrations.delete(key);
  }
}
