import type Joi from 'joi';
import type { Settings } from '../config/settings.ts';
import type { Transport } from '../config/transport.ts';
import { bodySchemaOf } from '../endpoints/body-schema.ts';
import type { Endpoint, Variants } from '../endpoints/endpoint.ts';
import { endpointsFor } from '../endpoints/table.ts';
import { PROBLEMS, type ProblemCode, problemType } from '../shared/problem.ts';
import { HEADERS, HEADERS_BY_STATUS, type Json, ref, securitySchemes, TAGS } from './components.ts';
import { requestExample, responseExample } from './examples.ts';
import { responseSchemas } from './responses.ts';
import { toJsonSchema } from './schema.ts';

const FORM_MEDIA_TYPE = 'application/x-www-form-urlencoded';

/** Returns the codes that result from the endpoint's method, body and authentication. */
function commonErrors(endpoint: Endpoint, transport: Transport): readonly ProblemCode[] {
  const codes: ProblemCode[] = ['method_not_allowed'];
  if (transport !== 'bearer' && endpoint.method !== 'get') {
    codes.push('cross_site_request', 'invalid_request');
  }
  if (endpoint.body) {
    codes.push(
      'invalid_request',
      'invalid_json',
      'validation_failed',
      'body_too_large',
      'unsupported_media_type',
    );
  }
  if (endpoint.auth !== 'none') {
    codes.push('missing_token', 'invalid_request', 'invalid_token', 'token_expired');
  }
  if (endpoint.params || endpoint.query) codes.push('validation_failed');
  if (endpoint.sensitive) codes.push('insufficient_user_authentication');
  if (endpoint.rateLimit) codes.push('rate_limited', 'store_unavailable');
  codes.push('shutting_down');
  if (operationsOf(endpoint).length > 0) {
    codes.push('rate_limited', 'too_many_attempts');
    codes.push('server_misconfigured', 'upstream_error', 'upstream_unavailable', 'upstream_timeout');
    codes.push('pool_read_only');
  }
  return codes;
}

/** Returns all error codes of an endpoint. */
export function errorsOf(endpoint: Endpoint, transport: Transport = 'bearer'): readonly ProblemCode[] {
  return [...new Set([...commonErrors(endpoint, transport), ...endpoint.errors])];
}

/** Every form takes the CSRF check. */
function servedErrors(endpoint: Endpoint, { transport, forms }: Settings): readonly ProblemCode[] {
  const codes = errorsOf(endpoint, transport);
  return forms && endpoint.body ? [...new Set<ProblemCode>([...codes, 'cross_site_request'])] : codes;
}

/** Returns the Cognito operations of an endpoint. */
export function operationsOf(endpoint: Endpoint): readonly string[] {
  return 'command' in endpoint ? [endpoint.command] : endpoint.operations;
}

/** Returns the body's JSON Schema 2020-12, generated from the joi schema that validates it. */
function bodySchema(endpoint: Endpoint, schema: Joi.ObjectSchema | Variants): Json {
  if (!('schemas' in schema)) return toJsonSchema(schema);
  const variants = Object.keys(schema.schemas).map((value) => ({
    value,
    ...ref('schemas', variantName(endpoint, value)),
  }));
  return {
    oneOf: variants.map(({ $ref }) => ({ $ref })),
    discriminator: {
      propertyName: schema.discriminator,
      mapping: Object.fromEntries(variants.map(({ value, $ref }) => [value, $ref])),
    },
  };
}

/** Returns the named schemas that a discriminator requires. */
function variantSchemas(endpoints: readonly Endpoint[], settings: Settings): Json {
  const named = endpoints.flatMap((endpoint) => {
    const schema = bodySchemaOf(endpoint, settings);
    if (!schema || !('schemas' in schema)) return [];
    return Object.entries(schema.schemas).map(([value, variant]) => [
      variantName(endpoint, value),
      toJsonSchema(variant),
    ]);
  });
  return Object.fromEntries(named) as Json;
}

function variantName(endpoint: Endpoint, value: string): string {
  return `${endpoint.name}.${value}`;
}

/** A mount path with parameters, such as `/:tenant/auth`, gives a client the choice of base URLs. */
const MAX_DOCUMENTS = 10;
const descriptions = new WeakMap<Settings, Json>();
const documents = new WeakMap<Settings, Map<string, Json>>();

/** Returns the OpenAPI 3.1 document of the API as configured: the same object for the same settings and base URL. */
export function openApiDocument(settings: Settings, baseUrl: string): Json {
  const made = documents.get(settings) ?? new Map<string, Json>();
  documents.set(settings, made);
  const known = made.get(baseUrl);
  if (known) return known;
  // Cached, because it takes 30 ms and the endpoint needs no authentication.
  const description = descriptions.get(settings) ?? describe(settings);
  descriptions.set(settings, description);
  const document = { ...description, servers: [{ url: baseUrl === '' ? '/' : baseUrl }] };
  for (const oldest of made.keys()) {
    if (made.size < MAX_DOCUMENTS) break;
    made.delete(oldest);
  }
  made.set(baseUrl, document);
  return document;
}

/** Returns the path in OpenAPI's notation, such as `/me/attributes/{name}`. */
export function openApiPath(path: string): string {
  return path.replace(/:(\w+)/g, '{$1}');
}

function describe(settings: Settings): Json {
  const paths: Record<string, Record<string, Json>> = {};
  const served = endpointsFor(settings);
  for (const endpoint of served) {
    const path = openApiPath(settings.routes[endpoint.name] || endpoint.path);
    paths[path] = { ...paths[path], [endpoint.method]: operation(endpoint, settings) };
  }
  return {
    openapi: '3.1.1',
    info: {
      title: 'Auth API',
      version: '1',
      description: 'Accounts, sign-in and sessions, backed by an Amazon Cognito user pool.',
      license: { name: 'MIT', identifier: 'MIT' },
    },
    tags: TAGS,
    paths,
    components: {
      ...(served.some(({ auth }) => auth !== 'none') && { securitySchemes: securitySchemes(settings) }),
      schemas: { ...usedBy(paths, responseSchemas(settings)), ...variantSchemas(served, settings) },
      headers: usedBy(paths, HEADERS),
      examples: examples(new Set(served.flatMap((endpoint) => servedErrors(endpoint, settings)))),
    },
  };
}

/** Returns the components that the paths refer to, directly or indirectly. */
function usedBy(paths: Json, components: Json): Json {
  const used = new Map<string, unknown>();
  const follow = (from: unknown): void => {
    const text = JSON.stringify(from);
    for (const [name, component] of Object.entries(components)) {
      if (used.has(name) || !text.includes(`/${name}"`)) continue;
      used.set(name, component);
      follow(component);
    }
  };
  follow(paths);
  return Object.fromEntries(used);
}

function operation(endpoint: Endpoint, settings: Settings): Json {
  const schema = bodySchemaOf(endpoint, settings);
  const inUrl = [
    ...parameters('path', endpoint.params?.(settings)),
    ...parameters('query', endpoint.query?.(settings)),
  ];
  const { example } = endpoint;
  return {
    operationId: endpoint.name,
    summary: endpoint.summary,
    description: endpoint.description,
    tags: [endpoint.tag],
    security: security(endpoint, settings),
    ...(inUrl.length > 0 && { parameters: inUrl }),
    ...(schema && {
      requestBody: {
        required: true,
        content: Object.fromEntries(
          mediaTypes(settings).map((mediaType) => [
            mediaType,
            {
              schema: bodySchema(endpoint, schema),
              ...(example.request && { example: requestExample(endpoint, example.request, settings) }),
            },
          ]),
        ),
      },
    }),
    responses: {
      ...successes(endpoint, settings),
      ...errorResponses(endpoint, settings),
    },
  };
}

function mediaTypes({ forms }: Settings): readonly string[] {
  return forms ? ['application/json', FORM_MEDIA_TYPE] : ['application/json'];
}

function successes(endpoint: Endpoint, settings: Settings): Record<string, Json> {
  const { redirects, response } = endpoint;
  const { transport } = settings;
  const redirected = redirects === 'always' || (redirects !== undefined && transport !== 'bearer');
  const answered = redirects === undefined || (redirects === 'with-cookies' && transport !== 'cookie');
  const content = { schema: response, example: responseExample(endpoint, settings) };
  const names = successHeaders(endpoint, settings);
  return {
    ...(answered && {
      200: { description: 'Success.', ...withHeaders(names), content: { 'application/json': content } },
    }),
    ...(redirected && {
      303: { description: 'A redirect of the browser.', ...withHeaders(['Location', ...names]) },
    }),
    ...(endpoint.cacheable && {
      304: { description: 'The version of `If-None-Match` is current.', ...withHeaders(names) },
    }),
  };
}

/** Returns the names of the headers that a success can have. */
function successHeaders(endpoint: Endpoint, settings: Settings): readonly string[] {
  return [...commonHeaders(endpoint, settings), ...(endpoint.cacheable ? ['ETag'] : [])];
}

/** Returns the names of the headers that a success and an error can have. */
function commonHeaders(endpoint: Endpoint, settings: Settings): readonly string[] {
  return [
    ...(settings.rateLimits.enabled && endpoint.rateLimit ? ['RateLimit', 'RateLimit-Policy'] : []),
    ...(setsCookies(endpoint, settings) ? ['Set-Cookie'] : []),
  ];
}

function setsCookies(
  { navigation, startsSession, cookies, auth, method }: Endpoint,
  { transport, autoRefresh }: Settings,
): boolean {
  // Managed login keeps its state in a cookie, whatever the transport.
  if (navigation) return true;
  if (transport === 'bearer') return false;
  return Boolean(startsSession || cookies || (auth !== 'none' && (autoRefresh || method === 'delete')));
}

function withHeaders(names: readonly string[]): Json {
  if (names.length === 0) return {};
  return { headers: Object.fromEntries(names.map((name) => [name, ref('headers', name)])) };
}

/** Every transport accepts the token in a header, for clients other than browsers. */
function security({ auth }: Endpoint, { transport }: Settings): Json[] {
  if (auth === 'none') return [];
  const ways = [{ accessToken: [] }, ...(transport === 'bearer' ? [] : [{ accessCookie: [] }])];
  return auth === 'optional' ? [{}, ...ways] : ways;
}

/** Returns the members of a schema as parameters. */
function parameters(place: 'path' | 'query', schema: Joi.ObjectSchema | undefined): Json[] {
  if (!schema) return [];
  const { properties, required = [] } = toJsonSchema(schema);
  return Object.entries(properties as Readonly<Record<string, Json>>).map(([name, property]) => {
    const { description, ...rest } = property;
    return { name, in: place, required: (required as string[]).includes(name), description, schema: rest };
  });
}

/** Returns one response per status, with its codes. */
function errorResponses(endpoint: Endpoint, settings: Settings): Record<string, Json> {
  const codes = servedErrors(endpoint, settings);
  const statusOf = (code: ProblemCode): string => String(PROBLEMS[code][0]);
  const responses = [...new Set(codes.map(statusOf))].map((status) => {
    const group = codes.filter((code) => statusOf(code) === status);
    return [status, errorResponse(status, group, commonHeaders(endpoint, settings))];
  });
  return Object.fromEntries(responses);
}

function errorResponse(status: string, codes: readonly ProblemCode[], headers: readonly string[]): Json {
  return {
    description: codes.map((code) => `\`${code}\`: ${PROBLEMS[code][2]}`).join('\n\n'),
    ...withHeaders([...(HEADERS_BY_STATUS[status] ?? []), ...headers]),
    content: {
      'application/problem+json': {
        schema: {
          allOf: [
            ref('schemas', 'Problem'),
            { type: 'object', properties: { code: { type: 'string', enum: codes } } },
          ],
        },
        examples: Object.fromEntries(codes.map((code) => [code, ref('examples', code)])),
      },
    },
  };
}

/** Returns an example problem for each code. */
function examples(codes: ReadonlySet<ProblemCode>): Json {
  return Object.fromEntries([...codes].map((code) => [code, { value: problemExample(code) }]));
}

function problemExample(code: ProblemCode): Json {
  const [status, title, detail] = PROBLEMS[code];
  return {
    type: problemType(code),
    title,
    status,
    detail,
    code,
    requestId: '5f1c7d5e-3f0b-4f9e-9d57-0c6f3a0c9f10',
    ...(code === 'validation_failed' && { errors: [{ path: '/email', message: 'is required' }] }),
  };
}
