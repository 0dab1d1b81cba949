import { invalidParameter } from '../model/errors.ts';
import type { UserPool } from '../model/pool.ts';
import { requiredAttributes, schemaOf } from '../model/schema.ts';
import type { ClientSettings } from '../model/settings.ts';

/** Attributes that Cognito writes itself. */
const READ_ONLY = ['sub', 'email_verified', 'phone_number_verified', 'identities'];

/** Throws the exceptions of CreateUserPoolClient and UpdateUserPoolClient for unknown and missing attributes. */
export function checkClientAttributes(
  { settings: pool }: UserPool,
  { ReadAttributes, WriteAttributes }: ClientSettings,
  doing: 'creating' | 'updating',
): void {
  const schema = schemaOf(pool);
  const writable = schema
    .filter(({ Name, DeveloperOnlyAttribute }) => !READ_ONLY.includes(Name) && !DeveloperOnlyAttribute)
    .map(({ Name }) => Name);
  const readable = [...schema.map(({ Name }) => Name), ...READ_ONLY];
  const refuse = (kind: 'read' | 'write'): never => {
    throw invalidParameter(`Invalid ${kind} attributes specified while ${doing} a client`);
  };
  if (ReadAttributes?.some((name) => !readable.includes(name))) refuse('read');
  if (!WriteAttributes?.length) return;
  const missing = requiredAttributes(pool).filter((name) => !WriteAttributes.includes(name));
  if (missing.length > 0 || WriteAttributes.some((name) => !writable.includes(name))) refuse('write');
}
