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
const attackerKey = newKey('access-key=');
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

/** Omits claims that are `undefined`. */
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

/** The synchronous verdict as text: the detail of the refusal, or "accepted". */
function judge(
  token: string,
  verifier: TokenVerifier = verifierFor(),
  tokenUse: TokenUse = 'access',
): string {
  const verdict = verifier.verify(token, tokenUse);
  if (verdict instanceof Promise) throw new Error('The verdict was a promise.');
  return describeVerdict(verdict);
}

function describeVerdict(verdict: Verdict): string {
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

describe('Accepted token', () => {
  it('becomes the user, groups and scopes of the access token', () => {
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

  it('becomes the user and groups of the ID token', () => {
    const auth = authOf(verifierFor().verify(signToken(idKey, idClaims()), 'id'));
    expect(auth).to.deep.include({ username: 'ada', groups: ['admin', 'staff'], scopes: [], tokenUse: 'id' });
    expect(auth.payload.email).to.equal('ada@example.com');
  });

  it('can have no user, groups or scope, as with client credentials', () => {
    const claims = { username: undefined, 'cognito:groups': undefined, scope: undefined, sub: clientId };
    const auth = authOf(verifierFor().verify(accessToken(claims), 'access'));
    expect(auth).to.deep.include({ sub: clientId, username: undefined, groups: [], scopes: [] });
  });

  it('is deeply frozen', () => {
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

  it('does not reveal the token when it is serialized or spread', () => {
    const token = accessToken();
    const auth = authOf(verifierFor().verify(token, 'access'));
    expect(JSON.stringify(auth)).to.not.include(token.slice(-40));
    expect({ ...auth }).to.not.have.property('token');
  });

  it('can have an audience (resource binding)', () => {
    expect(judge(accessToken({ aud: ['https://api.example.com'] }))).to.equal('accepted');
  });

  it('can have the newer issuer of the pool', () => {
    expect(judge(accessToken({ iss: updated }))).to.equal('accepted');
  });

  it('can have further header members', () => {
    for (const member of ['typ', 'status', 'header']) {
      expect(judge(accessToken({}, { [member]: 'JWT' }))).to.equal('accepted');
    }
  });

  it('has the header of its own key after tokens with many other headers', () => {
    const verifier = verifierFor({}, { cache: false });
    for (let i = 0; i < 100; i++) {
      expect(judge(accessToken({}, { kid: `unknown ${i}` }), verifier)).to.equal(UNKNOWN_KEY);
      const { header } = authOf(verifier.verify(signToken(i % 2 ? key : idKey, accessClaims()), 'access'));
      expect(header.kid).to.equal((i % 2 ? key : idKey).kid);
    }
  });
});

describe('Check before the signature', () => {
  it('refuses a token that is longer than all headers may be in Node', () => {
    const verifier = verifierFor();
    const filler = maxHeaderSize - accessToken({ filler: '' }).length;
    const longest = accessToken({ filler: 'x'.repeat(Math.floor((filler * 3) / 4) - 2) });
    expect(longest.length).to.be.within(maxHeaderSize - 12, maxHeaderSize);
    expect(judge(longest, verifier)).to.equal('accepted');
    expect(judge(accessToken({ filler: 'x'.repeat(filler) }), verifier)).to.equal(
      '401 invalid_token: The token is too long.',
    );
  });

  const valid = accessToken();
  const [header = '', payload = '', signature = ''] = valid.split('.');
  const malformed: Record<string, string> = {
    'that is not a JWT': 'not-a-token',
    'with two parts': `${header}.${payload}`,
    'with four parts': `${valid}.${signature}`,
    'with an empty part': `${header}..${signature}`,
    'without a signature': `${header}.${payload}.`,
    'with padding': `${valid}==`,
    'with a padded header': `${header}=.${payload}.${signature}`,
    'in the standard alphabet of Base64': accessToken({ x: '???>>>' })
      .replaceAll('_', '/')
      .replaceAll('-', '+'),
    'with white space': `${header}. ${payload}.${signature}`,
    'with a line break at its end': `${valid}\n`,
    'with a second encoding of the signature': `${valid.slice(0, -1)}${nextBase64(valid.slice(-1))}`,
    'with a header that is not JSON': accessToken({}, '{"kid":"access-key=","alg":"RS256"'),
    'with a header that is an array': accessToken({}, '["RS256"]'),
    'with a header that is a string': accessToken({}, '"RS256"'),
    'with a header that is null': accessToken({}, 'null'),
    'with a byte order mark in the header': accessToken({}, '\ufeff{"kid":"access-key=","alg":"RS256"}'),
    'without a key ID': accessToken({}, { kid: undefined }),
    'with a key ID that is a number': accessToken({}, { kid: 1 }),
    'with a key ID that is an array': accessToken({}, { kid: ['access-key='] }),
    'with a payload that is not JSON': signToken(key, '{"sub":'),
    'with a payload that is an array': signToken(key, JSON.stringify([accessClaims()])),
    'with a payload that is null': signToken(key, 'null'),
    'with a payload of 17 levels': signToken(key, nested(accessClaims(), 17)),
    'with a payload as deep as 8 KiB allow': signToken(key, `{"a":${'['.repeat(2700)}${']'.repeat(2700)}}`),
    'with a claim __proto__': signToken(
      key,
      JSON.stringify(accessClaims()).replace('{', '{"__proto__":{"admin":true},'),
    ),
    'with a nested claim __proto__': signToken(
      key,
      JSON.stringify(accessClaims()).replace('{', '{"a":{"__proto__":1},'),
    ),
    'with a payload that is not UTF-8': signToken(key, notUtf8()),
  };
  for (const [fault, token] of Object.entries(malformed)) {
    it(`refuses a token ${fault} as malformed`, () => expect(judge(token)).to.equal(MALFORMED));
  }

  it('accepts a token with a payload of 16 levels', () => {
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
    it(`refuses the algorithm ${JSON.stringify(alg)}`, () => {
      expect(judge(accessToken({}, { alg }))).to.equal(WRONG_ALGORITHM);
    });
  }

  it('refuses a token signed with RS512, even by a key without an algorithm', () => {
    const { alg, ...bare } = key.jwk;
    const token = signToken(key, accessClaims(), { alg: 'RS512' }, 'sha512');
    expect(judge(token, verifierFor({ jwks: { keys: [bare] } }))).to.equal(WRONG_ALGORITHM);
  });

  it('refuses a token that states RS256 and is signed with RS512', () => {
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
    it(`refuses the header member ${name}`, () => {
      expect(judge(accessToken({}, { [name]: value }))).to.equal(WRONG_HEADER);
      expect(judge(accessToken({}, { [name]: null }))).to.equal(WRONG_HEADER);
    });
  }

  it('refuses a repeated header member if one value is invalid', () => {
    expect(judge(accessToken({}, '{"kid":"access-key=","alg":"RS256","alg":"none"}'))).to.equal(
      WRONG_ALGORITHM,
    );
    expect(judge(accessToken({}, '{"kid":"access-key=","crit":["a"],"crit":null,"alg":"RS256"}'))).to.equal(
      WRONG_HEADER,
    );
  });

  const wrongClaims: Record<string, Claims> = {
    'a missing sub': { sub: undefined },
    'an empty sub': { sub: '' },
    'a sub that is a number': { sub: 7 },
    'a sub that is an array': { sub: ['a'] },
    'a missing iss': { iss: undefined },
    'an iss that is an array': { iss: [original] },
    'a missing token_use': { token_use: undefined },
    'a missing exp': { exp: undefined },
    'an exp that is null': { exp: null },
    'an exp that is a string': { exp: String(secondsFromNow(3600)) },
    'an exp beyond the range of dates': { exp: 1e300 },
    'an nbf beyond the range of dates': { nbf: 1e300 },
    'an nbf that is a string': { nbf: '0' },
    'an nbf that is null': { nbf: null },
    'an iat beyond the range of dates': { iat: 1e300 },
    'an iat that is negative': { iat: -1 },
    'an iat that is a string': { iat: 'now' },
    'a jti that is a number': { jti: 1 },
    'an aud that is a number': { aud: 1 },
    'an aud that includes a number': { aud: ['api', 1] },
    'a client_id that is an array': { client_id: [clientId] },
    'a username that is an object': { username: {} },
    'a cognito:username that is a number': { 'cognito:username': 1 },
    'groups that are a string': { 'cognito:groups': 'admin' },
    'groups that are an object': { 'cognito:groups': { 0: 'admin', length: 1 } },
    'a group that is a number': { 'cognito:groups': ['admin', 1] },
    'a scope that is an array': { scope: ['openid'] },
    'a scope that is null': { scope: null },
  };
  for (const [fault, claims] of Object.entries(wrongClaims)) {
    it(`refuses ${fault}`, () => expect(judge(accessToken(claims))).to.equal(WRONG_CLAIMS));
  }

  it('refuses an infinite exp', () => {
    const infinite = JSON.stringify(accessClaims({ exp: 1 })).replace('"exp":1', '"exp":1e999');
    expect(judge(signToken(key, infinite))).to.equal(WRONG_CLAIMS);
  });

  const issuers: Record<string, string> = {
    'of another pool': original.replace('AbCdEf123', 'AbCdEf124'),
    'of another region': original.replace('eu-west-1.', 'eu-west-2.'),
    'with another scheme': original.replace('https', 'http'),
    'with a slash at its end': `${original}/`,
    'in upper case': original.replace('cognito', 'Cognito'),
    'with the name of an inherited property': '__proto__',
  };
  for (const [kind, iss] of Object.entries(issuers)) {
    it(`refuses an issuer ${kind}`, () => expect(judge(accessToken({ iss }))).to.equal(WRONG_ISSUER));
  }

  it('refuses a token of the other kind', () => {
    expect(judge(signToken(idKey, idClaims()))).to.equal(NOT_ACCESS);
    expect(judge(signToken(idKey, idClaims({ client_id: clientId })))).to.equal(NOT_ACCESS);
    expect(judge(accessToken({ aud: clientId }), verifierFor(), 'id')).to.equal(
      '401 invalid_token: The token is not an ID token.',
    );
    expect(judge(accessToken({ token_use: 'refresh' }))).to.equal(NOT_ACCESS);
  });

  it('refuses a token that was issued to another client', () => {
    for (const client_id of ['another', undefined, clientId.toUpperCase()]) {
      expect(judge(accessToken({ client_id }))).to.equal(WRONG_CLIENT);
    }
    for (const aud of ['another', undefined, [clientId]]) {
      expect(judge(signToken(idKey, idClaims({ aud })), verifierFor(), 'id')).to.equal(WRONG_CLIENT);
    }
  });

  it('refuses a token that names the client in the claim of the other kind', () => {
    expect(judge(accessToken({ client_id: undefined, aud: clientId }))).to.equal(WRONG_CLIENT);
    const idToken = signToken(idKey, idClaims({ aud: undefined, client_id: clientId }));
    expect(judge(idToken, verifierFor(), 'id')).to.equal(WRONG_CLIENT);
  });

  it('refuses an expired token, even in the second of its expiry', () => {
    expect(judge(accessToken({ exp: secondsFromNow(0) }))).to.equal(EXPIRED);
    expect(judge(accessToken({ exp: secondsFromNow(-3600) }))).to.equal(EXPIRED);
    expect(judge(accessToken({ exp: Date.now() / 1000 + 5 }))).to.equal('accepted');
  });

  it('refuses a token that expires while it is verified', () => {
    const token = accessToken({ exp: 1_900_000_000 });
    const verifier = verifierFor({}, { cache: false });
    const times = [1_899_999_999_999, 1_900_000_000_001];
    const { now } = Date;
    Date.now = () => times.shift() ?? Number.NaN;
    try {
      expect(judge(token, verifier)).to.equal(EXPIRED);
    } finally {
      Date.now = now;
    }
    expect(times).to.be.empty;
  });

  it('refuses a token that is not valid yet', () => {
    expect(judge(accessToken({ nbf: secondsFromNow(10) }))).to.equal(NOT_YET_VALID);
    expect(judge(accessToken({ nbf: secondsFromNow(-1) }))).to.equal('accepted');
  });

  it('applies clockToleranceSeconds to exp and nbf', () => {
    const verifier = verifierFor({}, { clockToleranceSeconds: 30 });
    expect(judge(accessToken({ exp: secondsFromNow(-29) }), verifier)).to.equal('accepted');
    expect(judge(accessToken({ exp: secondsFromNow(-30) }), verifier)).to.equal(EXPIRED);
    expect(judge(accessToken({ nbf: secondsFromNow(29) }), verifier)).to.equal('accepted');
    expect(judge(accessToken({ nbf: secondsFromNow(32) }), verifier)).to.equal(NOT_YET_VALID);
  });

  it('refuses a key ID that is not in the JWKS', () => {
    for (const kid of ['other', '', '__proto__', 'access-key']) {
      expect(judge(accessToken({}, { kid }))).to.equal(UNKNOWN_KEY);
    }
  });
});

describe('Signature check', () => {
  const valid = accessToken();
  const [header = '', , signature = ''] = valid.split('.');

  it('refuses a signature by a foreign key with the key ID of the pool', () => {
    expect(judge(signToken(attackerKey, accessClaims()))).to.equal(WRONG_SIGNATURE);
  });

  it('refuses a signature by another key of the pool than the named one', () => {
    expect(judge(signToken({ ...idKey, kid: key.kid }, accessClaims()))).to.equal(WRONG_SIGNATURE);
  });

  it('refuses the signature of another token', () => {
    const other = base64url(accessClaims({ sub: 'another' }));
    expect(judge(`${header}.${other}.${signature}`)).to.equal(WRONG_SIGNATURE);
  });

  it('refuses a signature of the wrong length', () => {
    for (const wrong of ['AAAA', signature.slice(0, 340), `${signature}A`, signature + signature]) {
      expect(judge(`${valid.slice(0, -signature.length)}${wrong}`)).to.equal(WRONG_SIGNATURE);
    }
  });

  it('does not cache a refused token, which evicts no valid one', () => {
    const verifier = verifierFor({}, { cache: { maxEntries: 1, maxBytes: 1_000_000 } });
    const auth = authOf(verifier.verify(valid, 'access'));
    for (let i = 0; i < 3; i++) {
      expect(judge(signToken(attackerKey, accessClaims({ jti: `${i}` })), verifier)).to.equal(
        WRONG_SIGNATURE,
      );
    }
    expect(verifier.verify(valid, 'access')).to.equal(auth);
  });
});

describe('Cache of the token verifier', () => {
  it('returns the same object for the same token', () => {
    const verifier = verifierFor();
    const token = accessToken();
    expect(verifier.verify(token, 'access')).to.equal(authOf(verifier.verify(token, 'access')));
  });

  it('is disabled by cache: false', () => {
    const verifier = verifierFor({}, { cache: false });
    const token = accessToken();
    expect(verifier.verify(token, 'access')).to.not.equal(authOf(verifier.verify(token, 'access')));
  });

  it('does not accept a cached ID token as an access token', () => {
    const verifier = verifierFor();
    const token = signToken(idKey, idClaims());
    expect(judge(token, verifier, 'id')).to.equal('accepted');
    expect(judge(token, verifier, 'access')).to.equal(NOT_ACCESS);
  });

  it('does not accept a token that differs from a cached one by a character', () => {
    const verifier = verifierFor();
    const token = accessToken();
    expect(judge(token, verifier)).to.equal('accepted');
    expect(
      judge(`${token.slice(0, 60)}${nextBase64(token.slice(60, 61))}${token.slice(61)}`, verifier),
    ).to.not.equal('accepted');
  });

  it('keeps a token until it expires, for at most 5 minutes', () => {
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

describe('Token verifier for several pools and clients', () => {
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

  it('accepts a token of each pool and client', () => {
    expect(judge(accessToken(), verifier)).to.equal('accepted');
    expect(judge(accessToken({ client_id: 'second' }), verifier)).to.equal('accepted');
    const token = signToken(otherKey, accessClaims({ iss: otherIssuer, client_id: 'third' }));
    expect(judge(token, verifier)).to.equal('accepted');
  });

  it('refuses a token for a client of the other pool', () => {
    expect(judge(accessToken({ client_id: 'third' }), verifier)).to.equal(WRONG_CLIENT);
  });

  it('refuses a token that is signed with a key of the other pool', () => {
    expect(judge(signToken(otherKey, accessClaims()), verifier)).to.equal(UNKNOWN_KEY);
    expect(judge(accessToken({ iss: otherIssuer, client_id: 'third' }), verifier)).to.equal(UNKNOWN_KEY);
  });

  it('accepts a token of any client if clientIds is null', () => {
    const anyClient = verifierFor({ clientIds: null });
    expect(judge(accessToken({ client_id: 'any' }), anyClient)).to.equal('accepted');
  });

  it('cannot be created if two pools have the same issuer', () => {
    const pool = trustedPool({ userPoolId, clientIds: null, jwks });
    expect(() =>
      createTokenVerifier({ pools: [pool, pool], clockToleranceSeconds: 0, cache: false }),
    ).to.throw(TypeError, `two pools have the issuer "${original}"`);
  });
});

describe('Keys of the pool', () => {
  let server: JwksServer;
  let iss: string;
  beforeEach(async () => {
    server = await JwksServer.start(jwks, `/${userPoolId}/.well-known/jwks.json`);
    iss = `${server.origin}/${userPoolId}`;
  });
  afterEach(() => server.close());

  const remoteVerifier = (settings: Partial<VerifierSettings> = {}) =>
    verifierFor({ endpoint: server.origin, jwks: undefined }, settings);

  it('are fetched once, for the first token that needs them', async () => {
    const verifier = remoteVerifier();
    expect(server.requests).to.equal(0);
    const verdicts = ['1', '2', '3'].map((jti) => verifier.verify(accessToken({ iss, jti }), 'access'));
    expect((await Promise.all(verdicts)).map(describeVerdict)).to.deep.equal([
      'accepted',
      'accepted',
      'accepted',
    ]);
    expect(judge(accessToken({ iss }), verifier)).to.equal('accepted');
    expect(server.requests).to.equal(1);
  });

  it('are fetched by ready() before the first token', async () => {
    const verifier = remoteVerifier();
    await verifier.ready();
    await verifier.ready();
    expect(judge(accessToken({ iss }), verifier)).to.equal('accepted');
    expect(server.requests).to.equal(1);
  });

  it('are not fetched if the jwks option has them', async () => {
    const verifier = verifierFor({ endpoint: server.origin, jwks });
    await verifier.ready();
    expect(judge(accessToken({ iss }), verifier)).to.equal('accepted');
    expect(await verifier.verify(accessToken({ iss }, { kid: 'unknown' }), 'access')).to.include({
      status: 401,
    });
    await sleep(20);
    expect(server.requests).to.equal(0);
  });

  it('are not fetched for a token that another check refuses', async () => {
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

  /** The status, with the seconds of Retry-After if present. */
  async function outcome(verifier: TokenVerifier, token: string): Promise<string> {
    const verdict = await verifier.verify(token, 'access');
    if (!isRefusal(verdict)) return 'accepted';
    return [verdict.status, verdict.headers['Retry-After']].filter(Boolean).join(' after ');
  }

  const forged = (name: string) => accessToken({ iss }, { kid: name });

  it('cause 503 with Retry-After for an unknown key ID during the cool-down, and 401 after a new fetch', () =>
    withClock(async (advance) => {
      const verifier = remoteVerifier();
      expect(await outcome(verifier, forged('before any fetch'))).to.equal('401');
      for (let i = 0; i < 50; i++) {
        const verdict = verifier.verify(forged(`unknown-${i}`), 'access');
        expect(verdict, 'synchronous verdict').to.not.be.instanceOf(Promise);
        expect(describeVerdict(await verdict)).to.equal(
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

  it('cause 503 for an unknown key ID if the fetch started before its token arrived', async () => {
    const verifier = remoteVerifier();
    const first = outcome(verifier, forged('first'));
    const second = outcome(verifier, forged('second'));
    expect(await Promise.all([first, second])).to.deep.equal(['401', '503 after 5']);
    expect(server.requests).to.equal(1);
  });

  it('include a new key 2 seconds after the last fetch if no token has an unknown key ID', () =>
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

  it('include a new key within 5 seconds during a flood of unknown key IDs, with one fetch per 5 seconds', () =>
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

  it('lead to the refusal of a cached token once its key is withdrawn', () =>
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

  it('cause 503 with Retry-After and one fetch for all tokens if they are unavailable and none is known', async () => {
    server.answer = (_req, res) => res.writeHead(500).end();
    const verifier = remoteVerifier();
    const verdicts = await Promise.all(
      ['1', '2', '3'].map((jti) => verifier.verify(accessToken({ iss, jti }), 'access')),
    );
    const then = verifier.verify(accessToken({ iss }), 'access');
    expect(then, 'synchronous verdict during the back-off').to.not.be.instanceOf(Promise);
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
    expect(describeVerdict(await verifier.verify(accessToken({ iss }), 'access'))).to.equal('accepted');
  });

  it('keep their tokens valid if a refetch fails, while an unknown key ID causes 503', async () => {
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

  it('make ready() reject while they are unavailable', async () => {
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

  it('are fetched from the issuer of the token if the pool has two issuers', async () => {
    const elsewhere = await JwksServer.start({ keys: [idKey.jwk] }, '/.well-known/jwks.json');
    const verifier = verifierFor({ issuer: [iss, elsewhere.origin], jwks: undefined });
    const token = (issuer: string, signer = key) =>
      verifier.verify(signToken(signer, accessClaims({ iss: issuer })), 'access');
    expect(describeVerdict(await token(iss))).to.equal('accepted');
    expect(elsewhere.requests).to.equal(0);
    expect(describeVerdict(await token(elsewhere.origin))).to.equal(UNKNOWN_KEY);
    expect(describeVerdict(await token(elsewhere.origin, idKey))).to.equal('accepted');
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
