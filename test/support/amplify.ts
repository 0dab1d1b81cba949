import * as auth from '@aws-amplify/auth';
import { cognitoUserPoolsTokenProvider } from '@aws-amplify/auth/cognito';
import { Amplify, ConsoleLogger } from '@aws-amplify/core';
import type { LocalUserPool } from '../../src/local/local-user-pool.ts';

/** It warns of every endpoint that is not AWS's own. */
ConsoleLogger.LOG_LEVEL = 'ERROR';

/** Amplify's auth functions for a pool. It is one for the process, and belongs to whoever called this last. */
export function amplifyFor({ config, url }: LocalUserPool): typeof auth {
  const { userPoolId, clientId: userPoolClientId } = config;
  const Auth = { Cognito: { userPoolId, userPoolClientId, userPoolEndpoint: url } };
  cognitoUserPoolsTokenProvider.setAuthConfig(Auth);
  Amplify.configure({ Auth }, { Auth: { tokenProvider: cognitoUserPoolsTokenProvider } });
  return auth;
}
