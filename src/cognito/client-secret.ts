import type { Logger } from 'pino';
import { ClientSecretError, SECRET_PATTERN } from '../config/client-secret.ts';
import type { Settings } from '../config/settings.ts';
import type { Hint } from '../shared/hint.ts';
import { problem } from '../shared/problem.ts';
import { withinMs } from '../shared/time-limit.ts';
import { credentialsHint } from './credentials-fault.ts';
import { UpstreamRefusal } from './upstream-fault.ts';

/** The app client's secret, which may rotate while the process runs. */
export interface ClientSecret {
  /** Returns the current secret. Rejects with an `UpstreamRefusal` if it cannot be read. */
  current(): Promise<string>;
  /** Returns a newer secret than the refused one, or `undefined` if there is none. Never rejects. */
  successorOf(refused: string): Promise<string | undefined>;
}

/** Timeout of one read in milliseconds, at most half of `timeouts.call`. The log can then name the cause. */
const READ_MS = 3000;
/** Limits reads, because clients can cause refusals by the name that they send with a challenge. */
const COOL_DOWN_MS = 10_000;
/** After a failed read, requests fail at once for this time. */
const BACK_OFF_MS = 1000;

/**
 * Runs the work with the current secret, and once more with a newer one if Cognito refuses the secret. The repetition
 * is safe, because Cognito checks the secret before it changes anything.
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

/** Returns `undefined` for an app client without a secret. */
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

  /** Concurrent requests share one read. */
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

/** The error does not quote the value, which may be a malformed secret. */
function checked(secret: unknown): string {
  if (typeof secret === 'string' && SECRET_PATTERN.test(secret)) return secret;
  throw new ClientSecretError(
    'the function in the option clientSecret returned no secret: it must return the "Client secret" of the app client. See docs/user-pool-setup.md#the-app-clients-secret',
  );
}

/** Keeps only the name of the error, because its message may quote the secret. */
function unreadable(cause: unknown): UpstreamRefusal {
  const { name, message } = (cause ?? {}) as { name?: unknown; message?: unknown };
  const exception = typeof name === 'string' && /^\w{1,64}$/.test(name) ? name : 'UnknownError';
  // Compared by name, because the ESM and CommonJS builds each have this class.
  const misconfigured = exception === 'ClientSecretError';
  return new UpstreamRefusal({
    problem: problem(misconfigured ? 'server_misconfigured' : 'upstream_unavailable'),
    exception,
    hint: misconfigured ? (message as Hint) : hintFor(exception),
    sameForAll: true,
  });
}

function hintFor(exception: string): Hint {
  const hint = Object.hasOwn(HINTS, exception) ? HINTS[exception] : credentialsHint(exception);
  return (
    hint ??
    'the function in the option clientSecret failed: check the source that it reads. See docs/user-pool-setup.md#the-app-clients-secret'
  );
}

const PERMISSION_HINT =
  'the server may not read the client secret: allow its role secretsmanager:GetSecretValue for the ARN, and kms:Decrypt if a customer managed key encrypts it. See docs/user-pool-setup.md#the-app-clients-secret';

/** Log hints for errors of Secrets Manager and its client. */
const HINTS: Readonly<Record<string, Hint>> = {
  AccessDeniedException: PERMISSION_HINT,
  DecryptionFailure: PERMISSION_HINT,
  ResourceNotFoundException:
    "Secrets Manager has no secret with this ARN: copy the ARN from the app client's page, in the region of the user pool. See docs/user-pool-setup.md#the-app-clients-secret",
  CredentialsProviderError:
    'the server has no AWS credentials for reading the client secret: give it a role, or set AWS_PROFILE for development. See docs/user-pool-setup.md#the-app-clients-secret',
  TookTooLong:
    'the function in the option clientSecret did not return in time. See docs/user-pool-setup.md#the-app-clients-secret',
};
