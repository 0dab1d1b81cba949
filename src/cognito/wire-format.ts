import { randomUUID } from 'node:crypto';
import type { OperationName } from './operations.ts';
import {
  type Clients,
  commandClass,
  type HttpRequest,
  type HttpResponse,
  type Sdk,
  type SdkClient,
} from './sdk-calls.ts';
import { createTraceHeaders } from './trace-headers.ts';

/** The headers that are the same for every call of a client. */
export const FIXED_HEADERS: readonly string[] = ['x-amz-user-agent', 'user-agent', 'host'];
export const LENGTH_HEADER = 'content-length';
export const INVOCATION_HEADER = 'amz-sdk-invocation-id';
export const ATTEMPT_HEADER = 'amz-sdk-request';

/** The kit's subset of the SDK's protocol object. */
interface Protocol {
  serializeRequest(schema: object, input: object, context: object): Promise<HttpRequest>;
  deserializeResponse(schema: object, context: object, response: HttpResponse): Promise<Answer>;
}

/** An answer of Cognito, or its exception. */
export interface Answer {
  $metadata: { attempts?: number; totalRetryDelay?: number };
}

/** Makes requests and reads responses by the SDK's schemas. */
export class WireFormat {
  readonly #sdk: Sdk;
  readonly #client: SdkClient;
  readonly #protocol: Protocol;
  readonly #context: { endpoint(): Promise<object> };
  readonly #headers: Readonly<Record<string, string>>;
  readonly #addTraceHeaders = createTraceHeaders();
  readonly #schemas = new Map<OperationName, object | undefined>();

  /** The endpoint and the fixed headers are those of the sample. */
  constructor({ sdk, once }: Clients, { protocol, hostname, port, path, query, headers }: HttpRequest) {
    this.#sdk = sdk;
    this.#client = once;
    this.#protocol = (once.config as unknown as { protocol: Protocol }).protocol;
    const endpoint = { protocol, hostname, port, path, query };
    this.#context = { endpoint: async () => endpoint };
    this.#headers = Object.fromEntries(FIXED_HEADERS.map((name) => [name, headers[name] ?? '']));
  }

  /** Returns the schema of an operation, or `undefined` if AWS credentials must sign it. */
  schemaOf(operation: OperationName): object | undefined {
    if (!this.#schemas.has(operation)) this.#schemas.set(operation, this.#readSchema(operation));
    return this.#schemas.get(operation);
  }

  #readSchema(operation: OperationName): object | undefined {
    const { httpAuthSchemeProvider } = this.#client.config;
    const schemes = httpAuthSchemeProvider({ operation, region: 'us-east-1' } as never);
    if (schemes.some(({ schemeId }) => schemeId !== 'smithy.api#noAuth')) return undefined;
    const { schema } = new (commandClass(this.#sdk, operation))({} as never) as { schema?: unknown };
    if (!Array.isArray(schema)) return undefined;
    const [, namespace, name, traits, input, output] = schema as unknown[];
    return { namespace, name, traits, input, output };
  }

  async request(operation: OperationName, input: object, maxAttempts: number): Promise<HttpRequest> {
    const schema = this.schemaOf(operation) ?? {};
    const request = await this.#protocol.serializeRequest(schema, input, this.#context);
    const { headers } = request;
    headers[LENGTH_HEADER] = String(this.#client.config.bodyLengthChecker(request.body));
    Object.assign(headers, this.#headers);
    this.#addTraceHeaders(headers);
    headers[INVOCATION_HEADER] = randomUUID();
    headers[ATTEMPT_HEADER] = `attempt=1; max=${maxAttempts}`;
    return request;
  }

  /** Throws Cognito's exception. */
  answer(operation: OperationName, response: HttpResponse): Promise<Answer> {
    return this.#protocol.deserializeResponse(this.schemaOf(operation) ?? {}, this.#client.config, response);
  }
}
