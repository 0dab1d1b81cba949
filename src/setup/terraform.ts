import type { SetupAnswers } from './answers.ts';
import type { Resource } from './setting.ts';
import { isStructure, type Member, nest, type Plain, valuesOf } from './setting-tree.ts';
import { emailComment, isList, secretComment } from './template-text.ts';

/** Names of Terraform that do not derive from those of the API. */
const TERRAFORM_NAMES: Readonly<Record<string, string>> = {
  CallbackURLs: 'callback_urls',
  LogoutURLs: 'logout_urls',
  RecoveryMechanisms: 'recovery_mechanism',
  UserPoolTags: 'tags',
  From: 'from_email_address',
};

/** The versions of the AWS provider that have `aws_cognito_managed_login_branding`, and `refresh_token_rotation`. */
const BRANDING_VERSION = '6.14';
const ROTATION_VERSION = '5.100';

/** Returns a Terraform configuration. */
export function terraformTemplate(answers: SetupAnswers): string {
  const body = (...resources: Resource[]) => {
    // Terraform has both policies in the user pool itself.
    const values = resources.flatMap((resource) => valuesOf(resource, answers));
    const flat = values.map((each) => ({ ...each, path: each.path.replace(/^Policies\./, '') }));
    return lines(nest(flat), '  ');
  };
  const name = terraformText(answers.name);
  const login = `
resource "aws_cognito_user_pool_domain" "main" {
  user_pool_id = aws_cognito_user_pool.main.id
${body('domain')}}

resource "aws_cognito_managed_login_branding" "main" {
  user_pool_id = aws_cognito_user_pool.main.id
  client_id    = aws_cognito_user_pool_client.main.id
${body('branding')}}
`;
  return `terraform {
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= ${answers.managedLogin ? BRANDING_VERSION : ROTATION_VERSION}"
    }
  }
}

${emailComment(answers, '#')}resource "aws_cognito_user_pool" "main" {
  name = ${name}
${body('userPool', 'mfaConfig')}}

${answers.clientSecret === 'none' ? '' : '# The state of Terraform holds the secret of the app client. Keep the state private.\n'}resource "aws_cognito_user_pool_client" "main" {
  user_pool_id = aws_cognito_user_pool.main.id
  name         = ${name}
${body('appClient')}}
${answers.managedLogin ? login : ''}
${secretComment(answers.clientSecret, '#')}output "user_pool_id" {
  description = "Set it as COGNITO_USER_POOL_ID"
  value       = aws_cognito_user_pool.main.id
}

output "client_id" {
  description = "Set it as COGNITO_CLIENT_ID"
  value       = aws_cognito_user_pool_client.main.id
}
`;
}

/** Writes a text of HCL. `${` and `%{` start a template there, and are doubled to be text. */
export function terraformText(text: string): string {
  return JSON.stringify(text).replace(/([$%])\{/g, '$1$1{');
}

function lines(members: readonly Member[], indent: string): string {
  return members
    .map(({ name, why, value }) => {
      const comment = why === undefined ? '' : `${indent}# ${why}\n`;
      if (isStructure(value)) return block(name, lines(value.members, `${indent}  `), indent);
      return comment + argument(name, value, indent);
    })
    .join('');
}

/** A structure is a block, a list of structures is a block for each, and tags are a map. */
function argument(name: string, value: Plain, indent: string): string {
  if (name === 'UserPoolTags') return `${indent}tags = {\n${tags(value, `${indent}  `)}${indent}}\n`;
  const structures = (isList(value) ? value : [value]).filter(isNamed);
  if (structures.length === 0) return `${indent}${terraformName(name)} = ${expression(value)}\n`;
  return structures.map((each) => block(name, aligned(each, `${indent}  `), indent)).join('');
}

function isNamed(value: Plain): value is { readonly [name: string]: Plain } {
  return typeof value === 'object' && !isList(value);
}

/** The names of tags stay as they are. */
function tags(value: Plain, indent: string): string {
  return Object.entries(value)
    .map(([name, text]) => `${indent}${terraformText(name)} = ${expression(text)}\n`)
    .join('');
}

/** Aligns the equals signs as `terraform fmt` does. */
function aligned(structure: { readonly [name: string]: Plain }, indent: string): string {
  const entries = Object.entries(structure).map(
    ([name, value]) => [terraformName(name), expression(value)] as const,
  );
  const width = Math.max(...entries.map(([name]) => name.length));
  return entries.map(([name, value]) => `${indent}${name.padEnd(width)} = ${value}\n`).join('');
}

function block(name: string, body: string, indent: string): string {
  return `${indent}${terraformName(name)} {\n${body}${indent}}\n`;
}

function expression(value: Plain): string {
  if (typeof value === 'string') return terraformText(value);
  return isList(value) ? `[${value.map(expression).join(', ')}]` : String(value);
}

function terraformName(name: string): string {
  return (
    TERRAFORM_NAMES[name] ??
    name
      .replace('OAuth', 'Oauth')
      .replace(/\B[A-Z]/g, '_$&')
      .toLowerCase()
  );
}
