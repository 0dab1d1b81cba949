import { randomBytes, randomUUID } from 'node:crypto';
import { bytesOf } from '../../src/cognito/token-cache.ts';
import { createTokenVerifier } from '../../src/cognito/token-verifier.ts';
import { trustedPool } from '../../src/cognito/trusted-pool.ts';
import { isRefusal } from '../../src/tokens/auth.ts';
import { newKey, secondsFromNow, signToken } from '../support/pool-keys.ts';

/**
 * Verifies more tokens than the cache can keep, and prints the growth of the heap and the bytes of all tokens:
 * `node --expose-gc --import tsx test/cognito/token-cache-heap.ts <kind of claims> <bytes>`
 */
const [shape = 'usual', bound = '32000000'] = process.argv.slice(2);
const maxBytes = Number(bound);

const random = (): string => randomBytes(6).toString('hex');
const list = <T>(length: number, item: (index: number) => T): T[] =>
  Array.from({ length }, (_, index) => item(index));

/** Claims of tokens of 5,000 characters, except the usual ones. */
const CLAIMS: Readonly<Record<string, () => object>> = {
  usual: () => ({}),
  groups: () => ({ 'cognito:groups': list(165, () => `team-${random()}`) }),
  permissions: () => ({ permissions: list(70, () => ({ tenant: random(), roles: ['read'] })) }),
  unicode: () => ({ name: '\u540d'.repeat(950) + random() }),
  'empty objects': () => ({ custom: list(950, () => ({})) }),
  'many names': () => ({ custom: Object.fromEntries(list(160, () => [random(), {}])) }),
};

const userPoolId = 'eu-west-1_AbCdEf123';
const clientId = '4l0m1ddle0fthealph4bet';
const key = newKey('abcdefghijklmnopqrstuvwxyzabcdefghijklmnopq=');
const verifier = createTokenVerifier({
  pools: [trustedPool({ userPoolId, clientIds: [clientId], jwks: { keys: [key.jwk] } })],
  clockToleranceSeconds: 0,
  cache: { maxEntries: 1_000_000, maxBytes },
});

function verifyOne(): number {
  const claims = {
    sub: randomUUID(),
    iss: `https://cognito-idp.eu-west-1.amazonaws.com/${userPoolId}`,
    client_id: clientId,
    origin_jti: randomUUID(),
    event_id: randomUUID(),
    token_use: 'access',
    scope: 'aws.cognito.signin.user.admin',
    auth_time: secondsFromNow(-60),
    exp: secondsFromNow(3600),
    iat: secondsFromNow(-60),
    jti: randomUUID(),
    username: randomUUID(),
    ...CLAIMS[shape]?.(),
  };
  // A flat string in memory, like the token of a header.
  const token = Buffer.from(signToken(key, claims)).toString('latin1');
  const auth = verifier.verify(token, 'access');
  if (auth instanceof Promise || isRefusal(auth)) throw new Error('The token was not accepted.');
  return bytesOf(auth);
}

function heapUsed(): number {
  globalThis.gc?.();
  globalThis.gc?.();
  return process.memoryUsage().heapUsed;
}

verifyOne();
const before = heapUsed();
let offered = 0;
while (offered < 1.5 * maxBytes) offered += verifyOne();
const heap = heapUsed() - before;
// Keeps the cache reachable until here.
void verifier.verify('', 'access');
process.stdout.write(JSON.stringify({ heap, offered }));
