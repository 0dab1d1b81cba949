import { invalidParameter, notAuthorized } from '../model/errors.ts';
import type { AppClient } from '../model/pool.ts';
import { clientSecretMatches } from '../sign-in/secret-hash.ts';
import { clientScopes, issueClientToken } from '../tokens/client-token.ts';
import { list, required, text } from '../wire/input.ts';
import { clientMetadata, clientSecret } from '../wire/members.ts';
import { clientOperation, type OperationTable } from './operation.ts';

const FLOW = 'ALLOW_CLIENT_TOKEN_AUTH';

/** Tokens of app clients for machine-to-machine authorization, without a domain. */
export const clientTokenOperations: OperationTable = {
  GetClientToken: clientOperation(
    {
      Secret: required(clientSecret),
      Scopes: list(text({ min: 1, max: 256, pattern: /[\x21\x23-\x5B\x5D-\x7E]+/ }), { max: 50 }),
      ClientMetadata: clientMetadata,
    },
    async (client, input) => {
      if (!client.settings.ExplicitAuthFlows?.includes(FLOW)) {
        throw invalidParameter(`${FLOW} flow not enabled for this client`);
      }
      if (!clientSecretMatches(client, input.Secret)) {
        throw notAuthorized(`Unable to verify the secret of client ${client.id}`);
      }
      const scopes = scopesIn(client, input.Scopes);
      const { accessToken, expiresIn } = await issueClientToken(client, scopes, input.ClientMetadata);
      return {
        ClientAuthenticationResult: { AccessToken: accessToken, ExpiresIn: expiresIn, TokenType: 'Bearer' },
      };
    },
  ),
};

function scopesIn(client: AppClient, requested: readonly string[] = []): readonly string[] {
  const allowed = clientScopes(client);
  const unknown = requested.find((scope) => !allowed.includes(scope));
  if (unknown !== undefined) throw invalidParameter(`Invalid scope requested: ${unknown}`);
  return requested.length > 0 ? [...new Set(requested)] : allowed;
}
