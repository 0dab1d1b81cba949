import { randomBytes, randomUUID } from 'node:crypto';
import { secretHash } from '../cognito/secret-hash.ts';
import { ClientSecretError } from '../config/client-secret.ts';
import type { Settings } from '../config/settings.ts';
import { apiHost, isEmulator } from '../config/user-pool-id.ts';

/** The observations that need no AWS credentials. */
export interface OutsideFacts {
  readonly settings: Settings;
  /** The cause of a failed request, such as `ENOTFOUND` or `status 404`. */
  readonly discovery: Answer<{ readonly issuer?: unknown; readonly authorization_endpoint?: unknown }>;
  readonly keys: Answer<{ readonly keys?: unknown }>;
  /** Seconds that the clock of this machine is ahead of Cognito's. */
  readonly skewSeconds: number | undefined;
  /** Cognito's exception for a user that does not exist, and its message. Undefined if it was not tried. */
  readonly unknownUser: Refusal | undefined;
  /** The secret of the configuration. The message of a failure has no secret. */
  readonly secret: { readonly value?: string | undefined; readonly failure?: string };
  /** The cause why the domain of managed login does not answer. */
  readonly domainFault: string | undefined;
}

type Answer<T> = { readonly body: T; readonly at: number | undefined } | { readonly fault: string };

interface Refusal {
  readonly exception: string | undefined;
  readonly message: string;
}

const DEADLINE_MS = 5000;

/** Looks at the user pool as any client can. The calls change nothing, and name no real user. */
export async function probe(settings: Settings): Promise<OutsideFacts> {
  const { userPoolId, endpoint, region } = settings;
  const base = endpoint ?? `https://${apiHost(region)}`;
  const secret = await readSecret(settings);
  const issuer = isEmulator(endpoint)
    ? `${endpoint}/${userPoolId}`
    : `https://${apiHost(region)}/${userPoolId}`;
  const [discovery, keys, unknownUser] = await Promise.all([
    json<{ issuer?: unknown; authorization_endpoint?: unknown }>(
      `${issuer}/.well-known/openid-configuration`,
    ),
    json<{ keys?: unknown }>(settings.jwksUri ?? `${issuer}/.well-known/jwks.json`),
    tryUnknownUser(base, settings, secret.value),
  ]);
  const at = 'at' in keys ? keys.at : undefined;
  const page = 'body' in discovery ? discovery.body.authorization_endpoint : undefined;
  return {
    settings,
    discovery,
    keys,
    skewSeconds: at === undefined ? undefined : Math.round((Date.now() - at) / 1000),
    unknownUser,
    secret,
    domainFault:
      settings.managedLogin && typeof page === 'string'
        ? await faultOf(new URL('/login', page).href)
        : undefined,
  };
}

async function readSecret({ clientSecret, userPoolId, clientId }: Settings): Promise<OutsideFacts['secret']> {
  if (typeof clientSecret !== 'function') return { value: clientSecret };
  try {
    return { value: await clientSecret({ userPoolId, clientId }) };
  } catch (error) {
    // Another error's message may quote the secret.
    return {
      failure: error instanceof ClientSecretError ? error.message : `the function threw ${nameOf(error)}`,
    };
  }
}

async function json<T>(url: string): Promise<Answer<T>> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(DEADLINE_MS) });
    if (!response.ok) return { fault: `status ${response.status} of ${shown(url)}` };
    const at = Date.parse(response.headers.get('date') ?? '');
    return { body: (await response.json()) as T, at: Number.isNaN(at) ? undefined : at };
  } catch (error) {
    return { fault: `${causeOf(error)} for ${shown(url)}` };
  }
}

async function faultOf(url: string): Promise<string | undefined> {
  try {
    const { status } = await fetch(url, { redirect: 'manual', signal: AbortSignal.timeout(DEADLINE_MS) });
    return status >= 500 ? `status ${status} of ${shown(url)}` : undefined;
  } catch (error) {
    return `${causeOf(error)} for ${shown(url)}`;
  }
}

function nameOf(error: unknown): string {
  return error instanceof Error ? error.name : 'no error';
}

/** A URL may have credentials and a query. */
function shown(url: string): string {
  const { origin, pathname } = new URL(url);
  return origin + pathname;
}

function causeOf(error: unknown): string {
  const { name, cause } = error as { name?: string; cause?: { code?: string } };
  return name === 'TimeoutError' ? 'no answer' : (cause?.code ?? name ?? 'failure');
}

/** CUSTOM_AUTH would run the app's triggers, and the administrator's flow needs a signature. */
async function tryUnknownUser(
  base: string,
  { clientId, authFlow }: Settings,
  secret: string | undefined,
): Promise<Refusal | undefined> {
  if (authFlow === 'CUSTOM_AUTH' || authFlow === 'ADMIN_USER_PASSWORD_AUTH') return undefined;
  // RFC 2606 reserves the domain, so no user has this address.
  const username = `cognito-kit-doctor-${randomUUID()}@example.invalid`;
  const proof = {
    USER_PASSWORD_AUTH: { PASSWORD: `Aa1!${randomUUID()}` },
    USER_SRP_AUTH: { SRP_A: randomBytes(128).toString('hex') },
    USER_AUTH: {},
  }[authFlow];
  const hash =
    secret === undefined ? {} : { SECRET_HASH: secretHash({ clientId, clientSecret: secret }, username) };
  try {
    const response = await fetch(base, {
      method: 'POST',
      headers: {
        'content-type': 'application/x-amz-json-1.1',
        'x-amz-target': 'AWSCognitoIdentityProviderService.InitiateAuth',
      },
      body: JSON.stringify({
        AuthFlow: authFlow,
        ClientId: clientId,
        AuthParameters: { USERNAME: username, ...proof, ...hash },
      }),
      signal: AbortSignal.timeout(DEADLINE_MS),
    });
    const { __type, message } = (await response.json()) as { __type?: unknown; message?: unknown };
    const exception = typeof __type === 'string' ? __type.split('#').at(-1) : undefined;
    return { exception, message: typeof message === 'string' ? message : '' };
  } catch {
    return undefined;
  }
}
