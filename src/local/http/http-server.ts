import type { IncomingMessage, RequestListener, Server } from 'node:http';
import { answerHosted, hostedMetadata, isHostedEndpoint } from '../managed-login/routes.ts';
import { withOutbox } from '../messages/outbox.ts';
import { CognitoError } from '../model/errors.ts';
import type { ServerState, UserPool } from '../model/pool.ts';
import { keyManagementOperations } from '../operations/key-management.ts';
import { type OperationTable, unknownOperation } from '../operations/operation.ts';
import { secretsManagerOperations } from '../operations/secrets-manager.ts';
import { OPERATIONS } from '../operations/table.ts';
import { withCaller } from '../triggers/caller.ts';
import { poolOfDomain } from '../users/pools.ts';
import {
  type Answer,
  AWS_JSON,
  failure,
  notFound,
  preflightOf,
  publicDocument,
  send,
  success,
} from '../wire/answer.ts';
import { parseBody } from '../wire/input.ts';
import { sendFaulty } from './fault-answers.ts';
import type { FaultList } from './faults.ts';
import type { HostCheck } from './host-check.ts';
import { isUpload, MAX_UPLOAD_BYTES, takeUpload } from './import-upload.ts';
import type { AdminOriginCheck } from './page-requests.ts';
import type { RequestLog } from './request-log.ts';

const AWS_JSON_TYPE = /^application\/x-amz-json-1\.1\s*(?:;|$)/i;
const TARGET = /^(\w{1,64})\.(\w{1,128})$/;

/** The operations of each service, by its name in X-Amz-Target. */
const SERVICES: ReadonlyMap<string, OperationTable> = new Map([
  ['AWSCognitoIdentityProviderService', OPERATIONS],
  ['secretsmanager', secretsManagerOperations],
  ['TrentService', keyManagementOperations],
]);
const WELL_KNOWN = /^\/([\w-]{1,55})\/\.well-known\/(jwks\.json|openid-configuration)$/;
const HOSTED = /^(\/([\w.-]{1,63}))\/((?:oauth2\/)?\w+)$/;
const CONTROL = /^\/_kit(?:[/?]|$)/;
/** Node sends no body for HEAD. */
const READS = ['GET', 'HEAD'];
const MAX_BODY_BYTES = 1024 * 1024;
/** Cognito's limit of a branding style with its images. */
const MAX_BRANDING_BYTES = 2 * 1024 * 1024;
const BRANDING = /\.(?:Create|Update)ManagedLoginBranding$/;

/** Answers a request below `/_kit`. */
export type ControlHandler = (req: IncomingMessage, body: string | undefined) => Promise<Answer>;

export interface HttpServerOptions {
  readonly createServer: (listener: RequestListener) => Server;
  readonly service: ServerState;
  readonly faults: FaultList;
  readonly log: RequestLog;
  readonly isAllowedHost: HostCheck;
  readonly isAllowedAdmin: AdminOriginCheck;
  /** Undefined if control over HTTP is off. */
  readonly control: ControlHandler | undefined;
  /** Called after each request that may have changed the state. */
  readonly changed: () => void;
}

export function createHttpServer(options: HttpServerOptions): Server {
  const { createServer, service, faults, log, isAllowedHost, control, changed } = options;
  const server = createServer((req, res) => {
    res.setHeader('Date', new Date(service.clock.now()).toUTCString());
    readBody(req)
      .then(async (body) => {
        // No fault, log entry or CORS header: control is no part of Cognito.
        if (control && CONTROL.test(req.url ?? '')) return send(res, await control(req, body));
        const { name, run } = isAllowedHost(req.headers.host)
          ? route(options, req, body)
          : { name: 'foreign host', run: () => foreignHost(req) };
        const entry = log.add(name, service.clock.now());
        let answer: Promise<Answer> | undefined;
        const answerOnce = async (): Promise<Answer> => {
          answer ??= Promise.resolve(run());
          const { error, headers } = await answer;
          entry.error = error ?? headers['x-amzn-errortype']?.replace(':', '');
          return answer;
        };
        const fault = faults.take(name);
        if (fault) await sendFaulty(res, fault, answerOnce);
        else send(res, await answerOnce());
      })
      .catch(() => req.socket.destroy())
      .finally(() => {
        if (!onlyReads(req)) changed();
      });
  });
  // Longer than clients keep idle sockets; a shorter timeout would close one under a request.
  server.keepAliveTimeout = 75_000;
  return server;
}

function onlyReads({ method = '', url = '' }: IncomingMessage): boolean {
  return READS.includes(method) && (WELL_KNOWN.test(url) || CONTROL.test(url));
}

function foreignHost({ headers: { host } }: IncomingMessage): Answer {
  return failure(
    new CognitoError(
      'AccessDeniedException',
      `The local user pool does not answer under the host "${host}", which a page of another site could point at it. Use localhost, or add the name to allowedHosts.`,
      403,
    ),
  );
}

function fromPage(operation: string, origin = 'unknown'): CognitoError {
  return new CognitoError(
    'AccessDeniedException',
    `The local user pool refuses ${operation}, which needs AWS credentials, to web pages (origin "${origin}"). Call it from a server, or add the origin to allowedAdminOrigins.`,
    403,
  );
}

function noOperation({ headers }: IncomingMessage): CognitoError {
  const target = headers['x-amz-target'];
  return unknownOperation(
    target === undefined
      ? 'a request without X-Amz-Target. The API has the JSON protocol: send X-Amz-Target: AWSCognitoIdentityProviderService.InitiateAuth, for example'
      : String(target),
  );
}

/** Cognito does not answer other types in JSON 1.1. Web pages send JSON without a preflight only as text or a form. */
function wrongContentType({ headers: { 'content-type': type = 'none' } }: IncomingMessage): CognitoError {
  return new CognitoError(
    'UnknownOperationException',
    `The API takes Content-Type: ${AWS_JSON}. It was ${type}.`,
    404,
  );
}

function route(
  options: HttpServerOptions,
  req: IncomingMessage,
  body: string | undefined,
): { name: string; run: () => Answer | Promise<Answer> } {
  const { service, isAllowedAdmin } = options;
  const path = (req.url ?? '').split('?', 1)[0] ?? '';
  const [, base = '', host = '', page = ''] = HOSTED.exec(path) ?? [];
  const hosting = isHostedEndpoint(page) && (service.pools.get(host) ?? poolOfDomain(service, host));
  if (hosting) return { name: page, run: () => answerHosted(hosting, { name: page, base }, req, body) };
  if (req.method === 'OPTIONS') {
    const requested = req.headers['access-control-request-headers'];
    const allowsSignature = isAllowedAdmin(req.headers);
    return { name: 'preflight', run: () => preflightOf(requested, { allowsSignature }) };
  }
  if (isUpload(req)) return { name: 'import', run: () => takeUpload(service, req, body) };
  if (req.method === 'POST' && path === '/') {
    const [, api = '', called] = TARGET.exec(String(req.headers['x-amz-target'])) ?? [];
    const table = SERVICES.get(api);
    if (!table || called === undefined)
      return { name: '(no operation)', run: () => failure(noOperation(req)) };
    return { name: called, run: () => runOperation(options, table, called, req, body) };
  }
  const [, poolId = '', document] = (READS.includes(req.method ?? '') && WELL_KNOWN.exec(path)) || [];
  const pool = service.pools.get(poolId);
  if (!pool) return { name: 'unknown path', run: notFound };
  return document === 'jwks.json'
    ? { name: 'jwks', run: () => publicDocument({ keys: pool.publishedKeys.map((key) => key.jwk) }) }
    : { name: 'openid-configuration', run: () => publicDocument(openidConfiguration(pool)) };
}

async function runOperation(
  { service, isAllowedAdmin }: HttpServerOptions,
  table: OperationTable,
  name: string,
  req: IncomingMessage,
  body: string | undefined,
): Promise<Answer> {
  try {
    const operation = Object.hasOwn(table, name) ? table[name] : undefined;
    if (!operation) throw unknownOperation(name);
    if (!AWS_JSON_TYPE.test(req.headers['content-type'] ?? '')) throw wrongContentType(req);
    if (body === undefined) throw new CognitoError('SerializationException', 'The request body is too large');
    if (operation.auth === 'sigv4' && !isAllowedAdmin(req.headers)) throw fromPage(name, req.headers.origin);
    // The signature is not verified, because the pool has no AWS credentials.
    if (operation.auth === 'sigv4' && !req.headers.authorization?.startsWith('AWS4-HMAC-SHA256 ')) {
      throw new CognitoError('MissingAuthenticationTokenException', 'Missing Authentication Token');
    }
    const input = parseBody(body);
    const region = regionOf(req.headers.authorization);
    const inRegion = region === undefined ? service : { ...service, region };
    const answer = await withCaller(req.headers, () =>
      withOutbox(name, input, () => operation.run(inRegion, input)),
    );
    return success(answer);
  } catch (error) {
    return failure(error);
  }
}

/** Returns the region in the scope of an AWS signature, unless it is not a name of one. */
function regionOf(authorization = ''): string | undefined {
  return /Credential=[^/,]+\/\d{8}\/([a-z]{2,}(?:-[a-z]+)+-\d+)\//.exec(authorization)?.[1];
}

function openidConfiguration(pool: UserPool): object {
  const domain = pool.service.urlOf(pool.id);
  return {
    ...hostedMetadata(domain),
    id_token_signing_alg_values_supported: ['RS256'],
    issuer: pool.issuer,
    jwks_uri: `${domain}/.well-known/jwks.json`,
    response_types_supported: ['code', 'token'],
    scopes_supported: ['openid', 'email', 'phone', 'profile'],
    subject_types_supported: ['public'],
    token_endpoint_auth_methods_supported: ['client_secret_basic', 'client_secret_post'],
  };
}

/** Returns the body as text, or undefined if it is too large for any operation. */
async function readBody(req: IncomingMessage): Promise<string | undefined> {
  const maxBytes = maxBytesOf(req);
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of req as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size <= maxBytes) chunks.push(chunk);
  }
  return size > maxBytes ? undefined : Buffer.concat(chunks).toString('utf8');
}

function maxBytesOf(req: IncomingMessage): number {
  if (isUpload(req)) return MAX_UPLOAD_BYTES;
  return BRANDING.test(String(req.headers['x-amz-target'])) ? MAX_BRANDING_BYTES : MAX_BODY_BYTES;
}
