import type { HandlerEndpoint } from './endpoint.ts';

export const health: HandlerEndpoint<undefined> = {
  name: 'health',
  method: 'get',
  path: '/health',
  summary: 'Whether the router answers. It asks nothing of Cognito, so that a fault there restarts nobody.',
  description: 'Answers as long as the process does. Use it for health checks of a load balancer.',
  tag: 'meta',
  auth: 'none',
  operations: [],
  handle: async () => ({ status: 'ok' }),
  errors: [],
  response: { $ref: '#/components/schemas/Status' },
  example: { response: { status: 'ok' } },
};

export const openapi: HandlerEndpoint<undefined> = {
  name: 'openapi',
  method: 'get',
  path: '/openapi.json',
  summary: 'This API as an OpenAPI 3.1 document.',
  description: 'Describes the operations as this server is configured.',
  tag: 'meta',
  auth: 'none',
  operations: [],
  handle: async (_body, call) => call.openApi(),
  errors: [],
  response: { type: 'object' },
  example: { response: { openapi: '3.1.1' } },
};
