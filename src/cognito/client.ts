import type {
  CognitoIdentityProviderClient,
  CognitoIdentityProviderClientConfig,
} from '@aws-sdk/client-cognito-identity-provider';
import type { Settings } from '../config.ts';
import type { OperationName, Operations } from './operations.ts';

type Sdk = typeof import('@aws-sdk/client-cognito-identity-provider');

/** How a call is to be made. */
export interface SendOptions {
  /** Ends the call: on the request's deadline, or when its client has gone away. */
  readonly signal: AbortSignal;
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

interface Loaded {
  readonly sdk: Sdk;
  /** Never repeats a call: a code is spent, an account made, by a call whose answer was lost. */
  readonly once: CognitoIdentityProviderClient;
  /** Repeats a call that only reads. */
  readonly twice: CognitoIdentityProviderClient;
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
      return (await untilAborted(client.send(command as never, { abortSignal: signal }), signal)) as never;
    },
    close: () => {
      if (settings.client || !loading) return;
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
  if (settings.client) return { sdk, once: settings.client, twice: settings.client };
  const sockets = { keepAlive: true, maxSockets: MAX_SOCKETS, timeout: MAX_IDLE };
  const shared: CognitoIdentityProviderClientConfig = {
    region: settings.region,
    ...(settings.endpoint !== undefined && { endpoint: settings.endpoint }),
    requestHandler: {
      connectionTimeout: settings.timeouts.connect,
      httpAgent: sockets,
      httpsAgent: sockets,
    },
  };
  const once = new sdk.CognitoIdentityProviderClient({ ...shared, maxAttempts: 1 });
  const twice = new sdk.CognitoIdentityProviderClient({
    ...shared,
    requestHandler: once.config.requestHandler,
    maxAttempts: 2,
  });
  return { sdk, once, twice };
}

function commandClass(sdk: Sdk, operation: OperationName): new (input: never) => object {
  const command: unknown = sdk[`${operation}Command`];
  if (typeof command !== 'function') throw new TypeError(`The installed AWS SDK has no ${operation}Command.`);
  return command as new (
    input: never,
  ) => object;
}

/** On its signal the SDK closes the socket, but its promise stays pending once the headers were there. */
function untilAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = (): void => reject(signal.reason as Error);
    if (signal.aborted) abort();
    signal.addEventListener('abort', abort, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort));
  });
}
