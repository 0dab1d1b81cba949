import type { HandlerEndpoint } from './endpoint.ts';

export const health: HandlerEndpoint<undefined> = {
  name: 'health',
  method: 'get',
  path: '/health',
  summary:
    'Report the health of the router: `degraded` while one of its stores is unavailable. It calls neither Cognito nor a store.',
  description: 'Answers as long as the process runs. Use it for the health checks of a load balancer.',
  tag: 'meta',
  auth: 'none',
  operations: [],
  handle: async (_body, call) => ({ status: call.degraded() ? 'degraded' : 'ok' }),
  errors: [],
  response: {
    type: 'object',
    properties: { status: { enum: ['ok', 'degraded'] } },
    required: ['status'],
  },
  example: { response: { status: 'ok' } },
};

export const openapi: HandlerEndpoint<undefined> = {
  name: 'openapi',
  method: 'get',
  path: '/openapi.json',
  summary: 'Get the OpenAPI 3.1 document of this API.',
  description:
    'Describes the operations in the configuration of this server. The response has an ETag for later requests.',
  tag: 'meta',
  auth: 'none',
  cacheable: true,
  rateLimit: 'read',
  operations: [],
  handle: async (_body, call) => call.openApi(),
  errors: [],
  response: { type: 'object' },
  example: { response: { openapi: '3.1.1' } },
};
