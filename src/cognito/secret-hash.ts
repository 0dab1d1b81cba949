import { createHmac } from 'node:crypto';

/**
 * The proof that a caller knows the app client's secret:
 * base64(HMAC-SHA256(clientSecret, username + clientId)). The username is exactly the string that is sent
 * as `Username` or `USERNAME`, since Cognito computes it over what it receives.
 *
 * @see https://docs.aws.amazon.com/cognito/latest/developerguide/signing-up-users-in-your-app.html#cognito-user-pools-computing-secret-hash
 */
export function secretHash(
  { clientId, clientSecret }: { clientId: string; clientSecret: string },
  username: string,
): string {
  return createHmac('sha256', clientSecret).update(username).update(clientId).digest('base64');
}
