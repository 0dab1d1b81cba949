import type { SetupAnswers } from './answers.ts';
import type { Resource } from './setting.ts';
import { membersOf } from './setting-tree.ts';
import { emailComment, properties, secretComment } from './template-text.ts';

/** Returns a JavaScript module that creates the user pool with the AWS SDK. */
export function sdkTemplate(answers: SetupAnswers): string {
  const input = (resource: Resource) => properties(membersOf(resource, answers), '  ');
  const name = JSON.stringify(answers.name);
  const login = `
await cognito.createUserPoolDomain({
  UserPoolId,
${input('domain')}});

await cognito.createManagedLoginBranding({
  UserPoolId,
  ClientId,
${input('branding')}});
`;
  return `// Run with Node: AWS_REGION=<region> node create-user-pool.mjs
// If a step fails, delete the printed user pool before another run. Deactivate its deletion protection first.
import { CognitoIdentityProvider } from '@aws-sdk/client-cognito-identity-provider';

const cognito = new CognitoIdentityProvider();

${emailComment(answers, '//')}const { UserPool } = await cognito.createUserPool({
  PoolName: ${name},
${input('userPool')}});
const UserPoolId = UserPool.Id;
console.log(\`COGNITO_USER_POOL_ID=\${UserPoolId}\`);

await cognito.setUserPoolMfaConfig({
  UserPoolId,
${input('mfaConfig')}});

${secretComment(answers.clientSecret, '//')}const { UserPoolClient } = await cognito.createUserPoolClient({
  UserPoolId,
  ClientName: ${name},
${input('appClient')}});
const ClientId = UserPoolClient.ClientId;
console.log(\`COGNITO_CLIENT_ID=\${ClientId}\`);
${answers.managedLogin ? login : ''}`;
}
