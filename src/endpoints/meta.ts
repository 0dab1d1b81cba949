import Joi from 'joi';
import type { HandlerEndpoint } from './endpoint.ts';

export const health: HandlerEndpoint<undefined> = {
  name: 'health',
  method: 'get',
  path: '/health',
  summary: 'Report the health of the router: `degraded` while one of its stores is unavailable.',
  description:
    'Answers as long as the process runs, without a call to Cognito or a store. Use it for the health checks of a load balancer. With `?deep` and the option `deepHealth`, it checks Cognito, the signing keys and the stores, at most every 5 seconds, and lists the endpoints that depend on each. The status is 200 in any case.',
  tag: 'meta',
  auth: 'none',
  query: ({ deepHealth }) =>
    deepHealth
      ? Joi.object({
          deep: Joi.valid('', 'true', 'false').description(
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
