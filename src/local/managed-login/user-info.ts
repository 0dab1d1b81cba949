import { CognitoError } from '../model/errors.ts';
import type { SignIn } from '../model/pool.ts';
import { attributesInScope } from '../tokens/scopes.ts';
import { MISSING_SCOPE, verifyAccessToken } from '../tokens/tokens.ts';
import { type Answer, oauthAnswer } from '../wire/answer.ts';
import type { HostedRequest } from './request.ts';

const BAD_REQUEST = 'Bad OAuth2 request at UserInfo Endpoint';
const NO_OPENID = 'Access token does not contain openid scope';
const BAD_TOKEN = 'Access token is expired, disabled, or deleted, or the user has globally signed out.';

/** GET /oauth2/userInfo: the user's attributes in the token's scopes, all as strings. */
export function userInfo({ pool, headers }: HostedRequest): Answer {
  const token = /^Bearer +(\S+)$/i.exec(headers.authorization ?? '')?.[1];
  if (token === undefined) return refusal(400, 'invalid_request', BAD_REQUEST);
  let holder: SignIn;
  try {
    holder = verifyAccessToken(pool.service, token, 'openid');
  } catch (error) {
    if (!(error instanceof CognitoError)) throw error;
    return refusal(401, 'invalid_token', error.message === MISSING_SCOPE ? NO_OPENID : BAD_TOKEN);
  }
  const { user, client, scopes } = holder;
  if (client.pool !== pool) return refusal(401, 'invalid_token', BAD_TOKEN);
  const identities = user.attributes.get('identities');
  return oauthAnswer(200, {
    sub: user.sub,
    ...Object.fromEntries(attributesInScope(client, user, scopes)),
    ...(identities !== undefined && { identities }),
    username: user.username,
  });
}

function refusal(status: number, error: string, description: string): Answer {
  return {
    ...oauthAnswer(
      status,
      { error, error_description: description },
      { 'www-authenticate': `error="${error}", error_description="${description}"` },
    ),
    error,
  };
}
