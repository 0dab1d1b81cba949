import {
  CognitoIdentityProviderClient,
  InitiateAuthCommand,
} from '@aws-sdk/client-cognito-identity-provider';
import express, { type Express } from 'express';
import Joi from 'joi';
import type { SignInByHandContender } from './contender.ts';

/** What one would write without the kit, and no more: the SDK as it comes, a schema, one route. */
export function signInByHand({ config: { clientId, endpoint }, sockets }: SignInByHandContender): Express {
  const client = new CognitoIdentityProviderClient({
    region: 'us-east-1',
    endpoint,
    ...(sockets !== undefined && { requestHandler: { httpAgent: { keepAlive: true, maxSockets: sockets } } }),
  });
  const schema = Joi.object({
    email: Joi.string().email({ tlds: false }).max(128).required(),
    password: Joi.string().max(256).required(),
  });
  const app = express();
  app.use(express.json());
  app.post('/auth/sign-in', async (req, res, next) => {
    try {
      const { email, password } = await schema.validateAsync(req.body);
      const output = await client.send(
        new InitiateAuthCommand({
          AuthFlow: 'USER_PASSWORD_AUTH',
          ClientId: clientId,
          AuthParameters: { USERNAME: email, PASSWORD: password },
        }),
      );
      res.json({ status: 'complete', tokens: output.AuthenticationResult });
    } catch (error) {
      next(error);
    }
  });
  return app;
}
