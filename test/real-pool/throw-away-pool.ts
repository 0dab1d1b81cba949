import { randomBytes } from 'node:crypto';
import type {
  CreateUserPoolClientCommandInput,
  UserPoolType,
} from '@aws-sdk/client-cognito-identity-provider';
import { DEFAULT_ANSWERS } from '../../src/setup/answers.ts';
import { apiInputs } from '../../src/setup/api-input.ts';
import {
  type ClientName,
  type ContractClient,
  ContractPool,
  type ContractTarget,
  PREFIX,
} from './contract-pool.ts';

const INPUTS = apiInputs({ ...DEFAULT_ANSWERS, name: PREFIX, clientSecret: 'none' });

/** The template's pool, but that it verifies no address: nothing that the check does then sends a message. */
function poolInput(name: string) {
  const { UserAttributeUpdateSettings: _, ...settings } = INPUTS.createUserPool;
  return {
    ...settings,
    PoolName: name,
    AutoVerifiedAttributes: [],
    DeletionProtection: 'INACTIVE' as const,
    Policies: {
      PasswordPolicy: {
        MinimumLength: 12,
        RequireLowercase: true,
        RequireUppercase: true,
        RequireNumbers: true,
        RequireSymbols: true,
      },
    },
  };
}

const { RefreshTokenRotation: ROTATION, ...CLIENT } = INPUTS.createUserPoolClient;
const FLOWS = ['ALLOW_USER_PASSWORD_AUTH', 'ALLOW_USER_SRP_AUTH', 'ALLOW_USER_AUTH'] as const;
const WITHOUT_ROTATION = { ...CLIENT, ExplicitAuthFlows: [...FLOWS, 'ALLOW_REFRESH_TOKEN_AUTH' as const] };

const CLIENTS: Readonly<Record<ClientName, Omit<CreateUserPoolClientCommandInput, 'UserPoolId'>>> = {
  hidden: WITHOUT_ROTATION,
  legacy: { ...WITHOUT_ROTATION, PreventUserExistenceErrors: 'LEGACY' },
  secret: { ...WITHOUT_ROTATION, GenerateSecret: true },
  rotating: { ...CLIENT, RefreshTokenRotation: ROTATION, ExplicitAuthFlows: [...FLOWS] },
  refreshOnly: { ...CLIENT, ExplicitAuthFlows: ['ALLOW_REFRESH_TOKEN_AUTH'] },
};

/** A pool with what has to be removed after the check. */
export interface ThrowAway {
  readonly pool: ContractPool;
  readonly remove: () => Promise<void>;
}

/** Makes a pool of its own, or app clients in a pool that exists. Removes everything if one step fails. */
export async function makeThrowAway(target: ContractTarget, existingPoolId?: string): Promise<ThrowAway> {
  const { sdk } = target;
  const name = `${PREFIX}${randomBytes(6).toString('hex')}`;
  if (existingPoolId) await checkExisting(target, existingPoolId);
  const created = existingPoolId ? undefined : await sdk.createUserPool(poolInput(name));
  const UserPoolId = existingPoolId ?? created?.UserPool?.Id ?? '';
  const clients: Partial<Record<ClientName, ContractClient>> = {};
  let pool: ContractPool | undefined;
  const remove = async (): Promise<void> => {
    if (!existingPoolId) {
      await sdk.deleteUserPool({ UserPoolId });
      return;
    }
    for (const { id } of Object.values(clients)) await sdk.deleteUserPoolClient({ UserPoolId, ClientId: id });
    for (const Username of pool?.users ?? []) await deleteUser(target, UserPoolId, Username);
  };
  try {
    if (!existingPoolId) await sdk.setUserPoolMfaConfig({ UserPoolId, ...INPUTS.setUserPoolMfaConfig });
    for (const [key, input] of Object.entries(CLIENTS) as [ClientName, (typeof CLIENTS)[ClientName]][]) {
      const { UserPoolClient } = await sdk.createUserPoolClient({
        UserPoolId,
        ...input,
        ClientName: `${name}-${key}`,
      });
      const secret = UserPoolClient?.ClientSecret;
      clients[key] = { id: UserPoolClient?.ClientId ?? '', ...(secret && { secret }) };
    }
    pool = new ContractPool(target, UserPoolId, clients as Record<ClientName, ContractClient>);
    return { pool, remove };
  } catch (error) {
    await remove();
    throw error;
  }
}

async function deleteUser({ sdk }: ContractTarget, UserPoolId: string, Username: string): Promise<void> {
  try {
    await sdk.adminDeleteUser({ UserPoolId, Username });
  } catch (error) {
    if ((error as Error).name !== 'UserNotFoundException') throw error;
  }
}

async function checkExisting({ sdk }: ContractTarget, UserPoolId: string): Promise<void> {
  const { UserPool } = await sdk.describeUserPool({ UserPoolId });
  const problems = unsuitable(UserPool ?? {});
  if (problems.length > 0) {
    throw new TypeError(
      `The pool ${UserPoolId} is not suitable: ${problems.join('; ')}. Unset COGNITO_USER_POOL_ID to check a pool of the check's own.`,
    );
  }
}

/** Returns the settings that make facts untrue, or that would send messages to users or functions. */
export function unsuitable(pool: UserPoolType): string[] {
  const policy = pool.Policies?.PasswordPolicy;
  const needs = policy
    ? [policy.RequireLowercase, policy.RequireUppercase, policy.RequireNumbers, policy.RequireSymbols]
    : [];
  return [
    ...(pool.UsernameAttributes?.join() === 'email' ? [] : ['users must sign in with an e-mail address']),
    ...(pool.AutoVerifiedAttributes?.length ? ['it verifies addresses, which sends messages'] : []),
    ...(Object.keys(pool.LambdaConfig ?? {}).length > 0 ? ['it has Lambda triggers'] : []),
    ...((pool.Policies?.SignInPolicy?.AllowedFirstAuthFactors ?? ['PASSWORD']).join() === 'PASSWORD'
      ? []
      : ['it has first factors other than the password, which send messages']),
    ...(pool.MfaConfiguration === 'OPTIONAL' ? [] : ['MFA must be optional, with an authenticator app']),
    ...(policy?.MinimumLength === 12 && needs.every(Boolean) && needs.length > 0
      ? []
      : ['the password policy must be 12 characters of all four kinds']),
  ];
}

/** Removes pools, app clients and users that broken runs have left, and returns their names. */
export async function removeLeftovers(
  target: ContractTarget,
  {
    olderThanMs,
    existingPoolId,
  }: { readonly olderThanMs: number; readonly existingPoolId?: string | undefined },
): Promise<string[]> {
  const { sdk } = target;
  const isLeftover = (name: string | undefined, created: Date | undefined): boolean =>
    name?.startsWith(PREFIX) === true &&
    created !== undefined &&
    Date.now() - created.getTime() >= olderThanMs;
  const removed: string[] = [];
  let NextToken: string | undefined;
  do {
    const page = await sdk.listUserPools({ MaxResults: 60, NextToken });
    for (const { Id, Name, CreationDate } of page.UserPools ?? []) {
      if (!isLeftover(Name, CreationDate)) continue;
      await sdk.deleteUserPool({ UserPoolId: Id });
      removed.push(`pool ${Name}`);
    }
    NextToken = page.NextToken;
  } while (NextToken);
  if (!existingPoolId) return removed;
  const UserPoolId = existingPoolId;
  const names: string[] = [];
  let PaginationToken: string | undefined;
  do {
    const page = await sdk.listUsers({ UserPoolId, Filter: `email ^= "${PREFIX}"`, PaginationToken });
    for (const { Attributes, UserCreateDate } of page.Users ?? []) {
      const email = Attributes?.find(({ Name }) => Name === 'email')?.Value;
      if (email && isLeftover(email, UserCreateDate)) names.push(email);
    }
    PaginationToken = page.PaginationToken;
  } while (PaginationToken);
  for (const Username of names) await deleteUser(target, UserPoolId, Username);
  removed.push(...names.map((name) => `user ${name}`));
  const found: { id: string | undefined; name: string | undefined }[] = [];
  do {
    const page = await sdk.listUserPoolClients({ UserPoolId, MaxResults: 60, NextToken });
    found.push(
      ...(page.UserPoolClients ?? []).map(({ ClientId, ClientName }) => ({ id: ClientId, name: ClientName })),
    );
    NextToken = page.NextToken;
  } while (NextToken);
  for (const { id, name } of found.filter((client) => client.name?.startsWith(PREFIX))) {
    const { UserPoolClient } = await sdk.describeUserPoolClient({ UserPoolId, ClientId: id });
    if (!isLeftover(name, UserPoolClient?.CreationDate)) continue;
    await sdk.deleteUserPoolClient({ UserPoolId, ClientId: id });
    removed.push(`app client ${name}`);
  }
  return removed;
}
