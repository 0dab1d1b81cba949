import { expect } from 'chai';
import { createHostCheck } from '../../../src/local/http/host-check.ts';
import { type LocalUserPool, startLocalUserPool } from '../../../src/local/local-user-pool.ts';
import { sendRaw } from '../../support/raw-http.ts';

describe('The Host header at the local pool', () => {
  let pool: LocalUserPool;

  before(async () => {
    pool = await startLocalUserPool({ quiet: true, allowedHosts: ['Cognito.example.dev'] });
  });
  after(() => pool.close());

  async function create(host: string | undefined): Promise<{ status: number | undefined; text: string }> {
    const body = JSON.stringify({ UserPoolId: pool.config.userPoolId, Username: `${host}@example.com` });
    const answer = await sendRaw(
      pool.url,
      `POST / HTTP/1.${host === undefined ? 0 : 1}\r\n`,
      host === undefined ? '' : `Host: ${host}\r\n`,
      'Authorization: AWS4-HMAC-SHA256 Credential=local\r\n',
      'Content-Type: application/x-amz-json-1.1\r\n',
      'X-Amz-Target: AWSCognitoIdentityProviderService.AdminCreateUser\r\n',
      `Content-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`,
    );
    return { status: answer?.status, text: answer?.body.toString() ?? '' };
  }

  it('with the name of another site is refused before any operation (case C9)', async () => {
    for (const host of [
      'evil.example',
      'evil.example:80',
      'localhost.evil.example',
      'cognito',
      '127.0.0.1.nip.io',
    ]) {
      const { status, text } = await create(host);
      expect(status, host).to.equal(403);
      expect(text).to.include('AccessDeniedException').and.include('allowedHosts');
    }
    expect(pool.requests.count('AdminCreateUser')).to.equal(0);
    const page = await sendRaw(
      pool.url,
      `GET /${pool.config.userPoolId}/login HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n`,
    );
    expect(page?.status).to.equal(403);
  });

  it('with localhost, an IP address or an allowed name is accepted, and so is none', async () => {
    for (const host of [
      'localhost',
      'a.localhost:9229',
      '127.0.0.1',
      '[::1]:9229',
      'cognito.example.dev',
      undefined,
    ]) {
      const { status, text } = await create(host);
      expect(status, `${host} ${text}`).to.equal(200);
    }
  });

  it('with a name of a private network is accepted by a pool that listens on any host', () => {
    const isAllowed = createHostCheck({ dangerouslyListenOnAnyHost: true });
    for (const host of ['cognito:9229', 'host.docker.internal', 'cognito.default.svc.cluster.local']) {
      expect(isAllowed(host), host).to.equal(true);
      expect(createHostCheck({})(host), host).to.equal(false);
    }
    for (const host of ['evil.example', 'evil.com.', 'a b', '@', 'internal.evil.com', '']) {
      expect(isAllowed(host), host).to.equal(false);
    }
  });
});
