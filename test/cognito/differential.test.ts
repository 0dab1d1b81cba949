import { maxHeaderSize } from 'node:http';
import { CognitoJwtVerifier } from 'aws-jwt-verify';
import { expect } from 'chai';
import { createTokenVerifier } from '../../src/cognito/token-verifier.ts';
import { trustedPool } from '../../src/cognito/trusted-pool.ts';
import { isRefusal } from '../../src/tokens/auth.ts';
import type { TokenUse } from '../../src/tokens/claims.ts';
import { signToken } from '../support/pool-keys.ts';
import {
  accessClaims,
  anyAlgorithm,
  clientId,
  createTokenGenerator,
  HEADER_MEMBERS,
  idClaims,
  jwks,
  type Members,
  NOW,
  otherClientId,
  sealing,
  secondSpelling,
  seeded,
  sign,
  twin,
  userPoolId,
  weakKey,
} from '../support/random-tokens.ts';

/**
 * The kit and AWS's own verifier judge the same tokens. The kit accepts no token that AWS refuses. It refuses a token that
 * AWS accepts only by one of the rules in `STRICTER`.
 */

interface Judges {
  /** Returns the detail of the refusal, or nothing. */
  kit(token: string): string | undefined;
  /** Returns whether AWS accepts the token. */
  aws(token: string): boolean;
}

function judgesFor(tokenUse: TokenUse, clientIds: readonly string[] | null): Judges {
  const aws = CognitoJwtVerifier.create({ userPoolId, tokenUse, clientId: clientIds && [...clientIds] });
  aws.cacheJwks(jwks as never);
  const kit = createTokenVerifier({
    pools: [trustedPool({ userPoolId, clientIds, jwks })],
    clockToleranceSeconds: 0,
    cache: { maxEntries: 100, maxBytes: 1_000_000 },
  });
  return {
    kit(token) {
      const verdict = kit.verify(token, tokenUse);
      if (verdict instanceof Promise) throw new Error('The verdict was a promise.');
      return isRefusal(verdict) ? verdict.detail : undefined;
    },
    aws(token) {
      try {
        aws.verifySync(token);
        return true;
      } catch {
        return false;
      }
    },
  };
}

const ACCESS_OF_ANY_CLIENT = judgesFor('access', null);
const JUDGES: readonly Judges[] = [
  judgesFor('access', [clientId]),
  ACCESS_OF_ANY_CLIENT,
  judgesFor('id', [otherClientId, clientId]),
  judgesFor('id', null),
];

interface Parts {
  readonly text: string;
  readonly header: Members;
  readonly payload: Members;
  readonly signature: string;
}

/** Decodes as leniently as AWS does. */
function partsOf(text: string): Parts {
  const [header = '', payload = '', signature = ''] = text.split('.');
  return { text, header: decode(header), payload: decode(payload), signature };
}

function decode(segment: string): Members {
  try {
    return JSON.parse(Buffer.from(segment, 'base64').toString()) as Members;
  } catch {
    return {};
  }
}

interface Rule {
  /** The detail of the refusal. */
  readonly detail: string;
  holds(parts: Parts): boolean;
  readonly example: string;
}

const SEED = 20_261_129;
const TOKENS = 4000;

const access = (claims: Members = {}, header: object | string = {}) => sign(accessClaims(claims), header);
const json = (claims: Members = {}) => JSON.stringify(accessClaims(claims));

const MALFORMED = 'The token is malformed.';
const WRONG_CLAIMS = 'A claim of the token is missing or malformed.';
const UNKNOWN_KEY = 'The token is signed with an unknown key.';
const isText = (value: unknown) => typeof value === 'string' && value !== '';
const isAbsent = (value: unknown) => value === undefined;
const isTime = (value: unknown) => typeof value === 'number' && value >= 0 && value <= 8.64e12;
const isTextList = (value: unknown) => Array.isArray(value) && value.every(isText);

const claimRule = (example: Members, holds: (payload: Members) => boolean): Rule => ({
  detail: WRONG_CLAIMS,
  holds: ({ payload }) => holds(payload),
  example: access(example),
});

const STRICTER: Readonly<Record<string, Rule>> = {
  'is longer than the headers of a request may be': {
    detail: 'The token is too long.',
    holds: ({ text }) => text.length > maxHeaderSize,
    example: access({ filler: 'x'.repeat(maxHeaderSize) }),
  },
  'has padding': {
    detail: MALFORMED,
    holds: ({ text }) => text.includes('='),
    example: `${access()}==`,
  },
  'has a second spelling of its signature': {
    detail: MALFORMED,
    holds: ({ signature }) =>
      Buffer.from(signature, 'base64url').toString('base64url') !== signature.replace(/=+$/, ''),
    example: secondSpelling(access()),
  },
  'is not UTF-8': {
    detail: MALFORMED,
    holds: ({ text }) => decoded(text).includes('\ufffd'),
    example: sign(Buffer.from(json({ name: '\u00e9' }), 'latin1') as never),
  },
  'has a member __proto__': {
    detail: MALFORMED,
    holds: ({ text }) => /__proto__|\\u005f/i.test(decoded(text)),
    example: sign(json().replace('{', '{"__proto__":{"admin":true},')),
  },
  'has more than 16 levels': {
    detail: MALFORMED,
    holds: ({ payload }) => depthOf(payload) > 16,
    example: sign(json().replace('{', `{"deep":${'['.repeat(17)}${']'.repeat(17)},`)),
  },
  'has a header member that changes its meaning or supplies a key': {
    detail: 'The header of the token has an unsupported member.',
    holds: ({ header }) => HEADER_MEMBERS.some((name) => name in header),
    example: access({}, { crit: ['exp'] }),
  },
  'has another algorithm than RS256, by a key that names none': {
    detail: 'The token is not signed with RS256.',
    holds: ({ header }) => header.alg !== 'RS256' && header.kid === 'any algorithm',
    example: signToken(anyAlgorithm, accessClaims(), { alg: 'RS512' }, 'sha512'),
  },
  'is signed by a key under 2048 bits': {
    detail: UNKNOWN_KEY,
    holds: ({ header }) => header.kid === 'weak',
    example: signToken(weakKey, accessClaims()),
  },
  'is signed by a key whose ID two keys have': {
    detail: UNKNOWN_KEY,
    holds: ({ header }) => header.kid === 'twin',
    example: signToken(twin, accessClaims()),
  },
  'is signed by a key that may not verify': {
    detail: UNKNOWN_KEY,
    holds: ({ header }) => header.kid === 'sealing',
    example: signToken(sealing, accessClaims()),
  },
  'expires in this very second': {
    detail: 'The token has expired. Refresh it or sign in again.',
    holds: ({ payload }) => payload.exp === NOW,
    example: access({ exp: NOW }),
  },
  'has no time of expiry, or one that is no date': claimRule({ exp: undefined }, ({ exp }) => !isTime(exp)),
  'has a time of issue that is no date': claimRule({ iat: -1 }, ({ iat }) => !(isAbsent(iat) || isTime(iat))),
  'has a start of validity that is no date': claimRule(
    { nbf: -1 },
    ({ nbf }) => !(isAbsent(nbf) || isTime(nbf)),
  ),
  'has no sub': claimRule({ sub: '' }, ({ sub }) => !isText(sub)),
  'has an empty jti': claimRule({ jti: '' }, ({ jti }) => jti === ''),
  'has an empty aud, or one with an empty member': claimRule({ aud: [''] }, ({ aud }) =>
    [aud].flat().includes(''),
  ),
  'has a client that is no text': claimRule(
    { client_id: 1 },
    ({ client_id }) => !(isAbsent(client_id) || isText(client_id)),
  ),
  'has a user name that is no text': claimRule(
    { username: 1 },
    ({ username, 'cognito:username': name }) =>
      !(isAbsent(username) || isText(username)) || !(isAbsent(name) || isText(name)),
  ),
  'has groups that are no list of texts': claimRule(
    { 'cognito:groups': 'admin' },
    ({ 'cognito:groups': groups }) => !(isAbsent(groups) || isTextList(groups)),
  ),
};

function decoded(text: string): string {
  const [header = '', payload = ''] = text.split('.');
  return Buffer.from(header, 'base64').toString() + Buffer.from(payload, 'base64').toString();
}

function depthOf(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0;
  return 1 + Math.max(0, ...Object.values(value).map(depthOf));
}

function rulesOf(token: string, refusal: string): string[] {
  const parts = partsOf(token);
  const rules = Object.entries(STRICTER).filter(
    ([, { detail, holds }]) => detail === refusal && holds(parts),
  );
  return rules.map(([name]) => name);
}

describe('Verification, beside CognitoJwtVerifier of aws-jwt-verify,', () => {
  const { now } = Date;
  before(() => {
    Date.now = () => NOW * 1000;
  });
  after(() => {
    Date.now = now;
  });

  it('accepts the valid tokens that the faulty ones are made from', () => {
    const [access, id] = [sign(accessClaims()), sign(idClaims())];
    const answers = JUDGES.map(({ kit, aws }, index) => [
      kit(index < 2 ? access : id),
      aws(index < 2 ? access : id),
    ]);
    expect(answers).to.deep.equal(JUDGES.map(() => [undefined, true]));
  });

  it(`accepts no other of ${TOKENS} random tokens, and refuses others only by a stricter rule`, () => {
    const next = createTokenGenerator(seeded(SEED));
    const count = { bothAccept: 0, bothRefuse: 0, stricter: 0 };
    for (let i = 0; i < TOKENS; i++) {
      const token = next();
      for (const { kit, aws } of JUDGES) {
        const refusal = kit(token);
        const isAccepted = aws(token);
        const about = `token ${i} of seed ${SEED}: ${decoded(token)}`;
        if (refusal === undefined) {
          expect(isAccepted, `The kit accepts, AWS refuses: ${about}`).to.equal(true);
          count.bothAccept++;
        } else if (isAccepted) {
          expect(rulesOf(token, refusal), `AWS accepts, the kit says "${refusal}": ${about}`).to.not.be.empty;
          count.stricter++;
        } else count.bothRefuse++;
      }
    }
    // A generator of one kind of token would compare nothing.
    expect(Math.min(count.bothAccept, count.bothRefuse, count.stricter)).to.be.greaterThan(TOKENS / 10);
  });

  for (const [name, { detail, example }] of Object.entries(STRICTER)) {
    it(`is stricter with a token that ${name}`, () => {
      expect(ACCESS_OF_ANY_CLIENT.aws(example)).to.equal(true);
      expect(ACCESS_OF_ANY_CLIENT.kit(example)).to.equal(detail);
      expect(rulesOf(example, detail)).to.deep.equal([name]);
    });
  }
});
