import { Agent, type IncomingMessage, request } from 'node:http';
import express, { type Express } from 'express';
import type { PoolConfig } from './contender.ts';

/**
 * The floor of a sign-in in Express: the body is parsed, one HTTP call is made, its answer is parsed and sent on.
 * Nothing is checked, limited, logged or timed.
 */
export function httpCallOnly({ clientId, endpoint }: PoolConfig): Express {
  const agent = new Agent({ keepAlive: true });
  const call = (body: string): Promise<IncomingMessage> =>
    new Promise((resolve, reject) => {
      const outgoing = request(endpoint, {
        agent,
        method: 'POST',
        headers: {
          'content-type': 'application/x-amz-json-1.1',
          'content-length': Buffer.byteLength(body),
          'x-amz-target': 'AWSCognitoIdentityProviderService.InitiateAuth',
        },
      });
      outgoing.on('response', resolve);
      outgoing.on('error', reject);
      outgoing.end(body);
    });
  const app = express();
  app.use(express.json());
  app.post('/auth/sign-in', async (req, res) => {
    const { email, password } = req.body as { email: string; password: string };
    const answer = await call(
      JSON.stringify({
        AuthFlow: 'USER_PASSWORD_AUTH',
        ClientId: clientId,
        AuthParameters: { USERNAME: email, PASSWORD: password },
      }),
    );
    let text = '';
    answer.setEncoding('utf8');
    for await (const chunk of answer) text += chunk;
    const { AuthenticationResult } = JSON.parse(text) as { AuthenticationResult: object };
    res.json({ status: 'complete', tokens: AuthenticationResult });
  });
  return app;
}
