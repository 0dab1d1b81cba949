import { configuredFirstFactors } from '../sign-in/first-factors.ts';
import { mfaOut } from '../users/profile.ts';
import { type OperationTable, tokenOperation } from './operation.ts';

export const authFactorOperations: OperationTable = {
  GetUserAuthFactors: tokenOperation({}, ({ user, client: { pool } }) => ({
    Username: user.username,
    ConfiguredUserAuthFactors: [
      ...configuredFirstFactors(pool, user),
      ...(user.mfa.softwareToken ? ['SOFTWARE_TOKEN'] : []),
    ],
    ...mfaOut(user),
  })),
};
