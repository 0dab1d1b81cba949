import { createHmac, randomBytes } from 'node:crypto';
import { upstreamFault } from '../cognito/classify-error.ts';
import type { Settings } from '../config/settings.ts';
import type { Problem } from '../shared/problem.ts';

/** States of existing accounts that Cognito reveals before any proof. */
const STANDINGS: readonly Problem['code'][] = [
  'user_not_confirmed',
  'password_reset_required',
  'user_disabled',
];

/**
 * Starts a sign-in without a password. If the account exists and cannot sign in, the answer is that for a name that no
 * user has, as the pool's triggers give it. Both calls are made for every account, concurrently, because a second call
 * for some accounts would reveal them by the response time.
 */
export async function initiateOrSimulate<Output>(
  username: string,
  settings: Settings,
  initiate: (username: string) => Promise<Output>,
): Promise<Output> {
  if (!settings.concealUserExistence) return initiate(username);
  const [real, simulated] = await Promise.allSettled([
    initiate(username),
    initiate(unknownUserFor(username, settings)),
  ]);
  if (real.status === 'fulfilled') return real.value;
  const { code } = upstreamFault(real.reason, 'InitiateAuth').problem;
  if (!STANDINGS.includes(code)) throw real.reason;
  if (simulated.status === 'rejected') throw simulated.reason;
  return simulated.value;
}

const OWN_SECRET = randomBytes(32);

/** Stable for one account, like Cognito's simulated users. The name is secret, so no attacker can register it. */
function unknownUserFor(username: string, { clientId, rateLimits }: Settings): string {
  return createHmac('sha256', rateLimits.secret ?? OWN_SECRET)
    .update(`nobody ${clientId} ${username.toLowerCase()}`)
    .digest('hex')
    .slice(0, 32);
}

const MAX_PARAMETERS = 50;
const MAX_PARAMETER_LENGTH = 16_384;

/** Returns the parameters from the trigger that created the challenge, without the user name, which Cognito adds. */
export function publicParameters({
  USERNAME: _name,
  ...parameters
}: Readonly<Record<string, string>>): Record<string, string> {
  const bounded = Object.entries(parameters)
    .filter(([, value]) => typeof value === 'string' && value.length <= MAX_PARAMETER_LENGTH)
    .slice(0, MAX_PARAMETERS);
  return Object.fromEntries(bounded);
}
