import { createSigningCertificate } from '../users/signing-certificate.ts';
import { limited } from './limitations.ts';
import { type OperationTable, poolOperation } from './operation.ts';

export const signingCertificateOperations: OperationTable = {
  GetSigningCertificate: limited(
    'The pool sends no SAML requests. It makes the certificate when it is first asked for.',
    poolOperation({}, async (pool) => {
      const created = pool.signingCertificate ?? (await createSigningCertificate(pool.id, pool.now()));
      // The first of concurrent requests wins.
      pool.signingCertificate ??= created;
      return { Certificate: pool.signingCertificate };
    }),
  ),
};
