import type { SetupAnswers } from './answers.ts';
import { cloudFormationResources } from './cloudformation.ts';
import { emailComment, properties, secretComment } from './template-text.ts';

/** The CDK derives property names from those of CloudFormation, and splits these in its own way. */
const CDK_NAMES: Readonly<Record<string, string>> = {
  CallbackURLs: 'callbackUrLs',
  LogoutURLs: 'logoutUrLs',
  WebAuthnRelyingPartyID: 'webAuthnRelyingPartyId',
};

/** Returns a stack of the AWS CDK in TypeScript. */
export function cdkTemplate(answers: SetupAnswers): string {
  const resources = cloudFormationResources(answers);
  const constructs = resources.map(({ id, type, references, properties: members }) => {
    const ids = Object.entries(references).map(
      ([name, to]) => `      ${cdkName(name)}: ${variable(to)}.ref,\n`,
    );
    const isUsed =
      resources.some((each) => Object.values(each.references).includes(id)) || id === 'AppClient';
    return `    ${isUsed ? `const ${variable(id)} = ` : ''}new Cfn${type}(this, '${id}', {\n${ids.join('')}${properties(
      members,
      '      ',
      cdkName,
    )}    });\n${id === 'UserPool' ? RETAINED : ''}`;
  });
  const names = resources.map(({ type }) => `Cfn${type}`).sort();
  return `${importOf('{ CfnOutput, RemovalPolicy, Stack, type StackProps }', 'aws-cdk-lib')}
${importOf(`{ ${names.join(', ')} }`, 'aws-cdk-lib/aws-cognito')}
${importOf('type { Construct }', 'constructs')}

/** A user pool for express-cognito-kit. */
export class UserPoolStack extends Stack {
  constructor(scope: Construct, id: string, props?: StackProps) {
    super(scope, id, props);

${emailComment(answers, '    //')}${constructs.join('\n')}
${secretComment(answers.clientSecret, '    //')}    new CfnOutput(this, 'UserPoolId', { description: 'Set it as COGNITO_USER_POOL_ID', value: userPool.ref });
    new CfnOutput(this, 'ClientId', { description: 'Set it as COGNITO_CLIENT_ID', value: appClient.ref });
  }
}
`;
}

const RETAINED = `    // A deleted stack leaves the accounts of the users.
    userPool.applyRemovalPolicy(RemovalPolicy.RETAIN);
`;

// The packages are not imported here: the template is for the project of the user.
function importOf(names: string, name: string): string {
  const module = `'${name}'`;
  return `import ${names} from ${module};`;
}

function cdkName(name: string): string {
  return CDK_NAMES[name] ?? lowerFirst(name);
}

function variable(id: string): string {
  return lowerFirst(id);
}

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}
