import { X509Certificate } from 'node:crypto';
import { expect } from 'chai';
import { closeAll, startLocal } from '../../support/local-sdk.ts';

/** The certificate of a pool at this time. */
async function certificateAt(time: number): Promise<X509Certificate> {
  const { sdk, UserPoolId } = await startLocal({ clock: () => time });
  const [{ Certificate = '' }, again] = await Promise.all([
    sdk.getSigningCertificate({ UserPoolId }),
    sdk.getSigningCertificate({ UserPoolId }),
  ]);
  expect(again.Certificate).to.equal(Certificate);
  return new X509Certificate(Buffer.from(Certificate, 'base64'));
}

describe('GetSigningCertificate at the local pool', () => {
  afterEach(closeAll);

  for (const [start, from, to] of [
    [Date.UTC(2026, 10, 28), 'Nov 28 00:00:00 2026 GMT', 'Nov 28 00:00:00 2036 GMT'],
    [Date.UTC(2045, 0, 2), 'Jan  2 00:00:00 2045 GMT', 'Jan  2 00:00:00 2055 GMT'],
  ] as const) {
    it(`gives one self-signed certificate, which is valid until ${to}`, async () => {
      const certificate = await certificateAt(start);
      expect(certificate.verify(certificate.publicKey)).to.equal(true);
      expect(certificate.checkIssued(certificate)).to.equal(true);
      expect(certificate.publicKey.asymmetricKeyType).to.equal('rsa');
      expect([certificate.validFrom, certificate.validTo]).to.deep.equal([from, to]);
      expect(certificate.subject).to.match(/^CN=us-east-1_\w+$/);
    });
  }
});
