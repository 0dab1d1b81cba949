import { CognitoError } from '../model/errors.ts';
import { isObject } from '../model/json-object.ts';
import type { AppClient } from '../model/pool.ts';
import { clientScopes, issueClientToken } from '../tokens/client-token.ts';
import { runPreTokenGeneration } from '../tokens/pre-token-generation.ts';
import { canReadScopes } from '../tokens/scopes.ts';
import { findRefreshToken, refresh } from '../tokens/tokens.ts';
import { textsOf } from '../triggers/run-trigger.ts';
import { type Answer, oauthAnswer } from '../wire/answer.ts';
import { challengeOf, findCode, spendCode } from './authorization-codes.ts';
import { authenticateClient, OAuthError } from './client-authentication.ts';
import { type HostedRequest, single } from './request.ts';
import { type HostedTokens, hostedTokens, named } from './tokens.ts';

type Exchange = (client: AppClient, form: URLSearchParams) => HostedTokens | Promise<HostedTokens>;

/** The grants of /oauth2/token. A new one needs a row. */
const GRANTS: ReadonlyMap<string, Exchange> = new Map<string, Exchange>([
  ['authorization_code', redeemCode],
  ['refresh_token', refreshTokens],
  ['client_credentials', issueMachineToken],
]);

/** POST /oauth2/token: exchanges a grant for tokens. Cognito reads parameters of the query, too. */
export async function tokenEndpoint(request: HostedRequest): Promise<Answer> {
  const form = new URLSearchParams([...request.query, ...request.form]);
  const client = authenticateClient({ ...request, form });
  const grantType = single(form, 'grant_type');
  if (grantType === undefined) throw new OAuthError('invalid_request');
  const exchange = GRANTS.get(grantType);
  if (!exchange) throw new OAuthError('unsupported_grant_type');
  try {
    return oauthAnswer(200, await exchange(client, form));
  } catch (error) {
    // OAuth has a single error for all of the API's exceptions.
    if (error instanceof CognitoError) throw new OAuthError('invalid_grant');
    throw error;
  }
}

function redeemCode(client: AppClient, form: URLSearchParams): Promise<HostedTokens> {
  const code = single(form, 'code');
  const redirectUri = single(form, 'redirect_uri');
  const verifier = single(form, 'code_verifier');
  if (code === undefined || redirectUri === undefined) throw new OAuthError('invalid_request');
  checkFlow(client, 'code');
  const found = findCode(client, code);
  if (!found) throw new OAuthError('invalid_grant');
  if (found.redirectUri !== redirectUri) throw new OAuthError('unauthorized_client');
  if (found.challenge !== undefined && verifier === undefined) throw new OAuthError('invalid_request');
  // A verifier without a challenge is a PKCE downgrade attack (RFC 9700, section 2.1.1).
  if (verifier !== undefined && challengeOf(verifier) !== found.challenge)
    throw new OAuthError('invalid_grant');
  if (!canReadScopes(client, found.scopes)) throw new OAuthError('invalid_grant');
  spendCode(client.pool, code);
  const { user } = found;
  if (!user.enabled || client.pool.users.find(user.username) !== user) throw new OAuthError('invalid_grant');
  return hostedTokens(found);
}

/** Refreshes a sign-in of the API or managed login. The scopes stay the same. */
async function refreshTokens(client: AppClient, form: URLSearchParams): Promise<HostedTokens> {
  const given = single(form, 'refresh_token');
  if (given === undefined) throw new OAuthError('invalid_request');
  checkFlow(client, 'code');
  const token = findRefreshToken(client, given);
  const { user, scopes, hosted } = token.signIn;
  const tokens = await refresh(token, undefined, () =>
    runPreTokenGeneration(client, user, 'TokenGeneration_RefreshTokens', undefined, scopes),
  );
  return named(tokens, hosted ? scopes : [...scopes, 'openid']);
}

/** Issues an access token for the app itself, without a user. */
async function issueMachineToken(client: AppClient, form: URLSearchParams): Promise<HostedTokens> {
  checkFlow(client, 'client_credentials');
  const allowed = clientScopes(client);
  const requested =
    single(form, 'scope')
      ?.split(' ')
      .filter((scope) => scope !== '') ?? [];
  if (requested.some((scope) => !allowed.includes(scope))) throw new OAuthError('invalid_scope');
  const scopes = requested.length > 0 ? [...new Set(requested)] : allowed;
  const { accessToken, expiresIn } = await issueClientToken(client, scopes, metadataIn(form));
  return { access_token: accessToken, expires_in: expiresIn, token_type: 'Bearer' };
}

/** The metadata for the trigger: a JSON object of texts. */
function metadataIn(form: URLSearchParams): Record<string, string> | undefined {
  const text = single(form, 'aws_client_metadata');
  if (text === undefined) return undefined;
  try {
    const value: unknown = JSON.parse(text);
    if (isObject(value)) return textsOf(value);
  } catch {
    // Text that is not JSON is the same error.
  }
  throw new OAuthError('invalid_request');
}

function checkFlow({ settings }: AppClient, flow: 'code' | 'client_credentials'): void {
  if (!settings.AllowedOAuthFlowsUserPoolClient || !settings.AllowedOAuthFlows?.includes(flow)) {
    throw new OAuthError('unauthorized_client');
  }
}
