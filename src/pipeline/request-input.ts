import type { Request } from 'express';
import type Joi from 'joi';
import type { Settings } from '../config/settings.ts';
import { bodySchemaOf, checkBodyOptions } from '../endpoints/body-schema.ts';
import type { Endpoint, Variants } from '../endpoints/endpoint.ts';
import { ALL_ENDPOINTS } from '../endpoints/table.ts';
import { refuse } from '../shared/problem.ts';
import { mapBody } from './map-body.ts';
import { readBody } from './request-body.ts';
import { plainBody, validateBody } from './validation.ts';

/** Reads the input of a request by the schemas of its endpoint. Throws a `ProblemError` for invalid input. */
export interface InputReader {
  url(req: Request, endpoint: Endpoint): UrlInput;
  body(req: Request, endpoint: Endpoint): Promise<Record<string, unknown>>;
}

interface UrlInput {
  readonly params: Readonly<Record<string, string>>;
  readonly query: Readonly<Record<string, string>>;
}

interface InputSchemas {
  readonly body: Joi.ObjectSchema | Variants | undefined;
  readonly params: ReturnType<NonNullable<Endpoint['params']>> | undefined;
  readonly query: ReturnType<NonNullable<Endpoint['query']>> | undefined;
  /** The members of the query that are read. Undefined if others are refused. */
  readonly queryNames: ReadonlySet<string> | undefined;
}

export function createInputReader(settings: Settings): InputReader {
  checkBodyOptions(ALL_ENDPOINTS, settings);
  const inputSchemas = new Map<Endpoint, InputSchemas>();

  /** Schemas depend on the settings, and are more expensive to build than to use. */
  function schemasOf(endpoint: Endpoint): InputSchemas {
    const known = inputSchemas.get(endpoint);
    if (known) return known;
    const query = endpoint.query?.(settings);
    const schemas = {
      body: bodySchemaOf(endpoint, settings),
      params: endpoint.params?.(settings),
      query,
      queryNames:
        query && (endpoint.navigation || endpoint.ignoresOtherQuery)
          ? new Set(Object.keys(query.describe().keys))
          : undefined,
    };
    inputSchemas.set(endpoint, schemas);
    return schemas;
  }

  return {
    url(req, endpoint) {
      const { params, query, queryNames } = schemasOf(endpoint);
      return {
        params: params ? checked(params, req.params) : {},
        query: query ? checked(query, queryNames ? only(queryNames, req.query) : req.query) : {},
      };
    },
    async body(req, endpoint) {
      const { body } = schemasOf(endpoint);
      if (!body) return {};
      const read = await readBody(req, settings);
      if ('problem' in read) return refuse(read.problem);
      const mapped = mappedBody(read.body, { endpoint: endpoint.name, req }, settings);
      const validated = validateBody(body, read.format === 'form' ? await typed(body, mapped) : mapped);
      return 'problem' in validated ? refuse(validated.problem) : { ...validated.body };
    },
  };
}

/** The function of the app gets an object that is safe to copy. */
function mappedBody(body: unknown, context: Parameters<typeof mapBody>[1], settings: Settings): unknown {
  if (settings.mapBody === undefined) return body;
  const plain = plainBody(body);
  return 'problem' in plain ? refuse(plain.problem) : mapBody(plain.body, context, settings);
}

/** The parser of the form has loaded the module. */
async function typed(schema: Joi.ObjectSchema | Variants, body: unknown): Promise<unknown> {
  const { typedForm } = await import('./form-body.ts');
  return typedForm(schema, body);
}

/** Returns the members of these names. Mail programs and campaigns add others to links. */
function only(names: ReadonlySet<string>, given: object): object {
  return Object.fromEntries(Object.entries(given).filter(([name]) => names.has(name)));
}

/** Validates path parameters or query like a body. */
function checked(schema: Joi.ObjectSchema, given: object): Record<string, string> {
  const validated = validateBody(schema, { ...given });
  return 'problem' in validated
    ? refuse(validated.problem)
    : { ...(validated.body as Record<string, string>) };
}
