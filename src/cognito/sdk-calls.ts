import type { CognitoIdentityProviderClient } from '@aws-sdk/client-cognito-identity-provider';
import type { StopSignal } from '../shared/deadline.ts';
import { boundAnswer } from './answer-bound.ts';
import type { CognitoClock } from './cognito-clock.ts';
import type { OperationName } from './operations.ts';

export type Sdk = typeof import('@aws-sdk/client-cognito-identity-provider');
export type SdkClient = CognitoIdentityProviderClient;
export type Command = { input: object };

/** The SDK's clients of a router: one sends each call once, the other retries. */
export interface Clients {
  readonly sdk: Sdk;
  readonly once: SdkClient;
  readonly twice: SdkClient;
}

/** A request as the SDK gives it to its handler. */
export interface HttpRequest {
  method: string;
  protocol: string;
  hostname: string;
  port?: number | undefined;
  path: string;
  query?: object;
  headers: Record<string, string>;
  body: unknown;
}

/** A response of the SDK's handler. */
export interface HttpResponse {
  readonly statusCode: number;
  readonly headers: Record<string, string>;
  body: unknown;
}

/** The parts of a call that its request carries to the handler. */
interface Call {
  readonly signal: StopSignal;
  /** Answers the first attempt in place of the network. */
  firstAttempt?: FirstAttempt | undefined;
}

/** Returns the response to a request, or throws the error of its connection. */
export type FirstAttempt = (request: HttpRequest) => HttpResponse;

const CALL = Symbol('call');

interface Carrier {
  [CALL]?: Call;
}

/** Returns the SDK's class of an operation. */
export function commandClass(sdk: Sdk, operation: OperationName): new (input: never) => Command {
  const command: unknown = sdk[`${operation}Command`];
  if (typeof command !== 'function') throw new TypeError(`The installed AWS SDK has no ${operation}Command.`);
  return command as new (
    input: never,
  ) => Command;
}

/**
 * Prepares the kit's clients, which share a handler, for `sendThroughMiddleware` and `sendRequest`. An `abortSignal`
 * among the options of `send` would make the SDK rebuild its middleware for each call. That took 11 % of the CPU time
 * of a sign-in.
 */
export function prepareClients(clients: readonly [SdkClient, ...SdkClient[]], clock: CognitoClock): void {
  for (const { middlewareStack } of clients) {
    middlewareStack.add(
      (next) => (args) => {
        Object.assign(args.request as Carrier, { [CALL]: (args as Carrier)[CALL] });
        return next(args);
      },
      { step: 'finalizeRequest', priority: 'low', name: CALL_MIDDLEWARE },
    );
  }
  const { requestHandler } = clients[0].config;
  const handle = requestHandler.handle.bind(requestHandler);
  requestHandler.handle = async (request, options) => {
    const call = (request as Carrier)[CALL];
    if (call?.firstAttempt) {
      const { firstAttempt } = call;
      call.firstAttempt = undefined;
      return { response: firstAttempt(request as HttpRequest) as never };
    }
    const abortSignal = call?.signal as never;
    const answer = await handle(request, { ...options, abortSignal }).catch(rethrow);
    clock.observe(answer.response.headers.date);
    return boundAnswer(answer);
  };
}

/** The name of the middleware that the kit adds to the SDK's. */
export const CALL_MIDDLEWARE = 'passCallOn';

/** In Jest, Node's own errors are not instances of the SDK's `Error`, and the SDK would keep only their message. */
function rethrow(error: unknown): never {
  if (error instanceof Error) throw error;
  const { name, message, code } = error as NodeJS.ErrnoException;
  throw Object.assign(new Error(message, { cause: error }), { name, code });
}

/** Sends a command as the SDK does, with its retries. */
export async function sendThroughMiddleware(
  client: SdkClient,
  command: Command,
  call: Call,
): Promise<object> {
  try {
    return await client.send(Object.assign(command, { [CALL]: call }) as never);
  } finally {
    // The SDK retains the first command of each class, which must not contain a password.
    command.input = {};
  }
}

/** Sends a request without the SDK's middleware, once, and reads its response. */
export async function sendRequest(
  client: SdkClient,
  request: HttpRequest,
  signal: StopSignal,
): Promise<HttpResponse> {
  const { response } = await client.config.requestHandler.handle(
    Object.assign(request, { [CALL]: { signal } }) as never,
  );
  return response as unknown as HttpResponse;
}
