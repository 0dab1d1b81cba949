import { randomBytes } from 'node:crypto';
import { httpRequest } from './load.ts';
import type { PoolFacts } from './user-pool.ts';

/** A request for the protected route, with a token or without. */
export function reportsRequest(token?: string): Buffer {
  return httpRequest('GET', '/reports', token === undefined ? {} : { authorization: `Bearer ${token}` });
}

/** A sign-in of each user. */
export function signInRequests({ users }: PoolFacts): readonly Buffer[] {
  return users.map((user) => httpRequest('POST', '/auth/sign-in', {}, user));
}

const DRAWS = 2 ** 16;

/** Draws by Zipf's law: the second is drawn half as often as the first, the third a third as often. */
export function drawnByZipf<Item>(items: readonly Item[]): readonly Item[] {
  let sum = 0;
  const sums = items.map((_, index) => {
    sum += 1 / (index + 1);
    return sum;
  });
  return Array.from({ length: DRAWS }, () => {
    const drawn = Math.random() * sum;
    let low = 0;
    let high = sums.length - 1;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((sums[middle] ?? 0) < drawn) low = middle + 1;
      else high = middle;
    }
    return items[low] as Item;
  });
}

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
