import { CognitoJwtVerifier } from 'aws-jwt-verify';
import { SimpleJwksCache } from 'aws-jwt-verify/jwk';
import type { RequestHandler } from 'express';
import type { PoolConfig } from './contender.ts';

/** What one would write with aws-jwt-verify and no kit. Only the address of the keys is not AWS's. */
export function verifyByHand({ userPoolId, clientId, jwksUri }: PoolConfig): RequestHandler {
  const fetcher = { fetch: async () => (await fetch(jwksUri)).arrayBuffer() };
  const jwksCache = new SimpleJwksCache({ fetcher });
  const verifier = CognitoJwtVerifier.create({ userPoolId, clientId, tokenUse: 'access' }, { jwksCache });
  return async (req, res, next) => {
    try {
      res.locals.claims = await verifier.verify(req.get('authorization')?.replace(/^Bearer /, '') ?? '');
    } catch {
      res.status(401).json({ message: 'Unauthorized' });
      return;
    }
    next();
  };
}
