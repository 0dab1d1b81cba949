import type {
  CognitoIdentityProviderClient,
  CognitoIdentityProviderClientConfig,
} from '@aws-sdk/client-cognito-identity-provider';
import type { Settings } from '../config/settings.ts';
import type { StopSignal } from '../shared/deadline.ts';
import { boundAnswer } from './answer-bound.ts';
import { checkAnswer } from './answer-shapes.ts';
import { keepMessage } from './classify-error.ts';
import { CognitoClock } from './cognito-clock.ts';
import type { OperationName, Operations } from './operations.ts';
import { outboundAgents } from './outbound-agents.ts';

type Sdk = typeof import('@aws-sdk/client-cognito-identity-provider');

/** The options of a call. */
export interface SendOptions {
  /** Aborts the call, at the request's deadline or when the client disconnects. */
  readonly signal: StopSignal;
  /** Whether a failed call may be retried once. */
  readonly safeToRepeat: boolean;
}

/** The Cognito client. The first call, or `ready()`, loads the SDK. */
export interface CognitoClient {
  ready(): Promise<void>;
  send<O extends OperationName>(
    operation: O,
    input: Operations[O]['input'],
    options: SendOptions,
  ): Promise<Operations[O]['output']>;
  /** Closes the sockets, except those of the app. */
  close(): void;
}

/** With the SDK's default of 50 and a latency of 100 ms, 440 sign-ins per second are the maximum (measured). */
const MAX_SOCKETS = 500;

/**
 * Maximum idle time of a socket, in milliseconds. A gateway (AWS NAT: 350 s) or Cognito drops idle sockets later, and a
 * call that cannot be retried would fail.
 */
const MAX_IDLE_MS = 15_000;

type Client = CognitoIdentityProviderClient;

interface Loaded {
  readonly sdk: Sdk;
  /** Never retries, because a call with a lost response may have consumed a code or created an account. */
  readonly once: Client;
  /** Retries calls that only read. */
  readonly twice: Client;
  /** Whether the sockets are the app's. */
  readonly ofApp: boolean;
}

export function createCognitoClient(
  settings: Settings,
  clock: CognitoClock = new CognitoClock(),
): CognitoClient {
  let loading: Promise<Loaded> | undefined;
  const load = (): Promise<Loaded> => {
    // A failure, such as too many open files, may be temporary.
    loading ??= loadSdk(settings, clock).catch((error: unknown) => {
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
      const answer = await untilAborted(sent, signal).catch((error: unknown) => {
        keepMessage(error, input);
        throw error;
      });
      checkAnswer(operation, answer);
      return answer as never;
    },
    close: () => {
      if (!loading) return;
      loading.then(
        ({ once, twice, ofApp }) => {
          if (ofApp) return;
          once.destroy();
          twice.destroy();
        },
        () => undefined,
      );
    },
  };
}

async function loadSdk(settings: Settings, clock: CognitoClock): Promise<Loaded> {
  const sdk = await import('@aws-sdk/client-cognito-identity-provider');
  if (settings.cognitoClient) {
    return { sdk, once: settings.cognitoClient, twice: settings.cognitoClient, ofApp: true };
  }
  const { httpAgent, httpsAgent, ofApp } = outboundAgents({
    keepAlive: true,
    maxSockets: MAX_SOCKETS,
    timeout: MAX_IDLE_MS,
  });
  const shared: CognitoIdentityProviderClientConfig = {
    region: settings.region,
    ...(settings.endpoint !== undefined && { endpoint: settings.endpoint }),
    // AWS_ENDPOINT_URL would send passwords to another server than that of the issuer and the keys.
    ignoreConfiguredEndpointUrls: true,
    requestHandler: {
      connectionTimeout: settings.timeouts.connect,
      httpAgent,
      httpsAgent,
    },
    cacheMiddleware: true,
  };
  const once = new sdk.CognitoIdentityProviderClient({ ...shared, maxAttempts: 1 });
  const twice = new sdk.CognitoIdentityProviderClient({
    ...shared,
    requestHandler: once.config.requestHandler,
    maxAttempts: 2,
  });
  passSignalsOn(once, twice, clock);
  return { sdk, once, twice, ofApp };
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
 * Passes the signal with the command and its request. As an option of `send`, it would make the SDK rebuild its
 * middleware for each call. That took 11 % of the CPU time of a sign-in.
 */
function passSignalsOn(once: Client, twice: Client, clock: CognitoClock): void {
  for (const { middlewareStack } of [once, twice]) {
    middlewareStack.add(
      (next) => (args) => {
        (args.request as Stoppable)[SIGNAL] = (args as Stoppable)[SIGNAL];
        return next(args);
      },
      { step: 'finalizeRequest', priority: 'low', name: 'passSignalOn' },
    );
  }
  // Both clients share the handler.
  const { requestHandler } = once.config;
  const handle = requestHandler.handle.bind(requestHandler);
  requestHandler.handle = async (request, options) => {
    const abortSignal = (request as Stoppable)[SIGNAL] as never;
    const answer = await handle(request, { ...options, abortSignal }).catch(rethrow);
    clock.observe(answer.response.headers.date);
    return boundAnswer(answer);
  };
}

/** In Jest, Node's own errors are not instances of the SDK's `Error`, and the SDK would keep only their message. */
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
    // The SDK retains the first command of each class, which must not contain a password.
    command.input = {};
  }
}

/** Leaves the app's own client unmodified. It may require a real AbortSignal. */
function sendByOwn(client: Client, command: Command, signal: StopSignal): Promise<object> {
  const controller = new AbortController();
  const abort = (): void => controller.abort(signal.reason);
  if (signal.aborted) abort();
  signal.addEventListener('abort', abort);
  const sent: Promise<object> = client.send(command as never, { abortSignal: controller.signal });
  return sent.finally(() => signal.removeEventListener('abort', abort));
}

/** Rejects as soon as the signal aborts. The SDK's own promise stays pending if the headers had already arrived. */
export function untilAborted<T>(work: Promise<T>, signal: StopSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = (): void => reject(signal.reason);
    if (signal.aborted) abort();
    signal.addEventListener('abort', abort);
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort));
  });
}
