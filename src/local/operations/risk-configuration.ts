import { isIP } from 'node:net';
import { CognitoError, invalidParameter } from '../model/errors.ts';
import type { UserPool } from '../model/pool.ts';
import { type RiskConfiguration, type RiskSettings, WHOLE_POOL } from '../model/risk-configuration.ts';
import { flag, list, oneOf, onlyMembersOf, required, structure, text } from '../wire/input.ts';
import { clientId } from '../wire/members.ts';
import { arn, emailSubject } from '../wire/pool-members.ts';
import { limited } from './limitations.ts';
import { findClient, type OperationTable, poolOperation } from './operation.ts';

const body = text({ min: 6, max: 20_000, pattern: /[\p{L}\p{M}\p{S}\p{N}\p{P}\s*]+/u });
const email = structure({ Subject: required(emailSubject), HtmlBody: body, TextBody: body });
const action = structure({
  Notify: required(flag()),
  EventAction: required(oneOf('BLOCK', 'MFA_IF_CONFIGURED', 'MFA_REQUIRED', 'NO_ACTION')),
});
const addressRanges = list(text(), { max: 200 });

const riskShape = {
  CompromisedCredentialsRiskConfiguration: structure({
    EventFilter: list(oneOf('SIGN_IN', 'PASSWORD_CHANGE', 'SIGN_UP')),
    Actions: required(structure({ EventAction: required(oneOf('BLOCK', 'NO_ACTION')) })),
  }),
  AccountTakeoverRiskConfiguration: structure({
    NotifyConfiguration: structure({
      From: text(),
      ReplyTo: text(),
      SourceArn: required(arn),
      BlockEmail: email,
      NoActionEmail: email,
      MfaEmail: email,
    }),
    Actions: required(structure({ LowAction: action, MediumAction: action, HighAction: action })),
  }),
  RiskExceptionConfiguration: structure({
    BlockedIPRangeList: addressRanges,
    SkippedIPRangeList: addressRanges,
  }),
};

/** The responses of threat protection, of a pool and of single app clients. */
export const riskConfigurationOperations: OperationTable = {
  // Replaces the whole configuration; without settings, it returns to the default.
  SetRiskConfiguration: limited(
    'The pool applies LowAction to a new IP address: BLOCK and Notify. It asks for no second factor, knows no compromised passwords, and sends its own texts.',
    poolOperation({ ClientId: clientId, ...riskShape }, (pool, input) => {
      const id = ownerIn(pool, input.ClientId);
      const settings: RiskSettings = onlyMembersOf(riskShape, input);
      checkSettings(settings);
      const configuration = { settings, modifiedAt: pool.now() };
      if (Object.keys(settings).length > 0) pool.riskConfigurations.set(id, configuration);
      else pool.riskConfigurations.delete(id);
      return { RiskConfiguration: riskOut(pool, input.ClientId, configuration) };
    }),
  ),

  DescribeRiskConfiguration: poolOperation({ ClientId: clientId }, (pool, input) => {
    const configuration = pool.riskConfigurations.get(ownerIn(pool, input.ClientId));
    return { RiskConfiguration: riskOut(pool, input.ClientId, configuration) };
  }),
};

function ownerIn(pool: UserPool, client: string | undefined): string {
  if ((pool.settings.UserPoolAddOns?.AdvancedSecurityMode ?? 'OFF') === 'OFF') {
    throw new CognitoError(
      'UserPoolAddOnNotEnabledException',
      'Threat protection is not enabled for the user pool.',
    );
  }
  return client === undefined ? WHOLE_POOL : findClient(pool.service, client, pool).id;
}

function checkSettings(settings: RiskSettings): void {
  const { Actions = {}, NotifyConfiguration } = settings.AccountTakeoverRiskConfiguration ?? {};
  const notifies = Object.values(Actions).some(({ Notify }) => Notify);
  if (notifies && !NotifyConfiguration) {
    throw invalidParameter('NotifyConfiguration is required when an action has Notify.');
  }
  const { BlockedIPRangeList = [], SkippedIPRangeList = [] } = settings.RiskExceptionConfiguration ?? {};
  for (const range of [...BlockedIPRangeList, ...SkippedIPRangeList]) {
    if (!isRange(range)) throw invalidParameter('Incorrect CIDR format');
  }
}

function isRange(range: string): boolean {
  const [address = '', prefix = '', ...rest] = range.split('/');
  const version = isIP(address);
  const bits = version === 4 ? 32 : 128;
  return version !== 0 && rest.length === 0 && /^\d{1,3}$/.test(prefix) && Number(prefix) <= bits;
}

function riskOut(
  pool: UserPool,
  ClientId: string | undefined,
  configuration: RiskConfiguration | undefined,
): object {
  return {
    UserPoolId: pool.id,
    ...(ClientId !== undefined && { ClientId }),
    ...configuration?.settings,
    ...(configuration && { LastModifiedDate: configuration.modifiedAt / 1000 }),
  };
}
