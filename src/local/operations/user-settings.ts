import { invalidParameter } from '../model/errors.ts';
import type { UserPool } from '../model/pool.ts';
import type { User } from '../model/user.ts';
import { existingUser } from '../users/find-user.ts';
import { changedMfa } from '../users/mfa.ts';
import { type InputOf, list, oneOf, required, structure } from '../wire/input.ts';
import { attributeName, username } from '../wire/members.ts';
import { type OperationTable, poolOperation, tokenOperation } from './operation.ts';

const optionsShape = {
  MFAOptions: required(
    list(structure({ DeliveryMedium: oneOf('SMS', 'EMAIL'), AttributeName: attributeName })),
  ),
};

/** The predecessors of SetUserMFAPreference, for SMS only. */
export const userSettingOperations: OperationTable = {
  SetUserSettings: tokenOperation(optionsShape, ({ user, client: { pool } }, input) => {
    setOptions(pool, user, input);
    return {};
  }),

  AdminSetUserSettings: poolOperation({ Username: required(username), ...optionsShape }, (pool, input) => {
    setOptions(pool, existingUser(pool, input.Username), input);
    return {};
  }),
};

function setOptions(pool: UserPool, user: User, { MFAOptions }: InputOf<typeof optionsShape>): void {
  const isSms = (option: (typeof MFAOptions)[number]): boolean =>
    option.DeliveryMedium === 'SMS' && option.AttributeName === 'phone_number';
  if (!MFAOptions.every(isSms)) {
    throw invalidParameter('Only the delivery medium SMS with the attribute phone_number is supported.');
  }
  const Enabled = MFAOptions.length > 0;
  const mfa = changedMfa(pool, user, {
    SMS_MFA: { Enabled },
    SOFTWARE_TOKEN_MFA: undefined,
    EMAIL_OTP: undefined,
  });
  user.mfa = { ...mfa, smsAsOption: Enabled };
}
