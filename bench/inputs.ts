import { randomBytes } from 'node:crypto';
import type { PoolFacts } from './user-pool.ts';

/** Tokens that must be refused, made from good ones. */
export interface BadTokens {
  readonly garbage: readonly string[];
  readonly unknownKey: readonly string[];
  readonly wrongSignature: readonly string[];
}

export function badTokens(tokens: readonly string[]): BadTokens {
  return {
    garbage: [
      'garbage',
      'a.b.c',
      [40, 600, 256].map((size) => randomBytes(size).toString('base64url')).join('.'),
    ],
    unknownKey: tokens.map((token) => {
      const header = Buffer.from(JSON.stringify({ kid: 'no such key', alg: 'RS256' })).toString('base64url');
      return [header, ...token.split('.').slice(1)].join('.');
    }),
    wrongSignature: tokens.map((token, index) => {
      const [header, payload] = token.split('.');
      const signatureOfAnother = tokens.at(index - 1)?.split('.')[2];
      return [header, payload, signatureOfAnother].join('.');
    }),
  };
}

/** What Cognito says to a sign-in, word for word. */
export async function answerOfSignIn({ config, users: [user] }: PoolFacts): Promise<string> {
  const response = await fetch(config.endpoint, {
    method: 'POST',
    headers: {
      'content-type': 'application/x-amz-json-1.1',
      'x-amz-target': 'AWSCognitoIdentityProviderService.InitiateAuth',
    },
    body: JSON.stringify({
      AuthFlow: 'USER_PASSWORD_AUTH',
      ClientId: config.clientId,
      AuthParameters: { USERNAME: user?.email, PASSWORD: user?.password },
    }),
  });
  return response.text();
}
