import type { HandlerEndpoint } from './endpoint.ts';
import { joi } from './joi.ts';

export const health: HandlerEndpoint<undefined> = {
  name: 'health',
  method: 'get',
  path: '/health',
  summary: 'Report the health of the router: `degraded` while one of its stores is unavailable.',
  description:
    'Answers 200 as long as the process runs, for load balancers. With `?deep` and the option `deepHealth`, it checks Cognito, the signing keys and the stores, every 5 seconds at most, and lists the endpoints that depend on each.',
  tag: 'meta',
  auth: 'none',
  query: ({ deepHealth }) =>
    deepHealth
      ? joi.object({
          deep: joi
            .valid('', 'true', 'false')
            .description(
              'Checks everything that the router depends on. For monitoring, not for load balancers.',
            ),
        })
      : undefined,
  ignoresOtherQuery: true,
  operations: [],
  handle: async (_body, call) => {
    const { deep = 'false' } = call.query;
    return deep === 'false' ? { status: call.degraded() ? 'degraded' : 'ok' } : call.deepHealth();
  },
  errors: [],
  response: { $ref: '#/components/schemas/HealthReport' },
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
