import { createHmac, createPublicKey } from 'node:crypto';
import { base64url, newKey, signToken } from './pool-keys.ts';

export const userPoolId = 'eu-west-1_AbCdEfG12';
export const clientId = '4l0m1ddle0fthealph4bet';
export const otherClientId = 'an0ther';
const REGIONAL = `https://cognito-idp.eu-west-1.amazonaws.com/${userPoolId}`;
const GLOBAL = `https://issuer-cognito-idp.eu-west-1.amazonaws.com/${userPoolId}`;

export const key = newKey('key+1=');
export const otherKey = newKey('key/2=');
export const foreignKey = newKey('key+1=');
export const weakKey = newKey('weak', { bits: 1024 });
export const twin = newKey('twin');
export const sealing = newKey('sealing');
export const anyAlgorithm = newKey('any algorithm');
export const jwks = {
  keys: [
    key.jwk,
    otherKey.jwk,
    weakKey.jwk,
    twin.jwk,
    newKey('twin').jwk,
    { ...sealing.jwk, key_ops: ['wrapKey'] },
    { kty: 'RSA', use: 'sig', kid: anyAlgorithm.kid, n: anyAlgorithm.jwk.n, e: anyAlgorithm.jwk.e },
  ],
};

/** Header members that change the meaning of a token or supply a key. */
export const HEADER_MEMBERS = ['crit', 'b64', 'jku', 'jwk', 'x5u', 'x5c'];

/** A whole second, which stands still while both judge. */
export const NOW = 1_900_000_000;

export type Members = Record<string, unknown>;

export const accessClaims = (claims: Members = {}): Members => ({
  sub: 'e2a5c0b0-1111-4222-8333-444455556666',
  'cognito:groups': ['admin', 'staff'],
  iss: REGIONAL,
  client_id: clientId,
  origin_jti: 'o',
  token_use: 'access',
  scope: 'openid orders/read',
  auth_time: NOW - 60,
  exp: NOW + 3600,
  iat: NOW - 60,
  jti: 'j',
  username: 'ada',
  ...claims,
});

export const idClaims = (claims: Members = {}): Members => {
  const { client_id: _client, scope: _scope, username: _username, ...common } = accessClaims();
  return {
    ...common,
    token_use: 'id',
    aud: clientId,
    'cognito:username': 'ada',
    email: 'ada@x.test',
    ...claims,
  };
};

/** Returns a token of the pool's first key. */
export const sign = (claims: Members | string, header: object | string = {}) =>
  signToken(key, claims, header);

/** A small generator with a seed (Mulberry32), to repeat a run exactly. */
export function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Returns a function that returns the next token, valid or with a fault of any kind, as the random numbers say. */
export function createTokenGenerator(random: () => number): () => string {
  const below = (end: number): number => Math.floor(random() * end);
  const pick = <T>(list: readonly T[]): T => list[below(list.length)] as T;

  const odd = (): unknown =>
    pick([
      undefined,
      null,
      '',
      ' ',
      0,
      -1,
      1,
      1e300,
      -1e300,
      8.64e12,
      8.64e12 + 1,
      2 ** 53,
      NOW - 1,
      NOW,
      NOW + 1,
      NOW - 0.5,
      NOW + 0.5,
      String(NOW + 60),
      true,
      false,
      [],
      [''],
      ['a', 1],
      {},
      { length: 1, 0: 'admin' },
      'access',
      'id',
      'ACCESS',
      ['access'],
      clientId,
      [clientId],
      [otherClientId, clientId],
      clientId.toUpperCase(),
      `${clientId} `,
      `${clientId}\u0000`,
      REGIONAL,
      GLOBAL,
      [REGIONAL],
      `${REGIONAL}/`,
      REGIONAL.replace('G12', 'G13'),
      REGIONAL.replace('eu-west-1.', 'eu-west-2.'),
      '\u{1f600}\ud800',
      '__proto__',
      'constructor',
      'x'.repeat(5000),
    ]);
  const claims = (): Members =>
    (random() < 0.5 ? accessClaims : idClaims)(random() < 0.5 ? {} : { iss: GLOBAL });
  const names = [
    ...new Set([...Object.keys(accessClaims()), ...Object.keys(idClaims()), 'nbf', 'constructor', 'x']),
  ];

  /** Inserts a member before the others, or after them, where it is the last of its name. */
  const withMember = (text: string, member: string): string =>
    random() < 0.5 ? text.replace('{', `{${member},`) : text.replace(/\}$/, `,${member}}`);

  const kinds: readonly (() => string)[] = [
    () => sign(claims()),
    () => sign({ ...claims(), [pick(names)]: odd() }),
    () => sign({ ...claims(), [pick(names)]: odd(), [pick(names)]: odd() }),
    () =>
      sign(
        withMember(
          JSON.stringify(claims()),
          `${JSON.stringify(pick(names))}:${JSON.stringify(odd()) ?? 'null'}`,
        ),
      ),
    () =>
      sign(
        withMember(
          JSON.stringify(claims()),
          pick([
            '"exp":1e999',
            '"exp":-1e999',
            '"__proto__":{"exp":1}',
            '"\\u005f_proto__":1',
            '"constructor":{"prototype":{"x":1}}',
            '"a":{"b":{"__proto__":null}}',
            `"deep":${'['.repeat(below(40))}`,
            `"deep":${'[{"a":'.repeat(9)}1${'}]'.repeat(9)}`,
            '"big":123456789012345678901234567890',
            '"comment":1/**/',
          ]),
        ),
      ),
    () => sign(pick([' ', '\n\t', '\u00a0', '\ufeff', '\f', '']) + JSON.stringify(claims(), null, below(3))),
    () =>
      sign(
        Buffer.from(
          JSON.stringify({ ...claims(), name: '\u00e9' }),
          pick(['latin1', 'utf8', 'utf16le']),
        ) as never,
      ),
    () => sign(pick(['null', '[]', '"x"', '1', '{', '{}', 'true', `[${JSON.stringify(claims())}]`])),
    () =>
      sign(claims(), { [pick(['alg', 'kid', 'typ', 'cty', 'x', 'constructor', ...HEADER_MEMBERS])]: odd() }),
    () =>
      sign(claims(), {
        alg: pick(['none', 'None', 'HS256', 'RS256', 'rs256', 'RS384', 'PS256', 'ES256', 'EdDSA']),
        kid: pick([
          key.kid,
          otherKey.kid,
          '../key+1=',
          'key+1',
          'KEY+1=',
          ' key+1=',
          "' OR '1'='1",
          'weak',
          'twin',
        ]),
      }),
    () =>
      sign(
        claims(),
        pick(['', ' ', '\n']) +
          pick([
            '{"kid":"key+1=","alg":"RS256"}',
            '{"alg":"none","kid":"key+1=","alg":"RS256"}',
            '{"kid":"key+1=","alg":"RS256","alg":"none"}',
            '{"kid":"x","kid":"key+1=","alg":"RS256"}',
            '{"kid":"key+1=","alg":"RS256","__proto__":{"alg":"none"}}',
            '{"kid":"key+1=","alg":"RS256"} ',
            '{"kid":"key+1=","alg":"RS256"}x',
            '["RS256"]',
          ]),
      ),
    () => signToken(pick([otherKey, weakKey, twin, sealing, anyAlgorithm]), claims()),
    () => signToken({ ...pick([otherKey, foreignKey]), kid: key.kid }, claims()),
    () => {
      const [alg, digest] = pick([
        ['RS384', 'sha384'],
        ['RS512', 'sha512'],
        ['RS256', 'sha512'],
        ['RS256', 'sha1'],
      ] as const);
      return signToken(pick([key, anyAlgorithm]), claims(), { alg }, digest);
    },
    () => signedByHmac(claims(), pick(['HS256', 'RS256'])),
    () => `${base64url({ alg: 'none', kid: key.kid })}.${base64url(claims())}.${pick(['', 'AA', 'e30'])}`,
    () => changeCharacter(sign(claims())),
    () => secondSpelling(sign(claims())),
    () => {
      const token = sign(claims());
      return pick([
        token.slice(0, below(token.length)),
        token.slice(below(token.length)),
        `${token}${pick(['=', '==', '===', '.', 'A', ' ', '\n', '\u0000', '%00'])}`,
        `${pick([' ', '.', 'Bearer ', '\ufeff'])}${token}`,
        `${token}.${token}`,
        token.replace('.', pick(['=.', '==.', '..', ' .', ''])),
        token.replaceAll('-', '+').replaceAll('_', '/'),
        token.split('.').reverse().join('.'),
        token.toLowerCase(),
      ]);
    },
    () => {
      const [header, , signature] = sign(claims()).split('.');
      return `${header}.${base64url(claims())}${pick(['', '', 'A'])}.${signature}`;
    },
  ];

  function changeCharacter(token: string): string {
    const at = random() < 0.3 ? token.length - 1 - below(3) : below(token.length);
    const character = pick([...'AZaz09-_', '+', '/', '=', '.', ' ', '\n', '\u00c1', '\uff21', '\u{1f600}']);
    return token.slice(0, at) + character + token.slice(at + 1);
  }

  return () => pick(kinds)();
}

/** Signs with the public key as a secret, which a confused verifier would accept. */
function signedByHmac(claims: Members, alg: string): string {
  const input = `${base64url({ kid: key.kid, alg })}.${base64url(claims)}`;
  const publicKey = createPublicKey({ key: key.jwk, format: 'jwk' });
  const pem = publicKey.export({ type: 'spki', format: 'pem' });
  return `${input}.${createHmac('sha256', pem).update(input).digest('base64url')}`;
}

/** Changes a bit of the last character that no decoder reads. */
export function secondSpelling(token: string): string {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
  return token.slice(0, -1) + alphabet[alphabet.indexOf(token.slice(-1)) ^ 1];
}
