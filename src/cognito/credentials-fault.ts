import { type CredentialsErrorName, isCredentialsError } from '../shared/credentials-error.ts';
import type { Hint } from '../shared/hint.ts';

/** Log hints by error name, for faults of the server's own AWS credentials. They depend on no account. */
const HINTS: Readonly<Record<CredentialsErrorName, Hint>> = {
  CredentialsProviderError:
    'no AWS credentials were found: ADMIN_USER_PASSWORD_AUTH needs them, from the environment, a role or the option cognitoClient. See docs/user-pool-setup.md#aws-credentials',
  TokenProviderError:
    'the AWS session of the server has ended: run aws sso login, or use a role. See docs/user-pool-setup.md#aws-credentials',
  UnrecognizedClientException:
    'AWS does not know the access key: check AWS_ACCESS_KEY_ID and AWS_SESSION_TOKEN. See docs/user-pool-setup.md#aws-credentials',
  InvalidClientTokenId:
    'AWS does not know the access key: check AWS_ACCESS_KEY_ID and AWS_SESSION_TOKEN. See docs/user-pool-setup.md#aws-credentials',
  ExpiredTokenException:
    'the AWS credentials have expired: refresh them, or use a role. See docs/user-pool-setup.md#aws-credentials',
  ExpiredToken:
    'the AWS credentials have expired: refresh them, or use a role. See docs/user-pool-setup.md#aws-credentials',
  InvalidSignatureException:
    'the AWS secret access key does not match the access key, or the clock of the server is wrong. See docs/user-pool-setup.md#aws-credentials',
  SignatureDoesNotMatch:
    'the AWS secret access key does not match the access key, or the clock of the server is wrong. See docs/user-pool-setup.md#aws-credentials',
  IncompleteSignatureException:
    'the signature of the request is incomplete: check the AWS credentials. See docs/user-pool-setup.md#aws-credentials',
  MissingAuthenticationTokenException:
    'the request was not signed: check the AWS credentials of the client. See docs/user-pool-setup.md#aws-credentials',
};

/** Returns the log hint for a fault of the server's AWS credentials, or `undefined` for other faults. */
export function credentialsHint(exception: string): Hint | undefined {
  return isCredentialsError(exception) ? HINTS[exception] : undefined;
}
