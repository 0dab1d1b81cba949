import type { SetupAnswers } from './answers.ts';
import { isStructure, type Member, nest, type PathValue, valuesOf } from './setting-tree.ts';
import { emailComment, literal, secretComment } from './template-text.ts';

/** A resource of a CloudFormation template. */
export interface CloudFormationResource {
  /** Name within the template. */
  readonly id: string;
  /** `UserPool` of `AWS::Cognito::UserPool`. */
  readonly type: string;
  /** The properties that refer to other resources of the template, by their id. */
  readonly references: Readonly<Record<string, string>>;
  readonly properties: readonly Member[];
}

/** CloudFormation has the members of SetUserPoolMfaConfig in the user pool, under other names. */
const MFA_PROPERTIES: Readonly<Record<string, (given: PathValue) => PathValue>> = {
  'SoftwareTokenMfaConfiguration.Enabled': (given) => ({
    ...given,
    path: 'EnabledMfas',
    value: ['SOFTWARE_TOKEN_MFA'],
  }),
  'WebAuthnConfiguration.RelyingPartyId': (given) => ({ ...given, path: 'WebAuthnRelyingPartyID' }),
  'WebAuthnConfiguration.UserVerification': (given) => ({ ...given, path: 'WebAuthnUserVerification' }),
};

/** Returns the resources that the answers need. */
export function cloudFormationResources(answers: SetupAnswers): CloudFormationResource[] {
  const mfa = valuesOf('mfaConfig', answers).map((each) => MFA_PROPERTIES[each.path]?.(each) ?? each);
  const pool = { UserPoolId: 'UserPool' };
  return [
    {
      id: 'UserPool',
      type: 'UserPool',
      references: {},
      properties: [
        { name: 'UserPoolName', value: answers.name },
        ...nest([...valuesOf('userPool', answers), ...mfa]),
      ],
    },
    {
      id: 'AppClient',
      type: 'UserPoolClient',
      references: pool,
      properties: [{ name: 'ClientName', value: answers.name }, ...nest(valuesOf('appClient', answers))],
    },
    ...(answers.managedLogin
      ? [
          {
            id: 'Domain',
            type: 'UserPoolDomain',
            references: pool,
            properties: nest(valuesOf('domain', answers)),
          },
          {
            id: 'LoginStyle',
            type: 'ManagedLoginBranding',
            references: { ...pool, ClientId: 'AppClient' },
            properties: nest(valuesOf('branding', answers)),
          },
        ]
      : []),
  ];
}

/** Returns a CloudFormation template in YAML. */
export function cloudFormationTemplate(answers: SetupAnswers): string {
  const resources = cloudFormationResources(answers).map(
    ({ id, type, references, properties }) =>
      `  ${id}:\n    Type: AWS::Cognito::${type}\n${type === 'UserPool' ? RETAINED : ''}    Properties:\n${Object.entries(
        references,
      )
        .map(([name, to]) => `      ${name}: { Ref: ${to} }\n`)
        .join('')}${yaml(properties, '      ')}`,
  );
  return `AWSTemplateFormatVersion: "2010-09-09"
Description: A user pool for express-cognito-kit
Resources:
${emailComment(answers, '  #')}${resources.join('\n')}
${secretComment(answers.clientSecret, '#')}Outputs:
  UserPoolId:
    Description: Set it as COGNITO_USER_POOL_ID
    Value: { Ref: UserPool }
  ClientId:
    Description: Set it as COGNITO_CLIENT_ID
    Value: { Ref: AppClient }
`;
}

const RETAINED = `    # A deleted stack leaves the accounts of the users.
    DeletionPolicy: Retain
    UpdateReplacePolicy: Retain
`;

function yaml(members: readonly Member[], indent: string): string {
  return members
    .map(({ name, why, value }) => {
      const comment = why === undefined ? '' : `${indent}# ${why}\n`;
      if (isStructure(value)) return `${indent}${name}:\n${yaml(value.members, `${indent}  `)}`;
      return `${comment}${indent}${name}: ${literal(value)}\n`;
    })
    .join('');
}
