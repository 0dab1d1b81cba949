import { hasTokenClaims, type TokenPayload } from './claims.ts';
import { decodeToken } from './decode.ts';

/**
 * Returns the claims that identify the session of an access token which Cognito has just issued. They are not verified
 * for that reason. Undefined for the opaque tokens of other servers.
 */
export function issuedClaims(accessToken: string): TokenPayload | undefined {
  const decoded = decodeToken(accessToken);
  if ('status' in decoded || !hasTokenClaims(decoded.payload)) return undefined;
  const { iss, sub, token_use, exp, iat, jti, origin_jti, auth_time } = decoded.payload;
  // The session is identified by `origin_jti`, if the app client has token revocation.
  const session = typeof origin_jti === 'string' ? { origin_jti } : jti !== undefined && { jti };
  const signedIn = typeof auth_time === 'number' && { auth_time };
  return { iss, sub, token_use, exp, ...(iat && { iat }), ...signedIn, ...session };
}
