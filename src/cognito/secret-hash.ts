import { hmacSha256 } from '../shared/hmac.ts';

/**
 * Returns the proof of the app client's secret, base64(HMAC-SHA256(clientSecret, username + clientId)). `username`
 * must be the exact string that is sent as `Username` or `USERNAME`.
 *
 * @see https://docs.aws.amazon.com/cognito/latest/developerguide/signing-up-users-in-your-app.html#cognito-user-pools-computing-secret-hash
 */
export function secretHash(
  { clientId, clientSecret }: { clientId: string; clientSecret: string },
  username: string,
): string {
  return hmacSha256(clientSecret, username + clientId, 'base64');
}
