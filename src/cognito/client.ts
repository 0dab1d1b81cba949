import type {
  CognitoIdentityProviderClient,
  CognitoIdentityProviderClientConfig,
} from '@aws-sdk/client-cognito-identity-provider';
import type { Settings } from '../config/settings.ts';
import type { StopSignal } from '../shared/deadline.ts';
import { boundAnswer } from './answer-bound.ts';
import { checkAnswer } from './answer-shapes.ts';
import type { OperationName, Operations } from './operations.ts';

type Sdk = typeof import('@aws-sdk/client-cognito-identity-provider');

/** How a call is to be made. */
export interface SendOptions {
  /** Ends the call: on the request's deadline, or when its client has gone away. */
  readonly signal: StopSignal;
  /** Whether a call that failed may be made once more. */
  readonly safeToRepeat: boolean;
}

/** The way to Cognito. The SDK is loaded by the first call, or by `ready()`. */
export interface CognitoClient {
  ready(): Promise<void>;
  send<O extends OperationName>(
    operation: O,
    input: Operations[O]['input'],
    options: SendOptions,
  ): Promise<Operations[O]['output']>;
  /** Closes the sockets, unless the client is the app's own. */
  close(): void;
}

/** At the SDK's default of 50, a Cognito that takes 100 ms lets through 440 sign-ins a second at most (measured). */
const MAX_SOCKETS = 500;

/**
 * How long a socket may lie idle, in milliseconds. A gateway on the way (AWS NAT: 350 s) or Cognito itself would
 * drop it some time later, and what is not safe to repeat would fail on it.
 */
const MAX_IDLE = 15_000;

type Client = CognitoIdentityProviderClient;

interface Loaded {
  readonly sdk: Sdk;
  /** Never repeats a call: a code is spent, an account made, by a call whose answer was lost. */
  readonly once: Client;
  /** Repeats a call that only reads. */
  readonly twice: Client;
}

export function createCognitoClient(settings: Settings): CognitoClient {
  let loading: Promise<Loaded> | undefined;
  const load = (): Promise<Loaded> => {
    // A failure, such as too many open files, must not last for ever.
    loading ??= loadSdk(settings).catch((error: unknown) => {
      loading = undefined;
      throw error;
    });
    return loading;
  };

  return {
    ready: async () => {
      await load();
    },
    async send(operation, input, { signal, safeToRepeat }) {
      const { sdk, once, twice } = await load();
      const client = safeToRepeat ? twice : once;
      const command = new (commandClass(sdk, operation))(input as never);
      const sent = settings.cognitoClient
        ? sendByOwn(client, command, signal)
        : sendStoppable(client, command, signal);
      const answer = await untilAborted(sent, signal);
      checkAnswer(operation, answer);
      return answer as never;
    },
    close: () => {
      if (settings.cognitoClient || !loading) return;
      loading.then(
        ({ once, twice }) => {
          once.destroy();
          twice.destroy();
        },
        () => undefined,
      );
    },
  };
}

async function loadSdk(settings: Settings): Promise<Loaded> {
  const sdk = await import('@aws-sdk/client-cognito-identity-provider');
  if (settings.cognitoClient) return { sdk, once: settings.cognitoClient, twice: settings.cognitoClient };
  const sockets = { keepAlive: true, maxSockets: MAX_SOCKETS, timeout: MAX_IDLE };
  const shared: CognitoIdentityProviderClientConfig = {
    region: settings.region,
    ...(settings.endpoint !== undefined && { endpoint: settings.endpoint }),
    requestHandler: {
      connectionTimeout: settings.timeouts.connect,
      httpAgent: sockets,
      httpsAgent: sockets,
    },
    cacheMiddleware: true,
  };
  const once = new sdk.CognitoIdentityProviderClient({ ...shared, maxAttempts: 1 });
  const twice = new sdk.CognitoIdentityProviderClient({
    ...shared,
    requestHandler: once.config.requestHandler,
    maxAttempts: 2,
  });
  passSignalsOn(once, twice);
  return { sdk, once, twice };
}

type Command = { input: object };

function commandClass(sdk: Sdk, operation: OperationName): new (input: never) => Command {
  const command: unknown = sdk[`${operation}Command`];
  if (typeof command !== 'function') throw new TypeError(`The installed AWS SDK has no ${operation}Command.`);
  return command as new (
    input: never,
  ) => Command;
}

const SIGNAL = Symbol('signal');

/**
 * The SDK takes a signal as an option of `send`, but with any option it builds its middleware anew for each call,
 * which took 11 % of the CPU time of a sign-in. So the signal goes with the command, and from there with the request.
 */
function passSignalsOn(once: Client, twice: Client): void {
  for (const { middlewareStack } of [once, twice]) {
    middlewareStack.add(
      (next) => (args) => {
        (args.request as Stoppable)[SIGNAL] = (args as Stoppable)[SIGNAL];
        return next(args);
      },
      { step: 'finalizeRequest', priority: 'low', name: 'passSignalOn' },
    );
  }
  // The two clients share it.
  const { requestHandler } = once.config;
  const handle = requestHandler.handle.bind(requestHandler);
  requestHandler.handle = async (request, options) => {
    const abortSignal = (request as Stoppable)[SIGNAL] as never;
    return boundAnswer(await handle(request, { ...options, abortSignal }).catch(rethrow));
  };
}

/** In Jest, Node's own errors are no `Error`s of the SDK, which would keep nothing of them but their text. */
function rethrow(error: unknown): never {
  if (error instanceof Error) throw error;
  const { name, message, code } = error as NodeJS.ErrnoException;
  throw Object.assign(new Error(message, { cause: error }), { name, code });
}

interface Stoppable {
  [SIGNAL]?: StopSignal | undefined;
}

async function sendStoppable(client: Client, command: Command, signal: StopSignal): Promise<object> {
  try {
    return await client.send(Object.assign(command, { [SIGNAL]: signal }) as never);
  } finally {
    // The SDK keeps the first command of each class, for good: not with somebody's password.
    command.input = {};
  }
}

/** The app's own client is not to be tampered with, and may want an AbortSignal and nothing like it. */
function sendByOwn(client: Client, command: Command, signal: StopSignal): Promise<object> {
  const controller = new AbortController();
  const abort = (): void => controller.abort(signal.reason);
  if (signal.aborted) abort();
  signal.addEventListener('abort', abort);
  const sent: Promise<object> = client.send(command as never, { abortSignal: controller.signal });
  return sent.finally(() => signal.removeEventListener('abort', abort));
}

/**
 * The work, or a rejection as soon as the signal aborts. On it the SDK closes the socket, but its promise stays pending
 * once the headers were there.
 */
export function untilAborted<T>(work: Promise<T>, signal: StopSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = (): void => reject(signal.reason);
    if (signal.aborted) abort();
    signal.addEventListener('abort', abort);
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort));
  });
}
