import { customAttributes, requiredAttributes, STANDARD_ATTRIBUTES } from '../model/attributes.ts';
import { invalidParameter } from '../model/errors.ts';
import type { UserPool } from '../model/pool.ts';
import type { ClientSettings } from '../model/settings.ts';

/** Attributes that Cognito writes itself. */
const READ_ONLY = ['sub', 'email_verified', 'phone_number_verified', 'identities'];

/** Throws the exceptions of CreateUserPoolClient and UpdateUserPoolClient for unknown and missing attributes. */
export function checkClientAttributes(
  { settings: pool }: UserPool,
  { ReadAttributes, WriteAttributes }: ClientSettings,
  doing: 'creating' | 'updating',
): void {
  const writable = [...STANDARD_ATTRIBUTES, ...customAttributes(pool)];
  const readable = [...writable, ...READ_ONLY];
  const refuse = (kind: 'read' | 'write'): never => {
    throw invalidParameter(`Invalid ${kind} attributes specified while ${doing} a client`);
  };
  if (ReadAttributes?.some((name) => !readable.includes(name))) refuse('read');
  if (!WriteAttributes?.length) return;
  const missing = requiredAttributes(pool).filter((name) => !WriteAttributes.includes(name));
  if (missing.length > 0 || WriteAttributes.some((name) => !writable.includes(name))) refuse('write');
}
