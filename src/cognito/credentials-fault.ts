/** What to look at, by what the SDK or AWS says of the server's own credentials. Nobody's account has a part in it. */
const HINTS: Readonly<Record<string, string>> = {
  CredentialsProviderError:
    'no AWS credentials were found: ADMIN_USER_PASSWORD_AUTH needs them, in the environment, a role or a client of your own',
  UnrecognizedClientException:
    'AWS does not know the access key: check AWS_ACCESS_KEY_ID and AWS_SESSION_TOKEN',
  InvalidClientTokenId: 'AWS does not know the access key: check AWS_ACCESS_KEY_ID and AWS_SESSION_TOKEN',
  ExpiredTokenException: 'the AWS credentials have expired: renew them, or let a role do it',
  ExpiredToken: 'the AWS credentials have expired: renew them, or let a role do it',
  InvalidSignatureException:
    'the AWS secret access key does not fit the access key, or the clock of the server is wrong',
  SignatureDoesNotMatch:
    'the AWS secret access key does not fit the access key, or the clock of the server is wrong',
  IncompleteSignatureException: 'the request was not signed as AWS wants it: check the AWS credentials',
  MissingAuthenticationTokenException: 'the request was not signed: check the AWS credentials of the client',
};

/** The hint for a fault of the server's own credentials; undefined for any other. */
export function credentialsHint(exception: string): string | undefined {
  return Object.hasOwn(HINTS, exception) ? HINTS[exception] : undefined;
}
