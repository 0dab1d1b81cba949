import { checkCode, sendCode } from '../messages/codes.ts';
import { attributesOut, checkWritable, readableAttributes } from '../model/attributes.ts';
import { invalidParameter } from '../model/errors.ts';
import { countUse } from '../model/limits.ts';
import type { AddressAttribute } from '../model/settings.ts';
import { deleteUser, mfaOut, updateAttributes } from '../users/profile.ts';
import { list, oneOf, required } from '../wire/input.ts';
import { attribute, attributeName, clientMetadata, confirmationCode } from '../wire/members.ts';
import { type OperationTable, tokenOperation } from './operation.ts';

const address = required(oneOf<AddressAttribute>('email', 'phone_number'));

export const profileOperations: OperationTable = {
  GetUser: tokenOperation({}, ({ user, client }) => ({
    Username: user.username,
    UserAttributes: attributesOut(user, readableAttributes(client, user)),
    ...mfaOut(user),
  })),

  UpdateUserAttributes: tokenOperation(
    { UserAttributes: required(list(attribute)), ClientMetadata: clientMetadata },
    ({ user, client }, input) => {
      checkWritable(client, input.UserAttributes);
      return { CodeDeliveryDetailsList: updateAttributes(client.pool, user, input.UserAttributes) };
    },
  ),

  DeleteUserAttributes: tokenOperation(
    { UserAttributeNames: required(list(attributeName)) },
    ({ user, client }, input) => {
      const blank = input.UserAttributeNames.map((Name) => ({ Name, Value: '' }));
      checkWritable(client, blank);
      updateAttributes(client.pool, user, blank);
      return {};
    },
  ),

  GetUserAttributeVerificationCode: tokenOperation(
    { AttributeName: address, ClientMetadata: clientMetadata },
    ({ user, client: { pool } }, { AttributeName: name }) => {
      countUse(pool, user, 'sendAttributeCode');
      // Prefers a new address that awaits verification.
      const to = user.codes.get(`verify_${name}`)?.to ?? user.attributes.get(name);
      if (!to) throw invalidParameter(`User does not have the attribute ${name}.`);
      return { CodeDeliveryDetails: sendCode(pool, user, `verify_${name}`, name, to) };
    },
  ),

  VerifyUserAttribute: tokenOperation(
    { AttributeName: address, Code: required(confirmationCode) },
    ({ user, client: { pool } }, { AttributeName: name, Code }) => {
      countUse(pool, user, 'verifyAttribute');
      const { to } = checkCode(pool, user, `verify_${name}`, Code);
      pool.users.setAttributes(user, { [name]: to, [`${name}_verified`]: 'true' });
      user.codes.delete(`verify_${name}`);
      user.modifiedAt = pool.now();
      return {};
    },
  ),

  DeleteUser: tokenOperation({}, ({ user, client: { pool } }) => {
    deleteUser(pool, user);
    return {};
  }),
};
