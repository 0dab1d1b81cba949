import type { Grant } from '../model/pool.ts';
import type { AuthenticationResult } from '../model/sign-in-state.ts';
import { runPreTokenGeneration } from '../tokens/pre-token-generation.ts';
import { signIn } from '../tokens/tokens.ts';

/** A token response of RFC 6749, section 5.1. */
export interface HostedTokens {
  readonly access_token: string;
  readonly id_token?: string;
  readonly refresh_token?: string;
  readonly token_type: 'Bearer';
  /** Lifetime of the access token, in seconds. */
  readonly expires_in: number;
}

/** Issues the tokens of a sign-in at managed login. */
export async function hostedTokens(grant: Grant): Promise<HostedTokens> {
  const { client, user, scopes } = grant;
  const claims = await runPreTokenGeneration(client, user, 'TokenGeneration_HostedAuth', undefined, scopes);
  return named(signIn(client, user, claims, undefined, grant), scopes);
}

/** Formats tokens, with an ID token only for the scope `openid`. */
export function named(tokens: AuthenticationResult, scopes: readonly string[]): HostedTokens {
  const { IdToken, AccessToken, RefreshToken, ExpiresIn, TokenType } = tokens;
  return {
    ...(scopes.includes('openid') && { id_token: IdToken }),
    access_token: AccessToken,
    ...(RefreshToken !== undefined && { refresh_token: RefreshToken }),
    expires_in: ExpiresIn,
    token_type: TokenType,
  };
}
