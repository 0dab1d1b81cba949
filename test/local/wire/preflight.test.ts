import { expect } from 'chai';
import { type LocalUserPool, startLocalUserPool } from '../../../src/local/local-user-pool.ts';

describe('A CORS preflight at a local pool', () => {
  let pool: LocalUserPool;
  before(async () => {
    pool = await startLocalUserPool({
      quiet: true,
      appClient: { CallbackURLs: ['http://localhost:3000/auth/callback'] },
    });
  });
  after(() => pool.close());

  const PLACES: Readonly<Record<string, readonly [url: () => string, headers: string]>> = {
    'the API': [
      () => pool.url,
      'content-type,x-amz-target,x-amz-user-agent,amz-sdk-invocation-id,amz-sdk-request,cache-control',
    ],
    // Amplify's redirect sign-in sends x-amz-user-agent (case 26).
    'the token endpoint': [
      () => `${pool.domain}/oauth2/token`,
      'authorization,content-type,x-amz-user-agent',
    ],
    'the userInfo endpoint': [
      () => `${pool.domain}/oauth2/userInfo`,
      'authorization,content-type,x-amz-user-agent',
    ],
    'the revocation endpoint': [
      () => `${pool.domain}/oauth2/revoke`,
      'authorization,content-type,x-amz-user-agent',
    ],
  };
  for (const [place, [url, allowed]] of Object.entries(PLACES)) {
    it(`allows any origin, GET and POST, and these headers at ${place}: ${allowed}`, async () => {
      const { status, headers } = await fetch(url(), { method: 'OPTIONS' });
      expect(status).to.equal(200);
      expect(headers.get('access-control-allow-origin')).to.equal('*');
      expect(headers.get('access-control-allow-methods')).to.equal('GET,POST,OPTIONS');
      expect(headers.get('access-control-allow-headers')).to.equal(allowed);
      expect(headers.get('access-control-max-age')).to.equal('172800');
    });
  }

  it('is refused at the pages of managed login, which scripts do not call', async () => {
    for (const endpoint of ['oauth2/authorize', 'login', 'logout']) {
      const { status } = await fetch(`${pool.domain}/${endpoint}`, { method: 'OPTIONS' });
      expect(status, endpoint).to.equal(405);
    }
  });
});
