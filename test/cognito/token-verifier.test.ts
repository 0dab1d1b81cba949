import { maxHeaderSize } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'chai';
import {
  createTokenVerifier,
  type TokenVerifier,
  type VerifierSettings,
} from '../../src/cognito/token-verifier.ts';
import { type PoolSource, trustedPool } from '../../src/cognito/trusted-pool.ts';
import { type Auth, isRefusal, type Verdict } from '../../src/tokens/auth.ts';
import type { TokenUse } from '../../src/tokens/claims.ts';
import { JwksServer } from '../support/jwks-server.ts';
import { mockMonotonicClock } from '../support/monotonic-clock.ts';
import { base64url, newKey, secondsFromNow, signToken } from '../support/pool-keys.ts';

const userPoolId = 'eu-west-1_AbCdEf123';
const clientId = '4l0m1ddle0fthealph4bet';
const original = `https://cognito-idp.eu-west-1.amazonaws.com/${userPoolId}`;
const updated = `https://issuer-cognito-idp.eu-west-1.amazonaws.com/${userPoolId}`;
const key = newKey('access-key=');
const idKey = newKey('id-key=');
const stranger = newKey('access-key=');
const jwks = { keys: [key.jwk, idKey.jwk] };

type Claims = Record<string, unknown>;

function accessClaims(claims: Claims = {}): Claims {
  return {
    sub: 'e2a5c0b0-1111-4222-8333-444455556666',
    'cognito:groups': ['admin', 'staff'],
    iss: original,
    client_id: clientId,
    origin_jti: 'o',
    token_use: 'access',
    scope: 'openid orders/read',
    auth_time: secondsFromNow(-60),
    exp: secondsFromNow(3600),
    iat: secondsFromNow(-60),
    jti: 'j',
    username: 'ada',
    ...claims,
  };
}

function idClaims(claims: Claims = {}): Claims {
  const { client_id: _client, scope: _scope, username: _username, ...common } = accessClaims();
  return {
    ...common,
    token_use: 'id',
    aud: clientId,
    'cognito:username': 'ada',
    email: 'ada@example.com',
    ...claims,
  };
}

/** A claim that is `undefined` is left out of the token. */
const accessToken = (claims: Claims = {}, header: object | string = {}) =>
  signToken(key, accessClaims(claims), header);

function verifierFor(
  source: Partial<PoolSource> = {},
  settings: Partial<VerifierSettings> = {},
): TokenVerifier {
  return createTokenVerifier({
    pools: [trustedPool({ userPoolId, clientIds: [clientId], jwks, ...source })],
    clockToleranceSeconds: 0,
    cache: { maxEntries: 100, maxBytes: 1_000_000 },
    ...settings,
  });
}

/** The verdict, which has to come at once, in a word: the detail of the refusal, or "accepted". */
function judge(
  token: string,
  verifier: TokenVerifier = verifierFor(),
  tokenUse: TokenUse = 'access',
): string {
  const verdict = verifier.verify(token, tokenUse);
  if (verdict instanceof Promise) throw new Error('The verdict had to be waited for.');
  return word(verdict);
}

function word(verdict: Verdict): string {
  return isRefusal(verdict) ? `${verdict.status} ${verdict.code}: ${verdict.detail}` : 'accepted';
}

function authOf(verdict: Verdict | Promise<Verdict>): Auth {
  if (verdict instanceof Promise || isRefusal(verdict)) throw new Error('The token was not accepted.');
  return verdict;
}

const MALFORMED = '401 invalid_token: The token is malformed.';
const WRONG_ALGORITHM = '401 invalid_token: The token is not signed with RS256.';
const WRONG_HEADER = '401 invalid_token: The header of the token has an unsupported member.';
const WRONG_CLAIMS = '401 invalid_token: A claim of the token is missing or malformed.';
const WRONG_ISSUER = '401 invalid_token: The token is from another issuer.';
const WRONG_CLIENT = '401 invalid_token: The token was issued to another client.';
const NOT_ACCESS = '401 invalid_token: The token is not an access token.';
const EXPIRED = '401 token_expired: The token has expired. Refresh it or sign in again.';
const NOT_YET_VALID = '401 invalid_token: The token is not valid yet.';
const UNKNOWN_KEY = '401 invalid_token: The token is signed with an unknown key.';
const WRONG_SIGNATURE = '401 invalid_token: The signature of the token is wrong.';

describe('a token that is accepted', () => {
  it('says who it is: access token', () => {
    const claims = accessClaims();
    const token = accessToken(claims);
    const auth = authOf(verifierFor().verify(token, 'access'));
    expect(auth).to.deep.include({
      sub: 'e2a5c0b0-1111-4222-8333-444455556666',
      username: 'ada',
      groups: ['admin', 'staff'],
      scopes: ['openid', 'orders/read'],
      tokenUse: 'access',
      header: { kid: 'access-key=', alg: 'RS256' },
    });
    expect(auth.payload).to.deep.equal(claims);
    expect(auth.token).to.equal(token);
  });

  it('says who it is: ID token', () => {
    const auth = authOf(verifierFor().verify(signToken(idKey, idClaims()), 'id'));
    expect(auth).to.deep.include({ username: 'ada', groups: ['admin', 'staff'], scopes: [], tokenUse: 'id' });
    expect(auth.payload.email).to.equal('ada@example.com');
  });

  it('may have no user, groups or scope, as with client credentials', () => {
    const claims = { username: undefined, 'cognito:groups': undefined, scope: undefined, sub: clientId };
    const auth = authOf(verifierFor().verify(accessToken(claims), 'access'));
    expect(auth).to.deep.include({ sub: clientId, username: undefined, groups: [], scopes: [] });
  });

  it('is frozen all through', () => {
    const auth = authOf(verifierFor().verify(accessToken({ nested: { list: [{ a: 1 }] } }), 'access'));
    const nested = auth.payload.nested as { list: [object] };
    for (const value of [
      auth,
      auth.groups,
      auth.scopes,
      auth.header,
      auth.payload,
      nested,
      nested.list,
      nested.list[0],
    ]) {
      expect(value).to.be.frozen;
    }
  });

  it('does not give the token away when it is logged or sent', () => {
    const token = accessToken();
    const auth = authOf(verifierFor().verify(token, 'access'));
    expect(JSON.stringify(auth)).to.not.include(token.slice(-40));
    expect({ ...auth }).to.not.have.property('token');
  });

  it('may be for a resource', () => {
    expect(judge(accessToken({ aud: ['https://api.example.com'] }))).to.equal('accepted');
  });

  it('may have either issuer of the pool', () => {
    expect(judge(accessToken({ iss: updated }))).to.equal('accepted');
  });

  it('may have the harmless header member typ', () => {
    expect(judge(accessToken({}, { typ: 'JWT' }))).to.equal('accepted');
  });
});

describe('a token that is refused before its signature is looked at, though that is good', () => {
  it('is longer than all headers may be in Node', () => {
    const verifier = verifierFor();
    const filler = maxHeaderSize - accessToken({ filler: '' }).length;
    const longest = accessToken({ filler: 'x'.repeat(Math.floor((filler * 3) / 4) - 2) });
    expect(longest.length).to.be.within(maxHeaderSize - 12, maxHeaderSize);
    expect(judge(longest, verifier)).to.equal('accepted');
    expect(judge(accessToken({ filler: 'x'.repeat(filler) }), verifier)).to.equal(
      '401 invalid_token: The token is too long.',
    );
  });

  const good = accessToken();
  const [header = '', payload = '', signature = ''] = good.split('.');
  const malformed: Record<string, string> = {
    'is empty': '',
    'is no JWT': 'not-a-token',
    'is the word undefined': 'undefined',
    'has two parts': `${header}.${payload}`,
    'has four parts': `${good}.${signature}`,
    'has an empty part': `${header}..${signature}`,
    'has no signature': `${header}.${payload}.`,
    'is padded': `${good}==`,
    'has a padded header': `${header}=.${payload}.${signature}`,
    'is in the other alphabet of Base64': accessToken({ x: '???>>>' })
      .replaceAll('_', '/')
      .replaceAll('-', '+'),
    'has white space': `${header}. ${payload}.${signature}`,
    'has a line break at its end': `${good}\n`,
    'has a second spelling of the signature': `${good.slice(0, -1)}${nextBase64(good.slice(-1))}`,
    'has a header that is no JSON': accessToken({}, '{"kid":"access-key=","alg":"RS256"'),
    'has a header that is an array': accessToken({}, '["RS256"]'),
    'has a header that is a string': accessToken({}, '"RS256"'),
    'has a header that is null': accessToken({}, 'null'),
    'has a header with a byte order mark': accessToken({}, '\ufeff{"kid":"access-key=","alg":"RS256"}'),
    'has no key id': accessToken({}, { kid: undefined }),
    'has a key id that is a number': accessToken({}, { kid: 1 }),
    'has a key id that is an array': accessToken({}, { kid: ['access-key='] }),
    'has a payload that is no JSON': signToken(key, '{"sub":'),
    'has a payload that is an array': signToken(key, JSON.stringify([accessClaims()])),
    'has a payload that is null': signToken(key, 'null'),
    'has a payload that is deeply nested': signToken(key, nested(accessClaims(), 17)),
    'has a payload that is nested as deep as it can be': signToken(
      key,
      `{"a":${'['.repeat(2700)}${']'.repeat(2700)}}`,
    ),
    'has a claim __proto__': signToken(
      key,
      JSON.stringify(accessClaims()).replace('{', '{"__proto__":{"admin":true},'),
    ),
    'has a claim __proto__ inside': signToken(
      key,
      JSON.stringify(accessClaims()).replace('{', '{"a":{"__proto__":1},'),
    ),
    'has a payload that is not UTF-8': signToken(key, notUtf8()),
  };
  for (const [what, token] of Object.entries(malformed)) {
    it(`${what}: malformed`, () => expect(judge(token)).to.equal(MALFORMED));
  }

  it('is nested, but not too deeply: accepted', () => {
    expect(judge(signToken(key, nested(accessClaims(), 16)))).to.equal('accepted');
  });

  for (const alg of [
    'none',
    'None',
    'HS256',
    'RS384',
    'RS512',
    'PS256',
    'ES256',
    'rs256',
    '',
    null,
    undefined,
    ['RS256'],
  ]) {
    it(`names the algorithm ${JSON.stringify(alg)}`, () => {
      expect(judge(accessToken({}, { alg }))).to.equal(WRONG_ALGORITHM);
    });
  }

  it('really is signed with RS512, by a key that names no algorithm', () => {
    const { alg, ...bare } = key.jwk;
    const token = signToken(key, accessClaims(), { alg: 'RS512' }, 'sha512');
    expect(judge(token, verifierFor({ jwks: { keys: [bare] } }))).to.equal(WRONG_ALGORITHM);
  });

  it('says RS256 and is signed with RS512', () => {
    expect(judge(signToken(key, accessClaims(), {}, 'sha512'))).to.equal(WRONG_SIGNATURE);
  });

  const headers: Record<string, unknown> = {
    crit: ['exp'],
    b64: false,
    jku: 'http://127.0.0.1:1/jwks.json',
    jwk: key.jwk,
    x5u: 'http://127.0.0.1:1/cert.pem',
    x5c: ['MII'],
  };
  for (const [name, value] of Object.entries(headers)) {
    it(`has the header member ${name}`, () => {
      expect(judge(accessToken({}, { [name]: value }))).to.equal(WRONG_HEADER);
      expect(judge(accessToken({}, { [name]: null }))).to.equal(WRONG_HEADER);
    });
  }

  it('has a header member twice, once as it may not be', () => {
    expect(judge(accessToken({}, '{"kid":"access-key=","alg":"RS256","alg":"none"}'))).to.equal(
      WRONG_ALGORITHM,
    );
    expect(judge(accessToken({}, '{"kid":"access-key=","crit":["a"],"crit":null,"alg":"RS256"}'))).to.equal(
      WRONG_HEADER,
    );
  });

  const wrongClaims: Record<string, Claims> = {
    'no sub': { sub: undefined },
    'an empty sub': { sub: '' },
    'a sub that is a number': { sub: 7 },
    'a sub that is an array': { sub: ['a'] },
    'no iss': { iss: undefined },
    'an iss that is an array': { iss: [original] },
    'no token_use': { token_use: undefined },
    'no exp': { exp: undefined },
    'an exp that is null': { exp: null },
    'an exp that is a string': { exp: String(secondsFromNow(3600)) },
    'an exp beyond all dates': { exp: 1e300 },
    'an nbf beyond all dates': { nbf: 1e300 },
    'an nbf that is a string': { nbf: '0' },
    'an nbf that is null': { nbf: null },
    'an iat beyond all dates': { iat: 1e300 },
    'an iat that is negative': { iat: -1 },
    'an iat that is a string': { iat: 'now' },
    'a jti that is a number': { jti: 1 },
    'an aud that is a number': { aud: 1 },
    'an aud that has a number': { aud: ['api', 1] },
    'a client_id that is an array': { client_id: [clientId] },
    'a username that is an object': { username: {} },
    'a cognito:username that is a number': { 'cognito:username': 1 },
    'groups that are a string': { 'cognito:groups': 'admin' },
    'groups that are an object': { 'cognito:groups': { 0: 'admin', length: 1 } },
    'a group that is a number': { 'cognito:groups': ['admin', 1] },
    'a scope that is an array': { scope: ['openid'] },
    'a scope that is null': { scope: null },
  };
  for (const [what, claims] of Object.entries(wrongClaims)) {
    it(`has ${what}`, () => expect(judge(accessToken(claims))).to.equal(WRONG_CLAIMS));
  }

  it('has an exp that is infinite', () => {
    const infinite = JSON.stringify(accessClaims({ exp: 1 })).replace('"exp":1', '"exp":1e999');
    expect(judge(signToken(key, infinite))).to.equal(WRONG_CLAIMS);
  });

  const issuers: Record<string, string> = {
    'another pool': original.replace('AbCdEf123', 'AbCdEf124'),
    'another region': original.replace('eu-west-1.', 'eu-west-2.'),
    'another scheme': original.replace('https', 'http'),
    'a slash at its end': `${original}/`,
    'upper case': original.replace('cognito', 'Cognito'),
    'the name of a member that all objects have': '__proto__',
  };
  for (const [what, iss] of Object.entries(issuers)) {
    it(`has an issuer with ${what}`, () => expect(judge(accessToken({ iss }))).to.equal(WRONG_ISSUER));
  }

  it('is of the other kind', () => {
    expect(judge(signToken(idKey, idClaims()))).to.equal(NOT_ACCESS);
    expect(judge(signToken(idKey, idClaims({ client_id: clientId })))).to.equal(NOT_ACCESS);
    expect(judge(accessToken({ aud: clientId }), verifierFor(), 'id')).to.equal(
      '401 invalid_token: The token is not an ID token.',
    );
    expect(judge(accessToken({ token_use: 'refresh' }))).to.equal(NOT_ACCESS);
  });

  it('was issued to another client', () => {
    for (const client_id of ['someoneelse', undefined, clientId.toUpperCase()]) {
      expect(judge(accessToken({ client_id }))).to.equal(WRONG_CLIENT);
    }
    for (const aud of ['someoneelse', undefined, [clientId]]) {
      expect(judge(signToken(idKey, idClaims({ aud })), verifierFor(), 'id')).to.equal(WRONG_CLIENT);
    }
  });

  it('names the client in the claim of the other kind of token', () => {
    expect(judge(accessToken({ client_id: undefined, aud: clientId }))).to.equal(WRONG_CLIENT);
    const idToken = signToken(idKey, idClaims({ aud: undefined, client_id: clientId }));
    expect(judge(idToken, verifierFor(), 'id')).to.equal(WRONG_CLIENT);
  });

  it('has expired, even by a moment', () => {
    expect(judge(accessToken({ exp: secondsFromNow(0) }))).to.equal(EXPIRED);
    expect(judge(accessToken({ exp: secondsFromNow(-3600) }))).to.equal(EXPIRED);
    expect(judge(accessToken({ exp: Date.now() / 1000 + 5 }))).to.equal('accepted');
  });

  it('is not valid yet', () => {
    expect(judge(accessToken({ nbf: secondsFromNow(10) }))).to.equal(NOT_YET_VALID);
    expect(judge(accessToken({ nbf: secondsFromNow(-1) }))).to.equal('accepted');
  });

  it('has expired, or is not valid yet, by more than the grace', () => {
    const verifier = verifierFor({}, { clockToleranceSeconds: 30 });
    expect(judge(accessToken({ exp: secondsFromNow(-29) }), verifier)).to.equal('accepted');
    expect(judge(accessToken({ exp: secondsFromNow(-30) }), verifier)).to.equal(EXPIRED);
    expect(judge(accessToken({ nbf: secondsFromNow(29) }), verifier)).to.equal('accepted');
    expect(judge(accessToken({ nbf: secondsFromNow(32) }), verifier)).to.equal(NOT_YET_VALID);
  });

  it('names a key that is not in the set', () => {
    for (const kid of ['other', '', '__proto__', 'access-key']) {
      expect(judge(accessToken({}, { kid }))).to.equal(UNKNOWN_KEY);
    }
  });
});

describe('a token whose signature is wrong', () => {
  const good = accessToken();
  const [header = '', , signature = ''] = good.split('.');

  it('by a stranger who names the key of the pool', () => {
    expect(judge(signToken(stranger, accessClaims()))).to.equal(WRONG_SIGNATURE);
  });

  it('by the other key of the pool', () => {
    expect(judge(signToken({ ...idKey, kid: key.kid }, accessClaims()))).to.equal(WRONG_SIGNATURE);
  });

  it('with the signature of another token', () => {
    const other = base64url(accessClaims({ sub: 'someone-else' }));
    expect(judge(`${header}.${other}.${signature}`)).to.equal(WRONG_SIGNATURE);
  });

  it('with a signature of the wrong length', () => {
    for (const wrong of ['AAAA', signature.slice(0, 340), `${signature}A`, signature + signature]) {
      expect(judge(`${good.slice(0, -signature.length)}${wrong}`)).to.equal(WRONG_SIGNATURE);
    }
  });

  it('is not remembered, and does not drive a good one out', () => {
    const verifier = verifierFor({}, { cache: { maxEntries: 1, maxBytes: 1_000_000 } });
    const auth = authOf(verifier.verify(good, 'access'));
    for (let i = 0; i < 3; i++) {
      expect(judge(signToken(stranger, accessClaims({ jti: `${i}` })), verifier)).to.equal(WRONG_SIGNATURE);
    }
    expect(verifier.verify(good, 'access')).to.equal(auth);
  });
});

describe('remembering verified tokens', () => {
  it('answers the same token with the same object', () => {
    const verifier = verifierFor();
    const token = accessToken();
    expect(verifier.verify(token, 'access')).to.equal(authOf(verifier.verify(token, 'access')));
  });

  it('is off on request', () => {
    const verifier = verifierFor({}, { cache: false });
    const token = accessToken();
    expect(verifier.verify(token, 'access')).to.not.equal(authOf(verifier.verify(token, 'access')));
  });

  it('still asks for the kind of token', () => {
    const verifier = verifierFor();
    const token = signToken(idKey, idClaims());
    expect(judge(token, verifier, 'id')).to.equal('accepted');
    expect(judge(token, verifier, 'access')).to.equal(NOT_ACCESS);
  });

  it('takes no token for one that differs from it in a character', () => {
    const verifier = verifierFor();
    const token = accessToken();
    expect(judge(token, verifier)).to.equal('accepted');
    expect(
      judge(`${token.slice(0, 60)}${nextBase64(token.slice(60, 61))}${token.slice(61)}`, verifier),
    ).to.not.equal('accepted');
  });

  it('ends when the token expires, and after 5 minutes', () => {
    const { now } = Date;
    try {
      const verifier = verifierFor();
      const short = accessToken({ exp: secondsFromNow(60) });
      const long = accessToken();
      expect(judge(short, verifier)).to.equal('accepted');
      const first = authOf(verifier.verify(long, 'access'));
      Date.now = () => now() + 59_000;
      expect(judge(short, verifier)).to.equal('accepted');
      Date.now = () => now() + 61_000;
      expect(judge(short, verifier)).to.equal(EXPIRED);
      Date.now = () => now() + 299_000;
      expect(verifier.verify(long, 'access')).to.equal(first);
      Date.now = () => now() + 301_000;
      expect(authOf(verifier.verify(long, 'access'))).to.not.equal(first);
    } finally {
      Date.now = now;
    }
  });
});

describe('tokens of several pools and clients', () => {
  const otherKey = newKey('other-key');
  const otherPool = 'us-east-1_Other';
  const otherIssuer = `https://cognito-idp.us-east-1.amazonaws.com/${otherPool}`;
  const verifier = createTokenVerifier({
    pools: [
      trustedPool({ userPoolId, clientIds: [clientId, 'second'], jwks }),
      trustedPool({ userPoolId: otherPool, clientIds: ['third'], jwks: { keys: [otherKey.jwk] } }),
    ],
    clockToleranceSeconds: 0,
    cache: false,
  });

  it('are accepted from each of them', () => {
    expect(judge(accessToken(), verifier)).to.equal('accepted');
    expect(judge(accessToken({ client_id: 'second' }), verifier)).to.equal('accepted');
    const token = signToken(otherKey, accessClaims({ iss: otherIssuer, client_id: 'third' }));
    expect(judge(token, verifier)).to.equal('accepted');
  });

  it('may not be from a client of the other pool', () => {
    expect(judge(accessToken({ client_id: 'third' }), verifier)).to.equal(WRONG_CLIENT);
  });

  it('may not be signed with a key of the other pool', () => {
    expect(judge(signToken(otherKey, accessClaims()), verifier)).to.equal(UNKNOWN_KEY);
    expect(judge(accessToken({ iss: otherIssuer, client_id: 'third' }), verifier)).to.equal(UNKNOWN_KEY);
  });

  it('may be from any client where that is wanted', () => {
    const anyClient = verifierFor({ clientIds: null });
    expect(judge(accessToken({ client_id: 'whoever' }), anyClient)).to.equal('accepted');
  });

  it('cannot be told apart if two pools have one issuer', () => {
    const pool = trustedPool({ userPoolId, clientIds: null, jwks });
    expect(() =>
      createTokenVerifier({ pools: [pool, pool], clockToleranceSeconds: 0, cache: false }),
    ).to.throw(TypeError, `two pools have the issuer "${original}"`);
  });
});

describe('the keys of the pool', () => {
  let server: JwksServer;
  let iss: string;
  beforeEach(async () => {
    server = await JwksServer.start(jwks, `/${userPoolId}/.well-known/jwks.json`);
    iss = `${server.origin}/${userPoolId}`;
  });
  afterEach(() => server.close());

  const remoteVerifier = (settings: Partial<VerifierSettings> = {}) =>
    verifierFor({ endpoint: server.origin, jwks: undefined }, settings);

  it('are fetched with the first token that needs them, and once', async () => {
    const verifier = remoteVerifier();
    expect(server.requests).to.equal(0);
    const verdicts = ['1', '2', '3'].map((jti) => verifier.verify(accessToken({ iss, jti }), 'access'));
    expect((await Promise.all(verdicts)).map(word)).to.deep.equal(['accepted', 'accepted', 'accepted']);
    expect(judge(accessToken({ iss }), verifier)).to.equal('accepted');
    expect(server.requests).to.equal(1);
  });

  it('are fetched ahead by ready()', async () => {
    const verifier = remoteVerifier();
    await verifier.ready();
    await verifier.ready();
    expect(judge(accessToken({ iss }), verifier)).to.equal('accepted');
    expect(server.requests).to.equal(1);
  });

  it('are not fetched where they are given', async () => {
    const verifier = verifierFor({ endpoint: server.origin, jwks });
    await verifier.ready();
    expect(judge(accessToken({ iss }), verifier)).to.equal('accepted');
    expect(await verifier.verify(accessToken({ iss }, { kid: 'unknown' }), 'access')).to.include({
      status: 401,
    });
    await sleep(20);
    expect(server.requests).to.equal(0);
  });

  it('are not fetched for a token that is refused anyway', async () => {
    const verifier = remoteVerifier();
    const refused = [
      'garbage',
      accessToken({ iss }, { alg: 'none' }),
      accessToken({ iss }, { jku: `${server.origin}/jwks.json` }),
      accessToken({ iss: `${server.origin}/another` }),
      accessToken({ iss, client_id: 'other' }),
      accessToken({ iss, token_use: 'id' }),
      accessToken({ iss, exp: secondsFromNow(-1) }),
      accessToken({ iss, sub: undefined }),
    ];
    for (const token of refused) expect(judge(token, verifier)).to.match(/^401 /);
    await sleep(20);
    expect(server.requests).to.equal(0);
  });

  async function withClock(test: (advance: (seconds: number) => void) => Promise<void>): Promise<void> {
    const advance = mockMonotonicClock();
    try {
      await test((seconds) => advance(seconds * 1000));
    } finally {
      advance.restore();
    }
  }

  /** The status, with the seconds of Retry-After where it has them. */
  async function outcome(verifier: TokenVerifier, token: string): Promise<string> {
    const verdict = await verifier.verify(token, 'access');
    if (!isRefusal(verdict)) return 'accepted';
    return [verdict.status, verdict.headers['Retry-After']].filter(Boolean).join(' after ');
  }

  const forged = (name: string) => accessToken({ iss }, { kid: name });

  it('an unknown key id is 503 with Retry-After while no fetch is allowed, and 401 after a fetch of its own', () =>
    withClock(async (advance) => {
      const verifier = remoteVerifier();
      expect(await outcome(verifier, forged('before any fetch'))).to.equal('401');
      for (let i = 0; i < 50; i++) {
        const verdict = verifier.verify(forged(`unknown-${i}`), 'access');
        expect(verdict, 'nothing to wait for').to.not.be.instanceOf(Promise);
        expect(word(await verdict)).to.equal(
          '503 upstream_unavailable: The signing key of the token cannot be fetched. Try again later.',
        );
        expect(await outcome(verifier, forged(`unknown-${i}`))).to.equal('503 after 5');
      }
      expect(await outcome(verifier, accessToken({ iss }))).to.equal('accepted');
      expect(server.requests).to.equal(1);
      advance(5);
      expect(await outcome(verifier, forged('unknown-0'))).to.equal('401');
      expect(server.requests).to.equal(2);
    }));

  it('an unknown key id is 503 if the fetch that did not find it began before its token came', async () => {
    const verifier = remoteVerifier();
    const first = outcome(verifier, forged('first'));
    const second = outcome(verifier, forged('second'));
    expect(await Promise.all([first, second])).to.deep.equal(['401', '503 after 5']);
    expect(server.requests).to.equal(1);
  });

  it('a new key is taken within 2 seconds of the last fetch where nobody asks for unknown ones', () =>
    withClock(async (advance) => {
      const verifier = remoteVerifier();
      await verifier.ready();
      const keys = Array.from({ length: 3 }, (_, i) => newKey(`new-${i}`));
      for (const [i, newer] of keys.entries()) {
        server.answer = { keys: [key.jwk, newer.jwk] };
        const token = signToken(newer, accessClaims({ iss }));
        expect(await outcome(verifier, token)).to.equal('503 after 2');
        advance(2);
        expect(await outcome(verifier, token)).to.equal('accepted');
        expect(server.requests).to.equal(i + 2);
      }
    }));

  it('a new key is taken within 5 seconds under a flood of unknown key ids, at one fetch in that time', () =>
    withClock(async (advance) => {
      const verifier = remoteVerifier();
      await verifier.ready();
      const newer = newKey('newer');
      const token = signToken(newer, accessClaims({ iss }));
      const seconds = 30;
      for (let i = 0; i < seconds * 4; i++) {
        await Promise.all([outcome(verifier, forged(`${i}-a`)), outcome(verifier, forged(`${i}-b`))]);
        advance(0.25);
      }
      expect(server.requests).to.be.within(5, 1 + 1 + seconds / 5);
      server.answer = { keys: [key.jwk, newer.jwk] };
      let waited = 0;
      while ((await outcome(verifier, token)) !== 'accepted') {
        await outcome(verifier, forged(`${waited}-c`));
        advance(0.25);
        waited += 0.25;
      }
      expect(waited).to.be.at.most(5);
    }));

  it('may be withdrawn: a token that was remembered is then refused', () =>
    withClock(async (advance) => {
      const verifier = remoteVerifier();
      await verifier.ready();
      const token = accessToken({ iss });
      expect(judge(token, verifier)).to.equal('accepted');
      server.answer = { keys: [idKey.jwk] };
      advance(2);
      expect(await outcome(verifier, forged('unknown'))).to.equal('401');
      expect(await outcome(verifier, token)).to.equal('503 after 5');
      advance(5);
      expect(await outcome(verifier, token)).to.equal('401');
    }));

  it('out of reach, and none known: 503 and when to try again, with one fetch for all tokens', async () => {
    server.answer = (_req, res) => res.writeHead(500).end();
    const verifier = remoteVerifier();
    const verdicts = await Promise.all(
      ['1', '2', '3'].map((jti) => verifier.verify(accessToken({ iss, jti }), 'access')),
    );
    const then = verifier.verify(accessToken({ iss }), 'access');
    expect(then, 'no more waiting').to.not.be.instanceOf(Promise);
    for (const verdict of [...verdicts, await then]) {
      expect(verdict).to.deep.include({
        status: 503,
        code: 'upstream_unavailable',
        headers: { 'Retry-After': '1' },
      });
    }
    expect(server.requests).to.equal(1);
    expect(judge('garbage', verifier)).to.equal(MALFORMED);
    server.answer = jwks;
    await sleep(1010);
    expect(word(await verifier.verify(accessToken({ iss }), 'access'))).to.equal('accepted');
  });

  it('out of reach, and some known: their tokens are accepted, and an unknown key id is 503', async () => {
    await withClock(async (advance) => {
      const verifier = remoteVerifier({ cache: false });
      await verifier.ready();
      advance(2);
      server.answer = { keys: [] };
      expect(await outcome(verifier, forged('new'))).to.equal('503 after 1');
      expect(judge(forged('new'), verifier)).to.match(/^503 /);
      expect(judge(accessToken({ iss }), verifier)).to.equal('accepted');
      expect(server.requests).to.equal(2);
    });
  });

  it('make ready() reject while they are out of reach', async () => {
    server.answer = { keys: [] };
    const error: unknown = await remoteVerifier()
      .ready()
      .catch((reason: unknown) => reason);
    expect(error)
      .to.be.an('error')
      .with.property('message', `The keys of the user pool ${userPoolId} cannot be fetched.`);
    expect((error as Error).cause)
      .to.be.an('error')
      .with.property('message')
      .that.includes(server.uri);
  });

  it('are looked for at the issuer of the token, if the pool has two', async () => {
    const elsewhere = await JwksServer.start({ keys: [idKey.jwk] }, '/.well-known/jwks.json');
    const verifier = verifierFor({ issuer: [iss, elsewhere.origin], jwks: undefined });
    const token = (issuer: string, signer = key) =>
      verifier.verify(signToken(signer, accessClaims({ iss: issuer })), 'access');
    expect(word(await token(iss))).to.equal('accepted');
    expect(elsewhere.requests).to.equal(0);
    expect(word(await token(elsewhere.origin))).to.equal(UNKNOWN_KEY);
    expect(word(await token(elsewhere.origin, idKey))).to.equal('accepted');
    expect(await outcome(verifier, forged('unknown')), 'each issuer has a cool-down of its own').to.equal(
      '503 after 2',
    );
    await elsewhere.close();
    await verifier.ready();
  });
});

function nextBase64(character: string): string {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
  return alphabet[(alphabet.indexOf(character) + 1) % 64] ?? 'A';
}

function nested(claims: Claims, depth: number): string {
  let value: unknown = 1;
  for (let i = 1; i < depth; i++) value = { a: value };
  return JSON.stringify({ ...claims, deep: value });
}

/** A payload with the byte FF inside a string. */
function notUtf8(): Buffer {
  const bytes = Buffer.from(JSON.stringify(accessClaims({ x: '?' })));
  bytes[bytes.lastIndexOf('?')] = 0xff;
  return bytes;
}
