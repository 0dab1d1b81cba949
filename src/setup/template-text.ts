import type { SetupAnswers } from './answers.ts';
import { emailLimit } from './email-limit.ts';
import { isStructure, type Member, type Plain } from './setting-tree.ts';

/** Writes a value as YAML, JavaScript and TypeScript understand it. Names are those of the API, which need no quotes. */
export function literal(value: Plain, rename: (name: string) => string = (name) => name): string {
  if (typeof value !== 'object') return JSON.stringify(value);
  if (isList(value)) return `[${value.map((each) => literal(each, rename)).join(', ')}]`;
  const members = Object.entries(value).map(([name, each]) => `${rename(name)}: ${literal(each, rename)}`);
  return `{ ${members.join(', ')} }`;
}

export function isList(value: Plain): value is readonly Plain[] {
  return Array.isArray(value);
}

/** Writes members as properties of an object in JavaScript or TypeScript, each below its reason. */
export function properties(
  members: readonly Member[],
  indent: string,
  rename: (name: string) => string = (name) => name,
): string {
  return members
    .map(({ name, why, value }) => {
      const comment = why === undefined ? '' : `${indent}// ${why}\n`;
      if (!isStructure(value)) return `${comment}${indent}${rename(name)}: ${literal(value, rename)},\n`;
      const inner = properties(value.members, `${indent}  `, rename);
      return `${indent}${rename(name)}: {\n${inner}${indent}},\n`;
    })
    .join('');
}

/** Returns the limit of e-mail as comments. Empty without it. */
export function emailComment(answers: SetupAnswers, prefix: string): string {
  return emailLimit(answers)
    .map((line) => `${prefix} ${line}\n`)
    .join('');
}

/** Lines about the secret. No template prints it. */
export const SECRET_HELP: readonly string[] = [
  'The secret of the app client is not printed. To read it into the environment of the server:',
  '  COGNITO_CLIENT_SECRET=$(aws cognito-idp describe-user-pool-client --user-pool-id <UserPoolId>',
  '    --client-id <ClientId> --query UserPoolClient.ClientSecret --output text)',
];

/** Returns the lines about the secret as comments. Empty without a secret. */
export function secretComment(clientSecret: 'fixed' | 'none', prefix: string): string {
  return clientSecret === 'none' ? '' : SECRET_HELP.map((line) => `${prefix} ${line}\n`).join('');
}
