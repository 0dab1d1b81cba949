import type { Config } from 'express-cognito-kit';
import { type LocalUserPool, startLocalUserPool } from 'express-cognito-kit/local';

/** An account that is there from the start, so that each way in can be tried at once. */
export interface DemoUser {
  readonly email: string;
  readonly password: string;
  /** What is special about it, in the console's words. */
  readonly about: string;
  /** Set for the account that asks for a second factor: what its authenticator app would know. */
  readonly totpSecret?: string;
}

export interface DemoPool {
  readonly pool: LocalUserPool;
  readonly users: readonly DemoUser[];
}

/** Public on purpose: they open nothing but a pool that lives in this process and listens on loopback. */
const ADA: DemoUser = { email: 'ada@example.com', password: 'Analytical-1843', about: 'in the group admin' };
const ALAN: DemoUser = { email: 'alan@example.com', password: 'Enigmatic-1912', about: 'an ordinary user' };
const GRACE: DemoUser = {
  email: 'grace@example.com',
  password: 'Temporary-1906',
  about: 'must choose a new password',
};
const HEDY: DemoUser = {
  email: 'hedy@example.com',
  password: 'Frequency-1914',
  about: 'has a second factor',
  totpSecret: 'JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP',
};

/** Options of the router for this pool: a password is possible, and not required. */
export const DEMO_CONFIG: Config = { authFlow: 'USER_AUTH', passwordless: true, autoSignIn: true };

/** Names of stand-ins: their buttons lead to a page on which one says who one is. */
export const IDENTITY_PROVIDERS: readonly string[] = ['FakeSocial'];

/**
 * Starts the local user pool with people in it who show each way to sign in; its own pages send browsers back to the
 * server at `origin`, if there is one.
 */
export async function startDemoPool(origin?: string): Promise<DemoPool> {
  const pool = await startLocalUserPool({
    userPoolId: 'us-east-1_LocalDemo',
    quiet: true,
    // As the doctor recommends it for a real user pool.
    seed: { pools: [{ domains: [{ Domain: 'local-demo' }] }] },
    pool: {
      DeletionProtection: 'ACTIVE',
      UserAttributeUpdateSettings: { AttributesRequireVerificationBeforeUpdate: ['email'] },
      Policies: { SignInPolicy: { AllowedFirstAuthFactors: ['PASSWORD', 'EMAIL_OTP', 'WEB_AUTHN'] } },
      // The page has to be opened under this name, and not under 127.0.0.1, for its passkeys.
      WebAuthnConfiguration: { RelyingPartyId: 'localhost' },
    },
    identityProviders: IDENTITY_PROVIDERS,
    appClient: {
      ...(origin && { CallbackURLs: [`${origin}/auth/callback`], LogoutURLs: [`${origin}/`] }),
      ExplicitAuthFlows: ['ALLOW_USER_AUTH', 'ALLOW_USER_PASSWORD_AUTH', 'ALLOW_USER_SRP_AUTH'],
      RefreshTokenRotation: { Feature: 'ENABLED', RetryGracePeriodSeconds: 10 },
    },
    users: [
      {
        username: ADA.email,
        password: ADA.password,
        groups: ['admin'],
        attributes: { name: 'Ada Lovelace' },
      },
      { username: ALAN.email, password: ALAN.password, attributes: { name: 'Alan Turing' } },
      { username: GRACE.email, password: GRACE.password, status: 'FORCE_CHANGE_PASSWORD' },
      {
        username: HEDY.email,
        password: HEDY.password,
        ...(HEDY.totpSecret && { totpSecret: HEDY.totpSecret }),
      },
    ],
  });
  return { pool, users: [ADA, ALAN, GRACE, HEDY] };
}
