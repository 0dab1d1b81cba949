import type { CognitoIdentityProvider } from '@aws-sdk/client-cognito-identity-provider';
import type { ApiInputs } from '../setup/api-input.ts';
import { isCredentialsError } from '../shared/credentials-error.ts';

/** The parts of a user pool that exist, in the order of their creation. */
export interface CreatedParts {
  userPoolId?: string;
  clientId?: string;
  /** Never printed. */
  clientSecret?: string;
  domain?: string;
}

type Operation =
  | 'CreateUserPool'
  | 'SetUserPoolMfaConfig'
  | 'CreateUserPoolClient'
  | 'CreateUserPoolDomain'
  | 'CreateManagedLoginBranding';

/** A call that changes something at AWS. */
export interface Step {
  readonly operation: Operation;
  /** Without the ids of the parts, which the calls before it return. */
  readonly input: object;
  run(cognito: CognitoIdentityProvider, parts: CreatedParts): Promise<void>;
}

/** Returns the calls that create a user pool, in their order. */
export function stepsOf(inputs: ApiInputs): readonly Step[] {
  const { createUserPool, setUserPoolMfaConfig, createUserPoolClient } = inputs;
  const { createUserPoolDomain, createManagedLoginBranding } = inputs;
  const steps: Step[] = [
    {
      operation: 'CreateUserPool',
      input: createUserPool,
      async run(cognito, parts) {
        const { UserPool } = await cognito.createUserPool(createUserPool);
        if (UserPool?.Id !== undefined) parts.userPoolId = UserPool.Id;
      },
    },
    {
      operation: 'SetUserPoolMfaConfig',
      input: setUserPoolMfaConfig,
      async run(cognito, { userPoolId }) {
        await cognito.setUserPoolMfaConfig({ UserPoolId: userPoolId, ...setUserPoolMfaConfig });
      },
    },
    {
      operation: 'CreateUserPoolClient',
      input: createUserPoolClient,
      async run(cognito, parts) {
        const { UserPoolClient = {} } = await cognito.createUserPoolClient({
          UserPoolId: parts.userPoolId,
          ...createUserPoolClient,
        });
        if (UserPoolClient.ClientId !== undefined) parts.clientId = UserPoolClient.ClientId;
        if (UserPoolClient.ClientSecret !== undefined) parts.clientSecret = UserPoolClient.ClientSecret;
      },
    },
  ];
  if (createUserPoolDomain)
    steps.push({
      operation: 'CreateUserPoolDomain',
      input: createUserPoolDomain,
      async run(cognito, parts) {
        await cognito.createUserPoolDomain({ UserPoolId: parts.userPoolId, ...createUserPoolDomain });
        if (createUserPoolDomain.Domain !== undefined) parts.domain = createUserPoolDomain.Domain;
      },
    });
  if (createManagedLoginBranding)
    steps.push({
      operation: 'CreateManagedLoginBranding',
      input: createManagedLoginBranding,
      async run(cognito, { userPoolId: UserPoolId, clientId: ClientId }) {
        await cognito.createManagedLoginBranding({ UserPoolId, ClientId, ...createManagedLoginBranding });
      },
    });
  return steps;
}

/** A call failed. Parts of the user pool may exist. */
export class FailedStep extends Error {
  /** The call, and those after it. */
  readonly remaining: readonly Step[];
  /** Whether the call had no effect for certain: it was refused, or not made. */
  readonly isRefusal: boolean;

  constructor(remaining: readonly Step[], operation: Operation, cause: unknown) {
    super(`${operation} failed: ${reasonOf(cause, operation)}`, { cause });
    this.remaining = remaining;
    const { name, $fault } = cause as Error & { $fault?: string };
    this.isRefusal = $fault === 'client' || name === 'AbortError' || isCredentialsError(name);
  }
}

const ATTEMPTS = 3;

/** Circumstances of the calls. */
interface RunOptions {
  /** Gets the ids of every part that exists, before a failure too. */
  readonly parts: CreatedParts;
  /** Stops before the next call. */
  readonly signal: AbortSignal;
  /** The pause after a throttled call, in milliseconds. The next one is longer. */
  readonly pauseMs?: number;
}

/**
 * Makes the calls.
 *
 * @throws FailedStep if AWS refuses a call or does not answer, or after `signal`
 */
export async function runSteps(
  steps: readonly Step[],
  cognito: CognitoIdentityProvider,
  { parts, signal, pauseMs = 1000 }: RunOptions,
): Promise<void> {
  for (const [index, step] of steps.entries()) {
    for (let attempt = 1; ; attempt += 1) {
      try {
        signal.throwIfAborted();
        await step.run(cognito, parts);
        break;
      } catch (error) {
        // A throttled call had no effect. Other calls are not repeated, because a second pool could come of it.
        if ((error as Error).name !== 'TooManyRequestsException' || attempt === ATTEMPTS)
          throw new FailedStep(steps.slice(index), step.operation, error);
        await new Promise((resolve) => setTimeout(resolve, pauseMs * attempt));
      }
    }
  }
}

function reasonOf(error: unknown, operation: Operation): string {
  const { name, message, code } = error as Error & { code?: string };
  if (isCredentialsError(name))
    return 'AWS credentials are missing, invalid or expired; set AWS_PROFILE, or run aws sso login';
  if (name === 'AbortError') return 'stopped before the call';
  if (name === 'AccessDeniedException') return `the credentials may not call cognito-idp:${operation}`;
  if (name === 'TooManyRequestsException') return 'AWS throttles the account; wait a minute';
  return `${code ?? name}: ${message}`;
}
