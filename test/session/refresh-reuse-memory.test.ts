import { randomUUID } from 'node:crypto';
import { EventEmitter } from 'node:events';
import type { ServerResponse } from 'node:http';
import { expect } from 'chai';
import { parseConfig } from '../../src/config/settings.ts';
import { createRefreshes, type RefreshAsker } from '../../src/session/refresh.ts';
import { createRevocations, MemoryRevocationStore } from '../../src/session/revocation.ts';
import type { TokenPayload } from '../../src/tokens/claims.ts';

const settings = parseConfig({
  userPoolId: 'us-east-1_Example12',
  clientId: 'example',
  refresh: { reuseWindowSeconds: 0 },
});
const iss = 'https://cognito-idp.us-east-1.amazonaws.com/us-east-1_Example12';
/** Fifty times as long as those of Cognito, to fill the memory with few refreshes. */
const TOKEN_LENGTH = 90_000;

const base64 = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');

interface World {
  /** Refreshes with a token, as the app does, and returns the next one. */
  rotate(token: string, session: TokenPayload): Promise<string>;
  /** Uses a rotated token again. */
  reuse(token: string): Promise<void>;
  readonly revoked: string[];
  readonly reported: (string | undefined)[];
  isRevoked(session: TokenPayload): boolean;
}

function world(): World {
  const revocations = createRevocations({ store: new MemoryRevocationStore() });
  const onFault = (fault: unknown): never => {
    throw fault;
  };
  const refreshes = createRefreshes(settings, revocations, { onStoreFault: onFault, onRevokeFault: onFault });
  const revoked: string[] = [];
  const reported: (string | undefined)[] = [];
  const asker = (answer: () => object): RefreshAsker => ({
    clientMetadata: undefined,
    send: (async (operation: string, input: { Token?: string }) => {
      if (operation !== 'RevokeToken') return answer();
      revoked.push(input.Token ?? '');
      return {};
    }) as RefreshAsker['send'],
    onReuse: (sub) => void reported.push(sub),
  });
  return {
    revoked,
    reported,
    async rotate(token, session) {
      const AccessToken = `${base64({ alg: 'RS256', kid: 'a' })}.${base64(session)}.c2lnbmF0dXJl`;
      const RefreshToken = randomUUID().padEnd(TOKEN_LENGTH, 'x');
      const AuthenticationResult = { AccessToken, IdToken: AccessToken, RefreshToken, ExpiresIn: 300 };
      const response = new EventEmitter() as ServerResponse;
      const request = { ...asker(() => ({ AuthenticationResult })), response };
      await refreshes.refresh({ refreshToken: token }, request);
      response.emit('finish');
      return RefreshToken;
    },
    async reuse(token) {
      const refuse = (): never => {
        throw Object.assign(new Error('reused'), { name: 'RefreshTokenReuseException' });
      };
      await refreshes.refresh({ refreshToken: token }, asker(refuse)).then(
        () => expect.fail('the reused token is accepted'),
        () => undefined,
      );
    },
    isRevoked: (payload) => revocations.check({ payload }) !== undefined,
  };
}

function newSession(): TokenPayload {
  const now = Math.floor(Date.now() / 1000);
  return { iss, sub: randomUUID(), token_use: 'access', iat: now, exp: now + 300, origin_jti: randomUUID() };
}

describe('The reuse of a refresh token', () => {
  it('revokes the newest token of its session after as many others as 16,000 refreshes of usual size (case C5)', async () => {
    const { rotate, reuse, revoked, reported, isRevoked } = world();
    const stolen = 'stolen'.padEnd(TOKEN_LENGTH, 'x');
    const session = newSession();
    const newest = await rotate(await rotate(stolen, session), session);
    for (let i = 0; i < 160; i++) {
      const other = newSession();
      await rotate(await rotate(randomUUID(), other), other);
    }
    await reuse(stolen);
    expect(revoked).to.deep.equal([newest]);
    expect(reported).to.deep.equal([session.sub]);
    expect(isRevoked(session)).to.equal(true);
  });

  it('revokes the newest token after any number of rotations, from any of them', async () => {
    const { rotate, reuse, revoked, isRevoked } = world();
    const session = newSession();
    const tokens = ['first'.padEnd(TOKEN_LENGTH, 'x')];
    for (let i = 0; i < 120; i++) tokens.push(await rotate(tokens.at(-1) ?? '', session));
    await reuse(tokens[0] ?? '');
    expect(revoked).to.deep.equal([tokens.at(-1)]);
    expect(isRevoked(session)).to.equal(true);
  });
});
