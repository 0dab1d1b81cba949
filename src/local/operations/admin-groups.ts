import { CognitoError, resourceNotFound } from '../model/errors.ts';
import { addGroup, groupsOf } from '../model/groups.ts';
import type { UserPool } from '../model/pool.ts';
import type { Group } from '../model/pool-resources.ts';
import { existingUser } from '../users/find-user.ts';
import { integer, required, text } from '../wire/input.ts';
import { groupName, pageToken, username } from '../wire/members.ts';
import { pageOf } from '../wire/pagination.ts';
import { arn } from '../wire/pool-members.ts';
import { userOut } from './admin-users.ts';
import { type OperationTable, poolOperation } from './operation.ts';

const LARGEST_PAGE = 60;
const groupShape = {
  GroupName: required(groupName),
  Description: text({ max: 2048 }),
  RoleArn: arn,
  Precedence: integer(0, 2 ** 31 - 1),
};
const membershipShape = { Username: required(username), GroupName: required(groupName) };
const pageShape = { Limit: integer(0, LARGEST_PAGE), NextToken: pageToken };

export const adminGroupOperations: OperationTable = {
  CreateGroup: poolOperation(groupShape, (pool, input) => {
    if (pool.groups.has(input.GroupName)) {
      throw new CognitoError('GroupExistsException', 'A group with the name already exists.');
    }
    return { Group: groupOut(pool, addGroup(pool, input.GroupName, input)) };
  }),

  // Absent members keep their values.
  UpdateGroup: poolOperation(groupShape, (pool, input) => {
    const group = findGroup(pool, input.GroupName);
    const updated: Group = {
      ...group,
      description: input.Description ?? group.description,
      roleArn: input.RoleArn ?? group.roleArn,
      precedence: input.Precedence ?? group.precedence,
      modifiedAt: pool.now(),
    };
    pool.groups.set(group.name, updated);
    return { Group: groupOut(pool, updated) };
  }),

  DeleteGroup: poolOperation({ GroupName: required(groupName) }, (pool, input) => {
    const { name } = findGroup(pool, input.GroupName);
    pool.groups.delete(name);
    for (const user of pool.users.all()) user.groups.delete(name);
    return {};
  }),

  ListUsersInGroup: poolOperation({ GroupName: required(groupName), ...pageShape }, (pool, input) => {
    const { name } = findGroup(pool, input.GroupName);
    const members = pool.users.all().filter((user) => user.groups.has(name));
    const { items, next } = pageOf(members, input.Limit || LARGEST_PAGE, input.NextToken);
    return { Users: items.map((user) => userOut(user)), NextToken: next };
  }),

  GetGroup: poolOperation({ GroupName: required(groupName) }, (pool, input) => ({
    Group: groupOut(pool, findGroup(pool, input.GroupName)),
  })),

  ListGroups: poolOperation(pageShape, (pool, input) => pageOfGroups(pool, [...pool.groups.values()], input)),

  AdminAddUserToGroup: poolOperation(membershipShape, (pool, input) => {
    const group = findGroup(pool, input.GroupName);
    existingUser(pool, input.Username).groups.add(group.name);
    return {};
  }),

  AdminRemoveUserFromGroup: poolOperation(membershipShape, (pool, input) => {
    const group = findGroup(pool, input.GroupName);
    existingUser(pool, input.Username).groups.delete(group.name);
    return {};
  }),

  AdminListGroupsForUser: poolOperation({ Username: required(username), ...pageShape }, (pool, input) =>
    pageOfGroups(pool, groupsOf(pool, existingUser(pool, input.Username)), input),
  ),
};

function findGroup(pool: UserPool, name: string): Group {
  const group = pool.groups.get(name);
  if (!group) throw resourceNotFound('Group not found.');
  return group;
}

function pageOfGroups(
  pool: UserPool,
  groups: readonly Group[],
  { Limit, NextToken }: { readonly Limit?: number; readonly NextToken?: string },
): object {
  const { items, next } = pageOf(groups, Limit || LARGEST_PAGE, NextToken);
  return { Groups: items.map((group) => groupOut(pool, group)), NextToken: next };
}

function groupOut(pool: UserPool, group: Group): object {
  return {
    GroupName: group.name,
    UserPoolId: pool.id,
    Description: group.description,
    RoleArn: group.roleArn,
    Precedence: group.precedence,
    CreationDate: group.createdAt / 1000,
    LastModifiedDate: group.modifiedAt / 1000,
  };
}
