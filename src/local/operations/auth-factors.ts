import type { UserPool } from '../model/pool.ts';
import type { User } from '../model/user.ts';
import { configuredFirstFactors } from '../sign-in/first-factors.ts';
import { existingUser } from '../users/find-user.ts';
import { mfaOut } from '../users/profile.ts';
import { required } from '../wire/input.ts';
import { username } from '../wire/members.ts';
import { type OperationTable, poolOperation, tokenOperation } from './operation.ts';

export const authFactorOperations: OperationTable = {
  GetUserAuthFactors: tokenOperation({}, ({ user, client: { pool } }) => factorsOut(pool, user)),

  AdminGetUserAuthFactors: poolOperation({ Username: required(username) }, (pool, input) =>
    factorsOut(pool, existingUser(pool, input.Username)),
  ),
};

function factorsOut(pool: UserPool, user: User): object {
  const { MFAOptions: _notInAnswer, ...mfa } = mfaOut(user);
  return {
    Username: user.username,
    ConfiguredUserAuthFactors: [
      ...configuredFirstFactors(pool, user),
      ...(user.mfa.softwareToken ? ['SOFTWARE_TOKEN'] : []),
    ],
    ...mfa,
  };
}
