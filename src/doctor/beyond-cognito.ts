import type { UserPoolType } from '@aws-sdk/client-cognito-identity-provider';
import type { Settings } from '../config/settings.ts';
import type { NotChecked } from './finding.ts';

/** Returns the facts that other services of AWS have, each with the permission and the command that tell it. */
export function beyondCognito(userPool: UserPoolType | undefined, settings: Settings): NotChecked[] {
  if (userPool === undefined) return [];
  return [
    ...(userPool.SmsConfiguration ? smsFacts(settings) : []),
    ...emailFacts(userPool, settings),
    ...triggerFacts(userPool, settings),
    ...administratorFacts(userPool, settings),
  ];
}

function smsFacts({ region }: Settings): NotChecked[] {
  return [
    fact(
      'sms-sandbox',
      'sns:GetSMSSandboxAccountStatus',
      `aws sns get-sms-sandbox-account-status --region ${region}`,
    ),
    fact('sms-spend-limit', 'sns:GetSMSAttributes', `aws sns get-sms-attributes --region ${region}`),
  ];
}

function emailFacts({ EmailConfiguration }: UserPoolType, settings: Settings): NotChecked[] {
  if (EmailConfiguration?.EmailSendingAccount !== 'DEVELOPER') return [];
  const { SourceArn = '' } = EmailConfiguration;
  const region = SourceArn.split(':')[3] || settings.region;
  return [
    fact('email-sandbox', 'ses:GetAccount', `aws sesv2 get-account --region ${region}`),
    fact(
      'email-identity',
      'ses:GetEmailIdentity',
      `aws sesv2 get-email-identity --region ${region} --email-identity ${SourceArn.split(':identity/')[1]}`,
    ),
  ];
}

function triggerFacts({ LambdaConfig = {} }: UserPoolType, { region }: Settings): NotChecked[] {
  const functions = Object.values(LambdaConfig).filter(
    (value) => typeof value === 'string' && value.includes(':lambda:'),
  );
  return functions.map((name) =>
    fact(
      'lambda-permission',
      'lambda:GetPolicy',
      `aws lambda get-policy --region ${region} --function-name ${name}`,
    ),
  );
}

function administratorFacts({ Arn }: UserPoolType, { authFlow, adminSignOut }: Settings): NotChecked[] {
  const actions = [
    ...(authFlow === 'ADMIN_USER_PASSWORD_AUTH' ? ['AdminInitiateAuth', 'AdminRespondToAuthChallenge'] : []),
    ...(adminSignOut ? ['AdminUserGlobalSignOut', 'AdminGetUser'] : []),
  ].map((action) => `cognito-idp:${action}`);
  return actions.length === 0
    ? []
    : [
        fact(
          'server-permissions',
          'iam:SimulatePrincipalPolicy',
          `aws iam simulate-principal-policy --policy-source-arn <role of the server> --resource-arns ${Arn} --action-names ${actions.join(' ')}`,
        ),
      ];
}

function fact(id: string, permission: string, command: string): NotChecked {
  return { id, reason: `needs permission ${permission}: ${command}` };
}
