/** Names of the errors that mean: AWS credentials are missing, invalid or expired. */
const NAMES = [
  'CredentialsProviderError',
  'TokenProviderError',
  'UnrecognizedClientException',
  'InvalidClientTokenId',
  'ExpiredTokenException',
  'ExpiredToken',
  'InvalidSignatureException',
  'SignatureDoesNotMatch',
  'IncompleteSignatureException',
  'MissingAuthenticationTokenException',
] as const;

export type CredentialsErrorName = (typeof NAMES)[number];

/** Whether an error of this name means that AWS credentials are missing, invalid or expired. */
export function isCredentialsError(name: string): name is CredentialsErrorName {
  return (NAMES as readonly string[]).includes(name);
}
