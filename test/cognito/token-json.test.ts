import { expect } from 'chai';
import { usableKeys } from '../../src/cognito/jwks.ts';
import { createTokenVerifier } from '../../src/cognito/token-verifier.ts';
import { trustedPool } from '../../src/cognito/trusted-pool.ts';
import { isRefusal } from '../../src/tokens/auth.ts';
import { newKey, secondsFromNow, signToken } from '../support/pool-keys.ts';

const key = newKey('first');
const userPoolId = 'us-east-1_AbCdEfGhI';
const verifier = createTokenVerifier({
  pools: [trustedPool({ userPoolId, clientIds: ['abc123'], jwks: { keys: [key.jwk] as object[] } })],
  clockToleranceSeconds: 0,
  cache: false,
});
const claims = () => ({
  iss: `https://cognito-idp.us-east-1.amazonaws.com/${userPoolId}`,
  sub: 'sub',
  token_use: 'access',
  client_id: 'abc123',
  exp: secondsFromNow(600),
});

async function verdictOf(token: string): Promise<string> {
  const verdict = await verifier.verify(token, 'access');
  return isRefusal(verdict) ? verdict.detail : 'accepted';
}

describe('A token whose JSON has white space', () => {
  for (const [name, header, payload] of [
    ['after the brace of the header', `{ "alg": "RS256", "kid": "first" }`, JSON.stringify(claims())],
    ['after the brace of the payload', '{"alg":"RS256","kid":"first"}', JSON.stringify(claims(), null, 2)],
    ['before the brace', '\n\t{"alg":"RS256","kid":"first"}', ` \r${JSON.stringify(claims())}`],
  ] as const) {
    it(`is accepted: ${name} (case C18)`, async () => {
      expect(await verdictOf(signToken(key, payload, header))).to.equal('accepted');
    });
  }

  for (const payload of ['[]', ' null', '"{"', '{', '\u00a0{}', '']) {
    it(`is refused if it is no object: ${JSON.stringify(payload)}`, async () => {
      expect(await verdictOf(signToken(key, payload))).to.equal('The token is malformed.');
    });
  }
});

describe('A key with key_ops', () => {
  it('is used if it may verify, and dropped otherwise (case C18)', () => {
    const used = (key_ops: unknown) => usableKeys({ keys: [{ ...key.jwk, key_ops }] }).size;
    expect(used(['verify'])).to.equal(1);
    expect(used(undefined)).to.equal(1);
    for (const operations of [['encrypt'], [], 'verify', null]) expect(used(operations)).to.equal(0);
  });
});
