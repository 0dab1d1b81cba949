import { configuredFirstFactors } from '../sign-in/first-factors.ts';
import { type OperationTable, tokenOperation } from './operation.ts';
import { mfaOut } from './profile.ts';

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
