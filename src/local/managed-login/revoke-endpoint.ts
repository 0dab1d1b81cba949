import { signInOfRefreshToken } from '../tokens/tokens.ts';
import { type Answer, oauthAnswer } from '../wire/answer.ts';
import { authenticateClient, OAuthError } from './client-authentication.ts';
import { type HostedRequest, single } from './request.ts';

/** POST /oauth2/revoke: revokes the sign-in of a refresh token. Succeeds for an unknown or expired token. */
export function revokeEndpoint(request: HostedRequest): Answer {
  const client = authenticateClient(request, 401);
  const token = single(request.form, 'token');
  if (token === undefined || client.settings.EnableTokenRevocation === false) {
    throw new OAuthError('invalid_request');
  }
  const found = signInOfRefreshToken(client.pool, token);
  if (!found && token.split('.').length === 3) throw new OAuthError('unsupported_token_type');
  // RFC 7009, section 2.1: the token must belong to this client.
  if (found && found.client !== client) throw new OAuthError('invalid_request');
  if (found) found.revoked = true;
  return oauthAnswer(200);
}
