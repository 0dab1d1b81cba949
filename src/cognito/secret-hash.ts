import { createHmac } from 'node:crypto';

/**
 * The proof that a caller knows the app client's secret:
 * base64(HMAC-SHA256(clientSecret, username + clientId)). The username is exactly the string that is sent
 * as `Username` or `USERNAME`, since Cognito computes it over what it receives.
 *
 * @see https://docs.aws.amazon.com/cognito/latest/developerguide/signing-up-users-in-your-app.html#cognito-user-pools-computing-secret-hash
 */
export function secretHash(
  app: { clientId: string; clientSecret: string | undefined },
  username: string,
): string | undefined {
  if (app.clientSecret === undefined) return undefined;
  return createHmac('sha256', app.clientSecret).update(username).update(app.clientId).digest('base64');
}
