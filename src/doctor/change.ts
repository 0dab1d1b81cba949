import type {
  GetUserPoolMfaConfigResponse,
  UpdateUserPoolClientRequest,
  UpdateUserPoolRequest,
  UserPoolType,
} from '@aws-sdk/client-cognito-identity-provider';
import { isEmulator } from '../config/user-pool-id.ts';
import type { DescribedResources } from '../setup/setting.ts';

/** A changed part of a resource, in the member names of the API. */
export type Change =
  | { readonly resource: 'userPool'; readonly set: Partial<UpdateUserPoolRequest> }
  | { readonly resource: 'appClient'; readonly set: Partial<UpdateUserPoolClientRequest> }
  | { readonly resource: 'mfaConfig'; readonly set: Partial<GetUserPoolMfaConfigResponse> };

const OPERATIONS = {
  userPool: 'update-user-pool',
  appClient: 'update-user-pool-client',
  mfaConfig: 'set-user-pool-mfa-config',
} as const;

const POOL_MEMBERS = [
  'Policies',
  'DeletionProtection',
  'LambdaConfig',
  'AutoVerifiedAttributes',
  'VerificationMessageTemplate',
  'SmsAuthenticationMessage',
  'UserAttributeUpdateSettings',
  'MfaConfiguration',
  'DeviceConfiguration',
  'EmailConfiguration',
  'SmsConfiguration',
  'UserPoolTags',
  'AdminCreateUserConfig',
  'UserPoolAddOns',
  'AccountRecoverySetting',
  'UserPoolTier',
  'KeyConfiguration',
  'IssuerConfiguration',
  'AcrConfiguration',
] as const;
const CLIENT_MEMBERS = [
  'ClientId',
  'ClientName',
  'RefreshTokenValidity',
  'AccessTokenValidity',
  'IdTokenValidity',
  'TokenValidityUnits',
  'ReadAttributes',
  'WriteAttributes',
  'ExplicitAuthFlows',
  'SupportedIdentityProviders',
  'CallbackURLs',
  'LogoutURLs',
  'DefaultRedirectURI',
  'AllowedOAuthFlows',
  'AllowedOAuthScopes',
  'AllowedOAuthFlowsUserPoolClient',
  'AnalyticsConfiguration',
  'PreventUserExistenceErrors',
  'EnableTokenRevocation',
  'EnablePropagateAdditionalUserContextData',
  'AuthSessionValidity',
  'RefreshTokenRotation',
] as const;
const MFA_MEMBERS = [
  'SmsMfaConfiguration',
  'SoftwareTokenMfaConfiguration',
  'EmailMfaConfiguration',
  'MfaConfiguration',
  'WebAuthnConfiguration',
] as const;

/**
 * Returns the AWS CLI command of a change, or `undefined` if the resource is unknown. It repeats every other setting,
 * because these operations reset the ones that are left out.
 */
export function commandOf(
  change: Change,
  described: Partial<DescribedResources>,
  { userPoolId, region }: { readonly userPoolId: string; readonly region: string },
): string | undefined {
  const input = inputOf(change, described);
  if (input === undefined) return undefined;
  const json = JSON.stringify({ UserPoolId: userPoolId, ...input });
  return `aws cognito-idp ${OPERATIONS[change.resource]} --region ${region} --cli-input-json '${json.replaceAll("'", "'\\''")}'`;
}

function inputOf(
  change: Change,
  { userPool, appClient, mfaConfig }: Partial<DescribedResources>,
): object | undefined {
  switch (change.resource) {
    case 'userPool':
      return userPool && updatable({ ...picked(userPool, POOL_MEMBERS), ...change.set });
    case 'appClient':
      return appClient && { ...picked(appClient, CLIENT_MEMBERS), ...change.set };
    case 'mfaConfig':
      return mfaConfig && { ...picked(mfaConfig, MFA_MEMBERS), ...change.set };
  }
}

/** Cognito describes the older lifetime of a temporary password as well, and refuses it in an update. */
function updatable(settings: Partial<UserPoolType>): object {
  const { UnusedAccountValidityDays: _refused, ...admin } = settings.AdminCreateUserConfig ?? {};
  return settings.AdminCreateUserConfig ? { ...settings, AdminCreateUserConfig: admin } : settings;
}

/** Sends a command of the AWS CLI to the emulator of the configuration, whose user pool AWS does not know. */
export function withEndpoint(command: string, endpoint: string | undefined): string {
  return isEmulator(endpoint)
    ? command.replace(/^aws cognito-idp \S+ --region \S+/, `$& --endpoint-url ${endpoint}`)
    : command;
}

/** Returns the change as lines of CloudFormation, as JSON values, which YAML includes. */
export function templateOf({ set }: Change): string {
  return Object.entries(set)
    .map(([name, value]) => `${name}: ${JSON.stringify(value)}`)
    .join('\n');
}

function picked<T extends object>(value: T, names: readonly (keyof T)[]): Partial<T> {
  return Object.fromEntries(
    names.flatMap((name) => (value[name] === undefined ? [] : [[name, value[name]]])),
  ) as Partial<T>;
}
