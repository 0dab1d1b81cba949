import { X509Certificate } from 'node:crypto';
import { expect } from 'chai';
import { closeAll, type Local, startLocal } from '../../support/local-sdk.ts';

const BINDINGS = 'urn:oasis:names:tc:SAML:2.0:bindings';

function metadataOf(host: string): string {
  return `<?xml version="1.0"?>
<md:EntityDescriptor xmlns:md="urn:oasis:names:tc:SAML:2.0:metadata" entityID="https://${host}">
  <md:IDPSSODescriptor protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol">
    <md:SingleLogoutService Binding='${BINDINGS}:HTTP-Redirect' Location='https://${host}/out'/>
    <md:SingleSignOnService Binding="${BINDINGS}:HTTP-POST" Location="https://${host}/post"/>
    <md:SingleSignOnService Location="https://${host}/in?a=1&amp;b=2&x;"
      Binding="${BINDINGS}:HTTP-Redirect"/>
  </md:IDPSSODescriptor>
</md:EntityDescriptor>`;
}

describe('The details of a SAML provider in the local pool', () => {
  let local: Local;
  beforeEach(async () => {
    local = await startLocal();
  });
  afterEach(closeAll);

  const create = async (ProviderDetails: Record<string, string>) => {
    const { IdentityProvider } = await local.sdk.createIdentityProvider({
      UserPoolId: local.UserPoolId,
      ProviderName: 'Work',
      ProviderType: 'SAML',
      ProviderDetails,
    });
    return IdentityProvider?.ProviderDetails ?? {};
  };

  const update = async (ProviderDetails: Record<string, string>) => {
    const { IdentityProvider } = await local.sdk.updateIdentityProvider({
      UserPoolId: local.UserPoolId,
      ProviderName: 'Work',
      ProviderDetails,
    });
    return IdentityProvider?.ProviderDetails ?? {};
  };

  it('have the redirect addresses of the metadata file and an encryption certificate', async () => {
    const given = { MetadataFile: metadataOf('one.example'), EncryptedResponses: 'false' };
    const { ActiveEncryptionCertificate = '', ...details } = await create(given);
    expect(details).to.deep.equal({
      ...given,
      SSORedirectBindingURI: 'https://one.example/in?a=1&b=2&x;',
      SLORedirectBindingURI: 'https://one.example/out',
    });
    const certificate = new X509Certificate(Buffer.from(ActiveEncryptionCertificate, 'base64'));
    expect(certificate.publicKey.asymmetricKeyType).to.equal('rsa');
  });

  it('stay the same if they are sent back to UpdateIdentityProvider', async () => {
    const before = await create({ MetadataFile: metadataOf('one.example') });
    expect(before).to.include.all.keys('SSORedirectBindingURI', 'ActiveEncryptionCertificate');
    expect(await update(before)).to.deep.equal(before);
  });

  it('follow a new metadata file, and keep the certificate', async () => {
    const before = await create({ MetadataFile: metadataOf('one.example') });
    const after = await update({ ...before, MetadataFile: metadataOf('two.example') });
    expect(after.SSORedirectBindingURI).to.equal('https://two.example/in?a=1&b=2&x;');
    const omitted = await update({ MetadataFile: metadataOf('two.example') });
    expect(omitted).to.deep.equal(after);
    expect(after.ActiveEncryptionCertificate).to.equal(before.ActiveEncryptionCertificate);
  });

  for (const [what, metadata] of [
    ['a metadata address', { MetadataURL: 'https://one.example/metadata' }],
    [
      'metadata without redirect addresses',
      { MetadataFile: metadataOf('one.example').replaceAll('HTTP-Redirect', 'HTTP-Artifact') },
    ],
  ] as const) {
    it(`have no redirect addresses with ${what}`, async () => {
      const details = await create(metadata);
      expect(details).to.have.all.keys(...Object.keys(metadata), 'ActiveEncryptionCertificate');
    });
  }
});
