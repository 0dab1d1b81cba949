import { randomInt } from 'node:crypto';

/** Generates the id of a session in ListUserSessions: 28 lower-case letters and digits, which start with its type. */
export function newSessionId(type: 'tkn' | 'sso'): string {
  const letters = Array.from({ length: 25 }, () => randomInt(36).toString(36));
  return `${type}${letters.join('')}`;
}
