import { isDeepStrictEqual } from 'node:util';
import { StopSignal } from '../shared/deadline.ts';
import type { OperationName } from './operations.ts';
import {
  CALL_MIDDLEWARE,
  type Clients,
  commandClass,
  type FirstAttempt,
  type HttpRequest,
  type HttpResponse,
  type Sdk,
  type SdkClient,
  sendRequest,
  sendThroughMiddleware,
} from './sdk-calls.ts';
import { TRACE_HEADERS } from './trace-headers.ts';
import {
  type Answer,
  ATTEMPT_HEADER,
  FIXED_HEADERS,
  INVOCATION_HEADER,
  LENGTH_HEADER,
  WireFormat,
} from './wire-format.ts';

/**
 * Calls with the SDK's shapes, exceptions, endpoint and handler, but without its middleware. For an operation without
 * AWS credentials, the middleware adds the same headers each time, at twice the cost of the call.
 */
export interface DirectCalls {
  /** Whether the operation needs no AWS credentials, and the SDK's `send` is the one that was checked. */
  canSend(operation: OperationName): boolean;
  send(operation: OperationName, input: object, options: DirectOptions): Promise<object>;
}

interface DirectOptions {
  readonly signal: StopSignal;
  /** Whether the SDK may retry the call. */
  readonly safeToRepeat: boolean;
}

/** The SDK differs from the one that direct calls were written for. */
export class DirectCallsUnavailable extends Error {
  override readonly name = 'DirectCallsUnavailable';
}

/** The SDK's middleware whose work a direct call does itself, or does not need. */
const KNOWN_MIDDLEWARE: ReadonlySet<string> = new Set([
  'loggerMiddleware',
  'serializerMiddleware',
  'contentLengthMiddleware',
  'getUserAgentMiddleware',
  'hostHeaderMiddleware',
  'recursionDetectionMiddleware',
  'retryMiddleware',
  'httpAuthSchemeMiddleware',
  'endpointV2Middleware',
  'httpSigningMiddleware',
  'deserializerMiddleware',
  CALL_MIDDLEWARE,
]);

/** The headers that a direct call sends. */
const KNOWN_HEADERS: ReadonlySet<string> = new Set([
  'content-type',
  'x-amz-target',
  LENGTH_HEADER,
  ...FIXED_HEADERS,
  INVOCATION_HEADER,
  ATTEMPT_HEADER,
  ...TRACE_HEADERS,
]);

/** The kit's subset of the SDK's retry strategy. */
interface RetryStrategy {
  readonly mode?: string;
  acquireInitialRetryToken(scope: string): Promise<object>;
  recordSuccess(token: object): void;
}

/**
 * Prepares direct calls. One call through the middleware, which does not reach the network, shows the endpoint and the
 * headers. A direct call must then make the same request, and read the same answer.
 *
 * @throws DirectCallsUnavailable if it does not, or if the SDK is wrapped or has other middleware
 */
export async function createDirectCalls(clients: Clients): Promise<DirectCalls> {
  const { sdk, once, twice } = clients;
  const { send } = once;
  if (!isOwnSend(send)) throw new DirectCallsUnavailable('its send() is wrapped, as by a tracing tool');
  const recordSuccess = await successRecorder(clients);
  const trial = await runTrial(clients);
  const format = new WireFormat(clients, trial.request);
  await checkTrial(trial, format, sdk);

  return {
    canSend: (operation) =>
      once.send === send && twice.send === send && format.schemaOf(operation) !== undefined,
    async send(operation, input, { signal, safeToRepeat }) {
      const client = safeToRepeat ? twice : once;
      const throughMiddleware = (firstAttempt?: FirstAttempt): Promise<object> =>
        sendThroughMiddleware(client, new (commandClass(sdk, operation))(input as never), {
          signal,
          firstAttempt,
        });
      const request = await format.request(operation, input, safeToRepeat ? 2 : 1).catch(() => undefined);
      // The SDK words its refusal of the input.
      if (!request) return throughMiddleware();
      const attempt = await sendRequest(client, request, signal).then(
        (response): FirstAttempt =>
          () =>
            response,
        (error: unknown): FirstAttempt =>
          () => {
            throw error;
          },
      );
      try {
        const answer = await format.answer(operation, attempt(request));
        if (safeToRepeat) recordSuccess();
        return withAttempt(answer);
      } catch (error) {
        if (signal.aborted) throw error;
        if (!safeToRepeat && isException(error)) throw withResponse(withAttempt(error), attempt(request));
      }
      // The SDK decides whether to retry, and words faults of the network.
      return throughMiddleware((repeated) => {
        repeated.headers[INVOCATION_HEADER] = request.headers[INVOCATION_HEADER] ?? '';
        return attempt(repeated);
      });
    },
  };
}

/** A wrapper, such as that of a tracing tool, calls the original function, and has other words. */
function isOwnSend(send: unknown): boolean {
  return typeof send === 'function' && /\.resolveMiddleware\(/.test(Function.prototype.toString.call(send));
}

function isException(error: unknown): error is Answer {
  return typeof error === 'object' && error !== null && '$metadata' in error;
}

function withAttempt<T extends Answer>(answer: T): T {
  Object.assign(answer.$metadata, { attempts: 1, totalRetryDelay: 0 });
  return answer;
}

/** The SDK keeps the response of an exception out of sight of loggers. */
function withResponse(error: Answer, value: HttpResponse): Answer {
  return Object.defineProperty(error, '$response', { value, enumerable: false });
}

/** Retries stop after many failures, and successful calls allow them again. */
async function successRecorder({ once, twice }: Clients): Promise<() => void> {
  const strategies: RetryStrategy[] = [];
  for (const { config } of [once, twice]) {
    strategies.push((await config.retryStrategy()) as unknown as RetryStrategy);
  }
  const other = strategies.find(({ mode }) => mode !== 'standard');
  if (other) throw new DirectCallsUnavailable(`its retry mode is ${other.mode}`);
  const [, strategy] = strategies;
  const token = await strategy?.acquireInitialRetryToken('');
  return () => {
    if (strategy && token) strategy.recordSuccess(token);
  };
}

/** A call that was answered without the network. */
interface Trial {
  readonly request: HttpRequest;
  readonly answer: object;
}

const TRIAL_OPERATION = 'InitiateAuth';
const TRIAL_INPUT = { AuthFlow: 'USER_PASSWORD_AUTH', ClientId: 'trial', AuthParameters: { USERNAME: 'é' } };

function trialResponse(statusCode: number, body: object): HttpResponse {
  return {
    statusCode,
    headers: { 'x-amzn-requestid': 'trial' },
    body: Buffer.from(JSON.stringify(body)),
  };
}

const trialAnswer = (): HttpResponse =>
  trialResponse(200, { AuthenticationResult: { AccessToken: 'trial', ExpiresIn: 1 }, Unknown: 1 });

async function runTrial({ sdk, once }: Clients): Promise<Trial> {
  const command = new (commandClass(sdk, TRIAL_OPERATION))(TRIAL_INPUT as never);
  let request: HttpRequest | undefined;
  const answer = await sendThroughMiddleware(once, command, {
    signal: new StopSignal(),
    firstAttempt: (sent) => {
      request = sent;
      return trialAnswer();
    },
  });
  if (!request) throw new DirectCallsUnavailable('its middleware sends no request');
  const { middlewareStack } = command as unknown as SdkClient;
  const names = once.middlewareStack
    .concat(middlewareStack as never)
    .identify()
    .map((text) => text.split(' ')[0] ?? '');
  const added = names.find((name) => !KNOWN_MIDDLEWARE.has(name));
  if (added !== undefined) throw new DirectCallsUnavailable(`it has the middleware ${added}`);
  return { request, answer };
}

async function checkTrial({ request, answer }: Trial, format: WireFormat, sdk: Sdk): Promise<void> {
  const header = Object.keys(request.headers).find((name) => !KNOWN_HEADERS.has(name));
  if (header !== undefined) throw new DirectCallsUnavailable(`it sends the header ${header}`);
  const direct = await format.request(TRIAL_OPERATION, TRIAL_INPUT, 1);
  direct.headers[INVOCATION_HEADER] = request.headers[INVOCATION_HEADER] ?? '';
  if (!isDeepStrictEqual(onWire(direct), onWire(request)))
    throw new DirectCallsUnavailable('its requests differ');
  const read = withAttempt(await format.answer(TRIAL_OPERATION, trialAnswer()));
  if (!isDeepStrictEqual(read, answer)) throw new DirectCallsUnavailable('its answers differ');
  const refusal = trialResponse(400, { __type: 'NotAuthorizedException', message: 'trial' });
  const exception = await format.answer(TRIAL_OPERATION, refusal).catch((error: unknown) => error);
  if (!(exception instanceof sdk.NotAuthorizedException && exception.$metadata.requestId === 'trial')) {
    throw new DirectCallsUnavailable('its exceptions differ');
  }
}

/** The members of a request, without the kit's own. */
function onWire(request: HttpRequest): object {
  return { ...Object.fromEntries(Object.entries(request)), body: new Uint8Array(request.body as Uint8Array) };
}
