import { createHmac, randomBytes } from 'node:crypto';
import { upstreamFault } from '../cognito/upstream-fault.ts';
import type { Settings } from '../config/settings.ts';
import type { Problem } from '../shared/problem.ts';

/** Why an account that exists cannot sign in, which Cognito tells whoever names it. */
const STANDINGS: readonly Problem['code'][] = [
  'user_not_confirmed',
  'password_reset_required',
  'user_disabled',
];

/**
 * Begins a sign-in that takes no password. Where the account exists and cannot sign in, it begins one for a name
 * that nobody has: what comes of that is what a missing account gets, from the pool's own triggers.
 */
export async function initiateAsForNobody<Output>(
  username: string,
  settings: Settings,
  initiate: (username: string) => Promise<Output>,
): Promise<Output> {
  try {
    return await initiate(username);
  } catch (error) {
    const { code } = upstreamFault(error, 'InitiateAuth').problem;
    if (!settings.concealUserExistence || !STANDINGS.includes(code)) throw error;
    return initiate(nobodyFor(username, settings));
  }
}

const OWN_SECRET = randomBytes(32);

/** The same for one account each time, as Cognito's own inventions are; nobody can tell it, and so nobody can take it. */
function nobodyFor(username: string, { clientId, rateLimits }: Settings): string {
  return createHmac('sha256', rateLimits.secret ?? OWN_SECRET)
    .update(`nobody ${clientId} ${username.toLowerCase()}`)
    .digest('hex')
    .slice(0, 32);
}

const MAX_PARAMETERS = 50;
const MAX_PARAMETER_LENGTH = 16_384;

/** What the trigger that created the challenge tells the client, less the user's name, which is not its own. */
export function publicParameters({
  USERNAME: _name,
  ...parameters
}: Readonly<Record<string, string>>): Record<string, string> {
  const bounded = Object.entries(parameters)
    .filter(([, value]) => typeof value === 'string' && value.length <= MAX_PARAMETER_LENGTH)
    .slice(0, MAX_PARAMETERS);
  return Object.fromEntries(bounded);
}
