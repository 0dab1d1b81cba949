import type { HandlerEndpoint } from './endpoint.ts';

export const health: HandlerEndpoint<undefined> = {
  name: 'health',
  method: 'get',
  path: '/health',
  summary:
    'Whether the router answers: `degraded` while one of its stores is unavailable. It asks neither Cognito nor a store.',
  description: 'Answers as long as the process does. Use it for health checks of a load balancer.',
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
