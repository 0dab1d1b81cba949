import type { CognitoIdentityProviderClientConfig } from '@aws-sdk/client-cognito-identity-provider';
import type { Settings } from '../config/settings.ts';
import type { StopSignal } from '../shared/deadline.ts';
import type { Hint } from '../shared/hint.ts';
import { checkAnswer } from './answer-shapes.ts';
import { CallMeter } from './call-meter.ts';
import { keepMessage } from './classify-error.ts';
import { CognitoClock } from './cognito-clock.ts';
import { createDirectCalls, type DirectCalls, DirectCallsUnavailable } from './direct-calls.ts';
import type { OperationName, Operations } from './operations.ts';
import { outboundAgents } from './outbound-agents.ts';
import {
  type Clients,
  type Command,
  commandClass,
  prepareClients,
  type Sdk,
  type SdkClient,
  sendThroughMiddleware,
} from './sdk-calls.ts';

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

interface Loaded {
  readonly sdk: Sdk;
  /** Never retries, because a call with a lost response may have consumed a code or created an account. */
  readonly once: SdkClient;
  /** Retries calls that only read. */
  readonly twice: SdkClient;
  /** Undefined if every call goes through the SDK's middleware. */
  readonly direct: DirectCalls | undefined;
  /** Whether the sockets are the app's. */
  readonly ofApp: boolean;
}

/** Options of the client itself. */
export interface CognitoClientOptions {
  /** Takes the time from Cognito's responses. */
  readonly clock?: CognitoClock;
  /** Measures the calls. */
  readonly meter?: CallMeter;
  /** Called once if the installed SDK allows no direct calls. */
  readonly onMiddleware?: (hint: Hint) => void;
}

export function createCognitoClient(settings: Settings, options: CognitoClientOptions = {}): CognitoClient {
  const { meter = new CallMeter() } = options;
  let loading: Promise<Loaded> | undefined;
  const load = (): Promise<Loaded> => {
    // A failure, such as too many open files, may be temporary.
    loading ??= loadSdk(settings, options).catch((error: unknown) => {
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
      const loaded = await load();
      return meter.measure(operation, signal, async () => {
        const sent = settings.cognitoClient
          ? sendByOwn(settings.cognitoClient, commandOf(loaded, operation, input), signal)
          : sendByKit(loaded, operation, input, { signal, safeToRepeat });
        const answer = await untilAborted(sent, signal).catch((error: unknown) => {
          keepMessage(error, input);
          throw error;
        });
        checkAnswer(operation, answer);
        return answer as never;
      });
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

function commandOf({ sdk }: Loaded, operation: OperationName, input: object): Command {
  return new (commandClass(sdk, operation))(input as never);
}

function sendByKit(
  loaded: Loaded,
  operation: OperationName,
  input: object,
  options: SendOptions,
): Promise<object> {
  const { direct, once, twice } = loaded;
  if (direct?.canSend(operation)) return direct.send(operation, input, options);
  const { signal, safeToRepeat } = options;
  return sendThroughMiddleware(safeToRepeat ? twice : once, commandOf(loaded, operation, input), { signal });
}

async function loadSdk(
  settings: Settings,
  { clock = new CognitoClock(), onMiddleware }: CognitoClientOptions,
): Promise<Loaded> {
  const sdk = await import('@aws-sdk/client-cognito-identity-provider');
  if (settings.cognitoClient) {
    const client = settings.cognitoClient;
    return { sdk, once: client, twice: client, direct: undefined, ofApp: true };
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
  prepareClients([once, twice], clock);
  const direct = settings.sdkMiddleware
    ? undefined
    : await directCalls({ sdk, once, twice }, (hint) => onMiddleware?.(hint));
  return { sdk, once, twice, direct, ofApp };
}

async function directCalls(
  clients: Clients,
  onMiddleware: (hint: Hint) => void,
): Promise<DirectCalls | undefined> {
  try {
    return await createDirectCalls(clients);
  } catch (error) {
    onMiddleware(middlewareHint(error));
    return undefined;
  }
}

function middlewareHint(error: unknown): Hint {
  const why = error instanceof DirectCallsUnavailable ? error.message : 'a trial call failed';
  return `the installed AWS SDK allows no direct calls, because ${why}: update express-cognito-kit, or set sdkMiddleware: true to keep this way without the warning. See docs/operations.md#the-sdks-middleware`;
}

/** Leaves the app's own client unmodified. It may require a real AbortSignal. */
function sendByOwn(client: SdkClient, command: Command, signal: StopSignal): Promise<object> {
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
    const stop = (): void => signal.removeEventListener('abort', abort);
    work.then(
      (value) => {
        stop();
        resolve(value);
      },
      (error: unknown) => {
        stop();
        reject(error);
      },
    );
  });
}
