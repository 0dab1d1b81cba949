import type { CallMeter } from '../cognito/call-meter.ts';
import type { ClientSecret } from '../cognito/client-secret.ts';
import { createOAuthClient, type OAuthClient } from '../cognito/oauth-client.ts';
import type { RequestQuotas } from '../cognito/request-quotas.ts';
import type { TokenVerifier } from '../cognito/token-verifier.ts';
import { trustedPool } from '../cognito/trusted-pool.ts';
import type { Settings } from '../config/settings.ts';
import { createLoginTransactions, type LoginTransactions } from '../cookies/login-transactions.ts';
import { createSeal } from '../shared/sealed.ts';
import type { Auth } from '../tokens/auth.ts';
import type { Tokens } from './sign-in-types.ts';
import { unfit, verifiedUser } from './verified-user.ts';

/** Managed login, shared by its endpoints. */
export interface ManagedLogin {
  readonly oauth: OAuthClient;
  readonly transactions: LoginTransactions;
  /** Exchanges a code for tokens, and verifies their pool, client and user. */
  signIn(
    answer: Parameters<OAuthClient['exchange']>[0],
    expected: Parameters<OAuthClient['exchange']>[1],
  ): Promise<{ readonly auth: Auth; readonly tokens: Tokens }>;
}

export interface ManagedLoginParts {
  readonly verifier: TokenVerifier;
  readonly clientSecret: ClientSecret | undefined;
  readonly quotas: RequestQuotas | undefined;
  readonly meter: CallMeter;
}

/** Returns `undefined` if managed login is not configured. */
export function createManagedLogin(
  settings: Settings,
  { verifier, clientSecret, quotas, meter }: ManagedLoginParts,
): ManagedLogin | undefined {
  const { managedLogin, cookieSecret, clientId, timeouts } = settings;
  if (!managedLogin || !cookieSecret) return undefined;
  const { redirectUri, scopes } = managedLogin;
  const { issuers } = trustedPool({ ...settings, clientIds: [clientId] });
  const oauth = createOAuthClient({
    issuers: issuers.map(({ issuer }) => issuer),
    clientId,
    clientSecret,
    redirectUri,
    scopes,
    meter,
    clockToleranceSeconds: settings.clockToleranceSeconds,
    timeout: timeouts.call,
  });

  return {
    oauth,
    transactions: createLoginTransactions(createSeal(cookieSecret, clientId)),
    async signIn(answer, expected) {
      await quotas?.admit('codeExchanges');
      const { accessToken, idToken, refreshToken } = await oauth.exchange(answer, expected);
      const { auth, user } = await verifiedUser(
        { accessToken, idToken },
        verifier,
        'managed-login.md#failures',
      );
      if (user.payload.nonce !== expected.nonce)
        throw unfit('the ID token belongs to another sign-in. See docs/managed-login.md#failures');
      // Not the time that is left by the server's clock, which may be wrong.
      const { exp, iat = Date.now() / 1000 } = auth.payload;
      const expiresIn = Math.floor(exp - iat);
      const tokens = { accessToken, idToken, ...(refreshToken !== undefined && { refreshToken }) };
      return { auth, tokens: { ...tokens, expiresIn, tokenType: 'Bearer' } };
    },
  };
}
