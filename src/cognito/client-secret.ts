import type { Logger } from 'pino';
import { ClientSecretError, SECRET_PATTERN } from '../config/client-secret.ts';
import type { Settings } from '../config/settings.ts';
import { problem } from '../shared/problem.ts';
import { withinMs } from '../shared/time-limit.ts';
import { credentialsHint } from './credentials-fault.ts';
import { UpstreamRefusal } from './upstream-refusal.ts';

/** The app client's secret, which may rotate while the process runs. */
export interface ClientSecret {
  /** The secret in force. Rejects with an `UpstreamRefusal` if it cannot be read. */
  current(): Promise<string>;
  /** A newer secret than the one that Cognito refused; undefined if there is none. Never rejects. */
  successorOf(refused: string): Promise<string | undefined>;
}

/** Milliseconds for one read, and half of the time that a call to Cognito may take at most: the log then names the cause. */
const READ_MS = 3000;
/** A client can cause refusals, by the name that it sends with a challenge: they must not read the secret each time. */
const COOL_DOWN_MS = 10_000;
/** After a failed read the next requests fail at once, for this long. */
const BACK_OFF_MS = 1000;

/**
 * Does the work with the secret in force and, if that is refused, once more with a newer one, if there is one. Cognito
 * checks the secret before it does anything, so that what is refused can be repeated.
 */
export async function withSecret<T>(
  secret: ClientSecret,
  isRefused: (error: unknown) => boolean,
  work: (secret: string) => Promise<T>,
): Promise<T> {
  const current = await secret.current();
  try {
    return await work(current);
  } catch (error) {
    const newer = isRefused(error) ? await secret.successorOf(current) : undefined;
    if (newer === undefined) throw error;
    return work(newer);
  }
}

/** Undefined for an app client without a secret. */
export function createClientSecret(
  { clientSecret, userPoolId, clientId, timeouts }: Settings,
  logger: Logger,
): ClientSecret | undefined {
  if (clientSecret === undefined) return undefined;
  if (typeof clientSecret === 'string') return fixedSecret(clientSecret);
  const app = Object.freeze({ userPoolId, clientId });
  const timeoutMs = Math.min(READ_MS, timeouts.call / 2);
  return rotatingSecret(async () => checked(await withinMs(timeoutMs, clientSecret(app))), logger);
}

export function fixedSecret(value: string): ClientSecret {
  const current = Promise.resolve(value);
  return { current: () => current, successorOf: async () => undefined };
}

function rotatingSecret(read: () => Promise<string>, logger: Logger): ClientSecret {
  let known: string | undefined;
  let readAt = Number.NEGATIVE_INFINITY;
  let reading: Promise<string> | undefined;
  let failure: { readonly refusal: UpstreamRefusal; readonly at: number } | undefined;

  /** One read for all requests that need it at the same time. */
  function readOnce(): Promise<string> {
    reading ??= readAndRemember().finally(() => {
      reading = undefined;
    });
    return reading;
  }

  async function readAndRemember(): Promise<string> {
    if (failure && performance.now() - failure.at < BACK_OFF_MS) throw failure.refusal;
    readAt = performance.now();
    try {
      const secret = await read();
      if (known !== undefined && known !== secret) logger.info('client secret rotated');
      known = secret;
      return secret;
    } catch (error) {
      const refusal = unreadable(error);
      failure = { refusal, at: performance.now() };
      const { exception, hint } = refusal.fault;
      logger.error({ exception, hint }, 'client secret could not be read');
      throw refusal;
    }
  }

  return {
    current: async () => known ?? readOnce(),
    async successorOf(refused) {
      if (known !== refused) return known;
      if (!reading && performance.now() - readAt < COOL_DOWN_MS) return;
      const secret = await readOnce().catch(() => undefined);
      return secret === refused ? undefined : secret;
    },
  };
}

/** The value is not quoted: it may be the secret in a wrong form. */
function checked(secret: unknown): string {
  if (typeof secret === 'string' && SECRET_PATTERN.test(secret)) return secret;
  throw new ClientSecretError(
    'the function in the option clientSecret returned no secret: it has to return the "Client secret" of the app client',
  );
}

/** Of what the app's function threw, only the name goes on: a message may quote the secret. */
function unreadable(cause: unknown): UpstreamRefusal {
  const { name, message } = (cause ?? {}) as { name?: unknown; message?: unknown };
  const exception = typeof name === 'string' && /^\w{1,64}$/.test(name) ? name : 'UnknownError';
  // By its name: the process may have two copies of the class, one of ESM and one of CommonJS.
  const misconfigured = exception === 'ClientSecretError';
  return new UpstreamRefusal({
    problem: problem(misconfigured ? 'server_misconfigured' : 'upstream_unavailable'),
    exception,
    hint: misconfigured ? String(message) : hintFor(exception),
    sameForAll: true,
  });
}

function hintFor(exception: string): string {
  const hint = Object.hasOwn(HINTS, exception) ? HINTS[exception] : credentialsHint(exception);
  return hint ?? 'the function in the option clientSecret failed: look at what it reads the secret from';
}

const PERMISSION_HINT =
  'the server may not read the client secret: allow its role secretsmanager:GetSecretValue for the ARN, and kms:Decrypt if a key of your own encrypts it';

/** How to mend what Secrets Manager or its client refused. */
const HINTS: Readonly<Record<string, string>> = {
  AccessDeniedException: PERMISSION_HINT,
  DecryptionFailure: PERMISSION_HINT,
  ResourceNotFoundException:
    "Secrets Manager has no secret with this ARN: copy the ARN from the app client's page, in the region of the user pool",
  CredentialsProviderError:
    'the server has no AWS credentials to read the client secret with: give it a role, or set AWS_PROFILE for development',
  TookTooLong: 'the function in the option clientSecret took too long',
};
