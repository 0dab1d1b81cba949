import type { UserPool } from './pool.ts';
import type { Group } from './pool-resources.ts';
import type { User } from './user.ts';

/** Returns the groups of a user, lowest precedence number first. */
export function groupsOf(pool: UserPool, user: User): Group[] {
  const rank = ({ precedence }: Group): number => precedence ?? Number.POSITIVE_INFINITY;
  return [...pool.groups.values()]
    .filter((group) => user.groups.has(group.name))
    .sort((a, b) => (rank(a) === rank(b) ? 0 : rank(a) - rank(b)));
}

/**
 * Returns the claims of the user's groups: `groups` for both tokens, `roles` for the ID token. Groups of the same precedence
 * with different roles have no preferred role.
 * https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_CreateGroup.html
 */
export function groupClaims(
  pool: UserPool,
  user: User,
): { groups: Record<string, unknown>; roles: Record<string, unknown> } {
  const groups = groupsOf(pool, user);
  if (groups.length === 0) return { groups: {}, roles: {} };
  const withRole = groups.filter(({ roleArn }) => roleArn !== undefined);
  const [first] = withRole;
  const rivals = withRole.filter(({ precedence }) => precedence === first?.precedence);
  const isClear = rivals.every(({ roleArn }) => roleArn === first?.roleArn);
  return {
    groups: { 'cognito:groups': groups.map((group) => group.name) },
    roles: first
      ? {
          'cognito:roles': withRole.map(({ roleArn }) => roleArn),
          ...(isClear && { 'cognito:preferred_role': first.roleArn }),
        }
      : {},
  };
}

export function addGroup(
  pool: UserPool,
  name: string,
  details: { Description?: string; RoleArn?: string; Precedence?: number } = {},
): Group {
  const group: Group = {
    name,
    description: details.Description,
    roleArn: details.RoleArn,
    precedence: details.Precedence,
    createdAt: pool.now(),
    modifiedAt: pool.now(),
  };
  pool.groups.set(name, group);
  return group;
}
