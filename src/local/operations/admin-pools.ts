import { invalidParameter } from '../model/errors.ts';
import type { UserPool } from '../model/pool.ts';
import { schemaOf } from '../model/schema.ts';
import type { PoolSettings } from '../model/settings.ts';
import {
  acrConfigurationOf,
  allowedFirstFactors,
  checkMfaConfig,
  verificationTexts,
} from '../model/settings-rules.ts';
import { checkFunctions } from '../triggers/function-rules.ts';
import { passwordPolicyOf } from '../users/password-policy.ts';
import { createPool, deletePool, poolArn, updatePool } from '../users/pools.ts';
import {
  flag,
  integer,
  list,
  oneOf,
  onlyMembersOf,
  required,
  type Shape,
  structure,
  text,
} from '../wire/input.ts';
import { pageToken } from '../wire/members.ts';
import { pageOf } from '../wire/pagination.ts';
import { mfaConfigShape, poolResourceShape, resourceName, sessionConfigShape } from '../wire/pool-members.ts';
import { domainsOf } from './domains.ts';
import { withoutEffect } from './limitations.ts';
import { adminOperation, type OperationTable, poolOperation } from './operation.ts';

const LARGEST_PAGE = 60;
const POOL_LIMITATION =
  'DcrConfiguration, IssuerConfiguration and AdvancedSecurityAdditionalFlows have no effect, and KeyConfiguration encrypts nothing.';
const WITHOUT_EFFECT = ['DcrConfiguration', 'IssuerConfiguration', 'KeyConfiguration'];
const MAX_ADDED_ATTRIBUTES = 25;
const addresses = list(oneOf('phone_number', 'email'));

const acrLevel = structure({
  AcrValue: required(text({ min: 1, max: 64, pattern: /[\x21\x23-\x5B\x5D-\x7E]+/ })),
});

const poolShape = {
  ...poolResourceShape,
  Policies: structure({
    PasswordPolicy: structure({
      MinimumLength: integer(6, 99),
      RequireUppercase: flag(),
      RequireLowercase: flag(),
      RequireNumbers: flag(),
      RequireSymbols: flag(),
      PasswordHistorySize: integer(0, 24),
      TemporaryPasswordValidityDays: integer(0, 365),
    }),
    SignInPolicy: structure({
      AllowedFirstAuthFactors: list(oneOf('PASSWORD', 'EMAIL_OTP', 'SMS_OTP', 'WEB_AUTHN'), {
        min: 1,
        max: 5,
      }),
    }),
  }),
  AutoVerifiedAttributes: addresses,
  MfaConfiguration: mfaConfigShape.MfaConfiguration,
  DeviceConfiguration: structure({
    ChallengeRequiredOnNewDevice: flag(),
    DeviceOnlyRememberedOnUserPrompt: flag(),
  }),
  AccountRecoverySetting: structure({
    RecoveryMechanisms: list(
      structure({
        Name: required(oneOf('verified_email', 'verified_phone_number', 'admin_only')),
        Priority: required(integer(1, 2)),
      }),
      { min: 1, max: 2 },
    ),
  }),
  UserAttributeUpdateSettings: structure({ AttributesRequireVerificationBeforeUpdate: addresses }),
  AcrConfiguration: structure({ Level1: acrLevel, Level2: acrLevel, Level3: acrLevel, Level4: acrLevel }),
};

const schemaAttribute = structure({
  Name: text({ min: 1, max: 20, pattern: /[\p{L}\p{M}\p{S}\p{N}\p{P}]+/u }),
  AttributeDataType: oneOf('String', 'Number', 'DateTime', 'Boolean'),
  DeveloperOnlyAttribute: flag(),
  Mutable: flag(),
  Required: flag(),
  StringAttributeConstraints: structure({ MinLength: text(), MaxLength: text() }),
  NumberAttributeConstraints: structure({ MinValue: text(), MaxValue: text() }),
});

/** Members that UpdateUserPool cannot change. */
const fixedShape = {
  UsernameAttributes: addresses,
  AliasAttributes: list(oneOf('phone_number', 'email', 'preferred_username')),
  UsernameConfiguration: structure({ CaseSensitive: required(flag()) }),
  Schema: list(schemaAttribute, { min: 1, max: 50 }),
};

/** The settings that the options of the local pool take. */
export const poolSettingsShape: Shape = {
  ...poolShape,
  ...fixedShape,
  ...mfaConfigShape,
  ...sessionConfigShape,
  PoolName: resourceName,
};

/** The members that UpdateUserPool keeps if they are absent. It resets the others to their defaults, as on AWS. */
const keptByUpdate = {
  ...fixedShape,
  ...mfaConfigShape,
  ...sessionConfigShape,
  PoolName: resourceName,
  UserPoolTags: poolShape.UserPoolTags,
  UserPoolTier: poolShape.UserPoolTier,
};

export const adminPoolOperations: OperationTable = {
  CreateUserPool: withoutEffect(
    POOL_LIMITATION,
    adminOperation({ ...poolShape, ...fixedShape, PoolName: required(resourceName) }, (service, input) => {
      if (input.Policies?.PasswordPolicy?.TemporaryPasswordValidityDays) refuseOldValidity(input);
      const settings = onlyMembersOf({ ...poolShape, ...fixedShape, PoolName: resourceName }, input);
      checkFunctions(settings, service.region);
      return { UserPool: poolOut(createPool(service, settings)) };
    }),
    WITHOUT_EFFECT,
  ),

  UpdateUserPool: withoutEffect(
    POOL_LIMITATION,
    poolOperation({ ...poolShape, PoolName: resourceName }, (pool, input) => {
      // Every existing pool has TemporaryPasswordValidityDays.
      refuseOldValidity(input);
      checkFunctions(input, pool.service.region);
      updatePool(pool, {
        ...onlyMembersOf(keptByUpdate, pool.settings),
        ...onlyMembersOf({ ...poolShape, PoolName: resourceName }, input),
        Policies: { ...pool.settings.Policies, ...input.Policies },
      });
      return {};
    }),
    WITHOUT_EFFECT,
  ),

  DeleteUserPool: poolOperation({}, (pool) => {
    deletePool(pool);
    return {};
  }),

  AddCustomAttributes: poolOperation(
    { CustomAttributes: required(list(schemaAttribute, { min: 1, max: MAX_ADDED_ATTRIBUTES })) },
    (pool, { CustomAttributes: added }) => {
      const { Schema = [] } = pool.settings;
      const existing = schemaOf(pool.settings).map((definition) => definition.Name);
      for (const { Name = '' } of added) {
        const taken = existing.find((each) => [`custom:${Name}`, `dev:custom:${Name}`].includes(each));
        if (taken) throw invalidParameter(`custom:${Name}: Existing attribute already has name ${taken}.`);
      }
      updatePool(pool, { ...pool.settings, Schema: [...Schema, ...added] });
      return {};
    },
  ),

  DescribeUserPool: poolOperation({}, (pool) => ({ UserPool: poolOut(pool) })),

  ListUserPools: adminOperation(
    { MaxResults: required(integer(1, LARGEST_PAGE)), NextToken: pageToken },
    (service, input) => {
      const { items, next } = pageOf([...service.pools.values()], input.MaxResults, input.NextToken);
      const UserPools = items.map((pool) => ({
        Id: pool.id,
        Name: pool.settings.PoolName,
        CreationDate: pool.createdAt / 1000,
        LastModifiedDate: pool.modifiedAt / 1000,
        LambdaConfig: pool.settings.LambdaConfig ?? {},
      }));
      return { UserPools, NextToken: next };
    },
  ),

  GetUserPoolMfaConfig: poolOperation({}, mfaConfigOut),

  SetUserPoolMfaConfig: poolOperation(mfaConfigShape, (pool, input) => {
    const {
      SmsMfaConfiguration,
      EmailMfaConfiguration,
      SoftwareTokenMfaConfiguration,
      WebAuthnConfiguration,
    } = input;
    checkMfaConfig(pool.settings, input);
    const {
      SmsMfaConfiguration: _sms,
      EmailMfaConfiguration: _email,
      SoftwareTokenMfaConfiguration: _softwareToken,
      ...settings
    } = pool.settings;
    updatePool(pool, {
      ...settings,
      ...SmsMfaConfiguration,
      ...(SmsMfaConfiguration && { SmsMfaConfiguration }),
      ...(EmailMfaConfiguration && { EmailMfaConfiguration }),
      ...(WebAuthnConfiguration && { WebAuthnConfiguration }),
      ...(SoftwareTokenMfaConfiguration && { SoftwareTokenMfaConfiguration }),
      MfaConfiguration: input.MfaConfiguration ?? 'OFF',
    });
    return mfaConfigOut(pool);
  }),
};

/** Throws for the older name of TemporaryPasswordValidityDays. */
function refuseOldValidity({ AdminCreateUserConfig }: PoolSettings): void {
  if (!AdminCreateUserConfig?.UnusedAccountValidityDays) return;
  throw invalidParameter(
    'Please use TemporaryPasswordValidityDays in PasswordPolicy instead of UnusedAccountValidityDays',
  );
}

function poolOut(pool: UserPool): object {
  const {
    PoolName,
    SoftwareTokenMfaConfiguration: _softwareToken,
    SmsMfaConfiguration: _sms,
    EmailMfaConfiguration: _email,
    WebAuthnConfiguration: _webAuthn,
    Schema: _asSchemaAttributes,
    UserSessionTracking: _tracking,
    TokenSession: _sessions,
    ...rest
  } = pool.settings;
  return {
    ...rest,
    Id: pool.id,
    Name: PoolName,
    Arn: poolArn(pool),
    Policies: {
      PasswordPolicy: passwordPolicyOf(pool),
      SignInPolicy: { AllowedFirstAuthFactors: allowedFirstFactors(pool.settings) },
    },
    SchemaAttributes: schemaOf(pool.settings),
    MfaConfiguration: pool.settings.MfaConfiguration ?? 'OFF',
    ...domainsOf(pool),
    EstimatedNumberOfUsers: pool.users.all().length,
    AcrConfiguration: acrConfigurationOf(pool.settings),
    DeletionProtection: pool.settings.DeletionProtection ?? 'INACTIVE',
    UserPoolTier: pool.settings.UserPoolTier ?? 'ESSENTIALS',
    UserPoolTags: pool.settings.UserPoolTags ?? {},
    LambdaConfig: pool.settings.LambdaConfig ?? {},
    EmailConfiguration: { EmailSendingAccount: 'COGNITO_DEFAULT', ...pool.settings.EmailConfiguration },
    AdminCreateUserConfig: {
      AllowAdminCreateUserOnly: false,
      UnusedAccountValidityDays: passwordPolicyOf(pool).TemporaryPasswordValidityDays,
      ...pool.settings.AdminCreateUserConfig,
    },
    ...verificationMessages(pool.settings),
    CreationDate: pool.createdAt / 1000,
    LastModifiedDate: pool.modifiedAt / 1000,
  };
}

/** A text has an older and a newer member; both have it in an answer. */
function verificationMessages(settings: PoolSettings): object {
  const { SmsMessage, EmailMessage, EmailSubject } = verificationTexts(settings);
  return {
    VerificationMessageTemplate: {
      DefaultEmailOption: 'CONFIRM_WITH_CODE',
      ...settings.VerificationMessageTemplate,
      SmsMessage,
      EmailMessage,
      EmailSubject,
    },
    SmsVerificationMessage: SmsMessage,
    EmailVerificationMessage: EmailMessage,
    EmailVerificationSubject: EmailSubject,
  };
}

function mfaConfigOut({ settings }: UserPool): object {
  const { SmsMfaConfiguration, EmailMfaConfiguration, SoftwareTokenMfaConfiguration, WebAuthnConfiguration } =
    settings;
  return {
    ...(SmsMfaConfiguration && { SmsMfaConfiguration }),
    ...(EmailMfaConfiguration && { EmailMfaConfiguration }),
    ...(WebAuthnConfiguration && { WebAuthnConfiguration }),
    ...(SoftwareTokenMfaConfiguration && { SoftwareTokenMfaConfiguration }),
    MfaConfiguration: settings.MfaConfiguration ?? 'OFF',
  };
}
