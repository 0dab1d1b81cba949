import type { ClientSecret } from '../cognito/client-secret.ts';
import { createOAuthClient, type OAuthClient } from '../cognito/oauth-client.ts';
import type { TokenVerifier } from '../cognito/token-verifier.ts';
import { trustedPool } from '../cognito/trusted-pool.ts';
import { tokenRefusal, UpstreamRefusal } from '../cognito/upstream-refusal.ts';
import type { Settings } from '../config/settings.ts';
import { createLoginTransactions, type LoginTransactions } from '../cookies/login-transactions.ts';
import { problem } from '../shared/problem.ts';
import { createSeal } from '../shared/sealed.ts';
import { type Auth, isRefusal } from '../tokens/auth.ts';
import type { Tokens } from './sign-in-types.ts';

/** What the endpoints of managed login share. */
export interface ManagedLogin {
  readonly oauth: OAuthClient;
  readonly transactions: LoginTransactions;
  /** Trades a code for tokens, and sees that they are this pool's, this client's and one user's. */
  signIn(
    answer: Parameters<OAuthClient['exchange']>[0],
    expected: Parameters<OAuthClient['exchange']>[1],
  ): Promise<{ readonly auth: Auth; readonly tokens: Tokens }>;
}

/** Undefined where the app does not use managed login. */
export function createManagedLogin(
  settings: Settings,
  verifier: TokenVerifier,
  clientSecret: ClientSecret | undefined,
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
    timeout: timeouts.call,
  });

  async function verified(token: string, use: 'access' | 'id'): Promise<Auth> {
    const verdict = await verifier.verify(token, use);
    if (!isRefusal(verdict)) return verdict;
    // The keys cannot be had: the token may be good.
    if (verdict.code === 'upstream_unavailable') throw tokenRefusal(verdict);
    throw unfit(verdict.detail);
  }

  return {
    oauth,
    transactions: createLoginTransactions(createSeal(cookieSecret, clientId)),
    async signIn(answer, expected) {
      const { accessToken, idToken, refreshToken } = await oauth.exchange(answer, expected);
      const auth = await verified(accessToken, 'access');
      const user = await verified(idToken, 'id');
      if (user.sub !== auth.sub) throw unfit('The two tokens are of different users.');
      if (user.payload.nonce !== expected.nonce) throw unfit('The ID token is of another log-in.');
      const expiresIn = Math.floor(auth.payload.exp - Date.now() / 1000);
      const tokens = { accessToken, idToken, ...(refreshToken !== undefined && { refreshToken }) };
      return { auth, tokens: { ...tokens, expiresIn, tokenType: 'Bearer' } };
    },
  };
}

/** The tokens came from the pool itself, and are none to sign anybody in with. */
function unfit(hint: string): UpstreamRefusal {
  return new UpstreamRefusal({
    problem: problem('upstream_error'),
    exception: 'UnfitToken',
    hint,
    sameForAll: true,
  });
}
