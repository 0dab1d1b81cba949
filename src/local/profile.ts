import { attributesOut, readableAttributes } from './attributes.ts';
import { type OperationTable, tokenOperation } from './operation.ts';
import type { User } from './user.ts';

export const profileOperations: OperationTable = {
  GetUser: tokenOperation({}, ({ user, client }) => ({
    Username: user.username,
    UserAttributes: attributesOut(user, readableAttributes(client, user)),
    ...mfaOut(user),
  })),
};

/** Absent, and not empty, for a user without MFA. */
export function mfaOut(user: User): { UserMFASettingList?: string[]; PreferredMfaSetting?: string } {
  if (!user.mfa.softwareToken) return {};
  return {
    UserMFASettingList: ['SOFTWARE_TOKEN_MFA'],
    ...(user.mfa.preferred && { PreferredMfaSetting: 'SOFTWARE_TOKEN_MFA' }),
  };
}
