import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { get } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { expect } from 'chai';
import express from 'express';
import request from 'supertest';
import { local } from '../../src/cli/local.ts';
import { UsageError } from '../../src/cli/usage-error.ts';
import { selfSignedCertificate } from '../../src/local/http/self-signed-certificate.ts';
import { requireAuth } from '../../src/require-auth.ts';
import { createCognitoRouter } from '../../src/router.ts';
import { PASSWORD } from '../support/local-sdk.ts';

const CLI = new URL('../../src/cli/cognito-kit.ts', import.meta.url).pathname;
const ANA = 'ana@example.com';

describe('cognito-kit local', () => {
  let folder: string;
  let child: ChildProcess | undefined;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'local-tls-'));
  });
  after(() => rm(folder, { recursive: true }));
  afterEach(() => child?.kill('SIGKILL'));

  function start(...args: string[]): AsyncIterableIterator<string> {
    child = spawn(process.execPath, ['--import', 'tsx', CLI, 'local', '--port', '0', ...args], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    if (!child.stdout) throw new Error('stdout is piped');
    return createInterface(child.stdout)[Symbol.asyncIterator]();
  }

  async function textOf(lines: AsyncIterableIterator<string>): Promise<string> {
    let text = '';
    for await (const line of lines) {
      text += `${line}\n`;
      if (line.startsWith('Codes are printed')) break;
    }
    return text;
  }

  async function stop(): Promise<void> {
    child?.kill('SIGTERM');
    if (child) await once(child, 'exit');
  }

  function statusAt(url: string, ca: string): Promise<number | undefined> {
    return new Promise((resolve, reject) => {
      get(url, { ca, agent: false }, (answer) => resolve(answer.resume().statusCode)).once('error', reject);
    });
  }

  it('with --tls prints a file with the certificate, which it removes at the end', async () => {
    const text = await textOf(start('--tls'));
    const [, file = ''] = /Clients must trust the certificate in (\S+):/.exec(text) ?? [];
    const [, endpoint = ''] = /COGNITO_ENDPOINT=(\S+)/.exec(text) ?? [];
    expect(endpoint).to.match(/^https:/);
    expect(text).to.include(`NODE_EXTRA_CA_CERTS=${file}\n`);
    expect(await statusAt(`${endpoint}/_kit`, await readFile(file, 'utf8'))).to.equal(200);
    await stop();
    expect(existsSync(file)).to.equal(false);
  });

  it('with --tls and --json prints the certificate, and keeps it in the file of --tls-save-cert', async () => {
    const file = join(folder, 'saved.pem');
    const { value } = await start('--json', '--tls', '--tls-save-cert', file).next();
    const config = JSON.parse(value);
    expect(config.certificateFile).to.equal(file);
    expect(await statusAt(config.jwksUri, config.certificate)).to.equal(200);
    await stop();
    expect(await readFile(file, 'utf8')).to.equal(config.certificate);
  });

  it('serves the certificate of --tls-cert with the key of --tls-key', async () => {
    const { key, cert } = selfSignedCertificate(['localhost']);
    const [certFile, keyFile] = [join(folder, 'cert.pem'), join(folder, 'key.pem')];
    await writeFile(certFile, cert);
    await writeFile(keyFile, key);
    const files = ['--host', 'localhost', '--tls-cert', certFile, '--tls-key', keyFile];
    const config = JSON.parse((await start('--json', ...files).next()).value);
    expect(config).to.include({ certificateFile: certFile, certificate: cert });
    expect(await statusAt(config.jwksUri, cert)).to.equal(200);
    await stop();
    expect(existsSync(certFile)).to.equal(true);
  });

  it('with --issuer prints the issuer and the keys, with which the kit accepts its tokens', async () => {
    const issuer = 'https://cognito-idp.us-east-1.amazonaws.com/us-east-1_LocalPool';
    const lines = start('--json', '--issuer', issuer, '--user', `${ANA}:${PASSWORD}`);
    const config = JSON.parse((await lines.next()).value);
    expect(config.issuer).to.equal(issuer);
    const { domain: _domain, ...options } = config;
    const auth = createCognitoRouter({ ...options, logger: false });
    const app = express()
      .use('/auth', auth)
      .get('/reports', requireAuth({ ...options }), (_req, res) => void res.json({ ok: true }));
    const { body } = await request(app).post('/auth/sign-in').send({ email: ANA, password: PASSWORD });
    const { accessToken } = body.tokens;
    expect(JSON.parse(atob(accessToken.split('.')[1])).iss).to.equal(issuer);
    await request(app).get('/reports').auth(accessToken, { type: 'bearer' }).expect(200);
    await auth.close();
    await stop();
    const text = await textOf(start('--issuer', issuer));
    expect(text).to.include(`Issuer: ${issuer}\nSigning keys: http://127.0.0.1:`);
  });

  for (const [fault, args, message] of [
    ['--tls-cert alone', ['--tls-cert', 'a.pem'], '--tls-cert and --tls-key require each other'],
    [
      '--tls-save-cert alone',
      ['--tls-save-cert', 'a.pem'],
      '--tls-save-cert requires --tls, and excludes --tls-cert',
    ],
    [
      'a file that cannot be written',
      ['--port', '0', '--tls', '--tls-save-cert', '/missing/a.pem'],
      "--tls-save-cert cannot be written: ENOENT: no such file or directory, open '/missing/a.pem'",
    ],
    [
      'a missing file',
      ['--tls-cert', '/missing.pem', '--tls-key', '/missing.pem'],
      "--tls-cert cannot be read: ENOENT: no such file or directory, open '/missing.pem'",
    ],
    [
      'an issuer that is no URL',
      ['--issuer', 'us-east-1_Example'],
      '--issuer must be a URL such as https://cognito-idp.us-east-1.amazonaws.com/us-east-1_Example',
    ],
  ] as const) {
    it(`refuses ${fault}`, async () => {
      const outcome = local(args).then(
        () => 'started',
        (error) => (error instanceof UsageError ? error.message : error),
      );
      expect(await outcome).to.equal(message);
    });
  }
});
