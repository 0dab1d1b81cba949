import {
  CognitoIdentityProviderClient,
  InitiateAuthCommand,
} from '@aws-sdk/client-cognito-identity-provider';
import express, { type Express } from 'express';
import { ipKeyGenerator, type Options, rateLimit } from 'express-rate-limit';
import Joi from 'joi';
import pino from 'pino';
import type { PoolConfig } from './contender.ts';

/** The parts of the SDK that serialize a call without its middleware. */
interface Protocol {
  serializeRequest(schema: object, input: object, context: object): Promise<WireRequest>;
  deserializeResponse(schema: object, context: object, response: object): Promise<SignInAnswer>;
}

interface WireRequest {
  readonly headers: Record<string, string>;
  readonly body: Uint8Array;
}

interface SignInAnswer {
  readonly AuthenticationResult?: object;
}

/**
 * The floor of a sign-in with the libraries of the kit: joi checks the body, two limiters count in memory, the SDK
 * serializes the call and reads the answer without its middleware, and pino writes a line. Nothing is timed, masked,
 * checked in the answer or made safe to close, and faults are not told apart.
 */
export function sameLibraries({ clientId, endpoint }: PoolConfig): Express {
  const client = new CognitoIdentityProviderClient({
    region: 'us-east-1',
    endpoint,
    requestHandler: { httpAgent: { keepAlive: true, maxSockets: 500 } },
  });
  const { protocol } = client.config as unknown as { protocol: Protocol };
  const command = new InitiateAuthCommand({ AuthFlow: 'USER_PASSWORD_AUTH', ClientId: clientId });
  const [, namespace, name, traits, input, output] = (command as unknown as { schema: unknown[] }).schema;
  const operation = { namespace, name, traits, input, output };
  const { hostname, port, protocol: scheme } = new URL(endpoint);
  const place = { protocol: scheme, hostname, port: Number(port), path: '/' };
  const context = { endpoint: async () => place };

  async function initiateAuth(parameters: object): Promise<SignInAnswer> {
    const request = await protocol.serializeRequest(operation, parameters, context);
    request.headers['content-length'] = String(request.body.byteLength);
    const { response } = await client.config.requestHandler.handle(request as never);
    return protocol.deserializeResponse(operation, client.config, response);
  }

  const endless: Partial<Options> = { limit: 1_000_000_000, windowMs: 60_000, legacyHeaders: false };
  const schema = Joi.object({
    email: Joi.string().email({ tlds: false }).max(128).required(),
    password: Joi.string().max(256).required(),
  });
  const logger = pino();
  const app = express();
  app.post(
    '/auth/sign-in',
    rateLimit({
      ...endless,
      standardHeaders: 'draft-8',
      keyGenerator: ({ ip = '' }) => ipKeyGenerator(ip),
    }),
    express.json(),
    rateLimit({ ...endless, standardHeaders: false, keyGenerator: ({ body }) => String(body.email) }),
    async (req, res, next) => {
      const startedAt = performance.now();
      try {
        const { email, password } = await schema.validateAsync(req.body);
        const { AuthenticationResult } = await initiateAuth({
          AuthFlow: 'USER_PASSWORD_AUTH',
          ClientId: clientId,
          AuthParameters: { USERNAME: email, PASSWORD: password },
        });
        logger.info({ status: 200, durationMs: performance.now() - startedAt }, 'request');
        res.json({ status: 'complete', tokens: AuthenticationResult });
      } catch (error) {
        next(error);
      }
    },
  );
  return app;
}
