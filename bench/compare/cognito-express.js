import { createPublicKey } from 'node:crypto';
import CognitoExpress from 'cognito-express';

/** As its README says, with the keys of the local pool: it has no option for their address. */
export async function contender({ userPoolId, jwksUri }) {
  const { keys } = await (await fetch(jwksUri)).json();
  const pems = keys.map((key) => [
    key.kid,
    createPublicKey({ key, format: 'jwk' }).export({ type: 'spki', format: 'pem' }),
  ]);
  class WithLocalKeys extends CognitoExpress {
    async init() {
      // The constructor sets an empty list once this method has returned.
      await undefined;
      this.pems = Object.fromEntries(pems);
    }
  }
  const validator = new WithLocalKeys({
    region: 'us-east-1',
    cognitoUserPoolId: userPoolId,
    tokenUse: 'access',
    tokenExpiration: 3600,
  });
  const guard = async (req, res, next) => {
    try {
      res.locals.user = await validator.validate(req.get('authorization')?.replace(/^Bearer /, ''));
    } catch {
      res.status(401).json({ message: 'Unauthorized' });
      return;
    }
    next();
  };
  return { guards: [guard] };
}
