import type { IncomingMessage } from 'node:http';
import type { ControlHandler } from '../http/http-server.ts';
import { hasRepeats } from '../managed-login/request.ts';
import { CognitoError, RefusedCall } from '../model/errors.ts';
import { isObject } from '../model/json-object.ts';
import { checkOption, localOptionError } from '../option-values.ts';
import { type Answer, internalError } from '../wire/answer.ts';
import { structure } from '../wire/input.ts';
import { controlRefusal } from './control-access.ts';
import { problem } from './control-answer.ts';
import {
  CONTROL_ENDPOINTS,
  CONTROL_PAGE,
  type ControlEndpoint,
  type Controlled,
} from './control-endpoints.ts';

const JSON_TYPE = /^application\/json *(?:;|$)/i;
const OPTION_ERROR = 'express-cognito-kit: ';

/** Creates the handler of `/_kit`: the pool's JavaScript API over HTTP. */
export function createControl(controlled: Controlled): ControlHandler {
  return async (req, body) => {
    const refusal = controlRefusal({ address: req.socket.remoteAddress, headers: req.headers });
    if (refusal !== undefined) return problem(403, refusal);
    try {
      return await answer(controlled, req, body);
    } catch (error) {
      return problemOf(error);
    }
  };
}

async function answer(
  controlled: Controlled,
  req: IncomingMessage,
  body: string | undefined,
): Promise<Answer> {
  const [path = '', ...search] = (req.url ?? '').split('?');
  const at = CONTROL_ENDPOINTS.filter((each) => matches(each.path, path));
  const method = req.method === 'HEAD' ? 'GET' : req.method;
  const endpoint = at.find((each) => each.method === method);
  if (!endpoint) return noEndpoint(at);
  const query = queryOf(endpoint, new URLSearchParams(search.join('?')));
  const request = { id: path.split('/').at(-1) ?? '', query, body: {}, socket: req.socket };
  if (method !== 'POST') return endpoint.run(controlled, request);
  // A page of an old browser can send any body without a preflight, but not this media type.
  if (!JSON_TYPE.test(req.headers['content-type'] ?? ''))
    return problem(415, 'The body must be JSON. Send the header Content-Type: application/json.');
  if (body === undefined) return problem(413, 'The body is larger than 1 MiB.');
  const content = parsed(body);
  if (!content) return problem(400, 'The body is not a JSON object.');
  return endpoint.run(controlled, { ...request, body: content });
}

function matches(pattern: string, path: string): boolean {
  const wanted = pattern.split('/');
  const given = path.split('/');
  return wanted.length === given.length && wanted.every((part, at) => part === ':id' || part === given[at]);
}

function noEndpoint(at: readonly ControlEndpoint[]): Answer {
  if (at.length === 0) return problem(404, 'There is no such endpoint. GET /_kit lists the endpoints.');
  const allow = at.map(({ method }) => method).join(', ');
  const answer = problem(405, `This endpoint takes ${allow}.`);
  return { ...answer, headers: { ...answer.headers, allow } };
}

function queryOf(endpoint: ControlEndpoint, parameters: URLSearchParams): Readonly<Record<string, unknown>> {
  const entries = [...parameters].map(([name, value]) => {
    return [name, name === 'wait' && /^\d{1,4}$/.test(value) ? Number(value) : value];
  });
  const query: Record<string, unknown> = Object.fromEntries(entries);
  if (hasRepeats(parameters)) throw localOptionError('query has a parameter twice', CONTROL_PAGE);
  checkOption('query', structure(endpoint.query ?? {}), query, CONTROL_PAGE);
  return query;
}

function parsed(body: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const content: unknown = JSON.parse(body);
    return isObject(content) ? content : undefined;
  } catch {
    return undefined;
  }
}

function problemOf(error: unknown): Answer {
  if (error instanceof CognitoError) return problem(error.status, error.message, error.name);
  if (error instanceof RefusedCall) return problem(400, error.message);
  if (error instanceof TypeError && error.message.startsWith(OPTION_ERROR))
    return problem(400, error.message.slice(OPTION_ERROR.length));
  return problem(500, internalError(error).message);
}
