import { expect } from 'chai';
import type { Config } from '../../src/config/options.ts';
import type { SignedIn } from '../support/helpers.ts';
import {
  expectProblem,
  expectStatus,
  type Kit,
  OTHER_PASSWORD,
  PASSWORD,
  startKit,
} from '../support/helpers.ts';

type Method = 'post' | 'put' | 'patch' | 'delete';
type Request = readonly [method: Method, path: string, body?: object];

/** Requests that a stolen session must not make without a recent sign-in. */
const SENSITIVE: readonly Request[] = [
  ['patch', '/me', { attributes: { email: 'new@example.com' } }],
  ['patch', '/me', { attributes: { name: 'Ada', phone_number: '' } }],
  ['delete', '/me/attributes/phone_number'],
  ['delete', '/me/attributes/phone_number'],
  ['delete', '/me'],
  ['post', '/mfa/totp', {}],
  ['put', '/mfa/preference', { totp: { enabled: false } }],
  ['put', '/mfa/preference', { totp: { enabled: true }, sms: { enabled: false } }],
  ['put', '/mfa/preference', { passkey: { enabled: false } }],
  ['post', '/passkeys/options'],
  ['delete', '/passkeys/b3ZlciAxMDAgbGlmZXRpbWVz'],
];

/** Requests that an old sign-in may make. The answer may be another refusal. */
const OTHERS: readonly Request[] = [
  ['patch', '/me', { attributes: { name: 'Ada' } }],
  ['patch', '/me', { attributes: { preferred_username: 'ada' } }],
  ['delete', '/me/attributes/nickname'],
  ['post', '/me/attributes/email/verify', { confirmationCode: '123456' }],
  ['post', '/mfa/totp/verify', { confirmationCode: '123456' }],
  ['put', '/mfa/preference', { totp: { enabled: true, preferred: true } }],
  ['post', '/change-password', { oldPassword: PASSWORD, newPassword: OTHER_PASSWORD }],
];

const named = ([method, path, body]: Request): string =>
  `${method.toUpperCase()} ${path} ${JSON.stringify(body) ?? ''}`.trim();

describe('sensitiveMaxAge', () => {
  let kit: Kit;
  let user: SignedIn;

  before(async () => {
    kit = await startKit({
      pool: {
        pool: {
          Policies: { SignInPolicy: { AllowedFirstAuthFactors: ['PASSWORD', 'WEB_AUTHN'] } },
          WebAuthnConfiguration: { RelyingPartyId: 'localhost' },
        },
      },
    });
    user = await kit.signUpAndIn();
  });
  const old = (of: Kit = kit) =>
    of.pool.tokensFor(user.email, { accessClaims: { auth_time: Math.floor(Date.now() / 1000) - 302 } })
      .accessToken;
  const ask = (of: Kit, [method, path, body]: Request, accessToken: string) =>
    of.request[method](`/auth${path}`).set('Authorization', `Bearer ${accessToken}`).send(body);
  const withConfig = (config: Config) => startKit({ pool: kit.pool, config });

  for (const request of SENSITIVE) {
    it(`${named(request)} is refused after 5 minutes, and asks for a recent sign-in (case C14)`, async () => {
      const response = expectProblem(await ask(kit, request, old()), 'insufficient_user_authentication');
      expect(response.headers['www-authenticate']).to.include('max_age="300"');
    });
  }

  for (const request of OTHERS) {
    it(`${named(request)} needs no recent sign-in`, async () => {
      const { body } = await ask(kit, request, old());
      expect(body.code).to.not.equal('insufficient_user_authentication');
    });
  }

  it('a recent sign-in may change the address, set up an authenticator app and start a passkey', async () => {
    const { tokens } = await kit.signUpAndIn();
    for (const request of [SENSITIVE[0], SENSITIVE[5], SENSITIVE[9]] as readonly Request[]) {
      expectStatus(await ask(kit, request, tokens.accessToken), 200);
    }
  });

  it('a refused change leaves the account as it is', async () => {
    expectProblem(
      await ask(kit, ['patch', '/me', { attributes: { email: 'taken@example.com' } }], old()),
      'insufficient_user_authentication',
    );
    const me = expectStatus(await kit.get('/me', old()), 200);
    expect(me.body.attributes.email).to.equal(user.email);
  });

  it('preferred_username is sensitive if users sign in with a user name', async () => {
    const byName = await withConfig({ signInWith: ['username', 'email'] });
    for (const request of [
      ['patch', '/me', { attributes: { preferred_username: 'ada' } }],
      ['delete', '/me/attributes/preferred_username'],
    ] as const) {
      expectProblem(await ask(byName, request, old()), 'insufficient_user_authentication');
    }
  });

  it('a first password is sensitive, because it needs no old one', async () => {
    const passwordless = await withConfig({ passwordless: true });
    const first: Request = ['post', '/change-password', { newPassword: OTHER_PASSWORD }];
    expectProblem(await ask(passwordless, first, old()), 'insufficient_user_authentication');
  });

  it('an authenticator app can be set up with a challenge session, beside an old token', async () => {
    const response = await ask(kit, ['post', '/mfa/totp', { session: 'x'.repeat(40) }], old());
    expectProblem(response, 'invalid_session');
  });

  it('an invalid body is reported before the age of the sign-in', async () => {
    expectProblem(await ask(kit, ['patch', '/me', { attributes: { email: 7 } }], old()), 'validation_failed');
  });

  it('false disables the check for all of them', async () => {
    const lax = await withConfig({ sensitiveMaxAge: false });
    const token = old();
    for (const request of SENSITIVE.filter(([method, path]) => `${method} ${path}` !== 'delete /me')) {
      const { body } = await ask(lax, request, token);
      expect(body.code, named(request)).to.not.equal('insufficient_user_authentication');
    }
  });
});
