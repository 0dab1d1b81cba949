import { signInOfRefreshToken } from '../tokens/tokens.ts';
import { type Answer, oauthAnswer } from '../wire/answer.ts';
import { authenticateClient, OAuthError } from './client-authentication.ts';
import { type HostedRequest, single } from './request.ts';

/** POST /oauth2/revoke: ends the sign-in of a refresh token. One that is unknown, or dead already, is as good as revoked. */
export function revokeEndpoint(request: HostedRequest): Answer {
  const client = authenticateClient(request, 401);
  const token = single(request.form, 'token');
  if (token === undefined || client.settings.EnableTokenRevocation === false) {
    throw new OAuthError('invalid_request');
  }
  const found = signInOfRefreshToken(client.pool, token);
  if (!found && token.split('.').length === 3) throw new OAuthError('unsupported_token_type');
  // RFC 7009, section 2.1: who asks has to be who the token was given to.
  if (found && found.client !== client) throw new OAuthError('invalid_request');
  if (found) found.revoked = true;
  return oauthAnswer(200);
}
