import { execFile } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { Agent, get } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { CognitoIdentityProvider } from '@aws-sdk/client-cognito-identity-provider';
import { expect } from 'chai';
import { selfSignedCertificate } from '../../../src/local/http/self-signed-certificate.ts';
import { type LocalUserPoolOptions, startLocalUserPool } from '../../../src/local/local-user-pool.ts';
import { hasProgram, NO_CURL, NO_OPENSSL, skipWithout } from '../../support/installed-programs.ts';
import { closeAll, type Local, PASSWORD, startLocal } from '../../support/local-sdk.ts';

const run = promisify(execFile);
const JOURNEY = fileURLToPath(new URL('../../support/tls-journey.ts', import.meta.url));
const ANA = 'ana@example.com';

describe('The local user pool with TLS', () => {
  let folder: string;
  let certificateFile: string;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'tls-'));
    certificateFile = join(folder, 'certificate.pem');
  });
  after(() => rm(folder, { recursive: true }));
  afterEach(closeAll);

  async function start(options: LocalUserPoolOptions = { tls: true }): Promise<Local> {
    const local = await startLocal({ users: [{ username: ANA, password: PASSWORD }], ...options });
    await writeFile(certificateFile, local.pool.certificate ?? '');
    return local;
  }

  function statusAt(url: string, ca: string | undefined, servername?: string): Promise<number | undefined> {
    return new Promise((resolve, reject) => {
      get(url, { ...(ca && { ca }), ...(servername && { servername }), agent: false }, (answer) => {
        resolve(answer.resume().statusCode);
      }).once('error', reject);
    });
  }

  it('has HTTPS URLs, and a certificate for localhost and loopback addresses', async () => {
    const { pool } = await start();
    for (const url of [pool.url, pool.config.endpoint, pool.issuer, pool.jwksUri, pool.domain])
      expect(url).to.match(/^https:\/\/127\.0\.0\.1:\d+/);
    const { port } = new URL(pool.url);
    for (const host of ['127.0.0.1', 'localhost'])
      expect(await statusAt(`https://${host}:${port}/_kit`, pool.certificate)).to.equal(200);
  });

  it('is refused by a client that does not trust its certificate', async () => {
    const { pool } = await start();
    const failure = await statusAt(pool.jwksUri, undefined).catch((error) => error.code);
    expect(failure).to.be.oneOf(['DEPTH_ZERO_SELF_SIGNED_CERT', 'UNABLE_TO_VERIFY_LEAF_SIGNATURE']);
  });

  it('answers nothing to a client that speaks HTTP, and goes on', async () => {
    const { pool } = await start();
    const plain = await fetch(pool.jwksUri.replace('https:', 'http:')).then(String, ({ name }) => name);
    expect(plain).to.equal('TypeError');
    expect(await statusAt(pool.jwksUri, pool.certificate)).to.equal(200);
  });

  it('has a certificate for the names in allowedHosts', async () => {
    const { pool } = await start({ tls: true, allowedHosts: ['Cognito.test', '192.0.2.7', 'fe80::7'] });
    const certificate = new X509Certificate(pool.certificate ?? '');
    expect(certificate.subjectAltName).to.equal(
      'DNS:localhost, IP Address:127.0.0.1, IP Address:0:0:0:0:0:0:0:1, DNS:cognito.test, IP Address:192.0.2.7, IP Address:FE80:0:0:0:0:0:0:7',
    );
    expect(certificate.checkHost('cognito.test')).to.equal('cognito.test');
    expect(certificate.checkHost('example.com')).to.equal(undefined);
    expect(certificate.ca).to.equal(false);
    expect(certificate.verify(certificate.publicKey)).to.equal(true);
    expect(await statusAt(pool.jwksUri, pool.certificate, 'cognito.test')).to.equal(200);
  });

  it('writes the dates of its certificate as RFC 5280 wants them before and after 2050', () => {
    const validTo = (now: string): string =>
      new X509Certificate(selfSignedCertificate(['localhost'], Date.parse(now)).cert).validTo;
    expect(validTo('2048-11-29T00:00:00Z')).to.equal('Dec 31 00:00:00 2049 GMT');
    expect(validTo('2048-11-30T00:00:00Z')).to.equal('Jan  1 00:00:00 2050 GMT');
  });

  it('has a certificate that OpenSSL verifies strictly', async function () {
    if (!hasProgram('openssl', 'version')) skipWithout(this, 'REQUIRE_OPENSSL', NO_OPENSSL);
    await start();
    const verify = (...args: string[]): Promise<string> =>
      run('openssl', [
        ...['verify', '-x509_strict', '-purpose', 'sslserver', '-CAfile', certificateFile],
        ...[...args, certificateFile],
      ]).then(
        ({ stdout }) => stdout.trim(),
        ({ stderr }: { stderr: string }) => stderr,
      );
    const ok = `${certificateFile}: OK`;
    expect(await verify('-verify_hostname', 'localhost')).to.equal(ok);
    expect(await verify('-verify_ip', '127.0.0.1')).to.equal(ok);
    expect(await verify('-verify_ip', '::1')).to.equal(ok);
    expect(await verify('-verify_hostname', 'example.com')).to.include('ostname mismatch');
  });

  it('serves the AWS SDK, and ends its connections when it closes', async () => {
    const { pool, ClientId } = await start();
    const sdk = new CognitoIdentityProvider({
      region: 'us-east-1',
      endpoint: pool.url,
      credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
      requestHandler: { httpsAgent: new Agent({ ca: pool.certificate ?? '', keepAlive: true }) },
    });
    const { AuthenticationResult } = await sdk.initiateAuth({
      ClientId,
      AuthFlow: 'USER_PASSWORD_AUTH',
      AuthParameters: { USERNAME: ANA, PASSWORD },
    });
    expect(AuthenticationResult?.AccessToken).to.be.a('string');
    await pool.close();
    sdk.destroy();
  });

  it('serves the kit and openid-client in a process that trusts its certificate', async function () {
    this.timeout(30_000);
    const appClient = { CallbackURLs: ['https://localhost/auth/callback'] };
    const { pool } = await start({ tls: true, appClient });
    const { stdout } = await run(process.execPath, ['--import', 'tsx', JOURNEY], {
      env: {
        ...process.env,
        NODE_EXTRA_CA_CERTS: certificateFile,
        POOL: JSON.stringify(pool.config),
        USERNAME: ANA,
        PASSWORD,
      },
    });
    expect(stdout).to.include(`iss ${pool.issuer}\n`);
  });

  it('serves curl', async function () {
    if (!hasProgram('curl', '--version')) skipWithout(this, 'REQUIRE_CURL', NO_CURL);
    const { pool } = await start();
    const { stdout } = await run('curl', ['-sS', '--fail', '--cacert', certificateFile, pool.jwksUri]);
    expect(JSON.parse(stdout).keys).to.have.lengthOf(2);
  });

  it('uses the key and the certificate of the option tls', async () => {
    const tls = selfSignedCertificate(['localhost']);
    const { pool } = await start({ tls, host: 'localhost' });
    expect(pool.certificate).to.equal(tls.cert);
    expect(await statusAt(`${pool.url}/_kit`, tls.cert)).to.equal(200);
  });

  const { key } = selfSignedCertificate(['localhost']);
  const { cert } = selfSignedCertificate(['localhost']);
  for (const [fault, options, words] of [
    ['a text', { tls: 'certificate' }, 'tls is not in the expected form; write true, or { key, cert }'],
    ['no certificate', { tls: { key } }, 'tls is not in the expected form'],
    ['a key that is not PEM', { tls: { key: 'secret', cert } }, 'not a PEM key without a passphrase'],
    ['the key of another certificate', { tls: { key, cert } }, 'not a PEM key without a passphrase'],
    ['a name with a port', { tls: true, allowedHosts: ['a.test:80'] }, '"a.test:80" is no host name'],
  ] as const) {
    it(`refuses ${fault}, without a word of the private key`, async () => {
      const refusal = await startLocalUserPool({ quiet: true, ...(options as object) }).then(String, String);
      expect(refusal).to.match(/^TypeError: express-cognito-kit: /);
      expect(refusal)
        .to.include(words)
        .and.match(/See docs\/local-user-pool\.md#tls$/)
        .and.not.match(/secret|PRIVATE/);
    });
  }
});
