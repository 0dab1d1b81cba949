/** The settings of a user pool could not be read. The message says how to fix it. */
export class RefusedRead extends Error {
  override readonly name = 'RefusedRead';
}

const CREDENTIALS = [
  'CredentialsProviderError',
  'TokenProviderError',
  'ExpiredTokenException',
  'ExpiredToken',
  'InvalidClientTokenId',
  'UnrecognizedClientException',
  'InvalidSignatureException',
  'IncompleteSignatureException',
  'MissingAuthenticationTokenException',
  'SignatureDoesNotMatch',
];

/** Says in the words of the caller's task why an operation failed. The SDK's own error is the cause. */
export function readFailure(
  cause: unknown,
  {
    action,
    userPoolId,
    region,
  }: { readonly action: string; readonly userPoolId: string; readonly region: string },
): RefusedRead {
  const { name = 'Error', code } = (cause ?? {}) as { name?: string; code?: string };
  return new RefusedRead(`The settings of ${userPoolId} cannot be read: ${reason()}`, { cause });

  function reason(): string {
    if (CREDENTIALS.includes(name))
      return `AWS credentials are missing, invalid or expired (${name}). Set AWS_PROFILE, sign in with "aws sso login", or set AWS_ACCESS_KEY_ID.`;
    if (name === 'AccessDeniedException' || name === 'NotAuthorizedException')
      return `the credentials may not call cognito-idp:${action}. Add this action to their IAM policy. See docs/local-user-pool.md#a-copy-of-a-real-pool`;
    if (name === 'ResourceNotFoundException')
      return `there is no such user pool in ${region} for the account of these credentials. Check the ID, and AWS_PROFILE.`;
    return `${action} failed with ${code ?? name}. Check the connection to ${region}.`;
  }
}
