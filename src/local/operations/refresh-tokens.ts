import { CognitoError, notAuthorized } from '../model/errors.ts';
import { clientSecretMatches } from '../sign-in/secret-hash.ts';
import { runPreTokenGeneration } from '../tokens/pre-token-generation.ts';
import { findRefreshToken, refresh, revokeAll, signInOfRefreshToken } from '../tokens/tokens.ts';
import { endSession } from '../tokens/user-sessions.ts';
import { oneOf, required } from '../wire/input.ts';
import { clientId, clientMetadata, clientSecret, deviceKey, token } from '../wire/members.ts';
import { clientOperation, type OperationTable, openOperation, tokenOperation } from './operation.ts';

export const refreshTokenOperations: OperationTable = {
  GetTokensFromRefreshToken: clientOperation(
    {
      RefreshToken: required(token),
      ClientSecret: clientSecret,
      DeviceKey: deviceKey,
      ClientMetadata: clientMetadata,
    },
    async (client, input) => {
      if (!clientSecretMatches(client, input.ClientSecret)) {
        throw notAuthorized(
          client.secrets.length > 0 && input.ClientSecret === undefined
            ? `Client ${client.id} is configured for secret but secret was not received`
            : `Unable to verify secret hash for client ${client.id}`,
        );
      }
      const token = findRefreshToken(client, input.RefreshToken);
      const AuthenticationResult = await refresh(token, input.DeviceKey, ({ user, scopes }) =>
        runPreTokenGeneration(client, user, 'TokenGeneration_RefreshTokens', input.ClientMetadata, scopes),
      );
      return { AuthenticationResult };
    },
  ),

  // The API model has neither NotAuthorized nor ResourceNotFound here, so every wrong client is UnauthorizedException.
  RevokeToken: openOperation(
    {
      Token: required(token),
      ClientId: required(clientId),
      ClientSecret: clientSecret,
      RevokeAssociatedSessions: oneOf('NONE', 'LINKED'),
    },
    (service, input) => {
      const client = service.clients.get(input.ClientId);
      if (!client || !clientSecretMatches(client, input.ClientSecret)) {
        throw new CognitoError('UnauthorizedException', 'Invalid client or client secret');
      }
      if (client.settings.EnableTokenRevocation === false) {
        throw new CognitoError(
          'UnsupportedOperationException',
          'Token revocation is not enabled for this client',
        );
      }
      const revoked = signInOfRefreshToken(client.pool, input.Token);
      if (!revoked && input.Token.split('.').length === 3) {
        throw new CognitoError('UnsupportedTokenTypeException', 'Only refresh tokens can be revoked');
      }
      if (revoked && revoked.client !== client) {
        throw new CognitoError('UnauthorizedException', 'The token was issued to another client');
      }
      if (revoked) {
        const session = { type: 'TOKEN', id: revoked.sessionId, signIn: revoked } as const;
        endSession(client.pool, revoked.user, session, input.RevokeAssociatedSessions);
      }
      return {};
    },
  ),

  GlobalSignOut: tokenOperation({}, ({ user, client: { pool } }) => {
    revokeAll(pool, user);
    return {};
  }),
};
