import * as auth from '@aws-amplify/auth';
import { cognitoUserPoolsTokenProvider } from '@aws-amplify/auth/cognito';
import { Amplify, ConsoleLogger } from '@aws-amplify/core';
import type { LocalUserPool } from '../../src/local/local-user-pool.ts';

/** Hides Amplify's warnings about custom endpoints. */
ConsoleLogger.LOG_LEVEL = 'ERROR';

/** Returns Amplify's auth functions for a pool. Amplify has one configuration for each process; the last call sets it. */
export function amplifyFor({ config, url }: LocalUserPool): typeof auth {
  const { userPoolId, clientId: userPoolClientId } = config;
  const Auth = { Cognito: { userPoolId, userPoolClientId, userPoolEndpoint: url } };
  cognitoUserPoolsTokenProvider.setAuthConfig(Auth);
  Amplify.configure({ Auth }, { Auth: { tokenProvider: cognitoUserPoolsTokenProvider } });
  return auth;
}
