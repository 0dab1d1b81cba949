import { checkCode, sendCode, unknownUserDelivery } from '../messages/codes.ts';
import { checkWritable, SIGN_UP_WORDING } from '../model/attributes.ts';
import {
  codeMismatch,
  invalidParameter,
  missingParameter,
  notAuthorized,
  userDisabled,
} from '../model/errors.ts';
import { countUse } from '../model/limits.ts';
import type { AppClient, UserPool } from '../model/pool.ts';
import { allowedFirstFactors } from '../model/settings-rules.ts';
import { checkSecretHash } from '../sign-in/secret-hash.ts';
import { findSession, invalidSession, openSession } from '../sign-in/sessions.ts';
import { tellConfirmed } from '../triggers/post-confirmation.ts';
import { askBeforeSignUp, wishesIn } from '../triggers/pre-sign-up.ts';
import { concealsUsers, findUser } from '../users/find-user.ts';
import { refuseLinkWithoutDomain } from '../users/link-domain.ts';
import {
  addressToVerify,
  addUser,
  attributesOfNewUser,
  checkRequiredAttributes,
  newNames,
  refuseTakenNames,
  verifyAddress,
  withVerificationFlags,
} from '../users/new-user.ts';
import { checkPassword, setPassword } from '../users/password-policy.ts';
import { flag, list, required } from '../wire/input.ts';
import {
  analyticsMetadata,
  attribute,
  clientMetadata,
  confirmationCode,
  password,
  secretHash,
  session,
  userContextData,
  username,
} from '../wire/members.ts';
import { clientOperation, type OperationTable } from './operation.ts';

export const signUpOperations: OperationTable = {
  SignUp: clientOperation(
    {
      SecretHash: secretHash,
      Username: required(username),
      Password: password,
      UserAttributes: list(attribute),
      ValidationData: list(attribute),
      AnalyticsMetadata: analyticsMetadata,
      UserContextData: userContextData,
      ClientMetadata: clientMetadata,
    },
    async (client, input) => {
      const { pool } = client;
      checkSecretHash(client, input.SecretHash, input.Username);
      if (pool.settings.AdminCreateUserConfig?.AllowAdminCreateUserOnly) {
        throw notAuthorized('SignUp is not permitted for this user pool');
      }
      if (input.Password !== undefined) checkPassword(pool, input.Password);
      else if (!allowsCodes(pool)) throw missingParameter('Password');
      checkWritable(client, input.UserAttributes ?? []);
      const given = attributesOfNewUser(pool, input.Username, input.UserAttributes ?? [], SIGN_UP_WORDING);
      if (given.preferred_username && pool.settings.AliasAttributes?.includes('preferred_username')) {
        throw invalidParameter('The alias preferred_username cannot be set before the account is confirmed.');
      }
      const values = withVerificationFlags(given);
      checkRequiredAttributes(pool, values);
      refuseTakenNames(pool, input.Username, values, 'User already exists');
      const names = newNames(pool, input.Username);
      const answer = await askBeforeSignUp(pool, 'PreSignUp_SignUp', {
        clientId: client.id,
        userName: names.username,
        attributes: given,
        validationData: input.ValidationData,
        clientMetadata: input.ClientMetadata,
      });
      const wishes = wishesIn(answer, values);
      // A concurrent sign-up can take the name while the trigger runs.
      refuseTakenNames(pool, input.Username, values, 'User already exists');

      if (!wishes.confirms && addressToVerify(pool, new Map(Object.entries(values))) === 'email')
        refuseLinkWithoutDomain(pool);
      const user = addUser(pool, names, 'UNCONFIRMED', values);
      if (input.Password !== undefined) setPassword(pool, user, input.Password, user.createdAt);
      if (wishes.verifies.email) verifyAddress(pool, user, 'email');
      if (wishes.verifies.phone_number) verifyAddress(pool, user, 'phone_number');
      if (wishes.confirms) {
        user.status = 'CONFIRMED';
        await tellConfirmed(pool, user, 'PostConfirmation_ConfirmSignUp', {
          clientId: client.id,
          clientMetadata: input.ClientMetadata,
        });
        return { UserConfirmed: true, UserSub: user.sub };
      }
      const address = addressToVerify(pool, user.attributes);
      return {
        UserConfirmed: false,
        UserSub: user.sub,
        ...(address && { CodeDeliveryDetails: sendCode(pool, user, 'sign_up', address) }),
        ...(allowsChoice(client) && { Session: openSession(client, user, 'SIGN_UP') }),
      };
    },
  ),

  ConfirmSignUp: clientOperation(
    {
      SecretHash: secretHash,
      Username: required(username),
      ConfirmationCode: required(confirmationCode),
      ForceAliasCreation: flag(),
      AnalyticsMetadata: analyticsMetadata,
      UserContextData: userContextData,
      ClientMetadata: clientMetadata,
      Session: session,
    },
    async (client, input) => {
      const { pool } = client;
      checkSecretHash(client, input.SecretHash, input.Username);
      const user = findUser(client, input.Username);
      countUse(pool, user ?? pool.unknownUser(input.Username), 'confirmSignUp');
      if (!user) throw codeMismatch();
      if (!user.enabled) throw userDisabled();
      if (user.status !== 'UNCONFIRMED') {
        throw notAuthorized(`User cannot be confirmed. Current status is ${user.status}`);
      }
      const begun = input.Session === undefined ? undefined : findSession(pool, input.Session, 'SIGN_UP');
      if (begun && (begun.client !== client || begun.user !== user)) throw invalidSession();
      const { attribute: address } = checkCode(pool, user, 'sign_up', input.ConfirmationCode);
      verifyAddress(pool, user, address, { takeAliases: input.ForceAliasCreation ?? false });
      user.codes.delete('sign_up');
      user.status = 'CONFIRMED';
      if (begun) begun.spent = true;
      await tellConfirmed(pool, user, 'PostConfirmation_ConfirmSignUp', {
        clientId: client.id,
        clientMetadata: input.ClientMetadata,
      });
      // Amplify sends no Session, and expects one in the answer.
      if (!allowsChoice(client)) return {};
      return { Session: openSession(client, user, 'CONFIRMED_SIGN_UP') };
    },
  ),

  ResendConfirmationCode: clientOperation(
    {
      SecretHash: secretHash,
      AnalyticsMetadata: analyticsMetadata,
      UserContextData: userContextData,
      Username: required(username),
      ClientMetadata: clientMetadata,
    },
    (client, input) => {
      const { pool } = client;
      checkSecretHash(client, input.SecretHash, input.Username);
      const user = findUser(client, input.Username);
      countUse(pool, user ?? pool.unknownUser(input.Username), 'resendConfirmationCode');
      if (!user || (concealsUsers(client) && !user.enabled))
        return { CodeDeliveryDetails: unknownUserDelivery(input.Username) };
      if (!user.enabled) throw userDisabled();
      if (user.status !== 'UNCONFIRMED') throw invalidParameter('User is already confirmed.');
      const address = addressToVerify(pool, user.attributes);
      if (!address) throw invalidParameter('Cannot resend codes. Auto verification not turned on.');
      if (address === 'email') refuseLinkWithoutDomain(pool);
      return { CodeDeliveryDetails: sendCode(pool, user, 'sign_up', address) };
    },
  ),
};

/** Returns whether users can sign in with a code, and therefore need no password. */
function allowsCodes({ settings }: UserPool): boolean {
  return allowedFirstFactors(settings).some((factor) => factor.endsWith('_OTP'));
}

function allowsChoice({ settings }: AppClient): boolean {
  return settings.ExplicitAuthFlows?.includes('ALLOW_USER_AUTH') ?? false;
}
