import type Joi from 'joi';
import { base64url, credentialId } from './fields.ts';
import { joi } from './joi.ts';

/** Libraries that serialize by hand write `null`, which is what browsers return for a value that is missing. */
function orNull(schema: Joi.Schema): Joi.Schema {
  const type = schema.type === 'number' ? 'integer' : schema.type;
  return schema.empty(null).meta({ jsonSchema: { type: [type, 'null'] } });
}

/**
 * Members of both kinds of credential. The content of extensions is not checked, because WebAuthn leaves it open.
 *
 * @see https://www.w3.org/TR/webauthn-3/#dictdef-registrationresponsejson
 */
function credential(response: Joi.PartialSchemaMap): Joi.ObjectSchema {
  return joi
    .object({
      id: credentialId().required(),
      rawId: credentialId().required(),
      type: joi.valid('public-key').required(),
      authenticatorAttachment: orNull(joi.string().pattern(/^[a-z-]{1,32}$/)),
      clientExtensionResults: orNull(joi.object().unknown().default({})),
      response: joi.object({ clientDataJSON: base64url(4096).required(), ...response }).required(),
    })
    .description('The result of `credential.toJSON()` in the browser.');
}

/** RegistrationResponseJSON. */
export function newCredential(): Joi.ObjectSchema {
  return credential({
    attestationObject: base64url(14_336).required(),
    authenticatorData: orNull(base64url(4096)),
    publicKey: orNull(base64url(4096)),
    // COSE algorithm identifiers have 32 bits.
    publicKeyAlgorithm: orNull(
      joi
        .number()
        .strict()
        .integer()
        .min(-(2 ** 31))
        .max(2 ** 31 - 1),
    ),
    transports: orNull(
      joi
        .array()
        .items(joi.string().pattern(/^[a-z-]{1,32}$/))
        .max(16),
    ),
  });
}

/** AuthenticationResponseJSON. */
export function usedCredential(): Joi.ObjectSchema {
  return credential({
    authenticatorData: base64url(4096).required(),
    signature: base64url(4096).required(),
    userHandle: orNull(base64url(128)),
  });
}
