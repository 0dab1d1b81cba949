import { generateKeyPairSync, randomUUID, sign } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import supertokens from 'supertokens-node';
import { middleware } from 'supertokens-node/framework/express/index.js';
import { verifySession } from 'supertokens-node/recipe/session/framework/express/index.js';
import Session from 'supertokens-node/recipe/session/index.js';

/**
 * The middleware of its Express guide. It asks the SuperTokens core for the keys alone, which a stand-in serves, and
 * checks each access token in the process.
 */
export async function contender() {
  const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const kid = 'd-1';
  const jwk = { ...publicKey.export({ format: 'jwk' }), kid, alg: 'RS256', use: 'sig' };
  const core = createServer((req, res) => {
    res.setHeader('content-type', 'application/json');
    const isKeySet = req.url?.startsWith('/.well-known/jwks.json');
    res.end(JSON.stringify(isKeySet ? { keys: [jwk] } : { status: 'OK' }));
  }).listen(0, '127.0.0.1');
  await once(core, 'listening');
  supertokens.init({
    framework: 'express',
    telemetry: false,
    supertokens: { connectionURI: `http://127.0.0.1:${core.address().port}` },
    appInfo: { appName: 'Reports', apiDomain: 'http://127.0.0.1', websiteDomain: 'http://127.0.0.1' },
    recipeList: [Session.init({ getTokenTransferMethod: () => 'header' })],
  });
  const now = Math.floor(Date.now() / 1000);
  const userId = randomUUID();
  const token = signed(
    { kid, typ: 'JWT', version: '5', alg: 'RS256' },
    {
      sub: userId,
      rsub: userId,
      tId: 'public',
      iat: now,
      exp: now + 3600,
      sessionHandle: randomUUID(),
      refreshTokenHash1: randomUUID(),
      parentRefreshTokenHash1: null,
      antiCsrfToken: null,
      iss: 'http://127.0.0.1/auth',
    },
    privateKey,
  );
  return { guards: [middleware(), verifySession()], headers: { authorization: `Bearer ${token}` } };
}

function signed(header, payload, key) {
  const parts = [header, payload].map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'));
  const signature = sign('RSA-SHA256', Buffer.from(parts.join('.')), key).toString('base64url');
  return [...parts, signature].join('.');
}
