import { expect } from 'chai';
import { parseConfig } from '../../src/config/settings.ts';
import { requireAuth } from '../../src/require-auth.ts';

const POOL = { userPoolId: 'us-east-1_AbCdEfGhI', clientId: 'abc123' };
const managedLogin = (options: object) => () =>
  parseConfig({
    ...POOL,
    cookieSecret: 'x'.repeat(32),
    managedLogin: { redirectUri: 'https://app.example.com/cb', ...options },
  }).managedLogin;
const origins = (origin: string, cookies?: object) => () =>
  parseConfig({ ...POOL, transport: 'cookie', trustedOrigins: [origin], ...(cookies && { cookies }) });

describe('managedLogin.logoutUri', () => {
  for (const logoutUri of [
    'https://app.example.com',
    'https://app.example.com/',
    'https://APP.example.com:443/Bye?from=app',
    'http://localhost:3000',
  ]) {
    it(`is taken as it stands: ${logoutUri} (case A13)`, () => {
      expect(managedLogin({ logoutUri })()?.logoutUris).to.deep.equal([logoutUri]);
    });
  }

  for (const logoutUri of [
    'http://app.example.com',
    'app.example.com',
    'https://a b.c',
    'https://u:p@a.b',
    'https://a.b/#',
  ]) {
    it(`is refused: ${logoutUri}`, () => {
      expect(managedLogin({ logoutUri })).to.throw(TypeError, 'exactly as they stand there');
    });
  }
});

describe('managedLogin.redirectUri', () => {
  it('needs a path, and the refusal says so', () => {
    expect(managedLogin({ redirectUri: 'https://app.example.com' })).to.throw(TypeError, 'with a path');
  });
});

describe('trustedOrigins', () => {
  it('refuses an origin without TLS (case C15)', () => {
    const fix = 'is "http://app.example.com"; write https://, because http:// is allowed on loopback only';
    expect(origins('http://app.example.com')).to.throw(TypeError, fix);
    expect(() =>
      requireAuth({ ...POOL, transport: 'cookie', trustedOrigins: ['http://app.example.com'] }),
    ).to.throw(TypeError, fix);
  });

  for (const origin of [
    'http://localhost:5173',
    'http://127.0.0.1:5173',
    'http://[::1]:5173',
    'https://app.example.com',
  ]) {
    it(`accepts ${origin}`, () => {
      expect(origins(origin)).to.not.throw();
    });
  }

  it('accepts an origin without TLS beside cookies without TLS', () => {
    expect(origins('http://192.168.1.5:3000', { dangerouslyAllowHttp: true })).to.not.throw();
  });
});
