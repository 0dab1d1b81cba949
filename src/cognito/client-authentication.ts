import { type CognitoClient, untilAborted } from './client.ts';
import { type ClientSecret, withSecret } from './client-secret.ts';
import { SECRET_REFUSED } from './error-map.ts';
import type { OperationName } from './operations.ts';
import { secretHash } from './secret-hash.ts';

type Proof = (input: never, secret: string, clientId: string) => object;

/** Adds `SecretHash`, over `Username`. */
const hashOfUsername = (input: { Username: string }, secret: string, clientId: string): object => ({
  ...input,
  SecretHash: secretHash({ clientId, clientSecret: secret }, input.Username),
});

/**
 * Adds `SECRET_HASH` to the parameters. Removes USERNAME for REFRESH_TOKEN_AUTH, which hashes the user name but does
 * not accept it.
 */
const hashInAuthParameters = (
  input: { AuthFlow: string; AuthParameters: Readonly<Record<string, string>> },
  secret: string,
  clientId: string,
): object => {
  const { USERNAME = '', ...others } = input.AuthParameters;
  const SECRET_HASH = secretHash({ clientId, clientSecret: secret }, USERNAME);
  const named = input.AuthFlow !== 'REFRESH_TOKEN_AUTH';
  return { ...input, AuthParameters: { ...(named && { USERNAME }), ...others, SECRET_HASH } };
};

const hashInChallengeResponses = (
  input: { ChallengeResponses: Readonly<Record<string, string>> },
  secret: string,
  clientId: string,
): object => {
  const { ChallengeResponses } = input;
  const SECRET_HASH = secretHash({ clientId, clientSecret: secret }, ChallengeResponses.USERNAME ?? '');
  return { ...input, ChallengeResponses: { ...ChallengeResponses, SECRET_HASH } };
};

const secretItself = (input: object, secret: string): object => ({ ...input, ClientSecret: secret });

/**
 * The proof of the app client's secret for each operation. A test compares the list with the installed SDK. All other
 * operations use an access token or AWS credentials.
 *
 * @see https://docs.aws.amazon.com/cognito/latest/developerguide/signing-up-users-in-your-app.html#cognito-user-pools-computing-secret-hash
 */
export const CLIENT_PROOFS: Readonly<Partial<Record<OperationName, Proof>>> = {
  SignUp: hashOfUsername,
  ConfirmSignUp: hashOfUsername,
  ResendConfirmationCode: hashOfUsername,
  ForgotPassword: hashOfUsername,
  ConfirmForgotPassword: hashOfUsername,
  InitiateAuth: hashInAuthParameters,
  AdminInitiateAuth: hashInAuthParameters,
  RespondToAuthChallenge: hashInChallengeResponses,
  AdminRespondToAuthChallenge: hashInChallengeResponses,
  GetTokensFromRefreshToken: secretItself,
  RevokeToken: secretItself,
};

/** Wraps a client to prove the secret with each call, also after a rotation. */
export function withClientSecret(
  client: CognitoClient,
  secret: ClientSecret | undefined,
  clientId: string,
): CognitoClient {
  if (secret === undefined) return client;
  return {
    ...client,
    ready: async () => {
      await Promise.all([client.ready(), secret.current()]);
    },
    send(operation, input, options) {
      const prove = CLIENT_PROOFS[operation];
      if (prove === undefined) return client.send(operation, input, options);
      const sent = withSecret(
        secret,
        (error) => mayRefuseSecret(operation, error),
        (value) => client.send(operation, prove(input as never, value, clientId) as typeof input, options),
      );
      return untilAborted(sent, options.signal);
    },
  };
}

/**
 * RevokeToken answers UnauthorizedException to a wrong secret, and to a token of another app client. The message of
 * GetTokensFromRefreshToken for a wrong secret is undocumented, so any message that is not about the token may be it.
 */
function mayRefuseSecret(operation: OperationName, error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if (error.name === 'UnauthorizedException') return true;
  if (error.name !== 'NotAuthorizedException') return false;
  if (SECRET_REFUSED.test(error.message)) return true;
  return CLIENT_PROOFS[operation] === secretItself && !/refresh token/i.test(error.message);
}
