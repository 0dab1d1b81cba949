import { unwrapDataKey } from '../model/data-keys.ts';
import { CognitoError } from '../model/errors.ts';
import { list, oneOf, required, stringMap, text } from '../wire/input.ts';
import { adminOperation, type OperationTable } from './operation.ts';

/** The operation of AWS KMS that a custom sender needs, for the codes that this server encrypted. */
export const keyManagementOperations: OperationTable = {
  Decrypt: adminOperation(
    {
      CiphertextBlob: required(text({ min: 1, max: 8192 })),
      EncryptionContext: stringMap(),
      KeyId: text({ min: 1, max: 2048 }),
      EncryptionAlgorithm: oneOf('SYMMETRIC_DEFAULT'),
      GrantTokens: list(text({ max: 8192 })),
    },
    (service, { CiphertextBlob, EncryptionContext = {}, KeyId }) => {
      const found = unwrapDataKey(service.kmsKey, Buffer.from(CiphertextBlob, 'base64'), EncryptionContext);
      if (!found) throw new CognitoError('InvalidCiphertextException', '');
      if (KeyId !== undefined && KeyId !== found.keyArn) {
        throw new CognitoError(
          'IncorrectKeyException',
          'The key ID in the request does not identify a CMK that can perform this operation.',
        );
      }
      return {
        KeyId: found.keyArn,
        Plaintext: found.plain.toString('base64'),
        EncryptionAlgorithm: 'SYMMETRIC_DEFAULT',
      };
    },
  ),
};
