import Joi from 'joi';
import { base64url, credentialId } from './fields.ts';

/**
 * Members of both kinds of credential. The content of extensions is not checked, because WebAuthn leaves it open.
 *
 * @see https://www.w3.org/TR/webauthn-3/#dictdef-registrationresponsejson
 */
function credential(response: Joi.PartialSchemaMap): Joi.ObjectSchema {
  return Joi.object({
    id: credentialId().required(),
    rawId: credentialId().required(),
    type: Joi.valid('public-key').required(),
    authenticatorAttachment: Joi.string().pattern(/^[a-z-]{1,32}$/),
    clientExtensionResults: Joi.object().unknown().required(),
    response: Joi.object({ clientDataJSON: base64url(4096).required(), ...response }).required(),
  }).description('The result of `credential.toJSON()` in the browser.');
}

/** RegistrationResponseJSON. */
export function newCredential(): Joi.ObjectSchema {
  return credential({
    attestationObject: base64url(14_336).required(),
    authenticatorData: base64url(4096),
    publicKey: base64url(4096),
    // COSE algorithm identifiers have 32 bits.
    publicKeyAlgorithm: Joi.number()
      .strict()
      .integer()
      .min(-(2 ** 31))
      .max(2 ** 31 - 1),
    transports: Joi.array()
      .items(Joi.string().pattern(/^[a-z-]{1,32}$/))
      .max(16),
  });
}

/** AuthenticationResponseJSON. */
export function usedCredential(): Joi.ObjectSchema {
  return credential({
    authenticatorData: base64url(4096).required(),
    signature: base64url(4096).required(),
    userHandle: base64url(128),
  });
}
